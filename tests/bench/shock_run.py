"""A shock of the library on a generated estate, beside a scenario run that moves a tenth of it."""

from pathlib import Path

from freehold.scenarios import run
from freehold.scenarios.blast import rank
from freehold.scenarios.changes import ScenarioFile, add
from freehold.scenarios.shocks import changes_of_shocks, run_shocks
from tests.bench.estates import generated_workspace
from tests.bench.figures import Figure, peak_memory, side_by_side

SHOCK = "provider_cutoff"


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Set the cut-off of the largest US provider on `size` resources, and rank every node.

    The incremental re-score is the same changes kept as a scenario and run without what a shock
    tells besides: settings, sides, functions and their time away.
    """
    workspace = generated_workspace(size)
    base = run(workspace)
    changes, _, _ = changes_of_shocks(workspace, [SHOCK])
    add(workspace, SHOCK, ScenarioFile(changes=changes))
    compared = side_by_side(
        "shock",
        "incremental re-score",
        runs,
        lambda: run_shocks(workspace, [SHOCK], known=base, with_recovery=False),
        lambda: run(workspace, SHOCK, base=base),
    )
    ranked = side_by_side(
        "rank every node",
        "count placements",
        runs,
        lambda: rank(workspace.connection, base.schemas),
        lambda: workspace.connection.execute("SELECT count(*) FROM views.placements").fetchall(),
    )
    return [*compared, *ranked, peak_memory()]
