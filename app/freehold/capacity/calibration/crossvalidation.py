"""Errors of predictions whose source, or whose chip, the factors never saw; kept as data."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pandas as pd

from freehold.capacity.assumptions import read_table
from freehold.capacity.validation import FEWEST_ROWS, error_table

FAMILY: Final = "family"
ACCELERATOR: Final = "accelerator"
SIMULATED: Final = "simulated"
WITHIN_LIMITS: Final = "within limits"
"""Splits: a source left out, a chip left out, a source left out of a simulation's factors, and
one left out of the largest load within a benchmark's limits."""

_KEYS: Final = ["split", "left_out", "metric"]
_COUNTS: Final = ["rows", "predicted"]


@dataclass(frozen=True)
class Target:
    """What a metric is held against: its baseline's name, and errors aimed at (NaN = none)."""

    naive: str
    median: float
    p90: float


@cache
def targets() -> dict[str, Target]:
    """Return baseline and aim of each metric (targets.csv)."""
    table = read_table("calibration/targets.csv")
    return {
        metric: Target(naive, float(median or "nan"), float(p90 or "nan"))
        for metric, naive, median, p90 in table.itertuples(index=False)
    }


def errors(rows: pd.DataFrame, split: str) -> pd.DataFrame:
    """Return the errors of left-out predictions and of the baseline by what was left out.

    Args:
        rows: `Validation.rows` with the columns naive (the baseline's figure) and left_out.
        split: FAMILY, ACCELERATOR, SIMULATED or WITHIN_LIMITS.

    Only rows that state hardware and amount of work count. Columns: split, left_out, metric, rows,
    predicted, median_ape, p90_ape, bias, coverage80, naive_median_ape, naive_p90_ape,
    naive_times_off (median factor between baseline and measurement, at least 1).
    """
    counted = rows[rows["eligible"]].assign(split=split)
    own = error_table(counted, _KEYS)
    # A baseline has no range; it is compared on the rows that both answer.
    both = counted["predicted"].notna()
    plain = error_table(counted.assign(predicted=counted["naive"].where(both)), _KEYS)
    ratio = pd.Series(np.abs(np.log(counted["naive"] / counted["measured"])), counted.index)
    off = np.exp(counted.assign(ratio=ratio.where(both)).groupby(_KEYS)["ratio"].median())
    return (
        own.drop(columns="refused")
        .assign(
            naive_median_ape=plain["median_ape"],
            naive_p90_ape=plain["p90_ape"],
            naive_times_off=off,
        )
        .reset_index()
    )


def summary(table: pd.DataFrame, split: str) -> pd.DataFrame:
    """Return means over what was left out, by metric, of a table made by `errors`.

    Sources or chips with fewer than five rows do not count if any has more. Columns: metric,
    groups, rows, answered, median_ape, p90_ape, coverage80, naive_median_ape, naive_p90_ape,
    naive_times_off; coverage80 is the share of all answered rows, the rest are means over groups.
    """
    of_split = table[table["split"] == split]
    made = []
    for metric, found in of_split.groupby("metric", sort=True):
        large = found[found["rows"] >= FEWEST_ROWS]
        chosen = large if len(large) else found
        answered = int(found["predicted"].sum())
        inside = (found["coverage80"] * found["predicted"]).sum()
        means = chosen[
            ["median_ape", "p90_ape", "naive_median_ape", "naive_p90_ape", "naive_times_off"]
        ].mean()
        made.append(
            {
                "metric": metric,
                "groups": len(chosen),
                "rows": int(found["rows"].sum()),
                "answered": answered / max(int(found["rows"].sum()), 1),
                "coverage80": inside / answered if answered else np.nan,
                **means.to_dict(),
            }
        )
    return pd.DataFrame(made)


@cache
def stored() -> pd.DataFrame:
    """Return the errors as the last fit wrote them (crossvalidation.csv), see `errors`."""
    table = read_table("calibration/crossvalidation.csv")
    shares = [name for name in table if name not in {*_KEYS, *_COUNTS}]
    for name in _COUNTS:
        table[name] = table[name].astype(int)
    for share in shares:
        table[share] = pd.to_numeric(table[share])
    return table


@cache
def fitted_on() -> tuple[tuple[str, str, int], ...]:
    """Return (table, SHA-256, rows fitted on) of what the shipped factors rest on."""
    rows = read_table("calibration/sources.csv").itertuples(index=False)
    return tuple((str(name), str(digest), int(count)) for name, digest, count in rows)
