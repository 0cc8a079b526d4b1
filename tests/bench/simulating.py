"""Load simulations: requests drawn, served and summarised, plain and with everything on."""

from pathlib import Path

import numpy as np

from freehold.capacity.load import (
    Autoscaling,
    Failures,
    Fleet,
    Limits,
    Outcome,
    Requests,
    StepTimes,
    simulate,
    summarise,
)
from tests.bench.figures import Figure, counted, cpu_timed, peak_memory

_LONGEST = 16_384
_SEQUENCES = 256


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Serve `size` requests: fixed and lognormal lengths on one replica, then all at once.

    `everything`: four replicas and up to eight, each seen by the router, a cache small enough for
    preemptions, chunked prompts, priorities, failures, cold starts and autoscaling. Seconds are
    of the processor; percentiles are part of them.
    """
    times, roomy = _times(), Limits(_SEQUENCES, 400_000, 8192)
    tight = Limits(_SEQUENCES, 24_000, 1024)
    fleet = Fleet(
        4,
        "least_cache",
        cold_start_s=120.0,
        autoscaling=Autoscaling(2, 8, 20.0),
        failures=Failures(7200.0, 300.0),
    )
    last: list[Outcome] = []

    def serve(requests: Requests, limits: Limits, served_by: Fleet) -> None:
        outcome = simulate(requests, times, limits, served_by)
        summarise(outcome, times, limits, served_by.replicas)
        last[:] = [outcome]

    fixed, drawn = _requests(size, 4.0, spread=0.0), _requests(size, 4.0, spread=0.8)
    ranked = _requests(size, 14.0, spread=0.8, priorities=2)
    found = [
        cpu_timed("fixed", runs, lambda: serve(fixed, roomy, Fleet())),
        cpu_timed("lognormal", runs, lambda: serve(drawn, roomy, Fleet())),
    ]
    found.append(counted("steps", "steps", int(last[0].steps[:, 2].sum())))
    found.append(counted("moves", "moves", len(last[0].steps)))
    found.append(cpu_timed("everything", runs, lambda: serve(ranked, tight, fleet)))
    found.append(counted("preemptions", "preemptions", int(last[0].preempted.sum())))
    found.append(counted("failures", "failures", len(last[0].down)))
    found.append(peak_memory())
    return found


def _times() -> StepTimes:
    batch, tokens = np.arange(_SEQUENCES + 1), np.arange(_LONGEST + 1)
    return StepTimes(
        fixed_s=np.where(batch > 0, 0.012 + 4e-5 * batch, 0.0),
        per_token_s=np.where(batch > 0, 2e-8, 0.0),
        prefill_s=np.where(tokens > 0, 0.004 + 2e-5 * tokens, 0.0),
        lag_s=np.full(_LONGEST + 1, 0.02),
    )


def _requests(rows: int, per_s: float, *, spread: float, priorities: int = 1) -> Requests:
    rng = np.random.default_rng(1)

    def lengths(median: float, most: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        drawn = median * np.exp(spread * rng.standard_normal(rows))
        return np.clip(drawn, 1, most).astype(np.int64)

    zeros = np.zeros(rows, dtype=np.int64)
    return Requests(
        arrival_s=np.cumsum(rng.exponential(1 / per_s, rows)),
        prompt=lengths(700, 8000),
        output=lengths(150, 2000),
        priority=rng.integers(0, priorities, rows),
        session=zeros,
    )
