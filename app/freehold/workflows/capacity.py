"""Predict memory, latency, throughput and training time of a table of configurations."""

import json
from pathlib import Path

import pandas as pd

from freehold import capacity
from freehold.errors import InputError
from freehold.workflows.catalogue import open_facts
from freehold.workflows.results import (
    CapacityRows,
    CapacityValidation,
    FamilyError,
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
    # Through JSON, so that every missing figure is null and every number a plain one.
    rows = json.loads(table.to_json(orient="records", double_precision=12))
    for row in rows:
        row["refused_because"] = row["refused_because"] or None
    return CapacityRows(
        rows=rows,
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
    families, metrics = (
        json.loads(part.to_json(orient="records", double_precision=12))
        for part in (found.families, found.metrics)
    )
    left_out = int((found.rows["fold"] != "").sum())
    return CapacityValidation(
        families=[FamilyError(**row) for row in families],
        by_metric={row.pop("metric"): MetricError(**row) for row in metrics},
        left_out_rows=left_out,
        new_rows=len(found.rows) - left_out,
        evaluate_seconds=found.evaluate_seconds,
        basis=capacity.BASIS,
    )


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
