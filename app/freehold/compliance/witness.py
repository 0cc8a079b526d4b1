"""A row on which a rule and its mutant disagree: the test that is missing, or proof of none.

Rows are made from the documented domains of the columns that the rule reads and from the constants
that it compares them with, one step to each side.
"""

import itertools
import random
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from freehold.compliance.domains import CATALOGUE_DOMAINS
from freehold.estate.dictionary import Column

MOST_ROWS = 20_000
"""Of more combinations than these a fixed sample is tried."""

_SMALL = 12
_OTHER = "something else"
_DAYS = {"DAY": 1, "WEEK": 7, "MONTH": 30, "QUARTER": 91, "YEAR": 365}
_NEAR = (-60, -32, *range(-20, 21), 32, 60)


def candidate_rows(
    trees: Sequence[exp.Expr], documented: Mapping[str, Column]
) -> tuple[list[dict[str, Any]], bool]:
    """Return rows of values that the trees could tell apart, NULL among them, by column.

    The second value tells whether they are every combination, or a sample only.
    """
    names = sorted({node.name for tree in trees for node in tree.find_all(exp.Column)})
    constants = _constants(trees)
    choices = [_choices(documented[name], constants) for name in names]
    count = 1
    for values in choices:
        count *= len(values)
    if count <= MOST_ROWS:
        found = itertools.product(*choices)
        return [dict(zip(names, values, strict=True)) for values in found], True
    chance = random.Random(0)  # the same sample each time
    sample = [
        {name: chance.choice(values) for name, values in zip(names, choices, strict=True)}
        for _ in range(MOST_ROWS)
    ]
    return sample, False


def _constants(trees: Sequence[exp.Expr]) -> dict[str, list[Any]]:
    found: dict[str, set[Any]] = {"text": set(), "number": set(), "date": set(), "days": {0}}
    for tree in trees:
        for node in tree.find_all(exp.Literal):
            if not node.is_string:
                found["number"].add(Decimal(str(node.this)))
            elif isinstance(node.parent, exp.Cast):
                found["date"].add(date.fromisoformat(str(node.this)))
            elif isinstance(node.parent, exp.Interval):
                unit = str(node.parent.args["unit"].this).rstrip("S")
                found["days"].add(int(node.this) * _DAYS[unit])
            else:
                found["text"].add(str(node.this))
    return {kind: sorted(values) for kind, values in found.items()}


def _choices(column: Column, constants: Mapping[str, list[Any]]) -> list[Any]:
    if column.type == "bool":
        return [True, False, None]
    if column.type == "text":
        return [*_texts(column, constants["text"]), None]
    if column.type in ("date", "time"):
        days = constants["date"] or [date(2026, 1, 1)]
        # A month has no fixed length: the days around its ends are all tried.
        steps = {sign * n + near for n in constants["days"] for sign in (-1, 1) for near in _NEAR}
        around = {day + timedelta(step) for day in days for step in steps}
        return [*sorted(around), None]
    domain = column.range
    if domain and column.type == "int" and domain.low is not None and domain.high is not None:
        low, high = int(domain.low), int(domain.high)
        if high - low <= _SMALL:
            return [*range(low, high + 1), None]
    step = Decimal(1) if column.type == "int" else Decimal("0.01")
    numbers = {c + s for c in [Decimal(0), *constants["number"]] for s in (-step, 0, step)}
    if column.type == "int":
        numbers = {number for number in numbers if number == int(number)}
    return [*sorted(n for n in numbers if domain is None or domain.holds(float(n))), None]


def _texts(column: Column, constants: list[str]) -> list[str]:
    allowed = column.values or tuple(CATALOGUE_DOMAINS.get(column.references, ()))
    if not allowed:
        return [*(text.replace("%", "x").replace("_", "x") for text in constants[:40]), _OTHER]
    known = set(allowed)
    named = [value for value in constants if value in known]
    for pattern in (value for value in constants if "%" in value or "_" in value):
        like = re.compile(re.escape(pattern).replace("%", ".*").replace("_", "."))
        named += [value for value in sorted(known - set(named)) if like.fullmatch(value)][:1]
    others = [value for value in sorted(allowed) if value not in set(named)]
    return named[:40] + others[: 1 if len(allowed) > _SMALL else _SMALL]
