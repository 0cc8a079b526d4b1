"""Why one rule says what it says of one subject, and the smallest change that would pass."""

from dataclasses import dataclass, replace
from typing import Any

import duckdb

from freehold.compliance import origins
from freehold.compliance.changes import Change, smallest_changes
from freehold.compliance.compiled import Compiled, unverified_name
from freehold.compliance.engine import Judged, quoted
from freehold.compliance.findings import Value, rows_sql, says_sql
from freehold.compliance.fuse import MASKED, Atoms
from freehold.compliance.judgement import Judgement
from freehold.compliance.waivers import WaiverState
from freehold.errors import InputError


@dataclass(frozen=True)
class ValueUsed:
    """A column the rule read, its value (None = not told), and where that came from."""

    column: str
    value: Value
    source: str | None
    verified: bool | None


@dataclass(frozen=True)
class AtomResult:
    """One condition and whether it holds; None = unknown."""

    sql: str
    result: bool | None
    part: str


@dataclass(frozen=True)
class Explanation:
    """Everything about one rule and subject.

    Where the rule rolls several rows up, the row that decides is shown, and `rows` counts them.
    """

    rule: Compiled
    subject_id: str
    row_id: str | None
    rows: int
    verdict: str
    reason: str | None
    if_confirmed: str | None
    says: str
    values: tuple[ValueUsed, ...]
    atoms: tuple[AtomResult, ...]
    smallest_change: Change | None
    other_changes: tuple[Change, ...]
    waiver: WaiverState | None


def explain(
    connection: duckdb.DuckDBPyConnection,
    judgement: Judgement | Judged,
    rule_id: str,
    subject_id: str,
    *,
    catalogue: str = "catalogue",
    estate: str = "estate",
) -> Explanation:
    """Explain a rule's verdict of a subject.

    Raises:
        RuleError: the rule was not judged.
        InputError: the rule has no such subject.
    """
    judged = judgement.judged if isinstance(judgement, Judgement) else judgement
    waivers = judgement.waivers if isinstance(judgement, Judgement) else ()
    rule = judged.rule(rule_id)
    verdict, reason, confirmed, waiver_id = _verdict(connection, judged, rule, subject_id)
    row = _row(connection, judged, rule, subject_id)
    changes = smallest_changes(connection, rule, row, judged.as_of) if verdict != "pass" else []
    if verdict == "not_applicable":
        changes = []
    if row.get("rows", 0) > 1 and rule.rule.quantifier == "every":
        # One row is shown; others of the same subject may fail as well.
        changes = [replace(change, rows=row["rows"]) for change in changes]
    values = []
    for name in rule.columns:
        found = origins.origin(connection, rule.view, name, row, catalogue=catalogue, estate=estate)
        told = row.get(unverified_name(name)) if rule.view.documented[name].verified else None
        values.append(ValueUsed(name, row.get(name), str(found) if found else None, told))
    return Explanation(
        rule=rule,
        subject_id=subject_id,
        row_id=row.get("row_id") if rule.parent else None,
        rows=row.get("rows", 0),
        verdict=verdict,
        reason=reason,
        if_confirmed=confirmed,
        says=row.get("finding_says") or rule.rule.title,
        values=tuple(values),
        atoms=tuple(_atoms(connection, rule, row)),
        smallest_change=changes[0] if changes else None,
        other_changes=tuple(changes[1:]),
        waiver=next((s for s in waivers if s.waiver.waiver_id == waiver_id), None),
    )


def _verdict(
    connection: duckdb.DuckDBPyConnection, judged: Judged, rule: Compiled, subject_id: str
) -> tuple[str, str | None, str | None, str | None]:
    found = connection.execute(
        f"SELECT result, reason, if_confirmed, waiver_id FROM {quoted(judged.store)}.verdicts"
        " WHERE rule_id = ? AND subject_id = ?",
        [rule.rule.id, subject_id],
    ).fetchone()
    if found is not None:
        return found[0], found[1], found[2], found[3]
    for stored in judged.stored:
        if stored.column(rule.rule.id) is not None:
            there = connection.execute(
                f"SELECT 1 FROM {stored.table} WHERE subject_id = ? LIMIT 1", [subject_id]
            ).fetchone()
            if there:
                return "not_applicable", None, None, None
    raise InputError(
        f"The rule {rule.rule.id} has no subject '{subject_id}'",
        mend=f"Its subjects are the rows of {rule.subjects.name}",
    )


def _row(
    connection: duckdb.DuckDBPyConnection, judged: Judged, rule: Compiled, subject_id: str
) -> dict[str, Any]:
    cursor = connection.execute(
        f"SELECT *, {says_sql(rule)} AS finding_says FROM ({rows_sql(judged, rule)})"
        " WHERE finding_subject = ? LIMIT 1",
        [subject_id],
    )
    names = [part[0] for part in cursor.description]
    found = cursor.fetchone()
    if found is not None:
        return dict(zip(names, found, strict=True))
    # A parent that no row names was judged as one row of nothing but NULLs.
    return {rule.parent_column or "": subject_id, "rows": 0}


def _atoms(
    connection: duckdb.DuckDBPyConnection, rule: Compiled, row: dict[str, Any]
) -> list[AtomResult]:
    masked = frozenset(
        name for name in rule.columns if rule.rule.masks and row.get(unverified_name(name)) is False
    )
    atoms = Atoms()
    parts: list[tuple[str, str, str]] = []
    for part, tree in (("applies", rule.applies), ("fails", rule.fails)):
        parts += [(part, shown, sql) for shown, sql in atoms.conditions(tree, masked)]
    if not parts:
        return []
    documented = rule.view.documented
    given = ", ".join(
        f"CAST(? AS {documented[name].sql_type}) AS {quoted(name)},"
        f" CAST(? AS {documented[name].sql_type}) AS {quoted(name + MASKED)}"
        for name in rule.columns
    )
    values: list[Any] = []
    for name in rule.columns:
        values += [row.get(name), None if name in masked else row.get(name)]
    selected = ", ".join(f"TRY({sql})" for _, _, sql in parts)
    results = connection.execute(f"SELECT {selected} FROM (SELECT {given})", values).fetchone()
    return [
        AtomResult(shown, result, part)
        for (part, shown, _), result in zip(parts, results or (), strict=True)
    ]
