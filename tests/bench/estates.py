"""Documents that hold a generated estate."""

from datetime import date

from freehold.compliance import packs
from freehold.estate import Workspace
from tests.bench.generated import fill_data_sets, fill_resources

AS_OF = date(2026, 11, 1)

PACKS: tuple[str, ...] = ()
"""The packs enabled; none named means every shipped pack that is no proposal."""


def generated_workspace(resources: int) -> Workspace:
    """Return a document with that many generated resources and the packs enabled."""
    workspace = Workspace.new(AS_OF)
    shipped = [p.id for p in packs.shipped() if not p.head.proposal]
    workspace.set_setting("packs", list(PACKS) or shipped)
    workspace.connection.execute("SET enable_progress_bar = false")
    fill_resources(workspace.connection, resources)
    fill_data_sets(workspace.connection)
    return workspace
