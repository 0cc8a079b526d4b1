"""The router tab of the Capacity page: a small model before the workload's own, or an API."""

from datetime import date
from typing import cast

import duckdb
import pandas as pd
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QLabel,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from freehold.capacity import Routing, Tables, route
from freehold.capacity.router import Known
from freehold.costing.facts import relation
from freehold.desktop.pages import capacity_router_values as values
from freehold.desktop.pages.capacity_recomputed import RecomputedPanel
from freehold.desktop.pages.capacity_values import known, said
from freehold.desktop.web import ChartPane
from freehold.desktop.work import Task, Worker

ROUTER = "router"
_SMALLER = 8.0
_MONTH_S = 730.0 * 3600.0


class RouterPanel(RecomputedPanel):
    """Compares while looked at; what is typed is compared at once, the latest answer wins."""

    def __init__(self, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._catalogue, self._as_of = "catalogue", date.min
        self._workload = pd.DataFrame()
        self._known: Known = {}
        self.found: Routing | None = None
        self.small, self.api = QComboBox(), QComboBox()
        self.share = _spin(0.0, 100.0, 80.0, " %")
        self.fallback = _spin(0.0, 100.0, 10.0, " %")
        self.peak = _spin(1.0, 100.0, 2.0, "")
        self.figures = QLabel()
        self.figures.setWordWrap(True)
        self.figures.setTextFormat(Qt.TextFormat.PlainText)
        self.figures.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.chart = ChartPane()
        self._lay_out()

    def show_workload(
        self,
        workload: pd.DataFrame,
        connection: duckdb.DuckDBPyConnection,
        catalogue: str,
        as_of: date,
    ) -> None:
        """Take another workload, or the same with other inputs; compare if the panel is seen."""
        if (connection, catalogue, as_of) != (self.connection, self._catalogue, self._as_of):
            self._known = {}
        other = self.connection is None or _model(workload) != _model(self._workload)
        self._workload, self.connection = workload, connection
        self._catalogue, self._as_of = catalogue, as_of
        if other:
            self._fill_models(connection, _model(workload))
        self.changed()

    def specification(self) -> pd.DataFrame:
        """Return the router that the inputs describe, as one row."""
        row = self._workload.iloc[0]
        provider, model = self.api.currentData() or ("", "")
        keep = ("input_tokens", "output_tokens", "requests_per_s", "ttft_slo_ms", "tpot_slo_ms")
        return pd.DataFrame([{name: row.get(name) for name in keep}]).assign(
            router_id=said(row.get("workload_id")),
            peak_over_mean=self.peak.value(),
            share_small=self.share.value() / 100.0,
            fallback_share=self.fallback.value() / 100.0,
            small_model=self.small.currentData() or "",
            small_precision=said(row.get("precision")),
            large_model=said(row.get("model_id")),
            large_precision=said(row.get("precision")),
            large_provider=provider,
            large_api=model,
        )

    def recompute(self, shared: duckdb.DuckDBPyConnection) -> None:
        """Compare the router that the inputs describe, and show where it breaks even."""
        if said(self._workload["kind"].iloc[0]) != "serving" or not _model(self._workload):
            self._show_nothing(self.tr("A router needs a serving workload that names its model."))
            return
        spec, catalogue, before = self.specification(), self._catalogue, self._known
        rate = known(spec["requests_per_s"].iloc[0]) or 0.0

        def work(task: Task) -> Routing:
            connection = task.cursor(shared)
            facts = Tables.read(connection, catalogue=catalogue)
            task.progress(0.2, "")
            return route(
                spec,
                connection,
                tables=facts,
                catalogue=catalogue,
                known=before,
                volumes=values.volumes(float(rate) * _MONTH_S),
            )

        self.figures.setText(self.tr("Comparing …"))
        self._worker.start(
            self.tr("Comparing routers for {0}").format(spec["router_id"].iloc[0]),
            work,
            self._take,
            failed=lambda error: self._show_nothing(str(error)),
            cancelled=lambda: self._show_nothing(self.tr("Stopped.")),
            only_latest=ROUTER,
        )

    def _take(self, found: object) -> None:
        self.found = result = cast("Routing", found)
        row = result.rows.iloc[0]
        refused = said(row.get("refused_because"))
        if refused:
            self._show_nothing(refused)
            return
        lines = [f"{what}: {much}" if much else what for what, much in values.sentences(row)]
        self.figures.setText("\n".join(lines))
        self.chart.show_figure(values.break_even_figure(result, self._as_of))

    def _show_nothing(self, why: str) -> None:
        self.found = None
        self.figures.setText(why)
        self.chart.show_figure(values.break_even_figure(None, None, why))

    def _fill_models(self, connection: duckdb.DuckDBPyConnection, model: str) -> None:
        """Offer smaller models, the one nearest an eighth chosen, and APIs, own model first."""
        cursor = connection.cursor()
        models = relation(cursor, "models", self._catalogue)
        size = cursor.execute(
            f"SELECT params_total_b FROM {models} WHERE model_id = ?", [model]
        ).fetchone()
        most = float(size[0]) if size and size[0] else 1e4
        smaller = cursor.execute(
            f"SELECT model_id, params_total_b FROM {models} WHERE kind = 'llm'"
            " AND params_total_b BETWEEN 0.3 AND least(?, 40) ORDER BY params_total_b, model_id",
            [most / 2],
        ).fetchall()
        prices = cursor.execute(
            "SELECT p.provider_id, p.model FROM catalogue.token_prices p"
            " JOIN catalogue.token_price_models m USING (provider_id, model)"
            " WHERE p.usd_per_m_output IS NOT NULL"
            " ORDER BY m.model_id IS DISTINCT FROM ?, p.provider_id, p.model",
            [model],
        ).fetchall()
        for field in (self.small, self.api):
            field.blockSignals(True)
            field.clear()
        for name, billions in smaller:
            self.small.addItem(f"{name} ({billions:g} B)", str(name))
        if smaller:
            near = min(range(len(smaller)), key=lambda at: abs(smaller[at][1] - most / _SMALLER))
            self.small.setCurrentIndex(near)
        self.api.addItem(self.tr("none, hosted too"), None)
        for provider, name in prices:
            self.api.addItem(f"{provider}: {name}", (str(provider), str(name)))
        for field in (self.small, self.api):
            field.blockSignals(False)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(8)
        for text, field in (
            (self.tr("Small model"), self.small),
            (self.tr("Tried by it"), self.share),
            (self.tr("Fallback of those"), self.fallback),
            (self.tr("Peak over mean"), self.peak),
            (self.tr("API behind it"), self.api),
        ):
            form.addRow(text, field)
            field.setAccessibleName(text)
            if isinstance(field, QComboBox):
                field.setSizeAdjustPolicy(
                    QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
                )
                field.setMinimumContentsLength(12)
                field.currentIndexChanged.connect(lambda _row: self.changed())
            else:
                field.valueChanged.connect(lambda _value: self.changed())
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 12, 0)
        column.addLayout(form)
        column.addWidget(self.figures)
        column.addStretch(1)
        scrolled = _scrolled(left)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(scrolled)
        split.addWidget(self.chart)
        split.setSizes([400, 480])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.addWidget(split, 1)


def _model(workload: pd.DataFrame) -> str:
    return said(workload["model_id"].iloc[0]) if len(workload) else ""


def _spin(least: float, most: float, value: float, suffix: str) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setRange(least, most)
    spin.setDecimals(1)
    spin.setValue(value)
    spin.setSuffix(suffix)
    return spin


def _scrolled(inside: QWidget) -> QWidget:
    area = QScrollArea()
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
