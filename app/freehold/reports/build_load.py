"""Serving workloads simulated for a report: always the same requests, so the same figures."""

import math

import duckdb
import pandas as pd

from freehold.capacity import Tables
from freehold.capacity.load import Question, Simulation, simulate_workload
from freehold.errors import InputError
from freehold.reports.content_load import Percentile, SimulatedLoad

QUESTION = Question(requests=2000)


def simulated_loads(
    workloads: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    catalogue: str = "catalogue",
) -> tuple[SimulatedLoad, ...]:
    """Simulate each serving workload that runs on replicas; what cannot be says why.

    Args:
        workloads: rows of the estate's `workloads`.
        connection: holds the catalogue.
        catalogue: a scenario's schema.
    """
    chosen = workloads[(workloads["kind"] == "serving") & (workloads["term"] != "token_api")]
    if chosen.empty:
        return ()
    tables = Tables.read(connection, catalogue=catalogue)
    found = []
    for place in range(len(chosen)):
        row = chosen.iloc[[place]].reset_index(drop=True)
        name = row["name"].iloc[0]
        told = SimulatedLoad(
            workload=str(row["workload_id"].iloc[0]), name=None if pd.isna(name) else str(name)
        )
        try:
            run = simulate_workload(row, connection, QUESTION, tables=tables, catalogue=catalogue)
        except InputError as error:
            found.append(told.model_copy(update={"refused": error.what}))
        else:
            found.append(told.model_copy(update=_figures(run)))
    return tuple(sorted(found, key=lambda load: load.workload))


def _figures(run: Simulation) -> dict[str, object]:
    shares = [(target, run.met(run.middle, name)) for name, target in run.targets.items()]
    shown: dict[str, object] = {
        "requests": len(run.outcome.requests),
        "arrivals": "Poisson",
        "offered_load": run.middle.offered_load,
        "overloaded": run.middle.overloaded or None,
        "targets": tuple((target, share) for target, share in shares if share is not None),
        "assumed": run.assumed,
    }
    if not run.middle.overloaded:
        shown |= {
            "ttft_p50": _percentile(run, "ttft_ms", "p50"),
            "ttft_p95": _percentile(run, "ttft_ms", "p95"),
            "tpot_p95": _percentile(run, "tpot_ms", "p95"),
        }
    return shown


def _percentile(run: Simulation, latency: str, statistic: str) -> Percentile | None:
    low, middle, high = run.ranged(latency, statistic)
    if math.isnan(middle):
        return None
    return Percentile(value=middle, low80=low, high80=high if math.isfinite(high) else None)
