"""What a new change can be about: tables, columns and the values that stand in them."""

from collections.abc import Sequence

import duckdb
from pydantic import JsonValue

from freehold.errors import InputError
from freehold.estate import dictionary
from freehold.estate.sql import quoted

MOST_VALUES = 300
FIRST = ("resources", "placements", "services", "keys", "contracts", "workloads", "flows")
_NUMBERS = {"int", "num", "money", "price", "share"}


def tables() -> list[str]:
    """Return the tables a scenario can change, those most often changed first."""
    views, known = dictionary.views(), dictionary.tables()
    offered = [name for name in known if name in views]
    return [*FIRST, *(name for name in offered if name not in FIRST)]


def filter_columns(table: str) -> list[dictionary.Column]:
    """Return the columns by which rows of a table can be picked."""
    return [column for column in dictionary.views()[table].columns if column.type != "time"]


def changeable_columns(table: str) -> list[dictionary.Column]:
    """Return the columns of a table that a change can set."""
    found = dictionary.tables()[table]
    return [column for column in found.columns if column.name not in found.key]


def is_number(column: dictionary.Column) -> bool:
    """Tell whether a column holds numbers, which can be multiplied."""
    return column.type in _NUMBERS


def values_there(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    """Return the values that stand in a column of the base, as text."""
    rows = connection.execute(
        f"SELECT DISTINCT CAST({quoted(column)} AS VARCHAR) AS found FROM views.{quoted(table)} "
        f"WHERE {quoted(column)} IS NOT NULL ORDER BY found LIMIT {MOST_VALUES}"
    ).fetchall()
    return [str(value) for (value,) in rows]


def new_values(connection: duckdb.DuckDBPyConnection, column: dictionary.Column) -> list[str]:
    """Return the values a column may take, where the dictionary says which."""
    if column.values:
        return list(column.values)
    if column.type == "bool":
        return ["true", "false"]
    if not column.references:
        return []
    table, _, name = column.references.partition(".")
    schema = "estate" if table in dictionary.tables() else "catalogue"
    rows = connection.execute(
        f"SELECT DISTINCT CAST({quoted(name)} AS VARCHAR) AS found "
        f"FROM {schema}.{quoted(table)} WHERE {quoted(name)} IS NOT NULL ORDER BY found"
    ).fetchall()
    return [str(value) for (value,) in rows]


def condition(pairs: Sequence[tuple[dictionary.Column, str]]) -> str:
    """Return the predicate that every column has its value; no pair means every row."""
    return " AND ".join(_equals(column, value) for column, value in pairs) or "TRUE"


def typed(column: dictionary.Column, text: str) -> JsonValue:
    """Return what was typed as a value of the column's type.

    Raises:
        InputError: it is no number or neither yes nor no.
    """
    text = text.strip()
    if column.type == "bool":
        if text.lower() not in {"true", "false", "yes", "no"}:
            raise InputError(f"'{text}' is neither true nor false")
        return text.lower() in {"true", "yes"}
    if is_number(column):
        return number(text)
    return text


def number(text: str) -> int | float:
    """Return what was typed as a number.

    Raises:
        InputError: it is none.
    """
    plain = text.strip().replace("\u202f", "").replace(" ", "").replace(",", ".")
    try:
        value = float(plain)
    except ValueError as error:
        raise InputError(f"'{text}' is no number", mend="Type digits such as 1.12") from error
    return int(value) if value.is_integer() and "." not in plain else value


def _equals(column: dictionary.Column, value: str) -> str:
    if column.type == "bool":
        return column.name if value.lower() == "true" else f"NOT {column.name}"
    if is_number(column):
        return f"{column.name} = {number(value)}"
    quoted_value = value.replace("'", "''")
    if column.type == "date":
        return f"{column.name} = DATE '{quoted_value}'"
    return f"{column.name} = '{quoted_value}'"
