"""Why one rule says what it says of one subject, and the smallest change that would pass."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from freehold.compliance import origins
from freehold.compliance.changes import Change, smallest_changes
from freehold.compliance.compiled import PLACEHOLDER, Compiled, Condition, unverified_name
from freehold.compliance.engine import Judged, quoted
from freehold.compliance.findings import Value, rows_sql, says_sql, undecided
from freehold.compliance.fuse import MASKED, is_safe, masked_tree
from freehold.compliance.judgement import Judgement
from freehold.compliance.store import meanings
from freehold.compliance.waivers import WaiverState
from freehold.errors import InputError
from freehold.estate.predicate import render
from freehold.estate.sql import literal


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
class Verdict:
    """What a rule says of a subject, as in the view `verdicts`; not_applicable too."""

    result: str
    reason: str | None
    if_confirmed: str | None
    waiver_id: str | None


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
    told_verdict = _verdict(connection, judged, rule, subject_id)
    verdict, waiver_id = told_verdict.result, told_verdict.waiver_id
    row = _row(connection, judged, rule, subject_id)
    changes = smallest_changes(connection, rule, row, judged.as_of) if verdict != "pass" else []
    if verdict == "not_applicable":
        changes = []
    if row.get("rows", 0) > 1 and rule.rule.quantifier == "every":
        # One row is shown; others of the same subject may fail as well.
        changes = [replace(change, rows=row["rows"]) for change in changes]
    values = []
    seen = origins.Seen(connection, catalogue, estate)
    for name in rule.columns:
        found = seen.origin(rule.view, name, row)
        told = row.get(unverified_name(name)) if rule.view.documented[name].verified else None
        values.append(ValueUsed(name, row.get(name), str(found) if found else None, told))
    return Explanation(
        rule=rule,
        subject_id=subject_id,
        row_id=row.get("row_id") if rule.parent else None,
        rows=row.get("rows", 0),
        verdict=verdict,
        reason=told_verdict.reason,
        if_confirmed=told_verdict.if_confirmed,
        says=_sentence(rule, verdict, row),
        values=tuple(values),
        atoms=atoms_on(connection, [rule], row)[0],
        smallest_change=changes[0] if changes else None,
        other_changes=tuple(changes[1:]),
        waiver=next((s for s in waivers if s.waiver.waiver_id == waiver_id), None),
    )


PLACE = "freehold_place"
"""Where a row stands in a table of signatures, the same as in the view judged, if that is one."""


def signed_rows(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    subject_id: str,
    rules: Iterable[Compiled],
) -> dict[str, dict[str, Any]]:
    """Return a subject's signatures, and its `PLACE` where it is known, by where they lie."""
    wanted = {rule.rule.id for rule in rules}
    found: dict[str, dict[str, Any]] = {}
    for stored in judged.stored:
        told = any(column.rule_id in wanted for column in stored.rules)
        if stored.lookup is None or not told or stored.rows in found:
            continue
        place = f"rowid AS {PLACE}, " if stored.rows.startswith('"') else ""
        found[stored.rows] = _named(
            connection, f"SELECT {place}* FROM {stored.rows} WHERE subject_id = ?", subject_id
        )
    return found


def verdicts_of(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    subject_id: str,
    rules: Sequence[Compiled],
    signed: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Verdict]:
    """Return the verdict of one subject by rule id; rules without such a subject are left out.

    `signed` are its `signed_rows`, read now if left out.
    """
    wanted = {rule.rule.id for rule in rules}
    if signed is None:
        signed = signed_rows(connection, judged, subject_id, rules)
    parts: list[str] = []
    values: list[str | None] = []
    value: str | None
    for place, stored in enumerate(judged.stored):
        columns = ", ".join(c.column for c in stored.rules if c.rule_id in wanted)
        if not columns:
            continue
        if stored.lookup is None:
            where, value = "subject_id", subject_id
        else:
            where, value = "sig", signed[stored.rows].get(str(stored.signature))
        parts.append(
            f"SELECT {place} AS place, [{columns}] AS codes"
            f" FROM {stored.lookup or stored.rows} WHERE {where} = ?"
        )
        values.append(value)
    waived = dict(
        connection.execute(
            f"SELECT rule_id, waiver_id FROM {quoted(judged.store)}.waived WHERE subject_id = ?",
            [subject_id],
        ).fetchall()
    )
    known = {code: (result, reason, told) for code, result, reason, told in meanings()}
    found: dict[str, Verdict] = {}
    for place, codes_ in (
        connection.execute(" UNION ALL ".join(parts), values).fetchall() if parts else ()
    ):
        ids = [c.rule_id for c in judged.stored[place].rules if c.rule_id in wanted]
        for rule_id, code in zip(ids, codes_, strict=True):
            result, reason, confirmed = known[code]
            waiver = waived.get(rule_id) if result == "fail" else None
            found[rule_id] = Verdict("waived" if waiver else result, reason, confirmed, waiver)
    return found


