"""The catalogue as the workspaces of all documents share it: one kept database, only read.

Opening the shipped catalogue anew takes longer than anything else in opening a document. A
workspace has a view of each of its tables, and a table of its own only of what it changes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from freehold.catalogue import CatalogueInfo, create_views, shipped_tables
from freehold.estate import kept
from freehold.estate.content import row_hashes
from freehold.estate.sql import literal, one, qualified, quoted

KIND = "catalogue"
"""The folder of the user's cache."""

_INFO = "about the catalogue"

_sound: dict[tuple[int, int, int] | None, Mapping[str, str]] = {}
"""Hashes of the tables of databases that this process has read whole, by their file."""


@dataclass(frozen=True, slots=True)
class SharedFacts:
    """A database that is attached to a connection, and the hash of the rows of each table."""

    database: str
    hashes: Mapping[str, str]


def keep(
    connection: duckdb.DuckDBPyConnection, schema: str, name: str, info: CatalogueInfo
) -> None:
    """Keep the catalogue of a schema; what its views work out is kept as well."""
    places = {table: qualified(schema, table) for table in _names(connection, schema)}
    said = f"(SELECT {literal(info.model_dump_json())} AS said)"
    kept.keep(connection, KIND, name, places | {_INFO: said})


def take(
    connection: duckdb.DuckDBPyConnection, schema: str, name: str
) -> tuple[SharedFacts, CatalogueInfo] | None:
    """Make `schema` a schema of views over the kept catalogue; None if there is none, or damaged.

    The first time in a process all of it is read, as a torn file would show only later.
    """
    file, database = kept.file_of(KIND, name), kept.attach(connection, KIND, name)
    if database is None:
        return None
    try:
        said = one(connection, f"SELECT said FROM {database}.{quoted(_INFO)}")[0]
        info = CatalogueInfo.model_validate_json(said)
        if file not in _sound:
            rows = connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [database]
            ).fetchall()
            tables = sorted(str(table) for (table,) in rows if table != _INFO)
            places = {table: f"{database}.{quoted(table)}" for table in tables}
            _sound[file] = row_hashes(connection, places)
        shared = SharedFacts(database, _sound[file])
        views = [
            f"CREATE VIEW {qualified(schema, table)} AS FROM {database}.{quoted(table)}"
            for table in shared.hashes
        ]
        connection.execute(";\n".join([f"CREATE SCHEMA {quoted(schema)}", *views]))
    except (duckdb.Error, ValueError):
        connection.execute(f"DROP SCHEMA IF EXISTS {quoted(schema)} CASCADE")
        kept.detach(connection, database)
        return None
    return shared, info


def own(
    connection: duckdb.DuckDBPyConnection, schema: str, shared: SharedFacts, tables: Iterable[str]
) -> None:
    """Make tables of the catalogue the workspace's own, so that they can be changed."""
    there = _shared_in(connection, schema)
    wanted = [table for table in dict.fromkeys(tables) if table in there]
    for table in wanted:
        place = qualified(schema, table)
        connection.execute(
            f"DROP VIEW {place}; CREATE TABLE {place} AS FROM {shared.database}.{quoted(table)}"
        )
    if wanted:  # what was worked out may no longer be so
        create_views(connection, schema, base=schema)


def hashes(
    connection: duckdb.DuckDBPyConnection, schema: str, shared: SharedFacts
) -> dict[str, str]:
    """Return the hash of the rows of each table that is still shared."""
    there = _shared_in(connection, schema)
    if there.issuperset(shipped_tables()):
        return dict(shared.hashes)
    return {table: shared.hashes[table] for table in there & shipped_tables().keys()}


def _names(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    rows = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1",
        [schema],
    ).fetchall()
    return [str(name) for (name,) in rows]


def _shared_in(connection: duckdb.DuckDBPyConnection, schema: str) -> set[str]:
    """Return the names of the views of the catalogue's schema."""
    rows = connection.execute(
        "SELECT view_name FROM duckdb_views() WHERE schema_name = ?", [schema]
    ).fetchall()
    return {str(name) for (name,) in rows}
