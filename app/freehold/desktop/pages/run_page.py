"""A page that shows a judged estate: the run is made once, off the window's thread."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent

from freehold.desktop.pages.page import Page
from freehold.desktop.project import BASE, Project
from freehold.desktop.work import Task
from freehold.estate import Workspace
from freehold.scenarios import Run, run

RESULT = "run"


class RunPage(Page):
    """Waits for the run of the scenario shown, then calls `show_run`."""

    def show_run(self, run: Run) -> None:
        """Show what was judged and measured."""

    def refresh(self, project: Project) -> None:
        """Show the run at hand, or start one and say so."""
        at_hand = project.kept(RESULT)
        if isinstance(at_hand, Run):
            self._show(at_hand)
            return
        if not _has_rows(project):
            self.show_empty(
                self.tr(
                    "This document is empty. Import a billing export, a Terraform state or a "
                    "table with File > Import, or drop the file on this window."
                )
            )
            return
        self.show_empty(self.tr("Judging the estate …"))
        scenario = project.scenario
        title = self.tr("Judging {0}").format(scenario)
        if any(t.title == title and not t.is_cancelled for t in self.worker.running):
            self._await()
            return
        self.worker.start(
            title,
            lambda task: runs_of(project, scenario, task),
            lambda found: self._take(scenario, found),
            failed=self._failed,
            cancelled=self._stopped,
            only_latest=RESULT,
        )

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Show a run that came while another page was looked at."""
        super().showEvent(event)
        if self.run is not None:
            self._look()

    def _await(self) -> None:
        """Show the run that another page has asked for, once it is at hand."""
        self.worker.ended.connect(
            lambda _task: self._look(), Qt.ConnectionType.SingleShotConnection
        )

    def _look(self) -> None:
        if self.is_empty and self.isVisible() and self.project.is_open and _has_rows(self.project):
            self.refresh(self.project)

    @property
    def run(self) -> Run | None:
        """The run shown, if one is at hand."""
        at_hand = self.project.kept(RESULT)
        return at_hand if isinstance(at_hand, Run) else None

    def _take(self, scenario: str, found: object) -> None:
        for name, result in found.items() if isinstance(found, dict) else ():
            self.project.keep(RESULT, result, name)
        at_hand = self.project.kept(RESULT)
        if scenario == self.project.scenario and isinstance(at_hand, Run):
            self._show(at_hand)

    def _show(self, run: Run) -> None:
        self.show_body()
        self.show_run(run)

    def _stopped(self) -> None:
        """Offer to judge again, unless another run has been started already."""
        again = any(t.name == RESULT and not t.is_cancelled for t in self.worker.running)
        if self.is_empty and not again and self.project.is_open and self.run is None:
            self.show_empty(
                self.tr("Judging was stopped."),
                (self.tr("Judge again"), lambda: self.refresh(self.project)),
            )

    def _failed(self, error: Exception) -> None:
        self.show_empty(str(error))
        self.worker.failed.emit(error)


def runs_of(project: Project, scenario: str, task: Task) -> dict[str, Run]:
    """Run the base and, if another is shown, the scenario; on a cursor that can be cancelled."""
    workspace = project.workspace
    if not isinstance(workspace, Workspace):
        return {}
    beside = replace(workspace, connection=task.cursor(workspace.connection))
    with project.building(task.check):
        known = project.kept(RESULT, BASE)
        base = known if isinstance(known, Run) else run(beside)
        found = {BASE: base}
        if scenario != BASE:
            task.progress(0.5, scenario)
            found[scenario] = run(beside, scenario, base=base)
        return found


def _has_rows(project: Project) -> bool:
    row = (
        project.connection.cursor()
        .execute(
            "SELECT (SELECT count(*) FROM estate.resources) + "
            "(SELECT count(*) FROM estate.placements) + (SELECT count(*) FROM estate.workloads)"
        )
        .fetchone()
    )
    return bool(row and row[0])
