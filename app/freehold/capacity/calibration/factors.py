"""Fitted factors: measured time over physics, by operation and level, kept as data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Final

import numpy as np

from freehold.capacity.assumptions import read_table
from freehold.capacity.calibration.levels import Levels
from freehold.capacity.columns import Bools, Floats, Words

SERVING: Final = ("decode", "load_slope", "prefill", "wait", "first", "links")
"""Operations of serving; `load_slope` is an exponent, the others multiply a time."""

TRAINING: Final = ("matmul", "attention", "overhead", "links")
"""Operations of training; their factors are named training_OPERATION."""

BASE: Final = "all"

OWN_CHIP: Final = "own_chip"
OWN_MODEL: Final = "own_model"
"""Levels of the user's own measurements: a chip, and a model on a chip."""

RESTS_ON_OWN: Final = "rests on own measurements"
"""The remark on figures of a chip that the user has measured."""

WHOLE: Final = ""
"""The fold that was fitted on every family."""

_SLOPES: Final = (0.0, 0.3)
"""Least and most exponent over the load: a step never gets shorter with more sequences."""


@dataclass(frozen=True)
class Calibration:
    """Natural logarithms of the factors by (operation, level, name); empty = physics alone.

    `own` says that the user's own measurements have a level of their own below the others.
    """

    values: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    own: bool = False

    def log_factor(self, operation: str, levels: Levels, rows: int) -> Floats:
        """Return the logarithm of an operation's factor for each row.

        A category that no measurement knows adds nothing, so its row keeps what is common.
        """
        base = self.values.get((operation, BASE, BASE), 0.0)
        total = np.full(rows, base)
        known = self._by_level.get(operation, {})
        for level, column in levels.categories.items():
            named = known.get(level)
            if named is None:
                continue
            share = [named.get(name, 0.0) for name in column.values]
            if any(share):
                total = total + np.array(share, dtype=np.float64)[column.positions]
        for level, numbers in levels.numbers.items():
            slope = known.get(level, {}).get(level, 0.0)
            if slope:
                total = total + slope * numbers
        return total

    @cached_property
    def _by_level(self) -> dict[str, dict[str, dict[str, float]]]:
        found: dict[str, dict[str, dict[str, float]]] = {}
        for (operation, level, name), value in self.values.items():
            found.setdefault(operation, {}).setdefault(level, {})[name] = value
        return found

    def factor(self, operation: str, levels: Levels, rows: int) -> Floats:
        """Return time over physics of an operation, for `load_slope` the exponent itself."""
        logarithm = self.log_factor(operation, levels, rows)
        if operation == "load_slope":
            return np.clip(logarithm, *_SLOPES)
        return np.exp(logarithm)

    def rests_on_own(self, chip: Words, operations: tuple[str, ...]) -> Bools:
        """Return the rows whose chip the user has measured."""
        if not self.own:
            return np.zeros(len(chip.positions), dtype=np.bool_)
        return chip.where(self.knows(OWN_CHIP, operations).__contains__)

    def knows(self, level: str, operations: tuple[str, ...]) -> frozenset[str]:
        """Return the names of a category that at least one operation has a factor for."""
        return frozenset(
            name for op, of_level, name in self.values if of_level == level and op in operations
        )


def _read(name: str) -> dict[str, Calibration]:
    found: dict[str, dict[tuple[str, str, str], float]] = {}
    for left_out, operation, level, factor, value in read_table(name).itertuples(index=False):
        found.setdefault(left_out, {})[operation, level, factor] = float(value)
    return {fold: Calibration(values) for fold, values in found.items()}


@cache
def shipped_calibration() -> Calibration:
    """Return the factors fitted on every measured row (factors.csv)."""
    return _read("calibration/factors.csv").get(WHOLE, Calibration())


@cache
def _left_out() -> dict[str, Calibration]:
    return _read("calibration/folds.csv")


def folds(names: Iterable[str]) -> dict[str, Calibration]:
    """Return the factors of folds by what was left out; WHOLE = nothing was."""
    return {name: shipped_calibration() if name == WHOLE else _left_out()[name] for name in names}


@cache
def fold_of_case() -> Mapping[str, str]:
    """Return the fold that leaves a measured row out, by its case_id (residuals.csv)."""
    table = read_table("calibration/residuals.csv")
    return dict(zip(table["case_id"], table["fold"], strict=True))
