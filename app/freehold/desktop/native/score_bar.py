"""A score with its coverage, or a score between low and high, as one bar."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from freehold.desktop import theme


class ScoreBar(QWidget):
    """Fills to the score (0-100); what is not decided is hatched after it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._score: float | None = None
        self._coverage = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_score(None, 0.0)
        theme.active().changed.connect(self.update)

    def set_score(self, score: float | None, coverage: float, tone: str = "accent") -> None:
        """Show a score (None: nothing decided) and the share of it that is decided (0-1)."""
        self._score, self._coverage, self._tone = score, coverage, tone
        said = "not decided" if score is None else f"{score:.0f} of 100"
        self.setAccessibleName(f"{self._name}: {said}, coverage {coverage:.0%}")
        self.setToolTip(self.accessibleName())
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the bar's preferred size."""
        return QSize(120, 12)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paint ground, decided part and undecided part."""
        colours = theme.active().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        radius = area.height() / 2
        painter.setBrush(QColor(colours.line))
        painter.drawRoundedRect(area, radius, radius)
        if self._coverage < 1:
            painter.setBrush(QBrush(QColor(colours.unknown), Qt.BrushStyle.BDiagPattern))
            undecided = QRectF(area)
            undecided.setLeft(area.left() + area.width() * self._coverage)
            painter.drawRoundedRect(undecided, radius, radius)
        if self._score is not None:
            filled = QRectF(area)
            filled.setWidth(max(area.width() * self._coverage * self._score / 100, radius))
            painter.setBrush(QColor(colours.colour(self._tone)))
            painter.drawRoundedRect(filled, radius, radius)
