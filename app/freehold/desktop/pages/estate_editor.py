"""The line with which one field of one row is changed."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import duckdb
from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDateEdit,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.numbers import NARROW_SPACE
from freehold.errors import InputError
from freehold.estate import dictionary

MOST_CHOICES = 3000
Value = str | int | float | bool | None


class FieldEditor(QWidget):
    """Offers the right field for a column; `wanted` tells the value asked for, None for unknown."""

    wanted = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column: dictionary.Column | None = None
        self.doc = QLabel()
        self.doc.setObjectName("muted")
        self.doc.setWordWrap(True)
        self.choice, self.day, self.line = QComboBox(), QDateEdit(), QLineEdit()
        self.choice.setEditable(True)
        self.choice.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.choice.setMinimumContentsLength(8)
        self.choice.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        completer = self.choice.completer()
        if completer is not None:
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.line.returnPressed.connect(self._set)
        self._fields = QStackedWidget()
        for field in (self.choice, self.day, self.line):
            field.setObjectName("top_field")
            self._fields.addWidget(field)
        self._fields.setMaximumHeight(36)
        self.set_button = QPushButton(self.tr("Set"))
        self.set_button.setObjectName("primary")
        self.set_button.clicked.connect(lambda _checked=False: self._set())
        self.unknown_button = QPushButton(self.tr("Unknown"))
        self.unknown_button.setObjectName("quiet")
        self.unknown_button.setToolTip(self.tr("Say that nobody has told this value"))
        self.unknown_button.clicked.connect(lambda _checked=False: self.wanted.emit(None))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.set_button)
        row.addWidget(self.unknown_button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.doc)
        layout.addWidget(self._fields)
        layout.addLayout(row)

    @property
    def column(self) -> dictionary.Column | None:
        """The column that would be changed."""
        return self._column

    def show_column(
        self, column: dictionary.Column, title: str, value: object, choices: Sequence[str]
    ) -> None:
        """Offer a column with its value; `choices` are the values there are."""
        self._column = column
        for field in (self.choice, self.day, self.line):
            field.setAccessibleName(title)
        offered = list(choices) or list(column.values)
        if column.type == "bool":
            self._offer([self.tr("yes"), self.tr("no")], _flag(value, self))
            self.choice.setEditable(False)
        elif offered:
            self.choice.setEditable(not column.values)
            self._offer(offered, "" if value is None else str(value))
        elif column.type == "date":
            self._fields.setCurrentWidget(self.day)
            day = QDate.fromString(str(value)[:10], Qt.DateFormat.ISODate)
            self.day.setDate(day if day.isValid() else QDate.currentDate())
        else:
            self._fields.setCurrentWidget(self.line)
            self.line.setText("" if value is None else str(value))
            self.line.setCursorPosition(0)
            self.line.setPlaceholderText(_hint(column))

    def show_doc(self, text: str) -> None:
        """Show what the field means."""
        self.doc.setText(text)

    def set_editable(self, editable: bool) -> None:
        """Let the field be changed or only read."""
        for widget in (self._fields, self.set_button, self.unknown_button):
            widget.setVisible(editable)

    def value(self) -> Value:
        """Return the value given.

        Raises:
            InputError: it is not of the column's type.
        """
        column = self._column
        assert column is not None
        field = self._fields.currentWidget()
        if field is self.day:
            return self.day.date().toString(Qt.DateFormat.ISODate)
        text = (self.choice.currentText() if field is self.choice else self.line.text()).strip()
        return typed(column, text, yes=self.tr("yes"), no=self.tr("no"))

    def _offer(self, values: Sequence[str], current: str) -> None:
        self._fields.setCurrentWidget(self.choice)
        self.choice.clear()
        self.choice.addItems(list(values))
        self.choice.setCurrentIndex(self.choice.findText(current))
        if self.choice.isEditable():
            self.choice.setEditText(current)

    def _set(self) -> None:
        try:
            value = self.value()
        except InputError as error:
            self.refused.emit(str(error))
        else:
            self.wanted.emit(value)


def typed(column: dictionary.Column, text: str, *, yes: str, no: str) -> Value:
    """Return typed text as a value of a column; an empty text is unknown.

    Raises:
        InputError: the text is not of the column's type.
    """
    if not text:
        return None
    if column.type == "bool":
        if text in {yes, no}:
            return text == yes
        raise InputError(f"'{text}' is neither yes nor no", where=column.name)
    if column.type in {"int", "num", "money", "share"}:
        plain = text.replace(NARROW_SPACE, "").replace(" ", "").replace(",", ".")
        try:
            number = Decimal(plain)
        except InvalidOperation as error:
            raise InputError(
                f"'{text}' is no number", where=column.name, mend="Write digits, such as 12.5"
            ) from error
        if column.type == "int" and number != int(number):
            raise InputError(f"'{text}' is no whole number", where=column.name)
        return plain if column.type in {"money", "share"} else _plain_number(column.type, number)
    return text


def choices_of(
    connection: duckdb.DuckDBPyConnection, column: dictionary.Column, provider: object = None
) -> list[str]:
    """Return the values a reference may name; a region only those of the row's provider."""
    if not column.references:
        return []
    table, name = column.references.split(".")
    schema = "estate" if table in dictionary.tables() else "catalogue"
    own = dictionary.tables().get(table)
    if own is not None and name not in own.column_names:
        schema = "catalogue"
    where, values = "", []
    if table == "regions" and provider is not None:
        where, values = " AND provider_id = ?", [provider]
    found = connection.execute(
        f'SELECT DISTINCT CAST("{name}" AS VARCHAR) AS v FROM {schema}."{table}"'
        f' WHERE "{name}" IS NOT NULL{where} ORDER BY v LIMIT {MOST_CHOICES}',
        values,
    ).fetchall()
    return [str(value) for (value,) in found]


def _plain_number(kind: str, number: Decimal) -> int | float:
    return int(number) if kind == "int" else float(number)


def _flag(value: object, editor: FieldEditor) -> str:
    if value is None:
        return ""
    return editor.tr("yes") if value else editor.tr("no")


def _hint(column: dictionary.Column) -> str:
    return column.domain or {"money": "0.00", "num": "0.0", "int": "0"}.get(column.type, "")
