"""From an open document to a planning case."""

from collections.abc import Callable

from freehold.compliance import csf, packs
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.planning import Case, PlanOptions, assemble
from freehold.scenarios import BASE, scenario_names
from freehold.scenarios.schemas import Schemas, schemas_of

_READ = ("workloads", "placements", "resources", "commitments")
"""Published views that limits and promises are read from."""


def case_of(
    workspace: Workspace,
    scenario: str,
    options: PlanOptions,
    check: Callable[[], None] = lambda: None,
) -> tuple[Case, Schemas]:
    """Return the planning case of a document or one of its scenarios, and where that lies.

    `check` is called now and then and may raise to stop.

    Raises:
        InputError: there is no such scenario, or no workload that can be planned.
    """
    names = scenario_names(workspace)
    if scenario != BASE and scenario not in names:
        there = ", ".join(names) or "none yet"
        raise InputError(f"There is no scenario '{scenario}'", mend=f"Scenarios are: {there}")
    schemas = schemas_of(workspace, scenario, only=_READ)
    case = assemble(
        workspace.connection,
        packs.choose(workspace.packs),
        options,
        as_of=schemas.as_of,
        estate=schemas.estate,
        catalogue=schemas.catalogue,
        views=schemas.views,
        weights=str(workspace.setting("weights", csf.DEFAULT_WEIGHTS)),
        check=check,
    )
    return case, schemas
