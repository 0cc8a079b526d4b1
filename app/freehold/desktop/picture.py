"""A view as a picture to pass on: the view itself under a title, over its date and sources."""

from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QWidget

from freehold.desktop import theme
from freehold.errors import InputError

MARGIN = 24
SCALE = 2


def picture_of(view: QWidget, title: str, source: str) -> QImage:
    """Return a picture of a widget, twice its size, with a title line and a line of sources."""
    shot = view.grab()
    size = QSize(view.width() + 2 * MARGIN, view.height() + 4 * MARGIN)
    image = QImage(size * SCALE, QImage.Format.Format_ARGB32)
    colours = theme.active().colours
    image.fill(QColor(colours.page))
    image.setDevicePixelRatio(SCALE)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    heading = QFont(view.font())
    heading.setPointSizeF(heading.pointSizeF() * 1.3)
    heading.setBold(True)
    painter.setPen(QColor(colours.text))
    painter.setFont(heading)
    width = size.width() - 2 * MARGIN
    line = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRect(MARGIN, MARGIN // 2, width, MARGIN), line, title)
    painter.drawPixmap(QRect(QPoint(MARGIN, 2 * MARGIN), view.size()), shot)
    painter.setFont(view.font())
    painter.setPen(QColor(colours.muted))
    painter.drawText(QRect(MARGIN, size.height() - 2 * MARGIN, width, 2 * MARGIN), line, source)
    painter.end()
    return image


def save_picture(image: QImage, path: Path) -> None:
    """Write a picture as PNG.

    Raises:
        InputError: it cannot be written there.
    """
    if not image.save(str(path), "PNG"):  # type: ignore[call-overload]
        raise InputError(
            "The picture cannot be written", where=str(path), mend="Choose another folder"
        )
