"""The dialog with the views of a meeting: their order, their titles, and the start."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.actions import place_name
from freehold.desktop.meeting import Meeting
from freehold.desktop.project import BASE


class MeetingDialog(QDialog):
    """Lists the sequence; a title is edited in its place, rows move by button or Ctrl+Up/Down."""

    def __init__(self, meeting: Meeting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._meeting = meeting
        self.setWindowTitle(self.tr("Views of the meeting"))
        self.resize(640, 440)
        said = QLabel(
            self.tr(
                "Meeting mode (F11) shows these views one after the other: PgDown goes on, PgUp "
                "goes back, Esc ends it. The list is kept with the document. F2 renames a view."
            )
        )
        said.setWordWrap(True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.windowTitle())
        self.list.itemChanged.connect(self._renamed)
        self.list.currentRowChanged.connect(lambda _row: self._enable())
        self.up = self._button(self.tr("Move &up"), lambda: self._move(-1))
        self.down = self._button(self.tr("Move &down"), lambda: self._move(1))
        self.remove = self._button(self.tr("&Remove"), self._remove)
        self.up.setShortcut("Ctrl+Up")
        self.down.setShortcut("Ctrl+Down")
        self.start = self._button(self.tr("&Start meeting"), self._start)
        self.start.setObjectName("primary")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        tools = QVBoxLayout()
        tools.setSpacing(8)
        for button in (self.up, self.down, self.remove):
            tools.addWidget(button)
        tools.addStretch(1)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(self.list, 1)
        middle.addLayout(tools)
        foot = QHBoxLayout()
        foot.addWidget(self.start)
        foot.addStretch(1)
        foot.addWidget(self.buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(said)
        layout.addLayout(middle, 1)
        layout.addLayout(foot)
        self._fill(0)

    def _button(self, text: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName("quiet")
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    def _fill(self, current: int) -> None:
        views = self._meeting.views()
        with QSignalBlocker(self.list):
            self.list.clear()
            for view in views:
                item = QListWidgetItem(view.title)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                scenario = self.tr("base") if view.scenario == BASE else view.scenario
                item.setToolTip(
                    self.tr("{0}, scenario: {1}").format(place_name(view.place), scenario)
                )
                self.list.addItem(item)
            self.list.setCurrentRow(min(current, len(views) - 1))
        self._enable()

    def _enable(self) -> None:
        row, count = self.list.currentRow(), self.list.count()
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)
        self.remove.setEnabled(row >= 0)
        self.start.setEnabled(count > 0)

    def _move(self, step: int) -> None:
        row = self.list.currentRow()
        views = self._meeting.views()
        views[row], views[row + step] = views[row + step], views[row]
        self._meeting.put(views)
        self._fill(row + step)

    def _remove(self) -> None:
        row = self.list.currentRow()
        views = self._meeting.views()
        del views[row]
        self._meeting.put(views)
        self._fill(row)

    def _renamed(self, item: QListWidgetItem) -> None:
        title = item.text().strip()
        if title:
            self._meeting.rename(self.list.row(item), title)
        self._fill(self.list.row(item))

    def _start(self) -> None:
        self.accept()
        self._meeting.start()
