"""The answers of a plan in tabs: rows, cost over time, price, what binds, moves, uncertainty."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QSplitter, QTabWidget, QVBoxLayout, QWidget

from freehold.charts import BarChart
from freehold.desktop.pages import scenarios_plan_values as values
from freehold.desktop.pages.scenarios_plan_price import PricePanel
from freehold.desktop.pages.scenarios_plan_uncertain import UncertaintyPanel
from freehold.desktop.tables import ResultTable
from freehold.desktop.web import ChartPane
from freehold.planning import Row
from freehold.workflows.results_plan import KeptPlan, ParetoRow

_ROW_PX = 25


class PlanAnswers(QTabWidget):
    """Shows one plan; `lift_wanted` asks to plan without a requirement."""

    lift_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.price, self.uncertain = PricePanel(), UncertaintyPanel()
        self.placements = ResultTable(self.tr("Placements of the plan"))
        self.months = ChartPane()
        self.binding = ResultTable(self.tr("What binds"), tools=False)
        self.binding.row_opened.connect(lambda row: self.lift_wanted.emit(str(row["constraint"])))
        self.parts = ResultTable(self.tr("Parts of the cost"), tools=False)
        self.moves = ResultTable(self.tr("Migration list"))
        self.second, self.notes = QLabel(), QLabel()
        self.second.setWordWrap(True)
        self.notes.setObjectName("small")
        self.notes.setWordWrap(True)
        for table in (self.placements, self.binding, self.parts, self.moves):
            table.view.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.addTab(_panel(self.placements), self.tr("Placements"))
        self.addTab(self.months, self.tr("Over time"))
        self.addTab(self.price, self.tr("Price of sovereignty"))
        self.addTab(self._binding_tab(), self.tr("What binds"))
        self.addTab(_panel(self.moves), self.tr("Migration list"))
        self.addTab(self.uncertain, self.tr("Uncertainty"))

    def show_plan(self, plan: KeptPlan | None, steps: Sequence[ParetoRow]) -> None:
        """Show what does not depend on the level chosen."""
        result = plan.result if plan is not None else None
        self.price.show_steps(steps, result)
        self.uncertain.show_found(plan.uncertainty if plan is not None else None)
        self.binding.set_empty_text(_why_none(plan) or self.tr("Nothing binds."))
        self.binding.show_rows(
            values.binding_columns(), values.binding_rows(result) if result else []
        )
        self.parts.set_empty_text(_why_none(plan))
        self.parts.show_rows(values.part_columns(), values.part_rows(result) if result else [])
        self.second.setText(values.runner_up(result) if result else "")
        self.second.setVisible(bool(self.second.text()))
        self.notes.setText(" ".join(result.notes) if result else "")

    def show_rows(self, plan: KeptPlan | None, step: ParetoRow | None) -> None:
        """Show rows, costs and moves of the plan as asked, or of a step of the price curve."""
        result = plan.result if plan is not None else None
        rows: Sequence[Row] = ()
        if step is not None:
            rows = step.placements
        elif result is not None:
            rows = result.placements
        self.placements.set_empty_text(_why_none(plan))
        self.placements.show_rows(values.placement_columns(), values.placement_rows(rows))
        if result is None:
            sentence = self.tr("Solve a plan first.")
            self.months.show_figure(
                BarChart(title=self.tr("Cost by month"), categories=(), series=(), empty=sentence)
            )
        else:
            self.months.show_figure(values.over_time(rows, result))
        moves = step.migration if step is not None else result.migration if result else []
        self.moves.set_empty_text(_why_none(plan) or self.tr("Nothing has to move."))
        self.moves.show_rows(values.migration_columns(), values.migration_rows(moves))

    def _binding_tab(self) -> QWidget:
        hint = QLabel(
            self.tr("Of the plan as asked. Open a rule (double click or Enter) to plan without it.")
        )
        hint.setObjectName("small")
        upper = _panel(self.binding, hint, self.second)
        lower = _panel(self.parts, self.notes)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(8)
        split.addWidget(upper)
        split.addWidget(lower)
        split.setSizes([340, 200])
        return split


def _why_none(plan: KeptPlan | None) -> str:
    """Return why there are no rows: nothing was planned, or what cannot be kept together."""
    if plan is None:
        return values.translate("plan", "Solve a plan first.")
    if plan.result.cost_usd is not None:
        return ""
    return "\n".join(plan.result.conflict) or values.outcome(plan)[1]


def _panel(*widgets: QWidget) -> QFrame:
    """Put widgets into a frame; the first takes the room there is."""
    panel = QFrame()
    panel.setObjectName("panel")
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(16, 12, 16, 12)
    layout.setSpacing(8)
    for number, widget in enumerate(widgets):
        layout.addWidget(widget, 0 if number else 1)
    return panel
