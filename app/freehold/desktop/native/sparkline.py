"""A small line without axes, for a trend beside a figure."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from freehold.desktop import theme


class Sparkline(QWidget):
    """Draws values in order; the last one carries a dot."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._values: tuple[float, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.active().changed.connect(self.update)

    def set_values(self, values: Sequence[float]) -> None:
        """Show values, the oldest first."""
        self._values = tuple(values)
        ends = f"{values[0]:g} to {values[-1]:g}" if values else "no values"
        self.setAccessibleName(f"{self._name}: {ends}")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the line's preferred size."""
        return QSize(96, 24)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paint the line."""
        if len(self._values) < 2:
            return
        low, high = min(self._values), max(self._values)
        spread = (high - low) or 1.0
        width, height = self.width() - 8, self.height() - 8
        points = [
            QPointF(
                4 + width * i / (len(self._values) - 1), 4 + height * (1 - (value - low) / spread)
            )
            for i, value in enumerate(self._values)
        ]
        colour = QColor(theme.active().colours.accent)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.5))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(colour)
        painter.drawEllipse(points[-1], 2.5, 2.5)
