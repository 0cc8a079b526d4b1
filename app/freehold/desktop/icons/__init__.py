"""Line icons, tinted with a colour of the palette."""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_FOLDER = Path(__file__).parent


@cache
def icon(name: str, colour: str, side: int = 18) -> QIcon:
    """Return an icon in a colour, `side` pixels high and as sharp on a dense screen."""
    return QIcon(pixmap(name, colour, side))


def pixmap(name: str, colour: str, side: int, ratio: float = 3.0) -> QPixmap:
    """Return an icon as a picture for a screen of the given density."""
    source = (_FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
