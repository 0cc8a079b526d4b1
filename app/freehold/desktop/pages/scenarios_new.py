"""The dialog for a new scenario: its name and its changes, each tried while it is written."""

from dataclasses import replace
from typing import cast

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop import theme
from freehold.desktop.numbers import show
from freehold.desktop.pages import scenarios_choices as choices
from freehold.desktop.work import Task, Worker
from freehold.errors import InputError
from freehold.estate import Workspace, dictionary
from freehold.estate.changes import Change
from freehold.scenarios.changes import ScenarioFile, in_words
from freehold.scenarios.editing import Trial, adding, tried

PREVIEW = "scenario preview"
_TYPING_PAUSE_MS = 300


class NewScenarioDialog(QDialog):
    """Asks for a scenario; `name` and `file` hold it once the dialog was accepted."""

    def __init__(self, workspace: Workspace, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New scenario"))
        self.setMinimumWidth(640)
        self._workspace, self._worker = workspace, worker
        self._cursor = workspace.connection.cursor()
        self._changes: list[Change] = []
        self._trial: Trial | None = None
        self._pause = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.preview)
        self._make_fields()
        for line in (self.name_field, self.about, self.reason):
            line.setObjectName("filter_line")
        for box in self.findChildren(QComboBox):
            box.setMinimumHeight(28)
        self._lay_out()
        self.table.setCurrentIndex(0)
        self._table_changed()

    # What the dialog gives

    def name(self) -> str:
        """Return the scenario's name."""
        return self.name_field.text().strip()

    def file(self) -> ScenarioFile:
        """Return the scenario as it was written.

        Raises:
            InputError: the change being written is not whole or does not fit its column.
        """
        return ScenarioFile(
            changes=[*self._changes, self.change()],
            description=self.about.text().strip() or None,
        )

    def change(self) -> Change:
        """Return the change being written.

        Raises:
            InputError: it is not whole.
        """
        column = self._column()
        factor = self.operation.currentData() == "multiply"
        text = self.value.currentText().strip()
        if not text and not self.is_unknown():
            raise InputError(self.tr("Say the new value"))
        if not self.reason.text().strip():
            raise InputError(self.tr("Say why: a reason stands beside every change"))
        value = choices.number(text) if factor else choices.typed(column, text)
        return Change(
            target=f"estate.{self.table.currentData()}",
            op="multiply" if factor else "set",
            where=choices.condition(self._pairs()),
            column=column.name,
            value=None if self.is_unknown() and not factor else value,
            reason=self.reason.text().strip(),
        )

    def is_unknown(self) -> bool:
        """Whether the new value is that nobody knows it."""
        return self.value.currentText() == self.tr("unknown")

    # Trying

    def preview(self) -> None:
        """Try the changes in the worker and tell how many rows they touch."""
        self._pause.stop()
        self._trial = None
        self._ok().setEnabled(False)
        try:
            file = self.file()
        except InputError as error:
            self._say(str(error), "muted")
            return
        except ValueError:
            self._say(self.tr("The change is not whole yet"), "muted")
            return
        self._say(self.tr("Trying …"), "muted")
        workspace = self._workspace

        def work(task: Task) -> Trial:
            return tried(replace(workspace, connection=task.cursor(workspace.connection)), file)

        self._worker.start(
            self.tr("Trying the changes"),
            work,
            self._tried,
            failed=lambda error: self._say(str(error), "bad"),
            only_latest=PREVIEW,
        )

    def _tried(self, found: object) -> None:
        self._trial = trial = cast("Trial", found)
        last = trial.rows[-1] if trial.rows else 0
        table = str(self.table.currentData()).replace("_", " ")
        if not last:
            self._say(self.tr("No row of {0} matches.").format(table), "bad")
        else:
            self._say(
                self.tr("This change touches {0} rows of {1}.").format(
                    show(last, "integer"), table
                ),
                "good",
            )
        self._allow()

    def _allow(self) -> None:
        fits = self._trial is not None and bool(self._trial.rows) and self._trial.rows[-1] > 0
        self.another.setEnabled(fits)
        try:
            adding(self._workspace, self.name(), ScenarioFile(changes=[]))
            self._name_note.setVisible(False)
        except InputError as error:
            self._name_note.setText(str(error))
            self._name_note.setVisible(bool(self.name()))
            fits = False
        self._ok().setEnabled(fits)

    def add_another(self) -> None:
        """Keep the change written and start the next one."""
        change = self.change()
        self._changes.append(change)
        self.kept.addItem(in_words(change))
        self.kept.setVisible(True)
        self.value.setEditText("")
        self._later()

    # Fields

    def _make_fields(self) -> None:
        self.name_field, self.about, self.reason = QLineEdit(), QLineEdit(), QLineEdit()
        self.name_field.setPlaceholderText(self.tr("For instance: Leave provider X"))
        self.about.setPlaceholderText(self.tr("One sentence; may stay empty"))
        self.reason.setPlaceholderText(self.tr("Why this changes, and who says so"))
        self.table = QComboBox()
        for name in choices.tables():
            self.table.addItem(name.replace("_", " ").capitalize(), name)
        self.filters = [(QComboBox(), _editable()) for _ in range(2)]
        self.column, self.operation, self.value = QComboBox(), QComboBox(), _editable()
        self.operation.addItem(self.tr("to"), "set")
        self.operation.addItem(self.tr("times"), "multiply")
        self.kept = QListWidget()
        self.kept.setAccessibleName(self.tr("Changes so far"))
        self.kept.setMaximumHeight(88)
        self.kept.setVisible(False)
        self._name_note, self._said = QLabel(), QLabel()
        self._name_note.setObjectName("muted")
        self._name_note.setVisible(False)
        self._said.setWordWrap(True)
        self._said.setMinimumSize(480, 36)
        self.another = QPushButton(self.tr("Add &another change"))
        self.another.setEnabled(False)
        self.another.clicked.connect(self.add_another)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._ok().setText(self.tr("Add scenario"))
        self._ok().setEnabled(False)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.table.currentIndexChanged.connect(lambda _row: self._table_changed())
        for column, value in self.filters:
            column.setAccessibleName(self.tr("Column of the condition"))
            value.setAccessibleName(self.tr("Value of the condition"))
            column.currentIndexChanged.connect(
                lambda _row, picked=column, field=value: self._filter_changed(picked, field)
            )
            value.editTextChanged.connect(lambda _text: self._later())
        self.column.currentIndexChanged.connect(lambda _row: self._column_changed())
        self.operation.currentIndexChanged.connect(lambda _row: self._later())
        self.operation.setAccessibleName(self.tr("Set or multiply"))
        self.value.setAccessibleName(self.tr("New value"))
        self.value.editTextChanged.connect(lambda _text: self._later())
        self.reason.textChanged.connect(lambda _text: self._later())
        self.name_field.textChanged.connect(lambda _text: self._allow())

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self.tr("&Name"), self.name_field)
        form.addRow("", self._name_note)
        form.addRow(self.tr("&Description"), self.about)
        form.addRow("", self.kept)
        rule = QFrame()
        rule.setFrameShape(QFrame.Shape.HLine)
        form.addRow(rule)
        form.addRow(self.tr("&Table"), self.table)
        for number, (column, value) in enumerate(self.filters):
            text = self.tr("&Where") if number == 0 else self.tr("and")
            form.addRow(text, _beside(column, QLabel(self.tr("is")), value))
        form.addRow(self.tr("&Set"), _beside(self.column, self.operation, self.value))
        form.addRow(self.tr("&Reason"), self.reason)
        form.addRow("", self._said)
        last = QHBoxLayout()
        last.addWidget(self.another)
        last.addStretch(1)
        last.addWidget(self.buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addLayout(last)

    def _table_changed(self) -> None:
        table = str(self.table.currentData())
        for column, value in self.filters:
            column.clear()
            column.addItem(self.tr("any row"), None)
            for found in choices.filter_columns(table):
                column.addItem(found.name.replace("_", " "), found)
            value.clear()
        self.column.clear()
        for found in choices.changeable_columns(table):
            self.column.addItem(found.name.replace("_", " "), found)
        self._later()

    def _filter_changed(self, picked: QComboBox, field: QComboBox) -> None:
        column = picked.currentData()
        field.clear()
        field.setEnabled(column is not None)
        if column is not None:
            table = str(self.table.currentData())
            field.addItems(choices.values_there(self._cursor, table, column.name))
        self._later()

    def _column_changed(self) -> None:
        if self.column.currentData() is None:
            return
        column = self._column()
        self.value.clear()
        self.value.addItems([*choices.new_values(self._cursor, column), self.tr("unknown")])
        self.value.setCurrentIndex(-1)
        self.value.setEditText("")
        self.value.setToolTip(column.doc)
        if not choices.is_number(column):
            self.operation.setCurrentIndex(0)
        self.operation.setEnabled(choices.is_number(column))
        self._later()

    def _column(self) -> dictionary.Column:
        return cast("dictionary.Column", self.column.currentData())

    def _pairs(self) -> list[tuple[dictionary.Column, str]]:
        return [
            (column.currentData(), value.currentText().strip())
            for column, value in self.filters
            if column.currentData() is not None and value.currentText().strip()
        ]

    def _later(self) -> None:
        self._ok().setEnabled(False)
        self.another.setEnabled(False)
        self._trial = None
        self._pause.start()

    def _say(self, sentence: str, tone: str) -> None:
        self._said.setText(sentence)
        colour = theme.active().colours.colour(tone)
        self._said.setStyleSheet(f"color: {colour}")

    def _ok(self) -> QPushButton:
        return self.buttons.button(QDialogButtonBox.StandardButton.Ok)


def _editable() -> QComboBox:
    field = QComboBox()
    field.setEditable(True)
    field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    field.setMinimumWidth(220)
    return field


def _beside(*widgets: QWidget) -> QWidget:
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 0 if isinstance(widget, QLabel) else 1)
    return whole
