"""Undo and redo of edits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from freehold.estate.changes import Applied, Change

if TYPE_CHECKING:
    from freehold.estate.workspace import Workspace


class History:
    """The edits of one workspace since it was opened, last first to be undone."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._done: list[tuple[str, list[Change], Applied]] = []
        self._undone: list[tuple[str, list[Change]]] = []

    def do(self, title: str, changes: Sequence[Change]) -> Applied:
        """Apply changes as one edit; what was undone before can no longer be redone.

        Raises:
            InputError: a change cannot be applied; nothing is changed then.
        """
        applied = self._workspace.apply(changes)
        self._done.append((title, list(changes), applied))
        self._undone.clear()
        return applied

    def undo(self) -> str | None:
        """Take the last edit back; return its title, or None if there is none."""
        if not self._done:
            return None
        title, changes, applied = self._done.pop()
        self._workspace.undo(applied)
        self._undone.append((title, changes))
        return title

    def redo(self) -> str | None:
        """Apply the edit undone last again; return its title, or None if there is none."""
        if not self._undone:
            return None
        title, changes = self._undone.pop()
        self._done.append((title, changes, self._workspace.apply(changes)))
        return title

    @property
    def undo_title(self) -> str | None:
        """Title of the edit that would be undone."""
        return self._done[-1][0] if self._done else None

    @property
    def redo_title(self) -> str | None:
        """Title of the edit that would be redone."""
        return self._undone[-1][0] if self._undone else None
