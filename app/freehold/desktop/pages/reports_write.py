"""Write a report in a worker: judge what is not at hand, build the content, write the files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from freehold.desktop.pages.run_page import RESULT
from freehold.desktop.project import BASE, Project
from freehold.desktop.work import Task
from freehold.estate import Workspace
from freehold.scenarios import Run, run, scenario_names
from freehold.workflows import reporting
from freehold.workflows.results import ReportResult

_SHARES = {"pdf": 0.6, "html": 0.75, "xlsx": 0.85, "csv": 0.92, "evidence": 0.96}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user chose on the page; `packs` None means the document's own."""

    kind: str
    formats: tuple[str, ...]
    scenario: str
    packs: tuple[str, ...] | None
    folder: Path


@dataclass(frozen=True, slots=True)
class Written:
    """The files written, and the runs they rest on by name."""

    report: ReportResult
    runs: dict[str, Run]


def write(project: Project, wish: Wish, task: Task) -> Written:
    """Make the report the same way as the command line does, and stop when cancelled.

    Raises:
        InputError: the folder cannot be written or a pack is not there; nothing is left behind.
    """
    workspace = cast("Workspace", project.workspace)
    beside = replace(workspace, connection=task.cursor(workspace.connection))
    runs = _runs(project, beside, wish, task)
    base, shown = runs[BASE], runs[wish.scenario]
    others = [runs[name] for name in scenario_names(beside)[: reporting.MOST_SCENARIOS]]
    # The runs at hand keep the window's connection; theirs must be the one that cancel stops.
    shown, base = (replace(found, workspace=beside) for found in (shown, base))
    others = [replace(found, workspace=beside) for found in others]
    task.progress(0.5, "content")
    content = reporting.audit(
        shown, [base, *others] if others else [], command(project, wish, shown)
    )

    def begin(name: str) -> None:
        task.progress(_SHARES.get(name, 0.9), name)

    report = reporting.write(content, wish.kind, wish.formats, wish.folder, begin)
    return Written(report, runs if wish.packs is None else {})


def command(project: Project, wish: Wish, shown: Run) -> str:
    """Return the command line that writes the same report."""
    name = project.path.name if project.path else "DOCUMENT.freehold"
    return reporting.command_line(name, wish.kind, wish.formats, shown, wish.packs)


def _runs(project: Project, beside: Workspace, wish: Wish, task: Task) -> dict[str, Run]:
    names = scenario_names(beside)[: reporting.MOST_SCENARIOS]
    wanted = list(dict.fromkeys([*names, *([wish.scenario] if wish.scenario != BASE else [])]))
    task.progress(0.02, BASE)
    with project.building(task.check):
        found = {BASE: _one(project, beside, BASE, wish.packs, None)}
        for number, name in enumerate(wanted, start=1):
            task.progress(0.5 * number / (len(wanted) + 1), name)
            found[name] = _one(project, beside, name, wish.packs, found[BASE])
        return found


def _one(
    project: Project,
    beside: Workspace,
    name: str,
    packs: Sequence[str] | None,
    base: Run | None,
) -> Run:
    at_hand = project.kept(RESULT, name)
    if packs is None and isinstance(at_hand, Run):
        return at_hand
    return run(beside, name, pack_ids=packs, base=base)
