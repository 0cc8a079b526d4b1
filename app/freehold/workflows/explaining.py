"""Say why a rule decided as it did on one subject."""

from datetime import date
from pathlib import Path

from freehold import compliance
from freehold.compliance.changes import Change
from freehold.compliance.findings import Value
from freehold.scenarios import BASE, run
from freehold.workflows.documents import reading
from freehold.workflows.results import Explained, ExplainedAtom, ExplainedChange, ExplainedValue


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
        result = run(workspace, scenario or BASE, as_of=as_of)
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
