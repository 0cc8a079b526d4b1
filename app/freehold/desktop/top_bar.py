"""The bar that rules every page: document, scenario, as-of date and the command field."""

from datetime import date

from PySide6.QtCore import QDate, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from freehold.desktop.native.elided import ElidedLabel
from freehold.desktop.project import BASE, Project


class TopBar(QFrame):
    """Shows and changes what every page depends on."""

    scenario_chosen = Signal(str)
    as_of_chosen = Signal(date)
    palette_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("top_bar")
        self._name = ElidedLabel()
        self._name.setObjectName("panel_title")
        self.scenario = QComboBox()
        self.scenario.setMinimumWidth(150)
        self.scenario.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.scenario.setMaximumWidth(208)
        self.scenario.activated.connect(self._scenario)
        self.as_of = QDateEdit()
        self.as_of.setDisplayFormat("yyyy-MM-dd")
        self.as_of.setCalendarPopup(True)
        self.as_of.setKeyboardTracking(False)
        self.as_of.dateChanged.connect(self._day)
        scenario_label, as_of_label = QLabel(self.tr("Scenario")), QLabel(self.tr("As of"))
        for label, field in ((scenario_label, self.scenario), (as_of_label, self.as_of)):
            label.setObjectName("muted")
            label.setBuddy(field)
            field.setAccessibleName(label.text())
            field.setObjectName("top_field")
            field.setMinimumHeight(32)
        self.search = QPushButton(self.tr("Search or run a command    Ctrl+K"))
        self.search.setObjectName("search_field")
        self.search.setMinimumWidth(264)
        self.search.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.search.setMaximumWidth(320)
        self.search.setCursor(Qt.CursorShape.IBeamCursor)
        self.search.setAccessibleName(self.tr("Search or run a command"))
        self.search.clicked.connect(self.palette_wanted)
        self._fields = (scenario_label, self.scenario, as_of_label, self.as_of)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 12, 24, 4)
        layout.setSpacing(8)
        layout.addWidget(self._name, 3)
        layout.addStretch(2)
        layout.addWidget(scenario_label)
        layout.addWidget(self.scenario)
        layout.addSpacing(8)
        layout.addWidget(as_of_label)
        layout.addWidget(self.as_of)
        layout.addSpacing(8)
        layout.addWidget(self.search, 3)

    def show_project(self, project: Project) -> None:
        """Show the project's name, scenarios and date."""
        for field in self._fields:
            field.setVisible(project.is_open)
        self._name.setText(project.name)
        with QSignalBlocker(self.scenario), QSignalBlocker(self.as_of):
            self.scenario.clear()
            for name in project.scenarios():
                self.scenario.addItem(self.tr("Base: as it is") if name == BASE else name, name)
            self.scenario.setCurrentIndex(max(self.scenario.findData(project.scenario), 0))
            if project.is_open:
                day = project.as_of
                self.as_of.setDate(QDate(day.year, day.month, day.day))

    def _scenario(self, index: int) -> None:
        self.scenario_chosen.emit(str(self.scenario.itemData(index)))

    def _day(self, day: QDate) -> None:
        self.as_of_chosen.emit(date(day.year(), day.month(), day.day()))
