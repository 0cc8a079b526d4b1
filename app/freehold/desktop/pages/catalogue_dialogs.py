"""Dialogs of the Catalogue page: confirm a fact, take newer facts over, read problems."""

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from freehold.catalogue import CatalogueProblem, RefreshResult
from freehold.desktop.numbers import show
from freehold.desktop.tables import Column, ResultTable


class ConfirmDialog(QDialog):
    """Asks who confirms a fact, from where and why."""

    def __init__(self, fact: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Confirm a fact"))
        self.setMinimumWidth(480)
        heading = QLabel(
            self.tr(
                "You state that {0} is right. Rules of high severity then count on it. "
                "The statement is kept with this document."
            ).format(fact)
        )
        heading.setWordWrap(True)
        self.author, self.source, self.reason = QLineEdit(), QLineEdit(), QLineEdit()
        form = QFormLayout()
        form.setSpacing(8)
        for label, field in (
            (self.tr("Who *"), self.author),
            (self.tr("Where it was read *"), self.source),
            (self.tr("Remark"), self.reason),
        ):
            field.setAccessibleName(label)
            field.textChanged.connect(lambda _text: self._check())
            form.addRow(label, field)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(heading)
        layout.addLayout(form)
        layout.addWidget(self.buttons)
        self._check()

    def _check(self) -> None:
        told = bool(self.author.text().strip() and self.source.text().strip())
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(told)


class ListDialog(QDialog):
    """A sentence over a list of rows, with one thing to do."""

    def __init__(self, title: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(880, 520)
        said = QLabel(sentence)
        said.setWordWrap(True)
        self.table = ResultTable(title)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(said)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.buttons)


class ProblemsDialog(ListDialog):
    """What the check of integrity found."""

    def __init__(self, problems: Sequence[CatalogueProblem], parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, title="", sentence="")
        self.setWindowTitle(self.tr("Problems of the catalogue"))
        columns = (
            Column("table", self.tr("Table")),
            Column("row", self.tr("Row")),
            Column("sentence", self.tr("Problem")),
        )
        self.table.show_rows(columns, [problem.model_dump() for problem in problems])


class RefreshDialog(ListDialog):
    """What newer facts would change; accepted if they are to be taken over."""

    def __init__(self, result: RefreshResult, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, title="", sentence="")
        self.setWindowTitle(self.tr("Newer facts for {0}").format(result.table))
        heading = self.findChildren(QLabel)[0]
        heading.setText(
            self.tr(
                "{0} rows: {1} added, {2} changed, {3} as they were. {4} rows of the catalogue "
                "are not in the file and stay."
            ).format(
                *(
                    show(number, "integer")
                    for number in (
                        result.rows,
                        result.added,
                        result.changed,
                        result.unchanged,
                        result.absent,
                    )
                )
            )
        )
        kinds = {
            "added": self.tr("added"),
            "changed": self.tr("changed"),
            "absent": self.tr("not in the file"),
        }
        rows: list[dict[str, object]] = [
            {
                "kind": self.tr("problem"),
                "row": item.row,
                "column": item.column,
                "new": item.sentence,
            }
            for item in result.problems
        ]
        for difference in result.differences:
            changes = difference.columns.items() or [("", (None, None))]
            rows += [
                {
                    "kind": kinds.get(difference.kind, difference.kind),
                    "row": difference.row,
                    "column": column,
                    "old": old,
                    "new": new,
                }
                for column, (old, new) in changes
            ]
        columns = (
            Column("kind", self.tr("Difference")),
            Column("row", self.tr("Row")),
            Column("column", self.tr("Field")),
            Column("old", self.tr("Before")),
            Column("new", self.tr("In the file")),
        )
        self.table.set_empty_text(self.tr("The file says what the catalogue says already."))
        self.table.show_rows(columns, rows)
        self.take_over = self.buttons.addButton(
            self.tr("Take over"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.take_over.setEnabled(bool(result.added + result.changed) and not result.problems)
        self.buttons.accepted.connect(self.accept)
