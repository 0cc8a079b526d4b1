"""Panels of the Overview page: level, score, frameworks, and short lists that open."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QMouseEvent, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop import theme
from freehold.desktop.native import ScoreBar, paint_sign
from freehold.desktop.native.elided import ElidedLabel
from freehold.desktop.native.signs import word_of
from freehold.desktop.numbers import show
from freehold.desktop.tables import Column, ResultTable

CHOSEN = (
    "QPushButton:checked { background: palette(highlight); color: palette(highlighted-text);"
    " border-color: palette(highlight); }"
)
"""How a button looks that is chosen among several."""

TICKED = (
    "QPushButton:checked { border: 2px solid palette(highlight); padding: 5px 11px; }"
    "QPushButton { border: 1px dashed palette(mid); }"
)
"""How a button looks that is switched on beside others; its sign keeps its colour."""


class OpenFrame(QFrame):
    """A frame that mouse, Enter and Space open."""

    opened = Signal()

    def __init__(self, object_name: str = "panel", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Open what the frame stands for."""
        self.opened.emit()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Open with Enter or Space."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.opened.emit()
        else:
            super().keyPressEvent(event)


class ToneLabel(QLabel):
    """A large figure in a palette colour that follows the theme."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("hero")
        self._tone: str | None = None
        theme.active().changed.connect(self._recolour)

    def set_value(self, text: str, tone: str | None = None) -> None:
        """Show a figure in a tone: good, warn, bad, unknown or none."""
        self.setText(text)
        self._tone = tone
        self._recolour()

    def _recolour(self) -> None:
        colours = theme.active().colours
        palette = self.palette()
        palette.setColor(
            QPalette.ColorRole.WindowText,
            colours.colour(self._tone) if self._tone else colours.text,
        )
        self.setPalette(palette)


class LevelPanel(OpenFrame):
    """The level, what it rests on, and what holds it down."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._head, self._value, self._note = ElidedLabel(), ToneLabel(), QLabel()
        self._caps = QLabel()
        self._head.setObjectName("muted")
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        self._caps.setWordWrap(True)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(self._value)
        line.addWidget(self._note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(4)
        layout.addWidget(self._head)
        layout.addLayout(line)
        layout.addWidget(self._caps)
        layout.addStretch(1)

    def set_level(self, head: str, value: str, note: str, caps: str, tone: str) -> None:
        """Show the level, its score and what caps it, in words."""
        self._head.setText(head)
        self._value.set_value(value, tone)
        self._note.setText(note)
        self._caps.setText(caps)
        self.setAccessibleName(", ".join((head, value, note.replace("\n", ", "), caps)))

    def value(self) -> str:
        """Return the level shown."""
        return self._value.text()

    def caps(self) -> str:
        """Return what holds the level down, in words."""
        return self._caps.text()


class ScorePanel(QFrame):
    """The rule score with its coverage, its other two readings, and the verdicts counted."""

    opened = Signal(str)
    """A verdict was chosen, or "" for all rules."""

    VERDICTS = ("fail", "waived", "unknown", "pass")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._head, self._value, self._note = ElidedLabel(), ToneLabel(), QLabel()
        self._head.setObjectName("muted")
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        self._bar = ScoreBar(self.tr("Rule score"))
        self.counts = {code: SignButton(code) for code in self.VERDICTS}
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(self._value)
        line.addWidget(self._note, 1)
        chips = QHBoxLayout()
        chips.setSpacing(8)
        for code, chip in self.counts.items():
            chip.clicked.connect(lambda _checked=False, c=code: self.opened.emit(c))
            chips.addWidget(chip)
        chips.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(4)
        layout.addWidget(self._head)
        layout.addLayout(line)
        layout.addWidget(self._bar)
        layout.addSpacing(4)
        layout.addLayout(chips)
        layout.addStretch(1)

    def set_score(self, head: str, score: float | None, coverage: float, note: str) -> None:
        """Show the score and its coverage."""
        self._head.setText(head)
        self._value.set_value(show(score, "number", 1), "unknown" if score is None else None)
        self._note.setText(note)
        self._bar.set_score(score, coverage)

    def set_counts(self, verdicts: Mapping[str, int]) -> None:
        """Show how many verdicts there are of each kind."""
        for code, chip in self.counts.items():
            chip.set_count(verdicts.get(code, 0))

    def value(self) -> str:
        """Return the score shown."""
        return self._value.text()


class SignButton(QPushButton):
    """A sign, a number and the sign's word; opens the verdicts of that kind."""

    def __init__(self, code: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._code = code
        self.setObjectName("quiet")
        self.setIconSize(QSize(16, 12))
        theme.active().changed.connect(self._repaint_icon)
        self._repaint_icon()

    def set_count(self, number: int) -> None:
        """Show how many there are."""
        self.setText(f"{show(number, 'integer')} {word_of(self._code).lower()}")
        self.setAccessibleName(self.text())

    def _repaint_icon(self) -> None:
        self.setIcon(sign_icon(self._code))


def sign_icon(code: str) -> QIcon:
    """Return a verdict's or severity's shape in the colours in force."""
    picture = QPixmap(32, 24)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint_sign(painter, QRectF(1, 1, 22, 22), code, theme.active().colours)
    painter.end()
    return QIcon(picture)


class Panel(QFrame):
    """A titled frame with a small note under its content."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._heading = ElidedLabel(title)
        self._heading.setObjectName("panel_title")
        self._note = QLabel()
        self._note.setObjectName("small")
        self._note.setWordWrap(True)
        self._note.hide()
        self.content = QVBoxLayout()
        self.content.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self._heading)
        layout.addLayout(self.content, 1)
        layout.addWidget(self._note)

    def set_title(self, text: str) -> None:
        """Show another title."""
        self._heading.setText(text)

    def set_note(self, text: str) -> None:
        """Show a source or a remark under the content."""
        self._note.setText(text)
        self._note.setVisible(bool(text))


class ListPanel(Panel):
    """A short table in a panel; one column takes the room that is left."""

    row_opened = Signal(dict)

    def __init__(
        self,
        title: str,
        columns: Sequence[Column],
        *,
        wide: int,
        spare: Sequence[int] = (),
        empty: str = "",
    ) -> None:
        super().__init__(title)
        self._columns = tuple(columns)
        self.table = ResultTable(title, tools=False)
        self.table.set_empty_text(empty)
        self.table.row_opened.connect(self.row_opened)
        Fit(self.table, wide, spare=spare)
        self.content.addWidget(self.table)

    def show_rows(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Show rows by column name."""
        self.table.show_rows(self._columns, rows)


class Fit(QObject):
    """Gives one column of a table the room that is left, hiding spare ones where it is narrow.

    Hidden columns are still copied and exported.
    """

    def __init__(
        self, table: ResultTable, wide: int, *, least: int = 160, spare: Sequence[int] = ()
    ) -> None:
        super().__init__(table)
        self._table, self._wide, self._least, self._spare = table, wide, least, tuple(spare)
        table.refreshed.connect(lambda _rows: self._fit())
        table.view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Fit again when the table has another width."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        view, model = self._table.view, self._table.model
        header = view.horizontalHeader()
        if model is None or header.count() <= self._wide:
            return
        widths = [column.width for column in model.columns]
        left = view.viewport().width() - sum(
            width for number, width in enumerate(widths) if number != self._wide
        )
        for number in self._spare:
            is_narrow = left < self._least
            if view.isColumnHidden(number) != is_narrow:
                view.setColumnHidden(number, is_narrow)
            left += widths[number] if is_narrow else 0
        header.setStretchLastSection(False)
        header.setSectionResizeMode(self._wide, QHeaderView.ResizeMode.Stretch)
