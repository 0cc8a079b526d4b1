"""A scenario that changes a tenth of the estate, run again beside the run of the whole."""

from pathlib import Path

from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.scenarios import Run, run
from freehold.scenarios.changes import ScenarioFile, add
from tests.bench.estates import generated_workspace
from tests.bench.figures import Figure, peak_memory, side_by_side

NAME = "a tenth moves"


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Run the base and the scenario of `size` resources: publish, judge, measure.

    The base builds and judges everything; the scenario shares what it leaves alone.
    """
    workspace = generated_workspace(size)
    moves = [
        Change(
            target=table,
            op="set",
            where="resource_id LIKE 'res-%7'",
            column=column,
            value=value,
        )
        for table in ("resources", "placements")
        for column, value in (("provider_id", "ovhcloud"), ("region_id", _region(workspace)))
    ]
    add(workspace, NAME, ScenarioFile(changes=moves))

    def whole() -> Run:
        # Without its marks a publication builds every view.
        workspace.connection.execute("DROP SCHEMA IF EXISTS built CASCADE")
        return run(workspace)

    # The whole stands in the floor's place and runs first, as the scenario shares with it.
    base = whole()
    compared = side_by_side(
        "scenario run", "full run", runs, lambda: run(workspace, NAME, base=base), whole
    )
    return [*compared, peak_memory()]


def _region(workspace: Workspace) -> str:
    rows = workspace.connection.execute(
        "SELECT min(region_id) FROM catalogue.regions WHERE provider_id = 'ovhcloud'"
    ).fetchall()
    return str(rows[0][0])
