"""One open document: its tables and the catalogue in one in-memory database."""

import json
import weakref
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from freehold.catalogue import CatalogueInfo, made_from, open_catalogue
from freehold.errors import DocumentError, InputError
from freehold.estate import dictionary, kept, publishing, shared_facts
from freehold.estate.lock import Lock
from freehold.estate.references import UnknownReference, unknown_references
from freehold.estate.rows import append_rows
from freehold.estate.sql import one, qualified, quoted
from freehold.estate.transactions import transaction

if TYPE_CHECKING:
    import pandas as pd

    from freehold.estate.changes import Applied, Change

ESTATE = "estate"
CATALOGUE = "catalogue"
VIEWS = "views"

_FEWEST_KEPT = 20
"""Resources from which views are kept before there is a file: fewer are a draft."""

_MOST_KEPT = 50_000
"""Resources up to which views are kept for the next time: more would fill the user's disk."""


@dataclass(slots=True, weakref_slot=True, eq=False)
class Workspace:
    """An open document; one in-memory DuckDB connection holds everything.

    Attributes:
        connection: schemas `catalogue`, `estate` and, once published, `views`.
        path: the file it came from or was saved to.
        read_only: it may not be saved over `path`.
        notices: sentences the user should read.
        catalogue_info: the catalogue it is open under.
        saved_catalogue: snapshot and hash of the catalogue it was saved under, if saved.
        saved_format: older format of its file, which is kept beside it at the next save.
        attachments: files kept with the document, by name.
        changed: something was changed since it was opened or saved.
    """

    connection: duckdb.DuckDBPyConnection
    path: Path | None = None
    read_only: bool = False
    notices: list[str] = field(default_factory=list)
    catalogue_info: CatalogueInfo | None = None
    saved_catalogue: tuple[str, str] | None = None
    saved_format: int | None = None
    attachments: dict[str, bytes] = field(default_factory=dict)
    changed: bool = False
    _finalizer: Any = None
    _shared: shared_facts.SharedFacts | None = None
    _facts_laid: bool = False
    _is_published: bool = False

    @classmethod
    def new(cls, as_of: date) -> "Workspace":
        """Return an empty document dated `as_of`, over the shipped catalogue."""
        workspace = blank()
        workspace.set_setting("as_of", as_of.isoformat())
        workspace.changed = False
        return workspace

    @property
    def as_of(self) -> date:
        """The document's date, at which it is judged.

        Raises:
            DocumentError: the document has none.
        """
        text = self.setting("as_of")
        try:
            return date.fromisoformat(str(text))
        except ValueError as error:
            raise DocumentError("The document has no date", mend="Set the as-of date") from error

    def setting(self, name: str, default: Any = None) -> Any:
        """Return a setting's value, or the default if it was never set."""
        rows = self.connection.execute(
            f"SELECT value FROM {qualified(ESTATE, 'settings')} WHERE name = ?", [name]
        ).fetchall()
        if not rows or rows[0][0] is None:
            return default
        try:
            return json.loads(rows[0][0])
        except ValueError as error:
            raise DocumentError(
                f"The setting {name} cannot be read", where=str(self.path or "")
            ) from error

    def set_setting(self, name: str, value: Any) -> None:
        """Set a setting to any value that JSON can hold."""
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        table = qualified(ESTATE, "settings")
        self.connection.execute(f"DELETE FROM {table} WHERE name = ?", [name])
        self.connection.execute(f"INSERT INTO {table} (name, value) VALUES (?, ?)", [name, text])
        self.changed = True

    @property
    def packs(self) -> list[str]:
        """Ids of the rule packs that the document is scored with."""
        return [str(name) for name in self.setting("packs", [])]

    def frame(self, table: str) -> "pd.DataFrame":
        """Return all rows of a table of the document, ordered by its key."""
        known = _table(table)
        order = ", ".join(quoted(name) for name in known.key)
        names = ", ".join(quoted(name) for name in known.column_names)
        found: pd.DataFrame = self.connection.execute(
            f"SELECT {names} FROM {qualified(ESTATE, table)} ORDER BY {order}"
        ).df()
        return found

    def row_count(self, table: str) -> int:
        """Return how many rows a table of the document has."""
        sql = f"SELECT count(*) FROM {qualified(ESTATE, _table(table).name)}"
        return int(one(self.connection, sql)[0])

    def append(self, table: str, frame: "pd.DataFrame") -> None:
        """Append rows; columns left out are unknown.

        Raises:
            InputError: see `rows.append_rows`; nothing is appended then.
        """
        self.notices += append_rows(self.connection, ESTATE, _table(table), frame)
        self.changed = True

    def replace(self, table: str, frame: "pd.DataFrame") -> None:
        """Put these rows in place of all rows of the table; on an error the old rows stay.

        Raises:
            InputError: see `rows.append_rows`.
        """
        name = qualified(ESTATE, _table(table).name)
        with transaction(self.connection):
            self.connection.execute(f"DELETE FROM {name}")
            self.append(table, frame)

    def unknown_references(self) -> list[UnknownReference]:
        """Return which rows name something that neither estate nor catalogue knows."""
        return unknown_references(self.connection, estate=ESTATE, catalogue_schema=CATALOGUE)

    def apply(self, changes: "Iterable[Change]") -> "Applied":
        """Apply typed changes in order; the result undoes them exactly.

        Raises:
            InputError: a change cannot be applied; none is then.
        """
        from freehold.estate.changes import apply

        self.lay_facts()
        applied = apply(self, list(changes))
        self.changed = True
        return applied

    def undo(self, applied: "Applied") -> None:
        """Take back changes that were applied last."""
        from freehold.estate.changes import undo

        undo(self, applied)
        self.changed = True

    def lay_facts(self) -> None:
        """Lay the changes of facts that are kept with the document over the catalogue, once.

        Raises:
            InputError: one of them no longer fits the catalogue.
        """
        from freehold.estate.changes import Place, apply_changes
        from freehold.estate.stored_changes import changes_of

        if not self._facts_laid:
            facts = [c for c in changes_of(self, None) if c.target.startswith("catalogue.")]
            self.own_facts(change.target.removeprefix("catalogue.") for change in facts)
            laid = apply_changes(self.connection, facts, Place(as_of=self.as_of))
            self.notices += laid.notices
            self._facts_laid = True

    def own_facts(self, tables: Iterable[str]) -> None:
        """Make these tables of the catalogue the document's own; all others can only be read."""
        if self._shared is not None and (wanted := list(tables)):
            shared_facts.own(self.connection, CATALOGUE, self._shared, wanted)

    def fact_hashes(self) -> dict[str, str]:
        """Return what tells the rows of the catalogue's tables, of those that are not its own."""
        if self._shared is None:
            return {}
        return shared_facts.hashes(self.connection, CATALOGUE, self._shared)

    def publish(self, only: Collection[str] | None = None) -> None:
        """Build the published views, or only those named, at the document's date into `views`."""
        self.lay_facts()
        publishing.publish(
            self.connection,
            estate=ESTATE,
            catalogue=CATALOGUE,
            schema=VIEWS,
            as_of=self.as_of,
            only=only,
            given=self.fact_hashes(),
            # Once all are there, an edit leaves most as they are: nothing is to be had from disk.
            keep_as=None if self._is_published else self._family(),
        )
        self._is_published = self._is_published or only is None

    def _family(self) -> str | None:
        """Return what versions of this document share; None if its views are not to be kept."""
        count = self.row_count("resources")
        if count > _MOST_KEPT or (self.path is None and count < _FEWEST_KEPT):
            return None
        catalogue = self.catalogue_info.sha256 if self.catalogue_info else ""
        names = self.connection.execute(
            f"SELECT name FROM {qualified(ESTATE, 'legal_entities')} ORDER BY ALL"
        ).fetchall()
        return f"{self.as_of} {catalogue} {names or count}"

    def hold(self, held: Lock) -> None:
        """Keep a lock until the workspace is closed, let go, or saved elsewhere."""
        if self._finalizer is not None:
            self._finalizer()
        self._finalizer = weakref.finalize(self, held.release)

    def close(self) -> None:
        """Close the database and give the lock back; the workspace cannot be used after."""
        if self._finalizer is not None:
            self._finalizer()
        self.connection.close()


