"""The line of buttons that chooses between the faces of a page."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from freehold.desktop.pages.overview_panels import CHOSEN


class FaceBar(QWidget):
    """One button for each face, by name; `chosen` tells which the user wants."""

    chosen = Signal(str)

    def __init__(self, faces: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, QPushButton] = {}
        bar, group = QHBoxLayout(self), QButtonGroup(self)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(8)
        for name, text in faces.items():
            button = QPushButton(text)
            button.setObjectName("quiet")
            button.setCheckable(True)
            button.setStyleSheet(CHOSEN)
            button.clicked.connect(lambda _checked=False, n=name: self.chosen.emit(n))
            group.addButton(button)
            bar.addWidget(button)
            self._buttons[name] = button
        bar.addStretch(1)
        self.show_face(next(iter(faces)))

    def show_face(self, name: str) -> int:
        """Mark a face as the one shown and return its place."""
        self._buttons[name].setChecked(True)
        return list(self._buttons).index(name)
