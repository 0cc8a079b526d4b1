"""From an open document to a planning case."""

from freehold.compliance import csf, packs
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.planning import Case, PlanOptions, assemble
from freehold.scenarios import BASE, scenario_names
from freehold.scenarios.schemas import Schemas, schemas_of


def case_of(workspace: Workspace, scenario: str, options: PlanOptions) -> tuple[Case, Schemas]:
    """Return the planning case of a document or one of its scenarios, and where that lies.

    Raises:
        InputError: there is no such scenario, or no workload that can be planned.
    """
    names = scenario_names(workspace)
    if scenario != BASE and scenario not in names:
        there = ", ".join(names) or "none yet"
        raise InputError(f"There is no scenario '{scenario}'", mend=f"Scenarios are: {there}")
    schemas = schemas_of(workspace, scenario)
    case = assemble(
        workspace.connection,
        packs.choose(workspace.packs),
        options,
        as_of=schemas.as_of,
        estate=schemas.estate,
        catalogue=schemas.catalogue,
        views=schemas.views,
        weights=str(workspace.setting("weights", csf.DEFAULT_WEIGHTS)),
    )
    if not case.problem.workloads:
        told = "; ".join(f"{name}: {why}" for name, why in case.candidates.left_out.items())
        raise InputError(
            "There is no workload that can be planned", mend=told or "Add workloads to the estate"
        )
    return case, schemas
