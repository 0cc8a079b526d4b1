"""The memory of one device as a stacked bar against what the device has."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from freehold.charts.palette import mix
from freehold.desktop import theme
from freehold.desktop.pages.capacity_values import figure

_BAR_PX = 20
_LINE_PX = 20
_SHADES = (0.0, 0.35, 0.55, 0.7, 0.8, 0.88)


class MemoryBar(QWidget):
    """Paints parts in shades of one colour, the limit as a line, and a legend with numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._parts: list[tuple[str, float]] = []
        self._limit: float | None = None

    def show_parts(self, parts: Sequence[tuple[str, float]], limit_gib: float | None) -> None:
        """Show parts by their words in GiB against the device's memory."""
        self._parts, self._limit = list(parts), limit_gib
        total = sum(size for _, size in parts)
        said = ", ".join(f"{name} {figure(size)} GiB" for name, size in parts)
        limit = f" / {figure(limit_gib)} GiB" if limit_gib is not None else ""
        self.setAccessibleName(f"{figure(total)}{limit}: {said}" if parts else "")
        self.setToolTip(self.accessibleName())
        self.setVisible(bool(parts))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the room for the bar and two legend columns."""
        lines = (len(self._parts) + 1) // 2
        return QSize(240, _BAR_PX + 12 + lines * _LINE_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paint bar, limit and legend."""
        if not self._parts:
            return
        colours = theme.active().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        total = sum(size for _, size in self._parts)
        full = max(total, self._limit or 0.0)
        wide = float(self.width() - 2)
        too_much = self._limit is not None and total > self._limit
        base = colours.bad if too_much else colours.accent
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.line))
        painter.drawRoundedRect(QRectF(1, 4, wide, _BAR_PX), 3, 3)
        at = 1.0
        for number, (_, size) in enumerate(self._parts):
            width = wide * size / full
            painter.setBrush(self._shade(number, base))
            painter.drawRect(QRectF(at, 4, max(width - 1, 1), _BAR_PX))
            at += width
        if self._limit is not None:
            painter.setPen(QPen(QColor(colours.text), 2))
            x = 1 + wide * self._limit / full
            painter.drawLine(int(x), 0, int(x), _BAR_PX + 8)
        self._paint_legend(painter, base)

    def _paint_legend(self, painter: QPainter, base: str) -> None:
        half = self.width() / 2
        for number, (name, size) in enumerate(self._parts):
            left = half * (number % 2)
            top = _BAR_PX + 12 + (number // 2) * _LINE_PX
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._shade(number, base))
            painter.drawRect(QRectF(left + 1, top + 5, 10, 10))
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(
                QRectF(left + 16, top, half - 18, _LINE_PX),
                Qt.AlignmentFlag.AlignVCenter,
                f"{name} {figure(size)}",
            )

    def _shade(self, number: int, base: str) -> QColor:
        share = _SHADES[min(number, len(_SHADES) - 1)]
        return QColor(mix(base, theme.active().colours.panel, share))
