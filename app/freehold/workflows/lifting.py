"""What caps an estate, and the answers sheet of a service."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from pydantic import Field

from freehold.compliance import csf
from freehold.errors import InputError
from freehold.scenarios import BASE, Standing, lifts, run
from freehold.scenarios.changes import in_words
from freehold.scenarios.lifting import standing
from freehold.workflows.documents import editing, reading
from freehold.workflows.results import Result


class LiftFigures(Result):
    """How an estate stands: SEAL range, the framework's and the rules' score, fails."""

    seal_low: int | None
    seal_high: int | None
    csf_score_low: float | None
    score: float | None
    fails: int
    services_below: int

    @classmethod
    def of(cls, standing: Standing) -> "LiftFigures":
        """Return a standing as plain numbers."""
        low = standing.csf_score_low
        return cls(
            seal_low=standing.seal_low,
            seal_high=standing.seal_high,
            csf_score_low=None if low is None else float(low),
            score=standing.score,
            fails=standing.fails,
            services_below=standing.services_below,
        )


class LiftRow(Result):
    """One single change, what suggested it, and how the estate stands with it."""

    says: str
    change: dict[str, object] = Field(description="the typed change, as a scenario takes it")
    addresses: str
    title: str
    subjects: int
    seal_gain: int
    score_gain: float
    after: LiftFigures


class Lifted(Result):
    """The single changes that lift level or score most; each was tried and judged."""

    document: str
    scenario: str
    as_of: date
    weights: str
    before: LiftFigures
    capped_by: list[str]
    lifts: list[LiftRow]


class AnswersSheet(Result):
    """An answers sheet written or read; counts are criteria."""

    service: str
    path: str
    criteria: int
    answered: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


def caps(
    path: Path,
    *,
    scenario: str | None = None,
    as_of: date | None = None,
    weights: str | None = None,
    most: int = 10,
    progress: Callable[[int, int], None] | None = None,
) -> Lifted:
    """Return what caps the document's level and the single changes that lift it most.

    Raises:
        InputError: there is no such scenario or weight set.
    """
    with reading(path) as workspace:
        found = run(workspace, scenario or BASE, as_of=as_of, weights=weights)
        rows = lifts(found, most=most, progress=progress)
        return Lifted(
            document=str(path),
            scenario=found.name,
            as_of=found.as_of,
            weights=found.weights,
            before=LiftFigures.of(standing(found.level, found.judgement.rules)),
            capped_by=list(found.level.capped_by),
            lifts=[
                LiftRow(
                    says=in_words(lift.change),
                    change=lift.change.model_dump(exclude_none=True, exclude_defaults=True),
                    addresses=lift.addresses,
                    title=lift.title,
                    subjects=lift.subjects,
                    seal_gain=lift.seal_gain,
                    score_gain=lift.score_gain,
                    after=LiftFigures.of(lift.after),
                )
                for lift in rows
            ],
        )


def write_answers(path: Path, service: str, target: Path) -> AnswersSheet:
    """Write the answers sheet of a service as CSV.

    Raises:
        InputError: there is no such service in scope, or the target exists.
    """
    if target.exists():
        raise InputError(
            "The file exists", where=str(target), mend="Name another, or remove it first"
        )
    with reading(path) as workspace:
        workspace.publish()
        weights = str(workspace.setting("weights", csf.DEFAULT_WEIGHTS))
        found = csf.estate_level(
            workspace.connection, views="views", as_of=workspace.as_of, weights=weights
        )
        frame = csf.load_framework(workspace.connection)
        level = next((one for one in found.services if one.service == service), None)
        if level is None:
            there = ", ".join(one.service for one in found.services[:20]) or "none"
            raise InputError(
                f"There is no service '{service}' in scope", mend=f"Services are: {there}"
            )
        rows = csf.sheet(workspace.connection, level, frame)
    target.write_text(csf.write_sheet(rows), encoding="utf-8")
    answered = sum(row.option is not None for row in rows)
    return AnswersSheet(service=service, path=str(target), criteria=len(rows), answered=answered)


def read_answers(path: Path, service: str, sheet: Path) -> AnswersSheet:
    """Take a filled answers sheet over into the document.

    Raises:
        InputError: there is no such service, or the sheet is wrong; nothing was changed.
    """
    with editing(path) as workspace:
        known = workspace.connection.execute(
            "SELECT count(*) FROM estate.services WHERE service_id = ?", [service]
        ).fetchone()
        if known is None or not known[0]:
            raise InputError(
                f"There is no service '{service}'", where=path.name, mend="See the Estate page"
            )
        frame = csf.load_framework(workspace.connection)
        changes, account = csf.changes_of_sheet(workspace.connection, sheet, service, frame)
        workspace.apply(changes)
        answered = workspace.connection.execute(
            "SELECT count(*) FROM estate.answers WHERE service_id = ? AND option IS NOT NULL",
            [service],
        ).fetchone()
    return AnswersSheet(
        service=service,
        path=str(sheet),
        criteria=len(frame.criteria),
        answered=int(answered[0]) if answered else 0,
        added=account.added,
        changed=account.changed,
        removed=account.removed,
        unchanged=account.unchanged,
    )
