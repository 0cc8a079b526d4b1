"""What each import read, took over, left out and did not know."""

import json
from decimal import Decimal

import duckdb
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QTabWidget, QVBoxLayout, QWidget

from freehold.desktop.numbers import show
from freehold.desktop.pages.estate_lists import select, select_first
from freehold.desktop.pages.overview_panels import ListPanel
from freehold.desktop.tables import Column, ResultTable

_SQL = """
SELECT import_id || '/' || source_name AS account, source_name, kind, imported_at, read, imported,
  read - imported AS skipped_count, cost_column, sha256, skipped, unknown, currency_totals,
  resource_totals, added, updated, unchanged, vanished, conflicts, vanished_rows, conflict_rows
FROM estate.import_accounts ORDER BY imported_at DESC, source_name
"""


class ImportAccounts(QWidget):
    """Lists the imports of the document and the account of the one chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = ResultTable(self.tr("Import accounts"))
        self.table.set_empty_text(
            self.tr(
                "Nothing was imported into this document yet. Import a billing export, a Terraform "
                "state or a table with File > Import, or drop the file on this window."
            )
        )
        self.table.row_selected.connect(self._show_account)
        self.skipped = ListPanel(
            self.tr("Records left out"),
            (
                Column("reason", self.tr("Why")),
                Column("count", self.tr("Records"), "integer"),
            ),
            wide=0,
            empty=self.tr("No record was left out."),
        )
        self.unknown = ListPanel(
            self.tr("Fields the source does not tell"),
            (
                Column("field", self.tr("Field"), width=144),
                Column("reason", self.tr("Why")),
                Column("count", self.tr("Records"), "integer"),
            ),
            wide=1,
            empty=self.tr("Every field is told."),
        )
        self.totals = ListPanel(
            self.tr("Cost totals"),
            (
                Column("currency", self.tr("Currency")),
                Column("all", self.tr("All records"), "money", 2),
                Column("resources", self.tr("In resources"), "money", 2),
                Column("rest", self.tr("Other charges"), "money", 2),
            ),
            wide=0,
            empty=self.tr("The source tells no cost."),
        )
        self.conflicts = ListPanel(
            self.tr("Where sources differ"),
            (
                Column("row", self.tr("Row")),
                Column("field", self.tr("Field"), width=120),
                Column("value", self.tr("In force"), width=144),
                Column("source", self.tr("Said by"), width=144),
                Column("other_value", self.tr("Other value"), width=144),
                Column("other_source", self.tr("Said by"), width=144),
            ),
            wide=0,
            empty=self.tr("No other source and no edit contradicted it."),
        )
        self.vanished = ListPanel(
            self.tr("No longer in the source"),
            (Column("table", self.tr("Table"), width=120), Column("row", self.tr("Row"))),
            wide=1,
            empty=self.tr("Nothing that it listed before is missing."),
        )
        self.sentence = QLabel()
        self.sentence.setObjectName("muted")
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        parts = QHBoxLayout()
        parts.setContentsMargins(0, 0, 0, 0)
        parts.setSpacing(16)
        for panel in (self.skipped, self.unknown, self.totals):
            parts.addWidget(panel, 1)
        changes = QHBoxLayout()
        changes.setContentsMargins(0, 0, 0, 0)
        changes.setSpacing(16)
        changes.addWidget(self.conflicts, 2)
        changes.addWidget(self.vanished, 1)
        self.faces = QTabWidget()
        self.faces.setDocumentMode(True)
        for title, layout_ in ((self.tr("Account"), parts), (self.tr("Changes"), changes)):
            face = QWidget()
            face.setLayout(layout_)
            self.faces.addTab(face, title)
        self._parts = QWidget()
        below = QVBoxLayout(self._parts)
        below.setContentsMargins(0, 8, 0, 0)
        below.setSpacing(8)
        below.addWidget(self.sentence)
        below.addWidget(self.faces, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(self._parts)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def show_accounts(self, connection: duckdb.DuckDBPyConnection) -> None:
        """List the imports, the latest first."""
        columns = (
            Column("source_name", self.tr("Source")),
            Column("kind", self.tr("Kind")),
            Column("imported_at", self.tr("Imported, UTC"), "time"),
            Column("read", self.tr("Read"), "integer"),
            Column("imported", self.tr("Taken over"), "integer"),
            Column("skipped_count", self.tr("Left out"), "integer"),
            Column("added", self.tr("Added"), "integer"),
            Column("updated", self.tr("Updated"), "integer"),
            Column("unchanged", self.tr("Unchanged"), "integer"),
            Column("vanished", self.tr("Vanished"), "integer"),
            Column("conflicts", self.tr("Conflicts"), "integer"),
            Column("cost_column", self.tr("Cost column")),
            Column("sha256", self.tr("SHA-256"), width=240),
        )
        self.table.show_query(connection, _SQL, columns)
        model = self.table.model
        self._parts.setVisible(bool(model is not None and model.total()))
        select_first(self.table)

    def show_import(self, import_id: object, source_name: object) -> None:
        """Select the account of one file."""
        select(self.table, "account", f"{import_id}/{source_name}")

    def _show_account(self, row: dict[str, object]) -> None:
        self.skipped.show_rows(_list(row.get("skipped")))
        self.unknown.show_rows(_list(row.get("unknown")))
        self.conflicts.show_rows(_list(row.get("conflict_rows")))
        self.vanished.show_rows(_list(row.get("vanished_rows")))
        everything, carried = _totals(row, "currency_totals"), _totals(row, "resource_totals")
        self.totals.show_rows(
            [
                {
                    "currency": currency,
                    "all": total,
                    "resources": carried.get(currency),
                    "rest": total - carried[currency] if currency in carried else None,
                }
                for currency, total in everything.items()
            ]
        )
        self.sentence.setText(
            self.tr("{0}: {1} records read = {2} taken over + {3} left out. SHA-256 {4}").format(
                row.get("source_name"),
                show(row.get("read"), "integer"),
                show(row.get("imported"), "integer"),
                show(row.get("skipped_count"), "integer"),
                row.get("sha256") or self.tr("unknown"),
            )
        )


def _list(text: object) -> list[dict[str, object]]:
    found = json.loads(text) if isinstance(text, str) and text else []
    return [dict(item) for item in found] if isinstance(found, list) else []


def _totals(row: dict[str, object], name: str) -> dict[str, Decimal]:
    text = row.get(name)
    found = json.loads(text, parse_float=Decimal) if isinstance(text, str) and text else {}
    return {currency: Decimal(total) for currency, total in found.items()}
