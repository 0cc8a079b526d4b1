"""The Capacity page: what the workloads need, what they then do, and who could run them."""

from functools import partial
from typing import Any, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from freehold.capacity import metrics
from freehold.desktop.numbers import show
from freehold.desktop.pages import capacity_detail as details
from freehold.desktop.pages.capacity_candidates import CandidatesPanel
from freehold.desktop.pages.capacity_columns import (
    figure_columns,
    metric_columns,
    offer_columns,
    workload_columns,
)
from freehold.desktop.pages.capacity_load import LoadPanel
from freehold.desktop.pages.capacity_measurements import MeasurementsDialog
from freehold.desktop.pages.capacity_panel import WorkloadPanel
from freehold.desktop.pages.capacity_router import RouterPanel
from freehold.desktop.pages.capacity_values import figure_rows, workload_rows
from freehold.desktop.pages.page import GAP
from freehold.desktop.pages.run_page import RunPage
from freehold.desktop.pages.scenarios_runs import when_idle
from freehold.desktop.palette import Entry
from freehold.desktop.project import BASE, Project
from freehold.desktop.tables import ResultTable
from freehold.desktop.web import ChartPane
from freehold.estate.changes import Change
from freehold.scenarios import Run

DETAIL = "workload"
_ROW_PX = 25
TABS = ("latency", "offers", "figures", "load", "candidates", "router")
"""The tabs of the chosen workload, in their order."""


