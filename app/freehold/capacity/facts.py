"""Catalogue tables read whole, a scenario's own before the shared ones."""

from collections.abc import Iterable

import duckdb
import pandas as pd

from freehold.costing.facts import relation


def table(
    connection: duckdb.DuckDBPyConnection, name: str, catalogue: str = "catalogue"
) -> pd.DataFrame:
    """Return a catalogue table.

    Raises:
        CatalogueError: if the catalogue is not open on this connection.
    """
    return connection.execute(f"FROM {relation(connection, name, catalogue)}").df()


def digest(
    connection: duckdb.DuckDBPyConnection, names: Iterable[str], catalogue: str = "catalogue"
) -> str:
    """Return what tells the contents of these tables from others, whatever the order of rows.

    Raises:
        CatalogueError: if the catalogue is not open on this connection.
    """
    sums = " UNION ALL ".join(
        f"SELECT {place} AS place, count(*), sum(hash(t)) FROM"
        f" {relation(connection, name, catalogue)} AS t"
        for place, name in enumerate(names)
    )
    return repr(sorted(connection.execute(sums).fetchall()))
