"""What caps an estate: each change named is tried, fits a scenario, and lifts as it says."""

import pytest

from freehold.estate import Workspace
from freehold.estate.samples import load
from freehold.estate.scenario_schema import drop_schema
from freehold.scenarios import Lift, Run, lifts, run
from freehold.scenarios.changes import ScenarioFile, add


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return load("agency")


@pytest.fixture(scope="module")
def base(workspace: Workspace) -> Run:
    return run(workspace, pack_ids=["exit-portability", "keys-identity"])


@pytest.fixture(scope="module")
def found(base: Run) -> list[Lift]:
    told: list[tuple[int, int]] = []
    made = lifts(base, tried=6, progress=lambda done, most: told.append((done, most)))
    assert told and told[-1][0] == told[-1][1] <= 6
    return made


def test_the_greatest_lift_comes_first_and_none_is_idle(found: list[Lift]) -> None:
    assert found
    gains = [(lift.seal_gain, lift.score_gain) for lift in found]
    assert all(seal > 0 or score > 0 for seal, score in gains) or all(
        lift.after.services_below < lift.before.services_below or lift.score_gain > 0
        for lift in found
    )
    assert gains[0][0] == max(seal for seal, _ in gains)


def test_a_change_taken_over_as_a_scenario_lifts_as_promised(
    workspace: Workspace, base: Run, found: list[Lift]
) -> None:
    best = found[0]
    add(workspace, "the best change", ScenarioFile(changes=[best.change]))
    then = run(workspace, "the best change", pack_ids=["exit-portability", "keys-identity"])
    assert then.level.seal_low == best.after.seal_low
    assert then.measures.score == pytest.approx(best.after.score)
    assert then.measures.fails == best.after.fails


def test_trying_leaves_nothing_behind(workspace: Workspace, base: Run, found: list[Lift]) -> None:
    schemas = {
        str(name)
        for (name,) in workspace.connection.execute(
            "SELECT schema_name FROM information_schema.schemata"
        ).fetchall()
    }
    assert "results_lift" not in schemas
    again = run(workspace, pack_ids=["exit-portability", "keys-identity"])
    assert again.measures.fails == base.measures.fails
    drop_schema(workspace, "what would lift it")  # nothing to drop


def test_a_cancelled_search_gives_what_it_has(base: Run) -> None:
    assert lifts(base, tried=6, cancelled=lambda: True) == []
