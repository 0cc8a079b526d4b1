"""Ways to add a scenario in the window: by a dialog, from a file, from the library of shocks."""

from dataclasses import replace
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from freehold.desktop.pages.run_page import RESULT
from freehold.desktop.pages.scenarios_new import NewScenarioDialog
from freehold.desktop.pages.scenarios_runs import when_idle
from freehold.desktop.pages.scenarios_shock import ShockDialog
from freehold.desktop.project import BASE, Project
from freehold.desktop.work import Task, Worker
from freehold.estate import Workspace
from freehold.scenarios import Run
from freehold.scenarios.changes import ScenarioFile, read_file
from freehold.scenarios.editing import adding, tried


class ScenarioAdding(QObject):
    """Adds scenarios to the document; `made` tells the name of each."""

    made = Signal(str)

    def __init__(self, project: Project, worker: Worker, page: QWidget) -> None:
        super().__init__(page)
        self._project, self._worker, self._page = project, worker, page

    def new(self) -> None:
        """Ask for a new scenario and add it."""
        workspace = self._project.workspace
        if not isinstance(workspace, Workspace):
            return
        dialog = NewScenarioDialog(workspace, self._worker, self._page.window())
        if dialog.exec():
            self.add(dialog.name(), dialog.file())

    def shocks(self) -> ShockDialog | None:
        """Open the shock library over the estate; what it keeps becomes a scenario."""
        workspace = self._project.workspace
        if not isinstance(workspace, Workspace):
            return None
        base = self._project.kept(RESULT, BASE)
        dialog = ShockDialog(
            workspace,
            self._worker,
            base if isinstance(base, Run) else None,
            self._project.building,
            self._page.window(),
        )
        dialog.kept.connect(self.add)
        dialog.open()
        return dialog

    def from_file(self, path: Path | None = None) -> None:
        """Add a scenario from a YAML list of changes, asking for the file if none is given."""
        if path is None:
            chosen, _ = QFileDialog.getOpenFileName(
                self._page.window(),
                self.tr("Scenario from file"),
                "",
                self.tr("YAML (*.yaml *.yml)"),
            )
            if not chosen:
                return
            path = Path(chosen)
        try:
            file = read_file(path)
        except Exception as error:
            self._worker.failed.emit(error)
            return
        name = path.stem.replace("_", " ").strip()
        self._worker.start(
            self.tr("Trying the scenario {0}").format(name),
            lambda task: tried(self._beside(task), file),
            lambda _trial: self.add(name, file),
        )

    def add(self, name: str, file: ScenarioFile) -> None:
        """Add a scenario to the document; undo takes it away again."""

        def do() -> None:
            try:
                steps = adding(cast("Workspace", self._project.workspace), name, file)
                self._project.edit(steps, self.tr("Add scenario {0}").format(name))
            except Exception as error:
                self._worker.failed.emit(error)
            else:
                self.made.emit(name)

        when_idle(self._worker, do)

    def _beside(self, task: Task) -> Workspace:
        workspace = cast("Workspace", self._project.workspace)
        return replace(workspace, connection=task.cursor(workspace.connection))
