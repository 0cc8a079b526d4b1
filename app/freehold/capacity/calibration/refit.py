"""Fits everything again: factors, folds, residuals, ranges and where they came from."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.assumptions import read_table
from freehold.capacity.calibration import crossvalidation
from freehold.capacity.calibration.bench import Bench, read_bench, without_rate
from freehold.capacity.calibration.crossvalidation import SIMULATED, WITHIN_LIMITS
from freehold.capacity.calibration.factors import WHOLE, Calibration
from freehold.capacity.calibration.fitting import Fitted, fit, without
from freehold.capacity.calibration.naive import naive
from freehold.capacity.calibration.ranges import ranges, rewidened
from freehold.capacity.calibration.simulated import simulated
from freehold.capacity.checks import Tables
from freehold.capacity.columns import words
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
    crossvalidation: pd.DataFrame


def folds_of(bench: Bench) -> "pd.Series[str]":
    """Return what each row's fold leaves out: its family, for GPU-hours its model."""
    model = "model:" + bench.spec["model"].astype("str")
    return bench.family.where(bench.metric != HOURS, model)


def refit(
    benches: dict[str, bytes], connection: duckdb.DuckDBPyConnection, tables: Tables | None = None
) -> Refit:
    """Fit the factors on tables of measurements, given as the bytes of CSV files by name.

    Then predict every row by factors that saw neither its source nor its chip.

    Raises:
        InputError: a table lacks the measured columns.
    """
    facts = tables or Tables.read(connection)
    factors, left, residuals, sources = [], [], [], []
    splits: dict[str, list[pd.DataFrame]] = {}
    by_run: list[pd.DataFrame] = []
    limited: list[pd.DataFrame] = []
    for name, content in benches.items():
        table = read_csv_bytes(content)
        bench = read_bench(table, facts.chips.spellings)
        fitted = fit(bench, connection, facts)
        factors.append(_rows(WHOLE, _kept(fitted.calibration())))
        fold = folds_of(bench)
        kept = _left_out(fitted, bench, fold)
        left += [_rows(name, kept[name]) for name in sorted(set(kept) - {WHOLE})]
        blind = _known(bench, fold, kept)
        told = _predicted(bench, blind, kept, connection, facts)
        residuals.append(told[blind != WHOLE])
        splits.setdefault(crossvalidation.FAMILY, []).append(told.assign(left_out=told["family"]))
        chip = facts.chips.resolve(words(bench.spec, "accelerator_id")).text()
        chips = pd.Series(chip, index=bench.family.index, dtype="str")
        without_chip = _left_out(fitted, bench, chips)
        told = _predicted(
            bench, _known(bench, chips, without_chip), without_chip, connection, facts
        )
        splits.setdefault(crossvalidation.ACCELERATOR, []).append(told.assign(left_out=chips))
        if not bench.is_training:
            plain = told.set_index("case_id")["naive"]
            run = simulated(bench, blind, kept, connection, facts)
            by_run.append(run.assign(left_out=run["family"], naive=run["case_id"].map(plain)))
            if bench.given.any():
                asked = without_rate(bench)
                told_rates = _predicted(
                    asked, blind[bench.given].reset_index(drop=True), kept, connection, facts
                )
                limited.append(told_rates.assign(left_out=told_rates["family"]))
        digest = hashlib.sha256(content).hexdigest()
        sources.append({"table": name, "sha256": digest, "rows": int(fitted.used.sum())})
    told = pd.concat(residuals, ignore_index=True)
    held = read_table("intervals.csv")
    made = ranges(told[told["eligible"]], held)
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
        intervals=made,
        sources=pd.DataFrame(sources),
        crossvalidation=pd.concat(
            [
                *(
                    crossvalidation.errors(rewidened(_joined(parts), held, made), split)
                    for split, parts in splits.items()
                ),
                *(crossvalidation.errors(rows, SIMULATED) for rows in by_run if len(rows)),
                *(
                    crossvalidation.errors(rewidened(rows, held, made), WITHIN_LIMITS)
                    for rows in limited
                    if len(rows)
                ),
            ],
            ignore_index=True,
        ).round(4),
    )


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True)


def _left_out(fitted: Fitted, bench: Bench, fold: "pd.Series[str]") -> dict[str, Calibration]:
    """Return the factors of all rows and of all but each fold's."""
    kept: dict[str, Calibration] = {WHOLE: _kept(fitted.calibration())}
    for name in sorted(set(fold[fitted.answered])):
        kept[name] = _kept(without(fitted, bench, (fold == name).to_numpy(dtype=np.bool_)))
    return kept


def _known(bench: Bench, fold: "pd.Series[str]", kept: dict[str, Calibration]) -> "pd.Series[str]":
    """Return the fold of each row that counts; the others were not fitted on."""
    return fold.where(fold.isin(list(kept)) & bench.eligible, WHOLE)


def _kept(calibration: Calibration) -> Calibration:
    """Return the factors as the tables keep them, so that errors are those of what is kept."""
    rounded = {name: round(value, 4) for name, value in calibration.values.items()}
    return Calibration({name: value for name, value in rounded.items() if value})


def _predicted(
    bench: Bench,
    fold: "pd.Series[str]",
    kept: dict[str, Calibration],
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
) -> pd.DataFrame:
    """Return left-out predictions with the baseline beside them."""
    rows = predict_by_fold(bench, fold, kept, connection, tables)
    # What the row states already is no prediction, so that it would only flatter the errors.
    told = rows["eligible"] & ~bench.given
    return rows.assign(naive=naive(bench, fold, tables), eligible=told)


def read_csv_bytes(content: bytes) -> pd.DataFrame:
    """Return a CSV file's table, every cell as text."""
    from io import BytesIO

    return pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _rows(fold: str, calibration: Calibration) -> pd.DataFrame:
    rows = [(fold, *name, value) for name, value in calibration.values.items()]
    return pd.DataFrame(rows, columns=["left_out", "operation", "level", "name", "log_factor"])


def write(result: Refit, folder: Path) -> None:
    """Write the tables of a fit into the folder of this module."""
    for name in ("factors", "folds", "residuals", "sources", "crossvalidation"):
        getattr(result, name).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    result.intervals.to_csv(folder.parent / "intervals.csv", index=False, lineterminator="\n")