def blank() -> Workspace:
    """Return a workspace over the shipped catalogue whose tables are empty and that has no date."""
    source = made_from()
    connection = connect()
    try:
        shared, info = _facts(connection, kept.name_of([source or ""]), is_kept=source is not None)
        create_tables(connection, ESTATE)
    except BaseException:
        connection.close()
        raise
    return Workspace(connection=connection, catalogue_info=info, _shared=shared)


def _facts(
    connection: duckdb.DuckDBPyConnection, name: str, *, is_kept: bool
) -> tuple[shared_facts.SharedFacts | None, CatalogueInfo]:
    if is_kept and (taken := shared_facts.take(connection, CATALOGUE, name)):
        return taken
    info = open_catalogue(connection, CATALOGUE)
    if is_kept:
        shared_facts.keep(connection, CATALOGUE, name, info)
    return None, info


def connect() -> duckdb.DuckDBPyConnection:
    """Return a new in-memory database with Freehold's settings."""
    connection = duckdb.connect(":memory:")
    # It writes on standard output after two seconds, where --json promises one object.
    connection.execute("SET enable_progress_bar = false")
    # DuckDB 2.0.0 is super-linear in fused IN lists with this optimiser on.
    connection.execute("SET disabled_optimizers = 'in_clause'")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET preserve_insertion_order = true")
    return connection


def create_tables(connection: duckdb.DuckDBPyConnection, schema: str = ESTATE) -> None:
    """Create the schema with an empty table for each table of the dictionary."""
    statements = [f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}"]
    statements += [
        create_table_sql(table, qualified(schema, table.name))
        for table in dictionary.tables().values()
    ]
    connection.execute(";\n".join(statements))


def create_table_sql(table: dictionary.Table, name: str) -> str:
    """Return the statement that creates an empty table of the dictionary."""
    columns = ", ".join(f"{quoted(column.name)} {column.sql_type}" for column in table.columns)
    return f"CREATE TABLE {name} ({columns})"


def _table(name: str) -> dictionary.Table:
    found = dictionary.tables().get(name)
    if found is None:
        raise InputError(f"There is no table {name}", mend="Use a table of the data dictionary")
    return found
