"""The changes of a scenario in their order: switched on and off, moved and removed in place."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QWidget,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One change in words, and whether it is applied."""

    sentence: str
    enabled: bool = True


class StepsList(QListWidget):
    """Numbers count from 1, as the list shows them; nothing changes here before the document has.

    A tick switches a change on, Alt+Up and Alt+Down move it, Delete removes it.
    """

    switched = Signal(int, bool)
    moved = Signal(int, int)
    dropped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: Sequence[Step] = ()
        self._editable = False
        self.setAccessibleName(self.tr("Changes of the scenario"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setSpacing(3)
        self.setResizeMode(QListView.ResizeMode.Adjust)  # else a sentence is cut at first
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.itemChanged.connect(self._ticked)

    def show_steps(self, steps: Sequence[Step], *, editable: bool) -> None:
        """Show the changes of a scenario; the row chosen stays."""
        row = self.currentRow()
        self._steps, self._editable = steps, editable and bool(steps)
        with QSignalBlocker(self):
            self.clear()
            for number, step in enumerate(steps, start=1):
                item = QListWidgetItem(f"{number}.  {step.sentence}")
                if editable:
                    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                    on = Qt.CheckState.Checked if step.enabled else Qt.CheckState.Unchecked
                    item.setCheckState(on)
                    keys = self.tr("Tick: applied. Alt+Up and Alt+Down move it, Delete removes it.")
                    item.setToolTip(f"{step.sentence}\n\n{keys}")
                self.addItem(item)
            if not steps:
                self.addItem(self.tr("It changes nothing yet."))
            self.setCurrentRow(min(row, len(steps) - 1))

    def shift(self, number: int, to: int) -> None:
        """Ask for a change to be put at another place, if there is one."""
        if self._editable and 1 <= number <= len(self._steps) and 1 <= to <= len(self._steps):
            with QSignalBlocker(self):
                self.setCurrentRow(to - 1)
            self.moved.emit(number, to)

    def drop(self, number: int) -> None:
        """Ask for a change to be removed."""
        if self._editable and 1 <= number <= len(self._steps):
            self.dropped.emit(number)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Give every sentence the height that it needs at this width."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move or remove the change chosen."""
        number = self.currentRow() + 1
        with_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if with_alt and event.key() == Qt.Key.Key_Up:
            self.shift(number, number - 1)
        elif with_alt and event.key() == Qt.Key.Key_Down:
            self.shift(number, number + 1)
        elif event.key() == Qt.Key.Key_Delete:
            self.drop(number)
        else:
            super().keyPressEvent(event)

    def _ticked(self, item: QListWidgetItem) -> None:
        row = self.row(item)
        on = item.checkState() == Qt.CheckState.Checked
        if row < len(self._steps) and on != self._steps[row].enabled:
            self.switched.emit(row + 1, on)

    def _open_menu(self, at: QPoint) -> None:
        item = self.itemAt(at)
        if item is None or not self._editable:
            return
        number = self.row(item) + 1
        menu = QMenu(self)
        up = menu.addAction(self.tr("Move &up"), lambda: self.shift(number, number - 1))
        up.setEnabled(number > 1)
        down = menu.addAction(self.tr("Move &down"), lambda: self.shift(number, number + 1))
        down.setEnabled(number < len(self._steps))
        menu.addAction(self.tr("&Remove"), lambda: self.drop(number))
        menu.popup(self.viewport().mapToGlobal(at))
