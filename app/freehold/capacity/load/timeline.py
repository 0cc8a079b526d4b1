"""What a run looked like over time."""

import numpy as np
import pandas as pd

from freehold.capacity.load.fleet import Outcome


def replicas_over_time(outcome: Outcome) -> list[tuple[float, int]]:
    """Return from which second on how many replicas served."""
    change: dict[float, int] = {}
    for life in outcome.lives:
        if life.ended_s > life.ready_s:
            change[life.ready_s] = change.get(life.ready_s, 0) + 1
            if life.ended_s < outcome.ended_s:
                change[life.ended_s] = change.get(life.ended_s, 0) - 1
    for start, end in outcome.down:
        if start < outcome.ended_s:
            change[start] = change.get(start, 0) - 1
            if end < outcome.ended_s:
                change[end] = change.get(end, 0) + 1
    moments = sorted(change)
    counts = np.cumsum([change[moment] for moment in moments]).tolist()
    found: list[tuple[float, int]] = []
    for moment, count in zip(moments, counts, strict=True):
        if not found or found[-1][1] != count:
            found.append((moment, int(count)))
    return found


def timeline(outcome: Outcome, parts: int = 60) -> pd.DataFrame:
    """Cut a run into equal parts.

    Columns: `second` (middle of the part), `arrivals_per_s`, `in_flight` and `waiting` (requests
    at that second; waiting ones are in flight too), `replicas`, `ttft_p50_ms` and `ttft_p95_ms`
    of the requests that arrived in the part (NaN where none did).
    """
    requests = outcome.requests
    end = max(outcome.ended_s, 1e-9)
    edges = np.linspace(0.0, end, parts + 1)
    middle = (edges[:-1] + edges[1:]) / 2
    arrival = requests.arrival_s
    part = np.minimum(np.searchsorted(edges, arrival, side="right") - 1, parts - 1)
    ended = np.sort(np.where(outcome.last_s < 0, np.inf, outcome.last_s))
    admitted = np.sort(np.where(outcome.admitted_s < 0, np.inf, outcome.admitted_s))
    come = np.searchsorted(arrival, middle, side="right")
    served = outcome.first_s >= 0
    ttft = pd.Series((outcome.first_s - arrival)[served] * 1e3)
    grouped = ttft.groupby(part[served])
    steps = replicas_over_time(outcome)
    place = np.searchsorted([moment for moment, _ in steps], middle, side="right") - 1
    counts = np.array([count for _, count in steps] + [0])
    return pd.DataFrame(
        {
            "second": middle,
            "arrivals_per_s": np.bincount(part, minlength=parts) / (edges[1] - edges[0]),
            "in_flight": come - np.searchsorted(ended, middle, side="right"),
            "waiting": come - np.searchsorted(admitted, middle, side="right"),
            "replicas": counts[place],
            "ttft_p50_ms": grouped.quantile(0.5).reindex(range(parts)),
            "ttft_p95_ms": grouped.quantile(0.95).reindex(range(parts)),
        }
    )
