"""Estimate a table that lies in the database into another one: the way for very many rows."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from freehold.capacity.checks import Tables
from freehold.capacity.estimate import estimate, training_rows
from freehold.capacity.predictions import metrics
from freehold.errors import InputError

_BLOCK: Final = 32_768
"""Rows evaluated at once: few enough for a core's caches, enough to make calls count little."""

_MOST_WORDS: Final = 5_000
_BLANKS: Final = {"b": False, "O": None}
_ALWAYS: Final = frozenset(
    {"kind", "fits", "refused_because", "overloaded", "memory_limited", "assumed", "basis"}
)
_TEXTS: Final = ("kind", "refused_because", "assumed", "basis")


def estimate_table(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    target: str,
    *,
    tables: Tables | None = None,
    catalogue: str = "catalogue",
    threads: int = 2,
    figures: Sequence[str] | None = None,
) -> int:
    """Predict every row of a table of the connection into a new table; return the rows.

    Args:
        connection: holds the catalogue and `source`.
        source: name of a table with the columns of a specification (see `estimate`).
        target: name of the table to make or replace: config_id and the columns of `estimate`, in
            the order of `source`.
        tables: facts already read.
        catalogue: a scenario's schema.
        threads: blocks evaluated side by side.
        figures: metrics to write, each with its range; all of them if not given. Writing a
            hundred columns takes as long as predicting them.

    Texts that repeat travel as numbers both ways, so that a row costs no Python object.

    Raises:
        InputError: the table has the columns of neither kind, or a figure does not exist.
    """
    facts = tables or Tables.read(connection, catalogue=catalogue)
    source, target = _quoted(source), _quoted(target)
    spec = _read(connection, source)
    wanted = None if figures is None else _wanted(figures)
    training = training_rows(spec)
    made: dict[str, npt.NDArray[np.generic]] = {}
    lock = Lock()

    def column(name: str, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        with lock:
            if name not in made:
                blank = _BLANKS.get(values.dtype.kind, np.nan)
                made[name] = np.full(len(spec), blank, dtype=values.dtype)
            return made[name]

    def answer(rows: npt.NDArray[np.int64]) -> None:
        # Rows of one kind only, so that the two kinds' columns need not be put together.
        found = estimate(spec.iloc[rows], connection, tables=facts).table
        for name in found.columns:
            if name == "config_id" or (wanted is not None and name not in wanted):
                continue
            values = found[name]
            plain = values.to_numpy()
            if name == "fits":
                plain = values.astype("object").where(values.notna(), None).to_numpy()
            column(str(name), plain)[rows] = plain

    blocks = [
        rows[start : start + _BLOCK]
        for rows in (np.flatnonzero(training), np.flatnonzero(~training))
        for start in range(0, len(rows), _BLOCK)
    ]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(answer, blocks))
    frame = pd.DataFrame(
        {name: _categories(values) if name in _TEXTS else values for name, values in made.items()},
        copy=False,
    )
    connection.register("freehold_estimates", frame)
    try:
        named = "config_id" in spec_columns(connection, source)
        identifier = "s.config_id" if named else "row_number() OVER () AS config_id"
        connection.execute(
            f"CREATE OR REPLACE TABLE {target} AS SELECT {identifier}, e.* FROM"
            f" (SELECT * FROM {source}) s POSITIONAL JOIN freehold_estimates e"
        )
    finally:
        connection.unregister("freehold_estimates")
    return len(spec)


def spec_columns(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    """Return the columns of a table with their types."""
    rows = connection.execute(f"DESCRIBE {source}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def _quoted(name: str) -> str:
    if not name or "\x00" in name:
        raise InputError("A table needs a name")
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def _read(connection: duckdb.DuckDBPyConnection, source: str) -> pd.DataFrame:
    """Return the specification without its identifiers, few texts as categories."""
    columns = {name: kind for name, kind in spec_columns(connection, source).items()
               if name != "config_id"}  # fmt: skip
    texts = [name for name, kind in columns.items() if kind == "VARCHAR"]
    counted: tuple[int, ...] = ()
    if texts:
        sums = ", ".join(f"approx_count_distinct({_quoted(name)})" for name in texts)
        counted = connection.execute(f"SELECT {sums} FROM {source}").fetchone() or ()
    few = {name for name, count in zip(texts, counted, strict=True) if count <= _MOST_WORDS}
    made = []
    for name in columns:
        column = _quoted(name)
        if name in few:
            words = [row[0] for row in connection.execute(
                f"SELECT DISTINCT {column} FROM {source} WHERE {column} IS NOT NULL ORDER BY 1"
            ).fetchall()]  # fmt: skip
            if words:
                listed = ", ".join("'" + word.replace("'", "''") + "'" for word in words)
                column = f"CAST({column} AS ENUM({listed})) AS {column}"
        made.append(column)
    listed_columns = ", ".join(made) or "1 AS nothing"
    return connection.execute(f"SELECT {listed_columns} FROM {source}").df()


def _wanted(figures: Sequence[str]) -> frozenset[str]:
    """Return the columns of the figures asked for and those every row has."""
    unknown = sorted(set(figures) - set(metrics()))
    if unknown:
        raise InputError(
            "There is no such figure",
            where=", ".join(unknown),
            mend=f"Use some of: {', '.join(metrics())}",
        )
    sides = ("", "_low80", "_high80")
    return _ALWAYS | {f"{name}{side}" for name in figures for side in sides}


def _categories(values: npt.NDArray[np.generic]) -> "pd.Series[Any]":
    return pd.Series(values, copy=False).astype("category")
