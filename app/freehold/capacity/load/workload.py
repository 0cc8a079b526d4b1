"""A serving workload of an estate -> its simulated run, with the 80 % range of the step times."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.assumptions import read_table
from freehold.capacity.checks import Tables
from freehold.capacity.columns import numbers
from freehold.capacity.facts import table
from freehold.capacity.load.arrivals import Demand, spread, synthetic
from freehold.capacity.load.autoscaling import Autoscaling
from freehold.capacity.load.failures import Failures
from freehold.capacity.load.fleet import Fleet, Outcome, simulate
from freehold.capacity.load.replica import Limits
from freehold.capacity.load.requests import Requests
from freehold.capacity.load.routing import ROUTING
from freehold.capacity.load.steps import step_times
from freehold.capacity.load.summary import Summary, summarise
from freehold.capacity.load.traces import Trace
from freehold.capacity.predictions import width
from freehold.capacity.serving_estimate import Prepared, prepare
from freehold.capacity.sizing import size_serving
from freehold.errors import InputError

SIMULATED: Final = "simulated event by event; step times from calibrated physics"
_INTERVALS = {
    "ttft_ms": "ttft", "tpot_ms": "latency", "itl_ms": "latency", "e2e_latency_ms": "latency"
}  # fmt: skip
_SPECIFICATION = {"model_id": "model", "workload_id": "config_id"}
_UNBOUNDED_CACHE = 2**52
_MOST_REQUESTS = 2_000_000
_PATIENCE_S = 7 * 86_400.0
"""After the last arrival; nobody waits for a week, so what is left then is not served."""


@dataclass(frozen=True)
class Question:
    """What to simulate; the workload itself says the rest.

    Attributes:
        requests: drawn where no trace is given.
        seed: of everything random.
        variation: of the gaps between arrivals (1 Poisson, more is bursty).
        fixed_lengths: all requests have the workload's mean lengths.
        replicas: instead of those the workload's devices make.
        routing: one of `ROUTING`.
        autoscale: fewest and most replicas; None: they stay.
        target_load: requests in flight per replica that autoscaling aims at, as a share of the
            batch that just meets the latency targets.
        failures: whether replicas fail, as often as the assumptions say.
        batched_tokens: token budget of a step instead of the assumed one.
        cached_share: share of every prompt found in the prefix cache.
        pace: how many times faster than recorded a trace is replayed.
    """

    requests: int = 10_000
    seed: int = 0
    variation: float = 1.0
    fixed_lengths: bool = False
    replicas: int | None = None
    routing: str = "least_outstanding"
    autoscale: tuple[int, int] | None = None
    target_load: float = 0.7
    failures: bool = False
    batched_tokens: int | None = None
    cached_share: float = 0.0
    pace: float = 1.0


@dataclass(frozen=True)
class Simulation:
    """A workload's run at the predicted step times and at both ends of their 80 % range.

    Attributes:
        sized: the workload's row by the closed form.
        outcome: the run at the predicted step times.
        middle: its figures.
        fast: figures with every step as fast as the range allows.
        slow: figures with every step as slow as the range allows.
        slower: by how much each step is slower or faster there: the range of a predicted rate.
        widening: by how much this workload's ranges are wider than usual.
        limits: of a replica.
        fleet: replicas and what happens to them.
        targets: TTFT and TPOT to be met, ms; NaN where none is stated.
        too_long: requests left out because no replica can hold them.
        assumed: what was filled in.
    """

    sized: "pd.Series[Any]"
    outcome: Outcome
    middle: Summary
    fast: Summary
    slow: Summary
    slower: float
    widening: float
    limits: Limits
    fleet: Fleet
    targets: dict[str, float]
    too_long: int
    assumed: tuple[str, ...]

    def ranged(self, latency: str, statistic: str) -> tuple[float, float, float]:
        """Return low, middle and high of a statistic in ms; high is infinite where overloaded.

        The range is what the fast and the slow run give, but never narrower than that of the
        closed form's figure of the same kind.
        """
        return self._widened(latency, [run.latencies[latency][statistic] for run in self._runs()])

    def curve(self, latency: str, shares: list[float]) -> list[tuple[float, float, float]]:
        """Return low, middle and high of the latencies that some shares of requests keep to."""
        samples = [run.samples[latency] for run in self._runs()]
        found = [
            np.quantile(each, shares) if len(each) else np.full(len(shares), np.nan)
            for each in samples
        ]
        return [self._widened(latency, column.tolist()) for column in np.array(found).T]

    def _runs(self) -> tuple[Summary, Summary, Summary]:
        return self.fast, self.middle, self.slow

    def _widened(self, latency: str, values: list[float]) -> tuple[float, float, float]:
        # Slower steps may bring further replicas earlier, so the slow run need not be the slowest.
        middle, low, high = values[1], min(values), max(values)
        if latency in _INTERVALS:
            factor = width(_INTERVALS[latency]) * self.widening
            low, high = min(low, middle / factor), max(high, middle * factor)
        return low, middle, np.inf if self.slow.overloaded else high

    def met(self, summary: Summary, name: str) -> float | None:
        """Return the share of requests that meet a latency target; None where there is none."""
        target, values = self.targets[name], summary.samples[name]
        if not np.isfinite(target) or not len(values) or summary.overloaded:
            return None
        return float(np.searchsorted(values, target * (1 + 1e-12), side="right") / len(values))


def simulate_workload(
    workload: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    question: Question,
    *,
    trace: Trace | None = None,
    tables: Tables | None = None,
    catalogue: str = "catalogue",
    watch: Callable[[float], None] | None = None,
) -> Simulation:
    """Simulate the one serving workload of a table of workloads.

    Args:
        workload: its row, columns of the estate's `workloads`.
        connection: holds the catalogue.
        question: what to simulate.
        trace: recorded requests instead of drawn ones; its lengths replace the workload's.
        tables: facts already read.
        catalogue: a scenario's schema.
        watch: told the share done; may raise to stop.

    Raises:
        InputError: the workload is not served by replicas, does not fit, or lacks what is needed;
            or the question asks for something impossible.
    """
    check(question)
    facts = tables or Tables.read(connection, catalogue=catalogue)
    if question.batched_tokens:
        chunk = {"max_batched_tokens": question.batched_tokens,
                 "llama_cpp_batched_tokens": question.batched_tokens}  # fmt: skip
        facts = replace(facts, assumed=facts.assumed.changed(chunk))
    made = _Simulating(
        workload, connection, question, trace=trace, facts=facts, catalogue=catalogue
    )
    return made.run(watch)


def check(question: Question) -> None:
    """Raise InputError if a question asks for something impossible."""
    least, most = question.autoscale or (1, 1)
    problems = {
        f"{question.requests:,} requests cannot be drawn": not 1
        <= question.requests
        <= _MOST_REQUESTS,
        f"A burstiness of {question.variation:g} cannot be": not 0 <= question.variation <= 100,
        f"{question.replicas} replicas cannot be": question.replicas is not None
        and not 1 <= question.replicas <= 10_000,
        f"There is no routing '{question.routing}'; there are {', '.join(ROUTING)}":
        question.routing not in ROUTING,
        f"From {least} to {most} replicas is no range": not 1 <= least <= most <= 10_000,
        f"A token budget of {question.batched_tokens} cannot be":
        question.batched_tokens is not None and not 1 <= question.batched_tokens <= 10**7,
        f"A cached share of {question.cached_share:g} cannot be":
        not 0 <= question.cached_share < 1,
        f"A pace of {question.pace:g} cannot be": not 1e-6 <= question.pace <= 1e6,
        f"A target load of {question.target_load:g} cannot be": not 0 < question.target_load <= 1,
    }  # fmt: skip
    for sentence, wrong in problems.items():
        if wrong:
            raise InputError(sentence)


class _Simulating:
    def __init__(
        self,
        workload: pd.DataFrame,
        connection: duckdb.DuckDBPyConnection,
        question: Question,
        *,
        trace: Trace | None,
        facts: Tables,
        catalogue: str,
    ) -> None:
        self.row = workload.iloc[0]
        self.name = str(self.row.get("workload_id") or "the workload")
        self.question, self.facts = question, facts
        self.connection, self.catalogue = connection, catalogue
        self.assumed: list[str] = []
        self._check_kind()
        self.recorded: Requests | None = None
        if trace is not None:
            served = trace.requests
            served = replace(served, arrival_s=served.arrival_s / question.pace)
            self.recorded = served
            workload = workload.assign(
                input_tokens=float(served.prompt.mean()),
                output_tokens=float(served.output.mean()),
                requests_per_s=len(served) / served.span_s if served.span_s > 0 else np.nan,
            )
        self.workload = workload
        self.sized = self._size(workload)
        if self.sized["refused_because"]:
            # Targets out of reach are no reason not to look.
            self.sized = self._size(workload.assign(ttft_slo_ms=np.nan, tpot_slo_ms=np.nan))
        if self.sized["refused_because"]:
            raise self._refused(str(self.sized["refused_because"]))

    def _size(self, workload: pd.DataFrame) -> "pd.Series[Any]":
        asked = workload.rename(columns=_SPECIFICATION)
        sized = size_serving(asked, self.connection, tables=self.facts, catalogue=self.catalogue)
        return sized.iloc[0]

    def _refused(self, why: str) -> InputError:
        return InputError(f"{self.name} cannot be simulated: {why.rstrip('.')}")

    def _check_kind(self) -> None:
        if str(self.row.get("kind")) != "serving":
            raise self._refused(f"it is of the kind {self.row.get('kind')}, not serving")
        if str(self.row.get("term")) == "token_api":
            raise self._refused("it is bought by the token, so that there are no replicas")

    def run(self, watch: Callable[[float], None] | None) -> Simulation:
        spec = self.workload.rename(columns=_SPECIFICATION)
        with np.errstate(all="ignore"):
            ready = prepare(spec.reset_index(drop=True), self.facts)
        self.assumed += [part for part in str(ready.notes.joined()[0]).split("; ") if part]
        requests, longest = self._requests(ready)
        limits = self._limits(ready)
        room = min(limits.cache_tokens, longest)
        fits = requests.prompt + np.maximum(requests.output, 1) <= room
        if not fits.any():
            raise self._refused(f"no request fits in the {room:,} tokens a replica can hold of one")
        requests = requests.where(np.asarray(fits, dtype=np.bool_))
        times = step_times(
            ready.engine,
            ready.load,
            0,
            sequences=limits.sequences,
            longest=int((requests.prompt + requests.output).max()) + 1,
            batched_tokens=int(ready.load.chunk_tokens[0]),
        )
        wide = float(ready.doubts.widening()[0])
        slower = width("rate") * wide
        fleet = self._fleet(ready)
        most = fleet.autoscaling.most if fleet.autoscaling else fleet.replicas
        summaries: list[Summary] = []
        outcomes: list[Outcome] = []
        for number, factor in enumerate((1.0, 1.0 / slower, slower)):

            def tell(share: float, done: int = number) -> None:
                if watch:
                    watch((done + share) / 3)

            scaled = times.scaled(factor)
            outcome = simulate(
                requests, scaled, limits, fleet, cached_share=self.question.cached_share, watch=tell
            )
            outcomes.append(outcome)
            summaries.append(summarise(outcome, scaled, limits, most))
        return Simulation(
            sized=self.sized,
            outcome=outcomes[0],
            middle=summaries[0],
            fast=summaries[1],
            slow=summaries[2],
            slower=slower,
            widening=wide,
            limits=limits,
            fleet=fleet,
            targets={name: self._target(name) for name in ("ttft_ms", "tpot_ms")},
            too_long=int((~fits).sum()),
            assumed=tuple(dict.fromkeys(self.assumed)),
        )

    def _target(self, name: str) -> float:
        value = float(numbers(self.workload, name.replace("_ms", "_slo_ms"))[0])
        return value if value > 0 else float("nan")

    def _requests(self, ready: Prepared) -> tuple[Requests, int]:
        """Return the requests and the most tokens one may have in this model."""
        question = self.question
        context = ready.engine.architecture.max_context[0]
        longest = int(context) if np.isfinite(context) else 10**7
        if self.recorded is not None:
            return self.recorded, longest
        rate = float(numbers(self.workload, "requests_per_s")[0])
        if not rate > 0:
            rate = float(self.sized["requests_per_s"])
            if not rate > 0:
                raise self._refused("it states neither requests_per_s nor a number in flight")
            self.assumed.append("arrival rate taken from what the devices serve")
        prompt, output = float(ready.load.prompt[0]), float(ready.load.output[0])
        spreads = (0.0, 0.0)
        if not question.fixed_lengths:
            spreads = self._spreads()
        held = min(longest, self._limits(ready).cache_tokens)
        demand = Demand(question.requests, rate, question.variation, prompt, output, *spreads, held)
        return synthetic(demand, question.seed), longest

    def _spreads(self) -> tuple[float, float]:
        chosen = read_table("load/lengths.csv").set_index("task")["trace"]
        task = str(self.row.get("task"))
        name = str(chosen.get(task, chosen["*"]))
        traces = table(self.connection, "traces", self.catalogue)
        row = dict(traces[traces["trace"] == name].iloc[0])
        self.assumed.append(f"lengths lognormal around the mean, spread as in {name}")
        if not row["verified"]:
            self.assumed.append(f"{name} not verified")
        return (
            spread(float(row["in_p50"]), float(row["in_p95"])),
            spread(float(row["out_p50"]), float(row["out_p95"])),
        )

    def _limits(self, ready: Prepared) -> Limits:
        memory, layout, assumed = ready.memory, ready.layout, self.facts.assumed
        ranks = float(layout.attention_dp[0])
        free = memory.usable - memory.weights - memory.activations - memory.reserve
        longest = ready.load.prompt[0] + ready.load.output[0]
        per_token = memory.kv_per_sequence[0] / longest
        cache = float(free[0]) / per_token * ranks if per_token > 0 else _UNBOUNDED_CACHE
        budget = int(ready.load.chunk_tokens[0] * ranks)
        return Limits(
            sequences=int(min(assumed["max_sequences"] * ranks, budget)),
            cache_tokens=int(min(cache, _UNBOUNDED_CACHE)),
            batched_tokens=budget,
        )

    def _fleet(self, ready: Prepared) -> Fleet:
        question, assumed = self.question, self.facts.assumed
        per_replica = float(ready.layout.replica_devices[0])
        replicas = question.replicas
        if replicas is None:
            replicas = int(float(self.sized["devices"]) / per_replica + 1e-9)
            if replicas < 1:
                held = float(self.sized["devices"])
                raise self._refused(f"a replica takes {per_replica:g} devices, {held:g} are held")
        cold = assumed["replica_provision_s"] + float(ready.memory.weights[0]) / (
            assumed["weight_load_gb_s"] * 1e9
        )
        scaling, failures = None, None
        if question.autoscale:
            least, most = question.autoscale
            target = max(float(self.sized["batch_per_replica"]) * question.target_load, 1.0)
            scaling = Autoscaling(least, most, target)
            replicas = min(max(replicas, least), most)
        if question.failures:
            mtbf_s = assumed["device_mtbf_h"] * 3600.0 / per_replica
            failures = Failures(mtbf_s, assumed["restart_s"], question.seed)
        return Fleet(replicas, question.routing, cold, scaling, failures, _PATIENCE_S)
