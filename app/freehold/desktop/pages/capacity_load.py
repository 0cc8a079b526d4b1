"""The load tab of the Capacity page: a workload simulated under drawn or recorded requests."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import duckdb
import pandas as pd
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from freehold.capacity.load import ROUTING, Question, read_trace
from freehold.charts import LineChart
from freehold.desktop.native.signs import SignLabel
from freehold.desktop.pages import capacity_load_values as values
from freehold.desktop.pages.capacity_recomputed import RecomputedPanel
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.web import ChartPane
from freehold.desktop.work import Task, Worker
from freehold.errors import FreeholdError
from freehold.workflows import simulating
from freehold.workflows.results_load import LoadSimulation

LOAD = "load"
POISSON, BURSTY, RECORDED = "poisson", "bursty", "recorded"
BURSTY_VARIATION = 3.0
_MOST_REPLICAS = 999
_ROW_PX = 25


class LoadPanel(RecomputedPanel):
    """Simulates the workload shown whenever it is looked at and something has changed.

    `requests` are drawn where no trace is replayed.
    """

    requests = Question.requests

    def __init__(self, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._catalogue, self._workload = "catalogue", pd.DataFrame()
        self.trace: Path | None = None
        self.found: LoadSimulation | None = None
        self._make_inputs()
        self._sign, self.sentence, self.facts = SignLabel("unknown"), QLabel(), QLabel()
        for label in (self.sentence, self.facts):
            label.setWordWrap(True)
        self.facts.setObjectName("muted")
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.chart = ChartPane()
        self.table = ResultTable(self.tr("Simulated latencies"), tools=False)
        self.table.view.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self._lay_out()

    # What the page calls

    def show_workload(
        self, workload: pd.DataFrame, connection: duckdb.DuckDBPyConnection, catalogue: str
    ) -> None:
        """Take another workload, or the same with other inputs; simulate it if it is seen."""
        self._workload, self.connection, self._catalogue = workload, connection, catalogue
        self.changed()

    # Simulating

    def question(self) -> Question:
        """Return what the inputs ask."""
        bursty = self.arrivals.currentData() == BURSTY
        return Question(
            requests=self.requests,
            variation=BURSTY_VARIATION if bursty else 1.0,
            replicas=self.replicas.value() or None,
            routing=str(self.routing.currentData()),
            failures=self.failures.isChecked(),
        )

    def recompute(self, shared: duckdb.DuckDBPyConnection) -> None:
        """Simulate the requests that the inputs ask for, and show how they fare."""
        catalogue = self._catalogue
        workload, question = self._workload, self.question()
        recorded = self.arrivals.currentData() == RECORDED
        if recorded and self.trace is None:
            self._show_nothing(self.tr("Choose a trace: a file of recorded requests."))
            return
        trace = self.trace if recorded else None
        name = str(workload["workload_id"].iloc[0])
        self._sign.set_sign("unknown", self.tr("Simulating …"))

        def work(task: Task) -> LoadSimulation:
            return simulating.simulate_row(
                workload,
                task.cursor(shared),
                question,
                trace=read_trace(trace) if trace else None,
                catalogue=catalogue,
                watch=lambda share: task.progress(share, ""),
            )

        self._worker.start(
            self.tr("Simulating the load of {0}").format(name),
            work,
            self._take,
            failed=self._failed,
            cancelled=self._stopped,
            only_latest=LOAD,
        )

    def _take(self, found: object) -> None:
        self.found = result = cast("LoadSimulation", found)
        sign, sentence = values.state(result)
        self._sign.set_sign(sign, {"fail": self.tr("Overloaded")}.get(sign))
        self.sentence.setText(sentence)
        self.facts.setText(values.facts(result))
        self.table.set_empty_text(self.tr("No latency is told while the load is too much."))
        self.table.show_rows(values.latency_columns(), values.latency_rows(result))
        self.account.setText(values.account(result))
        self.more.setEnabled(True)
        self.broken.setVisible(bool(result.trace and result.trace.broken))
        self._show_chart()

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, FreeholdError):
            self._worker.failed.emit(error)
        self._show_nothing(str(error))

    def _stopped(self) -> None:
        again = any(t.name == LOAD and not t.is_cancelled for t in self._worker.running)
        if not again and not self._is_stale:
            self._show_nothing(self.tr("The simulation was stopped. Change an input to go on."))

    def _show_nothing(self, why: str) -> None:
        self.found = None
        self._sign.set_sign("unknown", self.tr("Not simulated"))
        self.sentence.setText(why)
        self.facts.clear()
        self.account.clear()
        self.more.setEnabled(False)
        self.broken.hide()
        self.table.set_empty_text(why)
        self.table.show_rows(values.latency_columns(), [])
        self.chart.show_figure(LineChart(title="", lines=(), empty=why))

    def _show_chart(self) -> None:
        if self.found is not None:
            self.chart.show_figure(values.chart(self.found, str(self.shown.currentData())))

    # Traces

    def choose_trace(self) -> None:
        """Ask for a file of recorded requests."""
        chosen, _ = QFileDialog.getOpenFileName(
            self.window(),
            self.tr("Choose trace"),
            "",
            self.tr("Traces (*.csv *.jsonl *.json *.txt);;All files (*)"),
        )
        if chosen:
            self.take_trace(Path(chosen))

    def take_trace(self, path: Path) -> None:
        """Replay a trace."""
        self.trace = path
        self.pick.setText(path.name)
        self.pick.setToolTip(str(path))
        self.arrivals.setCurrentIndex(self.arrivals.findData(RECORDED))
        self.changed()

    def show_broken(self) -> None:
        """List the rows of the trace that were not taken."""
        if self.found is not None and self.found.trace is not None:
            rows = [row.model_dump() for row in self.found.trace.broken_rows]
            self._show_list(self.tr("Rows that were not taken"), values.broken_columns(), rows)

    def show_details(self) -> None:
        """List everything the simulation tells, with definitions."""
        if self.found is not None:
            rows = values.detail_rows(self.found)
            self._show_list(self.tr("Simulated load"), values.detail_columns(), rows)

    def _show_list(
        self, title: str, columns: list[Column], rows: Sequence[Mapping[str, object]]
    ) -> None:
        dialog = QDialog(self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        dialog.resize(960, 560)
        table = ResultTable(title)
        table.show_rows(columns, rows)
        layout = QVBoxLayout(dialog)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(table)
        dialog.open()

    # Laying out

    def _make_inputs(self) -> None:
        self.arrivals, self.routing, self.shown = QComboBox(), QComboBox(), QComboBox()
        self.arrivals.addItem(self.tr("Poisson"), POISSON)
        self.arrivals.addItem(self.tr("Bursty"), BURSTY)
        self.arrivals.setItemData(
            1,
            self.tr("Gaps vary three times as much as in a Poisson stream"),
            Qt.ItemDataRole.ToolTipRole,
        )
        self.arrivals.addItem(self.tr("Recorded"), RECORDED)
        words = {
            "round_robin": self.tr("In turn"),
            "least_outstanding": self.tr("Fewest requests"),
            "least_cache": self.tr("Least cache"),
            "session": self.tr("By session"),
            "prefix": self.tr("By prefix"),
        }
        for policy in ROUTING:
            self.routing.addItem(words[policy], policy)
        self.routing.setCurrentIndex(self.routing.findData("least_outstanding"))
        for name, text in values.titles().items():
            if name in {"ttft_ms", "tpot_ms", "e2e_latency_ms"}:
                self.shown.addItem(text, name)
        self.shown.addItem(self.tr("Over time"), values.OVER_TIME)
        self.shown.setAccessibleName(self.tr("Chart shown"))
        self.replicas = QSpinBox()
        self.replicas.setRange(0, _MOST_REPLICAS)
        self.replicas.setSpecialValueText(self.tr("as held"))
        self.failures = QCheckBox(self.tr("Failures"))
        self.failures.setToolTip(self.tr("Replicas fail and are repaired, as assumed"))
        self.pick = QPushButton(self.tr("Choose trace …"))
        self.pick.setToolTip(
            self.tr("Columns TIMESTAMP, ContextTokens, GeneratedTokens, or as Mooncake writes them")
        )
        self.broken, self.more = QPushButton(self.tr("Broken rows")), QPushButton()
        self.more.setText(self.tr("Details"))
        self.more.setToolTip(self.tr("All figures of the simulation and what each means"))
        self.more.setEnabled(False)
        for button, slot in (
            (self.pick, self.choose_trace),
            (self.broken, self.show_broken),
            (self.more, self.show_details),
        ):
            button.setObjectName("quiet")
            button.clicked.connect(lambda _checked=False, slot=slot: slot())
        self.broken.hide()
        self.recorded, self.account = QWidget(), QLabel()
        self.recorded.hide()
        self.arrivals.currentIndexChanged.connect(lambda _row: self._arrivals_chosen())
        self.routing.currentIndexChanged.connect(lambda _row: self.changed())
        self.replicas.valueChanged.connect(lambda _value: self.changed())
        self.failures.toggled.connect(lambda _on: self.changed())
        self.shown.currentIndexChanged.connect(lambda _row: self._show_chart())

    def _arrivals_chosen(self) -> None:
        self.recorded.setVisible(self.arrivals.currentData() == RECORDED)
        self.changed()

    def _lay_out(self) -> None:
        inputs = QHBoxLayout()
        inputs.setSpacing(8)
        for text, field in (
            (self.tr("Arrivals"), self.arrivals),
            (self.tr("Replicas"), self.replicas),
            (self.tr("Routing"), self.routing),
        ):
            label = QLabel(text)
            label.setBuddy(field)
            field.setAccessibleName(text)
            inputs.addWidget(label)
            inputs.addWidget(field)
        inputs.addWidget(self.failures)
        inputs.addStretch(1)
        inputs.addWidget(self.shown)
        recorded = QHBoxLayout(self.recorded)
        recorded.setContentsMargins(0, 0, 0, 0)
        recorded.setSpacing(8)
        for widget in (self.pick, self.account, self.broken):
            recorded.addWidget(widget)
        recorded.addStretch(1)
        outcome = QHBoxLayout()
        outcome.setSpacing(8)
        outcome.addWidget(self._sign)
        outcome.addWidget(self.sentence, 1)
        outcome.addWidget(self.more)
        told = QFrame()
        told.setObjectName("panel")
        column = QVBoxLayout(told)
        column.setContentsMargins(12, 12, 12, 8)
        column.setSpacing(6)
        column.addWidget(self.table, 1)
        column.addWidget(self.facts)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(8)
        split.addWidget(self.chart)
        split.addWidget(told)
        split.setSizes([320, 500])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(inputs)
        layout.addWidget(self.recorded)
        layout.addLayout(outcome)
        layout.addWidget(split, 1)
