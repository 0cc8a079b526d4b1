"""Verdicts and severities as a shape with a word: readable in grey and aloud."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from freehold.charts.palette import Palette
from freehold.desktop import theme
from freehold.desktop.translation import QT_TRANSLATE_NOOP


@dataclass(frozen=True, slots=True)
class Sign:
    """A shape, a palette colour and a word."""

    shape: str
    colour: str
    word: str


SIGNS = {
    "pass": Sign("disc", "good", QT_TRANSLATE_NOOP("signs", "Pass")),
    "fail": Sign("cross", "bad", QT_TRANSLATE_NOOP("signs", "Fail")),
    "unknown": Sign("ring", "unknown", QT_TRANSLATE_NOOP("signs", "Unknown")),
    "waived": Sign("half", "warn", QT_TRANSLATE_NOOP("signs", "Waived")),
    "not_applicable": Sign("dash", "unknown", QT_TRANSLATE_NOOP("signs", "Not applicable")),
    "critical": Sign("square", "bad", QT_TRANSLATE_NOOP("signs", "Critical")),
    "high": Sign("triangle", "bad", QT_TRANSLATE_NOOP("signs", "High")),
    "medium": Sign("diamond", "warn", QT_TRANSLATE_NOOP("signs", "Medium")),
    "low": Sign("disc", "unknown", QT_TRANSLATE_NOOP("signs", "Low")),
    "good": Sign("disc", "good", QT_TRANSLATE_NOOP("signs", "Good")),
    "warn": Sign("triangle", "warn", QT_TRANSLATE_NOOP("signs", "Attention")),
    "bad": Sign("cross", "bad", QT_TRANSLATE_NOOP("signs", "Bad")),
}


def sign_of(code: object) -> Sign:
    """Return the sign of a verdict, severity or tone; an unknown code is shown as it is."""
    return SIGNS.get(str(code)) or Sign("ring", "unknown", "–" if code is None else str(code))


def word_of(code: object) -> str:
    """Return the translated word of a sign."""
    return QCoreApplication.translate("signs", sign_of(code).word)


def paint_sign(painter: QPainter, area: QRectF, code: object, colours: Palette) -> None:
    """Paint a sign's shape into a square area."""
    sign = sign_of(code)
    colour = QColor(colours.colour(sign.colour))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, max(area.width() / 7, 1.5)))
    painter.setBrush(colour)
    _SHAPES[sign.shape](painter, area.adjusted(1, 1, -1, -1), colour)
    painter.restore()


def _disc(painter: QPainter, area: QRectF, _colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(area)


def _ring(painter: QPainter, area: QRectF, _colour: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(area.adjusted(1, 1, -1, -1))


def _half(painter: QPainter, area: QRectF, colour: QColor) -> None:
    _ring(painter, area, colour)
    painter.setBrush(colour)
    painter.drawPie(area.adjusted(1, 1, -1, -1), 90 * 16, 180 * 16)


def _dash(painter: QPainter, area: QRectF, _colour: QColor) -> None:
    painter.drawLine(
        QPointF(area.left(), area.center().y()), QPointF(area.right(), area.center().y())
    )


def _cross(painter: QPainter, area: QRectF, _colour: QColor) -> None:
    inner = area.adjusted(1, 1, -1, -1)
    painter.drawLine(inner.topLeft(), inner.bottomRight())
    painter.drawLine(inner.topRight(), inner.bottomLeft())


def _polygon(painter: QPainter, area: QRectF, points: list[tuple[float, float]]) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPolygon(
        QPolygonF(
            [QPointF(area.x() + x * area.width(), area.y() + y * area.height()) for x, y in points]
        )
    )


def _triangle(painter: QPainter, area: QRectF, _colour: QColor) -> None:
    _polygon(painter, area, [(0.5, 0.02), (1.0, 0.95), (0.0, 0.95)])


def _diamond(painter: QPainter, area: QRectF, _colour: QColor) -> None:
    _polygon(painter, area, [(0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)])


def _square(painter: QPainter, area: QRectF, _colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))


_SHAPES = {
    "disc": _disc,
    "ring": _ring,
    "half": _half,
    "dash": _dash,
    "cross": _cross,
    "triangle": _triangle,
    "diamond": _diamond,
    "square": _square,
}


class SignLabel(QWidget):
    """A sign with its word, as a widget."""

    def __init__(self, code: str, text: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._code, self._text = code, text
        self.set_sign(code, text)

    def set_sign(self, code: str, text: str | None = None) -> None:
        """Show another sign; `text` replaces the sign's own word."""
        self._code, self._text = code, text
        self.setAccessibleName(self.text())
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """Return the word shown."""
        return self._text or word_of(self._code)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the room the sign and its word need."""
        metrics = self.fontMetrics()
        return QSize(24 + metrics.horizontalAdvance(self.text()) + 4, metrics.height() + 6)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paint shape and word."""
        painter = QPainter(self)
        side = 12.0
        area = QRectF(2, (self.height() - side) / 2, side, side)
        paint_sign(painter, area, self._code, theme.active().colours)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(
            self.rect().adjusted(22, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text()
        )
