"""Latency limits that a named benchmark's rules set for its load."""

from functools import cache
from typing import Final

import numpy as np

from freehold.capacity.assumptions import read_table
from freehold.capacity.columns import Floats, Words

WITHIN_LIMITS: Final = "the largest load within the benchmark's latency limits"
"""The remark on rows whose load follows from the rules of their benchmark."""


@cache
def _known() -> tuple[tuple[str, str, float, float], ...]:
    """Return (scenario, model, limit of TTFT, of TPOT; ms) of benchmarks (benchmark_limits.csv)."""
    table = read_table("benchmark_limits.csv")
    columns = ["scenario", "model_id", "ttft_p99_ms", "tpot_p99_ms"]
    return tuple(
        (str(part), str(name), float(first), float(each))
        for part, name, first, each in table[columns].itertuples(index=False)
    )


def benchmark_limits(model: Words, scenario: Words) -> tuple[Floats, Floats]:
    """Return what the 99th percentiles of TTFT and TPOT may be at most in seconds, NaN = no limit.

    The rate of such a run is the largest at which both hold ("maximum Poisson throughput parameter
    supported": MLPerf Inference Rules, section Scenarios), so its latencies are those at the edge.
    """
    first = np.full(len(model.positions), np.nan)
    each = first.copy()
    for part, name, ttft_ms, tpot_ms in _known():
        found = scenario.contain(part) & model.equal(name)
        first, each = np.where(found, ttft_ms / 1e3, first), np.where(found, tpot_ms / 1e3, each)
    return first, each
