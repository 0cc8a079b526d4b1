"""The user's own facts, laid over the shipped ones row by row."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from freehold.catalogue.dictionary import Table
from freehold.catalogue.reading import file_sha256, load_csv, quoted
from freehold.errors import CatalogueError
from freehold.resources import user_data_folder


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of the user laid over a table."""

    table: str
    path: Path
    sha256: str
    rows: int


def layer_folder() -> Path:
    """Return the folder of the user's own catalogue files, one `TABLE.csv` per table."""
    return user_data_folder() / "catalogue"


def same_key(table: Table, left: str, right: str) -> str:
    """Return an SQL condition that two rows have the same key; blank equals blank."""
    return " AND ".join(
        f"{left}.{quoted(name)} IS NOT DISTINCT FROM {right}.{quoted(name)}" for name in table.key
    )


def apply_layers(
    connection: duckdb.DuckDBPyConnection, schema: str, tables: Iterable[Table]
) -> list[Layer]:
    """Replace rows by key with those of the user's files and add the new ones.

    Raises:
        CatalogueError: a file of the user does not follow the dictionary.
    """
    folder = layer_folder()
    applied: list[Layer] = []
    if not folder.is_dir():
        return applied
    for table in tables:
        path = folder / f"{table.name}.csv"
        if not path.is_file():
            continue
        layer = f"{quoted(schema)}.{quoted('layer of ' + table.name)}"
        try:
            load_csv(connection, path, table, layer, older=True)
        except CatalogueError as error:
            raise CatalogueError(
                f"A file of your own facts cannot be used: {error.what}",
                where=error.where,
                mend=f"Correct or remove the file {path}",
            ) from error
        rows = lay_over(connection, table, layer, f"{quoted(schema)}.{quoted(table.name)}")
        connection.execute(f"DROP TABLE {layer}")
        applied.append(Layer(table.name, path, file_sha256(path), rows))
    return applied


def lay_over(connection: duckdb.DuckDBPyConnection, table: Table, layer: str, target: str) -> int:
    """Put the rows of one relation over another by key; return how many rows were laid."""
    connection.execute(
        f"DELETE FROM {target} AS old WHERE EXISTS"
        f" (SELECT 1 FROM {layer} AS new WHERE {same_key(table, 'old', 'new')})"
    )
    columns = ", ".join(quoted(name) for name in table.column_names)
    connection.execute(f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {layer}")
    counted = connection.execute(f"SELECT count(*) FROM {layer}").fetchone()
    return int(counted[0]) if counted else 0
