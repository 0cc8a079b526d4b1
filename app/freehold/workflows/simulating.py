"""Simulate a document's serving workload under drawn or recorded requests."""

import math
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from freehold.capacity import Tables, load, size_workloads
from freehold.costing import cost_workloads
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.scenarios import BASE
from freehold.scenarios.schemas import schemas_of
from freehold.workflows.documents import reading
from freehold.workflows.results_load import (
    Curve,
    LoadCost,
    LoadSimulation,
    Replicas,
    Target,
    TraceAccount,
    TraceRow,
)

_MOST_LISTED = 100
_SECONDS_PER_HOUR = 3600.0
_SHARES = [0.01, *(n / 40 for n in range(1, 39)), 0.96, 0.97, 0.98, 0.99, 0.995, 0.999]
_CLOSED_FORM = ("ttft_ms", "tpot_ms", "e2e_latency_ms", "requests_per_s_possible", "utilisation")
DEFINITIONS = {
    **load.LATENCIES,
    "offered_load": "Work of the requests at the batch that does it fastest, over the time the "
    "replicas have; above 1 the backlog grows without end",
    "utilisation": "Share of the replicas' time in which a step runs; continuous batching runs "
    "one whenever a request is in flight, so a high share alone is no overload",
    "output_tokens_per_s_total": "Output tokens over the whole simulated time, all replicas; "
    "prompt tokens are not counted",
}


Watch = Callable[[float], None]


def simulate(
    path: Path,
    workload: str,
    question: load.Question | None = None,
    *,
    trace: Path | None = None,
    scenario: str | None = None,
) -> LoadSimulation:
    """Simulate one serving workload of a document.

    Raises:
        InputError: there is no such workload or scenario, the workload is not served by
            replicas, or the trace cannot be read.
    """
    load.check(question or load.Question())
    recorded = load.read_trace(trace) if trace else None
    with reading(path) as workspace:
        estate, catalogue = _schemas(workspace, scenario or BASE)
        rows = workspace.connection.execute(
            f'SELECT * FROM "{estate}".workloads WHERE workload_id = ?', [workload]
        ).df()
        if rows.empty:
            raise InputError(
                f"There is no workload '{workload}'",
                where=str(path),
                mend=_others(workspace.connection, estate),
            )
        result = simulate_row(
            rows, workspace.connection, question, trace=recorded, catalogue=catalogue
        )
    return result.model_copy(update={"document": str(path), "scenario": scenario or BASE})


def simulate_row(
    workload: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    question: load.Question | None = None,
    *,
    trace: load.Trace | None = None,
    catalogue: str = "catalogue",
    watch: Watch | None = None,
) -> LoadSimulation:
    """Simulate the workload of a one-row table, as an open document or a form has it.

    Args:
        workload: a row of the estate's `workloads`.
        connection: holds the catalogue.
        question: what to simulate.
        trace: recorded requests.
        catalogue: a scenario's schema.
        watch: told the share done; may raise to stop.

    Raises:
        InputError: the workload is not served by replicas, does not fit, or lacks what is needed.
    """
    started = time.perf_counter()
    asked = question or load.Question()
    tables = Tables.read(connection, catalogue=catalogue)
    found = load.simulate_workload(
        workload,
        connection,
        asked,
        trace=trace,
        tables=tables,
        catalogue=catalogue,
        watch=watch,
    )
    middle, outcome = found.middle, found.outcome
    requests = outcome.requests
    hidden = bool(middle.overloaded)
    span = requests.span_s
    return LoadSimulation(
        document="",
        workload=str(workload["workload_id"].iloc[0]),
        name=str(workload["name"].iloc[0]),
        scenario=BASE,
        simulated=load.SIMULATED,
        seed=asked.seed,
        arrivals=_arrivals(asked, trace),
        routing=asked.routing,
        trace=_account(trace, found) if trace else None,
        requests=len(requests),
        served=int((outcome.last_s >= 0).sum()),
        unfinished=middle.unfinished,
        seconds=outcome.ended_s,
        requests_per_s=len(requests) / span if span > 0 else None,
        overloaded=hidden,
        overload=_overload(found) if hidden else None,
        overloaded_at_slow_end=bool(found.slow.overloaded),
        offered_load=middle.offered_load,
        offered_load_low80=found.fast.offered_load,
        offered_load_high80=found.slow.offered_load,
        percentiles={name: _statistics(found, name, hidden) for name in load.LATENCIES},
        curves={
            name: _curve(found, name, hidden) for name in ("ttft_ms", "tpot_ms", "e2e_latency_ms")
        },
        slo=_targets(found),
        figures={name: _number(value) for name, value in middle.figures.items()},
        preemptions=int(outcome.preempted.sum()),
        retried=int(outcome.retried.sum()),
        failures=len(outcome.down),
        replicas=_replicas(found),
        cost=_cost(found, workload, connection, tables=tables, catalogue=catalogue),
        closed_form={name: _number(found.sized.get(name)) for name in _CLOSED_FORM},
        timeline=[
            {str(name): _number(value) for name, value in row.items()}
            for row in load.timeline(outcome).to_dict("records")
        ],
        definitions=DEFINITIONS,
        assumed=list(found.assumed),
        evaluate_seconds=time.perf_counter() - started,
    )


