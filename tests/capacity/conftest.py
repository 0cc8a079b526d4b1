"""The shipped catalogue, opened once for all tests of this room."""

from collections.abc import Iterator

import duckdb
import pytest

from freehold.capacity import Tables
from freehold.catalogue import open_catalogue


@pytest.fixture(scope="session")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = duckdb.connect()
    opened.execute("SET threads = 2")
    open_catalogue(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def tables(connection: duckdb.DuckDBPyConnection) -> Tables:
    return Tables.read(connection)
