"""A stranger's DuckDB file, the child's side: list its tables, write one of them as Parquet.

The file is attached read-only to a database that is locked already, and no SQL of it is run: views,
macros and computed columns are left alone, and each column is selected by its name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from freehold.errors import InputError
from freehold.sandbox.lockdown import lock

DATABASE_MIB = 512
"""What the database may take of the child's memory."""

INSTEAD = "Export the table as Parquet or CSV and import that"

_LARGEST_PIECE = 100_000
_VALUES_IN_MEMORY = 4_000_000

# fmt: off
_PLAIN = frozenset({
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
    "UINTEGER", "UBIGINT", "UHUGEINT", "BIGNUM", "FLOAT", "DOUBLE", "DECIMAL", "VARCHAR",
    "JSON", "UUID", "ENUM", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS",
    "TIMESTAMP_NS", "TIME WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE",
})
# fmt: on


def list_tables(request: dict[str, Any]) -> dict[str, Any]:
    """Return the tables of a file.

    Raises:
        InputError: the file cannot be opened, or holds more than the limits.
    """
    with attached(request["file"], request["seconds"]) as connection:
        # Views have columns too; only those of tables are asked for.
        rows = connection.execute(
            "SELECT schema_name, table_name, column_name, data_type, is_generated "
            "FROM duckdb_columns() JOIN (SELECT schema_name, table_name FROM duckdb_tables() "
            "WHERE database_name = 'given' AND NOT internal) USING (schema_name, table_name) "
            "WHERE database_name = 'given' ORDER BY schema_name, table_name, column_index"
        ).fetchall()
    tables: dict[tuple[str, str], dict[str, Any]] = {}
    for schema, name, column, kind, computed in rows:
        entry = tables.setdefault(
            (schema, name), {"schema": schema, "name": name, "columns": [], "unread": []}
        )
        if computed:
            entry["unread"].append((column, "computed by the database, which is not run"))
        elif _head(kind) not in _PLAIN:
            entry["unread"].append((column, f"a column of type {_head(kind)} is not read"))
        else:
            entry["columns"].append(column)
        if len(entry["columns"]) + len(entry["unread"]) > request["columns"]:
            raise InputError(
                f"The table {shown(name)} has more than {request['columns']} columns", mend=INSTEAD
            )
    if len(tables) > request["tables"]:
        raise InputError(f"The database holds more than {request['tables']} tables", mend=INSTEAD)
    return {"tables": list(tables.values())}


def write_table(request: dict[str, Any]) -> dict[str, Any]:
    """Write one table of a file as Parquet and return how many rows it has.

    The locked database writes no file: its record batches are written by the Arrow library.

    Raises:
        InputError: the file is damaged, or the table larger than the limits.
    """
    from arro3 import core, io

    picked = ", ".join(f"CAST({_quoted(c)} AS VARCHAR) AS {_quoted(c)}" for c in request["columns"])
    table = f"given.{_quoted(request['schema'])}.{_quoted(request['table'])}"
    piece = max(1, min(_LARGEST_PIECE, _VALUES_IN_MEMORY // len(request["columns"])))
    rows = size = 0
    failed: list[Exception] = []

    def pieces(reader: Any) -> Iterator[Any]:
        # What is raised in here would lose its kind on the way through the writer.
        nonlocal rows, size
        try:
            for batch in reader:
                rows += batch.num_rows
                size += batch.nbytes
                if rows > request["rows"] or size > request["gibibytes"] << 30:
                    return
                yield batch
        except Exception as error:
            failed.append(error)

    with attached(request["file"], request["seconds"]) as connection:
        reader = core.RecordBatchReader.from_arrow(connection.sql(f"SELECT {picked} FROM {table}"))
        io.write_parquet(
            core.RecordBatchReader.from_batches(reader.schema, pieces(reader)),
            request["target"],
            compression="snappy",
            max_row_group_size=piece,
        )
        if failed:
            raise _refusal(failed[0])
    if rows > request["rows"]:
        raise InputError(f"The table has more than {request['rows']:,} rows", mend=INSTEAD)
    if size > request["gibibytes"] << 30:
        raise InputError(f"The table holds more than {request['gibibytes']} GiB", mend=INSTEAD)
    return {"rows": rows}


@contextmanager
def attached(path: str, seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """Attach a file as `given`, read-only, to a database in memory that is locked before.

    Raises:
        InputError: the file cannot be opened, or reading from it failed.
    """
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        # The log is looked for, though there is none: the parent has refused such a file.
        connection.execute(f"SET allowed_paths = [{_literal(path)}, {_literal(path + '.wal')}]")
        # Later than the parent's deadline, whose sentence says more.
        lock(connection, memory_mib=DATABASE_MIB, seconds=seconds + 10)
        try:
            connection.execute(f"ATTACH {_literal(path)} AS given (READ_ONLY)")
            yield connection
        except duckdb.Error as error:
            raise _refusal(error) from error


def _refusal(error: Exception) -> Exception:
    """Return what to say of a failure; the database's own words would say little to a user."""
    said = str(error).lower()
    if "out of memory" in said:
        return MemoryError()
    if "encrypt" in said:
        return InputError("The DuckDB file is encrypted", mend=INSTEAD)
    if "storage version" in said:
        return InputError(
            f"The DuckDB file was written in a format that DuckDB {duckdb.__version__} does not"
            " read, mostly that of a newer version",
            mend=INSTEAD,
        )
    if "lock on file" in said:
        return InputError(
            "The DuckDB file is open in another program", mend="Close it there and import again"
        )
    return InputError("The DuckDB file is cut off or damaged", mend="Fetch it again")


def _head(kind: str) -> str:
    """Return the name of a type without its details: DECIMAL of DECIMAL(10,2), LIST of a list."""
    return "LIST" if kind.endswith("]") else kind.partition("(")[0].strip()


def shown(name: str) -> str:
    """Return a stranger's name fit for a sentence: no line break, nothing a terminal obeys."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
