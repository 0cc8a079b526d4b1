"""A table of a scenario: the base's rows where they lie, and apart those that changes touch.

A change of a tenth of a million rows copies that tenth, not the table.
"""

from dataclasses import dataclass

import duckdb

from freehold.estate.sql import qualified, quoted


@dataclass(frozen=True, slots=True)
class Layer:
    """Where the rows of one layered table lie.

    Attributes:
        base: SQL name of the base's table.
        own: SQL name of the table of rows that a change touched, as they are now.
        gone: SQL name of the table of keys, in the base's key column, not read from the base.
        key: the key column.
    """

    base: str
    own: str
    gone: str
    key: str

    @property
    def changed(self) -> str:
        """SQL of the keys (`changed`) of all rows that a change touched."""
        return f"SELECT {quoted(self.key)} AS changed FROM {self.gone}"

    def brought(self, connection: duckdb.DuckDBPyConnection, keys: str) -> str:
        """Bring rows with the keys in the table `keys` into `own`, where they can be written."""
        key = quoted(self.key)
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE freehold_brought AS"
            f" SELECT {key} FROM {keys} AS k ANTI JOIN {self.gone} AS g USING ({key})"
        )
        if connection.execute("SELECT 1 FROM freehold_brought LIMIT 1").fetchall():
            connection.execute(
                f"INSERT INTO {self.own} SELECT b.* FROM {self.base} AS b"
                f" SEMI JOIN freehold_brought AS u ON u.{key} = b.{key};"
                f"INSERT INTO {self.gone} FROM freehold_brought"
            )
        return self.own


def layered(
    connection: duckdb.DuckDBPyConnection, base: str, schema: str, table: str, key: str
) -> Layer:
    """Create the view `table` in `schema` over the table of that name in the schema `base`."""
    room = layers_schema(schema)
    below, name = qualified(base, table), quoted(key)
    layer = Layer(below, qualified(room, table), qualified(room, f"{table}_gone"), key)
    connection.execute(
        f"CREATE SCHEMA IF NOT EXISTS {quoted(room)};"
        f"CREATE TABLE {layer.own} AS FROM {below} LIMIT 0;"
        f"CREATE TABLE {layer.gone} AS SELECT {name} FROM {below} LIMIT 0;"
        # Changed rows first: a further change mostly asks for those.
        f"CREATE VIEW {qualified(schema, table)} AS FROM {layer.own} UNION ALL"
        f" SELECT b.* FROM {below} AS b ANTI JOIN {layer.gone} AS g ON g.{name} = b.{name}"
    )
    return layer


def layers_schema(schema: str) -> str:
    """Return the schema of the layers of a scenario's schema."""
    return f"{schema}_layers"
