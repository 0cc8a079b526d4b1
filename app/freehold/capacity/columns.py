"""Columns of numbers and texts taken from tables whose cells may be missing."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]


def numbers(frame: pd.DataFrame, column: str) -> Floats:
    """Return a column as floats; missing columns, blanks and non-numbers become NaN."""
    if column not in frame:
        return np.full(len(frame), np.nan)
    values = frame[column]
    if values.dtype.kind not in "fiu":
        values = pd.to_numeric(values, errors="coerce")
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def texts(frame: pd.DataFrame, column: str) -> "pd.Series[str]":
    """Return a column as stripped texts; missing columns and NULL become the empty text."""
    if column not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    place, distinct = pd.factorize(frame[column])
    words = pd.Series(distinct).astype("str").str.strip().to_numpy(dtype=object)
    spread = np.append(words, "")[place]
    return pd.Series(spread, index=frame.index, dtype="str")


def codes(values: "pd.Series[str]", known: pd.Index) -> Ints:
    """Return the position of each text in `known`, -1 where it is not there."""
    distinct = pd.factorize(values)
    return np.asarray(known.get_indexer(pd.Index(distinct[1])), dtype=np.int64)[distinct[0]]


def take(table: Floats, index: Ints) -> Floats:
    """Return `table[index]`, NaN where the index is -1."""
    padded = np.append(table, np.nan)
    return padded[index]
