"""Put rows into a table of the document: typed, checked against the dictionary, or refused."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import duckdb

from freehold.errors import InputError
from freehold.estate.dictionary import Column, Table
from freehold.estate.sql import literal, one, qualified, quoted

if TYPE_CHECKING:
    import pandas as pd

_FRAME = "freehold_rows_to_append"
_STAGED = "freehold_staged_rows"


def append_rows(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: Table,
    frame: "pd.DataFrame",
    *,
    blank_keys: bool = False,
) -> list[str]:
    """Append the rows of a frame; return a sentence for each kind of value that was made NULL.

    Columns left out become NULL, and so do blank texts and numbers that are not finite. With
    `blank_keys` a part of the key may be blank, as in some tables of the catalogue.

    Raises:
        InputError: a column is unknown, a value has the wrong type or lies outside its domain,
            or a key is missing or there twice. Nothing is appended then.
    """
    unknown = [str(name) for name in frame.columns if name not in table.column_names]
    if unknown:
        raise InputError(
            f"The table {table.name} has no column {', '.join(unknown)}",
            mend="Use the columns of the data dictionary",
        )
    if frame.empty:
        return []
    columns = [table.column(str(name)) for name in frame.columns]
    staged = quoted(_STAGED)
    _stage(connection, table, columns, frame)
    try:
        _check_values(connection, table, columns)
        _check_keys(connection, schema, table, {c.name for c in columns}, blank_keys)
        said = _not_finite(connection, table, columns)
        names = ", ".join(quoted(column.name) for column in columns)
        typed = ", ".join(typed_sql(column) for column in columns)
        connection.execute(
            f"INSERT INTO {qualified(schema, table.name)} ({names})"
            f" SELECT {typed} FROM {staged} ORDER BY freehold_row"
        )
    finally:
        connection.execute(f"DROP TABLE IF EXISTS {staged}")
    return said


def _stage(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    columns: list[Column],
    frame: "pd.DataFrame",
) -> None:
    # DuckDB guesses the type of a column of Python objects from its first rows; text is safe.
    plain = frame.reset_index(drop=True)
    objects = {name: "string" for name in plain.columns if plain[name].dtype == object}
    texts = ", ".join(
        f"nullif(CAST({quoted(column.name)} AS VARCHAR), '') AS {quoted(column.name)}"
        for column in columns
    )
    try:
        # Ends a result that somebody left half read; a frame cannot be registered beside one.
        connection.execute("SELECT 1").fetchall()
        connection.register(_FRAME, plain.astype(objects))
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {quoted(_STAGED)} AS"
            f" SELECT row_number() OVER () AS freehold_row, {texts} FROM {quoted(_FRAME)}"
        )
    except (duckdb.Error, UnicodeError, ValueError, TypeError) as error:
        raise InputError(
            f"The rows for {table.name} hold something that is no text, number or date",
            mend="Give plain values",
        ) from error
    finally:
        connection.unregister(_FRAME)


def typed_sql(column: Column) -> str:
    """Return SQL that reads a staged text as the column's type; NULL where it is not one."""
    name = quoted(column.name)
    if column.type == "text":
        return name
    if column.type in {"num", "money", "share", "price"}:
        finite = f"CASE WHEN isfinite(TRY_CAST({name} AS DOUBLE)) THEN {name} END"
        return f"TRY_CAST({finite} AS {column.sql_type})"
    if column.type == "int":
        whole = f"TRY_CAST({name} AS DOUBLE) = trunc(TRY_CAST({name} AS DOUBLE))"
        return f"CASE WHEN {whole} THEN TRY_CAST({name} AS {column.sql_type}) END"
    if column.type == "date":
        return f"TRY_CAST(TRY_CAST({name} AS TIMESTAMP) AS DATE)"
    return f"TRY_CAST({name} AS {column.sql_type})"


def outside_domain_sql(column: Column, value: str) -> str | None:
    """Return SQL that is TRUE where a typed value lies outside the column's domain, or None."""
    if column.values:
        return f"{value} NOT IN ({', '.join(literal(item) for item in column.values)})"
    limits = column.range
    if limits is None:
        return None
    parts = []
    if limits.low is not None:
        sign = "<" if limits.low_included else "<="
        parts.append(f"{value} {sign} {limits.low:g}")
    if limits.high is not None:
        parts.append(f"{value} > {limits.high:g}")
    return f"({' OR '.join(parts)})"


