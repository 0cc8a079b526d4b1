"""What `capacity simulate` returns."""

from typing import Any

from pydantic import Field

from freehold.workflows.results import Result


class TraceRow(Result):
    """A row of a trace that was not taken, and why."""

    line: int
    reason: str


class TraceAccount(Result):
    """How a trace was read: rows = used + broken + too_long."""

    path: str
    form: str
    rows: int
    used: int
    broken: int
    too_long: int = Field(description="more tokens than one request may have here")
    was_ordered: bool
    broken_reasons: list[dict[str, Any]] = Field(description="reason without the value, count")
    broken_rows: list[TraceRow] = Field(description="the first 100")


class Target(Result):
    """A latency target and the share of requests that meet it; null where overloaded."""

    metric: str
    target_ms: float
    met_share: float | None
    met_share_low80: float | None
    met_share_high80: float | None


class Replicas(Result):
    """Replicas of the run; `over_time` tells from which second on how many served."""

    start: int
    least: int
    most: int
    devices_per_replica: int
    over_time: list[dict[str, float]]


class LoadCost(Result):
    """Cost of the time simulated at the catalogue's price; null with a reason."""

    replica_hours: float
    device_hours: float
    cost_usd: float | None
    usd_per_m_output_tokens: float | None
    basis: str | None
    reason: str | None
    price_verified: bool | None


class Curve(Result):
    """One latency over the share of requests that it is not above; null where overloaded."""

    share: list[float]
    ms: list[float | None]
    low80: list[float | None]
    high80: list[float | None]


class LoadSimulation(Result):
    """One serving workload simulated event by event."""

    document: str
    workload: str
    name: str
    scenario: str
    simulated: str
    seed: int
    arrivals: str
    routing: str
    trace: TraceAccount | None
    requests: int
    served: int
    unfinished: int = Field(description="in flight or waiting when the last request arrived")
    seconds: float = Field(description="simulated time")
    requests_per_s: float | None = Field(description="arriving")
    overloaded: bool
    overload: str | None
    overloaded_at_slow_end: bool = Field(
        description="overloaded if every step is as slow as the 80 % range allows"
    )
    offered_load: float
    offered_load_low80: float
    offered_load_high80: float
    percentiles: dict[str, dict[str, float | None]] = Field(
        description="per latency mean, p50, p90, p95, p99 in ms, with _low80 and _high80"
    )
    curves: dict[str, Curve]
    slo: list[Target]
    figures: dict[str, float | None]
    preemptions: int
    retried: int
    failures: int
    replicas: Replicas
    cost: LoadCost
    closed_form: dict[str, float | None]
    timeline: list[dict[str, float | None]]
    definitions: dict[str, str]
    assumed: list[str]
    evaluate_seconds: float
