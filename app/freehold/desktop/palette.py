"""The command palette: type words in any order, Enter does it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout
from PySide6.QtWidgets import QWidget as Widget

from freehold.desktop.palette_delegate import DETAIL_ROLE, EntryDelegate

MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing the palette can do: `title` and `detail` are shown, `words` are found too."""

    title: str
    run: Callable[[], object]
    detail: str = ""
    words: str = ""
    enabled: bool = True


def ranked(entries: Iterable[Entry], typed: str) -> list[Entry]:
    """Return the entries that hold every typed word, the best match first.

    A word at the start of a title counts most, then at the start of any of its words.
    """
    words = typed.casefold().split()
    scored = []
    for place, entry in enumerate(entries):
        title = entry.title.casefold()
        everything = f"{title} {entry.detail} {entry.words}".casefold()
        if all(word in everything for word in words):
            score = sum(_weight(word, title) for word in words)
            scored.append((not entry.enabled, -score, place, entry))
    scored.sort(key=lambda item: item[:3])
    return [entry for *_, entry in scored]


def _weight(word: str, title: str) -> int:
    if title.startswith(word):
        return 4
    if any(part.startswith(word) for part in title.split()):
        return 3
    return 1 if word in title else 0


class CommandPalette(QDialog):
    """A field and a list; arrows move, Enter runs, Esc closes."""

    def __init__(self, entries: Sequence[Entry], parent: Widget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAccessibleName(self.tr("Search or run a command"))
        self._entries = entries
        self._field = QLineEdit()
        self._field.setObjectName("top_field")
        self._field.setPlaceholderText(self.tr("Type a command, a page or a scenario"))
        self._field.setAccessibleName(self.tr("Command"))
        self._field.textChanged.connect(self._fill)
        self._field.installEventFilter(self)
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Commands found"))
        self._list.setItemDelegate(EntryDelegate(self._list))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFrameShape(QListWidget.Shape.NoFrame)
        self._list.itemActivated.connect(self._run)
        self._list.itemClicked.connect(self._run)
        self._none = QLabel(self.tr("Nothing found. Try fewer words."))
        self._none.setObjectName("muted")
        self.setObjectName("command_palette")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._field)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._none)
        self.resize(560, 400)
        self._fill("")

    @property
    def field(self) -> QLineEdit:
        """The field typed into."""
        return self._field

    def type(self, text: str) -> None:
        """Put text into the field."""
        self._field.setText(text)

    def titles(self) -> list[str]:
        """Return the titles listed, in order."""
        return [entry.title for entry in self._found]

    def run_first(self) -> None:
        """Run the entry that Enter would run."""
        self._run(self._list.currentItem())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Let arrows and Enter work on the list while the field has the focus."""
        if watched is self._field and isinstance(event, QKeyEvent):
            is_press = event.type() == QEvent.Type.KeyPress
            if is_press and event.key() in {
                Qt.Key.Key_Up,
                Qt.Key.Key_Down,
                Qt.Key.Key_PageUp,
                Qt.Key.Key_PageDown,
            }:
                self._list.event(event)
                return True
            if is_press and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.run_first()
                return True
        return super().eventFilter(watched, event)

    def _fill(self, typed: str) -> None:
        self._found = ranked(self._entries, typed)[:MOST_SHOWN]
        self._list.clear()
        for entry in self._found:
            item = QListWidgetItem(entry.title)
            item.setData(DETAIL_ROLE, entry.detail)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, entry.detail)
            if not entry.enabled:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._none.setVisible(not self._found)

    def _run(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        entry = self._found[self._list.row(item)]
        if entry.enabled:
            self.accept()
            entry.run()