class CapacityPage(RunPage):
    """All workloads above; the chosen one below, with inputs that are tried as they are typed."""

    place = "capacity"
    help_topic = "capacity"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Capacity")

    def build(self) -> None:
        """Put the workloads and the chosen one into the page."""
        self.detail: details.Detail | None = None
        self._chosen = self._pending = ""
        self._shows_trial = False
        self.add_tool(
            self.tr("Definitions"), self.show_definitions, hint=self.tr("What each figure means")
        )
        self.add_tool(
            self.tr("Plan…"),
            lambda: self.go_to.emit("scenarios", "plan"),
            hint=self.tr("Let the planner choose where the workloads run"),
        )
        self.add_tool(
            self.tr("Own measurements"),
            self.show_measurements,
            hint=self.tr("Let the figures rest on what you measured yourself"),
        )
        notice = QFrame()
        notice.setObjectName("notice")
        self.note = QLabel(
            self.tr(
                "Estimates: physics and data sheets, factors fitted to published measurements. "
                "Brackets: 80 % range; †: not verified."
            )
        )
        self.note.setWordWrap(True)
        inside = QHBoxLayout(notice)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.note)
        self.table = ResultTable(self.tr("Workloads"), tools=False)
        self.table.view.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.table.row_selected.connect(lambda row: self.choose(str(row["workload_id"])))
        self.table.row_opened.connect(lambda _row: self.tabs.setCurrentIndex(2))
        self.panel = WorkloadPanel()
        self.panel.tried.connect(self.recompute)
        self.panel.keep_wanted.connect(self.keep)
        lower = QWidget()
        row = QHBoxLayout(lower)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(_scrolled(self.panel), 2)
        row.addWidget(self._tabs(), 5)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(GAP)
        split.addWidget(_panel(self.table))
        split.addWidget(lower)
        split.setSizes([240, 372])
        self.body.addWidget(notice)
        self.body.addWidget(split, 1)

    def _tabs(self) -> QWidget:
        self.latency = QComboBox()
        self.latency.setAccessibleName(self.tr("Latency shown"))
        self._metric_titles = {
            "ttft_ms": self.tr("Time to first token"),
            "tpot_ms": self.tr("Time per output token"),
            "e2e_latency_ms": self.tr("Time to the last token"),
        }
        for name, text in self._metric_titles.items():
            self.latency.addItem(text, name)
        self.latency.currentIndexChanged.connect(lambda _row: self._show_curve())
        self.chart = ChartPane()
        self.offers = ResultTable(self.tr("Offers"))
        self.figures = ResultTable(self.tr("Figures"), tools=False)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.load = LoadPanel(self.worker)
        self.candidates, self.router = CandidatesPanel(self.worker), RouterPanel(self.worker)
        self.tabs.addTab(self.chart, self.tr("Latency"))
        self.tabs.addTab(_panel(self.offers), self.tr("Offers"))
        self.tabs.addTab(_panel(self.figures), self.tr("All figures"))
        self.tabs.addTab(self.load, self.tr("Load"))
        self.tabs.addTab(self.candidates, self.tr("Candidates"))
        self.tabs.addTab(self.router, self.tr("Router"))
        self.tabs.setCornerWidget(self.latency)
        self.tabs.currentChanged.connect(lambda tab: self.latency.setVisible(tab == 0))
        return self.tabs

    # Showing

    def show_run(self, run: Run) -> None:
        """List the workloads and look at the one chosen before, or the first that was sized."""
        if run.workloads.empty:
            self.show_empty(
                self.tr(
                    "This estate has no workloads yet. Import a table of them with File > Import: "
                    "a model, a place and the load are enough."
                )
            )
            return
        rows = self._list(run)
        sized = sum(1 for row in rows if row["sign"] in {"pass", "warn", "fail"})
        self.set_subtitle(
            self.tr("{0} workloads, {1} sized; prices and grid as of {2}").format(
                show(len(rows), "integer"), show(sized, "integer"), run.as_of.isoformat()
            )
        )
        ids = [str(row["workload_id"]) for row in rows]
        first = next((str(r["workload_id"]) for r in rows if r["sign"] == "pass"), ids[0])
        self.choose(self._chosen if self._chosen in ids else first, again=True)
        pending, self._pending = self._pending, ""
        if pending:
            self.show_key(pending)

    def view_key(self) -> str:
        """Return the workload and the tab shown."""
        return f"{self._chosen}:{TABS[self.tabs.currentIndex()]}"

    def view_title(self) -> str:
        """Return the page and its tab."""
        return f"{self.title()}: {self.tabs.tabText(self.tabs.currentIndex())}"

    def show_key(self, key: str) -> None:
        """Choose the workload with this id, or WORKLOAD:TAB."""
        if self.run is None or self.is_empty:
            self._pending = key
            return
        workload, _, tab = key.rpartition(":")
        if tab in TABS:
            self.tabs.setCurrentIndex(TABS.index(tab))
        self.choose(workload if tab in TABS else key)

    def commands(self) -> list[Entry]:
        """Return what the command palette offers here."""
        return [
            Entry(self.tr("Definitions of capacity figures"), self.show_definitions),
            Entry(self.tr("Own measurements of models on chips"), self.show_measurements),
        ]

    def choose(self, workload_id: str, *, again: bool = False) -> None:
        """Look closely at a workload."""
        run = self.run
        if run is None or (workload_id == self._chosen and not again):
            return
        spec = details.specification(run, workload_id)
        if spec.empty:
            return
        self._chosen = workload_id
        self._select()
        self.panel.show_specification(
            spec.iloc[0], _accelerators(run), editable=self._is_editable(self.project)
        )
        self.recompute({})

    def recompute(self, changes: dict[str, Any]) -> None:
        """Size the chosen workload with other inputs in the worker; the latest answer wins."""
        run = self.run
        if run is None or not self._chosen:
            return
        spec = details.specification(run, self._chosen).assign(**changes)
        self.load.show_workload(spec, run.connection, run.schemas.catalogue)
        for panel in (self.candidates, self.router):
            panel.show_workload(spec, run.connection, run.schemas.catalogue, run.as_of)
        self.worker.start(
            self.tr("Sizing {0}").format(self._chosen),
            lambda task: details.detail(run, spec, task),
            partial(self._take_detail, bool(changes)),
            only_latest=DETAIL,
        )

    def _take_detail(self, is_trial: bool, found: object) -> None:
        self.detail = detail = cast("details.Detail", found)
        run = self.run
        self.panel.show_detail(detail)
        self._show_curve()
        self.offers.set_empty_text(detail.why_no_offers)
        self.offers.show_rows(offer_columns(), detail.offers)
        self.figures.set_empty_text(
            self.tr("Nothing could be predicted: {0}").format(detail.why_no_offers)
        )
        self.figures.show_rows(figure_columns(), figure_rows(detail.sized))
        if run is not None and is_trial:
            self._list(details.refreshed(run, detail))
        elif run is not None and self._shows_trial:
            self._list(run)
        self._shows_trial = is_trial

    def _list(self, run: Run) -> list[dict[str, object]]:
        """List the workloads of a run and keep the chosen one selected."""
        rows = workload_rows(run.workloads)
        self.table.show_rows(workload_columns(), rows)
        self._select()
        return rows

    def _select(self) -> None:
        model = self.table.model
        for row in range(model.rowCount() if model else 0):
            if model is not None and model.row(row)["workload_id"] == self._chosen:
                self.table.view.selectRow(row)

    def _show_curve(self) -> None:
        if self.detail is not None:
            metric = str(self.latency.currentData())
            self.chart.show_figure(details.curve_figure(self.detail, metric, self._metric_titles))

    # Editing

    def keep(self, changes: dict[str, Any]) -> None:
        """Write the inputs tried into the document; undo takes them back."""
        if not changes:
            return
        steps = [
            Change(
                target="estate.workloads",
                op="set",
                key={"workload_id": self._chosen},
                column=name,
                value=value,
                reason=self.tr("Tried on the Capacity page"),
            )
            for name, value in changes.items()
        ]

        def do() -> None:
            try:
                self.project.edit(steps, self.tr("Change {0}").format(self._chosen))
            except Exception as error:
                self.worker.failed.emit(error)

        when_idle(self.worker, do)

    def show_measurements(self) -> MeasurementsDialog:
        """Show the document's own measurements, to add to them or remove them."""
        dialog = MeasurementsDialog(self.project, self.worker)
        dialog.setParent(self.window(), Qt.WindowType.Dialog)
        dialog.open()
        return dialog

    def show_definitions(self) -> None:
        """Show what each figure means."""
        dialog = QDialog(self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Definitions of capacity figures"))
        dialog.resize(880, 560)
        table = ResultTable(self.tr("Definitions"))
        table.show_rows(
            metric_columns(),
            [
                {
                    "name": metric.name.replace("_", " "),
                    "group": metric.group,
                    "unit": metric.unit,
                    "definition": metric.definition,
                }
                for metric in metrics().values()
            ],
        )
        layout = QVBoxLayout(dialog)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(table)
        dialog.open()

    def _is_editable(self, project: Project) -> bool:
        # Under a scenario the estate itself is not what is shown.
        return not project.read_only and project.scenario == BASE


def _accelerators(run: Run) -> list[str]:
    rows = run.connection.cursor().execute(
        f'SELECT accelerator_id FROM "{run.schemas.catalogue}".accelerators ORDER BY 1'
    )
    return [str(name) for (name,) in rows.fetchall()]


def _scrolled(panel: QWidget) -> QScrollArea:
    """Let a panel scroll where the window is too low for it."""
    area = QScrollArea()
    area.setWidget(panel)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setMinimumWidth(panel.minimumWidth())
    area.setMaximumWidth(panel.maximumWidth())
    return area


def _panel(table: ResultTable) -> QFrame:
    panel = QFrame()
    panel.setObjectName("panel")
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(16, 12, 16, 12)
    layout.addWidget(table)
    return panel
