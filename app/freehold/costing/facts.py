"""Catalogue tables as costing reads them: a scenario's own where it has one, else the shared."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from weakref import WeakKeyDictionary

import duckdb
import pandas as pd

from freehold.errors import CatalogueError

_NAMES = count(1)
_BASE = "catalogue"

# No table of the base catalogue goes while it is open, and looking one up costs as much as a query.
_SHIPPED: WeakKeyDictionary[duckdb.DuckDBPyConnection, set[str]] = WeakKeyDictionary()


def relation(
    connection: duckdb.DuckDBPyConnection, table: str, catalogue: str = "catalogue"
) -> str:
    """Return the quoted name of a catalogue table or view.

    A scenario's schema holds only the tables it changes; all others are the base catalogue's.

    Raises:
        CatalogueError: if neither schema has it.
    """
    shipped = _SHIPPED.setdefault(connection, set())
    if catalogue == _BASE and table in shipped:
        return f'"{_BASE}"."{table}"'
    found = connection.execute(
        "SELECT table_schema FROM information_schema.tables WHERE table_name = ?"
        " AND table_schema IN (?, 'catalogue') ORDER BY table_schema = ? DESC LIMIT 1",
        [table, catalogue, catalogue],
    ).fetchall()
    if not found:
        raise CatalogueError(
            "The catalogue lacks a table", where=table, mend="Open the catalogue before costing"
        )
    if catalogue == _BASE:
        shipped.add(table)
    return f'"{found[0][0]}"."{table}"'


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> Iterator[str]:
    """Lend a DataFrame to DuckDB under a name of its own for the length of a block."""
    name = f"costing_input_{next(_NAMES)}"
    connection.register(name, frame)
    try:
        yield name
    finally:
        connection.unregister(name)


def fetched(connection: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    """Return a query's rows with DECIMAL columns as `decimal.Decimal` and NULL as None."""
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description or []]
    return pd.DataFrame(cursor.fetchall(), columns=pd.Index(names), dtype=object)


def with_columns(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Return exactly `columns` of a frame, typed text or num; a missing one is all NULL."""
    made: dict[str, object] = {}
    for name, kind in columns.items():
        values = frame[name] if name in frame else pd.Series(None, index=frame.index, dtype=object)
        if kind == "num":
            made[name] = pd.to_numeric(values, errors="coerce").astype("float64")
        else:
            made[name] = values.astype("str").where(values.notna(), None)
    return pd.DataFrame(made, index=frame.index).reset_index(drop=True)


@dataclass(frozen=True)
class HouseDefaults:
    """Stated defaults (catalogue.house_defaults) with the user's own values over them."""

    values: dict[str, float]

    def __getitem__(self, name: str) -> float:
        try:
            return self.values[name]
        except KeyError:
            raise CatalogueError(
                "The catalogue states no house default of this name", where=name
            ) from None


def house_defaults(
    connection: duckdb.DuckDBPyConnection,
    catalogue: str = "catalogue",
    changed: dict[str, float] | None = None,
) -> HouseDefaults:
    """Return the house defaults, `changed` replacing some of them.

    Raises:
        CatalogueError: if a changed name does not exist.
    """
    rows = connection.execute(
        f"SELECT name, value FROM {relation(connection, 'house_defaults', catalogue)}"
    ).fetchall()
    values = {str(name): float(value) for name, value in rows}
    unknown = sorted(set(changed or {}) - set(values))
    if unknown:
        raise CatalogueError(
            "This house default does not exist",
            where=unknown[0],
            mend=f"Use one of: {', '.join(sorted(values))}",
        )
    return HouseDefaults({**values, **(changed or {})})
