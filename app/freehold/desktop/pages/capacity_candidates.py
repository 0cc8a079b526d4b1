"""The candidates tab of the Capacity page: the best configuration on each chip and machine."""

from datetime import date
from typing import cast

import duckdb
import pandas as pd
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from freehold.capacity import Search, Space, Tables, TrainingSearch, search_serving, search_training
from freehold.capacity.search_space import precision_choices
from freehold.desktop.numbers import show
from freehold.desktop.pages import capacity_candidates_values as values
from freehold.desktop.pages.capacity_recomputed import RecomputedPanel
from freehold.desktop.pages.capacity_values import said
from freehold.desktop.tables import ResultTable
from freehold.desktop.web import ChartPane
from freehold.desktop.work import Task, Worker

CANDIDATES = "candidates"
_ROW_PX = 25
_SERVED = frozenset({"serving", "batch"})


class CandidatesPanel(RecomputedPanel):
    """Searches for the workload shown whenever it is looked at and something has changed."""

    def __init__(self, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._catalogue, self._as_of = "catalogue", date.min
        self._workload = pd.DataFrame()
        self.found: Search | TrainingSearch | None = None
        self.by, self.precision, self.term = QComboBox(), QComboBox(), QComboBox()
        self._fill_choices()
        self.sentence = QLabel()
        self.sentence.setObjectName("muted")
        self.sentence.setWordWrap(True)
        self.table = ResultTable(self.tr("Candidates"), tools=False)
        self.table.view.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.chart = ChartPane()
        self._lay_out()

    def show_workload(
        self,
        workload: pd.DataFrame,
        connection: duckdb.DuckDBPyConnection,
        catalogue: str,
        as_of: date,
    ) -> None:
        """Take another workload, or the same with other inputs; search if the panel is seen."""
        self._workload, self.connection = workload, connection
        self._catalogue, self._as_of = catalogue, as_of
        serves = self._kind() in _SERVED
        self.chart.setVisible(serves)
        for field in (self.by, self.precision):
            field.setEnabled(serves)
        self.changed()

    def _kind(self) -> str:
        return said(self._workload["kind"].iloc[0]).lower() if len(self._workload) else ""

    def recompute(self, shared: duckdb.DuckDBPyConnection) -> None:
        """Search the machines of the catalogue for the workload, and show them ranked."""
        workload = self._workload
        kind = self._kind()
        if kind not in _SERVED and kind != "training":
            self._show_nothing(self.tr("Only serving and training workloads are searched for."))
            return
        by, precision = self.by.currentData(), self.precision.currentData()
        term = self.term.currentData()
        catalogue = self._catalogue
        self.sentence.setText(self.tr("Searching …"))

        def work(task: Task) -> Search | TrainingSearch:
            connection = task.cursor(shared)
            facts = Tables.read(connection, catalogue=catalogue)
            task.progress(0.2, "")
            if kind == "training":
                return search_training(
                    workload, connection, term=term, tables=facts, catalogue=catalogue
                )
            return search_serving(
                workload,
                connection,
                by=by,
                space=Space(precisions=(precision,) if precision else None),
                term=term,
                tables=facts,
                catalogue=catalogue,
            )

        name = said(workload["workload_id"].iloc[0])
        self._worker.start(
            self.tr("Searching machines for {0}").format(name),
            work,
            self._take,
            failed=lambda error: self._show_nothing(str(error)),
            cancelled=lambda: self._show_nothing(self.tr("Stopped.")),
            only_latest=CANDIDATES,
        )

    def _take(self, found: object) -> None:
        result = cast("Search | TrainingSearch", found)
        self.found = result
        tried = show(result.configurations, "integer")
        if isinstance(result, TrainingSearch):
            self.table.set_empty_text(self.tr("No layout can run."))
            self.table.show_rows(values.training_columns(), values.training_rows(result))
            self.sentence.setText(
                self.tr(
                    "{0} layouts tried at once; MFU counts model FLOPs, no recomputation."
                ).format(tried)
            )
            return
        self.table.set_empty_text(self.tr("No machine can serve this workload."))
        self.table.show_rows(values.serving_columns(), values.serving_rows(result))
        self.chart.show_figure(values.cost_figure(result, self._as_of))
        self.sentence.setText(
            self.tr(
                "{0} configurations tried, each at several batches within the targets. Time per "
                "token leaves out the first token; a million tokens count prompt and output. "
                "*: chip never measured; brackets: 80 % range."
            ).format(tried)
        )

    def _show_nothing(self, why: str) -> None:
        self.found = None
        self.sentence.setText(why)
        self.table.set_empty_text(why)
        self.table.show_rows(values.serving_columns(), [])
        self.chart.show_figure(values.cost_figure(None, None))

    def _fill_choices(self) -> None:
        for value, text in (
            ("cost", self.tr("Cheapest")),
            ("latency", self.tr("Fastest")),
            ("energy", self.tr("Least energy")),
        ):
            self.by.addItem(text, value)
        self.precision.addItem(self.tr("Any precision"), None)
        for name in dict.fromkeys(precision_choices()["weight_precision"]):
            self.precision.addItem(self.tr("Weights in {0}").format(name), name)
        terms: tuple[tuple[str | None, str], ...] = (
            ("on_demand", self.tr("On demand")),
            ("spot", self.tr("Spot")),
            ("reserved_1y", self.tr("Reserved 1 year")),
            ("reserved_3y", self.tr("Reserved 3 years")),
            (None, self.tr("Any term")),
        )
        for term, text in terms:
            self.term.addItem(text, term)
        for field, name in (
            (self.by, self.tr("Ranked by")),
            (self.precision, self.tr("Precision")),
            (self.term, self.tr("Term")),
        ):
            field.setAccessibleName(name)
            field.setToolTip(name)
            field.currentIndexChanged.connect(lambda _row: self.changed())

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for field in (self.by, self.precision, self.term):
            row.addWidget(field)
        row.addWidget(self.sentence, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(self.chart)
        split.setSizes([440, 440])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addWidget(split, 1)
