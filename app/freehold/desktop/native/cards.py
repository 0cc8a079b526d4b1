"""The card with one figure that answers one question."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from freehold.desktop import theme


class KpiCard(QFrame):
    """A title, a large value with a tone, and a note; a click asks for the rows behind it."""

    opened = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setMinimumWidth(150)
        self._tone: str | None = None
        self._title, self._value, self._note = QLabel(title), QLabel("–"), QLabel("")
        self._title.setObjectName("muted")
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        font = self._value.font()
        font.setPixelSize(24)
        font.setBold(True)
        self._value.setFont(font)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(4)
        for label in (self._title, self._value, self._note):
            layout.addWidget(label)
        layout.addStretch(1)
        theme.active().changed.connect(self._recolour)
        self._name()

    def set_openable(self, openable: bool = True) -> None:
        """Let mouse and keyboard open the rows behind the figure."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if openable else Qt.FocusPolicy.NoFocus)
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if openable else Qt.CursorShape.ArrowCursor
        )

    def set_value(self, value: str, note: str = "", tone: str | None = None) -> None:
        """Show a value, a note under it and a tone: good, warn, bad, unknown or none."""
        self._value.setText(value)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._tone = tone
        self._recolour()
        self._name()

    def value(self) -> str:
        """Return the value shown."""
        return self._value.text()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Open the rows behind the figure."""
        if self.focusPolicy() != Qt.FocusPolicy.NoFocus:
            self.opened.emit()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Open the rows behind the figure with Enter or Space."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def _recolour(self) -> None:
        colours = theme.active().colours
        palette = self._value.palette()
        palette.setColor(
            QPalette.ColorRole.WindowText,
            colours.colour(self._tone) if self._tone else colours.text,
        )
        self._value.setPalette(palette)

    def _name(self) -> None:
        parts = (self._title.text(), self._value.text(), self._note.text())
        self.setAccessibleName(", ".join(part for part in parts if part))
