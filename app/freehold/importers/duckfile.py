"""DuckDB database files of others: opened in a locked child process only, tables copied out.

Opening one is closer to loading a library than to reading a document, so this process never does.
`sandbox.foreign` is the child's side.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from freehold.errors import InputError
from freehold.importers.csvfile import MAX_COLUMNS
from freehold.importers.source import Source
from freehold.sandbox import foreign, run_child

MAX_TABLES = 500
MAX_ROWS = 50_000_000
MAX_GIBIBYTES = 16
"""Of the values of one table, as text."""

MEMORY_MIB = 1024
START_S = 60.0
BYTES_PER_S = 1_000_000
"""What the slowest machine copies of a file in a second."""

_WHAT = "The DuckDB file"


@dataclass(frozen=True)
class Table:
    """A table of a database: the columns that are read, and those that are not with the reason."""

    schema: str
    name: str
    columns: tuple[str, ...]
    unread: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """The name by which a user chooses the table: with its schema, unless that is main."""
        whole = self.name if self.schema == "main" else f"{self.schema}.{self.name}"
        return foreign.shown(whole)


def tables_of(source: Source, wanted: str | None = None) -> tuple[Table, ...]:
    """Return the tables of a database file that have columns to read, or the one wanted.

    Raises:
        InputError: the file is damaged, encrypted, newer, in use, or holds no such table.
    """
    path = source.text_path.resolve()
    log = path.with_name(path.name + ".wal")
    if log.exists():
        raise InputError(
            f"The database is in use, or was not closed properly: its log {log.name} lies beside",
            where=source.name,
            mend="Close the program that writes it, or open and close it there once",
        )
    told = _ask("database.tables", source, START_S, {"tables": MAX_TABLES, "columns": MAX_COLUMNS})
    found = [
        Table(
            str(item["schema"]),
            str(item["name"]),
            tuple(str(name) for name in item["columns"]),
            tuple((str(name), str(why)) for name, why in item["unread"]),
        )
        for item in told["tables"]
    ]
    usable = [table for table in found if table.columns]
    if not usable:
        raise InputError(
            "The database holds no table with plain columns; views are not read",
            where=source.name,
            mend="Make a table of what you want to import, or export it as Parquet",
        )
    if wanted is None:
        return tuple(usable)
    for table in usable:
        if wanted.lower() in (table.label.lower(), f"{table.schema}.{table.name}".lower()):
            return (table,)
    raise InputError(
        f"The database has no table '{wanted}' with plain columns",
        where=source.name,
        mend="It has " + names_of(usable),
    )


def names_of(tables: list[Table] | tuple[Table, ...]) -> str:
    """Return the names of tables for a sentence, the first of many."""
    more = f" and {len(tables) - 12} more" if len(tables) > 12 else ""
    return ", ".join(table.label for table in tables[:12]) + more


def copy_out(source: Source, table: Table, target: Path) -> None:
    """Have a table written as Parquet, every value as text.

    Raises:
        InputError: the table is damaged, or larger than the limits.
    """
    request = {
        "schema": table.schema,
        "table": table.name,
        "columns": list(table.columns),
        "target": str(target),
        "rows": MAX_ROWS,
        "gibibytes": MAX_GIBIBYTES,
    }
    seconds = START_S + source.text_path.stat().st_size / BYTES_PER_S
    _ask("database.copy", source, seconds, request)
    if not target.is_file():
        raise InputError(
            "The table could not be copied out", where=source.name, mend=foreign.INSTEAD
        )


def _ask(job: str, source: Source, seconds: float, more: dict[str, Any]) -> dict[str, Any]:
    request = {"file": str(source.text_path.resolve()), "seconds": seconds, **more}
    return run_child(
        job, request, what=_WHAT, where=source.name, seconds=seconds, memory_mib=MEMORY_MIB
    )
