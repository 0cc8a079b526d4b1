"""What every page of the window is made of."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.palette import Entry
from freehold.desktop.project import Project
from freehold.desktop.tables import ResultTable
from freehold.desktop.web import ChartPane
from freehold.desktop.work import Worker

MARGIN = 24
GAP = 16


class Page(QWidget):
    """A title, a subtitle, actions at the right, and a body or a sentence of what to do first.

    A subclass sets `place`, fills `self.body` in `build` and shows the project in `refresh`.
    """

    place = ""
    help_topic = "index"

    go_to = Signal(str, str)
    """Ask for another place, with the key of the row to show there (or "")."""

    def __init__(self, project: Project, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.project, self.worker = project, worker
        self._title, self._subtitle = QLabel(self.title()), QLabel(self.subtitle())
        self._title.setObjectName("page_title")
        self._subtitle.setObjectName("muted")
        self._subtitle.setVisible(bool(self.subtitle()))
        self._tools = QHBoxLayout()
        self._tools.setSpacing(8)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(GAP)
        self._lay_out()
        self.build()

    # What a subclass says

    def title(self) -> str:
        """Return the page's title."""
        return ""

    def subtitle(self) -> str:
        """Return one line under the title."""
        return ""

    def build(self) -> None:
        """Put widgets into `self.body`."""

    def refresh(self, project: Project) -> None:
        """Show the project as it is now."""

    def show_key(self, key: str) -> None:
        """Bring the row with this key into view; what `go_to` of another page asks for."""

    def view_key(self) -> str:
        """Return the key with which `show_key` brings back what is shown now."""
        return ""

    def view_title(self) -> str:
        """Return what is shown now in a few words, for the sequence of a meeting."""
        return self.title()

    def commands(self) -> list[Entry]:
        """Return what the command palette offers while this page is shown."""
        return []

    def find_in_page(self) -> None:
        """Put the cursor into the first filter line of the page."""
        for table in self.findChildren(ResultTable):
            if table.isVisible():
                table.focus_filter()
                return

    # What a subclass uses

    def set_subtitle(self, text: str) -> None:
        """Show another line under the title."""
        self._subtitle.setText(text)
        self._subtitle.setVisible(bool(text))

    def add_tool(
        self, text: str, slot: Callable[[], object], *, primary: bool = False, hint: str = ""
    ) -> QPushButton:
        """Add a button at the right of the title."""
        button = QPushButton(text)
        button.setObjectName("primary" if primary else "quiet")
        button.setToolTip(hint)
        button.clicked.connect(lambda _checked=False: slot())
        self._tools.addWidget(button)
        return button

    def add_row(self, *widgets: QWidget, stretches: tuple[int, ...] = ()) -> QHBoxLayout:
        """Add widgets side by side to the body."""
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for number, widget in enumerate(widgets):
            row.addWidget(widget, stretches[number] if stretches else 1)
        self.body.addLayout(row)
        return row

    def show_empty(self, sentence: str, *actions: tuple[str, Callable[[], object]]) -> None:
        """Show, instead of the body, why there is nothing and what to do."""
        self._empty_text.setText(sentence)
        while self._empty_tools.count():
            item = self._empty_tools.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.deleteLater()
        for number, (text, slot) in enumerate(actions):
            button = QPushButton(text)
            button.setObjectName("quiet" if number else "primary")
            button.clicked.connect(lambda _checked=False, do=slot: do())
            self._empty_tools.addWidget(button)
        self._stack.setCurrentWidget(self._empty)

    def show_body(self) -> None:
        """Show the body again."""
        self._stack.setCurrentWidget(self._content)

    @property
    def is_empty(self) -> bool:
        """Whether the sentence stands instead of the body."""
        return self._stack.currentWidget() is self._empty

    def charts(self) -> list[ChartPane]:
        """Return the page's chart panes."""
        return self.findChildren(ChartPane)

    def _lay_out(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._title)
        texts.addWidget(self._subtitle)
        head = QHBoxLayout()
        head.addLayout(texts, 1)
        head.addLayout(self._tools)
        self._content = QWidget()
        self._content.setLayout(self.body)
        self._empty = QFrame()
        self._empty.setObjectName("panel")
        self._empty_text = QLabel()
        self._empty_text.setObjectName("muted")
        self._empty_text.setWordWrap(True)
        self._empty_text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty_tools = QHBoxLayout()
        self._empty_tools.setSpacing(8)
        centred = QHBoxLayout()
        centred.addStretch(1)
        centred.addLayout(self._empty_tools)
        centred.addStretch(1)
        empty = QVBoxLayout(self._empty)
        empty.addStretch(2)
        empty.addWidget(self._empty_text)
        empty.addSpacing(16)
        empty.addLayout(centred)
        empty.addStretch(3)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._content)
        self._stack.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, 16, MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addLayout(head)
        layout.addLayout(self._stack, 1)
