"""Simulated percentiles beside measured ones: rows that state an arrival rate."""

from dataclasses import replace
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.calibration.bench import Bench
from freehold.capacity.calibration.factors import Calibration
from freehold.capacity.checks import Tables
from freehold.capacity.columns import Floats, numbers, texts
from freehold.capacity.load import Question, Simulation, simulate_workload
from freehold.errors import FreeholdError

_SAID: Final = {"ttft_p99_ms": ("ttft_ms", "p99"), "tpot_mean_ms": ("tpot_ms", "mean")}
"""Where a simulation tells a measured figure."""

_REQUESTS: Final = 2_000
_USUAL_PROMPT: Final = "default_prompt_tokens"


def simulated(
    bench: Bench,
    fold: "pd.Series[str]",
    kept: dict[str, Calibration],
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
) -> pd.DataFrame:
    """Return predictions of latency rows with an arrival rate, each by a simulation of its load.

    Columns as `Validation.rows`; a row that cannot be simulated or is overloaded has no figure.
    Each row is simulated by the factors that leave its own fold out.
    """
    asked = bench.figure.isin(list(_SAID)).to_numpy(dtype=np.bool_)
    asked = asked & np.isfinite(numbers(bench.spec, "qps"))
    rows = bench.rows(asked)
    figures = np.full((3, len(rows.value)), np.nan)
    folds = fold[asked].reset_index(drop=True)
    runs: dict[str, Simulation | None] = {}
    for place in range(len(rows.value)):
        key = str(texts(rows.spec, "config_id").iloc[place])
        if key not in runs:
            facts = replace(tables, calibration=kept[folds.iloc[place]])
            runs[key] = _run(rows.spec.iloc[[place]], connection, facts)
        run = runs[key]
        if run is not None and not run.middle.overloaded:
            figures[:, place] = run.ranged(*_SAID[str(rows.figure.iloc[place])])
    low, middle, high = figures
    return pd.DataFrame(
        {
            "case_id": rows.case_id,
            "family": rows.family,
            "metric": rows.metric,
            "measured": rows.value,
            "predicted": middle,
            "low80": low,
            "high80": high,
            "eligible": rows.eligible,
            "fold": folds,
        }
    )


def _run(
    spec: pd.DataFrame, connection: duckdb.DuckDBPyConnection, tables: Tables
) -> Simulation | None:
    def known(column: str, otherwise: float = np.nan) -> Floats:
        values = numbers(spec, column)
        return np.where(np.isfinite(values), values, otherwise)

    workload = pd.DataFrame(
        {
            "workload_id": texts(spec, "config_id"),
            "kind": "serving",
            "task": "chat",
            "model_id": texts(spec, "model"),
            "precision": texts(spec, "precision"),
            "accelerator_id": texts(spec, "accelerator_id"),
            "accelerator_count": known("accelerators"),
            "tp": known("tp"),
            "input_tokens": known("input_tokens", tables.assumed[_USUAL_PROMPT]),
            "output_tokens": known("output_tokens"),
            "requests_per_s": known("qps"),
            **{name: texts(spec, name) for name in ("scenario", "engine", "as_of")},
        }
    ).reset_index(drop=True)
    try:
        return simulate_workload(workload, connection, Question(requests=_REQUESTS), tables=tables)
    except FreeholdError:
        return None
