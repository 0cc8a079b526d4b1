"""Help that works offline: short Markdown pages, and the list of shortcuts from the actions."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.actions import ACTIONS, menu_title

FOLDER = Path(__file__).parent / "help"
SHORTCUTS = "shortcuts"


def topics() -> list[str]:
    """Return the help topics, the contents first."""
    names = sorted(path.stem for path in FOLDER.glob("*.md"))
    return ["index", *(name for name in names if name != "index"), SHORTCUTS]


def text_of(topic: str) -> str:
    """Return a topic's Markdown; an unknown topic gives the contents."""
    if topic == SHORTCUTS:
        return shortcuts_text()
    path = FOLDER / f"{topic}.md"
    return (path if path.is_file() else FOLDER / "index.md").read_text(encoding="utf-8")


def title_of(topic: str) -> str:
    """Return a topic's title: its first heading."""
    return text_of(topic).splitlines()[0].lstrip("# ")


def shortcuts_text() -> str:
    """Return all actions with their keys as Markdown."""
    lines = ["# Keyboard shortcuts", "", "| Menu | Action | Keys |", "|---|---|---|"]
    for spec in ACTIONS:
        if spec.shortcut:
            keys = QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
            menu = menu_title(spec.menu).replace("&", "")
            lines.append(f"| {menu} | {spec.name()} | {keys} |")
    lines += [
        "",
        "In every table: Enter opens the row, Ctrl+C copies with headings, a click on a heading "
        "sorts. Tab moves on, F6 moves to the next pane.",
    ]
    return "\n".join(lines)


class HelpDialog(QDialog):
    """Topics at the left, their text at the right."""

    def __init__(self, topic: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Freehold help"))
        self.resize(880, 620)
        self._topics = topics()
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Topics"))
        self._list.setFixedWidth(208)
        self._list.addItems([title_of(name) for name in self._topics])
        self._list.currentRowChanged.connect(lambda row: self._show(self._topics[row]))
        self.browser = QTextBrowser()
        self.browser.setAccessibleName(self.tr("Help text"))
        self.browser.setOpenLinks(False)
        self.browser.anchorClicked.connect(self._follow)
        self.browser.document().setDocumentMargin(24)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        across = QHBoxLayout()
        across.setSpacing(16)
        across.addWidget(self._list)
        across.addWidget(self.browser, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addLayout(across, 1)
        layout.addWidget(buttons)
        self.show_topic(topic)

    def show_topic(self, topic: str) -> None:
        """Show a topic; an unknown one shows the contents."""
        known = topic if topic in self._topics else "index"
        self._list.setCurrentRow(self._topics.index(known))

    def _show(self, topic: str) -> None:
        self.browser.setMarkdown(text_of(topic))

    def _follow(self, link: QUrl) -> None:
        """Follow links between topics; addresses outside are shown, never opened."""
        if link.isRelative():
            self.show_topic(Path(link.path()).stem)
