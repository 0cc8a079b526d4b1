"""Which rows of a view a change can touch, so that only those are built anew.

The large views make each row of one row of a table, its driver, with what that refers to. For each
input that may change, `view_moves.csv` has SQL of the driver's keys that its changed rows reach;
the line without an input has the driver's key in terms of the view's own columns. In the view's
template `{only:KEY}` stands after the driver. More rows than need be may be reached, as long as
those that are gone and those that are built are chosen by the same keys. A change of any other
input builds the view whole. `{near:TABLE.COLUMN}` in a template is a large table of the estate
that is joined to the driver by that column; the line that reads `near` has SQL of the values there
that the driver's keys need, so that few rows are not joined to a million.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from freehold.estate.sql import one, qualified, quoted

_MOST_MOVED = 0.5
"""Above this share of a view's rows, building it whole costs less."""


@dataclass(frozen=True)
class Only:
    """The word `only` of a template: all rows of a driver, or those with a key in `keys`."""

    keys: str | None = None

    def __format__(self, key: str) -> str:
        return f"SEMI JOIN {self.keys} AS moved ON moved.changed = {key}" if self.keys else ""


EVERY_ROW = Only()


@dataclass(frozen=True)
class Near:
    """The word `near` of a template: a table of the schema `e`, or its rows that `ids` name."""

    e: str
    ids: str | None = None

    def __format__(self, place: str) -> str:
        table, _, column = place.partition(".")
        if self.ids is None:
            return f"{self.e}.{table}"
        return (
            f"(SELECT t.* FROM {self.e}.{table} AS t"
            f" SEMI JOIN {self.ids} AS near ON near.id = t.{column})"
        )


@dataclass(frozen=True)
class Moved:
    """How a view differs from the view of the same name in another schema.

    Attributes:
        like: the other schema.
        view: the view's name.
        gone: SQL name of a table with `row` (the rowid there) and `key` of the rows that no longer
            stand.
        rows: SQL name of a table with the rows that stand now.
    """

    like: str
    view: str
    gone: str
    rows: str

    @property
    def base(self) -> str:
        """SQL name of the other view, a table."""
        return qualified(self.like, self.view)


@cache
def reach() -> Mapping[str, Mapping[str, str]]:
    """Return by view and input (e.TABLE, v.VIEW; "" for the view's own) SQL of driver keys."""
    found: dict[str, dict[str, str]] = {}
    path = Path(__file__).with_name("view_moves.csv")
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["view"], {})[line["reads"]] = line["keys"]
    return found


def place_of(schema: str, like: str, view: str) -> Moved:
    """Return where the difference of a view of `schema` from that of `like` is kept."""
    room = f"{schema}_moved"
    return Moved(like, view, qualified(room, f"{view}_gone"), qualified(room, view))


def note_hashes(connection: duckdb.DuckDBPyConnection, schema: str, view: str) -> str:
    """Hash each row of a view; return the number of rows and the sum of the hashes as one text.

    Reading the hash of a row that is gone costs far less than reading all its columns.
    """
    hashes = qualified(f"{schema}_hashes", view)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema + '_hashes')}")
    connection.execute(
        f"CREATE OR REPLACE TABLE {hashes} AS"
        f" SELECT hash(t) AS held FROM {qualified(schema, view)} AS t"
    )
    count, total = one(connection, f"SELECT count(*), sum(held) FROM {hashes}")
    return f"{count}:{total}"


def forget_hashes(connection: duckdb.DuckDBPyConnection, schema: str, view: str) -> None:
    """Drop the hashes of a view's former rows."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema + '_hashes')}")
    connection.execute(f"DROP TABLE IF EXISTS {qualified(f'{schema}_hashes', view)}")


def _gone(connection: duckdb.DuckDBPyConnection, moved: Moved, key: str, reached: str) -> str:
    """Return SQL of `row`, `key` and hash (`held`) of the base's rows that are `reached`."""
    name = quoted(key)
    if not connection.execute(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
        [f"{moved.like}_hashes", moved.view],
    ).fetchall():
        return (
            f"SELECT rowid AS row, {name} AS key, hash(b) AS held FROM {moved.base} AS b {reached}"
        )
    hashes = qualified(f"{moved.like}_hashes", moved.view)
    # Rows of a table made in the transaction that still runs are numbered from far above.
    first = one(connection, f"SELECT coalesce(min(rowid), 0) FROM {hashes}")[0]
    return (
        f"SELECT b.*, h.held FROM (SELECT rowid AS row, {name} AS key FROM {moved.base} {reached})"
        f" AS b JOIN (SELECT rowid - {first} AS row, held FROM {hashes}) AS h ON h.row = b.row"
    )


