"""What each action does: one method for each handler that the table of actions names."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

import freehold
from freehold.desktop import theme
from freehold.desktop.actions import Condition
from freehold.desktop.documents import OpenWorkspace
from freehold.desktop.settings import remember_file
from freehold.desktop.work import Task
from freehold.errors import FreeholdError

if TYPE_CHECKING:
    from freehold.desktop.main_window import MainWindow

SUFFIX = ".freehold"


class Commands(QObject):
    """The handlers of the actions, over the window and its project."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._project = window.project

    def conditions(self) -> dict[Condition, bool]:
        """Tell which conditions of actions hold now."""
        project = self._project
        return {
            "always": True,
            "document": project.is_open,
            "saveable": project.is_open and not project.read_only,
            "undo": project.undo_stack.canUndo(),
            "redo": project.undo_stack.canRedo(),
            "page": project.is_open and self._window.page is not None,
        }

    # Documents

    def new_document(self) -> None:
        """Make an empty document."""
        self._if_saved(
            lambda: self._load(
                self.tr("Making a document"),
                self._project.documents.new,
                name=self.tr("Untitled"),
                unsaved=True,
            )
        )

    def open_document(self) -> None:
        """Ask for a document and open it."""

        def ask() -> None:
            chosen, _ = QFileDialog.getOpenFileName(
                self._window, self.tr("Open document"), "", self.tr("Freehold (*.freehold)")
            )
            if chosen:
                self.load_path(Path(chosen))

        self._if_saved(ask)

    def load_path(self, path: Path) -> None:
        """Open a document; the one shown stays if that fails."""
        self._load(
            self.tr("Opening {0}").format(path.name), lambda: self._project.documents.open(path)
        )

    def open_sample(self) -> None:
        """Ask for a sample estate and open it."""

        def ask() -> None:
            samples = self._project.documents.samples()
            titles = [sample.title for sample in samples]
            if not titles:
                return
            title, accepted = QInputDialog.getItem(
                self._window,
                self.tr("Open a sample estate"),
                self.tr("Which estate?"),
                titles,
                0,
                False,
            )
            if accepted:
                self.load_sample(samples[titles.index(title)].name, title)

        self._if_saved(ask)

    def load_sample(self, name: str, title: str) -> None:
        """Open a sample estate as a document without a file."""
        self._load(
            self.tr("Opening the sample"),
            lambda: self._project.documents.open_sample(name),
            name=title,
        )

    def save(self) -> None:
        """Save, asking for a name the first time."""
        if self._project.path is None or self._project.read_only:
            self.save_as()
        else:
            self.save_to(self._project.path)

    def save_as(self) -> None:
        """Ask for a name and save under it."""
        proposal = str(self._project.path or f"{self._project.name}{SUFFIX}")
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save as"), proposal, self.tr("Freehold (*.freehold)")
        )
        if chosen:
            path = Path(chosen)
            self.save_to(path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX))

    def save_to(self, path: Path, then: Callable[[], object] | None = None) -> None:
        """Save to a path off the window's thread."""
        workspace = self._project.workspace

        def done(_result: object) -> None:
            self._project.mark_saved(datetime.now().strftime("%H:%M"))
            remember_file(self._window.settings, str(path))
            if then is not None:
                then()

        self._window.worker.start(
            self.tr("Saving {0}").format(path.name),
            lambda _task: self._project.documents.save(workspace, path),
            done,
        )

    def import_files(self) -> None:
        """Ask for exports to import."""
        chosen, _ = QFileDialog.getOpenFileNames(
            self._window,
            self.tr("Import files"),
            "",
            self.tr("Exports (*.csv *.json *.tfstate *.xlsx *.parquet *.gz *.zip);;All files (*)"),
        )
        if chosen:
            self._window.import_requested.emit([Path(path) for path in chosen])

    def import_paths(self, paths: list[Path]) -> None:
        """Import exports into the open document, or into a new one."""
        workspace = self._project.workspace if self._project.is_open else None
        name = self._project.name if workspace else paths[0].stem
        self._load(
            self.tr("Importing {0}").format(paths[0].name),
            lambda: self._project.documents.import_files(workspace, paths),
            name=name,
            unsaved=True,
        )

    def close_document(self) -> None:
        """Close the document and show the start page."""
        self._if_saved(self._project.close)

    def quit(self) -> None:
        """Close the window, which asks about unsaved changes."""
        self._window.close()

    # Editing

    def undo(self) -> None:
        """Take the last change back."""
        self._project.undo_stack.undo()

    def redo(self) -> None:
        """Make the change taken back again."""
        self._project.undo_stack.redo()

    def find(self) -> None:
        """Put the cursor into the page's filter."""
        if self._window.page is not None:
            self._window.page.find_in_page()

    def edit_rule(self, text: str = "") -> None:
        """Open the rule editor, on a rule's text or on a first example."""
        from freehold.desktop.rule_editor import RuleEditor

        editor = RuleEditor(self._project, self._window.worker, text, self._window)
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        editor.open()

    # View

    def show_palette(self) -> None:
        """Open the command palette."""
        self._window.open_palette()

    def refresh(self) -> None:
        """Show the page anew."""
        self._window.refresh_page()

    def next_pane(self) -> None:
        """Move the focus from rail to top bar to page and round again."""
        self._window.focus_next_pane()

    def set_theme(self, mode: str) -> None:
        """Choose the colours."""
        theme.active().set_mode(cast("theme.Mode", mode))
        self._window.update_actions()

    def choose_scenario(self) -> None:
        """Open the scenario switcher."""
        self._window.top_bar.scenario.setFocus()
        self._window.top_bar.scenario.showPopup()

    def choose_as_of(self) -> None:
        """Put the cursor into the as-of date."""
        self._window.top_bar.as_of.setFocus()
        self._window.top_bar.as_of.selectAll()

    # What caps the level

    def show_answers(self) -> None:
        """Open the answers sheet of a service on the Compliance page."""
        self._window.go_to("compliance", "answers")

    def save_picture(self) -> None:
        """Ask for a file and save the page shown as a picture with title, date and source."""
        page = self._window.page
        if page is None:
            return
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save a picture"), f"{page.place}.png", self.tr("PNG (*.png)")
        )
        if chosen:
            self.write_picture(Path(chosen))

    def write_picture(self, path: Path) -> None:
        """Save the page shown as a picture."""
        from freehold.desktop.picture import picture_of, save_picture

        page, project = self._window.page, self._project
        if page is None:
            return
        source = self.tr("As of {0} · scenario {1} · {2} · {3} · {4}").format(
            project.as_of.isoformat(),
            project.scenario,
            project.name,
            project.packs_text() or self.tr("no rule packs"),
            project.catalogue_text() or self.tr("no catalogue"),
        )
        try:
            save_picture(picture_of(page, page.title(), source), path)
        except FreeholdError as error:
            self._window.worker.failed.emit(error)

    def toggle_meeting(self) -> None:
        """Enter meeting mode or leave it."""
        self._window.meeting.toggle()

    def add_meeting_view(self) -> None:
        """Add the view shown to the sequence of the meeting."""
        view = self._window.meeting.add()
        if view is not None:
            said = self.tr("Added to the meeting: {0}").format(view.title)
            self._window.status.showMessage(said, 5000)

    def show_meeting_views(self) -> None:
        """Open the sequence of the meeting."""
        from freehold.desktop.meeting_dialog import MeetingDialog

        dialog = MeetingDialog(self._window.meeting, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_lifting(self) -> None:
        """Open what would lift level and score on the Compliance page."""
        self._window.go_to("compliance", "lifting")

    # Places and help

    def go_to(self, place: str) -> None:
        """Show a place."""
        self._window.go_to(place)

    def go_to_start(self) -> None:
        """Show the start page."""
        self._window.go_to("")

    def show_help(self) -> None:
        """Show the help of the page shown."""
        page = self._window.page
        self.show_help_topic(page.help_topic if page is not None else "index")

    def show_help_topic(self, topic: str) -> None:
        """Show a topic of the help."""
        from freehold.desktop.help import HelpDialog

        dialog = HelpDialog(topic, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_shortcuts(self) -> None:
        """Show the list of keys."""
        self.show_help_topic("shortcuts")

    def show_about(self) -> None:
        """Say what this program is."""
        QMessageBox.about(
            self._window,
            self.tr("About Freehold"),
            self.tr(
                "<b>Freehold {0}</b><p>See which parts of a multi-cloud estate you truly control, "
                "what GPU capacity it needs and costs, and prove it.</p>"
                "<p>Apache-2.0. It works offline: no account, no telemetry, no update check.</p>"
            ).format(freehold.__version__),
        )

    # Shared steps

    def _load(
        self,
        title: str,
        make: Callable[[], OpenWorkspace],
        *,
        name: str = "",
        unsaved: bool = False,
    ) -> None:
        """Make a workspace in a thread and show it; failing, the one shown stays."""

        def work(_task: Task) -> object:
            return make()

        def done(result: object) -> None:
            workspace = cast("OpenWorkspace", result)
            self._project.take(workspace, name=name, unsaved=unsaved)
            if workspace.path is not None:
                remember_file(self._window.settings, str(workspace.path))
            self._window.go_to("overview")
            self._window.show_notices([str(notice) for notice in workspace.notices])

        self._window.worker.start(title, work, done, only_latest="document")

    def _if_saved(self, then: Callable[[], None]) -> None:
        """Go on once the user has saved or given up unsaved changes."""
        answer = self._window.ask_about_changes()
        if answer == "go":
            then()
        elif answer == "save":
            if self._project.path is None:
                self.save_as()
            else:
                self.save_to(self._project.path, then)
