"""The table of the base beside scenarios, with how far a comparison is."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.tables import ResultTable

_ROW_PX = 25


class ComparisonPanel(QFrame):
    """Only the widgets; the page says what they do."""

    pin_wanted = Signal(str)
    """The measure to keep at the top, or to let go."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        title = QLabel(self.tr("Base and scenarios"))
        title.setObjectName("panel_title")
        self.only_differences = QCheckBox(self.tr("Only &differences"))
        self.status, self.bar = QLabel(), QProgressBar()
        self.status.setObjectName("muted")
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(120, 8)
        self.bar.setAccessibleName(self.tr("Progress of the comparison"))
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.again_button = QPushButton(self.tr("Compare"))
        for button in (self.cancel_button, self.again_button):
            button.setObjectName("quiet")
        self.table = ResultTable(self.tr("Comparison of scenarios"), tools=False)
        self.table.set_empty_text(self.tr("Tick a scenario at the left to compare it."))
        self.table.view.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.pin_button = QPushButton(self.tr("&Pin"))
        self.pin_button.setObjectName("quiet")
        self.pin_button.setToolTip(self.tr("Keep the measure chosen at the top, or let it go"))
        self.pin_button.setEnabled(False)
        self.pin_button.clicked.connect(lambda _checked=False: self._pin())
        self.table.row_selected.connect(lambda _row: self.pin_button.setEnabled(True))
        self.notes = QLabel()
        self.notes.setObjectName("small")
        self.notes.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(title)
        head.addStretch(1)
        for widget in (self.status, self.bar, self.cancel_button, self.again_button):
            head.addWidget(widget)
        head.addWidget(self.pin_button)
        head.addWidget(self.only_differences)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.notes)

    def _pin(self) -> None:
        for row in self.table.selected_rows()[:1]:
            self.pin_wanted.emit(str(row["measure"]))
