"""Meeting mode: full screen, larger type, no chrome, and a saved sequence of views.

The sequence is kept with the document, so that whoever opens it can give the same talk.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolBar, QWidget

from freehold.desktop import theme
from freehold.desktop.actions import PLACE_NAMES
from freehold.desktop.native.elided import ElidedLabel
from freehold.desktop.project import BASE
from freehold.estate import Workspace
from freehold.estate.saved_views import SavedView, keep_views, saved_views

if TYPE_CHECKING:
    from freehold.desktop.main_window import MainWindow

KIND = "meeting"
"""The list of saved views that is the sequence."""

SCALE = 1.35
"""How much larger the type is in a meeting."""


@dataclass(frozen=True, slots=True)
class MeetingView:
    """One view of the sequence: a place, what it shows there, and under which scenario."""

    title: str
    place: str
    key: str = ""
    scenario: str = BASE


class Meeting(QObject):
    """The sequence of views of the open document, and the mode in which it is shown."""

    changed = Signal()
    """The sequence, the view shown or the mode changed."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._project = window, window.project
        self._at = -1
        self._was_full_screen = False
        self.is_on = False
        self.bar = MeetingBar(self)
        window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.bar)
        self.bar.hide()
        self._keys = [
            self._key(key, slot)
            for key, slot in (
                ("PgDown", self.next),
                ("PgUp", self.previous),
                ("Esc", self.stop),
            )
        ]

    # The sequence

    def views(self) -> list[MeetingView]:
        """Return the sequence, in its order."""
        if not self._project.is_open:
            return []
        workspace = cast("Workspace", self._project.workspace)
        return [
            MeetingView(view.name, view.page, view.state.get("key", ""), view.state["scenario"])
            for view in saved_views(workspace, KIND)
            if view.page in PLACE_NAMES and "scenario" in view.state
        ]

    def put(self, views: Sequence[MeetingView]) -> None:
        """Keep another sequence with the document."""
        kept = [SavedView(v.title, v.place, {"key": v.key, "scenario": v.scenario}) for v in views]
        keep_views(cast("Workspace", self._project.workspace), KIND, kept)
        self._at = min(self._at, len(kept) - 1)
        self._project.mark_unsaved()
        self.changed.emit()

    def add(self) -> MeetingView | None:
        """Add the view shown now to the end of the sequence."""
        page = self._window.page
        if page is None:
            return None
        place, scenario = self._window.place, self._project.scenario
        view = MeetingView(page.view_title(), place, page.view_key(), scenario)
        self.put([*self.views(), view])
        return view

    def rename(self, place: int, title: str) -> None:
        """Give a view of the sequence another title."""
        views = self.views()
        views[place] = replace(views[place], title=title)
        self.put(views)

    # The mode

    @property
    def at(self) -> int:
        """The place in the sequence of the view shown last; -1 before the first."""
        return self._at

    def toggle(self) -> None:
        """Enter the mode, or leave it."""
        self.stop() if self.is_on else self.start()

    def start(self) -> None:
        """Fill the screen, enlarge the type, and show the first view of the sequence, if any."""
        if self.is_on or not self._project.is_open:
            return
        self.is_on = True
        self._was_full_screen = self._window.isFullScreen()
        self._show_chrome(False)
        theme.active().set_scale(SCALE)
        self._window.showFullScreen()
        if self.views():
            self.show_view(0)
        self.changed.emit()

    def stop(self) -> None:
        """Give the window back as it was."""
        if not self.is_on:
            return
        self.is_on = False
        theme.active().set_scale(1.0)
        self._show_chrome(True)
        if not self._was_full_screen:
            self._window.showNormal()
        self.changed.emit()

    def next(self) -> None:
        """Show the next view; the last stays."""
        self.show_view(min(self._at + 1, len(self.views()) - 1))

    def previous(self) -> None:
        """Show the view before; the first stays."""
        self.show_view(max(self._at - 1, 0))

    def show_view(self, place: int) -> None:
        """Show a view of the sequence; one whose scenario is gone is shown over the base."""
        views = self.views()
        if not 0 <= place < len(views):
            return
        self._at = place
        view = views[place]
        known = view.scenario in self._project.scenarios()
        self._project.set_scenario(view.scenario if known else BASE)
        self._window.go_to(view.place, view.key)
        self.changed.emit()

    def _show_chrome(self, shown: bool) -> None:
        window = self._window
        for part in (window.menuBar(), window.rail, window.top_bar, window.status):
            part.setVisible(shown)
        self.bar.setVisible(not shown)
        for key in self._keys:
            key.setEnabled(not shown)

    def _key(self, key: str, slot: Any) -> QShortcut:
        shortcut = QShortcut(QKeySequence(key), self._window)
        shortcut.setContext(Qt.ShortcutContext.ApplicationShortcut)
        shortcut.activated.connect(slot)
        shortcut.setEnabled(False)
        return shortcut


class MeetingBar(QToolBar):
    """The only line beside the view: what is shown, under which scenario, and how to go on."""

    def __init__(self, meeting: Meeting) -> None:
        super().__init__()
        self._meeting = meeting
        self.setObjectName("meeting_bar")
        self.setMovable(False)
        self.setWindowTitle(self.tr("Meeting"))
        self.title = ElidedLabel()
        self.number = QLabel()
        self.number.setObjectName("muted")
        self.before = self._button(self.tr("Previous"), "PgUp", meeting.previous)
        self.after = self._button(self.tr("Next"), "PgDown", meeting.next)
        self.end = self._button(self.tr("End meeting"), "Esc", meeting.stop)
        inside = QWidget()
        layout = QHBoxLayout(inside)
        layout.setContentsMargins(16, 4, 16, 4)
        layout.setSpacing(16)
        layout.addWidget(self.title, 1)
        for widget in (self.number, self.before, self.after, self.end):
            layout.addWidget(widget)
        self.addWidget(inside)
        meeting.changed.connect(self._show)

    def _button(self, text: str, key: str, slot: Any) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName("quiet")
        button.setToolTip(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText))
        button.clicked.connect(lambda _checked=False: slot())
        return button

    def _show(self) -> None:
        views, at = self._meeting.views(), self._meeting.at
        self.before.setEnabled(at > 0)
        self.after.setEnabled(at < len(views) - 1)
        if not 0 <= at < len(views):
            self.title.setText(
                self.tr("No views are kept for a meeting yet: View > Add this view to the meeting.")
            )
            self.number.setText("")
            return
        view = views[at]
        scenario = "" if view.scenario == BASE else self.tr("scenario {0}").format(view.scenario)
        self.title.setText("   ".join(part for part in (view.title, scenario) if part))
        self.number.setText(self.tr("{0} of {1}").format(at + 1, len(views)))
