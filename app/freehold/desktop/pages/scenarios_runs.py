"""Judge the base and scenarios one after the other; edit only while nothing is judged."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from PySide6.QtCore import Qt

from freehold.desktop.pages.run_page import RESULT
from freehold.desktop.project import BASE, Project
from freehold.desktop.work import Task, Worker
from freehold.estate import Workspace
from freehold.scenarios import Run, run


def compared(project: Project, names: Sequence[str], task: Task) -> list[Run]:
    """Run the base and the scenarios named, taking what is at hand, and tell how far it is."""
    workspace = cast("Workspace", project.workspace)
    beside = replace(workspace, connection=task.cursor(workspace.connection))
    task.progress(0.02, BASE)
    with project.building(task.check):
        known = project.kept(RESULT, BASE)
        base = known if isinstance(known, Run) else run(beside)
        found = [base]
        for number, name in enumerate(names, start=1):
            task.progress(number / (len(names) + 1), name)
            at_hand = project.kept(RESULT, name)
            found.append(at_hand if isinstance(at_hand, Run) else run(beside, name, base=base))
        return found


def when_idle(worker: Worker, do: Callable[[], None]) -> None:
    """Do something once no task runs: an edit publishes the views that judging reads.

    Tasks that run are cancelled, for what they judge is about to change.
    """
    if not worker.running:
        do()
        return
    worker.cancel_all()
    worker.ended.connect(
        lambda _task: when_idle(worker, do), Qt.ConnectionType.SingleShotConnection
    )
