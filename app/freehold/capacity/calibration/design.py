"""Which named factors an operation may have, and the columns through which each acts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from freehold.capacity.assumptions import read_table
from freehold.capacity.calibration.factors import BASE, OWN_CHIP, OWN_MODEL
from freehold.capacity.calibration.levels import UNKNOWN, Levels
from freehold.capacity.columns import Floats

Name = tuple[str, str, str]
"""(operation, level, name) of one factor."""


@dataclass(frozen=True)
class Design:
    """One column per factor: how strongly it acts on each row of its operation."""

    names: tuple[Name, ...]
    columns: Floats
    prior_sd: Floats

    @property
    def operations(self) -> npt.NDArray[np.object_]:
        """The operation of each column."""
        return np.array([name[0] for name in self.names], dtype=object)


def priors() -> pd.DataFrame:
    """Return the levels of each operation and how far its factors may stray (priors.csv).

    `sd` is the standard deviation of the logarithm of a factor before any measurement.
    """
    return read_table("calibration/priors.csv")


def design(
    levels: Levels, operations: tuple[str, ...], rows: int, *, only_own: bool = False
) -> Design:
    """Return the factors that measurements of these levels can speak about.

    `only_own` leaves all but the levels of the user's own measurements as they are.
    """
    names: list[Name] = []
    columns: list[Floats] = []
    widths: list[float] = []
    for operation, level, sd in priors()[["operation", "level", "sd"]].itertuples(index=False):
        if operation not in operations or (level in (OWN_CHIP, OWN_MODEL)) != only_own:
            continue
        if level == BASE:
            found = [(BASE, np.ones(rows))]
        elif level in levels.numbers:
            found = [(level, levels.numbers[level])]
        else:
            words = levels.categories[level].text()
            told = sorted(set(words) - {UNKNOWN})
            found = [(name, (words == name).astype(np.float64)) for name in told]
        for name, column in found:
            names.append((operation, level, name))
            columns.append(column)
            widths.append(float(sd))
    return Design(tuple(names), np.stack(columns, axis=1), np.array(widths, dtype=np.float64))
