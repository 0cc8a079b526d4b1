"""Which values a column may take where it refers to another table."""

from collections.abc import Mapping
from itertools import chain

import duckdb

from freehold.estate import dictionary
from freehold.estate.sql import qualified, quoted


def reference_domains(
    connection: duckdb.DuckDBPyConnection,
    *,
    estate: str | None = "estate",
    catalogue: str = "catalogue",
) -> Mapping[str, frozenset[str]]:
    """Return the values of each TABLE.COLUMN that the dictionaries refer to.

    They are those of the catalogue, and with `estate` also those that the estate's own rows use,
    so that a provider known only to the organisation can be named in a predicate.
    """
    present = {
        (str(row[0]), str(row[1]), str(row[2]))
        for row in connection.execute(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns"
            " WHERE table_schema IN (?, ?)",
            [catalogue, estate or catalogue],
        ).fetchall()
    }
    sources: dict[str, list[str]] = {}
    every = chain(dictionary.views().values(), dictionary.tables().values())
    for reference in {column.references for table in every for column in table.columns} - {""}:
        table, column = reference.split(".")
        sources[reference] = [
            f"SELECT {quoted(column)} FROM {qualified(schema, table)}"
            for schema in (catalogue, estate)
            if schema and (schema, table, column) in present
        ]
    if estate is not None:
        for owner in dictionary.tables().values():
            for named in owner.columns:
                if named.references and (estate, owner.name, named.name) in present:
                    sources[named.references].append(
                        f"SELECT {quoted(named.name)} FROM {qualified(estate, owner.name)}"
                    )
    return {
        reference: _values(connection, queries) for reference, queries in sources.items() if queries
    }


def _values(connection: duckdb.DuckDBPyConnection, queries: list[str]) -> frozenset[str]:
    rows = connection.execute(" UNION ".join(queries)).fetchall()
    return frozenset(str(row[0]) for row in rows if row[0] is not None)
