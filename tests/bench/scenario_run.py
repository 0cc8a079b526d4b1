"""A scenario that changes a tenth of the estate, run again beside the run of the whole."""

from pathlib import Path

from freehold.compliance import Place, judge, judge_together
from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.scenarios import Run, run
from freehold.scenarios.changes import ScenarioFile, add
from tests.bench.estates import generated_workspace
from tests.bench.figures import Figure, peak_memory, side_by_side

NAME = "a tenth moves"
OTHER = "another tenth moves"


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Run the base and the scenario of `size` resources: publish, judge, measure.

    The base builds and judges everything; the scenario shares what it leaves alone.
    """
    workspace = generated_workspace(size)
    for name, digit in ((NAME, 7), (OTHER, 3)):
        add(workspace, name, ScenarioFile(changes=_moves(workspace, digit)))

    def whole() -> Run:
        # Without its marks a publication builds every view.
        workspace.connection.execute("DROP SCHEMA IF EXISTS built CASCADE")
        return run(workspace)

    # The whole stands in the floor's place and runs first, as the scenario shares with it.
    base = whole()
    compared = side_by_side(
        "scenario run", "full run", runs, lambda: run(workspace, NAME, base=base), whole
    )
    peak = peak_memory()
    runs_of = [run(workspace, name, base=base) for name in (NAME, OTHER)]
    places = [Place(one.as_of, one.schemas.views, one.store) for one in runs_of]

    def together() -> None:
        judge_together(workspace.connection, base.packs, places, base.judgement.judged)

    def one_by_one() -> None:
        for place in places:
            judge(
                workspace.connection,
                base.packs,
                place.as_of,
                views=place.views,
                store=place.store,
                base=base.judgement.judged,
            )

    return [
        *compared,
        peak,
        *side_by_side("judge two together", "judge two one by one", runs, together, one_by_one),
    ]


def _moves(workspace: Workspace, digit: int) -> list[Change]:
    """Return changes that move the resources whose number ends so, and their placements."""
    return [
        Change(
            target=table,
            op="set",
            where=f"resource_id LIKE 'res-%{digit}'",
            column=column,
            value=value,
        )
        for table in ("resources", "placements")
        for column, value in (("provider_id", "ovhcloud"), ("region_id", _region(workspace)))
    ]


def _region(workspace: Workspace) -> str:
    rows = workspace.connection.execute(
        "SELECT min(region_id) FROM catalogue.regions WHERE provider_id = 'ovhcloud'"
    ).fetchall()
    return str(rows[0][0])
