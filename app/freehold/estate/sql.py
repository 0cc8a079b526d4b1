"""Small helpers to write SQL that names things safely."""

from typing import Any

import duckdb

from freehold.errors import InputError


def quoted(name: str) -> str:
    """Return a name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """Return SCHEMA.NAME, both quoted."""
    return f"{quoted(schema)}.{quoted(name)}"


def literal(text: str) -> str:
    """Return text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def one(connection: duckdb.DuckDBPyConnection, sql: str, values: Any = None) -> tuple[Any, ...]:
    """Return the one row of a query; raises InputError if there is none."""
    # Fetched whole: an unfinished result would block what is done next on the connection.
    rows = connection.execute(sql, values).fetchall()
    if not rows:
        raise InputError("A query that should answer with one row gave none")
    return tuple(rows[0])
