"""The Catalogue page: what market and law offer, fact by fact, with source and date."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QMessageBox, QSplitter

from freehold import catalogue
from freehold.catalogue.dictionary import Column as Field
from freehold.catalogue.dictionary import Table
from freehold.desktop.errors import show_error
from freehold.desktop.numbers import Kind, show
from freehold.desktop.pages.catalogue_chooser import FactChooser
from freehold.desktop.pages.catalogue_detail import FactDetail
from freehold.desktop.pages.catalogue_dialogs import ConfirmDialog, ProblemsDialog, RefreshDialog
from freehold.desktop.pages.estate_lists import select
from freehold.desktop.pages.estate_tables import title_of
from freehold.desktop.pages.page import Page
from freehold.desktop.palette import Entry
from freehold.desktop.project import BASE, Project
from freehold.desktop.tables import Column, ResultTable
from freehold.errors import FreeholdError
from freehold.estate.changes import Change

_KINDS: dict[str, Kind] = {"num": "number", "int": "integer", "bool": "flag", "date": "date"}
_LAST = ("source", "verified")
_KEY = "fact_key"


class CataloguePage(Page):
    """Tables of facts; each fact with its source, its date and whether it is verified."""

    place = "catalogue"
    help_topic = "catalogue"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Catalogue")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("What market and law offer")

    def build(self) -> None:
        """Put chooser, table and detail side by side."""
        self._table: Table = catalogue.dictionary()["providers"]
        self._wanted = ""
        self.chooser = FactChooser()
        self.chooser.chosen.connect(self._choose)
        self.detail = FactDetail()
        self.detail.confirm_wanted.connect(self.confirm)
        self.table = self._new_table()
        self._connection: object = None
        self._split = split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(16)
        for widget in (self.chooser, self.table, self.detail):
            split.addWidget(widget)
        split.setStretchFactor(1, 1)
        split.setSizes([224, 584, 320])
        self.doc, self.snapshot = QLabel(), QLabel()
        for label in (self.doc, self.snapshot):
            label.setObjectName("muted")
            label.setWordWrap(True)
        self.snapshot.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(self.doc)
        self.body.addWidget(split, 1)
        self.body.addWidget(self.snapshot)
        self.check_button = self.add_tool(
            self.tr("Check integrity"),
            self.check,
            hint=self.tr("Check keys, references, codes and ranges of every fact"),
        )
        self.refresh_button = self.add_tool(
            self.tr("Refresh from CSV…"),
            self.refresh_from,
            hint=self.tr("Compare a file of newer facts and take it over"),
        )

    def _new_table(self) -> ResultTable:
        table = ResultTable(self.tr("Facts"))
        table.row_selected.connect(self._show_fact)
        table.row_opened.connect(lambda _row: self.detail.fields.view.setFocus())
        return table

    def _follow_document(self) -> None:
        """Start with a new table where another document is shown: its database is another one."""
        before, self._connection = self._connection, self.project.connection
        if before is None or before is self._connection:
            return
        old, self.table = self.table, self._new_table()
        self._split.replaceWidget(1, self.table)
        old.hide()
        old.deleteLater()

    # Showing

    def refresh(self, project: Project) -> None:
        """Count and list the facts as the document sees them."""
        self._follow_document()
        info = catalogue.info(project.connection.cursor())
        self.chooser.fill({name: (t.rows, t.verified) for name, t in info.tables.items()})
        layers = ", ".join(info.layers) or self.tr("none")
        self.set_subtitle(
            self.tr("{0} facts, {1} of them verified; newest as of {2}").format(
                show(info.rows, "integer"),
                show(info.verified, "integer"),
                info.newest_as_of or self.tr("unknown"),
            )
        )
        self.snapshot.setText(
            self.tr("Snapshot {0}. Own facts laid over: {1}. SHA-256 {2}").format(
                info.snapshot, layers, info.sha256
            )
        )
        if self.detail.row is not None and not self._wanted:
            self._wanted = str(self.detail.row[_KEY])
        self._fill()

    def view_key(self) -> str:
        """Return the table shown."""
        return self.chooser.current()

    def view_title(self) -> str:
        """Return the page and its table."""
        return f"{self.title()}: {self.view_key().replace('_', ' ')}"

    def show_key(self, key: str) -> None:
        """Show a table, TABLE:KEY, or the first fact with this key; key parts divided by /."""
        name, _, rest = key.partition(":")
        if name in catalogue.shipped_tables():
            self._wanted = rest
            self.chooser.choose(name)
            return
        for table in catalogue.shipped_tables().values():
            found = (
                self.project.connection.cursor()
                .execute(
                    f'SELECT 1 FROM catalogue."{table.name}" WHERE {_key_sql(table)} = ?', [key]
                )
                .fetchone()
            )
            if found:
                self._wanted = key
                self.chooser.choose(table.name)
                return

    def commands(self) -> list[Entry]:
        """Offer every table to the palette."""
        return [
            Entry(
                self.tr("Facts: {0}").format(title_of(name)),
                lambda table=name: self.chooser.choose(table),  # type: ignore[misc]
            )
            for name in catalogue.shipped_tables()
        ]

    @property
    def shown(self) -> Table:
        """The table of facts listed."""
        return self._table

    def _choose(self, name: str) -> None:
        self._table = catalogue.dictionary()[name]
        self.table.set_filter("")
        self._fill()

    def _fill(self) -> None:
        table = self._table
        self.doc.setText(self.tr("{0}: {1}").format(title_of(table.name), table.doc))
        self.detail.show_nothing()
        self.table.view.setAccessibleName(title_of(table.name))
        fields = sorted(table.columns, key=lambda c: (not c.key, c.name in _LAST))
        columns = [_column(field) for field in fields]
        columns = [c for c in columns if c.name not in {"verified", "as_of"}]
        key_count = len(table.key)
        columns.insert(
            key_count,
            Column("verified_sign", self.tr("Verified"), tone=_state_tone, width=80),
        )
        columns.insert(key_count + 1, Column("as_of", self.tr("As of"), width=96))
        yes, no = self.tr("yes"), self.tr("no †")
        self.table.show_query(
            self.project.connection,
            f"SELECT {_key_sql(table)} AS {_KEY}, CASE WHEN verified THEN ? ELSE ? END"
            f' AS verified_sign, * FROM catalogue."{table.name}" ORDER BY ALL',
            columns,
            [yes, no],
        )
        wanted, self._wanted = self._wanted, ""
        if wanted:
            select(self.table, _KEY, wanted)

    def _show_fact(self, row: dict[str, object]) -> None:
        may = self.project.is_open and not self.project.read_only and self.project.scenario == BASE
        self.detail.show_fact(self._table, row, may_confirm=may)

    # Doing

    def confirm(self) -> None:
        """Ask who confirms the fact chosen, and keep that with the document."""
        row, table = self.detail.row, self._table
        if row is None:
            return
        dialog = ConfirmDialog(str(row[_KEY]), self)
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return
        change = Change.model_validate(
            {
                "target": f"catalogue.{table.name}",
                "op": "set",
                "key": {name: _plain(row[name]) for name in table.key},
                "column": "verified",
                "value": True,
                "author": dialog.author.text().strip(),
                "source": dialog.source.text().strip(),
                "reason": dialog.reason.text().strip() or None,
                "made_at": datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat(),
            }
        )
        try:
            self.project.edit([change], self.tr("Confirm {0}").format(row[_KEY]))
        except FreeholdError as error:
            show_error(self.window(), error)

    def check(self) -> None:
        """Check every fact in a thread and tell what was found."""
        connection = self.project.connection
        self.check_button.setEnabled(False)
        self.worker.start(
            self.tr("Checking the catalogue"),
            lambda task: catalogue.check(task.cursor(connection)),
            self._checked,
            failed=self._failed,
            cancelled=lambda: self.check_button.setEnabled(True),
        )

    def refresh_from(self, path: Path | None = None) -> None:
        """Compare a file with the catalogue, show the differences, and take it over if asked."""
        if path is None:
            chosen, _ = QFileDialog.getOpenFileName(
                self, self.tr("Newer facts"), "", self.tr("CSV files (*.csv)")
            )
            if not chosen:
                return
            path = Path(chosen)
        source = path
        self.worker.start(
            self.tr("Comparing {0}").format(source.name),
            lambda _task: catalogue.refresh(source, dry_run=True),
            lambda found: self._offer(source, found),
        )

    def _checked(self, found: object) -> None:
        self.check_button.setEnabled(True)
        problems = found if isinstance(found, list) else []
        if problems:
            ProblemsDialog(problems, self).open()
            return
        QMessageBox.information(
            self,
            self.tr("Catalogue"),
            self.tr("Every key, reference, code and range of the catalogue holds."),
        )

    def _failed(self, error: Exception) -> None:
        self.check_button.setEnabled(True)
        self.worker.failed.emit(error)

    def _offer(self, path: Path, found: object) -> None:
        if not isinstance(found, catalogue.RefreshResult):
            return
        dialog = RefreshDialog(found, self)
        dialog.accepted.connect(
            lambda: self.worker.start(
                self.tr("Taking over {0}").format(path.name),
                lambda _task: catalogue.refresh(path),
                lambda _done: self._taken_over(),
            )
        )
        dialog.open()

    def _taken_over(self) -> None:
        QMessageBox.information(
            self,
            self.tr("Catalogue"),
            self.tr("The facts are taken over. Open the document again to judge with them."),
        )


def _column(field: Field) -> Column:
    help_text = f"{field.doc}, in {field.unit}" if field.unit else field.doc
    title = f"{title_of(field.name)}, {field.unit}" if field.unit else title_of(field.name)
    return Column(field.name, title, _KINDS.get(field.type, "text"), help=help_text)


def _state_tone(_value: object, row: Mapping[str, object]) -> str | None:
    return "good" if row.get("verified") else "warn"


def _key_sql(table: Table) -> str:
    parts = (f"coalesce(CAST(\"{name}\" AS VARCHAR), '')" for name in table.key)
    return "(" + " || '/' || ".join(parts) + ")"


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
