"""Findings, unknown verdicts and rules left out, from the engine's tables."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from freehold.compliance import Finding, Judgement, Pack, RuleResult, findings
from freehold.compliance.compiled import Compiled
from freehold.compliance.packs import shipped_frameworks
from freehold.estate.sql import literal, qualified, quoted
from freehold.reports.content_findings import (
    FindingGroup,
    FindingRow,
    MissingField,
    RuleNotEvaluated,
    Scalar,
    UnknownRow,
)
from freehold.reports.content_parts import SEVERITIES, Severity, VerdictCounts

_RANK = {severity: place for place, severity in enumerate(SEVERITIES)}


def groups(
    connection: duckdb.DuckDBPyConnection,
    judgement: Judgement,
    *,
    estate: str = "estate",
) -> tuple[FindingGroup, ...]:
    """Return the findings by rule, the most severe first, then by how many fail."""
    served, found = _served(), _found(connection, judgement)
    failing = [result for result in judgement.rules if result.fail + result.waived > 0]
    ordered = sorted(failing, key=lambda r: (_RANK[_severity(r.severity)], -r.fail, r.id))
    return tuple(
        _group(
            judgement.judged.rule(result.id),
            result,
            served,
            _rows(connection, judgement.judged.rule(result.id), found.get(result.id, []), estate),
        )
        for result in ordered
    )


def _found(connection: duckdb.DuckDBPyConnection, judgement: Judgement) -> dict[str, list[Finding]]:
    """Return the failing and waived subjects of each rule, by subject."""
    by_rule: dict[str, list[Finding]] = {}
    page = findings(connection, judgement.judged, results=("fail", "waived"), limit=None)
    for item in page.rows:
        by_rule.setdefault(item.rule_id, []).append(item)
    return by_rule


def _group(
    compiled: Compiled,
    result: RuleResult,
    served: dict[str, list[str]],
    rows: tuple[FindingRow, ...],
) -> FindingGroup:
    rule = compiled.rule
    source = rule.source
    return FindingGroup(
        rule_id=rule.id,
        version=str(rule.version),
        pack_id=compiled.pack,
        title=rule.title,
        severity=rule.severity,
        weight=float(rule.weight),
        basis=rule.basis,
        source_text=source.text if source else "no source recorded",
        source_url=source.url if source else None,
        source_as_of=source.as_of if source else None,
        source_verified=source.verified if source else None,
        frameworks=tuple(served.get(rule.id, [])),
        predicate=str(rule.fails),
        applies=None if rule.applies is True else str(rule.applies),
        parameters={name: _parameter(value) for name, value in rule.params.items()},
        fix=rule.fix or "no remedy recorded",
        subject=compiled.subjects.name,
        evidence_columns=_evidence_columns(compiled),
        counts=VerdictCounts(
            passed=result.passed,
            failed=result.fail,
            waived=result.waived,
            unknown=result.unknown,
            not_applicable=result.not_applicable,
        ),
        rows=rows,
    )


def _parameter(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _rows(
    connection: duckdb.DuckDBPyConnection, compiled: Compiled, found: list[Finding], estate: str
) -> tuple[FindingRow, ...]:
    rule_id = compiled.rule.id
    register = {
        row[0]: row[1:]
        for row in connection.execute(
            "SELECT subject_id, owner, due_on, status FROM"
            f" {qualified(estate, 'findings_register')} WHERE rule_id = ?",
            [rule_id],
        ).fetchall()
    }
    columns = _evidence_columns(compiled)
    names = _names(connection, compiled.subjects.name, estate)
    return tuple(
        _row(item, columns, register.get(item.subject_id), names.get(item.subject_id))
        for item in found
    )


_NAMED = {
    "contracts": "SELECT contract_id, name FROM {e}.contracts",
    "functions": "SELECT function_id, name FROM {e}.functions",
    "data_sets": "SELECT data_set_id, name FROM {e}.data_sets",
    "services": "SELECT service_id, name FROM {e}.services",
    "service_profiles": "SELECT service_id, name FROM {e}.services",
    "workloads": "SELECT workload_id, name FROM {e}.workloads",
    "applications": "SELECT application_id, name FROM {e}.applications",
    "keys": "SELECT key_id, name FROM {e}.keys",
    "placements": "SELECT p.placement_id, coalesce(d.name, w.name, r.name)"
    " FROM {e}.placements p LEFT JOIN {e}.data_sets d USING (data_set_id)"
    " LEFT JOIN {e}.workloads w USING (workload_id) LEFT JOIN {e}.resources r USING (resource_id)",
}
"""How the subjects of a view are called in the estate, for those views that have names."""


def _names(connection: duckdb.DuckDBPyConnection, view: str, estate: str) -> dict[str, str]:
    statement = _NAMED.get(view)
    if statement is None:
        return {}
    rows = connection.execute(statement.format(e=quoted(estate))).fetchall()
    return {str(key): str(name) for key, name in rows if name}


def _evidence_columns(compiled: Compiled) -> tuple[str, ...]:
    return tuple(dict.fromkeys(compiled.rule.evidence or compiled.columns))


def _row(
    item: Finding, columns: Sequence[str], registered: tuple[Any, ...] | None, name: str | None
) -> FindingRow:
    owner, due, status = registered or (None, None, None)
    return FindingRow(
        subject_id=item.subject_id,
        result="waived" if item.result == "waived" else "fail",
        says=item.says,
        evidence=tuple(_scalar(item.evidence.get(name)) for name in columns),
        waiver_id=item.waiver_id,
        owner=owner,
        due_on=due,
        status=status,
        unverified=item.reason == "unverified",
        name=name if name != item.subject_id else None,
        more_failing=max(item.failing_rows - 1, 0),
    )


def _scalar(value: Any) -> Scalar:
    match value:
        case Decimal():
            return float(value)
        case date() | datetime():
            return value.isoformat()
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def unknown(
    connection: duckdb.DuckDBPyConnection, judgement: Judgement
) -> tuple[tuple[MissingField, ...], tuple[UnknownRow, ...]]:
    """Return what is missing by field, and every unknown verdict with the fields it lacks."""
    judged = judgement.judged
    open_rules = [judged.rule(result.id) for result in judgement.rules if result.unknown]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE report_missing"
        " (rule_id VARCHAR, subject_id VARCHAR, field VARCHAR, doc VARCHAR)"
    )
    # The verdicts are a view of codes, so what is undecided is looked up in it once.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE report_undecided AS SELECT rule_id, subject_id, reason,"
        f" if_confirmed FROM {qualified(judged.store, 'verdicts')} WHERE result = 'unknown'"
    )
    for group in _by_subjects(open_rules):
        connection.execute(_missing_sql(group, judged.views))
    severities = {compiled.rule.id: compiled.rule.severity for compiled in open_rules}
    fields = connection.execute(
        "SELECT field, any_value(doc), count(*), count(DISTINCT subject_id),"
        " list_sort(list(DISTINCT rule_id)) FROM report_missing GROUP BY field"
        " ORDER BY count(*) DESC, field"
    ).fetchall()
    rows = connection.execute(
        "SELECT v.rule_id, v.subject_id, coalesce(m.fields, v.reason, 'missing'), v.if_confirmed"
        " FROM report_undecided v LEFT JOIN ("
        " SELECT rule_id, subject_id, string_agg(field, ', ' ORDER BY field) AS fields"
        " FROM report_missing GROUP BY ALL) m USING (rule_id, subject_id)"
        " ORDER BY v.rule_id, v.subject_id"
    ).fetchall()
    connection.execute("DROP TABLE report_missing; DROP TABLE report_undecided")
    missing = tuple(
        MissingField(
            field=field,
            description=doc or None,
            verdicts=verdicts,
            rules=tuple(rules),
            subjects=subjects,
            worst_severity=min((severities[rule] for rule in rules), key=_RANK.__getitem__),
        )
        for field, doc, verdicts, subjects, rules in fields
    )
    unknowns = [UnknownRow(row[0], severities[row[0]], *row[1:]) for row in rows]
    unknowns.sort(key=lambda row: (_RANK[row.severity], row.rule_id, row.subject_id))
    return missing, tuple(unknowns)


def _by_subjects(rules: Sequence[Compiled]) -> list[list[Compiled]]:
    """Return the rules apart by the view they read and the column that names their subjects."""
    groups: dict[tuple[str, str], list[Compiled]] = {}
    for compiled in rules:
        groups.setdefault((compiled.view.name, _subject(compiled)), []).append(compiled)
    return list(groups.values())


def _subject(compiled: Compiled) -> str:
    return compiled.parent_column or compiled.view.key[0]


def _missing_sql(rules: Sequence[Compiled], views: str) -> str:
    """Return SQL that notes, for each undecided subject, the columns it reads that say nothing.

    For rules that mask unverified facts, a value that is there but unverified says nothing too.
    The rules share a view and the column that names their subjects.
    """
    view, subject = rules[0].view, quoted(_subject(rules[0]))
    documented = view.documented
    wanted, told = [], []
    for name in sorted({name for compiled in rules for name in compiled.columns}):
        silent = unsure = f"{quoted(name)} IS NULL"
        if documented[name].verified:
            unsure = f"{silent} OR {quoted(name + '__verified')} IS NOT TRUE"
        told.append(f"{{'name': {literal(name)}, 'silent': {silent}, 'unsure': {unsure}}}")
    for compiled in rules:
        for name in compiled.columns:
            field = literal(f"{view.name}.{name}")
            masks = "TRUE" if compiled.rule.masks else "FALSE"
            wanted.append(
                f"({literal(compiled.rule.id)}, {literal(name)}, {masks}, {field},"
                f" {literal(documented[name].doc)})"
            )
    return (
        f"INSERT INTO report_missing WITH wanted(rule_id, name, masks, field, doc) AS"
        f" (VALUES {', '.join(wanted)}),"
        f" told AS (SELECT {subject} AS subject_id, unnest([{', '.join(told)}]) AS of"
        f" FROM {qualified(views, view.name)}"
        f" WHERE {subject} IN (SELECT subject_id FROM report_undecided))"
        " SELECT DISTINCT v.rule_id, v.subject_id, w.field, w.doc FROM report_undecided v"
        " JOIN wanted w ON w.rule_id = v.rule_id"
        " LEFT JOIN told t ON t.subject_id = v.subject_id AND t.of.name = w.name"
        " WHERE CASE WHEN t.subject_id IS NULL THEN TRUE WHEN w.masks THEN t.of.unsure"
        " ELSE t.of.silent END"
    )


def not_evaluated(judgement: Judgement, packs: Sequence[Pack]) -> tuple[RuleNotEvaluated, ...]:
    """Return the rules of the chosen packs that were not evaluated, and those on nothing."""
    titles = {rule.id: rule.title for pack in packs for rule in pack.rules}
    left_out = [
        RuleNotEvaluated(
            rule_id=item.rule,
            title=titles.get(item.rule, item.rule),
            reason=item.reason,
            detail=item.day.isoformat(),
        )
        for item in judgement.not_evaluated
    ]
    idle = [
        RuleNotEvaluated(rule_id=result.id, title=result.title, reason="no_subject")
        for result in judgement.rules
        if result.subjects == 0
    ]
    return tuple(sorted([*left_out, *idle], key=lambda item: item.rule_id))


def _served() -> dict[str, list[str]]:
    """Return the clauses that each rule serves, as in “DORA Art. 28”."""
    served: dict[str, list[str]] = {}
    for framework in shipped_frameworks():
        for clause in framework.clauses:
            for rule in clause.rules:
                served.setdefault(rule, []).append(f"{framework.id} {clause.id}")
    return served


def _severity(name: str) -> Severity:
    return next(severity for severity in SEVERITIES if severity == name)


def rule_ids(rules: Iterable[Compiled], view: str) -> list[str]:
    """Return the ids of the rules whose subjects are rows of that view."""
    return [compiled.rule.id for compiled in rules if compiled.subjects.name == view]
