"""Errors of aiconfigurator and of this model on the rows that both answer, from stored answers."""

from typing import Final

import numpy as np
import pandas as pd

from freehold.capacity.assumptions import read_table
from freehold.capacity.columns import numbers

PEER_VERSION: Final = "0.12.0"
STORED: Final = "calibration/aiconfigurator.csv"
"""case_id, metric and log_ratio (its figure over the measured one) of every row it was asked for;
log_ratio is empty where it has no answer. Written by tests/bench/aiconfigurator_beside.py."""

EVERY: Final = "all"
"""The name under which the rows of every source stand."""


def beside() -> pd.DataFrame:
    """Return the errors of both by metric and family of the rows that both answer.

    Columns: metric, family (EVERY = of all), asked, both, peer_median, peer_p90, own_median,
    own_p90; errors are shares of the measured figure, this model's with the row's source left out.
    """
    rows = errors_beside(read_table(STORED))
    every = rows.assign(family=EVERY)
    found = pd.concat([every, rows], ignore_index=True).groupby(["metric", "family"], sort=False)
    return (
        pd.DataFrame(
            {
                "asked": found.size(),
                "both": found["peer"].count(),
                "peer_median": found["peer"].median(),
                "peer_p90": found["peer"].quantile(0.9),
                "own_median": found["own"].median(),
                "own_p90": found["own"].quantile(0.9),
            }
        )
        .reset_index()
        .sort_values(["metric", "family"], kind="stable", ignore_index=True)
    )


def errors_beside(answers: pd.DataFrame) -> pd.DataFrame:
    """Return metric, family and the errors `peer` and `own` of answers as they are stored.

    Both are empty where one of the two has no answer.
    """
    kept = read_table("calibration/residuals.csv").set_index("case_id")
    residual = numbers(kept, "log_ratio")
    own = answers["case_id"].map(pd.Series(np.abs(np.expm1(residual)), index=kept.index))
    peer = pd.Series(np.abs(np.expm1(numbers(answers, "log_ratio"))), index=answers.index)
    both = own.notna() & peer.notna()
    return pd.DataFrame(
        {
            "metric": answers["metric"],
            "family": answers["case_id"].map(kept["fold"]),
            "peer": peer.where(both),
            "own": own.where(both),
        }
    )
