"""How far the predictions are from measured figures, by source and by metric."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.calibration.bench import Bench, read_bench
from freehold.capacity.calibration.factors import WHOLE, Calibration, fold_of_case, folds
from freehold.capacity.calibration.fitting import pick, predicted
from freehold.capacity.checks import Tables
from freehold.capacity.columns import Floats

FEWEST_ROWS = 5
"""Families with fewer eligible rows do not count in the mean over families, if any has more."""


@dataclass(frozen=True)
class Validation:
    """Errors of a table of measurements.

    `rows`: case_id, family, metric, measured, predicted, low80, high80, eligible, refused_because,
    fold (the family left out of the factors, empty = none), given (the row states its answer: a
    throughput beside the arrival rate that it follows from). `families` and `metrics`: see
    `by_family` and `by_metric`.
    """

    rows: pd.DataFrame
    families: pd.DataFrame
    metrics: pd.DataFrame
    evaluate_seconds: float


def validate(
    table: pd.DataFrame, connection: duckdb.DuckDBPyConnection, tables: Tables | None = None
) -> Validation:
    """Compare predictions with the measurements of a table (bench_train or bench_infer columns).

    `measured_value` is never read for a prediction. A row whose case_id the shipped factors were
    fitted on is predicted by the fold that leaves its family (GPU-hours: its model) out.

    Raises:
        InputError: the table lacks the measured columns or those of both kinds.
    """
    facts = tables or Tables.read(connection)
    bench = read_bench(table, facts.chips.spellings)
    started = time.perf_counter()
    left_out = bench.case_id.map(fold_of_case()).fillna(WHOLE)
    rows = predict_by_fold(bench, left_out, folds(left_out.unique()), connection, facts)
    seconds = time.perf_counter() - started
    return Validation(rows, by_family(rows), by_metric(rows), seconds)


def predict_by_fold(
    bench: Bench,
    left_out: "pd.Series[str]",
    factors: dict[str, Calibration],
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
) -> pd.DataFrame:
    """Predict each row by the factors that leave its own fold out (see `Validation.rows`)."""
    parts = []
    for fold, calibration in factors.items():
        where = (left_out == fold).to_numpy(dtype=np.bool_)
        if not where.any():
            continue
        part = bench.rows(where)
        middle, table = predicted(part, connection, replace(tables, calibration=calibration))
        parts.append(
            pd.DataFrame(
                {
                    "case_id": part.case_id,
                    "family": part.family,
                    "metric": part.metric,
                    "measured": part.value,
                    "predicted": middle,
                    "low80": pick(table, part.figure, "_low80"),
                    "high80": pick(table, part.figure, "_high80"),
                    "eligible": part.eligible,
                    "refused_because": table["refused_because"],
                    "fold": fold,
                    "given": part.given,
                }
            ).set_index(np.flatnonzero(where))
        )
    return pd.concat(parts).sort_index()


def by_family(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows, predicted, refused, median_ape, p90_ape, bias, coverage80 by family and metric.

    Errors are shares of the measured figure; `bias` is the median signed one; coverage80 is the
    share of predicted rows whose measured figure lies in the 80 % range.
    """
    return error_table(rows, ["family", "metric"]).reset_index()


def by_metric(rows: pd.DataFrame) -> pd.DataFrame:
    """Return per metric the means over families of median_ape and p90_ape, answered, coverage80.

    Only rows that state hardware and amount of work count, and families with at least five of
    them (all families where none has five). `answered` is the predicted share of those rows.
    """
    counted = rows[rows["eligible"]]
    errors = error_table(counted, ["family", "metric"]).reset_index()
    made = []
    for metric in sorted(rows["metric"].unique()):
        of_metric = errors[errors["metric"] == metric]
        large = of_metric[of_metric["rows"] >= FEWEST_ROWS]
        chosen = large if len(large) else of_metric
        of_rows = counted[counted["metric"] == metric]
        answered = of_rows["predicted"].notna()
        made.append(
            {
                "metric": metric,
                "median_ape": chosen["median_ape"].mean(),
                "p90_ape": chosen["p90_ape"].mean(),
                "answered": float(answered.mean()) if len(of_rows) else 0.0,
                "coverage80": _mean(_inside(of_rows)[answered.to_numpy(dtype=np.bool_)]),
                "families": len(chosen),
                "rows": len(of_rows),
            }
        )
    return pd.DataFrame(made)


def _mean(values: Iterable[float]) -> float:
    found = np.asarray(list(values), dtype=np.float64)
    return float(found.mean()) if len(found) else float("nan")


def _inside(rows: pd.DataFrame) -> Floats:
    inside = rows["measured"].between(rows["low80"], rows["high80"])
    return np.asarray(inside.to_numpy(dtype=np.float64), dtype=np.float64)


def error_table(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the errors of `by_family` by other keys, which become the index."""
    answered = rows["predicted"].notna() & rows["measured"].notna()
    signed = rows["predicted"] / rows["measured"] - 1
    inside = pd.Series(_inside(rows), index=rows.index).where(answered)
    made = rows[keys].assign(
        signed=signed, size=signed.abs(), inside=inside, refused=~rows["predicted"].notna()
    )
    groups = made.groupby(keys, sort=True)
    return pd.DataFrame(
        {
            "rows": groups.size(),
            "predicted": groups["size"].count(),
            "refused": groups["refused"].sum(),
            "median_ape": groups["size"].median(),
            "p90_ape": groups["size"].quantile(0.9),
            "bias": groups["signed"].median(),
            "coverage80": groups["inside"].mean(),
        }
    )
