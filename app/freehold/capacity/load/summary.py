"""Figures of a simulated run: latency percentiles, rates, use of the replicas, overload."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from freehold.capacity.columns import Bools, Floats
from freehold.capacity.load.fleet import Outcome
from freehold.capacity.load.replica import Limits
from freehold.capacity.load.requests import Requests
from freehold.capacity.load.steps import StepTimes

LATENCIES: Final = {
    "ttft_ms": "Time from a request's arrival to its first output token, waiting included",
    "tpot_ms": "Mean time per output token of a request after its first",
    "itl_ms": "Time between two tokens of a request that follow each other, waiting for a place "
    "again after preemption left out",
    "e2e_latency_ms": "Time from a request's arrival to its last token",
    "queue_ms": "Time from a request's arrival until a replica begins with its prompt",
}
"""Latencies and what each means."""

STATISTICS: Final = ("mean", "p50", "p90", "p95", "p99")
_GROWTH_SHARE = 0.1
_GROWTH_DEVIATIONS = 4.0


@dataclass(frozen=True)
class Summary:
    """Figures of one run.

    Attributes:
        latencies: per latency its statistics in ms; NaN where no request has it.
        samples: per latency the values in ms, sorted (of `itl_ms` its percentiles 0 to 100).
        figures: rates and use, by name.
        offered_load: time the requests need at the best batch over the time there is.
        overloaded: why the load is too much, or nothing.
        unfinished: requests in flight or waiting when the last one arrived.
    """

    latencies: dict[str, dict[str, float]]
    samples: dict[str, Floats]
    figures: dict[str, float]
    offered_load: float
    overloaded: str
    unfinished: int


def summarise(outcome: Outcome, times: StepTimes, limits: Limits, replicas: int) -> Summary:
    """Return the figures of a run that had at most `replicas` replicas at a time."""
    requests = outcome.requests
    served: Bools = np.asarray(outcome.last_s >= 0, dtype=np.bool_)
    load = offered_load(requests, outcome, times, limits) / max(replicas, 1)
    unfinished, why = _overload(outcome, load)
    samples = _samples(outcome, served)
    latencies = {name: _statistics(values) for name, values in samples.items()}
    gaps = _token_gaps(outcome.steps)
    samples["itl_ms"] = gaps.percentiles(np.arange(101.0))
    latencies["itl_ms"] = gaps.statistics()
    return Summary(
        latencies={name: latencies[name] for name in LATENCIES},
        samples=samples,
        figures=_figures(outcome, served, limits),
        offered_load=load,
        overloaded=why,
        unfinished=unfinished,
    )


def offered_load(requests: Requests, outcome: Outcome, times: StepTimes, limits: Limits) -> float:
    """Return how many replicas the requests keep busy at the batch that serves them fastest.

    With B sequences in each step the requests need the sum of prompt work + output x fixed(B) / B
    + per_token x contexts; the least over all B that fit, over the span of their arrivals. Above
    the number of replicas the backlog grows without end whatever the order of service.
    """
    prompt, output = requests.prompt.astype(np.float64), requests.output.astype(np.float64)
    reused = np.minimum(outcome.reused, requests.prompt)
    prompts = float((times.prefill_s[requests.prompt] - times.prefill_s[reused]).sum())
    tokens, contexts = float(output.sum()), float((output * (prompt + output / 2)).sum())
    mean_context = contexts / tokens if tokens else 1.0
    most = int(np.clip(limits.cache_tokens / max(mean_context, 1.0), 1, limits.sequences))
    batch = np.arange(1, min(most, len(times.fixed_s) - 1) + 1)
    decode = tokens * times.fixed_s[batch] / batch + contexts * times.per_token_s[batch]
    work = prompts + float(decode.min(initial=np.inf) if tokens else 0.0)
    # A single burst at one moment has no rate.
    return work / requests.span_s if requests.span_s > 0 else 0.0


def _overload(outcome: Outcome, load: float) -> tuple[int, str]:
    requests = outcome.requests
    finished = np.sort(np.where(outcome.last_s < 0, np.inf, outcome.last_s))
    arrived = np.arange(1, len(requests) + 1)
    there = arrived - np.searchsorted(finished, requests.arrival_s, side="right")
    at_end = int(there[-1])
    if load > 1.0:
        return at_end, "more work arrives than the replicas can do at any batch"
    # A burst is worked off again: only where even the least backlog grows is there no end.
    least = [int(part.min(initial=0)) for part in np.array_split(there, 4)]
    grown, noise = least[3] - least[1], _GROWTH_DEVIATIONS * np.sqrt(least[3] + least[1] + 1.0)
    rising = least[1] < least[2] < least[3]
    if rising and grown > max(_GROWTH_SHARE * len(requests) / 2, noise):
        return at_end, "the backlog grows to the end"
    if bool((outcome.last_s < 0).any()):
        return at_end, "some requests are not served at all"
    return at_end, ""


def _samples(outcome: Outcome, served: Bools) -> dict[str, Floats]:
    arrival, output = outcome.requests.arrival_s[served], outcome.requests.output[served]
    first, last = outcome.first_s[served], outcome.last_s[served]
    several = output > 1
    per_token = (last[several] - first[several]) / (output[several] - 1)
    found = {
        "ttft_ms": first - arrival,
        "tpot_ms": per_token,
        "e2e_latency_ms": last - arrival,
        "queue_ms": outcome.admitted_s[served] - arrival,
    }
    return {name: np.sort(values) * 1e3 for name, values in found.items()}


def _statistics(ordered: Floats) -> dict[str, float]:
    if not len(ordered):
        return dict.fromkeys(STATISTICS, float("nan"))
    shares = [float(name[1:]) for name in STATISTICS[1:]]
    values = [float(ordered.mean()), *np.percentile(ordered, shares).tolist()]
    return dict(zip(STATISTICS, values, strict=True))


@dataclass(frozen=True)
class _Gaps:
    """Step times in ms, sorted, and how many tokens each brought."""

    ms: Floats
    cumulated: Floats

    def percentiles(self, shares: Floats) -> Floats:
        if not len(self.ms):
            return np.full(len(shares), np.nan)
        wanted = shares / 100.0 * self.cumulated[-1]
        place = np.searchsorted(self.cumulated, wanted, side="left")
        found: Floats = self.ms[np.minimum(place, len(self.ms) - 1)]
        return found

    def statistics(self) -> dict[str, float]:
        if not len(self.ms):
            return dict.fromkeys(STATISTICS, float("nan"))
        tokens = np.diff(self.cumulated, prepend=0.0)
        shares = np.array([float(name[1:]) for name in STATISTICS[1:]])
        mean = float((self.ms * tokens).sum() / tokens.sum())
        return dict(zip(STATISTICS, [mean, *self.percentiles(shares).tolist()], strict=True))


def _token_gaps(steps: Floats) -> _Gaps:
    """Take the steps of one move of the clock as equally long: they differ by a few tokens read."""
    first, growth, count, tokens = steps[steps[:, 3] > 0, :4].T
    ms = (first + growth * (count - 1) / 2) * 1e3
    order = np.argsort(ms)
    return _Gaps(ms[order], np.cumsum((tokens * count)[order]))


def _figures(outcome: Outcome, served: Bools, limits: Limits) -> dict[str, float]:
    first, growth, count, sequences, cached = outcome.steps.T
    lasted = count * first + growth * count * (count - 1) / 2
    busy = float(lasted.sum())
    there = sum(max(life.ended_s - life.ready_s, 0.0) for life in outcome.lives)
    paid = sum(max(life.ended_s - life.ordered_s, 0.0) for life in outcome.lives)
    span = outcome.ended_s
    waits = outcome.admitted_s - outcome.requests.arrival_s
    waits = np.where(outcome.admitted_s < 0, span - outcome.requests.arrival_s, waits)
    done = outcome.requests.output[served].sum()

    def rate(amount: float) -> float:
        return amount / span if span > 0 else float("nan")

    def mean(values: Floats) -> float:
        # No matrix product: for so few numbers its threads cost more than they save.
        return float((values * lasted).sum()) / busy if busy > 0 else float("nan")

    return {
        "requests_per_s": rate(float(served.sum())),
        "output_tokens_per_s_total": rate(float(done)),
        "input_tokens_per_s_total": rate(float(outcome.requests.prompt[served].sum())),
        "utilisation": busy / there if there > 0 else float("nan"),
        "batch_mean": mean(sequences),
        "cache_share_mean": mean(cached) / limits.cache_tokens,
        "cache_share_peak": float(cached.max(initial=0.0)) / limits.cache_tokens,
        "waiting_mean": rate(float(np.maximum(waits, 0.0).sum())),
        "waiting_peak": float(_peak(outcome.requests.arrival_s, waits)),
        "replica_hours": paid / 3600.0,
    }


def _peak(arrival: Floats, waits: Floats) -> int:
    """Return the most requests that waited at one time."""
    moments = np.concatenate([arrival + np.maximum(waits, 0.0), arrival])
    change = np.concatenate([-np.ones(len(arrival)), np.ones(len(arrival))])
    # At one moment, who comes is counted after who goes, so that no wait counts as none.
    order = np.lexsort((change, moments))
    return int(np.cumsum(change[order]).max(initial=0.0))