def _schemas(workspace: Workspace, scenario: str) -> tuple[str, str]:
    if scenario == BASE:
        return "estate", "catalogue"
    found = schemas_of(workspace, scenario)
    return found.estate, found.catalogue


def _others(connection: duckdb.DuckDBPyConnection, estate: str) -> str:
    rows = connection.execute(
        f"""SELECT workload_id FROM "{estate}".workloads
        WHERE kind = 'serving' AND term IS DISTINCT FROM 'token_api' ORDER BY 1"""
    ).fetchall()
    names = ", ".join(str(name) for (name,) in rows)
    return f"Its own serving workloads are: {names}" if names else "It has no serving workload"


def _number(value: Any) -> float | None:
    if value is None or pd.isna(value) or not math.isfinite(value):
        return None
    return float(value)


def _arrivals(question: load.Question, trace: load.Trace | None) -> str:
    if trace is not None:
        pace = "" if question.pace == 1 else f", {question.pace:g} times as fast"
        return f"recorded: {trace.form}{pace}"
    if question.variation == 1:
        return "Poisson"
    return f"gamma gaps, coefficient of variation {question.variation:g}"


def _overload(found: load.Simulation) -> str:
    requests, figures = found.outcome.requests, found.middle.figures
    arriving = len(requests) / requests.span_s if requests.span_s > 0 else math.nan
    return (
        f"Overloaded: {found.middle.overloaded}; {arriving:.3g} requests/s arrive, "
        f"{figures['requests_per_s']:.3g} are served, {found.middle.unfinished:,} are not done "
        "when the last one arrives"
    )


def _statistics(found: load.Simulation, name: str, hidden: bool) -> dict[str, float | None]:
    told: dict[str, float | None] = {}
    for statistic in load.STATISTICS:
        low, middle, high = found.ranged(name, statistic)
        told[statistic] = None if hidden else _number(middle)
        told[f"{statistic}_low80"] = None if hidden else _number(low)
        told[f"{statistic}_high80"] = None if hidden else _number(high)
    return told


def _curve(found: load.Simulation, name: str, hidden: bool) -> Curve:
    if hidden:
        return Curve(share=[], ms=[], low80=[], high80=[])
    low, middle, high = zip(*found.curve(name, _SHARES), strict=True)
    return Curve(
        share=_SHARES,
        ms=[_number(value) for value in middle],
        low80=[_number(value) for value in low],
        high80=[_number(value) for value in high],
    )


def _targets(found: load.Simulation) -> list[Target]:
    return [
        Target(
            metric=name,
            target_ms=target,
            met_share=found.met(found.middle, name),
            met_share_low80=found.met(found.slow, name),
            met_share_high80=found.met(found.fast, name),
        )
        for name, target in found.targets.items()
        if math.isfinite(target)
    ]


def _replicas(found: load.Simulation) -> Replicas:
    fleet = found.fleet
    steps = load.replicas_over_time(found.outcome)
    return Replicas(
        start=fleet.replicas,
        least=min((count for _, count in steps), default=fleet.replicas),
        most=max((count for _, count in steps), default=fleet.replicas),
        devices_per_replica=int(found.sized["replica_devices"]),
        over_time=[{"second": second, "replicas": count} for second, count in steps],
    )


def _cost(
    found: load.Simulation,
    workload: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    tables: Tables,
    catalogue: str,
) -> LoadCost:
    """Price the replicas' hours as the workload's own are priced."""
    per_replica = float(found.sized["replica_devices"])
    held = workload.assign(
        accelerator_count=found.fleet.replicas * per_replica,
        ttft_slo_ms=math.nan,
        tpot_slo_ms=math.nan,
    )
    sized = size_workloads(held, connection, tables=tables, catalogue=catalogue)
    priced = cost_workloads(sized, connection, catalogue=catalogue).iloc[0]
    hours = found.middle.figures["replica_hours"]
    per_month = _number(priced["cost_per_month"])
    month = _number(sized["device_hours_per_month"].iloc[0])
    cost = per_month / month * hours * per_replica if per_month is not None and month else None
    served = found.outcome.last_s >= 0
    tokens = float(found.outcome.requests.output[served].sum())
    return LoadCost(
        replica_hours=hours,
        device_hours=hours * per_replica,
        cost_usd=cost,
        usd_per_m_output_tokens=cost / tokens * 1e6 if cost is not None and tokens > 0 else None,
        basis=priced["cost_basis"],
        reason=priced["cost_reason"],
        price_verified=None
        if pd.isna(priced["price_verified"])
        else bool(priced["price_verified"]),
    )


def _account(trace: load.Trace, found: load.Simulation) -> TraceAccount:
    kinds = Counter(row.reason.split(":")[0] for row in trace.broken)
    return TraceAccount(
        path=str(trace.path),
        form=trace.form,
        rows=trace.rows,
        used=len(found.outcome.requests),
        broken=len(trace.broken),
        too_long=found.too_long,
        was_ordered=trace.was_ordered,
        broken_reasons=[{"reason": kind, "count": count} for kind, count in kinds.most_common()],
        broken_rows=[
            TraceRow(line=row.line, reason=row.reason) for row in trace.broken[:_MOST_LISTED]
        ],
    )
