"""Say why one rule, or all, decided as they did on one subject."""

from collections import Counter
from datetime import date
from pathlib import Path

import duckdb

from freehold import compliance
from freehold.compliance.changes import Change
from freehold.compliance.findings import Value
from freehold.scenarios import BASE, judge_estate
from freehold.workflows.documents import reading
from freehold.workflows.results import (
    Explained,
    ExplainedAtom,
    ExplainedChange,
    ExplainedSubject,
    ExplainedValue,
    RuleOnSubject,
)


def explain(
    path: Path,
    rule: str,
    subject: str,
    *,
    scenario: str | None = None,
    as_of: date | None = None,
) -> Explained:
    """Explain one verdict: the values used, where they came from, and the smallest change.

    Raises:
        RuleError: there is no such rule among the document's packs.
        InputError: the rule has no such subject.
    """
    with reading(path) as workspace:
        result = judge_estate(workspace, scenario or BASE, as_of=as_of)
        found = compliance.explain(
            workspace.connection,
            result.judgement,
            rule,
            subject,
            catalogue=result.schemas.catalogue,
            estate=result.schemas.estate,
        )
    cited = found.rule.rule.source
    return Explained(
        rule=found.rule.rule.id,
        title=found.rule.rule.title,
        severity=found.rule.rule.severity,
        source=cited.text if cited else None,
        fix=found.rule.rule.fix,
        subject=found.subject_id,
        as_of=result.as_of,
        verdict=found.verdict,
        reason=found.reason,
        if_confirmed=found.if_confirmed,
        says=found.says,
        values=[
            ExplainedValue(
                column=v.column, value=plain(v.value), source=v.source, verified=v.verified
            )
            for v in found.values
        ],
        atoms=[ExplainedAtom(sql=a.sql, result=a.result, part=a.part) for a in found.atoms],
        smallest_change=_change(found.smallest_change) if found.smallest_change else None,
        other_changes=[_change(change) for change in found.other_changes],
        waiver=found.waiver.waiver.waiver_id if found.waiver else None,
    )


def explain_all(
    path: Path,
    subject: str,
    *,
    scenario: str | None = None,
    as_of: date | None = None,
) -> ExplainedSubject:
    """Explain what every rule says of the rows with that id, in whatever views they stand.

    Raises:
        InputError: no rule has such a subject.
    """
    with reading(path) as workspace:
        result = judge_estate(workspace, scenario or BASE, as_of=as_of)
        found = rules_on(workspace.connection, result.judgement, subject)
    return ExplainedSubject(
        subject=subject,
        as_of=result.as_of,
        verdicts=dict(Counter(rule.verdict for rule in found)),
        rules=found,
    )


def rules_on(
    connection: duckdb.DuckDBPyConnection, judgement: compliance.Judgement, subject: str
) -> list[RuleOnSubject]:
    """Return what every rule says of the rows with that id, in whatever views they stand.

    Raises:
        InputError: no rule has such a subject.
    """
    return [
        _on_subject(item)
        for item in compliance.explain_subject(connection, judgement, None, subject)
    ]


def _on_subject(found: compliance.RuleOnSubject) -> RuleOnSubject:
    written = found.rule.rule
    return RuleOnSubject(
        rule=written.id,
        title=written.title,
        severity=written.severity,
        view=written.subject,
        verdict=found.verdict.result,
        reason=found.verdict.reason,
        if_confirmed=found.verdict.if_confirmed,
        row=found.row_id,
        values={name: plain(value) for name, value in found.values.items()},
        atoms=[ExplainedAtom(sql=a.sql, result=a.result, part=a.part) for a in found.atoms],
        waiver=found.verdict.waiver_id,
    )


def _change(change: Change) -> ExplainedChange:
    return ExplainedChange(
        column=change.column,
        kind=change.kind,
        old=plain(change.old),
        new=plain(change.new),
        rows=change.rows,
    )


def plain(value: Value) -> str | int | float | bool | None:
    """Return a value as JSON knows it: dates and amounts become text and numbers."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if isinstance(value, date) else float(value)
