"""What a simulated load tells: agreement with the closed form, bursts, overload, routing, scale."""

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest

from freehold.capacity import Tables
from freehold.capacity.load import (
    Autoscaling,
    Failures,
    Fleet,
    Limits,
    Outcome,
    Question,
    Requests,
    Simulation,
    StepTimes,
    replicas_over_time,
    simulate,
    simulate_workload,
    timeline,
)
from freehold.errors import InputError

_CHAT = {
    "workload_id": "W-CHAT",
    "kind": "serving",
    "task": "chat",
    "term": "on_demand",
    "model_id": "mistral-small-3.2-24b",
    "precision": "fp8",
    "accelerator_id": "nvidia-l40s",
    "accelerator_count": 2.0,
    "tp": 2,
    "input_tokens": 2800.0,
    "output_tokens": 350.0,
    "requests_per_s": 1.0,
    "ttft_slo_ms": 1500.0,
    "tpot_slo_ms": 60.0,
}
_LIMITS = Limits(sequences=64, cache_tokens=60_000, batched_tokens=2048)


def _times() -> StepTimes:
    batch, tokens = np.arange(65), np.arange(40_001)
    return StepTimes(
        fixed_s=np.where(batch > 0, 0.02 + 0.0002 * batch, 0.0),
        per_token_s=np.where(batch > 0, 1e-7, 0.0),
        prefill_s=1e-4 * tokens,
        lag_s=np.full(40_001, 0.01),
    )


def _poisson(rows: int, per_s: float, prompt: int = 500, output: int = 100) -> Requests:
    gaps = np.random.default_rng(3).exponential(1 / per_s, rows)
    return Requests.of(np.cumsum(gaps), np.full(rows, prompt), np.full(rows, output))


def _ttft_s(outcome: Outcome) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    waited: np.ndarray[tuple[int], np.dtype[np.float64]] = (
        outcome.first_s - outcome.requests.arrival_s
    )
    return waited


def _asked(
    connection: duckdb.DuckDBPyConnection, tables: Tables, question: Question, **changed: object
) -> Simulation:
    workload = pd.DataFrame([{**_CHAT, **changed}])
    return simulate_workload(workload, connection, question, tables=tables)


@pytest.mark.parametrize(
    ("changed", "loads"),
    [
        ({}, (0.3, 0.65)),
        (
            {
                "model_id": "llama3.3-70b",
                "accelerator_id": "nvidia-h200-sxm",
                "accelerator_count": 8.0,
                "tp": 8,
                "input_tokens": 500.0,
                "output_tokens": 500.0,
            },
            (0.5,),
        ),
    ],
)
def test_means_agree_with_the_closed_form_below_seventy_per_cent(
    changed: dict[str, object],
    loads: tuple[float, ...],
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
) -> None:
    few = Question(requests=50, fixed_lengths=True)
    probe = _asked(connection, tables, few, **changed)
    per_load = 50 / probe.outcome.requests.span_s / probe.middle.offered_load
    for load in loads:
        found = _asked(
            connection,
            tables,
            Question(requests=2500, fixed_lengths=True),
            **changed,
            requests_per_s=load * per_load,
        )
        assert found.middle.offered_load == pytest.approx(load, rel=0.05)
        means = {name: values["mean"] for name, values in found.middle.latencies.items()}
        assert means["tpot_ms"] == pytest.approx(found.sized["tpot_ms"], rel=0.05)
        assert means["e2e_latency_ms"] == pytest.approx(found.sized["e2e_latency_ms"], rel=0.05)
        # The closed form takes the wait of a mean arrival; a real one meets steps under way.
        assert 1.0 <= means["ttft_ms"] / found.sized["ttft_ms"] <= 1.35


