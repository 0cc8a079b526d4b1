"""The rail at the left with the eight places."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QLabel, QVBoxLayout, QWidget

from freehold.charts.palette import mix
from freehold.desktop import theme
from freehold.desktop.actions import PLACE_NAMES, place_name
from freehold.desktop.icons import pixmap

WIDTH = 184
_ROW = 40


class RailButton(QAbstractButton):
    """A place: an icon with its word, marked by a bar and a ground when it is shown."""

    def __init__(self, place: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place = place
        self.setText(place_name(place))
        self.setAccessibleName(self.text())
        self.setToolTip(hint)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the button's size."""
        return QSize(WIDTH, _ROW)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paint ground, bar, icon and word."""
        colours = theme.active().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(8, 2, -8, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked():
            painter.setBrush(QColor(colours.accent_soft))
            painter.drawRoundedRect(area, 6, 6)
        elif self.underMouse() and self.isEnabled():
            painter.setBrush(QColor(mix(colours.rail, colours.text, 0.06)))
            painter.drawRoundedRect(area, 6, 6)
        if self.hasFocus():
            painter.setPen(QColor(colours.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if not self.isEnabled():
            ink = mix(colours.rail, colours.muted, 0.7)
        else:
            ink = colours.accent if self.isChecked() else colours.text
        icon_ink = ink if self.isChecked() or not self.isEnabled() else colours.muted
        painter.drawPixmap(20, (self.height() - 18) // 2, pixmap(self.place, icon_ink, 18))
        font = self.font()
        font.setBold(self.isChecked())
        painter.setFont(font)
        painter.setPen(QColor(ink))
        painter.drawText(
            self.rect().adjusted(50, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, self.text()
        )


class Rail(QFrame):
    """The name of the program over its places."""

    place_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(self.tr("Places"))
        brand = QLabel("Freehold")
        brand.setObjectName("brand")
        brand.setContentsMargins(20, 16, 0, 16)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 16)
        layout.setSpacing(0)
        layout.addWidget(brand)
        self.buttons: dict[str, RailButton] = {}
        for number, place in enumerate(PLACE_NAMES, start=1):
            button = RailButton(place, self.tr("Ctrl+{0}").format(number))
            button.clicked.connect(lambda _checked=False, at=place: self.place_chosen.emit(at))
            self.buttons[place] = button
            layout.addWidget(button)
        layout.addStretch(1)
        theme.active().changed.connect(self.update)

    def show_place(self, place: str) -> None:
        """Mark a place as shown, or none."""
        for name, button in self.buttons.items():
            button.setChecked(name == place)

    def set_open(self, is_open: bool) -> None:
        """Enable the places while a document is open."""
        for button in self.buttons.values():
            button.setEnabled(is_open)
