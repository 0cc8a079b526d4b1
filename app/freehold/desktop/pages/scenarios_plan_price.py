"""The price of sovereignty: the least cost of each level, what a step takes, what caps the next."""

import math
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from freehold.charts import BarChart
from freehold.charts.figure import Series
from freehold.desktop.numbers import UNKNOWN, show
from freehold.desktop.pages import scenarios_plan_score as score
from freehold.desktop.pages import scenarios_plan_values as values
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.web import ChartPane
from freehold.workflows.results_plan import ParetoRow, PlanResult

translate = QCoreApplication.translate
SEAL, SCORE = "seal", "score"
LEVELS = (0, 1, 2, 3, 4)
_ROW_PX = 25


class PricePanel(QWidget):
    """The curve, a slider over its levels, and what the level chosen takes; `chosen` tells it."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: list[ParetoRow] = []
        self.chart = ChartPane()
        self.chart.key_clicked.connect(lambda key: self.choose(int(key)) if key else None)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(LEVELS[0], LEVELS[-1])
        self.slider.setPageStep(1)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setAccessibleName(self.tr("Level whose plan is shown"))
        self.slider.valueChanged.connect(self._chosen)
        self.by = QComboBox()
        self.by.setAccessibleName(self.tr("Curve by level or by score"))
        self.by.addItem(self.tr("By level"), SEAL)
        self.by.addItem(self.tr("By score"), SCORE)
        self.by.currentIndexChanged.connect(lambda _row: self._show_curve())
        self._result: PlanResult | None = None
        self._empty = ""
        self.level, self.told = QLabel(), QLabel()
        self.level.setObjectName("panel_title")
        self.level.setMinimumWidth(64)
        self.told.setWordWrap(True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.told.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.table = ResultTable(self.tr("Price of sovereignty"), tools=False)
        self.table.view.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.table.row_selected.connect(self._row_selected)
        self.moved = ResultTable(self.tr("What this level moves"), tools=False)
        self.moved.view.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self._lay_out()

    # What the panel is told

    def show_steps(
        self, steps: Sequence[ParetoRow], result: PlanResult | None, empty: str = ""
    ) -> None:
        """Show the steps found so far, in any order."""
        self._steps = sorted(steps, key=lambda step: step.seal)
        sentence = empty or self.tr(
            "Press Price of sovereignty to plan for each level of the EU framework."
        )
        self._result, self._empty = result, sentence
        self._show_curve()
        known = [step.seal for step in self._steps]
        if known and self.slider.value() not in known:
            # Steps come from the highest down; the lowest known says most.
            with QSignalBlocker(self.slider):
                self.slider.setValue(known[0])
        self._show_level()

    def choose(self, level: int) -> None:
        """Show a level."""
        self.slider.setValue(level)

    def step(self) -> ParetoRow | None:
        """Return the step of the level shown, if it is known."""
        return next((step for step in self._steps if step.seal == self.slider.value()), None)

    def _show_curve(self) -> None:
        """Show the curve by level, or by score, and its table."""
        by_score = self.by.currentData() == SCORE
        self.table.set_empty_text(self._empty)
        if by_score:
            self.chart.show_figure(score.figure(self._result, self._empty))
            self.table.show_rows(score.columns(), score.rows(self._result))
        else:
            self.chart.show_figure(figure(self._steps, self._result, self._empty))
            self.table.show_rows(step_columns(), step_rows(self._steps))

    def _row_selected(self, row: Mapping[str, object]) -> None:
        if self.by.currentData() == SEAL:
            self.choose(int(str(row["seal"])))

    def _chosen(self, level: int) -> None:
        self._show_level()
        self.chosen.emit(level)

    def _show_level(self) -> None:
        level, step = self.slider.value(), self.step()
        self.level.setText(f"SEAL-{level}")
        below = next((one for one in self._steps if one.seal == level - 1), None)
        self.told.setText(sentence_of(step, below, complete=len(self._steps) == len(LEVELS)))
        if step is None or step.cost_usd is None:
            self.moved.set_empty_text(self.tr("No plan reaches this level."))
            rows: list[values.Line] = []
        else:
            rows = values.moved_rows(below, step)
            self.moved.set_empty_text(self.tr("This level moves nothing more."))
        self.moved.show_rows(values.moved_columns(), rows)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self.level)
        line.addWidget(self.slider, 1)
        line.addWidget(self.by)
        right = QFrame()
        right.setObjectName("panel")
        column = QVBoxLayout(right)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(line)
        column.addWidget(self.table, 1)
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.addWidget(self.chart)
        upper.addWidget(right)
        upper.setSizes([400, 400])
        below = QFrame()
        below.setObjectName("panel")
        inside = QVBoxLayout(below)
        inside.setContentsMargins(16, 12, 16, 12)
        inside.setSpacing(8)
        inside.addWidget(self.told)
        inside.addWidget(self.moved, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(upper)
        split.addWidget(below)
        split.setSizes([285, 225])
        for one in (upper, split):
            one.setChildrenCollapsible(False)
            one.setHandleWidth(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(split)


def figure(steps: Sequence[ParetoRow], result: PlanResult | None, empty: str) -> BarChart:
    """Return the curve: the cost of each level; hatched where it rests on assumed answers."""
    known = {step.seal: step for step in steps}
    categories, costs, hatched, keys = [], [], [], []
    for level in LEVELS:
        step = known.get(level)
        no_plan = step is not None and step.cost_usd is None
        name = f"SEAL-{level}"
        categories.append(f"{name} {translate('plan', 'infeasible')}" if no_plan else name)
        # Rounded as the table beside rounds, so that both say the same.
        cost = step.cost_usd if step is not None else None
        costs.append(None if cost is None else float(math.floor(cost + 0.5)))
        hatched.append(step is not None and step.rests_on_assumed)
        keys.append(str(level))
    return BarChart(
        title=translate("plan", "The price of sovereignty"),
        subtitle=translate("plan", "Hatched: rests on assumed answers"),
        unit=translate("plan", "USD over {0} months").format(result.months) if result else "USD",
        decimals=0,
        categories=tuple(categories),
        series=(
            Series(
                name=translate("plan", "Cost"),
                values=tuple(costs),
                colour="accent",
                hatched=tuple(hatched),
                keys=tuple(keys),
            ),
        ),
        source=translate("plan", "Freehold plan, estimated"),
        as_of=result.as_of if result else None,
        empty=empty,
    )


def step_columns() -> list[Column]:
    """Return the columns of the steps."""
    return [
        Column("level", translate("plan", "Level"), width=62),
        Column("cost", "USD", "money", width=76),
        Column("more", translate("plan", "± step"), width=78, help=_more_help()),
        Column(
            "range",
            translate("plan", "Range"),
            width=68,
            help=translate(
                "plan",
                "Level by published and derived answers alone, and if all open ones were best",
            ),
        ),
        Column("score", translate("plan", "Score"), "number", 1, width=56),
    ]


def _more_help() -> str:
    return translate("plan", "Against the level below")


def step_rows(steps: Sequence[ParetoRow]) -> list[values.Line]:
    """Return one row for each step, with what it costs more than the one below."""
    found: list[values.Line] = []
    before: ParetoRow | None = None
    for step in steps:
        more = ""
        if step.cost_usd is not None and before is not None and before.cost_usd is not None:
            more = f"+{show(step.cost_usd - before.cost_usd, 'money')}"
        found.append(
            {
                "seal": step.seal,
                "level": f"SEAL-{step.seal}",
                "cost": step.cost_usd,
                "more": more or UNKNOWN,
                "range": UNKNOWN
                if step.seal_proven is None
                else f"{step.seal_proven}–{step.seal_best_case}",
                "score": step.score,
            }
        )
        before = step
    return found


def sentence_of(step: ParetoRow | None, below: ParetoRow | None, *, complete: bool) -> str:
    """Return what a step costs, what caps the next one, or why there is none."""
    if step is None:
        return translate("plan", "This level has not been planned yet.")
    if step.cost_usd is None:
        return translate("plan", "No plan: {0}").format(values.first_of(step.conflict))
    said = []
    if below is not None and below.cost_usd:
        more = step.cost_usd - below.cost_usd
        said.append(
            translate("plan", "{0} USD more than a level lower, {1}.").format(
                show(more, "money"), show(more / below.cost_usd, "share", 1)
            )
        )
    if step.rests_on_assumed:
        said.append(
            translate("plan", "Rests on assumed answers: proven is {0} only.").format(
                values.level(step.seal_proven)
            )
        )
    if step.capped_by:
        said.append(
            translate("plan", "What caps the next: {0}").format(values.first_of(step.capped_by))
        )
    elif complete and not said:
        said.append(translate("plan", "The cheapest plan, whatever its level."))
    return " ".join(said)
