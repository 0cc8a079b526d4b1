"""A plan that meets many draws: nothing uncertain, same seed, same world, more demand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.planning import uncertainty as u
from freehold.workflows.uncertainty import Prepared, Question, prepare, simulate
from tests.examples import examples

MONTHS = 12


@pytest.fixture(scope="module")
def manufacturer(sample: Workspace) -> Prepared:
    return prepare(sample)


def rows(**changed: object) -> pd.DataFrame:
    """Two workloads on three rows: one serving on two offers, one training by use."""
    table = pd.DataFrame(
        {
            "row": ["a1", "a2", "b1"],
            "workload": ["A", "A", "B"],
            "kind": ["serving", "serving", "training"],
            "provider_id": ["aws", "verda", "nebius"],
            "accelerator_id": ["nvidia-h100-sxm", "nvidia-h200-sxm", "nvidia-h200-sxm"],
            "term": ["on_demand", "spot", "reserved_1y"],
            "share": [0.6, 0.4, 1.0],
            "capacity": [0.8, 0.5, 3.0],
            "held_usd": [1000.0, 300.0, 0.0],
            "used_usd": [0.0, 0.0, 500.0],
            "growth_per_year": [0.5, 0.5, 0.0],
            "requests_per_s": [4.0, 4.0, np.nan],
        }
    )
    return table.assign(**changed)


def test_nothing_uncertain_is_what_was_planned(shipped: u.Volatilities) -> None:
    plan = u.plan_of(rows(), MONTHS)
    still = shipped.certain()
    # Spreads that rows state themselves are uncertainty too.
    drawn = u.evaluate(plan, still, u.Draws(64, 3))
    demand = [1.5 ** (month / 12) for month in range(MONTHS)]
    assert (drawn.cost == MONTHS * (1000.0 + 300.0 + 500.0)).all()
    lost = sum(max(asked - 1.3, 0.0) for asked in demand)
    assert drawn.unserved[:, 0] == pytest.approx(lost, rel=1e-12)
    assert (drawn.unserved[:, 1] == 0).all()
    planned = u.evaluate(plan, shipped, u.Draws(1, 0, ()))
    assert planned.cost[0] == drawn.cost[0]
    assert (drawn.unserved[:, 0] == planned.unserved[0, 0]).all()


def test_nothing_uncertain_costs_what_the_estate_costs_today(
    manufacturer: Prepared, shipped: u.Volatilities
) -> None:
    table = manufacturer.table
    today = np.nansum(table["held_usd"]) + np.nansum(table["used_usd"])
    plain = table.assign(performance_low80=1.0, performance_high80=1.0, growth_spread=0.0)
    found = u.evaluate(u.plan_of(plain, 3), shipped.certain(), u.Draws(16, 0))
    assert today > 0
    assert found.cost == pytest.approx(3 * today, rel=1e-12)


def test_the_same_seed_gives_the_same_bytes(manufacturer: Prepared) -> None:
    question = Question(draws=256, seed=7, months=6, budget_usd=170_000.0)
    first, again = (simulate(manufacturer, question).model_dump_json() for _ in range(2))
    other = simulate(manufacturer, Question(draws=256, seed=8, months=6)).model_dump_json()
    assert first == again
    assert first != other


def test_scenarios_meet_the_same_world(shipped: u.Volatilities) -> None:
    """What two plans have in common cancels out, whatever else stands in them."""
    draws = u.Draws(128, 5)
    plan, same = (u.evaluate(u.plan_of(rows(), MONTHS), shipped, draws) for _ in range(2))
    assert (plan.cost - same.cost == 0).all()
    other = u.plan_of(rows().iloc[2:], MONTHS)
    alone = u.evaluate(other, shipped, u.Draws(128, 5))
    assert (alone.cost_row[:, 0] == plan.cost_row[:, 2]).all()


@settings(max_examples=examples(4), deadline=None)
@given(factor=st.floats(1.0, 4.0), growth=st.floats(-0.5, 1.5), seed=st.integers(0, 99))
def test_more_demand_never_costs_less_nor_is_served_better(
    shipped: u.Volatilities, factor: float, growth: float, seed: int
) -> None:
    def met(scale: float) -> u.Outcome:
        curve = scale * (1.0 + growth) ** (np.arange(MONTHS) / 12)
        table = rows().merge(pd.DataFrame({"month": range(MONTHS), "demand": curve}), how="cross")
        rate = np.where(table["workload"] == "B", table["demand"] * 500.0, 0.0)
        return u.evaluate(
            u.plan_of(table.assign(used_usd=rate), MONTHS), shipped, u.Draws(64, seed)
        )

    less, more = met(1.0), met(factor)
    assert (more.cost >= less.cost * (1 - 1e-12)).all()
    assert (more.unserved >= less.unserved - 1e-12).all()


def test_what_one_row_cannot_serve_goes_to_the_others(shipped: u.Volatilities) -> None:
    table = rows(capacity=[0.3, 2.0, 3.0], used_usd=[600.0, 400.0, 0.0], held_usd=0.0)
    found = u.evaluate(
        u.plan_of(table.assign(growth_per_year=0.0), 1), shipped.certain(), u.Draws(2)
    )
    # 0.3 of 0.6 stays with the first row at 1,000 USD for all of the demand; the rest moves on.
    assert found.cost_row[0] == pytest.approx([300.0, 700.0, 0.0])
    assert (found.unserved[:, 0] == 0).all()


def test_late_capacity_is_missing_and_not_paid_until_it_comes(shipped: u.Volatilities) -> None:
    table = rows(open_month=[2.0, np.nan, np.nan], lead_typical_days=60.0)
    still = u.evaluate(u.plan_of(table, 6), shipped.certain(), u.Draws(4))
    assert (still.cost_row[:, 0] == 4 * 1000.0).all()
    assert (still.late_days == 0).all()
    drawn = u.evaluate(u.plan_of(table, 6), shipped, u.Draws(512).only("lead_time"))
    assert drawn.late_days.max() > 10
    assert drawn.cost_row[:, 0].max() <= 4 * 1000.0
    assert drawn.cost_row[:, 0].min() < 4 * 1000.0


def test_the_tornado_names_only_what_is_uncertain(shipped: u.Volatilities) -> None:
    plan = u.plan_of(rows(), MONTHS)
    swings = u.tornado(plan, shipped, u.Draws(1024, 1))
    assert [s.width for s in swings] == sorted((s.width for s in swings), reverse=True)
    prices = {s.which for s in swings if s.what == "price"}
    assert prices == {None, "on_demand nvidia-h100-sxm", "spot nvidia-h200-sxm"}
    assert u.tornado(plan, shipped.certain(), u.Draws(64, 1)) == []


def test_the_dearest_draws_are_averaged() -> None:
    values = np.arange(1.0, 101.0)
    assert u.value_at_risk_tail(values) == pytest.approx(np.arange(96.0, 101.0).mean())
    assert u.value_at_risk_tail(np.array([1.0, 3.0]), 0.75) == 3.0


def test_what_is_not_known_is_said_and_not_counted(manufacturer: Prepared) -> None:
    found = simulate(manufacturer, Question(draws=64, months=3))
    edge = next(w for w in found.workloads if w.workload == "W-EDGE")
    assert edge.cost_usd.p50 is None and edge.unserved_share.p50 is None
    assert "capacity not known" in edge.note and "cost not known" in edge.note
    assert any("W-EDGE" in note for note in found.notes)
    assert found.over_budget_probability is None


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"draws": 0}, "draws are 1 to"),
        ({"months": 121}, "horizon is 1 to 120"),
        ({"seed": -1}, "seed"),
    ],
)
def test_an_impossible_question_is_refused(asked: dict[str, int], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Question(**asked)


def test_an_unknown_assumption_is_answered_with_those_there_are(manufacturer: Prepared) -> None:
    with pytest.raises(InputError, match=r"no assumption 'demand.sigma'.*demand.serving.sigma"):
        manufacturer.volatilities.changed({"demand.sigma": 1.0})
