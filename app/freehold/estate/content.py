"""Hashes of what tables hold, whatever their history.

To hash every value of every table takes longer than to judge a small estate. So a table's rows are
first summed up by the database's own fast hash; a sum seen before has its SHA-256 remembered.
"""

from collections.abc import Callable, Mapping, Sequence

import duckdb

from freehold.estate.sql import one, quoted

Digest = Callable[[str, str, Sequence[str]], str]
"""Makes SQL that digests a table into one text: of its name, where it is, and its columns."""

_known: dict[tuple[str, int, int], str] = {}
"""Digests by how they are asked for, and by number and sum of the rows."""


def row_hashes(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, str]) -> dict[str, str]:
    """Return by name what tells the rows of tables and views, in whatever order they lie.

    Args:
        connection: holds them.
        tables: what stands for each in SQL, by name.
    """
    if not tables:
        return {}
    parts = [
        f"SELECT {place} AS place, count(*), sum(hash(t)) FROM {source} AS t"
        for place, source in enumerate(tables.values())
    ]
    found = sorted(connection.execute(" UNION ALL ".join(parts)).fetchall())
    return {name: f"{count}:{total}" for name, (_, count, total) in zip(tables, found, strict=True)}


def table_hashes(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, tuple[str, Sequence[str]]],
    digest: Digest,
) -> dict[str, str]:
    """Return by name the digest of each table that has rows; tables are SQL name and columns."""
    if not tables:
        return {}
    sums = [
        f"SELECT {place} AS place, count(*), sum(hash({', '.join(map(quoted, columns))}))"
        f" FROM {source}"
        for place, (source, columns) in enumerate(tables.values())
    ]
    found = sorted(connection.execute(" UNION ALL ".join(sums)).fetchall())
    hashes: dict[str, str] = {}
    for (name, (source, columns)), (_, count, total) in zip(tables.items(), found, strict=True):
        if not count:
            continue
        # Asked without the table's schema, which differs between scenarios.
        known = (digest(name, "", columns), int(count), int(total))
        if known not in _known:
            _known[known] = str(one(connection, digest(name, source, columns))[0])
        hashes[name] = _known[known]
    return hashes
