"""The Estate page: every table of the document, each row with its fields and its origin."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QWidget,
)

from freehold.desktop.errors import show_error
from freehold.desktop.numbers import show
from freehold.desktop.pages.estate_chooser import IMPORTS, TableChooser
from freehold.desktop.pages.estate_detail import RowDetail, read_record
from freehold.desktop.pages.estate_imports import ImportAccounts
from freehold.desktop.pages.estate_lookup import number_of, table_with
from freehold.desktop.pages.estate_rows import AddRowDialog
from freehold.desktop.pages.estate_tables import (
    LISTINGS,
    OWN,
    Listing,
    columns_of,
    source_of,
)
from freehold.desktop.pages.run_page import RunPage
from freehold.desktop.palette import Entry
from freehold.desktop.project import BASE, Project
from freehold.desktop.tables import ResultTable
from freehold.errors import FreeholdError
from freehold.estate.changes import Change
from freehold.scenarios import Run


class EstatePage(RunPage):
    """Everything the organisation runs, table by table."""

    place = "estate"
    help_topic = "estate"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Estate")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("Everything the organisation runs")

    def build(self) -> None:
        """Put chooser, table and detail side by side."""
        self._schemas = ("estate", "views")
        self._listing = OWN[0]
        self._wanted: str | None = None
        self._reading = False
        self.chooser = TableChooser()
        self.chooser.chosen.connect(self._choose)
        self.detail = RowDetail()
        self.detail.edit_wanted.connect(self.edit)
        self.detail.refused.connect(self._refuse)
        self.detail.import_wanted.connect(self.show_import)
        self.detail.base_wanted.connect(lambda: self.project.set_scenario(BASE))
        self.detail.rules_wanted.connect(
            lambda key: self.go_to.emit("compliance", f"subject:{key}")
        )
        self.table, self.imports = self._new_table(), ImportAccounts()
        self._connection: object = None
        self._rows = rows = QSplitter(Qt.Orientation.Horizontal)
        rows.setChildrenCollapsible(False)
        rows.setHandleWidth(16)
        rows.addWidget(self.table)
        rows.addWidget(self.detail)
        rows.setStretchFactor(0, 1)
        rows.setSizes([640, 336])
        self._faces = QStackedWidget()
        self._faces.addWidget(rows)
        self._faces.addWidget(self.imports)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(16)
        split.addWidget(self.chooser)
        split.addWidget(self._faces)
        split.setStretchFactor(1, 1)
        split.setSizes([184, 900])
        self.body.addWidget(split, 1)
        self.every_column = self.add_tool(
            self.tr("All columns"), self._fill, hint=self.tr("Show every column of the table")
        )
        self.every_column.setCheckable(True)
        self.remove_button = self.add_tool(
            self.tr("Remove row"), self.remove_row, hint=self.tr("Remove the row chosen")
        )
        self.add_button = self.add_tool(
            self.tr("Add row…"), self.new_row, hint=self.tr("Add a row to this table")
        )

    def _new_table(self) -> ResultTable:
        table = ResultTable(self.tr("Estate"))
        table.row_selected.connect(self._show_row)
        table.row_opened.connect(lambda _row: self.detail.fields.view.setFocus())
        table.refreshed.connect(lambda _rows: self._select_wanted())
        remove = QAction(table.view)
        remove.setShortcut(QKeySequence.StandardKey.Delete)
        remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        remove.triggered.connect(lambda _checked=False: self.remove_row())
        table.view.addAction(remove)
        return table

    def _follow_document(self) -> None:
        """Start with new tables where another document is shown: its database is another one."""
        if self._connection is self.project.connection:
            return
        is_first, self._connection = self._connection is None, self.project.connection
        if is_first:
            return
        self.detail.show_nothing("")
        old_table, old_imports = self.table, self.imports
        self.table, self.imports = self._new_table(), ImportAccounts()
        self._rows.replaceWidget(0, self.table)
        self._faces.addWidget(self.imports)
        self._faces.removeWidget(old_imports)
        for widget in (old_table, old_imports):
            widget.hide()
            widget.deleteLater()
        self._choose(self.chooser.current() or self._listing.name)

    # Showing

    def refresh(self, project: Project) -> None:
        """List the base at once; a scenario's rows are made together with its run."""
        if project.scenario != BASE:
            super().refresh(project)
            return
        self.show_body()
        self._schemas = ("estate", "views")
        self._show_estate()

    def show_run(self, run: Run) -> None:
        """List the rows of the scenario shown."""
        if self.project.scenario == BASE:
            self._schemas = ("estate", "views")
        else:
            self._schemas = (run.schemas.estate, run.schemas.views)
        self._show_estate()

    def view_key(self) -> str:
        """Return the table shown."""
        return self.chooser.current()

    def view_title(self) -> str:
        """Return the page and its table."""
        return f"{self.title()}: {self.view_key().replace('_', ' ')}"

    def show_key(self, key: str) -> None:
        """Select a row: its key, TABLE:KEY, or a table's name alone."""
        name, _, rest = key.partition(":")
        if name == IMPORTS:
            self.show_import("", "")
            return
        if name in LISTINGS:
            found, wanted = name, rest
        else:
            found, wanted = self._table_with(key) or "", key
        if not found:
            self.set_subtitle(self.tr("There is no row '{0}' in this estate").format(key))
            return
        self._wanted = wanted or None
        if found != self._listing.name or self._faces.currentWidget() is self.imports:
            self.chooser.choose(found)
        else:
            self._fill()

    def show_import(self, import_id: str, source_name: str) -> None:
        """Show the import accounts, and one of them."""
        self.chooser.choose(IMPORTS)
        if import_id:
            self.imports.show_import(import_id, source_name)

    def commands(self) -> list[Entry]:
        """Offer every table to the palette."""
        found = [
            Entry(
                self.tr("Show {0}").format(listing.translated()),
                lambda name=listing.name: self.chooser.choose(name),  # type: ignore[misc]
            )
            for listing in LISTINGS.values()
        ]
        found.append(Entry(self.tr("Show import accounts"), lambda: self.chooser.choose(IMPORTS)))
        return found

    @property
    def listing(self) -> Listing:
        """The table listed."""
        return self._listing

    def _show_estate(self) -> None:
        self._follow_document()
        self._fill_chooser()
        if self._faces.currentWidget() is self.imports:
            self.imports.show_accounts(self.project.connection)
        else:
            record = self.detail.record
            if self._wanted is None and record is not None:
                self._wanted = record.listing.key_of(record.listed)
            self._fill()

    def _fill_chooser(self) -> None:
        counts = self._counts()
        self.chooser.fill(counts)
        self.set_subtitle(
            self.tr("{0} resources, {1} placements, {2} data sets as of {3}").format(
                show(counts["resources"], "integer"),
                show(counts["placements"], "integer"),
                show(counts["data_sets"], "integer"),
                self.project.as_of.isoformat(),
            )
        )

    def _counts(self) -> dict[str, int]:
        parts = [
            f"SELECT '{name}', count(*) FROM {self._schema(listing)}.\"{listing.listed.name}\""
            for name, listing in LISTINGS.items()
        ]
        parts.append(f"SELECT '{IMPORTS}', count(*) FROM estate.import_accounts")
        rows = self.project.connection.cursor().execute(" UNION ALL ".join(parts)).fetchall()
        return {str(name): int(count) for name, count in rows}

    def _schema(self, listing: Listing) -> str:
        return self._schemas[1] if listing.view is not None else self._schemas[0]

    # Choosing

    def _choose(self, name: str) -> None:
        if name == IMPORTS:
            self._faces.setCurrentWidget(self.imports)
            self.imports.show_accounts(self.project.connection)
            self._update_tools()
        else:
            self._listing = LISTINGS[name]
            self._faces.setCurrentIndex(0)
            self._fill()

    def _fill(self) -> None:
        listing = self._listing
        self.table.view.setAccessibleName(listing.translated())
        self.detail.show_nothing(
            self.tr("{0} Choose a row to read its fields and where each value came from.").format(
                listing.listed.doc
            )
        )
        self.table.set_empty_text(
            self.tr("Worked out from the estate; there is nothing here yet.")
            if listing.base is None
            else self.tr(
                "No rows yet. Import an export with File > Import, or add one with Add row."
            )
        )
        self._reading = True
        self.table.show_query(
            self.project.connection,
            source_of(listing, self._schema(listing)),
            columns_of(listing, everything=self.every_column.isChecked()),
        )
        model = self.table.model
        if self._wanted is not None and model is not None and (model.words or model.order):
            model.order = None
            self.table.set_filter("")
        self._reading = False
        self._select_wanted()
        self._update_tools()

    def _select_wanted(self) -> None:
        wanted, model = self._wanted, self.table.model
        if wanted is None or model is None or self._reading:
            return
        if not model.rowCount() and model.total():
            return  # still sorted in a thread; `refreshed` calls again
        number = number_of(
            self.project.connection.cursor(), self._listing, self._schema(self._listing), wanted
        )
        if number is None or number >= model.rowCount():
            self._wanted = None
            return
        self._wanted = None
        index = model.index(number, 0)
        self.table.view.setCurrentIndex(index)
        self.table.view.selectRow(number)
        self.table.view.scrollTo(index)

    def _table_with(self, key: str) -> str | None:
        """Return the first table that has this key: the one shown, then in the chooser's order."""
        order = [self._listing, LISTINGS["resources"], *LISTINGS.values()]
        return table_with(self.project.connection.cursor(), order, self._schema, key)

    def _show_row(self, row: dict[str, object]) -> None:
        if self._reading:
            return
        record = read_record(self.project.connection.cursor(), self._listing, row, self._schemas[0])
        self.detail.show_record(record, self.project.connection, self._locked())
        self._update_tools()

    def _locked(self) -> str:
        if self.project.scenario != BASE:
            return self.tr(
                "You see the scenario {0}. Rows are edited in the base; a scenario is changed by "
                "its steps on the Scenarios page."
            ).format(self.project.scenario)
        if self.project.read_only:
            return self.tr("This document is open read-only. Save it under another name to edit.")
        return ""

    # Editing

    def edit(self, column: str, value: object) -> None:
        """Set one field of the row chosen, as one step that undo takes back."""
        record = self.detail.record
        base = self._listing.base
        if record is None or record.own is None or base is None:
            return
        key = self._listing.key_of(record.listed)
        self._apply(
            Change.model_validate(
                {
                    "target": f"estate.{base.name}",
                    "op": "set",
                    "key": _json(record.key),
                    "column": column,
                    "value": value,
                }
            ),
            self.tr("Set {0} of {1}").format(column, key),
            key,
        )

    def new_row(self) -> None:
        """Ask for a new row and add it."""
        dialog = AddRowDialog(self._listing, self.project, self)
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return
        row = dialog.row()
        base = self._listing.base
        assert base is not None
        key = "/".join(str(row[name]) for name in base.key)
        self._apply(
            Change.model_validate({"target": f"estate.{base.name}", "op": "add_row", "row": row}),
            self.tr("Add {0} to {1}").format(key, self._listing.translated()),
            key,
        )

    def remove_row(self) -> None:
        """Ask, and remove the row chosen."""
        record, base = self.detail.record, self._listing.base
        if record is None or record.own is None or base is None or self._locked():
            return
        key = self._listing.key_of(record.listed)
        answer = QMessageBox.question(
            self,
            self.tr("Remove row"),
            self.tr("Remove {0} from {1}? Undo brings it back.").format(
                key, self._listing.translated()
            ),
        )
        if answer != QMessageBox.StandardButton.Yes:
            return
        self._apply(
            Change.model_validate(
                {"target": f"estate.{base.name}", "op": "remove_row", "key": _json(record.key)}
            ),
            self.tr("Remove {0}").format(key),
            None,
        )

    def _apply(self, change: Change, text: str, wanted: str | None) -> None:
        self._wanted = wanted
        if wanted is None:
            self.detail.show_nothing("")
        try:
            self.project.edit([change], text)
        except FreeholdError as error:
            self._wanted = None
            show_error(self.window(), error)

    def _refuse(self, sentence: str) -> None:
        QMessageBox.warning(self, self.tr("Estate"), sentence)

    def _update_tools(self) -> None:
        rows: QWidget | None = self._faces.widget(0)
        shows_rows = self._faces.currentWidget() is rows
        own = self._listing.base is not None and shows_rows and not self._locked()
        record = self.detail.record
        self.every_column.setVisible(shows_rows)
        self.add_button.setEnabled(own)
        self.remove_button.setEnabled(own and record is not None and record.own is not None)


def _json(key: object) -> dict[str, object]:
    found = dict(key) if isinstance(key, dict) else {}
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
