"""Judge a document against rule packs and frameworks."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from freehold.compliance.csf import levels as csf
from freehold.compliance.rule import SEVERITIES
from freehold.compliance.scores import three_scores
from freehold.scenarios import BASE, ScoredEstate, judge_estate, scenario_names, score_estate
from freehold.scenarios.measures import overall
from freehold.workflows import runs
from freehold.workflows.documents import editing, reading
from freehold.workflows.hashes import run_hashes
from freehold.workflows.results import FrameworkScore, RuleScore, ScoreResult
from freehold.workflows.trying import tried


def score(
    path: Path,
    *,
    packs: Sequence[str] | None = None,
    scenario: str | None = None,
    as_of: date | None = None,
    weights: str | None = None,
    keep: bool = False,
    tries: Sequence[str] = (),
) -> ScoreResult:
    """Judge the document at `path`, or one of its scenarios; `keep` keeps the run in it.

    With `tries`, the score with these other weights and thresholds stands beside; see `trying`.

    Raises:
        DocumentError: the document cannot be opened, or not be changed where the run is kept.
        InputError: there is no such scenario, pack or weight set.
    """
    # Judging looks only, so that a document open elsewhere can be scored; keeping must write.
    with editing(path) if keep else reading(path) as workspace:
        name = scenario or BASE
        before = None
        if name in scenario_names(workspace):
            before = judge_estate(workspace, as_of=as_of, every_view=True)
        result = score_estate(
            workspace, name, as_of=as_of, pack_ids=packs, weights=weights, base=before
        )
        if keep:
            runs.keep(result)
        told = scored(result, str(path))
        return told.model_copy(update={"tried": tried(result, tries)}) if tries else told


def scored(run: ScoredEstate, document: str) -> ScoreResult:
    """Return a run as the result of the score command."""
    level, found = run.level, run.judgement
    three = three_scores(found.rules)
    overall_score, coverage = overall(found.rules)
    frameworks = [level.as_framework(), *(f for f in found.frameworks if f.id != csf.MAP_ID)]
    results = [
        FrameworkScore(
            kind=kind,
            **{
                name: value
                for name, value in asdict(item).items()
                if name in FrameworkScore.model_fields
            },
        )
        for kind, group in (("framework", frameworks), ("pack", found.packs))
        for item in group
    ]
    return ScoreResult(
        document=document,
        scenario=run.name,
        as_of=run.as_of,
        weights=run.weights,
        verdicts=found.verdicts,
        seal=level.seal,
        seal_low=level.seal_low,
        seal_high=level.seal_high,
        score=overall_score,
        score_after_waivers=three.after_waivers,
        score_worst_case=three.worst_case,
        coverage=coverage,
        rules=[RuleScore(**asdict(rule)) for rule in found.rules],
        frameworks=results,
        not_evaluated=[
            {
                "id": item.rule,
                "pack": item.pack,
                "reason": f"{item.reason.replace('_', ' ')} ({item.day.isoformat()})",
            }
            for item in found.not_evaluated
        ],
        notices=list(run.workspace.notices),
        evaluate_seconds=run.seconds,
        run_id=run_hashes(run).run_id,
    )


def fails_at(result: ScoreResult, severity: str | None) -> bool:
    """Tell whether a rule of that severity, or a worse one, fails."""
    if severity is None:
        return False
    worst = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return any(rule.fail for rule in result.rules if rule.severity in worst)
