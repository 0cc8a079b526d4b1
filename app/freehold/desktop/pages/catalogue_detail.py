"""One fact of the catalogue: every field, what it means, and who confirmed it."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from freehold.catalogue.dictionary import Table
from freehold.desktop.native import SignLabel
from freehold.desktop.native.elided import ElidedLabel
from freehold.desktop.numbers import show
from freehold.desktop.pages.estate_lists import fit, select_first
from freehold.desktop.pages.estate_tables import title_of
from freehold.desktop.tables import Column, ResultTable


class FactDetail(QFrame):
    """Shows one fact; `confirm_wanted` asks to confirm it."""

    confirm_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(304)
        self.row: dict[str, object] | None = None
        self._title = ElidedLabel()
        self._title.setObjectName("panel_title")
        self.state = SignLabel("unknown")
        self._meaning = QLabel()
        self.fields = ResultTable(self.tr("Fields of the fact"), tools=False)
        self.fields.row_selected.connect(lambda row: self._meaning.setText(str(row["meaning"])))
        self.fields.refreshed.connect(lambda _rows: fit(self.fields, 1))
        self._meaning.setWordWrap(True)
        self._meaning.setTextFormat(Qt.TextFormat.PlainText)
        self._meaning.setObjectName("muted")
        self._meaning.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.confirm = QPushButton(self.tr("Confirm this fact…"))
        self.confirm.setObjectName("primary")
        self.confirm.setToolTip(
            self.tr("Say who checked it, and where; kept with this document and undoable")
        )
        self.confirm.clicked.connect(lambda _checked=False: self.confirm_wanted.emit())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        for widget in (self._title, self.state):
            layout.addWidget(widget)
        layout.addWidget(self.fields, 1)
        layout.addWidget(self._meaning)
        layout.addWidget(self.confirm, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_nothing()

    def show_nothing(self) -> None:
        """Show that no fact is chosen."""
        self.row = None
        self._title.setText(self.tr("No fact chosen"))
        self._meaning.setText(self.tr("Choose a row to read its fields and what they mean."))
        self.state.hide()
        self.fields.show_rows(self._columns(), [])
        self.confirm.hide()

    def show_fact(self, table: Table, row: Mapping[str, object], *, may_confirm: bool) -> None:
        """Show a row of a table."""
        self.row = dict(row)
        self._title.setText(", ".join(str(row[name]) for name in table.key if row[name]))
        verified = row.get("verified")
        is_fact = "verified" in table.column_names
        self.state.setVisible(is_fact)
        if verified:
            self.state.set_sign("pass", self.tr("Verified"))
        else:
            self.state.set_sign("unknown", self.tr("† Not verified yet"))
        self.confirm.setVisible(is_fact and not verified and may_confirm)
        unknown = self.tr("unknown")
        self.fields.show_rows(
            self._columns(),
            [
                {
                    "field": title_of(column.name),
                    "value": unknown if row.get(column.name) is None else _text(row[column.name]),
                    "is_unknown": row.get(column.name) is None,
                    "meaning": self._said(column.doc, column.unit, column.domain, row[column.name]),
                }
                for column in table.columns
            ],
        )
        select_first(self.fields)

    def _said(self, doc: str, unit: str, domain: str, value: object) -> str:
        lines = [doc + (self.tr(", in {0}").format(unit) if unit else "")]
        if domain:
            lines.append(self.tr("Allowed: {0}").format(domain.replace(";", ", ")))
        if isinstance(value, str) and len(value) > 24:
            lines.append(value)
        return "\n".join(lines)

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column("field", self.tr("Field"), width=136),
            Column(
                "value",
                self.tr("Value"),
                tone=lambda _value, row: "unknown" if row.get("is_unknown") else None,
            ),
        )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return show(value, "flag")
    return f"{value:g}" if isinstance(value, float) else show(value, "text")
