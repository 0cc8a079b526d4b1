"""Compare scenarios of a document with its base."""

from collections.abc import Sequence
from pathlib import Path

from freehold.scenarios import compare as compared
from freehold.scenarios import run_all, scenario_names
from freehold.scenarios.changes import described
from freehold.workflows.documents import reading
from freehold.workflows.results import Comparison


def compare(
    path: Path, names: Sequence[str], *, everything: bool = False, weights: str | None = None
) -> Comparison:
    """Run the base and the scenarios named (or all) and compare them.

    Raises:
        InputError: there is no such scenario.
    """
    with reading(path) as workspace:
        chosen = scenario_names(workspace) if everything else list(names)
        found = compared(run_all(workspace, chosen, weights=weights))
        return Comparison(
            document=str(path),
            scenarios=found.scenarios,
            drivers=found.drivers,
            sides=found.sides,
            changes={name: described(workspace, name) for name in chosen},
        )
