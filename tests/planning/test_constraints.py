"""Every kind of constraint moves the optimum the right way, and small optima are the true ones."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.planning.dominance import needless
from freehold.planning.problem import (
    CARBON,
    COMMITTED,
    COST,
    HORIZON,
    MACHINES,
    METERED,
    MONTH,
    PERIOD,
    STAGE,
    TOTAL,
    WHOLE,
    WORK,
    Limit,
    Problem,
    money,
)
from freehold.planning.search import find
from freehold.planning.solving import Control
from tests.planning.tiny import problem

SIZES = st.sampled_from((0.3, 0.5, 0.9, 1.2, 1.7, 2.4))
PRICES = st.sampled_from((1.0, 1.5, 2.2, 3.1, 4.7, 8.0))
KW = np.array([0.5, 1.0, 2.0])
OFFERS = 3
MONTHS = 2

ABSOLUTE = {
    "budget": {"measure": TOTAL, "per": HORIZON},
    "budget a month": {"measure": COST, "per": MONTH},
    "power": {"measure": MACHINES, "per": PERIOD, "weight": KW},
    "quota": {"measure": MACHINES, "per": PERIOD},
    "carbon": {"measure": CARBON, "per": HORIZON},
}
SHARES = {
    "share of cost by provider": {"measure": COST, "per": HORIZON},
    "share of workloads by jurisdiction": {"measure": WORK, "per": STAGE},
}


@st.composite
def problems(draw) -> Problem:
    work = draw(st.integers(1, 2))
    return problem(
        [draw(PRICES) for _ in range(OFFERS)],
        [[draw(SIZES) for _ in range(OFFERS)] for _ in range(work)],
        kind=[draw(st.sampled_from((WHOLE, METERED))) for _ in range(OFFERS)],
        months=MONTHS,
        growth=draw(st.sampled_from((1.0, 1.4))),
        move=draw(st.sampled_from((0.0, 1.5))),
        today=[draw(st.integers(-1, OFFERS - 1)) for _ in range(work)],
    )


def members(*offers: int) -> np.ndarray:
    return np.isin(np.arange(OFFERS), offers)


def limited(p: Problem, *limits: Limit) -> Problem:
    return replace(p, limits=limits, _memo={})


def optimum(p: Problem) -> float:
    """Return the least cost that the planner finds, infinite where it finds none possible."""
    found = find(p, Control(20.0), gap=1e-6)
    assert found.status in ("optimal", "infeasible")
    if found.answer is None:
        return np.inf
    total = money(p, found.answer)["total"]
    assert total == pytest.approx(found.objective, rel=1e-6)
    return total


def by_trying(p: Problem) -> float:
    """Return the least cost over every choice of offers, with limits and spare regions checked."""
    ways = []
    for w in range(len(p.workloads)):
        mine = np.flatnonzero(p.pair_workload == w)
        sets = [np.array([a, b]) for a in mine for b in mine if a < b]
        here = sets if p.spare[w] else [np.array([a]) for a in mine]
        open_now = [[one for one in here if p.open_pairs[one, s].all()] for s in range(p.stages)]
        ways.append(list(product(*open_now)))
    best = np.inf
    for choice in product(*ways):
        shares = np.zeros((len(p.pair_offer), p.stages))
        moves = 0.0
        for w, path in enumerate(choice):
            before = {int(p.today[w])} if p.today[w] >= 0 else None
            for stage, pairs in enumerate(path):
                shares[pairs, stage] = 1.0
                there = set(p.place[p.pair_offer[pairs]].tolist())
                moves += 0.0 if before is None else float(len(there - before) * p.move_usd[w])
                before = there
        used = shares[:, p.stage] * p.machines
        needed = np.zeros((len(p.offers), p.periods))
        np.add.at(needed, p.pair_offer, used)
        held = np.where((p.kind == METERED)[:, None], 0.0, np.ceil(needed - 1e-9))
        left = 0.0
        for j in np.flatnonzero(p.kind == COMMITTED):
            held[j], beyond = begun(p, j, held[j])
            left += beyond
        direct = np.zeros_like(needed)
        np.add.at(direct, p.pair_offer, shares[:, p.stage] * p.direct_usd)
        cost = (held * p.price + direct) * p.discount
        used = np.where((p.kind == METERED)[:, None], 0.0, needed)
        used_cost = (used * p.price + direct) * p.discount
        total = float(cost.sum()) + moves + left
        amounts = {
            COST: cost,
            CARBON: held * p.carbon,
            MACHINES: np.where((p.kind == METERED)[:, None], needed, held),
            WORK: work_of(p, shares),
        }
        if total < best and all(
            total <= one.at_most + 1e-9
            if one.measure == TOTAL
            else kept(one, used_cost if one.share and one.measure == COST else amounts[one.measure])
            for one in p.limits
        ):
            best = total
    return best


def begun(p: Problem, j: int, needed: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the cheapest way to hold what is needed of an offer bound for two months of two.

    Machines held in each month, and what is paid for the month beyond the horizon (discounted).
    """
    ways = []
    for first in range(int(needed.max()) + 1):
        more = max(needed[1] - first, 0.0)
        held = np.array([first, first + more])
        beyond = more * p.price[j, 1] * p.exit_share[j] * p.discount[1]
        if first >= needed[0]:
            ways.append(((held * p.price[j] * p.discount).sum() + beyond, first, held, beyond))
    _, _, held, beyond = min(ways, key=lambda way: way[:2])
    return held, beyond


