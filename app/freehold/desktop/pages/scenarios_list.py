"""The list of scenarios with ticks, and the changes of the chosen one in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.pages.scenarios_steps import Step, StepsList

MOST_TICKED = 4
_ROW_PX = 32


@dataclass(frozen=True, slots=True)
class Listed:
    """A scenario as the list shows it."""

    name: str
    description: str
    as_of: date | None
    steps: tuple[Step, ...]


class ScenarioList(QFrame):
    """Ticks choose what is compared (four at most); the row chosen tells its changes."""

    chosen = Signal(str)
    ticked_changed = Signal()
    show_everywhere = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(280)
        self.setMaximumWidth(360)
        self._listed: dict[str, Listed] = {}
        self._editable = True
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Scenarios of this document"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.currentItemChanged.connect(lambda *_: self._choose())
        self.list.itemChanged.connect(self._ticked)
        self._name, self._about = QLabel(), QLabel()
        self._name.setObjectName("panel_title")
        self._name.setWordWrap(True)
        self._about.setObjectName("muted")
        self._about.setWordWrap(True)
        self.changes = StepsList()
        self.everywhere = QPushButton(self.tr("Show on every page"))
        self.everywhere.setObjectName("quiet")
        self.everywhere.setToolTip(
            self.tr("Set the scenario at the top, so that all pages show the estate under it")
        )
        self.everywhere.clicked.connect(lambda: self.show_everywhere.emit(self.current()))
        self._lay_out()

    def show_scenarios(
        self,
        listed: Sequence[Listed],
        ticked: Sequence[str],
        current: str = "",
        *,
        editable: bool = True,
    ) -> None:
        """Show the scenarios, tick some, and choose one."""
        self._editable = editable
        self._listed = {scenario.name: scenario for scenario in listed}
        with QSignalBlocker(self.list):
            self.list.clear()
            for scenario in listed:
                item = QListWidgetItem(scenario.name)
                item.setSizeHint(QSize(0, _ROW_PX))
                item.setToolTip(scenario.name)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                is_ticked = scenario.name in ticked
                item.setCheckState(Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked)
                self.list.addItem(item)
            self.list.setFixedHeight(min(max(len(listed), 2), 6) * _ROW_PX + 8)
        self.choose(current or next(iter(ticked), "") or next(iter(self._listed), ""))

    def current(self) -> str:
        """Return the name of the scenario chosen, or ""."""
        item = self.list.currentItem()
        return item.text() if item is not None else ""

    def choose(self, name: str) -> None:
        """Choose a scenario by name."""
        for item in self.list.findItems(name, Qt.MatchFlag.MatchExactly):
            with QSignalBlocker(self.list):
                self.list.setCurrentItem(item)
        self._choose()

    def ticked(self) -> list[str]:
        """Return the names of the ticked scenarios in the order shown."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return [item.text() for item in items if item.checkState() == Qt.CheckState.Checked]

    def tick(self, name: str, on: bool = True) -> None:
        """Tick a scenario for comparison, or take the tick away."""
        for item in self.list.findItems(name, Qt.MatchFlag.MatchExactly):
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    def _ticked(self, item: QListWidgetItem) -> None:
        if len(self.ticked()) > MOST_TICKED:
            with QSignalBlocker(self.list):
                item.setCheckState(Qt.CheckState.Unchecked)
            return
        self.ticked_changed.emit()

    def _choose(self) -> None:
        scenario = self._listed.get(self.current())
        self.everywhere.setEnabled(scenario is not None)
        if scenario is None:
            return
        self._name.setText(scenario.name)
        parts = [scenario.description]
        if scenario.as_of is not None:
            parts.append(self.tr("Judged on its own date, {0}.").format(scenario.as_of.isoformat()))
        self._about.setText(" ".join(part for part in parts if part))
        self._about.setVisible(bool(self._about.text()))
        self.changes.show_steps(scenario.steps, editable=self._editable)
        self.chosen.emit(scenario.name)

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Compare with the base"))
        title.setObjectName("panel_title")
        hint = QLabel(self.tr("Tick up to four; choose one to see its changes and drivers."))
        hint.setObjectName("muted")
        hint.setWordWrap(True)
        rule = QFrame()
        rule.setFrameShape(QFrame.Shape.HLine)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        for widget in (title, hint, self.list, rule, self._name, self._about):
            layout.addWidget(widget)
        layout.addWidget(self.changes, 1)
        layout.addWidget(self.everywhere)
