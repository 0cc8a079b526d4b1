"""Machines for the dearest worlds: against every choice there is, and rows of a plan."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from freehold.errors import InputError
from freehold.planning import Case, Control, PlanOptions, solve
from freehold.planning import uncertainty as u
from freehold.planning.candidates import Candidates
from freehold.planning.demand import calendar
from freehold.planning.problem import COMMITTED, METERED, WHOLE, Problem, money
from freehold.planning.uncertainty.evaluate import met
from tests.planning.tiny import problem

MONTHS = 4


def case_of(p: Problem) -> Case:
    """Return a planning case around a problem; its places and rules are not looked at here."""
    offers = pd.DataFrame(
        {
            "provider_id": list(p.offers),
            "region_id": None,
            "instance_type": "m",
            "accelerator_id": "nvidia-h100-sxm",
            "term": ["on_demand", "reserved_1y", "spot"][: len(p.offers)],
        }
    )
    workloads = pd.DataFrame(
        {"workload_id": list(p.workloads), "name": None, "kind": "serving", "requests_per_s": 1.0}
    )
    options = PlanOptions(months=p.months)
    found = Candidates(
        offers, p.pair_workload, p.pair_offer, p.machines, p.direct_usd, p.direct_kg, {}, offers,
        p.whole,
    )  # fmt: skip
    return Case(
        options=options, problem=p, whole=p, masks={}, candidates=found, places=None,
        attributes=offers, workloads=workloads, when=calendar(workloads, options, 730.0),
        unmodelled={}, left_aside={}, notes=[], pairs=np.arange(len(p.pair_offer)),
    )  # type: ignore[arg-type]  # fmt: skip


def candidates() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": ["big", "small", "api"],
            "workload": ["A", "A", "B"],
            "kind": "serving",
            "accelerator_id": ["nvidia-h100-sxm", "nvidia-l40s", None],
            "term": ["reserved_1y", "on_demand", "token_api"],
            "usd_per_unit": [900.0, 200.0, 400.0],
            "capacity_per_unit": [0.8, 0.15, 1.0],
            "metered": [False, False, True],
        }
    )


def world_of(shipped: u.Volatilities, draws: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = candidates().assign(share=1.0, capacity=1.0, held_usd=0.0)
    return met(u.plan_of(rows, MONTHS), shipped, u.Draws(draws, 0))


def cost_by_hand(
    units: tuple[int, int], world: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> np.ndarray:
    """Return the cost of each draw: machines, what is by use, and what is unserved."""
    demand, price, performance = world
    held = units[0] * 900.0 * price[:, 0] + units[1] * 200.0 * price[:, 1]
    room = units[0] * 0.8 * performance[:, 0] + units[1] * 0.15 * performance[:, 1]
    unserved = np.maximum(demand[:, 0] - room[:, None], 0.0) * 3.0 * 200.0 / 0.15
    by_use = demand[:, 1] * 400.0 * price[:, 2]
    total: np.ndarray = (held + unserved + by_use).sum(axis=1)
    return total


@pytest.mark.parametrize("weight", [1.0, 0.0])
def test_no_other_choice_of_machines_is_better(shipped: u.Volatilities, weight: float) -> None:
    chosen = u.robust(candidates(), MONTHS, shipped, draws=20, level=0.8, weight=weight, tested=64)

    world = world_of(shipped, 20)

    def goal(cost: np.ndarray) -> float:
        return u.value_at_risk_tail(cost, 0.8) if weight else float(cost.mean())

    every = {units: goal(cost_by_hand(units, world)) for units in product(range(4), range(0, 12))}
    held = dict(zip(chosen.candidates["row"], chosen.candidates["units"], strict=True))
    mine = (int(held["big"]), int(held["small"]))
    assert held["api"] == 0
    assert every[mine] <= min(every.values()) * 1.001
    assert goal(cost_by_hand(mine, world)) == pytest.approx(
        chosen.cvar if weight else chosen.mean, rel=1e-9
    )


def test_in_a_certain_world_the_cheapest_machines_are_chosen(shipped: u.Volatilities) -> None:
    chosen = u.robust(candidates(), MONTHS, shipped.certain(), draws=4, tested=16)
    held = dict(zip(chosen.candidates["row"], chosen.candidates["units"], strict=True))
    # One big and two small serve 1.1 for 1,300 USD; two big ones cost 1,800, seven small 1,400.
    assert (held["big"], held["small"]) == (1, 2)
    assert chosen.cvar == chosen.mean == pytest.approx(MONTHS * (1300.0 + 400.0))
    assert chosen.tested_unserved == 0.0


def test_without_candidates_there_is_nothing_to_choose(shipped: u.Volatilities) -> None:
    with pytest.raises(InputError, match="no candidate"):
        u.robust(candidates().iloc[:0], MONTHS, shipped)


def test_rows_of_a_plan_cost_what_the_plan_costs(shipped: u.Volatilities) -> None:
    # Two workloads share whole machines of the first offer; the third is paid by use.
    p = problem(
        [100.0, 70.0, 50.0],
        [[1.5, 0, 0], [0.7, 0, 0], [0, 0, 2.0]],
        kind=[WHOLE, COMMITTED, METERED],
        months=3,
    )
    case = case_of(p)
    found = solve(case, Control(seconds=20.0))
    assert found.answer is not None
    rows = u.planned_rows(case, found.answer)
    plan = u.plan_of(rows, 3)
    drawn = u.evaluate(plan, shipped.certain(), u.Draws(8))
    assert drawn.cost == pytest.approx(money(p, found.answer)["total"])
    assert (drawn.unserved == 0).all()
    # Three machines for 2.2: either workload has the headroom of both.
    whole = rows[rows["provider_id"] == "o0"]
    assert whole["capacity"].to_numpy() == pytest.approx(3 / 2.2)
    assert np.isinf(rows["capacity"][rows["provider_id"] == "o2"]).all()


def test_candidates_say_what_one_machine_serves() -> None:
    p = problem([100.0, 70.0, 50.0], [[2.0, 4.0, 1.0]], kind=[WHOLE, COMMITTED, METERED])
    rows = u.candidate_rows(case_of(p)).set_index("term")
    assert rows.at["on_demand", "capacity_per_unit"] == 0.5
    assert rows.at["reserved_1y", "usd_per_demand"] == 280.0
    # Spot by the hour may not be there when it is needed.
    assert "spot" not in rows.index