def test_the_same_seed_gives_the_same_figures_and_another_seed_others(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    question = Question(requests=300, seed=5, variation=2.0, failures=True)
    one, again = (_asked(connection, tables, question) for _ in range(2))
    other = _asked(connection, tables, replace(question, seed=6))
    assert one.outcome.last_s.tobytes() == again.outcome.last_s.tobytes()
    assert one.middle.latencies == again.middle.latencies
    assert one.middle.latencies != other.middle.latencies


def test_the_range_holds_the_middle_and_bursts_wait_longer(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    calm = _asked(connection, tables, Question(requests=1500))
    bursty = _asked(connection, tables, Question(requests=1500, variation=5.0))
    for latency in ("ttft_ms", "tpot_ms", "itl_ms", "e2e_latency_ms"):
        for statistic in ("mean", "p50", "p99"):
            low, middle, high = calm.ranged(latency, statistic)
            assert 0 < low < middle < high
    p99 = [run.middle.latencies["ttft_ms"]["p99"] for run in (calm, bursty)]
    assert p99[1] > 2 * p99[0]
    met = [run.met(run.middle, "ttft_ms") for run in (calm, bursty)]
    assert met[0] is not None and met[1] is not None and met[0] > met[1]


def test_more_than_the_replicas_can_do_is_overload(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    found = _asked(connection, tables, Question(requests=1500), requests_per_s=6.0)
    assert found.middle.offered_load > 1
    assert "more work arrives" in found.middle.overloaded
    assert found.middle.unfinished > 300
    assert found.met(found.middle, "ttft_ms") is None


def test_a_full_cache_costs_time_but_loses_nobody() -> None:
    requests = _poisson(400, 6.0, prompt=500, output=300)
    wide = simulate(requests, _times(), _LIMITS, Fleet())
    tight = simulate(requests, _times(), replace(_LIMITS, cache_tokens=9_000), Fleet())
    assert wide.preempted.sum() == 0 < tight.preempted.sum()
    assert (tight.last_s > 0).all()
    assert tight.steps[:, 4].max() <= 9_000
    assert _ttft_s(tight).mean() > _ttft_s(wide).mean()


def test_the_first_priority_is_served_first() -> None:
    requests = _poisson(300, 30.0)
    ranked = replace(requests, priority=np.arange(300) % 2)
    waited = _ttft_s(simulate(ranked, _times(), _LIMITS, Fleet()))
    assert waited[::2].mean() < 0.5 * waited[1::2].mean()


def test_looking_at_replicas_beats_taking_turns() -> None:
    rng = np.random.default_rng(1)
    requests = Requests.of(
        np.cumsum(rng.exponential(0.05, 600)),
        np.where(rng.random(600) < 0.1, 8000, 200),
        rng.integers(10, 200, 600),
    )
    p95 = {
        policy: np.quantile(_ttft_s(simulate(requests, _times(), _LIMITS, Fleet(4, policy))), 0.95)
        for policy in ("round_robin", "least_outstanding", "least_cache")
    }
    assert p95["least_outstanding"] < p95["round_robin"]
    assert p95["least_cache"] < p95["round_robin"]


def test_equal_beginnings_are_computed_once_where_the_router_minds_them() -> None:
    conversations = np.random.default_rng(2).integers(0, 40, 600)
    blocks = tuple(tuple(int(talk) * 100 + number for number in range(4)) for talk in conversations)
    requests = replace(_poisson(600, 10.0, prompt=2100, output=50), blocks=blocks)
    limits = replace(_LIMITS, cache_tokens=30_000)
    shares = {}
    for policy in ("round_robin", "prefix"):
        found = simulate(requests, _times(), limits, Fleet(3, policy))
        shares[policy] = found.reused.sum() / requests.prompt.sum()
    assert 0 < shares["round_robin"] < shares["prefix"] < 1


def test_replicas_come_with_the_load_after_their_cold_start_and_go_again() -> None:
    quiet, busy = _poisson(60, 0.2), _poisson(1500, 10.0)
    arrival = np.concatenate(
        [quiet.arrival_s, quiet.span_s + busy.arrival_s, quiet.span_s * 2 + busy.span_s + 1000 +
         quiet.arrival_s]
    )  # fmt: skip
    rows = len(arrival)
    requests = Requests.of(arrival, np.full(rows, 500), np.full(rows, 100))
    rule = Autoscaling(least=1, most=6, target=8.0, interval_s=10.0, calm_s=60.0)
    found = simulate(requests, _times(), _LIMITS, Fleet(1, cold_start_s=45.0, autoscaling=rule))
    over_time = replicas_over_time(found)
    counts = [count for _, count in over_time]
    assert counts[0] == counts[-1] == 1
    assert 2 <= max(counts) <= 6
    first_more = next(second for second, count in over_time if count > 1)
    assert first_more >= quiet.span_s + 45.0
    assert (found.last_s > 0).all()
    shown = timeline(found)
    assert shown["replicas"].max() == max(counts)
    assert shown["in_flight"].iloc[-1] <= shown["in_flight"].max()


def test_what_a_failed_replica_had_begins_anew_elsewhere() -> None:
    requests = _poisson(800, 10.0)
    broken = simulate(
        requests, _times(), _LIMITS, Fleet(2, failures=Failures(mtbf_s=20.0, repair_s=5.0))
    )
    whole = simulate(requests, _times(), _LIMITS, Fleet(2))
    assert len(broken.down) > 2
    assert broken.retried.sum() > 0
    assert (broken.last_s > 0).all()
    assert broken.last_s.mean() > whole.last_s.mean()


@pytest.mark.parametrize(
    ("changed", "question", "says"),
    [
        ({"kind": "training"}, Question(), "of the kind training"),
        ({"term": "token_api"}, Question(), "bought by the token"),
        ({"accelerator_id": "no-such-chip"}, Question(), "not in the catalogue"),
        ({"model_id": "llama3.1-405b", "tp": 2}, Question(), "does not fit"),
        ({"accelerator_count": 1.0}, Question(), "takes 2 devices"),
        ({"requests_per_s": None}, Question(routing="nearest"), "no routing 'nearest'"),
        ({}, Question(requests=0), "0 requests"),
        ({}, Question(autoscale=(4, 2)), "From 4 to 2"),
    ],
)
def test_what_cannot_be_simulated_is_one_sentence(
    changed: dict[str, object],
    question: Question,
    says: str,
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
) -> None:
    with pytest.raises(InputError, match=says):
        _asked(connection, tables, question, **changed)
