"""One row of the estate: its fields with their meaning, what follows from them, its origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.native.elided import ElidedLabel
from freehold.desktop.numbers import show
from freehold.desktop.pages.estate_editor import FieldEditor, choices_of
from freehold.desktop.pages.estate_lists import fit, select, select_first
from freehold.desktop.pages.estate_tables import DAGGER, Listing, kind_of, title_of
from freehold.desktop.tables import Column, ResultTable
from freehold.estate import dictionary
from freehold.importers import Claim, claims_of


@dataclass(frozen=True)
class Record:
    """A row as it is stored; `own` is None where the row is worked out and stored nowhere."""

    listing: Listing
    key: Mapping[str, object]
    listed: Mapping[str, object]
    own: Mapping[str, object] | None = None
    origin: Mapping[str, object] = field(default_factory=dict)
    claims: Sequence[Claim] = ()


def read_record(
    connection: duckdb.DuckDBPyConnection,
    listing: Listing,
    listed: Mapping[str, object],
    schema: str = "estate",
) -> Record:
    """Return what is stored of a row listed."""
    base, key = listing.base, listing.base_key(listed)
    if base is None:
        return Record(listing, {}, listed)
    test = " AND ".join(f'"{name}" IS NOT DISTINCT FROM ?' for name in key)
    own = _first(connection, f'SELECT * FROM "{schema}"."{base.name}" WHERE {test}', key.values())
    origin: dict[str, object] = {}
    if own and own.get("provenance_id"):
        origin = (
            _first(
                connection,
                "SELECT p.*, a.kind, a.imported_at FROM estate.provenance p"
                " LEFT JOIN estate.import_accounts a"
                " ON a.import_id = p.import_id AND a.source_name = p.source_name"
                " WHERE p.provenance_id = ?",
                [own["provenance_id"]],
            )
            or {}
        )
    claims = []
    if own and len(base.key) == 1:
        claims = claims_of(connection, base.name, str(own[base.key[0]]))
    return Record(listing, key, listed, own, origin, claims)


def _first(
    connection: duckdb.DuckDBPyConnection, sql: str, values: object
) -> dict[str, object] | None:
    cursor = connection.execute(sql, list(values))  # type: ignore[call-overload]
    names = [name for name, *_ in cursor.description or []]
    row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row is not None else None


class RowDetail(QFrame):
    """Shows one row; `edit_wanted` tells column and value, `import_wanted` import and file."""

    edit_wanted = Signal(str, object)
    import_wanted = Signal(str, str)
    refused = Signal(str)
    base_wanted = Signal()
    rules_wanted = Signal(str)
    """The row's key, of which all rules are asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(304)
        self._record: Record | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._field = ""
        self._title, self._note = ElidedLabel(), QLabel()
        self._title.setObjectName("panel_title")
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        self.fields = self._table(self.tr("Fields of the row"))
        self.fields.row_selected.connect(self._choose_field)
        self.derived = self._table(self.tr("Worked out for the row"))
        self.derived.row_selected.connect(self._say_derived)
        self.editor = FieldEditor()
        self.editor.wanted.connect(self._edit)
        self.editor.refused.connect(self.refused)
        self.to_base = QPushButton(self.tr("Show the base"))
        self.to_base.setObjectName("quiet")
        self.to_base.clicked.connect(lambda _checked=False: self.base_wanted.emit())
        self.to_rules = QPushButton(self.tr("&Rules on it"))
        self.to_rules.setObjectName("quiet")
        self.to_rules.setToolTip(self.tr("List what every rule says of this row"))
        self.to_rules.clicked.connect(lambda _checked=False: self._ask_rules())
        self._derived_doc, self.origin = QLabel(), QLabel()
        for label in (self._derived_doc, self.origin):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        self._derived_doc.setObjectName("muted")
        self.to_import = QPushButton(self.tr("Open the import account"))
        self.to_import.setObjectName("quiet")
        self.to_import.clicked.connect(lambda _checked=False: self._open_import())
        self._lay_out()
        self.show_nothing("")

    @property
    def record(self) -> Record | None:
        """The row shown."""
        return self._record

    def show_nothing(self, sentence: str) -> None:
        """Show a sentence instead of a row."""
        self._record = None
        self._title.setText(self.tr("No row chosen"))
        self._note.setText(sentence)
        self._note.setVisible(bool(sentence))
        self.tabs.hide()
        self.to_base.hide()
        self.to_rules.hide()

    def show_record(
        self, record: Record, connection: duckdb.DuckDBPyConnection, locked: str
    ) -> None:
        """Show a row; `locked` says why it cannot be edited here, if so."""
        self._record, self._connection = record, connection
        name = (record.own or {}).get("name") or record.listed.get("name")
        key = record.listing.key_of(record.listed)
        self._title.setText(f"{name} ({key})" if name and name != key else key)
        note = locked
        if record.own is None:
            note = (
                self.tr("Worked out from the estate and the catalogue; edit the rows it is from.")
                if record.listing.base is None
                else self.tr("No record of its own: nobody has entered one yet.")
            )
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self.to_base.setVisible(bool(locked) and record.own is not None)
        self.editor.set_editable(record.own is not None and not locked)
        self._fill_fields(record)
        self._fill_derived(record)
        self._fill_origin(record)
        self.tabs.setTabVisible(0, record.own is not None)
        self.tabs.setTabVisible(2, record.own is not None)
        # A rule's subject is a row of a view with a key of its own.
        self.to_rules.setVisible(record.listing.view is not None)
        self.tabs.show()

    def choose_field(self, name: str) -> bool:
        """Select a field of the row by its column; tell whether there is one."""
        return select(self.fields, "column", name)

    # Filling

    def _fill_fields(self, record: Record) -> None:
        base, own = record.listing.base, record.own
        rows = []
        if base is not None and own is not None:
            rows = [self._row(column, own.get(column.name)) for column in base.columns]
        wanted = self._field
        self.fields.show_rows(self._columns(), rows)
        if not (wanted and self.choose_field(wanted)):
            if len(rows) > 1:
                self.choose_field(str(rows[1]["column"]))
            else:
                select_first(self.fields)

    def _fill_derived(self, record: Record) -> None:
        view = record.listing.view
        own = record.own or {}
        rows = []
        for column in view.columns if view is not None else ():
            if column.name in own or f"{column.name}_id" in own:
                continue
            value = record.listed.get(column.name)
            rows.append(
                self._row(column, value)
                | {"open": record.listed.get(f"{column.name}__verified") is False}
            )
        self.derived.show_rows(self._columns(), rows)
        self.tabs.setTabVisible(1, bool(rows))
        self._derived_doc.setText(self.tr("Choose a value to read what it means."))

    def _fill_origin(self, record: Record) -> None:
        origin = record.origin
        self.to_import.setVisible(bool(origin.get("import_id")))
        if not origin and record.claims:
            self.origin.setText("\n".join(self._said(record)))
            return
        if not origin:
            self.origin.setText(
                self.tr("Entered by hand or part of a sample: no source file is recorded.")
            )
            return
        unknown = self.tr("unknown")
        lines = [
            self.tr("Source file: {0}").format(origin.get("source_name") or unknown),
            self.tr("First record: {0}").format(show(origin.get("record"), "integer")),
            self.tr("Records added up: {0}").format(show(origin.get("records"), "integer")),
            self.tr("SHA-256: {0}").format(_broken(origin.get("sha256")) or unknown),
            self.tr("Importer: {0}").format(origin.get("importer") or unknown),
            self.tr("Imported, UTC: {0}").format(show(origin.get("imported_at"), "time")),
        ]
        self.origin.setText("\n".join([*lines, *self._said(record)]))

    def _said(self, record: Record) -> list[str]:
        """Say who tells what of the row, where several do or one differs from what is in force."""
        own, base = record.own or {}, record.listing.base
        lines = [""]
        for claim in record.claims:
            fields = [title_of(name) for name in claim.fields]
            says = self.tr("{0} says: {1}") if claim.present else self.tr("{0} said before: {1}")
            lines.append(says.format(claim.source, ", ".join(fields)))
            for name, value in claim.fields.items():
                held = own.get(name)
                known = {column.name: column for column in base.columns} if base else {}
                if name == "tags" or (held is not None and str(held) == value):
                    continue
                shown = (
                    show(held, kind_of(known[name]))
                    if held is not None and name in known
                    else self.tr("unknown")
                )
                if shown != value and not _same_number(held, value):
                    lines.append(
                        self.tr("   {0}: it says {1}, in force is {2}").format(
                            title_of(name), value, shown
                        )
                    )
        return lines if len(lines) > 1 else []

    def _row(self, column: dictionary.Column, value: object) -> dict[str, object]:
        text = show(value, kind_of(column)) if value is not None else self.tr("unknown")
        return {
            "column": column.name,
            "field": title_of(column.name),
            "value": text,
            "is_unknown": value is None,
            "doc": column.doc,
        }

    def _columns(self) -> tuple[Column, ...]:
        def tone(_value: object, row: Mapping[str, object]) -> str | None:
            if row.get("open"):
                return "warn"
            return "unknown" if row.get("is_unknown") else None

        return (
            Column("field", self.tr("Field"), width=136),
            Column("value", self.tr("Value"), tone=tone),
        )

    # Choosing

    def _choose_field(self, row: dict[str, object]) -> None:
        record, connection = self._record, self._connection
        if record is None or record.own is None or connection is None:
            return
        base = record.listing.base
        assert base is not None
        column = base.column(str(row["column"]))
        self._field = column.name
        hint = "" if column.values else column.domain
        is_key = column.name in base.key
        words = [column.doc, self.tr("Allowed: {0}").format(hint) if hint else ""]
        if is_key:
            words.append(self.tr("The key stays; add a row under another key instead."))
        self.editor.show_doc(". ".join(word.rstrip(".") for word in words if word) + ".")
        self.editor.setEnabled(not is_key)
        choices = choices_of(connection.cursor(), column, record.own.get("provider_id"))
        self.editor.show_column(column, title_of(column.name), record.own.get(column.name), choices)

    def _say_derived(self, row: dict[str, object]) -> None:
        said = str(row.get("doc") or "")
        if row.get("open"):
            said += "\n" + self.tr("{0} Rests on a fact that nobody has verified yet.").format(
                DAGGER
            )
        self._derived_doc.setText(said)

    def _edit(self, value: object) -> None:
        if self._record is not None and self.editor.column is not None:
            self.edit_wanted.emit(self.editor.column.name, value)

    def _ask_rules(self) -> None:
        if self._record is not None:
            self.rules_wanted.emit(self._record.listing.key_of(self._record.listed))

    def _open_import(self) -> None:
        if self._record is not None:
            origin = self._record.origin
            self.import_wanted.emit(
                str(origin.get("import_id") or ""), str(origin.get("source_name") or "")
            )

    # Building

    def _table(self, name: str) -> ResultTable:
        table = ResultTable(name, tools=False)
        table.refreshed.connect(lambda _rows: fit(table, 1))
        return table

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        fields, derived, origin = QWidget(), QWidget(), QWidget()
        for page, widgets in (
            (fields, (self.fields, self.editor)),
            (derived, (self.derived, self._derived_doc)),
            (origin, (self.origin, self.to_import)),
        ):
            inside = QVBoxLayout(page)
            inside.setContentsMargins(0, 8, 0, 0)
            inside.setSpacing(8)
            for number, widget in enumerate(widgets):
                inside.addWidget(widget, 1 if number == 0 and page is not origin else 0)
            if page is origin:
                inside.addStretch(1)
        self.tabs.addTab(fields, self.tr("Fields"))
        self.tabs.addTab(derived, self.tr("Worked out"))
        self.tabs.addTab(origin, self.tr("Origin"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title, 1)
        head.addWidget(self.to_rules)
        layout.addLayout(head)
        layout.addWidget(self._note)
        layout.addWidget(self.to_base, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.tabs, 1)
        layout.addStretch(0)


def _same_number(held: object, text: str) -> bool:
    """Tell whether a text is a number or truth value that a field holds, however it is written."""
    try:
        return float(str(held)) == float(text)
    except ValueError:
        return str(held).lower() == text.lower() or str(held)[:10] == text[:10]


def _broken(sha256: object) -> str:
    """Let a long hash wrap."""
    text = str(sha256 or "")
    return " ".join(text[i : i + 16] for i in range(0, len(text), 16))
