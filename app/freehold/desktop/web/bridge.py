"""What Python and the chart page say to each other."""

import json

from PySide6.QtCore import QObject, Signal, Slot


class Bridge(QObject):
    """Figures and picture requests go in; readiness, clicks and pictures come out."""

    figureChanged = Signal(str)  # noqa: N815 - the page's names
    imageWanted = Signal(int, str, str, int, int, float)  # noqa: N815

    became_ready = Signal()
    was_drawn = Signal()
    key_clicked = Signal(str)
    image_made = Signal(int, str)

    @Slot()
    def ready(self) -> None:
        """Tell that the page can take figures."""
        self.became_ready.emit()

    @Slot()
    def drawn(self) -> None:
        """Tell that a figure is on the screen."""
        self.was_drawn.emit()

    @Slot(str)
    def clicked(self, points: str) -> None:
        """Tell the row key of the mark clicked."""
        for point in json.loads(points):
            key = str(point.get("key") or "")
            if key:
                self.key_clicked.emit(key)
                return

    @Slot(int, str)
    def imaged(self, number: int, url: str) -> None:
        """Hand over a picture as a data URL."""
        self.image_made.emit(number, url)
