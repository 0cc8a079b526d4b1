"""Everything the rules say of one subject, at once: verdicts, values and conditions.

A handful of statements whatever the number of rules and rows, so that a page or a command can show
a subject whole; `explaining.explain` adds origins and the smallest change for one rule.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from freehold.compliance.compiled import Compiled, unverified_name
from freehold.compliance.engine import Judged
from freehold.compliance.explaining import (
    PLACE,
    AtomResult,
    Verdict,
    atoms_on,
    signed_rows,
    verdicts_of,
)
from freehold.compliance.findings import Value
from freehold.compliance.fuse import FAIL, PASS, Source, codes
from freehold.compliance.judgement import Judgement
from freehold.errors import InputError
from freehold.estate.sql import literal, quoted


@dataclass(frozen=True)
class RuleOnSubject:
    """One rule and the subject: what it says, the values it read and which conditions hold.

    `row_id` names the row that decides where the rule rolls several up.
    """

    rule: Compiled
    verdict: Verdict
    row_id: str | None
    values: Mapping[str, Value]
    atoms: tuple[AtomResult, ...]


def explain_subject(
    connection: duckdb.DuckDBPyConnection,
    judgement: Judgement | Judged,
    view: str | None,
    subject_id: str,
) -> list[RuleOnSubject]:
    """Explain what every rule judged says of one row of the view `view`, in order of judging.

    Without a view, of the rows with that id in whatever views they stand, view by view.

    Raises:
        InputError: no rule has such a subject.
    """
    judged = judgement.judged if isinstance(judgement, Judgement) else judgement
    rules = [rule for rule in judged.rules if view in (None, rule.subjects.name)]
    if view is None:
        order = list(dict.fromkeys(rule.subjects.name for rule in rules))
        rules.sort(key=lambda rule: order.index(rule.subjects.name))
    signed = signed_rows(connection, judged, subject_id, rules)
    verdicts = verdicts_of(connection, judged, subject_id, rules, signed)
    if not verdicts:
        raise InputError(
            f"No rule has the subject '{subject_id}'",
            mend=f"Subjects are the rows of {view}"
            if view
            else "Subjects are the ids that freehold score lists as findings",
        )
    found: dict[str, RuleOnSubject] = {}
    for alike in _by_rows(rule for rule in rules if rule.rule.id in verdicts):
        places = [] if alike[0].parent else [row.get(PLACE) for row in signed.values()]
        for row, decided in _deciding(connection, judged, alike, subject_id, places):
            atoms = atoms_on(connection, decided, row)
            for rule, told in zip(decided, atoms, strict=True):
                found[rule.rule.id] = RuleOnSubject(
                    rule,
                    verdicts[rule.rule.id],
                    row.get(rule.view.key[0]) if rule.parent else None,
                    {name: row.get(name) for name in rule.columns},
                    told,
                )
    return [found[rule.rule.id] for rule in rules if rule.rule.id in found]


def _by_rows(rules: Any) -> list[list[Compiled]]:
    groups: dict[tuple[str, str, str | None], list[Compiled]] = {}
    for rule in rules:
        own = (rule.subjects.name, rule.view.name, rule.parent_column)
        groups.setdefault(own, []).append(rule)
    return list(groups.values())


def _deciding(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    rules: Sequence[Compiled],
    subject_id: str,
    places: Sequence[int | None] = (),
) -> list[tuple[dict[str, Any], list[Compiled]]]:
    """Return the rows that decide rules of one view and roll-up, each with its rules.

    At one of the `places` of the view the subject's only row may stand, which spares the search.
    """
    view, key = rules[0].view, quoted(rules[0].view.key[0])
    own = quoted(rules[0].subjects.key[0])
    read = sorted({name for rule in rules for name in rule.columns})
    told = [unverified_name(name) for name in read if view.documented[name].verified]
    selected = ", ".join(quoted(name) for name in dict.fromkeys([view.key[0], *read, *told]))
    relation = (
        f"(SELECT {selected} FROM {quoted(judged.views)}.{quoted(view.name)}"
        f" WHERE {own} = {literal(subject_id)})"
    )
    rows: list[dict[str, Any]] = []
    for place in (place for place in places if place is not None):
        with contextlib.suppress(duckdb.BinderException):  # a view of a scenario has no places
            at_place = relation.removesuffix(")") + f" AND rowid = {place})"
            rows = rows or _read(connection, at_place)
    rows = rows or _read(connection, f"{relation} ORDER BY {key}")
    if not rows:
        # A parent that no row names was judged as one row of nothing but NULLs.
        return [({rules[0].subjects.key[0]: subject_id}, list(rules))]
    if len(rows) == 1:
        return [(rows[0], list(rules))]
    masked = frozenset(n for rule in rules for n in rule.columns if view.documented[n].verified)
    statement, columns = codes(rules, Source(relation, key, {}), masked)
    cursor = connection.execute(f"SELECT * FROM ({statement}) ORDER BY subject_id")
    at = {str(part[0]): place for place, part in enumerate(cursor.description or ())}
    coded = cursor.fetchall()
    decided: dict[int, list[Compiled]] = {}
    for rule, (as_told, kept) in zip(rules, columns, strict=True):
        column = at[kept if rule.rule.masks else as_told]
        place = max(range(len(coded)), key=lambda n: (_rank(coded[n][column], rule), -n))
        decided.setdefault(place, []).append(rule)
    return [(rows[place], own_rules) for place, own_rules in sorted(decided.items())]


def _read(connection: duckdb.DuckDBPyConnection, relation: str) -> list[dict[str, Any]]:
    cursor = connection.execute(f"SELECT * FROM {relation}")
    names = [str(part[0]) for part in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _rank(code: int, rule: Compiled) -> int:
    if rule.rule.quantifier == "some":
        return {PASS: FAIL, FAIL: PASS}.get(code, code)
    return code
