"""Search for the best parallel layout of training runs."""

from pathlib import Path

import duckdb
import pandas as pd

from freehold import capacity
from freehold.capacity import Tables, TrainingObjective
from freehold.errors import InputError
from freehold.workflows.capacity import read_spec
from freehold.workflows.capacity_search import definitions, records, workload_row
from freehold.workflows.catalogue import open_facts
from freehold.workflows.documents import reading
from freehold.workflows.results_capacity import TrainingRun, TrainingSearch

_MOST_RUNS = 50


def search_layouts(
    path: Path,
    *,
    workload: str | None = None,
    devices: list[int] | None = None,
    by: TrainingObjective = "time",
    term: str | None = "on_demand",
    top: int = 20,
) -> TrainingSearch:
    """Find the best ways to cut training runs over devices.

    Args:
        path: a CSV with the columns of bench_train.csv, one run per row; a document if `workload`
            names one of its training workloads.
        workload: a workload's id.
        devices: device counts to try; each row's own if not given.
        by: what is best.
        term: prices of this term only; None takes the cheapest of all terms.
        top: layouts per run.

    Raises:
        InputError: the file, the workload, a chip or a device count is no good.
    """
    if workload is not None:
        with reading(path) as workspace:
            row = workload_row(workspace, workload)
            kind = str(row["kind"].iloc[0]).lower()
            if kind != "training":
                raise InputError(
                    f"This workload is of kind {kind or 'unknown'} and trains nothing",
                    where=workload,
                    mend="Choose a training workload",
                )
            named = row.rename(columns={"workload_id": "config_id"})
            return _searched(named, workspace.connection, devices, by, term=term, top=top)
    spec = read_spec(path)
    if len(spec) > _MOST_RUNS:
        raise InputError(
            f"{len(spec)} runs are too many for a search of each",
            where=str(path),
            mend=f"Give at most {_MOST_RUNS} rows",
        )
    with open_facts() as connection:
        return _searched(spec, connection, devices, by, term=term, top=top)


def _searched(
    spec: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    devices: list[int] | None,
    by: TrainingObjective,
    *,
    term: str | None,
    top: int,
) -> TrainingSearch:
    tables = Tables.read(connection)
    counts = tuple(float(count) for count in devices or ())
    runs, seconds = [], 0.0
    meanings: dict[str, str] = {}
    for place in range(len(spec)):
        row = spec.iloc[[place]].reset_index(drop=True)
        found = capacity.search_training(
            row, connection, devices=counts, by=by, term=term, top=top, tables=tables
        )
        seconds += found.evaluate_seconds
        meanings |= definitions(found.rows)
        said = row.iloc[0].fillna("").astype(str)
        runs.append(
            TrainingRun(
                config_id=said.get("config_id") or str(place + 1),
                model=said.get("model") or said.get("model_id") or "",
                accelerator_id=said.get("accelerator_id") or "",
                phase=said.get("phase") or said.get("task") or "pretrain",
                rows=records(found.rows),
                refused=records(found.refused),
                configurations=found.configurations,
            )
        )
    return TrainingSearch(
        by=by,
        runs=runs,
        evaluate_seconds=seconds,
        mfu_definition=capacity.MFU_DEFINITION,
        presets=records(capacity.presets()),
        basis=capacity.BASIS,
        definitions=meanings,
    )
