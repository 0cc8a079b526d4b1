"""Tables of an estate and of its catalogue kept with the document, each once by its content.

A kept table is an attachment `kept/HASH.parquet`; runs name the tables they were made from by that
hash, so a table that did not change between two runs is kept once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from freehold import catalogue
from freehold.errors import DocumentError
from freehold.estate import dictionary, members, publishing
from freehold.estate.content import table_hashes
from freehold.estate.migrations import FORMAT, Draft
from freehold.estate.sandbox import sandbox
from freehold.estate.sql import literal, qualified, quoted
from freehold.estate.workspace import CATALOGUE, ESTATE, connect, create_tables

FOLDER = "kept/"
_SNAPSHOT = "snapshot"
_SNAPSHOT_COLUMNS = {
    "snapshot": "VARCHAR",
    "table_name": "VARCHAR",
    "layer": "BOOLEAN",
    "sha256": "VARCHAR",
    "rows": "INTEGER",
}


_facts: dict[str, bytes] = {}
"""Tables of the catalogue as they are kept: the same for every document of a session."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Hash of each table that has rows: of the estate, and of the catalogue (the facts)."""

    estate: dict[str, str]
    facts: dict[str, str]

    @property
    def hashes(self) -> frozenset[str]:
        """Every hash named."""
        return frozenset({*self.estate.values(), *self.facts.values()})


def member(sha256: str) -> str:
    """Return the attachment that holds a kept table."""
    return f"{FOLDER}{sha256}.parquet"


def estate_tables() -> tuple[str, ...]:
    """Return the tables that verdicts can depend on, in the dictionary's order."""
    needed = publishing.tables_read() | {"waivers"}
    return tuple(name for name in dictionary.tables() if name in needed)


def take(
    connection: duckdb.DuckDBPyConnection,
    attachments: dict[str, bytes],
    folder: Path,
    *,
    estate: str = ESTATE,
    facts: str = CATALOGUE,
    keep_estate: bool = True,
) -> Snapshot:
    """Hash the tables of an estate and its catalogue, and keep those not kept yet.

    Args:
        connection: holds both schemas.
        attachments: where kept tables lie, by name; new ones are added.
        folder: a private folder for the files on their way.
        estate: schema of the estate.
        facts: schema of the catalogue.
        keep_estate: whether the estate's tables are kept too, or only their hashes.
    """
    tables = {name: dictionary.tables()[name].column_names for name in estate_tables()}
    columns = {name: tuple(kinds) for name, kinds in _fact_columns().items()}
    found = Snapshot(
        _hashes(connection, estate, tables),
        _hashes(connection, facts, columns),
    )
    with sandbox() as private:
        for name, sha256 in found.estate.items():
            if keep_estate and member(sha256) not in attachments:
                source = f"SELECT {_names(tables[name])} FROM {qualified(estate, name)}"
                attachments[member(sha256)] = write(connection, private, source, folder)
        for name, sha256 in found.facts.items():
            if member(sha256) not in attachments:
                if sha256 not in _facts:
                    source = f"SELECT {_names(columns[name])} FROM {qualified(facts, name)}"
                    _facts[sha256] = write(connection, private, source, folder)
                attachments[member(sha256)] = _facts[sha256]
    return found


def write(
    connection: duckdb.DuckDBPyConnection,
    private: duckdb.DuckDBPyConnection,
    query: str,
    folder: Path,
    order: str = "ALL",
) -> bytes:
    """Return the rows of a query as Parquet; equal rows give equal bytes."""
    plain, path = folder / "plain.parquet", folder / "ordered.parquet"
    try:
        connection.execute(f"COPY ({query}) TO {literal(str(plain))} (FORMAT parquet)")
        private.execute(
            f"COPY (SELECT * FROM read_parquet({literal(str(plain))}) ORDER BY {order})"
            f" TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
        )
        return path.read_bytes()
    finally:
        plain.unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def is_whole(attachments: Mapping[str, bytes], hashes: Iterable[str]) -> bool:
    """Return whether every one of these tables is still kept."""
    return all(member(sha256) in attachments for sha256 in hashes)


