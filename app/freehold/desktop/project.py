"""The open document as the window sees it: what it shows, what changed, what can be undone."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, cast

import duckdb
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from freehold.desktop.documents import Documents, EstateDocuments, OpenWorkspace
from freehold.errors import DocumentError

BASE = "base"
Result = TypeVar("Result")


class Project(QObject):
    """One open document, or none.

    `changed` tells what changed: "document" (another one, or none), "estate" (its rows),
    "scenario", "as_of" or "saved". Pages refresh on everything but "saved".
    """

    changed = Signal(str)
    changing = Signal()
    """The document is about to change: what still judges it is to stop."""

    def __init__(self, documents: Documents | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.documents: Documents = documents or EstateDocuments()
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(lambda _clean: self.changed.emit("saved"))
        self._workspace: OpenWorkspace | None = None
        self._scenario = BASE
        self._unsaved = False
        self._name = ""
        self._saved_at = ""
        self._results: dict[str, object] = {}
        self._building = threading.Lock()

    # What is open

    @property
    def is_open(self) -> bool:
        """Whether a document is open."""
        return self._workspace is not None

    @property
    def workspace(self) -> OpenWorkspace:
        """The open document.

        Raises:
            DocumentError: none is open.
        """
        if self._workspace is None:
            raise DocumentError("No document is open", mend="Open one or make a new one")
        return self._workspace

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open document's database."""
        return self.workspace.connection

    @property
    def path(self) -> Path | None:
        """The open document's file, if it has one."""
        return self._workspace.path if self._workspace else None

    @property
    def name(self) -> str:
        """The document's name for the title bar."""
        return self.path.stem if self.path else self._name

    @property
    def read_only(self) -> bool:
        """Whether the document may only be looked at."""
        return self._workspace is not None and self._workspace.read_only

    @property
    def is_dirty(self) -> bool:
        """Whether something is not saved."""
        return self.is_open and (self._unsaved or not self.undo_stack.isClean())

    @property
    def saved_at(self) -> str:
        """When the document was saved in this session, as HH:MM, or ""."""
        return self._saved_at

    def take(self, workspace: OpenWorkspace, *, name: str = "", unsaved: bool = False) -> None:
        """Show another document and give up the one before."""
        self.documents.replace(self._workspace, workspace)
        self._workspace = workspace
        self._name, self._unsaved, self._saved_at = name, unsaved, ""
        self._scenario = BASE
        self._forget()
        self.undo_stack.clear()
        self.changed.emit("document")

    def close(self) -> None:
        """Show no document."""
        self.documents.replace(self._workspace, None)
        self._workspace = None
        self._name, self._unsaved = "", False
        self._scenario = BASE
        self._forget()
        self.undo_stack.clear()
        self.changed.emit("document")

    def mark_saved(self, at: str) -> None:
        """Note that everything is on disk."""
        self._unsaved, self._saved_at = False, at
        self.undo_stack.setClean()
        self.changed.emit("saved")

    def mark_unsaved(self) -> None:
        """Note a change that is no edit of the estate, such as a kept run."""
        self._unsaved = True
        self.changed.emit("saved")

    @contextmanager
    def building(self, check: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Let one at a time publish views or build schemas in the document's database.

        A worker passes its task's `check`, so that it can be cancelled while it waits.
        """
        while not self._building.acquire(timeout=0.05):
            check()
        try:
            yield
        finally:
            self._building.release()

    # What rules every page

    @property
    def scenario(self) -> str:
        """The scenario shown; "base" is the estate as it is."""
        return self._scenario

    def set_scenario(self, name: str) -> None:
        """Show another scenario on every page."""
        if name != self._scenario:
            self._scenario = name
            self.changed.emit("scenario")

    def scenarios(self) -> list[str]:
        """Return the scenarios of the document, base first."""
        if self._workspace is None:
            return [BASE]
        try:
            rows = self.connection.cursor().execute(
                "SELECT name FROM estate.scenarios ORDER BY name"
            )
            return [BASE, *(str(name) for (name,) in rows.fetchall() if name and name != BASE)]
        except duckdb.CatalogException:
            return [BASE]

    @property
    def as_of(self) -> date:
        """The date on which everything is judged."""
        return self.workspace.as_of

    def set_as_of(self, day: date) -> None:
        """Judge everything on another date; this belongs to the document."""
        if self.is_open and day != self.workspace.as_of:
            self.changing.emit()
            with self.building():
                self.workspace.set_setting("as_of", day.isoformat())
                self.workspace.publish()
            self._unsaved = True
            self._forget()
            self.changed.emit("as_of")

    # Edits

    def edit(self, changes: Sequence[Any], text: str) -> None:
        """Apply typed changes as one step that undo takes back exactly.

        Raises:
            FreeholdError: the changes do not fit; nothing was changed.
        """
        if self.read_only:
            raise DocumentError(
                "This document is open read-only", mend="Save it under another name to edit it"
            )
        self.changing.emit()
        with self.building():
            edit = _Edit(self, changes, text)
        self.undo_stack.push(edit)

    def estate_changed(self) -> None:
        """Publish the views anew and tell the pages; for changes made outside `edit`."""
        self.changing.emit()
        with self.building():
            self.workspace.publish()
        self._unsaved = True
        self.tell_estate_changed()

    def tell_estate_changed(self) -> None:
        """Drop the results kept and tell the pages."""
        self._forget()
        self.changed.emit("estate")

    # What the status line says

    def packs_text(self) -> str:
        """Return the rule packs in use, shortly."""
        if self._workspace is None:
            return ""
        named = list(self._workspace.packs)
        if not named:
            return ""
        return named[0] if len(named) == 1 else f"{len(named)} rule packs"

    def catalogue_text(self) -> str:
        """Return the catalogue snapshot in use, shortly."""
        if self._workspace is None:
            return ""
        info = self._workspace.catalogue_info
        return f"Catalogue {info.snapshot}" if info is not None else ""

    # Results that several pages show

    def result(self, name: str, compute: Callable[[], Result]) -> Result:
        """Return a result, computed once until estate, scenario or date change."""
        key = f"{self._scenario}/{name}"
        if key not in self._results:
            self._results[key] = compute()
        return cast("Result", self._results[key])

    def has_result(self, name: str) -> bool:
        """Tell whether a result is at hand, so that no worker is needed."""
        return f"{self._scenario}/{name}" in self._results

    def kept(self, name: str, scenario: str | None = None) -> object | None:
        """Return a result that a worker has put aside, or None."""
        return self._results.get(f"{scenario or self._scenario}/{name}")

    def keep(self, name: str, result: object, scenario: str | None = None) -> None:
        """Put a worker's result aside until estate, scenario or date change."""
        self._results[f"{scenario or self._scenario}/{name}"] = result

    def _forget(self) -> None:
        self._results.clear()


class _Edit(QUndoCommand):
    """Typed changes on the undo stack."""

    def __init__(self, project: Project, changes: Sequence[Any], text: str) -> None:
        super().__init__(text)
        self._project, self._changes = project, list(changes)
        # Applied here, not in redo(): an error must reach the caller, not Qt's event loop.
        self._applied: Any = project.workspace.apply(self._changes)
        self._is_first = True

    def redo(self) -> None:
        """Apply the changes again."""
        self._project.changing.emit()
        with self._project.building():
            if not self._is_first:
                self._applied = self._project.workspace.apply(self._changes)
            self._is_first = False
            self._project.workspace.publish()
        self._project.tell_estate_changed()

    def undo(self) -> None:
        """Take the changes back."""
        self._project.changing.emit()
        with self._project.building():
            self._project.workspace.undo(self._applied)
            self._project.workspace.publish()
        self._project.tell_estate_changed()
