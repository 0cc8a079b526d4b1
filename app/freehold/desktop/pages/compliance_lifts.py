"""Looking for what would lift an estate, and what each change found is about."""

import threading
from dataclasses import dataclass, replace

from freehold.desktop.project import Project
from freehold.desktop.work import Task
from freehold.estate.resolving import target_of
from freehold.scenarios import Lift, Run, Standing, lifts


@dataclass(frozen=True)
class Found:
    """The changes found; `tried` of `candidates` were judged, fewer where it was stopped."""

    lifts: tuple[Lift, ...]
    tried: int
    candidates: int
    stopped: bool


def seal(standing: Standing) -> str:
    """Return a level as it is written."""
    low, high = standing.seal_low, standing.seal_high
    if low is None:
        return "–"
    return f"SEAL {low}" if low == high else f"SEAL {low} – {high}"


def look(project: Project, run: Run, task: Task, stop: threading.Event) -> Found:
    """Try the changes in a worker; `stop` ends it after the change being judged."""
    beside = replace(run.workspace, connection=task.cursor(run.workspace.connection))
    counted = [0, 0]

    def tell(done: int, candidates: int) -> None:
        counted[:] = [done, candidates]
        task.progress(done / candidates, f"{done} / {candidates}")

    with project.building(task.check):
        found = lifts(
            replace(run, workspace=beside),
            progress=tell,
            cancelled=lambda: stop.is_set() or task.is_cancelled,
        )
    return Found(tuple(found), counted[0], counted[1], counted[0] < counted[1] or stop.is_set())


def proposal(lift: Lift) -> str:
    """Return a name for a scenario of one change."""
    change = lift.change
    said = change.column or change.target.removeprefix("estate.")
    row = next(iter((change.key or {}).values()), "")
    return " ".join(str(p) for p in (lift.addresses, said.replace("_", " "), row) if p)[:60]


def answered_by(lift: Lift) -> str | None:
    """Return the criterion whose answer a change gives, if it is one."""
    is_answer = lift.change.target.removeprefix("estate.") == "answers"
    return lift.addresses if is_answer else None


def estate_row(lift: Lift) -> str | None:
    """Return the estate's row that a change is about, as TABLE:KEY."""
    target = target_of(lift.change.target)
    key = lift.change.key
    if target.room != "estate" or key is None or len(key) != 1:
        return None
    return f"{target.table.name}:{next(iter(key.values()))}"
