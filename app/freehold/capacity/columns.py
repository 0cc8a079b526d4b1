"""Columns of numbers and texts taken from tables whose cells may be missing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Rows = TypeVar("Rows", bound="DataclassInstance")
Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]


def numbers(frame: pd.DataFrame, column: str) -> Floats:
    """Return a column as floats; missing columns, blanks and non-numbers become NaN."""
    if column not in frame:
        return np.full(len(frame), np.nan)
    values = frame[column]
    if values.dtype.kind not in "fiu":
        place, distinct = pd.factorize(values)
        read = pd.to_numeric(pd.Series(distinct, dtype=object), errors="coerce")
        return np.append(np.asarray(read, dtype=np.float64), np.nan)[place]
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def texts(frame: pd.DataFrame, column: str) -> "pd.Series[str]":
    """Return a column as stripped texts; missing columns and NULL become the empty text."""
    if column not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    return pd.Series(words(frame, column).text(), index=frame.index, dtype="str")


@dataclass(frozen=True)
class Words:
    """A column of texts as positions among its distinct values.

    A question is asked once per distinct value, however many rows there are.
    """

    positions: Ints
    values: tuple[str, ...]

    def where(self, holds: Callable[[str], bool]) -> Bools:
        """Return the rows whose text has a property."""
        return np.array([holds(value) for value in self.values], dtype=np.bool_)[self.positions]

    def equal(self, *wanted: str) -> Bools:
        """Return the rows whose text is one of those given."""
        return self.where(lambda value: value in wanted)

    def contain(self, part: str) -> Bools:
        """Return the rows whose text contains a part."""
        return self.where(lambda value: part in value)

    def mapped(self, change: Callable[[str], str]) -> "Words":
        """Return the column with each distinct text replaced."""
        return Words(self.positions, tuple(change(value) for value in self.values))

    def replaced(self, where: Bools, other: "Words") -> "Words":
        """Return the column with the chosen rows taken from another."""
        moved = other.positions + len(self.values)
        return Words(np.where(where, moved, self.positions), (*self.values, *other.values))

    def lower(self) -> "Words":
        """Return the column in lower case."""
        return self.mapped(str.lower)

    def numbers(self, value_of: Callable[[str], float]) -> Floats:
        """Return a number for each row by its text."""
        return np.array([value_of(value) for value in self.values], dtype=np.float64)[
            self.positions
        ]

    def among(self, known: pd.Index) -> Ints:
        """Return the position of each text in `known`, -1 where it is not there."""
        found = known.get_indexer(pd.Index(list(self.values), dtype=object))
        return np.asarray(found, dtype=np.int64)[self.positions]

    def text(self) -> npt.NDArray[np.object_]:
        """Return the texts themselves, one per row."""
        return np.array(self.values, dtype=object)[self.positions]


def rows_of(table: Rows, where: Bools | Ints) -> Rows:
    """Return a dataclass of columns with only the chosen rows (by flag or by position).

    Single values stay as they are.
    """
    chosen: dict[str, object] = {}
    for field in fields(table):
        value = getattr(table, field.name)
        if isinstance(value, np.ndarray):
            chosen[field.name] = value[where]
        elif isinstance(value, Words):
            chosen[field.name] = Words(value.positions[where], value.values)
        elif is_dataclass(value) and not isinstance(value, type):
            chosen[field.name] = rows_of(value, where)
    return replace(table, **chosen)


def words(frame: pd.DataFrame, column: str) -> Words:
    """Return a column of stripped texts; missing columns and NULL become the empty text."""
    if column not in frame:
        return Words(np.zeros(len(frame), dtype=np.int64), ("",))
    place, distinct = _places(frame[column])
    values = (*(str(value).strip() for value in distinct), "")
    if (place < 0).any():
        place = np.where(place < 0, len(values) - 1, place)
    return Words(place.astype(np.int64), values)


def _places(values: "pd.Series[Any]") -> tuple[Ints, Sequence[object]]:
    """Return the place of each value among the different ones, -1 where it is missing."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.cat.codes.to_numpy(), dtype=np.int64), list(values.cat.categories)
    place, distinct = pd.factorize(values)
    return np.asarray(place, dtype=np.int64), list(distinct)


def different_rows(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[Ints, Ints]:
    """Return where each different combination of some columns first stands, and each row's one."""
    code = np.zeros(len(frame), dtype=np.int64)
    for column in columns:
        if column in frame:
            place, distinct = _places(frame[column])
            # Numbered anew each time, so that the numbers stay small however many columns.
            code = pd.factorize(code * (len(distinct) + 1) + place + 1)[0].astype(np.int64)
    first = np.zeros(int(code.max(initial=-1)) + 1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(frame) - 1, -1, -1)
    return first, code


def codes(values: "pd.Series[str]", known: pd.Index) -> Ints:
    """Return the position of each text in `known`, -1 where it is not there."""
    return np.asarray(known.get_indexer(pd.Index(values)), dtype=np.int64)


def take(table: Floats, index: Ints) -> Floats:
    """Return `table[index]`, NaN where the index is -1."""
    padded = np.append(table, np.nan)
    return padded[index]
