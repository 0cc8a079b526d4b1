"""Read a catalogue CSV into a typed relation: all columns as text, each cast on purpose."""

import csv
import hashlib
from pathlib import Path

import duckdb

from freehold.catalogue.dictionary import Column, Table
from freehold.errors import CatalogueError


def quoted(name: str) -> str:
    """Return an SQL identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def header(path: Path) -> list[str]:
    """Return the first record of a CSV file.

    Raises:
        CatalogueError: the file cannot be read as UTF-8 CSV or is empty.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = next(csv.reader(file), None)
    except FileNotFoundError as error:
        raise CatalogueError(
            "There is no such file", where=str(path), mend="Check the path"
        ) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogueError(
            "The file cannot be read as CSV in UTF-8", where=str(path), mend="Save it as UTF-8 CSV"
        ) from error
    if not first:
        raise CatalogueError("The file is empty", where=str(path), mend="Give a CSV with a header")
    return first


def load_csv(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    table: Table,
    target: str,
    *,
    older: bool = False,
) -> None:
    """Create the table `target` from a CSV with the columns of `table`, typed by the dictionary.

    With `older`, columns that may be blank may be missing, as in a file written before they came.

    Raises:
        CatalogueError: a column is missing or unknown, or a value is not of its column's type.
    """
    found = header(path)
    if sorted(found) != sorted(table.column_names):
        wanted = set(table.column_names)
        missing = sorted(wanted - set(found))
        unknown = sorted(set(found) - wanted)
        repeated = len(set(found)) < len(found)
        forgiven = older and not any(_needed(table.column(name)) for name in missing)
        if unknown or repeated or not forgiven:
            raise CatalogueError(
                f"The header does not match table {table.name}"
                f" (missing: {', '.join(missing) or 'none'};"
                f" unknown: {', '.join(unknown) or 'none'})",
                where=str(path),
                mend="Use exactly the columns of the data dictionary",
            )
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in found)
    source = (
        f"read_csv({literal(str(path))}, all_varchar = true, header = true, delim = ',',"
        " quote = '\"', escape = '\"', nullstr = '', parallel = false, encoding = 'utf-8',"
        f" columns = {{{columns}}})"
    )
    raw = quoted("reading " + table.name)
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {raw} AS SELECT * FROM {source}")
        for name in table.column_names:
            if name not in found:
                connection.execute(f"ALTER TABLE {raw} ADD COLUMN {quoted(name)} VARCHAR")
    except duckdb.Error as error:
        raise CatalogueError(
            "The file cannot be read as CSV in UTF-8", where=str(path), mend="Check its quoting"
        ) from error
    try:
        _refuse_wrong_values(connection, raw, path, table)
        casts = ", ".join(f"{_cast(column)} AS {quoted(column.name)}" for column in table.columns)
        connection.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT {casts} FROM {raw}")
    finally:
        connection.execute(f"DROP TABLE {raw}")


def _needed(column: Column) -> bool:
    return column.required or column.key


def _cast(column: Column) -> str:
    name = quoted(column.name)
    if column.type == "bool":
        return f"CASE {name} WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE END"
    if column.type == "text":
        return name
    return f"TRY_CAST({name} AS {column.sql_type})"


def _refuse_wrong_values(
    connection: duckdb.DuckDBPyConnection, raw: str, path: Path, table: Table
) -> None:
    """Raise for the first value that is not of its column's type."""
    for column in table.columns:
        if column.type == "text":
            continue
        name = quoted(column.name)
        finite = f" OR NOT isfinite({_cast(column)})" if column.type == "num" else ""
        wrong = connection.execute(
            f"SELECT rowid + 2, {name} FROM {raw}"
            f" WHERE {name} IS NOT NULL AND ({_cast(column)} IS NULL{finite})"
            " ORDER BY rowid LIMIT 1"
        ).fetchone()
        if wrong is not None:
            kind = "yes or no" if column.type == "bool" else column.type
            raise CatalogueError(
                f"Column {column.name} of {table.name} holds {wrong[1]!r}, which is no {kind}",
                where=f"{path}, record {wrong[0]}",
                mend="Correct the value or leave it blank for unknown",
            )
