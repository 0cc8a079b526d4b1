"""The Scenarios page: what would change if we moved, or if something happened to us."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QWidget,
)

from freehold.desktop.pages import scenarios_measures as measures
from freehold.desktop.pages.face_bar import FaceBar
from freehold.desktop.pages.page import GAP, Page
from freehold.desktop.pages.run_page import RESULT
from freehold.desktop.pages.scenarios_adding import ScenarioAdding
from freehold.desktop.pages.scenarios_comparison import ComparisonPanel
from freehold.desktop.pages.scenarios_drivers import MAPS, DriversPanel
from freehold.desktop.pages.scenarios_editing import ScenarioEditing
from freehold.desktop.pages.scenarios_list import MOST_TICKED, Listed, ScenarioList
from freehold.desktop.pages.scenarios_plan import PlanPanel
from freehold.desktop.pages.scenarios_runs import compared
from freehold.desktop.pages.scenarios_steps import Step
from freehold.desktop.palette import Entry
from freehold.desktop.project import BASE, Project
from freehold.desktop.tables import Column
from freehold.desktop.work import Task
from freehold.estate import Workspace
from freehold.estate.saved_views import SavedView, keep_views, saved_views
from freehold.scenarios import Comparison, Run, compare
from freehold.scenarios.changes import ScenarioFile, described, switched_on
from freehold.scenarios.editing import details
from freehold.workflows import kept_comparisons

COMPARISON = "comparison"
COMPARE, PLAN = "compare", "plan"
PINS = "pin"
"""The list of saved views that holds the measures kept at the top."""
_HEIGHTS, _MAP_HEIGHTS = (400, 232), (176, 456)


class ScenariosPage(Page):
    """Two faces: the base beside up to four scenarios, and the plan that can become one."""

    place = "scenarios"
    help_topic = "scenarios"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Scenarios")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("What changes if we move, or if a provider, a law or a price changes")

    # Building

    def build(self) -> None:
        """Put the list, the comparison and the bridges into the page."""
        self.comparison: Comparison | None = None
        self._unticked: set[str] = set()
        self._waits = self._stopped = self._has_scenarios = False
        self._task: Task | None = None
        self.worker.progressed.connect(self._progressed)
        self.adding = ScenarioAdding(self.project, self.worker, self)
        self.new_button = self.add_tool(self.tr("New…"), self.adding.new, primary=True)
        self.file_button = self.add_tool(
            self.tr("From file…"), self.adding.from_file, hint=self.tr("A list of changes in YAML")
        )
        self.shock_button = self.add_tool(
            self.tr("Shocks…"),
            self.adding.shocks,
            hint=self.tr("Events of the library, set on the estate"),
        )
        self.edit_button = self.add_tool(
            self.tr("Edit"), lambda: None, hint=self.tr("Rename, copy, branch or remove")
        )
        self.scenarios = ScenarioList()
        self.editing = ScenarioEditing(self.project, self.worker, self.scenarios.current, self)
        self.editing.made.connect(self.scenarios.choose)
        self.adding.made.connect(self.scenarios.choose)
        self.edit_button.setMenu(self.editing.menu())
        self.scenarios.chosen.connect(lambda _name: self._show_chosen())
        self.scenarios.ticked_changed.connect(self._ticks_changed)
        self.scenarios.show_everywhere.connect(self.project.set_scenario)
        steps = self.scenarios.changes
        for signal, slot in (
            (steps.switched, self.editing.switch),
            (steps.moved, self.editing.move),
            (steps.dropped, self.editing.drop),
        ):
            # Later, for the edit fills the very list that tells of it.
            signal.connect(slot, Qt.ConnectionType.QueuedConnection)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(GAP)
        split.addWidget(self._comparison_panel())
        self.drivers = DriversPanel()
        self.drivers.tab_changed.connect(self._show_chosen)
        self.drivers.tab_changed.connect(self._share_height)
        split.addWidget(self.drivers)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes(list(_HEIGHTS))
        self._split = split
        compare = QWidget()
        row = QHBoxLayout(compare)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.scenarios, 2)
        row.addWidget(split, 5)
        self.plan = PlanPanel(self.project, self.worker)
        self.plan.taken_over.connect(self._take_over)
        self._plan_is_stale = True
        self._faces = QStackedWidget()
        self._faces.addWidget(compare)
        self._faces.addWidget(self.plan)
        self._bar = FaceBar({COMPARE: self.tr("Compare"), PLAN: self.tr("Plan")})
        self._bar.chosen.connect(self.show_face)
        self.body.addWidget(self._bar)
        self.body.addWidget(self._faces, 1)

    def _comparison_panel(self) -> QWidget:
        panel = ComparisonPanel()
        self.only_differences, self.table, self.notes = (
            panel.only_differences, panel.table, panel.notes,
        )  # fmt: skip
        self.status, self.bar, self.pin_button = panel.status, panel.bar, panel.pin_button
        self.cancel_button, self.again_button = panel.cancel_button, panel.again_button
        self.only_differences.toggled.connect(lambda _on: self._show_table())
        panel.pin_wanted.connect(self.pin)
        self.cancel_button.clicked.connect(self.cancel)
        self.again_button.clicked.connect(lambda _checked=False: self.start())
        self.table.row_opened.connect(
            lambda row: self.go_to.emit(str(row.get("place") or "compliance"), "")
        )
        self._show_working(False)
        return panel

    # Showing

    def refresh(self, project: Project) -> None:
        """List the scenarios and compare the ticked ones anew."""
        self.cancel()
        self.comparison = None
        editable = not project.read_only
        for button in (self.new_button, self.file_button):
            button.setEnabled(editable)
        workspace = project.workspace
        about = details(workspace) if isinstance(workspace, Workspace) else {}
        self.edit_button.setEnabled(editable and bool(about))
        self._plan_is_stale = True
        self._has_scenarios = isinstance(workspace, Workspace) and bool(about)
        if not isinstance(workspace, Workspace) or not about:
            self.show_face(self.face())
            return
        if project.scenario != BASE and project.scenario not in about:
            # Undo has taken the scenario away that is shown.
            project.set_scenario(BASE)
            return
        beside = replace(workspace, connection=workspace.connection.cursor())
        listed = [
            Listed(
                name,
                text,
                day,
                tuple(map(Step, described(beside, name), switched_on(beside, name))),
            )
            for name, (text, day) in about.items()
        ]
        ticked = [name for name in about if name not in self._unticked][:MOST_TICKED]
        shown = self.scenarios.current()
        current = project.scenario if project.scenario != BASE else shown
        self.show_face(self.face())
        chosen = current if current in about else ""
        self.scenarios.show_scenarios(listed, ticked, chosen, editable=editable)
        self.start()

    def face(self) -> str:
        """Return the face shown."""
        return (COMPARE, PLAN)[self._faces.currentIndex()]

    def show_face(self, name: str) -> None:
        """Show one of the faces; without a scenario there is nothing to compare."""
        self._faces.setCurrentIndex(self._bar.show_face(name))
        if name == COMPARE and not self._has_scenarios:
            self._show_none()
            return
        self.show_body()
        if name == PLAN and self._plan_is_stale and self.project.is_open:
            self._plan_is_stale = False
            self.plan.refresh(self.project)

    def _show_none(self) -> None:
        self.show_empty(
            self.tr(
                "A scenario is a list of changes to the estate: a move, a price, a provider "
                "that is cut off. It leaves the estate as it is, and every page can be shown "
                "under it. There is none yet."
            ),
            (self.tr("New scenario…"), self.adding.new),
            (self.tr("From file…"), self.adding.from_file),
            (self.tr("Plan"), lambda: self.show_face(PLAN)),
        )

    def view_key(self) -> str:
        """Return "plan", or the scenario chosen."""
        return PLAN if self.face() == PLAN else self.scenarios.current()

    def view_title(self) -> str:
        """Return the page and what is chosen in it."""
        chosen = self.tr("Plan") if self.face() == PLAN else self.scenarios.current()
        return f"{self.title()}: {chosen}" if chosen else self.title()

    def show_key(self, key: str) -> None:
        """Show the plan for "plan", else choose the scenario of this name."""
        if key == PLAN and PLAN not in self.project.scenarios():
            self.show_face(PLAN)
            return
        self.show_face(COMPARE)
        self.scenarios.choose(key)

    def commands(self) -> list[Entry]:
        """Return what the command palette offers here."""
        return [
            Entry(self.tr("New scenario"), self.adding.new),
            Entry(self.tr("Scenario from file"), self.adding.from_file),
            Entry(self.tr("Shocks"), self.adding.shocks),
            *self.editing.commands(),
            Entry(self.tr("Compare scenarios anew"), lambda: self.start(anew=True)),
            Entry(self.tr("Plan where workloads run"), lambda: self.show_face(PLAN)),
            Entry(self.tr("Solve the plan"), self._solve),
            Entry(self.tr("Price of sovereignty"), self._show_price),
        ]

    def _show_table(self) -> None:
        if self.comparison is None:
            return
        self.table.show_rows(
            measures.columns(self.comparison.scenarios),
            measures.rows(
                self.comparison,
                only_differences=self.only_differences.isChecked(),
                pinned=self._pinned(),
            ),
        )

    def _pinned(self) -> list[str]:
        workspace = cast("Workspace", self.project.workspace)
        return [view.name for view in saved_views(workspace, PINS)]

    def pin(self, measure: str) -> None:
        """Keep a measure at the top of the comparison, or let it go; the document remembers."""
        pinned = self._pinned()
        kept = [name for name in pinned if name != measure] + [measure] * (measure not in pinned)
        views = [SavedView(name, self.place, {}) for name in kept]
        keep_views(cast("Workspace", self.project.workspace), PINS, views)
        self.project.mark_unsaved()
        self._show_table()

    def _share_height(self) -> None:
        """Give maps more of the height than bridges and lists need."""
        parts = _MAP_HEIGHTS if self.drivers.tabs.currentIndex() == MAPS else _HEIGHTS
        whole = sum(self._split.sizes())
        self._split.setSizes([whole * part // sum(parts) for part in parts])

    def _show_chosen(self) -> None:
        """Show the bridges, drivers and notes of the scenario chosen."""
        found, name = self.comparison, self.scenarios.current()
        if found is not None and name in [m.name for m in found.scenarios]:
            self.notes.setText("  ".join(measures.notes(found, name)))
            self.drivers.show_scenario(found, name)
            return
        self.notes.setText("")
        self.drivers.show_sentence(
            name,
            self.tr("Comparing …")
            if self._task is not None
            else self.tr("Tick {0} to compare it with the base.").format(name),
        )

    # Comparing

    def start(self, *, anew: bool = False) -> None:
        """Compare the base and the ticked scenarios in the worker, or show what is kept of that."""
        self.cancel()
        self._stopped = False
        names = self.scenarios.ticked()
        if not names:
            self.comparison = None
            self.table.show_rows([Column("title", self.tr("Measure"))], [])
            self._show_chosen()
            return
        if any(task.name in {RESULT, COMPARISON} for task in self.worker.running):
            # That task publishes the same views, even while it is being cancelled.
            self._show_working(True, self.tr("Judging …"))
            if not self._waits:
                self._waits = True
                self.worker.ended.connect(self._start_after, Qt.ConnectionType.SingleShotConnection)
            return
        project = self.project
        kept = kept_comparisons.current(cast("Workspace", project.workspace), names)
        if kept is not None and not anew:
            self._show_comparison(names, kept)
            return
        self._task = self.worker.start(
            self.tr("Comparing scenarios"),
            lambda task: compared(project, names, task),
            partial(self._take, names),
            failed=self._failed,
            cancelled=self._cancelled,
            only_latest=COMPARISON,
        )
        self._show_working(True, self.tr("Comparing …"))
        self._show_chosen()

    def cancel(self) -> None:
        """Stop a comparison that runs."""
        if self._task is not None:
            self._task.cancel()
        if self._task is not None or self._waits:
            self._task = None
            self._stopped = True
            self._show_working(False, self.tr("Cancelled"))

    def _start_after(self, _task: object) -> None:
        self._waits = False
        if self._task is None and not self._stopped and self.project.is_open:
            self.start()

    def _take(self, names: Sequence[str], found: object) -> None:
        self._task = None
        runs = cast("list[Run]", found)
        for result in runs:
            self.project.keep(RESULT, result, result.name)
        comparison = compare(runs)
        kept_comparisons.keep(cast("Workspace", self.project.workspace), names, comparison)
        self._show_comparison(names, comparison)

    def _show_comparison(self, names: Sequence[str], found: Comparison) -> None:
        self.comparison = found
        self._show_working(False)
        self._show_table()
        if self.scenarios.current() not in names:
            self.scenarios.choose(names[0])
        self._show_chosen()

    def _failed(self, error: Exception) -> None:
        self._task = None
        self._show_working(False, self.tr("Not compared"))
        self.worker.failed.emit(error)

    def _cancelled(self) -> None:
        if not self._waits and (self._task is None or self._task.is_cancelled):
            self._task = None
            self._show_working(False, self.tr("Cancelled"))
            self._show_chosen()

    def _progressed(self, task: Task, share: float, word: str) -> None:
        if task is self._task:
            self.bar.setValue(round(share * 100))
            self.status.setText(self.tr("Judging {0} …").format(word))

    def _show_working(self, working: bool, text: str = "") -> None:
        self.status.setText(text)
        self.bar.setVisible(working)
        self.cancel_button.setVisible(working)
        self.again_button.setVisible(not working and bool(text))
        if working:
            self.bar.setValue(0)

    def _ticks_changed(self) -> None:
        ticked = set(self.scenarios.ticked())
        self._unticked = set(self.project.scenarios()) - ticked - {BASE}
        self.start()

    def _take_over(self, name: str, file: ScenarioFile) -> None:
        self.show_face(COMPARE)
        self.adding.add(name, file)

    def _solve(self) -> None:
        self.show_face(PLAN)
        self.plan.solve()

    def _show_price(self) -> None:
        self.show_face(PLAN)
        self.plan.tabs.setCurrentWidget(self.plan.tabs.price)