def work_of(p: Problem, shares: np.ndarray) -> np.ndarray:
    """Return the shares of workloads on each offer in each stage."""
    work = np.zeros((len(p.offers), p.stages))
    np.add.at(work, p.pair_offer, shares)
    return work


def kept(one: Limit, amounts: np.ndarray) -> bool:
    """Return whether amounts of each offer over time keep a limit."""
    weighed = amounts if one.weight is None else amounts * one.weight[:, None]
    sums = weighed.sum(axis=1, keepdims=True) if one.per == HORIZON else weighed
    part, every = sums[one.members].sum(axis=0), sums.sum(axis=0)
    return bool((part <= one.at_most + (one.share or 0.0) * every + 1e-7).all())


def tightens(loose: Problem, tight: Problem) -> tuple[float, float]:
    """Check that the tighter optimum is the true one and costs no less than the looser."""
    before, after = optimum(loose), optimum(tight)
    assert after == pytest.approx(by_trying(tight), rel=1e-5)
    assert after >= before * (1 - 1e-6)
    return before, after


@pytest.mark.parametrize("kind", ABSOLUTE)
@given(p=problems(), which=st.integers(0, OFFERS - 1), share=st.sampled_from((0.3, 0.7, 1.0)))
@settings(max_examples=3, deadline=None)
def test_a_lower_ceiling_never_makes_a_plan_cheaper(kind, p, which, share):
    own = {"quota": members(which), "power": members(which)}.get(kind, members(0, 1, 2))
    reach = {"budget": 8.0, "budget a month": 4.0, "power": 3.0, "quota": 3.0, "carbon": 6.0}
    wide = Limit(kind, own, at_most=2 * reach[kind], **ABSOLUTE[kind])
    tight = replace(wide, at_most=share * reach[kind])
    free, _ = tightens(p, limited(p, wide))
    tightens(limited(p, wide), limited(p, tight))
    assert optimum(limited(p, tight).without(kind)) == pytest.approx(free, rel=1e-6)


@pytest.mark.parametrize("kind", SHARES)
@given(p=problems(), wide=st.sampled_from((0.8, 1.0)), tight=st.sampled_from((0.4, 0.5, 0.6)))
@settings(max_examples=3, deadline=None)
def test_a_smaller_largest_share_never_makes_a_plan_cheaper(kind, p, wide, tight):
    # Provider, parent, chip vendor, jurisdiction: each is a partition of the offers.
    def shares(most):
        return [Limit(f"{kind} {n}", own, share=most, **SHARES[kind])
                for n, own in enumerate((members(0, 1), members(2)))]  # fmt: skip

    loose = limited(p, *shares(wide))
    tightens(p, loose)
    tightens(loose, limited(p, *shares(tight)))


@given(p=problems(), times=st.sampled_from((1.1, 2.0)))
@settings(max_examples=3, deadline=None)
def test_more_demand_never_makes_a_plan_cheaper(p, times):
    more = replace(p, machines=p.machines * times, direct_usd=p.direct_usd * times, _memo={})
    tightens(p, more)


@given(p=problems(), late=st.integers(0, OFFERS - 1), month=st.integers(1, MONTHS))
@settings(max_examples=3, deadline=None)
def test_a_longer_lead_time_never_makes_a_plan_cheaper(p, late, month):
    opens = np.where(np.arange(OFFERS) == late, month, 0)
    tightens(p, replace(p, opens=opens, _memo={}))


