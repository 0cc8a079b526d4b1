"""Where the tables and views of the base or of a scenario lie, published at the date asked for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from freehold.estate import Workspace, publish
from freehold.estate.scenario_schema import scenario_schema

BASE = "base"


@dataclass(frozen=True, slots=True)
class Schemas:
    """Schema names of one estate on the workspace's connection."""

    estate: str
    catalogue: str
    views: str
    as_of: date

    @property
    def results(self) -> str:
        """The schema for the verdicts over these views."""
        return f"results_{self.views}"


def schemas_of(
    workspace: Workspace,
    scenario: str = BASE,
    as_of: date | None = None,
    *,
    only: Collection[str] | None = None,
) -> Schemas:
    """Build and publish the base or a scenario, at its own date or at `as_of`.

    Of the base, `only` these views and what they are built from, if they are named.

    Raises:
        InputError: there is no such scenario or one of its changes does not fit.
    """
    if scenario == BASE:
        day = as_of or workspace.as_of
        found = Schemas("estate", "catalogue", "views", day)
        if day == workspace.as_of:
            workspace.publish(only)
            return found
        # Another date than the document's own gets views of its own, so that both can be read.
        found = Schemas("estate", "catalogue", f"views_{day:%Y%m%d}", day)
    else:
        built = scenario_schema(workspace, _id_of(workspace, scenario))
        found = Schemas(built.estate, built.catalogue, built.views, as_of or built.as_of)
        if found.as_of == built.as_of:
            return found
    publish(
        workspace.connection,
        estate=found.estate,
        catalogue=found.catalogue,
        schema=found.views,
        as_of=found.as_of,
        only=only if scenario == BASE else None,
    )
    return found


def _id_of(workspace: Workspace, scenario: str) -> str:
    row = workspace.connection.execute(
        "SELECT scenario_id FROM estate.scenarios WHERE name = ?", [scenario]
    ).fetchone()
    return str(row[0]) if row else scenario
