"""Which values a column may take where it refers to another table."""

from collections.abc import Iterator, Mapping, Set
from functools import cache, cached_property
from itertools import chain

import duckdb

from freehold.estate import dictionary
from freehold.estate.sql import qualified, quoted

_FIRST = 1000


def reference_domains(
    connection: duckdb.DuckDBPyConnection,
    *,
    estate: str | None = "estate",
    catalogue: str = "catalogue",
) -> Mapping[str, Set[str]]:
    """Return the values of each TABLE.COLUMN that the dictionaries refer to, read when asked for.

    They are those of the catalogue, and with `estate` also those that the estate's own rows use,
    so that a provider known only to the organisation can be named in a predicate.
    """
    return _Domains(connection, estate, catalogue)


def _values_sql(queries: list[str]) -> str:
    return f"SELECT value FROM ({' UNION ALL '.join(queries)}) AS u(value)"


class _Values(Set[str]):
    """Values in the columns of tables, looked up there: an estate may hold millions of keys."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, queries: list[str]) -> None:
        self._connection, self._queries = connection, queries
        self._sql = _values_sql(queries)

    def __contains__(self, value: object) -> bool:
        # Most values stand in the first place, and to ask them all at once costs ten times that.
        for queries in (self._queries[:1], self._queries[1:]):
            if queries:
                sql = f"{_values_sql(queries)} WHERE CAST(value AS VARCHAR) = ? LIMIT 1"
                if self._connection.execute(sql, [value]).fetchall():
                    return True
        return False

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def __iter__(self) -> Iterator[str]:
        # Most that ask have their answer in the first few.
        seen: set[str] = set()
        for limit in (f" LIMIT {_FIRST}", ""):
            distinct = f"SELECT DISTINCT * FROM ({self._sql} WHERE value IS NOT NULL{limit})"
            found = [str(row[0]) for row in self._connection.execute(distinct).fetchall()]
            yield from (value for value in found if value not in seen)
            seen |= set(found)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Domains(Mapping[str, Set[str]]):
    def __init__(
        self, connection: duckdb.DuckDBPyConnection, estate: str | None, catalogue: str
    ) -> None:
        self._connection, self._estate, self._catalogue = connection, estate, catalogue

    @cached_property
    def _present(self) -> set[tuple[str, str, str]]:
        """Schema, table and column of all there is."""
        return {
            (str(row[0]), str(row[1]), str(row[2]))
            for row in self._connection.execute(
                "SELECT table_schema, table_name, column_name FROM information_schema.columns"
                " WHERE table_schema IN (?, ?)",
                [self._catalogue, self._estate or self._catalogue],
            ).fetchall()
        }

    def __getitem__(self, reference: str) -> Set[str]:
        if queries := self._queries(reference):
            return _Values(self._connection, queries)
        raise KeyError(reference)

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
