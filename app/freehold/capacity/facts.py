"""Catalogue tables read whole, a scenario's own before the shared ones."""

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
