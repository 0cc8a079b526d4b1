"""Widths of the 80 % ranges from the errors on rows that were left out of the fit."""

import numpy as np
import pandas as pd

from freehold.capacity.columns import Floats
from freehold.capacity.predictions import metrics

COVERED = 0.8

FEWEST = 20
"""A width is fitted where at least this many left-out rows speak; else it stays as it is."""


def ranges(rows: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Return the table of interval widths, base widths fitted where there are enough rows.

    Args:
        rows: `Validation.rows` of left-out predictions.
        held: the present table: kind, condition, factor, how.
    """
    kind = rows["metric"].map({name: metric.interval for name, metric in metrics().items()})
    error = pd.Series(np.abs(np.log(rows["predicted"] / rows["measured"])), index=rows.index)
    made = held.copy()
    for name in kind.dropna().unique():
        chosen = (kind == name) & error.notna()
        if int(chosen.sum()) < FEWEST:
            continue
        place = (made["kind"] == name) & (made["condition"] == "base")
        # What doubts add to a row's range is taken off first, so that it is not counted twice.
        added = np.log(rows["predicted"] / rows["low80"]) - np.log(
            float(made[place]["factor"].iloc[0])
        )
        beyond = (error - added)[chosen].to_numpy(dtype=np.float64)
        width = max(_quantile(beyond, _source_weights(rows[chosen]), COVERED), np.log(1.02))
        made.loc[place, "factor"] = f"{np.exp(width):.3f}"
        made.loc[place, "how"] = (
            f"80 % of {int(chosen.sum())} left-out rows of {rows[chosen]['family'].nunique()}"
            " sources lie within, each source and metric counted by the root of its rows"
        )
    return made


def rewidened(rows: pd.DataFrame, held: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """Return predictions with the ranges that new base widths would have given them."""
    widths = [
        table[table["condition"] == "base"].set_index("kind")["factor"].astype(float)
        for table in (held, made)
    ]
    kind = rows["metric"].map({name: metric.interval for name, metric in metrics().items()})
    grown = kind.map(widths[1] / widths[0])
    return rows.assign(low80=rows["low80"] / grown, high80=rows["high80"] * grown)


def _source_weights(rows: pd.DataFrame) -> Floats:
    """Count a source's rows by their root: they resemble each other, yet many tell more than one.

    Counted alike, a source of one row would weigh as much as one of a hundred.
    """
    count = rows.groupby(["family", "metric"])["metric"].transform("size")
    return np.asarray(count**-0.5, dtype=np.float64)


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(reached, share)])