def restore(
    attachments: Mapping[str, bytes], snapshot: Snapshot, folder: Path, where: str
) -> duckdb.DuckDBPyConnection:
    """Return a database of its own with the kept estate and catalogue, as they were.

    The kept files are read in a sandbox and checked, since a document may come from anyone.

    Raises:
        DocumentError: a kept table is missing, cannot be read, or does not fit its dictionary.
    """
    if not is_whole(attachments, snapshot.hashes):
        raise DocumentError("What that run was made from is no longer kept", where=where)
    connection = connect()
    try:
        with sandbox() as private:
            files = {
                members.member_name(name): attachments[member(sha256)]
                for name, sha256 in snapshot.estate.items()
            }
            members.lay_out(private, files, folder, where)
            create_tables(connection, ESTATE)
            draft = Draft(private, {"format_version": FORMAT}, {})
            for sound in members.check_tables(draft, files, where):
                table, columns = sound.table, sound.columns
                clean = members.clean_file(private, sound, folder, where)
                names = _names([column.name for column in columns])
                connection.execute(
                    f"INSERT INTO {qualified(ESTATE, table.name)} ({names}) SELECT {names}"
                    f" FROM read_parquet({literal(str(clean))}, hive_partitioning = false)"
                )
            _restore_facts(connection, private, attachments, snapshot.facts, folder)
    except duckdb.Error as error:
        connection.close()
        raise DocumentError("What is kept of that run cannot be read", where=where) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _restore_facts(
    connection: duckdb.DuckDBPyConnection,
    private: duckdb.DuckDBPyConnection,
    attachments: Mapping[str, bytes],
    facts: Mapping[str, str],
    folder: Path,
) -> None:
    connection.execute(f"CREATE SCHEMA {quoted(CATALOGUE)}")
    for name, columns in _fact_columns().items():
        typed = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        connection.execute(f"CREATE TABLE {qualified(CATALOGUE, name)} ({typed})")
        if name not in facts:
            continue
        raw, clean = folder / f"fact_{name}.parquet", folder / f"clean_fact_{name}.parquet"
        raw.write_bytes(attachments[member(facts[name])])
        source = f"read_parquet({literal(str(raw))}, hive_partitioning = false)"
        there = {str(row[0]) for row in private.execute(f"DESCRIBE FROM {source}").fetchall()}
        cast = ", ".join(
            f"CAST({quoted(column) if column in there else 'NULL'} AS {kind}) AS {quoted(column)}"
            for column, kind in columns.items()
        )
        private.execute(
            f"COPY (SELECT {cast} FROM {source}) TO {literal(str(clean))} (FORMAT parquet)"
        )
        connection.execute(
            f"INSERT INTO {qualified(CATALOGUE, name)} FROM read_parquet({literal(str(clean))})"
        )
    catalogue.create_views(connection, CATALOGUE, base=CATALOGUE)


def _fact_columns() -> dict[str, dict[str, str]]:
    """Return name and SQL type of each column of each catalogue table that is kept."""
    found = {
        name: {column.name: column.sql_type for column in table.columns}
        for name, table in catalogue.shipped_tables().items()
    }
    return found | {_SNAPSHOT: _SNAPSHOT_COLUMNS}


def _hashes(
    connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    placed = {name: (qualified(schema, name), columns) for name, columns in tables.items()}
    return table_hashes(connection, placed, _digest)


def _digest(_: str, table: str, columns: Iterable[str]) -> str:
    """Return SQL of a hash of a table's rows, whatever their order."""
    listed = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in columns)
    return (
        "SELECT sha256(coalesce(string_agg(h, '' ORDER BY h), '')) FROM"
        f" (SELECT sha256(CAST([{listed}] AS VARCHAR)) AS h FROM {table})"
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names)