def _check_values(
    connection: duckdb.DuckDBPyConnection, table: Table, columns: Iterable[Column]
) -> None:
    checks: list[tuple[Column, str, str]] = []
    for column in columns:
        name, typed = quoted(column.name), typed_sql(column)
        if column.type != "text":
            infinite = f"coalesce(NOT isfinite(TRY_CAST({name} AS DOUBLE)), FALSE)"
            unreadable = f"{name} IS NOT NULL AND {typed} IS NULL"
            if column.type in {"num", "money", "share"}:
                unreadable += f" AND NOT {infinite}"
            checks.append((column, unreadable, f"is not {_type_words(column)}"))
        outside = outside_domain_sql(column, typed)
        if outside is not None:
            checks.append((column, outside, f"lies outside {_domain_words(column)}"))
    if not checks:
        return
    firsts = ", ".join(f"min(freehold_row) FILTER (WHERE {sql})" for _, sql, _ in checks)
    found = one(connection, f"SELECT {firsts} FROM {quoted(_STAGED)}")
    for (column, _, says), row in zip(checks, found, strict=True):
        if row is None:
            continue
        value = one(
            connection,
            f"SELECT {quoted(column.name)} FROM {quoted(_STAGED)} WHERE freehold_row = ?",
            [row],
        )[0]
        raise InputError(
            f"'{value}' {says}",
            where=f"table {table.name}, column {column.name}, row {row}",
            mend="Correct the value or leave it blank",
        )


def _check_keys(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: Table,
    given: set[str],
    blank_keys: bool,
) -> None:
    missing = [name for name in table.key if name not in given]
    if missing and not blank_keys:
        raise InputError(
            f"The key {', '.join(missing)} is missing",
            where=f"table {table.name}",
            mend="Give every row its key",
        )
    blank = " OR ".join(f"{quoted(name)} IS NULL" for name in table.key)
    row = None
    if not blank_keys:
        row = one(connection, f"SELECT min(freehold_row) FROM {quoted(_STAGED)} WHERE {blank}")[0]
    if row is not None:
        raise InputError(
            "A key is blank", where=f"table {table.name}, row {row}", mend="Give every row its key"
        )
    typed = ", ".join(
        f"{typed_sql(table.column(name)) if name in given else 'NULL'} AS {quoted(name)}"
        for name in table.key
    )
    names = ", ".join(quoted(name) for name in table.key)
    twice = connection.execute(
        f"SELECT {names} FROM (SELECT {typed} FROM {quoted(_STAGED)} UNION ALL"
        f" SELECT {names} FROM {qualified(schema, table.name)})"
        f" GROUP BY {names} HAVING count(*) > 1 ORDER BY {names} LIMIT 1"
    ).fetchall()
    if twice:
        raise InputError(
            f"The key {', '.join(str(part) for part in twice[0])} is there twice",
            where=f"table {table.name}",
            mend="Give each row a key of its own",
        )


def _not_finite(
    connection: duckdb.DuckDBPyConnection, table: Table, columns: list[Column]
) -> list[str]:
    numbers = [column for column in columns if column.type in {"num", "money", "share"}]
    if not numbers:
        return []
    counts = ", ".join(
        f"count(*) FILTER (WHERE NOT isfinite(TRY_CAST({quoted(column.name)} AS DOUBLE)))"
        for column in numbers
    )
    found = one(connection, f"SELECT {counts} FROM {quoted(_STAGED)}")
    return [
        f"{count} values of {table.name}.{column.name} were not finite numbers and are now unknown."
        for column, count in zip(numbers, found, strict=True)
        if count
    ]


def _type_words(column: Column) -> str:
    words = {
        "bool": "true or false",
        "int": "a whole number",
        "date": "a date (YYYY-MM-DD)",
        "time": "a date and time",
    }
    return words.get(column.type, "a number")


def _domain_words(column: Column) -> str:
    return f"its values {', '.join(column.values)}" if column.values else column.domain
