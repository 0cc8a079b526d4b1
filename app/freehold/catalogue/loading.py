"""Open the catalogue in a DuckDB connection, and say what was opened."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
from pydantic import BaseModel, ConfigDict

from freehold.catalogue.dictionary import Table, datasets_folder, shipped_tables
from freehold.catalogue.layers import apply_layers, layer_folder
from freehold.catalogue.reading import literal, quoted
from freehold.catalogue.views import VIEWS, create_views
from freehold.errors import CatalogueError


class TableInfo(BaseModel):
    """Counts of one table; `newest_as_of` is the newest not after the snapshot."""

    model_config = ConfigDict(frozen=True)

    rows: int
    verified: int
    unverified: int
    newest_as_of: str | None


class CatalogueInfo(BaseModel):
    """What is loaded: snapshot, hash over the data, rows per table, layers of the user."""

    model_config = ConfigDict(frozen=True)

    snapshot: str
    sha256: str
    tables: dict[str, TableInfo]
    layers: list[str]
    rows: int
    verified: int
    newest_as_of: str | None


def open_catalogue(
    connection: duckdb.DuckDBPyConnection,
    schema: str = "catalogue",
    tables: Iterable[str] | None = None,
    *,
    layers: bool = True,
) -> CatalogueInfo:
    """Load the shipped tables, the user's layers over them and the derived views into `schema`.

    Args:
        connection: an open connection that may still read files.
        schema: schema to fill; created if it is not there.
        tables: only these tables (and the views they suffice for); all by default.
        layers: whether CSV files in the user data folder's `catalogue` are laid over.

    Raises:
        CatalogueError: a table is unknown, or the data cannot be read.
    """
    known = shipped_tables()
    wanted = list(known) if tables is None else list(dict.fromkeys(tables))
    if unknown := [name for name in wanted if name not in known]:
        raise CatalogueError(
            f"The catalogue has no table {', '.join(unknown)}",
            mend="See the data dictionary for the tables there are",
        )
    folder = datasets_folder() / "parquet"
    stated = _stated(folder)
    name = quoted(schema)
    statements = [f"CREATE SCHEMA IF NOT EXISTS {name}"]
    statements += [
        f"CREATE OR REPLACE TABLE {name}.{quoted(table)} AS"
        f" FROM read_parquet({literal(str(folder / f'{table}.parquet'))})"
        for table in wanted
    ]
    try:
        connection.execute(";\n".join(statements))
    except duckdb.Error as error:
        raise CatalogueError(
            "The catalogue's data cannot be read", where=str(folder), mend="Install Freehold again"
        ) from error
    loaded = [
        (stated["snapshot"], table, False, part["sha256"], part["rows"])
        for table in wanted
        if (part := stated["tables"].get(table))
    ]
    if layers:
        laid = apply_layers(connection, schema, [known[table] for table in wanted])
        loaded += [(stated["snapshot"], a.table, True, a.sha256, a.rows) for a in laid]
    _record(connection, schema, loaded)
    create_views(connection, schema, base=schema)
    return info(connection, schema)


def made_from() -> str | None:
    """Return what tells the catalogue as it would be opened now; None with facts of the user's own.

    Raises:
        CatalogueError: the data cannot be read.
    """
    if layer_folder().is_dir():
        return None
    tables = [repr(table) for table in shipped_tables().values()]
    stated = json.dumps(_stated(datasets_folder() / "parquet"), sort_keys=True)
    # Who changes how it is opened must not be shown what was opened before; a frozen program has
    # no sources, and does not change under its version.
    own = Path(__file__)
    code = [path.read_text("utf-8") for path in (own, own.with_name("views.py")) if path.is_file()]
    return "\n".join([stated, *tables, *(code or [repr(VIEWS)])])


def info(connection: duckdb.DuckDBPyConnection, schema: str = "catalogue") -> CatalogueInfo:
    """Return what is loaded in `schema`, counted from the tables themselves.

    Raises:
        CatalogueError: no catalogue is open there.
    """
    try:
        loaded = connection.execute(
            f"SELECT snapshot, table_name, layer, sha256 FROM {quoted(schema)}.snapshot"
            " ORDER BY table_name, layer"
        ).fetchall()
    except duckdb.Error as error:
        raise CatalogueError("No catalogue is open", where=schema) from error
    known = shipped_tables()
    snapshot = str(loaded[0][0]) if loaded else ""
    names = sorted({str(row[1]) for row in loaded})
    counts = connection.execute(
        " UNION ALL ".join(_count_sql(schema, known[table]) for table in names),
        {"snapshot": snapshot} if names else {},
    ).fetchall()
    tables = {
        str(table): TableInfo(
            rows=rows, verified=verified, unverified=rows - verified, newest_as_of=newest
        )
        for table, rows, verified, newest in sorted(counts)
    }
    lines = "".join(f"{row[1]}:{'layer' if row[2] else 'base'}:{row[3]}\n" for row in loaded)
    dates = [part.newest_as_of for part in tables.values() if part.newest_as_of]
    return CatalogueInfo(
        snapshot=snapshot,
        sha256=hashlib.sha256(lines.encode()).hexdigest(),
        tables=tables,
        layers=[str(row[1]) for row in loaded if row[2]],
        rows=sum(part.rows for part in tables.values()),
        verified=sum(part.verified for part in tables.values()),
        newest_as_of=max(dates, default=None),
    )


def _count_sql(schema: str, table: Table) -> str:
    # A law's as_of may be the future day from which it applies.
    return (
        f"SELECT {literal(table.name)}, count(*), count(*) FILTER (verified),"
        " max(as_of) FILTER (as_of <= $snapshot)"
        f" FROM {quoted(schema)}.{quoted(table.name)}"
    )


def _stated(folder: Path) -> dict[str, Any]:
    path = folder / "snapshot.json"
    try:
        stated: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(
            "The catalogue's data cannot be read", where=str(path), mend="Install Freehold again"
        ) from error
    return stated


def _record(
    connection: duckdb.DuckDBPyConnection, schema: str, loaded: list[tuple[Any, ...]]
) -> None:
    target = f"{quoted(schema)}.snapshot"
    connection.execute(
        f"CREATE OR REPLACE TABLE {target} (snapshot VARCHAR, table_name VARCHAR,"
        " layer BOOLEAN, sha256 VARCHAR, rows INTEGER)"
    )
    if loaded:
        marks = ", ".join(["(?, ?, ?, ?, ?)"] * len(loaded))
        connection.execute(
            f"INSERT INTO {target} VALUES {marks}", [value for row in loaded for value in row]
        )
