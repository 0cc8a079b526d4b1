"""Estimate a table that lies in the database into another one: the way for very many rows."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from freehold.capacity.checks import Tables
from freehold.capacity.columns import Ints, Words
from freehold.capacity.estimate import Answer, answered, training_rows
from freehold.capacity.predictions import BASIS, OWN_BASIS, metrics
from freehold.errors import InputError

_BLOCK: Final = 32_768
"""Rows evaluated at once: few enough for a core's caches, enough to make calls count little."""

_MOST_WORDS: Final = 5_000
_WHOLE: Final = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
)


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
    made = _Columns(len(spec))

    def answer(rows: Ints, is_training: bool) -> None:
        # Rows of one kind only, so that the two kinds' columns need not be put together.
        block = spec.iloc[rows].reset_index(drop=True)
        made.add(rows, answered(block, facts, training=is_training, figures=wanted))

    training = training_rows(spec)
    blocks = [
        (rows[start : start + _BLOCK], is_training)
        for rows, is_training in (
            (np.flatnonzero(training), True),
            (np.flatnonzero(~training), False),
        )
        for start in range(0, len(rows), _BLOCK)
    ]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda block: answer(*block), blocks))
    frame = made.frame()
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
    made = []
    for name, kind in spec_columns(connection, source).items():
        if name == "config_id":
            continue
        column = _quoted(name)
        if kind == "VARCHAR":
            column = _category(connection, source, column)
        elif kind in _WHOLE:
            # Plain floats are taken row by row several times as fast as integers with a mask.
            column = f"CAST({column} AS DOUBLE) AS {column}"
        made.append(column)
    listed_columns = ", ".join(made) or "1 AS nothing"
    return connection.execute(f"SELECT {listed_columns} FROM {source}").df()


def _category(connection: duckdb.DuckDBPyConnection, source: str, column: str) -> str:
    rows = connection.execute(
        f"SELECT DISTINCT {column} FROM {source} WHERE {column} IS NOT NULL LIMIT {_MOST_WORDS + 1}"
    ).fetchall()
    words = sorted(row[0] for row in rows)
    if not words or len(words) > _MOST_WORDS:
        return column
    listed = ", ".join("'" + word.replace("'", "''") + "'" for word in words)
    return f"CAST({column} AS ENUM({listed})) AS {column}"


def _wanted(figures: Sequence[str]) -> frozenset[str]:
    """Return the columns of the figures asked for and those every row has."""
    unknown = sorted(set(figures) - set(metrics()))
    if unknown:
        raise InputError(
            "There is no such figure",
            where=", ".join(unknown),
            mend=f"Use some of: {', '.join(metrics())}",
        )
    return frozenset(figures)


class _Columns:
    """The columns of the answer, filled block by block; each different text is kept once."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._lock = Lock()
        self._fits = np.zeros(rows, dtype=np.float64)
        self._flags = {
            name: np.zeros(rows, dtype=np.bool_) for name in ("overloaded", "memory_limited")
        }
        self._texts = {
            name: _Texts(rows) for name in ("kind", "refused_because", "assumed", "basis")
        }
        self._figures: dict[str, npt.NDArray[np.float64]] = {}
        self._order: dict[str, tuple[str, ...]] = {}

    def add(self, rows: Ints, answer: Answer) -> None:
        """Put the answer to some rows in their places."""
        where = _span(rows)
        self._fits[where] = answer.fits
        for name, values in self._flags.items():
            values[where] = getattr(answer, name)
        for name, column in answer.columns.items():
            self._figure(name)[where] = column
        same = np.zeros(len(rows), dtype=np.int64)
        told = {
            "kind": Words(same, (answer.kind,)),
            "refused_because": answer.refusals.coded(),
            "assumed": answer.notes.coded(),
            "basis": Words(answer.own.astype(np.int64), (BASIS, OWN_BASIS)),
        }
        with self._lock:
            self._order[answer.kind] = tuple(answer.columns)
            for name, words in told.items():
                self._texts[name].add(where, words)

    def _figure(self, name: str) -> npt.NDArray[np.float64]:
        with self._lock:
            if name not in self._figures:
                self._figures[name] = np.full(self._rows, np.nan)
            return self._figures[name]

    def frame(self) -> pd.DataFrame:
        """Return the columns in the order of `estimate`."""
        unknown = np.isnan(self._fits)
        fits = pd.arrays.BooleanArray(self._fits == 1.0, unknown)
        texts = {name: column.categories() for name, column in self._texts.items()}
        # Whichever block was done first, training figures stand before those of serving.
        order = (*self._order.get("training", ()), *self._order.get("serving", ()))
        columns = {
            "kind": texts["kind"],
            "fits": fits,
            "refused_because": texts["refused_because"],
            **self._flags,
            "assumed": texts["assumed"],
            "basis": texts["basis"],
            **{name: self._figures[name] for name in order},
        }
        return pd.DataFrame(columns, copy=False)


class _Texts:
    """One column of texts as places among the different ones."""

    def __init__(self, rows: int) -> None:
        self._places = np.zeros(rows, dtype=np.int32)
        self._known: dict[str, int] = {}

    def add(self, where: "slice | Ints", words: Words) -> None:
        """Put the texts of some rows in their places."""
        moved = [self._known.setdefault(text, len(self._known)) for text in words.values]
        self._places[where] = np.array(moved, dtype=np.int32)[words.positions]

    def categories(self) -> "pd.Categorical[str]":
        """Return the column with its texts in alphabetical order."""
        texts = sorted(self._known)
        rank = np.zeros(len(texts), dtype=np.int32)
        rank[[self._known[text] for text in texts]] = np.arange(len(texts), dtype=np.int32)
        return pd.Categorical.from_codes(rank[self._places], categories=pd.Index(texts))


def _span(rows: Ints) -> "slice | Ints":
    """Return places in a row as a slice, which fills several times as fast."""
    first, last = int(rows[0]), int(rows[-1])
    return slice(first, last + 1) if last - first + 1 == len(rows) else rows
