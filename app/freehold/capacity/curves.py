"""Latency against throughput of one serving configuration over growing load."""

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.checks import Tables
from freehold.capacity.estimate import estimate
from freehold.errors import InputError

_METRICS = ("ttft_ms", "tpot_ms", "e2e_latency_ms", "output_tokens_per_s_total", "requests_per_s")


def latency_curve(
    workload: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    points: int = 40,
    tables: Tables | None = None,
    catalogue: str = "catalogue",
) -> pd.DataFrame:
    """Return latency and throughput from one request in flight to four times what memory holds.

    Args:
        workload: one row of the estate's `workloads` (or of a serving specification).
        connection: holds the catalogue.
        points: loads to evaluate, spaced evenly on a logarithmic scale.
        tables: facts already read.
        catalogue: a scenario's schema.

    Columns: `concurrency`, `memory_limited` and the metrics with their ranges; empty with
    `refused_because` in one row if the configuration cannot run.

    Raises:
        InputError: if there is not exactly one row.
    """
    if len(workload) != 1:
        raise InputError("A latency curve is drawn for one workload at a time")
    facts = tables or Tables.read(connection, catalogue=catalogue)
    names = {"model_id": "model", "accelerator_count": "accelerators"}
    spec = workload.rename(columns=names).drop(
        columns=["phase", "qps", "concurrency", "scenario"], errors="ignore"
    )
    most = estimate(spec.assign(scenario="offline"), connection, tables=facts).table
    shown = ["memory_limited", "refused_because", "assumed", "basis"]
    for metric in _METRICS:
        shown += [metric, f"{metric}_low80", f"{metric}_high80"]
    limit = float(most["largest_concurrency"].iloc[0])
    if not np.isfinite(limit):
        return most[shown].assign(concurrency=np.nan)
    loads = np.unique(np.round(np.geomspace(1.0, max(4 * limit, 2.0), points)))
    repeated = spec.iloc[np.zeros(len(loads), dtype=int)].reset_index(drop=True)
    repeated = repeated.assign(concurrency_or_batch=loads, scenario="closed loop")
    table = estimate(repeated, connection, tables=facts).table
    return table[shown].assign(concurrency=loads)
