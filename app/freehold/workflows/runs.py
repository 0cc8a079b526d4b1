"""Keep runs with a document, list them, and compare two of them."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from freehold.compliance import history
from freehold.compliance.history import keeping
from freehold.compliance.history.keeping import KeptRun
from freehold.estate import Workspace
from freehold.scenarios import ScoredEstate
from freehold.scenarios.measures import overall
from freehold.workflows.documents import editing, reading
from freehold.workflows.hashes import run_hashes
from freehold.workflows.results_register import (
    CauseShare,
    ChangedFinding,
    Moved,
    RunComparison,
    RunInfo,
    RunList,
)


def keep(run: ScoredEstate, made_at: datetime | None = None) -> KeptRun:
    """Keep a run in its document, which must be saved after."""
    level = run.level
    return history.keep(
        run.workspace,
        run.judgement,
        run.packs,
        run_id=run_hashes(run).run_id,
        scenario=run.name,
        weights=run.weights,
        levels={"seal": level.seal, "seal_low": level.seal_low, "seal_high": level.seal_high},
        coverage=overall(run.judgement.rules)[1],
        estate=run.schemas.estate,
        facts=run.schemas.catalogue,
        made_at=made_at or datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    )


def list_runs(path: Path) -> RunList:
    """List the kept runs of a document, the newest first.

    Raises:
        DocumentError: the document cannot be opened.
    """
    with reading(path) as workspace:
        return listed(workspace, str(path))


def listed(workspace: Workspace, document: str) -> RunList:
    """Return the kept runs of an open document."""
    return RunList(
        document=document,
        runs=[info(workspace, run) for run in history.kept_runs(workspace)],
        keep=keeping.allowed(workspace),
    )


def info(workspace: Workspace, run: KeptRun) -> RunInfo:
    """Return a kept run as commands show it."""
    values: Mapping[str, Any] = {
        name: value for name, value in run.model_dump().items() if name in RunInfo.model_fields
    }
    return RunInfo(**values, can_be_judged_again=keeping.can_judge_again(workspace, run))


def compare(path: Path, before: str, after: str, *, limit: int = 100) -> RunComparison:
    """Compare two kept runs and tell apart what estate, facts, rules and the date did.

    Raises:
        DocumentError: the document or what is kept in it cannot be read.
        InputError: there is no such run.
    """
    started = time.perf_counter()
    with reading(path) as workspace:
        first, second = keeping.find(workspace, before), keeping.find(workspace, after)
        found = history.compare(workspace, first, second, limit=limit)
        return compared(workspace, found, str(path), time.perf_counter() - started)


def compared(
    workspace: Workspace, found: history.Comparison, document: str, seconds: float
) -> RunComparison:
    """Return a comparison as commands show it."""
    before, after = found.before, found.after
    return RunComparison(
        document=document,
        before=info(workspace, before),
        after=info(workspace, after),
        findings=found.findings,
        moved=[Moved(before=one, after=two, count=n) for (one, two), n in found.moved.items()],
        verdicts=found.verdicts,
        score=_minus(after.score, before.score),
        score_after_waivers=_minus(after.score_after_waivers, before.score_after_waivers),
        causes=[
            CauseShare(
                cause=cause.cause,
                changed=list(cause.changed),
                findings=cause.findings,
                verdicts=cause.verdicts,
                score=cause.score,
                score_after_waivers=cause.score_after_waivers,
            )
            for cause in found.causes
        ],
        attributed=found.not_attributed_because is None,
        not_attributed_because=found.not_attributed_because,
        changed=[
            ChangedFinding(
                rule=item.rule_id,
                subject=item.subject_id,
                before=item.before,
                after=item.after,
                causes=list(item.causes),
            )
            for item in found.changed
        ],
        compare_seconds=seconds,
    )


def remove(path: Path, name: str) -> RunList:
    """Remove a kept run.

    Raises:
        DocumentError: the document cannot be changed.
        InputError: there is no such run.
    """
    with editing(path) as workspace:
        keeping.remove(workspace, keeping.find(workspace, name))
        return listed(workspace, str(path))


def retain(path: Path, count: int) -> RunList:
    """Set how many runs a document keeps; older ones go.

    Raises:
        DocumentError: the document cannot be changed.
        InputError: the number is not allowed.
    """
    with editing(path) as workspace:
        keeping.retain(workspace, count)
        return listed(workspace, str(path))


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
