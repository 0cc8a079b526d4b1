"""Edits of a scenario in the window: rename, copy, branch, remove, and its changes one by one.

Every edit is a step that undo takes back, as an edit of the estate is.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QInputDialog, QMenu, QMessageBox, QWidget

from freehold.desktop.pages.scenarios_runs import when_idle
from freehold.desktop.palette import Entry
from freehold.desktop.project import Project
from freehold.desktop.work import Worker
from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.scenarios import editing


class ScenarioEditing(QObject):
    """Edits the scenario that `chosen` names; `made` tells the name to choose after an edit."""

    made = Signal(str)

    def __init__(
        self, project: Project, worker: Worker, chosen: Callable[[], str], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._project, self._worker, self._chosen, self._page = project, worker, chosen, parent

    def menu(self) -> QMenu:
        """Return the menu of what can be done with the scenario chosen."""
        menu = QMenu(self._page)
        for text, slot, key in (
            (self.tr("Re&name…"), self.rename, "F2"),
            (self.tr("&Copy"), self.copy, "Ctrl+D"),
            (self.tr("&Branch…"), self.branch, ""),
            (self.tr("N&ote…"), self.note, ""),
            (self.tr("&Remove…"), self.remove, ""),
        ):
            action = menu.addAction(text, slot)
            if key:
                action.setShortcut(QKeySequence(key))
                self._page.addAction(action)
        return menu

    def commands(self) -> list[Entry]:
        """Return what the command palette offers."""
        return [
            Entry(self.tr("Rename the scenario"), self.rename),
            Entry(self.tr("Copy the scenario"), self.copy),
            Entry(self.tr("Branch from the scenario"), self.branch),
            Entry(self.tr("Write a note on the scenario"), self.note),
            Entry(self.tr("Remove the scenario"), self.remove),
        ]

    def rename(self, new_name: str = "") -> None:
        """Give the scenario another name, asking for it if none is given."""
        name = self._chosen()
        new_name = new_name or self._asked(self.tr("Rename scenario"), name, name)
        if name and new_name:
            text = self.tr("Rename scenario {0}").format(name)
            self._edit(partial(editing.renaming, name=name, new_name=new_name), text, new_name)

    def copy(self) -> None:
        """Add a copy of the scenario under a name of its own."""
        name = self._chosen()
        if name:
            new_name = self._free(self.tr("{0} (copy)").format(name))
            text = self.tr("Copy scenario {0}").format(name)
            self._edit(partial(editing.copying, name=name, new_name=new_name), text, new_name)

    def branch(self, new_name: str = "") -> None:
        """Add a scenario that goes on from this one, asking for its name if none is given."""
        name = self._chosen()
        proposal = self._free(self.tr("{0}, then").format(name))
        new_name = new_name or self._asked(self.tr("Branch from scenario"), name, proposal)
        if name and new_name:
            text = self.tr("Branch from scenario {0}").format(name)
            self._edit(partial(editing.branching, name=name, new_name=new_name), text, new_name)

    def note(self, text: str | None = None) -> None:
        """Write what stands under the scenario's name, asking for it if none is given."""
        name = self._chosen()
        if not name:
            return
        workspace = cast("Workspace", self._project.workspace)
        if text is None:
            text, accepted = QInputDialog.getMultiLineText(
                self._page.window(),
                self.tr("Note on scenario"),
                self.tr("What it is for, what was assumed, what was decided"),
                editing.details(workspace)[name][0],
            )
            if not accepted:
                return
        said = self.tr("Note on scenario {0}").format(name)
        self._edit(partial(editing.describing, name=name, text=text), said, name)

    def remove(self) -> None:
        """Remove the scenario, once the user agrees; undo brings it back."""
        name = self._chosen()
        if not name:
            return
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._page.window(),
            self.tr("Remove scenario"),
            self.tr("Remove the scenario “{0}” and its changes? Undo brings it back.").format(name),
            button.Yes | button.Cancel,
            button.Cancel,
        )
        if answer == button.Yes:
            text = self.tr("Remove scenario {0}").format(name)
            self._edit(partial(editing.removing, name=name), text, "")

    def switch(self, number: int, on: bool) -> None:
        """Switch a change of the scenario on or off; numbers count from 1."""
        text = self.tr("Switch on change {0}") if on else self.tr("Switch off change {0}")
        self._edit_step(partial(editing.switching, number=number, on=on), text.format(number))

    def move(self, number: int, to: int) -> None:
        """Put a change of the scenario at another place."""
        text = self.tr("Move change {0} to {1}").format(number, to)
        self._edit_step(partial(editing.moving, number=number, to=to), text)

    def drop(self, number: int) -> None:
        """Take a change out of the scenario."""
        text = self.tr("Remove change {0}").format(number)
        self._edit_step(partial(editing.dropping, number=number), text)

    def _edit_step(self, steps: Callable[..., Sequence[Change]], text: str) -> None:
        name = self._chosen()
        if name:
            self._edit(partial(steps, name=name), self.tr("{0}: {1}").format(name, text), name)

    def _edit(self, steps: Callable[..., Sequence[Change]], text: str, then: str) -> None:
        def do() -> None:
            try:
                changes = steps(cast("Workspace", self._project.workspace))
                if changes:
                    self._project.edit(changes, text)
            except Exception as error:
                self._worker.failed.emit(error)
            else:
                if then:
                    self.made.emit(then)

        when_idle(self._worker, do)

    def _asked(self, title: str, name: str, proposal: str) -> str:
        if not name:
            return ""
        new_name, accepted = QInputDialog.getText(
            self._page.window(), title, self.tr("Name"), text=proposal
        )
        return new_name.strip() if accepted else ""

    def _free(self, name: str) -> str:
        taken, found, number = self._project.scenarios(), name, 2
        while found in taken:
            found, number = f"{name} {number}", number + 1
        return found
