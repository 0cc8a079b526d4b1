"""The table of predictions: figures, their 80 % ranges, and what each metric means."""

from dataclasses import dataclass, fields
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from freehold.capacity.assumptions import read_table
from freehold.capacity.columns import Bools, Floats
from freehold.capacity.remarks import Notes

BASIS: Final = "calibrated physics"
OWN_BASIS: Final = "own measurements"


def basis_of(own: Bools) -> npt.NDArray[np.object_]:
    """Return what the figures of each row rest on; `own` = the user has measured its chip."""
    return np.where(own, OWN_BASIS, BASIS).astype(object)


@dataclass(frozen=True)
class Metric:
    """One predicted figure: unit, the interval it takes, and its definition as shown to users."""

    name: str
    group: str
    unit: str
    interval: str
    definition: str


@cache
def metrics() -> dict[str, Metric]:
    """Return every metric by name (metrics.csv)."""
    rows = read_table("metrics.csv").itertuples(index=False)
    return {str(row[0]): Metric(*(str(cell) for cell in row)) for row in rows}


@cache
def _factors() -> dict[tuple[str, str], float]:
    table = read_table("intervals.csv")
    return {
        (kind, condition): float(factor)
        for kind, condition, factor in zip(
            table["kind"], table["condition"], table["factor"], strict=True
        )
    }


def width(kind: str) -> float:
    """Return the factor between a figure and the ends of its 80 % range, before any doubt."""
    return _factors()[kind, "base"]


def interval_sources() -> pd.DataFrame:
    """Return how each width was derived: kind, condition, factor, how."""
    return read_table("intervals.csv")


@dataclass(frozen=True)
class Doubts:
    """What widens a configuration's ranges."""

    chip_unmeasured: Bools
    class_unmeasured: Bools
    stack_unmeasured: Bools
    architecture_generic: Bools
    input_assumed: Bools

    def widening(self) -> Floats:
        """Return the factor by which the base width grows; independent doubts add in log space."""
        squared = np.zeros(len(self.chip_unmeasured))
        for doubt in fields(self):
            log = np.log(_factors()["all", doubt.name])
            squared = squared + np.where(getattr(self, doubt.name), log * log, 0.0)
        return np.asarray(np.exp(np.sqrt(squared)), dtype=np.float64)

    def told(self, notes: Notes) -> None:
        """Note what nobody has measured."""
        notes.add(self.chip_unmeasured, "chip not measured in this precision: a wider range")
        notes.add(self.class_unmeasured, "class of model not measured: a wider range")
        notes.add(self.stack_unmeasured, "software stack not measured: a wider range")


def with_ranges(values: dict[str, Floats], doubts: Doubts) -> dict[str, Floats]:
    """Return each figure with METRIC_low80 and METRIC_high80 beside it.

    The range is figure / f to figure x f; f comes from intervals.csv, where its `how` tells
    whether it was fitted to left-out measurements.
    Memory parts follow from shapes, so only a generic architecture widens them.
    """
    table: dict[str, Floats] = {}
    wide = doubts.widening()
    for name, value in values.items():
        kind = metrics()[name].interval
        factor = _factors()[kind, "base"] * (1.0 if kind == "memory" else wide)
        if kind == "memory":
            generic = _factors()["all", "architecture_generic"]
            factor = factor * np.where(doubts.architecture_generic, generic, 1.0)
        table[name] = value
        table[f"{name}_low80"] = value / factor
        high = value * factor
        table[f"{name}_high80"] = np.minimum(high, 1.0) if metrics()[name].unit == "share" else high
    return table


@dataclass(frozen=True)
class Predictions:
    """One row per configuration of the specification, in its order.

    `table` has config_id, kind (training, serving), fits, refused_because (empty = answered),
    overloaded, memory_limited, assumed (what was filled in), basis, and per metric the figure,
    METRIC_low80 and METRIC_high80; NaN where a row has no such figure.
    """

    table: pd.DataFrame
    evaluate_seconds: float

    @property
    def configurations_per_s(self) -> float:
        """Configurations answered or refused per second of this evaluation."""
        return len(self.table) / max(self.evaluate_seconds, 1e-9)
