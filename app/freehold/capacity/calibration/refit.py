"""Fits everything again: factors, folds, residuals, ranges and where they came from."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.assumptions import read_table
from freehold.capacity.calibration.bench import Bench, read_bench
from freehold.capacity.calibration.factors import WHOLE, Calibration
from freehold.capacity.calibration.fitting import fit, without
from freehold.capacity.calibration.ranges import ranges
from freehold.capacity.checks import Tables
from freehold.capacity.validation import predict_by_fold

HOURS = "gpu_hours"
"""The metric whose rows leave one model out: its public runs come from one source."""


@dataclass(frozen=True)
class Refit:
    """What a fit gives: tables as they are written beside this module."""

    factors: pd.DataFrame
    folds: pd.DataFrame
    residuals: pd.DataFrame
    intervals: pd.DataFrame
    sources: pd.DataFrame


def folds_of(bench: Bench) -> "pd.Series[str]":
    """Return what each row's fold leaves out: its family, for GPU-hours its model."""
    model = "model:" + bench.spec["model"].astype("str")
    return bench.family.where(bench.metric != HOURS, model)


def refit(
    benches: dict[str, bytes], connection: duckdb.DuckDBPyConnection, tables: Tables | None = None
) -> Refit:
    """Fit the factors on tables of measurements, given as the bytes of CSV files by name.

    Raises:
        InputError: a table lacks the measured columns.
    """
    facts = tables or Tables.read(connection)
    factors, left, residuals, sources = [], [], [], []
    for name, content in benches.items():
        table = read_csv_bytes(content)
        bench = read_bench(table, facts.chips.spellings)
        fitted = fit(bench, connection, facts)
        factors.append(_rows(WHOLE, fitted.calibration()))
        fold = folds_of(bench).where(fitted.used, WHOLE)
        kept: dict[str, Calibration] = {WHOLE: fitted.calibration()}
        for left_out in sorted(set(fold) - {WHOLE}):
            kept[left_out] = without(fitted, bench, (fold == left_out).to_numpy(dtype=np.bool_))
            left.append(_rows(left_out, kept[left_out]))
        rows = predict_by_fold(bench, fold, kept, connection, facts)
        residuals.append(rows[fitted.used])
        digest = hashlib.sha256(content).hexdigest()
        sources.append({"table": name, "sha256": digest, "rows": int(fitted.used.sum())})
    told = pd.concat(residuals, ignore_index=True)
    return Refit(
        factors=pd.concat(factors, ignore_index=True),
        folds=pd.concat(left, ignore_index=True),
        residuals=pd.DataFrame(
            {
                "case_id": told["case_id"],
                "fold": told["fold"],
                "metric": told["metric"],
                "log_ratio": np.log(told["predicted"] / told["measured"]).round(4),
            }
        ),
        intervals=ranges(told, read_table("intervals.csv")),
        sources=pd.DataFrame(sources),
    )


def read_csv_bytes(content: bytes) -> pd.DataFrame:
    """Return a CSV file's table, every cell as text."""
    from io import BytesIO

    return pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _rows(fold: str, calibration: Calibration) -> pd.DataFrame:
    rows = [(fold, *name, round(value, 4)) for name, value in calibration.values.items()]
    table = pd.DataFrame(rows, columns=["left_out", "operation", "level", "name", "log_factor"])
    return table[table["log_factor"] != 0]


def write(result: Refit, folder: Path) -> None:
    """Write the tables of a fit into the folder of this module."""
    for name in ("factors", "folds", "residuals", "sources"):
        getattr(result, name).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    result.intervals.to_csv(folder.parent / "intervals.csv", index=False, lineterminator="\n")
