"""Why a row is refused and what was assumed for it, collected for whole columns at once."""

from string import Formatter

import numpy as np
import numpy.typing as npt
import pandas as pd

from freehold.capacity.columns import Bools, Floats, Ints, Words, numbers, words


def _as_text(values: Words | Floats, where: Bools) -> "pd.Series[str]":
    if isinstance(values, Words):
        return pd.Series(values.text()[where], dtype="str")
    return pd.Series(values[where]).map("{:g}".format).astype("str")


class Refusals:
    """The first reason found for each row, as one sentence without a full stop."""

    def __init__(self, rows: int) -> None:
        self._any: Bools = np.zeros(rows, dtype=np.bool_)
        self.reasons: npt.NDArray[np.object_] = np.full(rows, "", dtype=object)

    @property
    def any(self) -> Bools:
        """Return which rows are refused."""
        return self._any.copy()

    def add(self, where: Bools, sentence: str, **values: Words | Floats) -> None:
        """Refuse rows that have no reason yet; `{name}` in the sentence is the row's value."""
        chosen = np.asarray(where & ~self._any, dtype=np.bool_)
        if not chosen.any():
            return
        text = pd.Series("", index=range(int(chosen.sum())), dtype="str")
        for literal, name, _format, _conversion in Formatter().parse(sentence):
            text = text + literal
            if name:
                text = text + _as_text(values[name], chosen)
        self.reasons[chosen] = text.to_numpy(dtype=object)
        self._any |= chosen

    def coded(self) -> Words:
        """Return the reason of each row, each different text once."""
        if not self._any.any():
            return Words(np.zeros(len(self._any), dtype=np.int64), ("",))
        places, distinct = pd.factorize(self.reasons)
        return Words(np.asarray(places, dtype=np.int64), tuple(str(text) for text in distinct))

    def rows(self, where: Bools | Ints) -> "Refusals":
        """Return the reasons of the chosen rows."""
        kept = Refusals(0)
        kept._any, kept.reasons = self._any[where], self.reasons[where]
        return kept


def refuse_unreadable(
    spec: pd.DataFrame, column: str, refusals: Refusals, *words_allowed: str
) -> None:
    """Refuse infinite numbers and words where a number belongs; a blank says nothing.

    A NaN that somebody wrote out in a text is a word; NULL in a column of numbers is a blank.
    """
    if column not in spec:
        return
    values = numbers(spec, column)
    refusals.add(np.isinf(values), f"{column} is not a finite number")
    if spec[column].dtype.kind in "fiub":
        return
    raw = words(spec, column)
    said = ~raw.equal("", *words_allowed) & np.isnan(values)
    refusals.add(said, f"{column} is not a number: {{value}}", value=raw)


class Notes:
    """Remarks per row, held as bits so that a million rows cost nothing."""

    def __init__(self, rows: int) -> None:
        self._bits = np.zeros(rows, dtype=np.uint64)
        self._texts: list[str] = []

    def add(self, where: Bools, text: str) -> None:
        """Attach a remark to the chosen rows; at most 64 different ones."""
        if not where.any():
            return
        if text not in self._texts:
            self._texts.append(text)
        bit = np.uint64(1 << self._texts.index(text))
        self._bits[where] |= bit

    def rows(self, where: Bools | Ints) -> "Notes":
        """Return the remarks of the chosen rows."""
        kept = Notes(0)
        kept._bits, kept._texts = self._bits[where], list(self._texts)
        return kept

    def coded(self) -> Words:
        """Return the remarks of each row joined by '; ', each different text once."""
        inverse, distinct = pd.factorize(self._bits)
        joined = (
            "; ".join(text for place, text in enumerate(self._texts) if int(bits) >> place & 1)
            for bits in distinct
        )
        return Words(np.asarray(inverse, dtype=np.int64), tuple(joined))

    def joined(self) -> npt.NDArray[np.object_]:
        """Return the remarks of each row joined by '; '."""
        return self.coded().text()
