"""Find a row of the estate by its key alone."""

from collections.abc import Callable, Sequence

import duckdb

from freehold.desktop.pages.estate_tables import Listing


def number_of(
    connection: duckdb.DuckDBPyConnection, listing: Listing, schema: str, key: str
) -> int | None:
    """Return the place of a row in the order listed, which is the order of the keys."""
    names = ", ".join(f'"{name}"' for name in listing.listed.key)
    joined = " || '/' || ".join(
        f"coalesce(CAST(\"{name}\" AS VARCHAR), '')" for name in listing.listed.key
    )
    row = connection.execute(
        f"SELECT n FROM (SELECT row_number() OVER (ORDER BY {names}) - 1 AS n, {joined} AS k"
        f' FROM "{schema}"."{listing.listed.name}") WHERE k = ? LIMIT 1',
        [key],
    ).fetchone()
    return int(row[0]) if row else None


def table_with(
    connection: duckdb.DuckDBPyConnection,
    order: Sequence[Listing],
    schema_of: Callable[[Listing], str],
    key: str,
) -> str | None:
    """Return the first of these tables that has a row with this key, or None."""
    parts = [
        f'SELECT {place} AS place WHERE EXISTS (FROM "{schema_of(listing)}"."{listing.listed.name}"'
        f' WHERE "{listing.listed.key[0]}" = $key)'
        for place, listing in enumerate(order)
        if len(listing.listed.key) == 1
    ]
    found = connection.execute(
        f"SELECT min(place) FROM ({' UNION ALL '.join(parts)})", {"key": key}
    ).fetchone()
    return order[found[0]].name if found and found[0] is not None else None
