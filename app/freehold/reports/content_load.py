"""Simulated loads of serving workloads, as a report shows them."""

from freehold.reports.content_parts import Part


class Percentile(Part):
    """A latency that a share of requests keeps to, with its 80 % range.

    `high80` is None where the workload is overloaded at the slow end of the range.
    """

    value: float
    low80: float
    high80: float | None


class SimulatedLoad(Part):
    """One workload simulated: latencies in ms, or why it is overloaded or cannot be simulated."""

    workload: str
    name: str | None
    requests: int = 0
    arrivals: str = ""
    offered_load: float | None = None
    ttft_p50: Percentile | None = None
    ttft_p95: Percentile | None = None
    tpot_p95: Percentile | None = None
    targets: tuple[tuple[float, float], ...] = ()
    """Per latency target its ms and the share of requests that keep to it."""
    overloaded: str | None = None
    refused: str | None = None
    assumed: tuple[str, ...] = ()
