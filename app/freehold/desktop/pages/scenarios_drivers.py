"""What drives the differences of one scenario: cost bridge, score bridge, list of drivers."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from freehold.charts import Waterfall
from freehold.desktop.pages import scenarios_measures as measures
from freehold.desktop.pages.overview_figures import OverviewFigures, mostly_in_europe
from freehold.desktop.pages.page import GAP
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.web import ChartPane
from freehold.scenarios import Comparison

COST, SCORE, DRIVERS, SIDES, MAPS = range(5)


class DriversPanel(QWidget):
    """Five faces of the same differences, one at a time."""

    tab_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("What drives the differences"))
        for text in (
            self.tr("Cost bridge"),
            self.tr("Score bridge"),
            self.tr("Drivers"),
            self.tr("Rules that changed sides"),
            self.tr("Maps"),
        ):
            self.tabs.addTab(text)
        self.tabs.currentChanged.connect(lambda _tab: self.tab_changed.emit())
        self.chart = ChartPane()
        self.table = ResultTable(self.tr("Drivers of the differences"), tools=False)
        self.table.set_empty_text(
            self.tr("This scenario changes none of the measures that are compared.")
        )
        listed = QFrame()
        listed.setObjectName("panel")
        inside = QVBoxLayout(listed)
        inside.setContentsMargins(16, 12, 16, 12)
        inside.addWidget(self.table)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.chart)
        self._stack.addWidget(listed)
        self.maps = (ChartPane(), ChartPane())
        self._figures = OverviewFigures(self)
        beside = QWidget()
        row = QHBoxLayout(beside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        for pane in self.maps:
            row.addWidget(pane, 1)
        self._stack.addWidget(beside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._stack, 1)

    def show_scenario(self, comparison: Comparison, name: str) -> None:
        """Show what drives the differences of a scenario."""
        tab = self.tabs.currentIndex()
        self._stack.setCurrentIndex({DRIVERS: 1, SIDES: 1, MAPS: 2}.get(tab, 0))
        if tab == MAPS:
            self._show_maps(comparison, name)
            return
        if tab == SIDES:
            self.table.show_rows(measures.side_columns(), measures.side_rows(comparison, name))
            return
        self.table.show_rows(
            [
                Column("measure", self.tr("Measure"), width=140),
                Column("what", self.tr("Driver"), width=424),
                Column("delta", self.tr("± base"), "number", width=96),
            ],
            measures.driver_rows(comparison, name),
        )
        if tab != DRIVERS:
            make = measures.cost_bridge if tab == COST else measures.score_bridge
            self.chart.show_figure(make(comparison, name))

    def _show_maps(self, comparison: Comparison, name: str) -> None:
        """Show the base at the left and the scenario at the right, at one scale."""
        base = comparison.scenarios[0].name
        sites = [s for key in (base, name) for s in comparison.placed[key].sites]
        world = not mostly_in_europe(sites)
        for pane, key, title in (
            (self.maps[0], base, self.tr("Base")),
            (self.maps[1], name, name),
        ):
            day = next(m.as_of for m in comparison.scenarios if m.name == key)
            pane.show_figure(
                self._figures.map(comparison.placed[key], day, world=world, title=title)
            )

    def show_sentence(self, name: str, sentence: str) -> None:
        """Show a sentence while there is nothing to tell of a scenario."""
        self._stack.setCurrentIndex(0)
        title = self.tr("From the base to {0}").format(name)
        self.chart.show_figure(Waterfall(title=title, steps=(), empty=sentence))
        self.table.show_rows([Column("what", self.tr("Driver"))], [])
