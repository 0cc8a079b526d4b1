"""The smallest change of one column after which a row passes, found by judging candidates."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
from sqlglot import exp

from freehold.compliance.compiled import Compiled, unverified_name
from freehold.compliance.domains import CATALOGUE_DOMAINS
from freehold.compliance.engine import quoted
from freehold.compliance.fuse import PASS, Source, codes
from freehold.estate.dictionary import Column, data_classes
from freehold.estate.predicate import render

_MOST_VALUES = 300
_MOST_CHANGES = 5
# What is asked of a subject: changing it mends nothing, so these come last.
_NEEDS = {
    "binds",
    "classification",
    "critical",
    "eea_subjects",
    "in_scope",
    "must_run",
    "required_seal",
}
_STEPS = {"int": "1", "num": "0.001", "money": "0.01", "share": "0.000001"}

Value = str | bool | int | float | Decimal | date | None


@dataclass(frozen=True)
class Change:
    """A change of one column after which the row passes.

    `kind` is set, or confirm where the fact only has to be verified. With `rows` above one the
    subject has further rows, which may need the same.
    """

    column: str
    kind: str
    old: Value
    new: Value
    rows: int = 1


def smallest_changes(
    connection: duckdb.DuckDBPyConnection, rule: Compiled, row: dict[str, Any], as_of: date
) -> list[Change]:
    """Return single-column changes that make the row pass, the smallest first, at most five.

    What is asked of a subject comes last, and columns of `fails` before those of `applies`, since
    leaving a rule's reach mends nothing; then a confirmed fact before a new value, and a near
    value before a far one.
    """
    candidates: list[tuple[str, str, Value]] = []
    for name in _ordered(rule):
        column = rule.view.documented[name]
        if row.get(unverified_name(name)) is False and rule.rule.masks:
            candidates.append((name, "confirm", row.get(name)))
        candidates += [
            (name, "set", value)
            for value in _values(connection, rule, column, row, as_of)
            if value != row.get(name)
        ]
    if not candidates:
        return []
    passing = _passing(connection, rule, row, candidates)
    place = {name: number for number, name in enumerate(_ordered(rule))}
    found = [
        (place[name], kind != "confirm", _distance(row.get(name), value), number)
        for number, (name, kind, value) in enumerate(candidates)
        if number in passing
    ]
    changes: list[Change] = []
    for *_, number in sorted(found):
        name, kind, value = candidates[number]
        if sum(change.column == name for change in changes) < 2:
            changes.append(Change(name, kind, row.get(name), value))
    return changes[:_MOST_CHANGES]


def _ordered(rule: Compiled) -> list[str]:
    in_fails = {column.name for column in rule.fails.find_all(exp.Column)}
    in_applies = {column.name for column in rule.applies.find_all(exp.Column)}
    keys = {rule.view.key[0], rule.parent_column}
    free = [name for name in rule.columns if name not in keys and not name.endswith("__verified")]
    needs = _NEEDS | {f"is_{name}" for name in data_classes()}
    return sorted(
        free, key=lambda name: (name in needs, name not in in_fails or name in in_applies, name)
    )


def _values(
    connection: duckdb.DuckDBPyConnection,
    rule: Compiled,
    column: Column,
    row: dict[str, Any],
    as_of: date,
) -> list[Value]:
    if column.type == "bool":
        return [True, False]
    bounds = _bounds(connection, rule, column, row)
    if column.type == "text":
        known = column.values or sorted(CATALOGUE_DOMAINS.get(column.references, ()))
        return list(dict.fromkeys([*bounds, *known[:_MOST_VALUES]]))
    if column.type in ("date", "time"):
        days = [day for day in bounds if isinstance(day, date)]
        near = [day + timedelta(days=step) for day in days for step in (-1, 0, 1)]
        return list(dict.fromkeys([*near, as_of]))
    limits = column.range
    numbers: list[Value] = list(bounds)
    step = Decimal(_STEPS[column.type])
    for bound in bounds:
        if isinstance(bound, int | float | Decimal):
            numbers += [Decimal(str(bound)) - step, Decimal(str(bound)) + step]
    if limits is not None:
        numbers += [end for end in (limits.low, limits.high) if end is not None]
        numbers = [
            number
            for number in numbers
            if isinstance(number, int | float | Decimal) and limits.holds(float(number))
        ]
    if column.type == "int":
        if limits is not None and limits.low is not None and limits.high is not None:
            numbers += list(range(int(limits.low), int(limits.high) + 1))
        return list(dict.fromkeys(int(n) for n in numbers if isinstance(n, int | float | Decimal)))
    return list(dict.fromkeys(numbers))


def _bounds(
    connection: duckdb.DuckDBPyConnection, rule: Compiled, column: Column, row: dict[str, Any]
) -> list[Any]:
    """Return what the rule compares the column with, worked out for this row."""
    others: list[str] = []
    for tree in (rule.fails, rule.applies):
        for node in tree.find_all(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE):
            for this, other in ((node.this, node.expression), (node.expression, node.this)):
                if isinstance(this.unnest(), exp.Column) and this.unnest().name == column.name:
                    others.append(render(other))
        for members in tree.find_all(exp.In):
            if isinstance(members.this, exp.Column) and members.this.name == column.name:
                others += [render(item) for item in members.expressions]
        for span in tree.find_all(exp.Between):
            if isinstance(span.this, exp.Column) and span.this.name == column.name:
                others += [render(span.args["low"]), render(span.args["high"])]
    if not others:
        return []
    documented = rule.view.documented
    given = ", ".join(
        f"CAST(? AS {documented[name].sql_type}) AS {quoted(name)}" for name in rule.columns
    )
    target = "DATE" if column.type in ("date", "time") else column.sql_type
    selected = ", ".join(f"TRY(CAST({sql} AS {target}))" for sql in dict.fromkeys(others))
    found = connection.execute(
        f"SELECT {selected} FROM (SELECT {given})", [row.get(name) for name in rule.columns]
    ).fetchone()
    return [value for value in found or () if value is not None]


def _passing(
    connection: duckdb.DuckDBPyConnection,
    rule: Compiled,
    row: dict[str, Any],
    candidates: list[tuple[str, str, Value]],
) -> set[int]:
    """Judge the row once per candidate, all in one statement, and return those that pass."""
    documented = rule.view.documented
    masked = frozenset(
        name
        for name in rule.columns
        if documented[name].verified and rule.rule.masks and row.get(unverified_name(name)) is False
    )
    # One list a column: a statement with every value in it would take longer to read than to run.
    columns: list[tuple[str, str, list[Any]]] = [
        ("candidate", "INTEGER", list(range(len(candidates))))
    ]
    for name in rule.columns:
        tried = [
            value if name == changed and kind == "set" else row.get(name)
            for changed, kind, value in candidates
        ]
        columns.append((name, documented[name].sql_type, tried))
        if name in masked:
            # What a user sets or confirms is told by the user.
            told = [name == changed for changed, _, _ in candidates]
            columns.append((unverified_name(name), "BOOLEAN", told))
    lists = ", ".join(f"unnest(CAST(? AS VARCHAR[])) AS {quoted(name)}" for name, _, _ in columns)
    typed = ", ".join(
        f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind, _ in columns
    )
    relation = f"SELECT {typed} FROM (SELECT {lists})"
    rows = [[None if v is None else str(v) for v in values] for _, _, values in columns]
    statement, made = codes([rule], Source(f"({relation})", "candidate", {}), masked)
    kept = made[0][1]
    found = connection.execute(
        f"SELECT subject_id FROM ({statement}) WHERE {kept} = {PASS}", rows
    ).fetchall()
    return {int(item[0]) for item in found}


def _distance(old: Value, new: Value) -> float:
    if isinstance(old, date) and isinstance(new, date):
        return float(abs((new - old).days))
    numbers = (int, float, Decimal)
    if isinstance(old, numbers) and isinstance(new, numbers) and not isinstance(new, bool):
        return abs(float(new) - float(old))
    return 0.0
