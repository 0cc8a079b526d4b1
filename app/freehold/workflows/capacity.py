"""Predict memory, latency, throughput and training time of a table of configurations."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from freehold import capacity
from freehold.capacity.calibration import crossvalidation
from freehold.errors import InputError
from freehold.workflows.catalogue import open_facts
from freehold.workflows.results import (
    CapacityAccuracy,
    CapacityRows,
    CapacityValidation,
    FamilyError,
    FittedOn,
    LeftOutError,
    MetricAccuracy,
    MetricError,
)


def estimate(path: Path) -> CapacityRows:
    """Predict each configuration of a CSV with the columns of the benchmark tables.

    Raises:
        InputError: the file cannot be read or has the columns of neither kind.
    """
    spec = read_spec(path)
    with open_facts() as connection:
        predictions = capacity.estimate(spec, connection)
    table = predictions.table
    rows = _plain(table)
    for row in rows:
        row["refused_because"] = row["refused_because"] or None
    return CapacityRows(
        rows=rows,
        unused_columns=capacity.unused_columns(spec),
        evaluate_seconds=predictions.evaluate_seconds,
        basis=capacity.BASIS,
    )


def validate(path: Path) -> CapacityValidation:
    """Compare predictions with the measured rows of a CSV with the benchmark tables' columns.

    Raises:
        InputError: the file cannot be read or lacks the measured columns.
    """
    table = read_spec(path)
    with open_facts() as connection:
        found = capacity.validate(table, connection)
    families, metrics = _plain(found.families), _plain(found.metrics)
    left_out = int((found.rows["fold"] != "").sum())
    return CapacityValidation(
        families=[FamilyError(**row) for row in families],
        by_metric={row.pop("metric"): MetricError(**row) for row in metrics},
        left_out_rows=left_out,
        new_rows=len(found.rows) - left_out,
        given_rows=int((found.rows["given"] & found.rows["eligible"]).sum()),
        evaluate_seconds=found.evaluate_seconds,
        basis=capacity.BASIS,
    )


def accuracy() -> CapacityAccuracy:
    """Return how far the shipped factors are from sources and chips they were not fitted on."""
    table = crossvalidation.stored()
    families, accelerators = (
        [LeftOutError(**row) for row in _plain(table[table["split"] == split]) if row.pop("split")]
        for split in (crossvalidation.FAMILY, crossvalidation.ACCELERATOR)
    )
    return CapacityAccuracy(
        by_metric=_accuracy(table, crossvalidation.FAMILY),
        by_metric_accelerator=_accuracy(table, crossvalidation.ACCELERATOR),
        by_metric_simulated=_accuracy(table, crossvalidation.SIMULATED),
        families=families,
        accelerators=accelerators,
        fitted_on=[
            FittedOn(table=name, sha256=digest, rows=rows)
            for name, digest, rows in crossvalidation.fitted_on()
        ],
        basis=capacity.BASIS,
    )


def _accuracy(table: pd.DataFrame, split: str) -> dict[str, MetricAccuracy]:
    aims = pd.DataFrame(
        [(name, aim.naive, aim.median, aim.p90) for name, aim in crossvalidation.targets().items()],
        columns=["metric", "naive", "target_median_ape", "target_p90_ape"],
    )
    found = crossvalidation.summary(table, split).merge(aims, on="metric", how="left")
    return {row.pop("metric"): MetricAccuracy(**row) for row in _plain(found)}


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows through JSON: a missing figure is null, every number a plain one."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=12))
    return rows


def read_spec(path: Path) -> pd.DataFrame:
    """Read a specification as texts, blank where nothing is said.

    Raises:
        InputError: it is missing, empty, not UTF-8 or not a table.
    """
    try:
        spec = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError("There is no such file", where=str(path)) from error
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeError, ValueError) as error:
        raise InputError(
            "This is not a CSV table in UTF-8",
            where=str(path),
            mend="Give a header line such as config_id,model,accelerator_id and one line each",
        ) from error
    if spec.empty:
        raise InputError("The table has a header and no rows", where=str(path))
    return spec
