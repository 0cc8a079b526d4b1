from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.planning.branching import raised
from freehold.planning.problem import (
    MACHINES,
    METERED,
    PERIOD,
    WHOLE,
    Data,
    Limit,
    Promise,
    money,
)
from freehold.planning.relaxing import relaxed, start_pairs
from freehold.planning.search import find
from freehold.planning.solving import Control
from tests.planning.tiny import by_trying, problem

SIZES = st.floats(0.2, 2.5).map(lambda x: round(x, 2))
PRICES = st.floats(1.0, 9.0).map(lambda x: round(x, 2))


def cheapest(p, **options):
    return find(p, Control(20.0), gap=1e-6, **options)


@st.composite
def problems(draw):
    offers = draw(st.integers(2, 3))
    workloads = draw(st.integers(1, 2))
    machines = [[draw(SIZES) for _ in range(offers)] for _ in range(workloads)]
    kind = [draw(st.sampled_from((WHOLE, METERED))) for _ in range(offers)]
    return problem(
        [draw(PRICES) for _ in range(offers)],
        machines,
        kind=kind,
        growth=draw(st.sampled_from((1.0, 1.3))),
        move=draw(st.sampled_from((0.0, 2.0))),
        today=[draw(st.integers(-1, offers - 1)) for _ in range(workloads)],
    )


@given(problems())
@settings(max_examples=8, deadline=None)
def test_small_problems_are_solved_as_by_trying_everything(p):
    found = cheapest(p)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(by_trying(p), rel=1e-5)
    assert money(p, found.answer)["total"] == pytest.approx(found.objective, rel=1e-6)


@st.composite
def with_data(draw):
    p = draw(problems())
    places = int(p.place.max()) + 1
    sets = draw(st.integers(1, 2))

    def each(values):
        return np.array([[draw(values) for _ in range(places)] for _ in range(sets)], dtype=float)

    here = each(st.sampled_from((0.0, 0.0, 1.0))) > 0
    readers = np.array([[draw(st.booleans()) for _ in range(sets)] for _ in p.workloads])
    money_of = st.sampled_from((0.0, 0.7, 3.0))
    data = Data(
        tuple(f"d{d}" for d in range(sets)),
        readers,
        each(money_of),
        np.where(here, 0.0, each(money_of)),
        here,
    )
    return replace(p, data=data)


@given(with_data())
@settings(max_examples=10, deadline=None)
def test_data_are_copied_whole_to_where_they_are_read_as_by_trying_everything(p):
    found = cheapest(p)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(by_trying(p), rel=1e-5)
    parts = money(p, found.answer)
    assert parts["total"] == pytest.approx(found.objective, rel=1e-6)
    assert set(np.unique(found.answer.copies.round(6))) <= {0.0, 1.0}
    assert found.objective >= cheapest(replace(p, data=None)).objective - 1e-6


@given(with_data())
@settings(max_examples=8, deadline=None)
def test_candidates_taken_in_one_by_one_lead_to_the_same_bound(p):
    every = relaxed(p, Control(20.0), np.arange(len(p.pair_offer)))
    some = relaxed(p, Control(20.0), start_pairs(p, first=1))
    assert some.bound <= every.bound + 1e-6
    assert some.bound == pytest.approx(every.bound, rel=2e-5, abs=1e-6)


@given(with_data())
@settings(max_examples=8, deadline=None)
def test_a_bound_raised_by_branching_stays_below_every_plan(p):
    base = relaxed(p, Control(20.0))
    best = by_trying(p)
    bound = raised(p, Control(20.0), base, enough=best, seconds=20.0)
    assert base.bound - 1e-6 <= bound <= best * (1 + 1e-6)


def test_workloads_that_read_the_same_data_share_one_copy_of_them():
    data = Data(
        ("d",),
        np.array([[True], [True]]),
        np.array([[1.0, 1.0]]),
        np.array([[0.0, 5.0]]),
        np.array([[True, False]]),
    )
    apart = problem([3.0, 3.0], [[1.0, 1.2], [1.2, 1.0]], kind=[METERED, METERED], data=data)
    answer = cheapest(apart).answer
    # Each alone is cheaper elsewhere, but not by what a second copy costs.
    assert answer.copies[0].tolist() == [[1.0, 1.0], [0.0, 0.0]]
    near = replace(
        apart,
        data=replace(data, fetch_usd=np.zeros((1, 2)), usd_per_month=0.1 * data.usd_per_month),
    )
    assert cheapest(near).answer.copies[0].tolist() == [[1.0, 1.0], [1.0, 1.0]]


@given(problems(), st.integers(0, 3))
@settings(max_examples=4, deadline=None)
def test_a_quota_never_makes_a_plan_cheaper_and_is_kept(p, most):
    members = np.arange(len(p.offers)) == 0
    limit = Limit("quota", members & (p.kind == WHOLE), MACHINES, float(most), per=PERIOD)
    bound = p.__class__(**{**{k: getattr(p, k) for k in p.__dataclass_fields__
                              if k not in ("_memo", "limits")}, "limits": (limit,)})  # fmt: skip
    free, tight = cheapest(p), cheapest(bound)
    if tight.status == "infeasible":
        assert not np.isfinite(by_trying(bound))
        return
    assert tight.objective >= free.objective - 1e-6
    assert tight.answer.units[limit.members].max(initial=0.0) <= most + 1e-6
    assert tight.objective == pytest.approx(by_trying(bound), rel=1e-5)
    assert cheapest(bound.without("quota")).objective == pytest.approx(free.objective, rel=1e-5)


def test_a_workload_that_must_survive_the_loss_of_a_region_runs_whole_in_two():
    p = problem([1.0, 2.0, 5.0], [[1.0, 1.0, 1.0]], spare=[True], months=1)
    found = cheapest(p)
    assert found.objective == pytest.approx(3.0)
    assert found.answer.shares[:, 0].tolist() == [1.0, 1.0, 0.0]


def test_a_workload_stays_where_it_is_until_moving_pays():
    dear = problem([3.0, 2.0], [[1.0, 1.0]], move=5.0, today=[0])
    cheap = problem([3.0, 2.0], [[1.0, 1.0]], move=1.0, today=[0])
    assert cheapest(dear).answer.shares[0].tolist() == [1.0, 1.0]
    assert cheapest(cheap).answer.shares[1].tolist() == [1.0, 1.0]


def test_no_idle_machine_is_held_to_use_up_a_promise():
    promise = Promise("promise", np.array([True]), np.full(2, 3.0))
    found = cheapest(replace(problem([1.0], [[0.4]]), promises=(promise,)))
    assert found.answer.units.tolist() == [[1.0, 1.0]]
    assert found.answer.shortfall.tolist() == [[2.0, 2.0]]
    assert found.objective == pytest.approx(6.0)


def test_no_plan_is_told_as_infeasible():
    members = np.array([True])
    p = problem([1.0], [[2.0]], limits=(Limit("quota", members, MACHINES, 1.0, per=PERIOD),))
    assert cheapest(p).status == "infeasible"


def test_the_same_seed_gives_the_same_plan():
    sizes = np.random.default_rng(5).uniform(0.2, 3.0, (6, 8)).round(2).tolist()
    p = problem([3.0, 2.5, 2.8, 3.3, 2.2, 2.9, 3.1, 2.6], sizes, move=1.0, today=[0] * 6)
    one, two = (find(p, Control(20.0), gap=0.01, seed=3) for _ in range(2))
    assert one.answer.shares.tobytes() == two.answer.shares.tobytes()
    assert one.objective == two.objective