@given(p=problems(), barred=st.lists(st.booleans(), min_size=6, max_size=6))
@settings(max_examples=3, deadline=None)
def test_places_that_latency_a_rule_or_a_seal_bars_never_make_a_plan_cheaper(p, barred):
    tightens(p, p.kept(~np.array(barred[: len(p.pair_offer)])))


@given(p=problems())
@settings(max_examples=3, deadline=None)
def test_surviving_the_loss_of_a_region_never_makes_a_plan_cheaper(p):
    spare = np.arange(len(p.workloads)) == 0
    tightens(p, replace(p, spare=spare, _memo={}))


@given(p=problems(), exits=st.sampled_from((0.0, 0.3, 1.0)), rate=st.sampled_from((0.7, 0.9)))
@settings(max_examples=4, deadline=None)
def test_commitments_and_discounts_cost_what_trying_everything_says(p, exits, rate):
    kind = np.where(np.arange(OFFERS) == 0, COMMITTED, p.kind)
    direct = np.where((kind == METERED)[p.pair_offer][:, None], p.direct_usd, 0.0)
    bound = replace(
        p, kind=kind, direct_usd=direct, price=p.price + 2.0 * (kind == COMMITTED)[:, None],
        exit_share=np.full(OFFERS, exits), term_months=np.where(kind == COMMITTED, 2, 1), _memo={},
    )  # fmt: skip
    before, _ = tightens(replace(bound, exit_share=np.zeros(OFFERS), _memo={}), bound)
    later = replace(bound, discount=np.array([1.0, rate]), _memo={})
    assert optimum(later) == pytest.approx(by_trying(later), rel=1e-5)
    assert optimum(later) <= optimum(bound) * (1 + 1e-6)
    assert before <= optimum(bound) * (1 + 1e-6)


@given(p=problems(), levels=st.lists(st.integers(0, 2), min_size=OFFERS, max_size=OFFERS))
@settings(max_examples=3, deadline=None)
def test_each_seal_floor_costs_what_trying_everything_above_it_says(p, levels):
    seal = np.array(levels)[p.pair_offer]
    costs = [optimum(p.kept(seal >= floor)) for floor in range(3)]
    assert costs == sorted(costs)
    assert costs == pytest.approx([by_trying(p.kept(seal >= floor)) for floor in range(3)])


@given(p=problems(), twice=st.integers(0, OFFERS - 1), times=st.sampled_from((1, 2)))
@settings(max_examples=4, deadline=None)
def test_offers_left_out_as_needless_would_not_have_made_a_plan_cheaper(p, twice, times):
    # An offer at another place, no dearer, whose machines are a whole part of the other's.
    like = np.arange(OFFERS) == (twice + 1) % OFFERS
    one = p.pair_offer == twice
    other = p.pair_offer == (twice + 1) % OFFERS
    machines, kind, price = p.machines.copy(), p.kind.copy(), p.price.copy()
    kind[[twice, (twice + 1) % OFFERS]] = WHOLE
    price[like], price[twice] = 3.0 * times, 3.0
    machines[one] = times * machines[other]
    direct = np.where((kind == METERED)[p.pair_offer][:, None], p.direct_usd, 0.0)
    nowhere = np.full(len(p.workloads), -1)
    p = replace(p, machines=machines, kind=kind, price=price, direct_usd=direct, today=nowhere,
                _memo={})  # fmt: skip
    out = needless(p)
    assert out[one | other].any()
    assert optimum(p) == pytest.approx(by_trying(p), rel=1e-5)
    assert by_trying(p.kept(~out)) == pytest.approx(by_trying(p), rel=1e-9)


def test_machines_that_carry_nothing_do_not_bring_down_a_share_of_cost():
    # Three idle machines of the second offer would bring the first down to 53 % of all money.
    most = Limit("share", np.array([True, False]), COST, share=0.6)
    p = problem([1.0, 0.3], [[1.0, 0.0], [0.0, 1.0]], months=1, limits=(most,))
    assert find(p, Control(20.0), gap=1e-6).status == "infeasible"
    roomy = replace(p, limits=(replace(most, share=0.8),), _memo={})
    assert find(roomy, Control(20.0), gap=1e-6).objective == pytest.approx(1.3)


def test_a_cheap_workload_is_served_though_that_moves_a_dear_one_to_a_far_dearer_offer():
    quota = Limit("quota", np.array([True, False]), MACHINES, 1.0, per=PERIOD)
    p = problem([1.0, 1000.0], [[1.0, 0.0], [1.0, 1.0]], months=1, limits=(quota,))
    found = find(p, Control(20.0), gap=1e-6)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(1001.0)