def collect(
    connection: duckdb.DuckDBPyConnection,
    moved: Moved,
    selects: list[str],
    which: str,
    key: str,
) -> str | None:
    """Note what is gone of the base's rows; return the table of keys to build anew.

    None if that are too many rows. `which` is the driver's key in terms of the view's columns.
    """
    keys = f'{moved.gone[:-1]}_keys"'
    union = " UNION ALL ".join(f"({select})" for select in selects)
    connection.execute(
        f"CREATE OR REPLACE TABLE {keys} AS"
        f" SELECT DISTINCT * FROM ({union}) AS u(changed) WHERE changed IS NOT NULL"
    )
    rows = one(connection, f"SELECT count(*) FROM {moved.base}")[0]
    connection.execute(
        f"CREATE OR REPLACE TABLE {moved.gone} AS"
        f" {_gone(connection, moved, key, f'SEMI JOIN {keys} AS k ON k.changed = {which}')}"
    )
    gone = one(connection, f"SELECT count(*) FROM {moved.gone}")[0]
    return keys if gone <= _MOST_MOVED * max(rows, 1) else None


def settle(connection: duckdb.DuckDBPyConnection, moved: Moved, key: str) -> tuple[int, int]:
    """Forget rows that stand as they stood; return how many rows and what hash they add."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE freehold_built AS"
        f" SELECT rowid AS row, {quoted(key)} AS key, hash(t) AS held FROM {moved.rows} AS t"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE freehold_same AS"
        f" SELECT any_value(g.row) AS gone, any_value(r.row) AS built FROM {moved.gone} AS g"
        " JOIN freehold_built AS r ON r.key = g.key AND r.held = g.held"
        " GROUP BY g.key HAVING count(*) = 1"
    )
    tables = (("gone", moved.gone, "row"), ("built", moved.rows, "rowid"))
    for same, table, row in (*tables, ("built", "freehold_built", "row")):
        connection.execute(f"DELETE FROM {table} WHERE {row} IN (SELECT {same} FROM freehold_same)")
    counts = one(
        connection,
        f"SELECT b.n - g.n, coalesce(b.held, 0) - coalesce(g.held, 0)"
        " FROM (SELECT count(*) AS n, sum(held) AS held FROM freehold_built) AS b,"
        f" (SELECT count(*) AS n, sum(held) AS held FROM {moved.gone}) AS g",
    )
    return int(counts[0]), int(counts[1])


def is_same(connection: duckdb.DuckDBPyConnection, moved: Moved) -> bool:
    """Return whether nothing moved after all."""
    counts = one(
        connection,
        f"SELECT (SELECT count(*) FROM {moved.rows}) + (SELECT count(*) FROM {moved.gone})",
    )
    return not counts[0]


def both(moved: Moved) -> str:
    """Return the query of a view of the base's rows that stand and of those that moved."""
    return (
        f"SELECT b.* FROM {moved.base} AS b ANTI JOIN {moved.gone} AS g ON g.row = b.rowid"
        f" UNION ALL FROM {moved.rows}"
    )


def changed_keys(moved: Moved, key: str) -> str:
    """Return SQL of the keys (`changed`) of all rows that a view has lost, gained or changed."""
    return f"(SELECT key AS changed FROM {moved.gone} UNION SELECT {quoted(key)} FROM {moved.rows})"


def compared_keys(own: str, base: str, key: str) -> str:
    """Return SQL of the keys (`changed`) in which two tables of the same columns differ."""
    name = quoted(key)
    return (
        f"(SELECT {name} AS changed FROM (FROM {own} EXCEPT ALL FROM {base})"
        f" UNION SELECT {name} FROM (FROM {base} EXCEPT ALL FROM {own}))"
    )
