"""Which values a column may take where it refers to another table."""

from collections.abc import Iterator, Mapping
from functools import cache
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
    """Return the values of each TABLE.COLUMN that the dictionaries refer to, read when asked for.

    They are those of the catalogue, and with `estate` also those that the estate's own rows use,
    so that a provider known only to the organisation can be named in a predicate.
    """
    return _Domains(connection, estate, catalogue)


class _Domains(Mapping[str, frozenset[str]]):
    def __init__(
        self, connection: duckdb.DuckDBPyConnection, estate: str | None, catalogue: str
    ) -> None:
        self._connection, self._estate, self._catalogue = connection, estate, catalogue
        self._present = {
            (str(row[0]), str(row[1]), str(row[2]))
            for row in connection.execute(
                "SELECT table_schema, table_name, column_name FROM information_schema.columns"
                " WHERE table_schema IN (?, ?)",
                [catalogue, estate or catalogue],
            ).fetchall()
        }
        self._read: dict[str, frozenset[str]] = {}

    def __getitem__(self, reference: str) -> frozenset[str]:
        if reference not in self._read:
            queries = self._queries(reference)
            if not queries:
                raise KeyError(reference)
            rows = self._connection.execute(" UNION ".join(queries)).fetchall()
            self._read[reference] = frozenset(str(row[0]) for row in rows if row[0] is not None)
        return self._read[reference]

    def __iter__(self) -> Iterator[str]:
        return (reference for reference in _references() if self._queries(reference))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _queries(self, reference: str) -> list[str]:
        if reference not in _references():
            return []
        table, column = reference.split(".")
        places = [(schema, table, column) for schema in (self._catalogue, self._estate) if schema]
        if self._estate is not None:
            places += [
                (self._estate, owner.name, named.name)
                for owner in dictionary.tables().values()
                for named in owner.columns
                if named.references == reference
            ]
        return [
            f"SELECT {quoted(column)} FROM {qualified(schema, table)}"
            for schema, table, column in places
            if (schema, table, column) in self._present
        ]


@cache
def _references() -> frozenset[str]:
    every = chain(dictionary.views().values(), dictionary.tables().values())
    return frozenset(column.references for table in every for column in table.columns) - {""}
