"""A plan of a scenario is judged again on that scenario's estate as planned."""

import pytest

from freehold.estate import document
from freehold.estate.changes import Change
from freehold.planning import PlanOptions
from freehold.scenarios.changes import ScenarioFile, add
from freehold.workflows import planning
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


def test_a_plan_of_a_scenario_is_judged_again_and_taken_over_beside_what_the_scenario_adds(grown):
    kept = planning.planned(grown, planning.Asked(OPTIONS, "Branch"), draws=False)
    assert EU_ONLY in kept.result.obeyed
    assert kept.result.broken == {}
    assert {move.workload for move in kept.result.migration} >= {"MAIL"}
    assert {change.key["workload_id"] for change in kept.changes
            if change.target == "estate.workloads"} == {"ERP", "MAIL", "WEB"}  # fmt: skip
    # Rules of places look at placements: each workload has one where the plan puts it.
    assert {change.row["workload_id"] for change in kept.changes
            if change.target == "estate.placements"} == {"ERP", "MAIL", "WEB"}  # fmt: skip
    assert add(grown, "Taken over", planning.scenario_file(kept)).rows > 0
