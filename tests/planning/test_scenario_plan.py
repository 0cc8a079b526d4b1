"""A plan of a scenario is judged again on that scenario's estate as planned."""

from dataclasses import replace

import numpy as np
import pytest

from freehold.compliance import packs
from freehold.estate import document
from freehold.estate.changes import Change
from freehold.estate.scenario_schema import all_changes
from freehold.planning import (
    Control,
    PlanOptions,
    explained,
    judged_again,
    plan,
    servable,
    solve,
)
from freehold.scenarios.changes import ScenarioFile, add
from freehold.scenarios.editing import id_of
from freehold.scenarios.schemas import schemas_of
from freehold.workflows import planning
from freehold.workflows.planning_case import case_of
from tests.planning.small_document import small_document

OPTIONS = PlanOptions(months=1, time_limit=10.0)
EU_ONLY = "RES-EEA-001"


def row(table, **cells):
    return Change(target=f"estate.{table}", op="add_row", row=cells)


@pytest.fixture(scope="module")
def grown():
    """A shop that asks for SEAL 2 in one scenario, and for one more workload in a branch of it."""
    workspace = small_document()
    workspace.set_setting("packs", ["residency"])
    sealed = [
        Change(target="estate.workloads", op="set", where="TRUE", column="required_seal", value=2)
    ]
    more = [row("workloads", workload_id="MAIL", kind="classic", vcpus=4, required_seal=2,
                application_id="A")]  # fmt: skip
    add(workspace, "Sealed", ScenarioFile(changes=sealed))
    add(workspace, "Branch", ScenarioFile(changes=more, parent="Sealed"))
    yield workspace
    document.close(workspace)


@pytest.fixture(scope="module")
def planned(grown):
    """The kept plan of the branch, and the case it is of."""
    cases = []
    asked = planning.Asked(OPTIONS, "Branch", assembled=cases.append)
    return planning.planned(grown, asked, draws=False), cases[0]


def test_a_plan_of_a_scenario_is_judged_again_and_taken_over_beside_what_the_scenario_adds(
    grown, planned
):
    kept, _ = planned
    assert EU_ONLY in kept.result.obeyed
    assert kept.result.broken == {}
    assert {move.workload for move in kept.result.migration} >= {"MAIL"}
    assert {change.key["workload_id"] for change in kept.changes
            if change.target == "estate.workloads"} == {"ERP", "MAIL", "WEB"}  # fmt: skip
    # Rules of places look at placements: each workload has one where the plan puts it.
    assert {change.row["workload_id"] for change in kept.changes
            if change.target == "estate.placements"} == {"ERP", "MAIL", "WEB"}  # fmt: skip
    assert add(grown, "Taken over", planning.scenario_file(kept)).rows > 0


def test_a_plan_that_breaks_a_rule_it_claims_to_keep_is_found_out_on_the_scenario(grown, planned):
    made = plan(planned[1], Control(10.0))
    rows = [
        replace(row, provider="upcloud", region="us-chi1", country="US")
        if row.workload == "MAIL" else row for row in made.placements
    ]  # fmt: skip
    broken = judged_again(
        grown,
        replace(made, placements=rows),
        packs.choose(grown.packs),
        grown.as_of,
        estate=schemas_of(grown, "Branch").estate,
        before=all_changes(grown, id_of(grown, "Branch")),
    )
    assert EU_ONLY in broken
    assert not any("ERP" in subject for subject in broken[EU_ONLY])


def test_what_no_offer_can_run_is_told_and_the_rest_is_planned_away_from_barred_places(grown):
    grown.connection.execute(
        "UPDATE estate.workloads SET survives_region_loss = TRUE WHERE workload_id = 'WEB'"
    )
    options = replace(OPTIONS, barred=("upcloud", "scaleway", "hetzner/fsn1"))
    case, _ = case_of(grown, "base", options)
    only = case.restricted()
    only.masks["a whim"] = (only.whole.pair_workload == 1) & (only.places.of_pair != 0)
    left, reasons = servable(only.restricted())
    grown.connection.execute("UPDATE estate.workloads SET survives_region_loss = NULL")
    assert list(reasons) == ["WEB"] and "keeps all of: a whim" in reasons["WEB"]
    made = plan(left, Control(10.0))
    assert {row.workload for row in made.placements} == {"ERP"}
    assert {row.provider for row in made.placements} == {"hetzner"}
    assert "fsn1" not in {row.region for row in made.placements}
    assert made.cost_usd == pytest.approx(sum(made.cost_parts.values()), abs=0.05)


def test_a_runner_up_that_costs_less_becomes_the_plan(grown):
    case, _ = case_of(grown, "base", OPTIONS)
    best = solve(case, Control(10.0))
    used = best.answer.shares.max(axis=1) > 0
    here = case.places.of_pair[case.pairs]
    kept = ~np.isin(here, here[used])
    other = replace(case, problem=case.problem.kept(kept), pairs=case.pairs[kept])
    worse = solve(other, Control(10.0))
    shares = np.zeros_like(best.answer.shares)
    shares[kept] = worse.answer.shares
    dear = replace(best, answer=replace(worse.answer, shares=shares), objective=worse.objective)
    made, found = explained(case, Control(20.0), dear)
    assert best.objective < worse.objective
    assert found.objective < worse.objective
    assert made.cost_usd == pytest.approx(found.objective, abs=0.01)
    assert made.runner_up["more_usd"] > 0
    assert made.runner_up["cost_usd"] == pytest.approx(made.cost_usd + made.runner_up["more_usd"])
