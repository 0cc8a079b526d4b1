"""The window: rail, top bar, pages, status line, menus; it arranges and delegates."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QPoint, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop import theme
from freehold.desktop.actions import ACTIONS, MENUS, ActionSpec, menu_title, place_name
from freehold.desktop.commands import SUFFIX, Commands
from freehold.desktop.errors import show_error
from freehold.desktop.meeting import Meeting
from freehold.desktop.pages import Page, make_page
from freehold.desktop.palette import CommandPalette, Entry
from freehold.desktop.project import BASE, Project
from freehold.desktop.rail import Rail
from freehold.desktop.settings import recent_files
from freehold.desktop.start_page import StartPage
from freehold.desktop.status_line import StatusLine
from freehold.desktop.top_bar import TopBar
from freehold.desktop.web.browser import close_browser
from freehold.desktop.work import Worker

PageFactory = Callable[[str, Project, Worker], Page]
SIZE = (1360, 840)
SMALLEST = (1024, 640)


class MainWindow(QMainWindow):
    """One window on one project."""

    import_requested = Signal(list)
    """Paths that the user dropped or chose for import."""

    def __init__(
        self, project: Project, settings: QSettings, pages: PageFactory = make_page
    ) -> None:
        super().__init__()
        self._make_page = pages
        self.project, self.settings = project, settings
        self.worker = Worker(2, self)
        self.worker.failed.connect(lambda error: show_error(self, error))
        self.commands = Commands(self)
        self.actions_by_id: dict[str, QAction] = {}
        self.page: Page | None = None
        self._pages: dict[str, Page] = {}
        self._stale: set[str] = set()
        self._place = ""
        self.rail, self.top_bar, self.start = Rail(), TopBar(), StartPage()
        self.status = StatusLine(self.worker)
        self._stack = QStackedWidget()
        self._lay_out()
        self.meeting = Meeting(self)
        self._make_actions()
        self._wire()
        self.setAcceptDrops(True)
        self.resize(*SIZE)
        self.setMinimumSize(*SMALLEST)
        geometry = settings.value("window/geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self._project_changed("document")

    # Places

    @property
    def place(self) -> str:
        """The place shown, "" for the start page."""
        return self._place

    def go_to(self, place: str, key: str = "") -> None:
        """Show a place of the rail ("" the start page), and the row with this key there."""
        if not place or not self.project.is_open:
            self._place, self.page = "", None
            self.start.show_recent(recent_files(self.settings))
            self._stack.setCurrentWidget(self.start)
        else:
            self._place = place
            self.page = self._page(place)
            self._stack.setCurrentWidget(self.page)
            if place in self._stale:
                self.refresh_page()
            if key:
                self.page.show_key(key)
        self.rail.show_place(self._place)
        self.update_actions()

    def refresh_page(self) -> None:
        """Show the page anew."""
        if self.page is None:
            return
        self._stale.discard(self._place)
        try:
            self.page.refresh(self.project)
        except Exception as error:
            show_error(self, error)

    def _page(self, place: str) -> Page:
        if place not in self._pages:
            page = self._make_page(place, self.project, self.worker)
            page.go_to.connect(self.go_to)
            self._pages[place] = page
            self._stale.add(place)
            self._stack.addWidget(page)
        return self._pages[place]

    # Menus and palette

    def trigger(self, action_id: str) -> None:
        """Do an action by its id."""
        self.actions_by_id[action_id].trigger()

    def update_actions(self) -> None:
        """Enable what can be done now and tick what is chosen."""
        conditions = self.commands.conditions()
        for spec in ACTIONS:
            action = self.actions_by_id[spec.id]
            action.setEnabled(conditions[spec.condition])
            if spec.checkable:
                action.setChecked(spec.argument == theme.active().mode)

    def palette_entries(self) -> list[Entry]:
        """Return everything the palette can do now."""
        entries = []
        for spec in ACTIONS:
            action = self.actions_by_id[spec.id]
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            menu = menu_title(spec.menu).replace("&", "")
            detail = "  ".join(part for part in (menu, keys) if part)
            entries.append(
                Entry(spec.name(), action.trigger, detail, spec.words, action.isEnabled())
            )
        for name in self.project.scenarios() if self.project.is_open else []:
            if name != BASE:
                title = self.tr("Show scenario {0}").format(name)
                entries.append(Entry(title, partial(self.project.set_scenario, name)))
        if self.page is not None:
            entries += self.page.commands()
        return entries

    def open_palette(self) -> CommandPalette:
        """Open the command palette under the top bar."""
        palette = CommandPalette(self.palette_entries(), self)
        palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        corner = self.mapToGlobal(QPoint((self.width() - palette.width()) // 2, 64))
        palette.move(corner)
        palette.show()
        return palette

    def _make_actions(self) -> None:
        bar = self.menuBar()
        themes = QActionGroup(self)
        for menu_id, _ in MENUS:
            menu = bar.addMenu(menu_title(menu_id))
            group = 0
            for spec in (spec for spec in ACTIONS if spec.menu == menu_id):
                if spec.group != group:
                    menu.addSeparator()
                    group = spec.group
                action = self._action(spec)
                if spec.checkable:
                    themes.addAction(action)
                menu.addAction(action)

    def _action(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.title(), self)
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
        handler = getattr(self.commands, spec.handler)
        arguments = (spec.argument,) if spec.argument else ()
        action.triggered.connect(lambda _checked=False: handler(*arguments))
        self.addAction(action)  # its key works in a meeting too, where the menu bar is hidden
        self.actions_by_id[spec.id] = action
        return action

    # Notices and questions

    def show_notices(self, notices: Sequence[str]) -> None:
        """Show sentences about the document over the page, until they are closed."""
        self._notice_text.setText("\n".join(notices))
        self._notice.setVisible(bool(notices))

    def ask_about_changes(self) -> Literal["go", "save", "stay"]:
        """Ask what to do with unsaved changes, if there are any."""
        if not self.project.is_dirty:
            return "go"
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self,
            self.tr("Unsaved changes"),
            self.tr("Save the changes to {0}?").format(self.project.name),
            button.Save | button.Discard | button.Cancel,
            button.Save,
        )
        if answer == button.Save:
            return "save"
        return "go" if answer == button.Discard else "stay"

    # Focus

    def focus_next_pane(self) -> None:
        """Move the focus from rail to top bar to page and round again."""
        checked = [b for b in self.rail.buttons.values() if b.isChecked()]
        stops: list[QWidget] = [
            (checked or list(self.rail.buttons.values()))[0],
            self.top_bar.search,
            self._first_field(),
        ]
        now = self.focusWidget()
        areas: list[QWidget] = [self.rail, self.top_bar, self._stack]
        at = next((i for i, a in enumerate(areas) if now and a.isAncestorOf(now)), len(areas) - 1)
        for step in range(1, len(stops) + 1):
            target = stops[(at + step) % len(stops)]
            if target.isEnabled() and target.isVisible():
                target.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def _first_field(self) -> QWidget:
        shown = self._stack.currentWidget()
        for widget in shown.findChildren(QWidget) if shown is not None else []:
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                return widget
        return self._stack

    # Events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Open a dropped document; ask for the import of anything else."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        documents = [path for path in paths if path.suffix == SUFFIX]
        if documents:
            if self.ask_about_changes() == "go":
                self.commands.load_path(documents[0])
        elif paths:
            self.import_requested.emit(paths)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Ask about unsaved changes, stop the work, remember the window."""
        answer = self.ask_about_changes()
        if answer == "save" and self.project.path is not None:
            self.commands.save_to(self.project.path, then=self.close)
        elif answer == "save":
            QTimer.singleShot(0, self, self.commands.save_as)
        if answer != "go":
            event.ignore()
            return
        self.settings.setValue("window/geometry", self.saveGeometry())
        self.worker.cancel_all()
        for page in self._pages.values():
            for chart in page.charts():
                chart.release()
        event.accept()

    def shut_down(self) -> None:
        """Let go of document, pages and browser while Qt still runs."""
        self.worker.cancel_all()
        self._place, self.page = "", None
        for page in self._pages.values():
            for chart in page.charts():
                chart.release()
            self._stack.removeWidget(page)
            page.deleteLater()
        self._pages.clear()
        self.project.close()
        close_browser()

    # Building

    def _lay_out(self) -> None:
        self._notice, self._notice_text = QFrame(), QLabel()
        self._notice.setObjectName("notice")
        self._notice_text.setWordWrap(True)
        close = QPushButton(self.tr("Close"))
        close.setObjectName("quiet")
        close.clicked.connect(self._notice.hide)
        notice = QHBoxLayout(self._notice)
        notice.setContentsMargins(8, 4, 8, 4)
        notice.addWidget(self._notice_text, 1)
        notice.addWidget(close)
        self._notice.hide()
        notice_row = QHBoxLayout()
        notice_row.setContentsMargins(24, 8, 24, 0)
        notice_row.addWidget(self._notice)
        self._stack.addWidget(self.start)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.top_bar)
        right.addLayout(notice_row)
        right.addWidget(self._stack, 1)
        whole = QWidget()
        across = QHBoxLayout(whole)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.rail)
        across.addLayout(right, 1)
        self.setCentralWidget(whole)
        self.setStatusBar(self.status)

    def _wire(self) -> None:
        self.rail.place_chosen.connect(self.go_to)
        self.top_bar.palette_wanted.connect(self.open_palette)
        self.top_bar.scenario_chosen.connect(self.project.set_scenario)
        self.top_bar.as_of_chosen.connect(self.project.set_as_of)
        self.start.sample_wanted.connect(self.commands.open_sample)
        self.start.import_wanted.connect(self.commands.import_files)
        self.start.new_wanted.connect(self.commands.new_document)
        self.start.recent_chosen.connect(lambda path: self.commands.load_path(Path(path)))
        self.import_requested.connect(self.commands.import_paths)
        self.project.changed.connect(self._project_changed)
        self.project.changing.connect(self.worker.cancel_all)
        self.project.undo_stack.canUndoChanged.connect(lambda _can: self.update_actions())
        self.project.undo_stack.canRedoChanged.connect(lambda _can: self.update_actions())

    def _project_changed(self, what: str) -> None:
        self._show_state()
        if what == "saved":
            return
        self._stale |= set(self._pages)
        self.top_bar.show_project(self.project)
        self.rail.set_open(self.project.is_open)
        self.show_notices([]) if what == "document" else None
        if not self.project.is_open:
            self.go_to("")
        elif self.page is not None:
            self.refresh_page()

    def _show_state(self) -> None:
        project = self.project
        star = " *" if project.is_dirty else ""
        where = f" – {place_name(self._place)}" if self._place else ""
        title = f"{project.name}{star}{where} – Freehold"
        self.setWindowTitle(title if project.is_open else "Freehold")
        if not project.is_open:
            saved = ""
        elif project.read_only:
            saved = self.tr("Read-only")
        elif project.is_dirty:
            saved = self.tr("Not saved")
        elif project.saved_at:
            saved = self.tr("Saved {0}").format(project.saved_at)
        else:
            saved = self.tr("Saved") if project.path else self.tr("Sample, no file yet")
        self.status.set_text("saved", saved)
        self.status.set_text("packs", project.packs_text())
        self.status.set_text("catalogue", project.catalogue_text())
        self.update_actions()
