"""The dialog that adds a row to a table of the document."""

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.pages.estate_editor import Value, choices_of, typed
from freehold.desktop.pages.estate_tables import Listing, title_of
from freehold.desktop.project import Project
from freehold.errors import InputError
from freehold.estate import dictionary

_MORE_FIELDS = 6


class AddRowDialog(QDialog):
    """Asks for the key and the first fields of a new row; the others are set afterwards."""

    def __init__(self, listing: Listing, project: Project, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        base = listing.base
        assert base is not None
        self._table = base
        self._project = project
        self.setWindowTitle(self.tr("Add to {0}").format(listing.translated()))
        self.setMinimumWidth(480)
        self.fields: dict[str, QLineEdit | QComboBox] = {}
        self.problem = QLabel()
        self.problem.setObjectName("muted")
        self.problem.setWordWrap(True)
        form = QFormLayout()
        form.setSpacing(8)
        for column in _asked(base):
            field = self._field(column)
            field.setToolTip(column.doc)
            field.setAccessibleName(title_of(column.name))
            self.fields[column.name] = field
            form.addRow(self._label(column), field)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        doc = QLabel(base.doc + " " + self.tr("What is left empty stays unknown."))
        doc.setObjectName("muted")
        doc.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(16)
        for widget in (doc,):
            layout.addWidget(widget)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)

    def row(self) -> dict[str, Value]:
        """Return the row by column, without what was left empty.

        Raises:
            InputError: a value is not of its column's type, or the key is missing or taken.
        """
        row: dict[str, Value] = {}
        for name, field in self.fields.items():
            text = field.currentText() if isinstance(field, QComboBox) else field.text()
            column = self._table.column(name)
            value = typed(column, text.strip(), yes=self.tr("yes"), no=self.tr("no"))
            if value is not None:
                row[name] = value
        missing = [title_of(name) for name in self._table.key if name not in row]
        if missing:
            raise InputError(f"The key is missing: {', '.join(missing)}")
        test = " AND ".join(f'CAST("{name}" AS VARCHAR) = ?' for name in self._table.key)
        found = (
            self._project.connection.cursor()
            .execute(
                f'SELECT 1 FROM estate."{self._table.name}" WHERE {test}',
                [str(row[name]) for name in self._table.key],
            )
            .fetchone()
        )
        if found:
            raise InputError("There is a row with this key already", mend="Give another key")
        return row

    def _accept(self) -> None:
        try:
            self.row()
        except InputError as error:
            self.problem.setText(str(error))
        else:
            self.accept()

    def _label(self, column: dictionary.Column) -> str:
        title = title_of(column.name)
        return f"{title} *" if column.name in self._table.key else title

    def _field(self, column: dictionary.Column) -> QLineEdit | QComboBox:
        choices = list(column.values) or choices_of(self._project.connection.cursor(), column)
        if column.type == "bool":
            choices = [self.tr("yes"), self.tr("no")]
        if not choices:
            line = QLineEdit()
            if column.type == "date":
                line.setPlaceholderText(self.tr("YYYY-MM-DD"))
            return line
        box = QComboBox()
        box.setEditable(column.type != "bool" and not column.values)
        box.addItems(["", *choices])
        return box


def _asked(table: dictionary.Table) -> list[dictionary.Column]:
    keys = [table.column(name) for name in table.key]
    others = [column for column in table.columns if column.name not in table.key]
    return [*keys, *others[:_MORE_FIELDS]]
