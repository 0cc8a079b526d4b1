"""The event-skipping model of load equals a run of it step by step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.capacity.stepwise import run_stepwise

from freehold.capacity.load import Failures, Fleet, Limits, Requests, StepTimes, simulate
from freehold.capacity.load.failures import Breakdowns

PRECISION = 1e-9


def times_of(rng: np.random.Generator, sequences: int, longest: int) -> StepTimes:
    """Steps whose time grows with batch and context, a prompt's faster than its length."""
    batch = np.arange(sequences + 1)
    tokens = np.arange(longest + 1)
    work = rng.uniform(1e-5, 1e-3) * tokens + rng.uniform(0, 1e-6) * tokens**2
    return StepTimes(
        fixed_s=np.where(batch > 0, rng.uniform(0.005, 0.03) + rng.uniform(0, 0.002) * batch, 0.0),
        per_token_s=np.where(batch > 0, rng.uniform(0, 1e-4), 0.0),
        prefill_s=work + np.where(tokens > 0, rng.uniform(0, 0.01), 0.0),
        lag_s=np.zeros(longest + 1),
    )


def requests_of(
    rng: np.random.Generator, rows: int, per_s: float, room: int, priorities: int
) -> Requests:
    """Requests that fit in the cache; some arrive together, some want no output."""
    gaps = rng.exponential(1 / per_s, rows) * (rng.random(rows) > 0.2)
    prompt = rng.integers(1, room * 3 // 4, rows)
    output = np.minimum(rng.integers(0, 40, rows), room - prompt)
    return Requests(
        arrival_s=np.cumsum(gaps),
        prompt=prompt,
        output=output,
        priority=rng.integers(0, priorities, rows),
        session=rng.integers(0, 5, rows),
    )


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 30),
    per_s=st.sampled_from([0.5, 5.0, 50.0]),
    sequences=st.integers(1, 8),
    cache=st.integers(40, 260),
    budget=st.sampled_from([8, 20, 64, 4096]),
    priorities=st.integers(1, 3),
    replicas=st.integers(1, 3),
    routing=st.sampled_from(["round_robin", "session", "least_outstanding", "least_cache"]),
    mtbf_s=st.sampled_from([None, 2.0]),
)
def test_equals_a_run_step_by_step(
    *,
    seed: int,
    rows: int,
    per_s: float,
    sequences: int,
    cache: int,
    budget: int,
    priorities: int,
    replicas: int,
    routing: str,
    mtbf_s: float | None,
) -> None:
    """Every admission, first token and end, and every step's length, whatever is limited."""
    rng = np.random.default_rng(seed)
    times = times_of(rng, sequences, cache)
    requests = requests_of(rng, rows, per_s, cache, priorities)
    limits = Limits(sequences, cache, budget)
    failures = Failures(mtbf_s, 0.7, seed) if mtbf_s else None
    fleet = Fleet(replicas, routing, failures=failures)
    planned = _breakdowns(failures, replicas) if failures else []
    expected, gaps = run_stepwise(requests, times, limits, fleet, failures=planned, repair_s=0.7)

    found = simulate(requests, times, limits, fleet)

    for name in ("admitted_s", "first_s"):
        values = [getattr(sequence, name) for sequence in expected]
        np.testing.assert_allclose(getattr(found, name), values, rtol=PRECISION, atol=PRECISION)
    ends = [sequence.last_s for sequence in expected]
    np.testing.assert_allclose(found.busy_s, ends, rtol=PRECISION, atol=PRECISION)
    assert found.replica.tolist() == [sequence.replica for sequence in expected]
    assert found.preempted.tolist() == [sequence.preempted for sequence in expected]
    assert found.retried.tolist() == [sequence.retried for sequence in expected]
    if not failures:
        first, growth, steps, tokens = found.steps[:, :4].T
        lasted = steps * first + growth * steps * (steps - 1) / 2
        assert steps.sum() == len(gaps)
        assert (tokens * steps).sum() == sum(number for _, number in gaps)
        assert lasted @ tokens == pytest.approx(sum(s * number for s, number in gaps))


def _breakdowns(rule: Failures, replicas: int) -> list[tuple[float, int]]:
    drawn, found = Breakdowns(rule), []
    for replica in range(replicas):
        at = 0.0
        while at < 400.0:
            at += drawn.working_s(replica)
            found.append((at, replica))
            at += rule.repair_s
    return sorted(found)
