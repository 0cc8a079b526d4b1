"""What becomes of a plan in 10,000 worlds: bands, chances, what matters, and a budget to try."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from freehold.charts import LineChart
from freehold.desktop.native.cards import KpiCard
from freehold.desktop.numbers import UNKNOWN, show
from freehold.desktop.pages import scenarios_plan_uncertain_values as values
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.web import ChartPane
from freehold.workflows.results_uncertainty import Uncertainty

_STEPS = 400
_ROW_PX = 25


class UncertaintyPanel(QWidget):
    """Shows stored draws; the budget is tried on them at once, without drawing again.

    `robust_wanted` asks for machines that cost least in the dearest worlds.
    """

    robust_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: Uncertainty | None = None
        self.cost = KpiCard(self.tr("Cost, USD"))
        self.unserved = KpiCard(self.tr("Not served"))
        self.over = KpiCard(self.tr("Over budget"))
        self.targets = KpiCard(self.tr("Target breaks"))
        self.power = KpiCard(self.tr("Own power"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setAccessibleName(self.tr("Budget over the horizon"))
        self.slider.valueChanged.connect(lambda _step: self._show_budget())
        self.budget_told = QLabel()
        self.budget_told.setMinimumWidth(120)
        self.budget_told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.shown = QComboBox()
        self.shown.setAccessibleName(self.tr("Chart shown"))
        for name, text in (
            ("months", self.tr("Month by month")),
            ("tornado", self.tr("What matters")),
            ("exceed", self.tr("Chance to exceed")),
        ):
            self.shown.addItem(text, name)
        self.shown.currentIndexChanged.connect(lambda _row: self._show_chart())
        self.chart = ChartPane()
        self.table = ResultTable(self.tr("Risk of each workload"), tools=False)
        self.table.view.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.robust_button = QPushButton(self.tr("Robust machines"))
        self.robust_button.setToolTip(
            self.tr("Choose machines that cost least in the dearest 5 % of worlds (CVaR)")
        )
        self.robust_button.clicked.connect(self.robust_wanted)
        self.robust = ResultTable(self.tr("Robust machines"), tools=False)
        self.robust.view.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.robust_told = QLabel()
        self.robust_told.setWordWrap(True)
        self.notes = QLabel()
        self.notes.setObjectName("small")
        self.notes.setWordWrap(True)
        self._lay_out()
        self.show_found(None)

    def show_found(self, found: Uncertainty | None) -> None:
        """Show what the draws came to, or that there are none."""
        self.found = found
        self.table.set_empty_text(self.tr("Solve a plan first; it then meets 10 000 draws."))
        self.table.show_rows(values.workload_columns(), values.workload_rows(found))
        with QSignalBlocker(self.slider):
            self.slider.setEnabled(found is not None and bool(found.cost_points_usd))
            self.slider.setValue(values.step_of(found, _STEPS))
        self._show_cards()
        self._show_budget()
        self._show_chart()
        self._show_robust()

    def _show_robust(self) -> None:
        self.robust_button.setEnabled(self.found is not None)
        chosen = self.found.robust if self.found is not None else None
        self._robust_side.setVisible(chosen is not None)
        if chosen is None:
            return
        self.robust_told.setText(
            self.tr(
                "Robust: the dearest {0} of worlds cost {1} USD ({2} on average). Machines for the "
                "least mean cost: {3} ({4}). Chosen by {5} draws, judged by others."
            ).format(
                show(1 - chosen.level, "share", 0),
                show(chosen.cvar_usd, "money"),
                show(chosen.mean_usd, "money"),
                show(chosen.average_cvar_usd, "money"),
                show(chosen.average_mean_usd, "money"),
                chosen.draws,
            )
        )
        self.robust.show_rows(
            [
                Column("row", self.tr("Machines of"), width=352),
                Column("machines", self.tr("Count"), "integer", width=64),
                Column("usd_per_month", self.tr("USD a month"), "money", width=104),
            ],
            [{**row.model_dump(), "row": row.row.replace("_", " ")} for row in chosen.machines],
        )

    def budget_usd(self) -> float | None:
        """Return the budget tried; None where the draws tell no cost."""
        return values.budget_at(self.found, self.slider.value(), _STEPS)

    def _show_cards(self) -> None:
        found = self.found
        if found is None:
            for card in (self.cost, self.unserved, self.over, self.targets, self.power):
                card.set_value(UNKNOWN)
            self.notes.setText("")
            return
        cost, unserved, power = found.cost_usd, found.unserved_share, found.power_kw
        self.cost.set_value(
            show(cost.p50, "money"),
            self.tr("{0} to {1} in 8 of 10 worlds").format(
                show(cost.p10, "money"), show(cost.p90, "money")
            ),
        )
        self.unserved.set_value(
            show(unserved.p50, "share", 1),
            self.tr("in 1 of 10 worlds over {0}").format(show(unserved.p90, "share", 1)),
        )
        self.targets.set_value(
            show(found.slo_broken_probability, "share", 0),
            self.tr("chance, in at least one month"),
        )
        limit = (
            self.tr("no limit stated")
            if found.power_limit_kw is None
            else self.tr("{0} chance to exceed {1} kW").format(
                show(found.over_power_probability, "share", 0),
                show(found.power_limit_kw, "number", 1),
            )
        )
        kw = UNKNOWN if power.p50 is None else f"{show(power.p50, 'number', 1)} kW"
        self.power.set_value(kw, limit)
        self.notes.setText(
            " ".join(
                [
                    self.tr("Of the plan as asked."),
                    found.simulated + ".",
                    self.tr("{0} draws, seed {1}.").format(
                        show(found.draws, "integer"), found.seed
                    ),
                    *found.notes,
                ]
            )
        )

    def _show_budget(self) -> None:
        budget = self.budget_usd()
        chance = values.chance_above(self.found, budget)
        self.budget_told.setText(
            UNKNOWN if budget is None else self.tr("{0} USD").format(show(budget, "money"))
        )
        asked = self.found.budget_usd if self.found is not None else None
        note = (
            self.tr("no budget stated; move the slider")
            if asked is None
            else self.tr("stated: {0} USD").format(show(asked, "money"))
        )
        self.over.set_value(show(chance, "share", 0), note if self.found is not None else "")
        if self.shown.currentData() == "exceed":
            self._show_chart()

    def _show_chart(self) -> None:
        if self.found is None:
            empty = self.tr("Solve a plan first; it then meets 10 000 draws.")
            self.chart.show_figure(LineChart(title="", lines=(), empty=empty))
            return
        name = str(self.shown.currentData())
        if name == "months":
            self.chart.show_figure(values.by_month(self.found))
        elif name == "tornado":
            self.chart.show_figure(values.tornado(self.found))
        else:
            self.chart.show_figure(values.exceedance(self.found, self.budget_usd()))

    def _lay_out(self) -> None:
        cards = QHBoxLayout()
        cards.setSpacing(8)
        for card in (self.cost, self.unserved, self.over, self.targets, self.power):
            cards.addWidget(card, 1)
        label = QLabel(self.tr("Try a budget"))
        label.setBuddy(self.slider)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(label)
        line.addWidget(self.slider, 1)
        line.addWidget(self.budget_told)
        line.addSpacing(16)
        line.addWidget(self.shown)
        line.addWidget(self.robust_button)
        told = QFrame()
        told.setObjectName("panel")
        inside = QVBoxLayout(told)
        inside.setContentsMargins(12, 12, 12, 8)
        inside.setSpacing(6)
        inside.addWidget(self.table, 1)
        self._robust_side = QFrame()
        self._robust_side.setObjectName("panel")
        beside = QVBoxLayout(self._robust_side)
        beside.setContentsMargins(12, 12, 12, 8)
        beside.setSpacing(6)
        beside.addWidget(self.robust_told)
        beside.addWidget(self.robust, 1)
        right = QSplitter(Qt.Orientation.Vertical)
        right.setChildrenCollapsible(False)
        right.setHandleWidth(8)
        right.addWidget(told)
        right.addWidget(self._robust_side)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(8)
        split.addWidget(self.chart)
        split.addWidget(right)
        split.setSizes([312, 480])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(cards)
        layout.addLayout(line)
        layout.addWidget(split, 1)
        layout.addWidget(self.notes)
