"""All or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from freehold.estate.sql import one


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Do what is inside wholly or not at all; inside another transaction it adds nothing."""
    if in_transaction(connection):
        yield
        return
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def in_transaction(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a transaction is open; to begin a second one would end the first."""
    # Outside a transaction every statement is one of its own, with a number of its own.
    query = "SELECT txid_current()"
    return one(connection, query) == one(connection, query)
