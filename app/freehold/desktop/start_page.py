"""The first screen: three doors and the documents of late, without waiting for anything."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop import theme
from freehold.desktop.icons import pixmap

_WIDTH = 920
_MOST_RECENT = 4


class Door(QFrame):
    """One of the three doors: a large card that acts like a button."""

    opened = Signal()

    def __init__(self, icon_name: str, title: str, text: str, hint: str) -> None:
        super().__init__()
        self.setObjectName("door")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(196)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self._icon_name = icon_name
        self._icon = QLabel()
        heading, body, foot = QLabel(title), QLabel(text), QLabel(hint)
        heading.setObjectName("door_title")
        body.setWordWrap(True)
        foot.setObjectName("small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(8)
        for label in (self._icon, heading, body):
            layout.addWidget(label)
        layout.addStretch(1)
        layout.addWidget(foot)
        theme.active().changed.connect(self._tint)
        self._tint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Open the door."""
        super().mouseReleaseEvent(event)
        self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Open the door with Enter or Space."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def _tint(self) -> None:
        self._icon.setPixmap(pixmap(self._icon_name, theme.active().colours.accent, 28))


class StartPage(QWidget):
    """Says what Freehold answers and opens one of three doors."""

    sample_wanted = Signal()
    import_wanted = Signal()
    new_wanted = Signal()
    recent_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        hero = QLabel(self.tr("What of your cloud do you control?"))
        hero.setObjectName("hero")
        lead = QLabel(
            self.tr(
                "Freehold reads what you run and where, judges it against law and standards, "
                "sizes the GPU capacity you need, and prices every step towards independence. "
                "Nothing leaves this computer."
            )
        )
        lead.setObjectName("muted")
        lead.setWordWrap(True)
        self.doors = (
            Door(
                "sample",
                self.tr("Open a sample estate"),
                self.tr(
                    "A bank, a public agency or a manufacturer, complete with rules and costs."
                ),
                self.tr("Best for a first look"),
            ),
            Door(
                "import",
                self.tr("Import what you run"),
                self.tr(
                    "A FOCUS bill, Terraform state or plan, a spreadsheet. Or drop files here."
                ),
                self.tr("Ctrl+I"),
            ),
            Door(
                "new",
                self.tr("Start empty"),
                self.tr("A new document with the shipped rule packs, to fill by hand."),
                self.tr("Ctrl+N"),
            ),
        )
        signals = (self.sample_wanted, self.import_wanted, self.new_wanted)
        doors = QHBoxLayout()
        doors.setSpacing(16)
        for door, wanted in zip(self.doors, signals, strict=True):
            door.opened.connect(wanted)
            doors.addWidget(door, 1)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(4)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(hero)
        column.addWidget(lead)
        column.addSpacing(24)
        column.addLayout(doors)
        column.addSpacing(16)
        column.addLayout(self._recent)
        middle = QWidget()
        middle.setMaximumWidth(_WIDTH)
        middle.setLayout(column)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(middle, 20)
        across.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 32, 24)
        layout.addStretch(2)
        layout.addLayout(across)
        layout.addStretch(3)

    def show_recent(self, paths: Sequence[str]) -> None:
        """List documents opened lately that still exist."""
        while self._recent.count():
            item = self._recent.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.deleteLater()
        existing = [path for path in paths if Path(path).exists()][:_MOST_RECENT]
        if existing:
            heading = QLabel(self.tr("Opened lately"))
            heading.setObjectName("panel_title")
            self._recent.addWidget(heading)
        for path in existing:
            button = QPushButton(f"{Path(path).stem}    {Path(path).parent}")
            button.setObjectName("quiet")
            button.setStyleSheet("text-align: left;")
            button.clicked.connect(
                lambda _checked=False, chosen=path: self.recent_chosen.emit(chosen)
            )
            self._recent.addWidget(button)