def _verdict(
    connection: duckdb.DuckDBPyConnection, judged: Judged, rule: Compiled, subject_id: str
) -> Verdict:
    found = verdicts_of(connection, judged, subject_id, [rule]).get(rule.rule.id)
    if found is None:
        raise InputError(
            f"The rule {rule.rule.id} has no subject '{subject_id}'",
            mend=f"Its subjects are the rows of {rule.subjects.name}",
        )
    return found


def _named(connection: duckdb.DuckDBPyConnection, sql: str, value: Any) -> dict[str, Any]:
    """Return the first row of a query by column name, empty if there is none."""
    cursor = connection.execute(sql, [value])
    names = [str(part[0]) for part in cursor.description or ()]
    rows = cursor.fetchall()
    return dict(zip(names, rows[0], strict=True)) if rows else {}


def _sentence(rule: Compiled, verdict: str, row: Mapping[str, Any]) -> str:
    # A rule's sentence tells what was found wrong, so it serves what failed or may fail.
    found = row.get("finding_says")
    if not found or verdict in ("pass", "not_applicable"):
        return rule.rule.title
    missing = [name for name in rule.columns if row.get(name) is None]
    return undecided(found, missing) if verdict == "unknown" else str(found)


def _row(
    connection: duckdb.DuckDBPyConnection, judged: Judged, rule: Compiled, subject_id: str
) -> dict[str, Any]:
    # Only the subject's own rows are read: ranking all of a large view would take seconds.
    only = f"{quoted(rule.subjects.key[0])} = {literal(subject_id)}"
    read = {*rule.columns, *PLACEHOLDER.findall(rule.rule.says)}
    read |= {unverified_name(name) for name in rule.columns}
    wanted = sorted((read | origins.keys_read(rule.columns)) & rule.view.documented.keys())
    names = ", ".join(quoted(name) for name in dict.fromkeys([rule.view.key[0], *wanted]))
    found = _named(
        connection,
        f"SELECT row_id, rows, {names}, {says_sql(rule)} AS finding_says"
        f" FROM ({rows_sql(judged, rule, only)}) WHERE finding_subject = ? LIMIT 1",
        subject_id,
    )
    # A parent that no row names was judged as one row of nothing but NULLs.
    return found or {rule.parent_column or "": subject_id, "rows": 0}


def atoms_on(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Compiled], row: Mapping[str, Any]
) -> list[tuple[AtomResult, ...]]:
    """Return which conditions of each rule of one view hold on a row, all in one statement."""
    read = sorted({name for rule in rules for name in rule.columns})
    tried: dict[str, None] = {}
    parts: list[list[tuple[str, str, str]]] = []
    for rule in rules:
        masked = frozenset(
            name
            for name in rule.columns
            if rule.rule.masks and row.get(unverified_name(name)) is False
        )
        parts.append([(c.part, c.sql, _tried(c, masked)) for c in rule.conditions])
        tried |= dict.fromkeys(sql for _, _, sql in parts[-1])
    if not tried:
        return [() for _ in rules]
    documented = rules[0].view.documented
    given = ", ".join(
        f"CAST(? AS {documented[name].sql_type}) AS {quoted(name)},"
        f" CAST(NULL AS {documented[name].sql_type}) AS {quoted(name + MASKED)}"
        for name in read
    )
    selected = ", ".join(tried)
    found = connection.execute(
        f"SELECT {selected} FROM (SELECT {given})", [row.get(name) for name in read]
    ).fetchone()
    holds = dict(zip(tried, found or (), strict=True))
    return [tuple(AtomResult(shown, holds[sql], part) for part, shown, sql in own) for own in parts]


def _tried(condition: Condition, masked: frozenset[str]) -> str:
    hidden = condition.columns & masked
    sql = render(masked_tree(condition.tree, hidden)) if hidden else condition.sql
    return sql if is_safe(condition.tree) else f"TRY({sql})"
