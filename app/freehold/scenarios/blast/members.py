"""The nodes that can be removed."""

import duckdb

from freehold.errors import InputError
from freehold.scenarios.blast.paths import EDGES, PLACED, filled
from freehold.scenarios.schemas import Schemas

DIMENSIONS = (
    "provider",
    "provider_group",
    "parent_country",
    "jurisdiction",
    "control_plane_country",
    "region",
    "contract",
    "service",
    "key",
    "chip_vendor",
    "chip_fab_country",
    "model_developer",
    "model",
    "orchestration_tool",
)
"""Kinds of node; a jurisdiction is the countries of place, parent, control plane and keys."""


def members(connection: duckdb.DuckDBPyConnection, place: Schemas, dimension: str) -> list[str]:
    """Return the nodes of a dimension on which a placement rests, by name.

    Raises:
        InputError: there is no such dimension.
    """
    checked(dimension)
    rows = connection.execute(
        filled(f"WITH {PLACED}, {EDGES}", place.views, place.catalogue)
        + " SELECT DISTINCT member FROM every WHERE dimension = ? AND member IS NOT NULL"
        " ORDER BY member",
        [dimension],
    ).fetchall()
    return [str(name) for (name,) in rows]


def checked(dimension: str) -> str:
    """Return the dimension; raises InputError if there is none of that name."""
    if dimension not in DIMENSIONS:
        raise InputError(
            f"There is no dimension '{dimension}'", mend=f"Name one of {', '.join(DIMENSIONS)}"
        )
    return dimension
