"""Take a node out of a document's estate, or rank all nodes by what they take with them."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from freehold.scenarios.blast import blast, rank
from freehold.scenarios.blast.members import checked
from freehold.scenarios.blast.radius import KINDS
from freehold.scenarios.schemas import BASE, Schemas, schemas_of
from freehold.workflows.documents import reading
from freehold.workflows.results_shocks import BlastRanking, BlastResult


def blast_radius(
    path: Path,
    dimension: str,
    member: str,
    *,
    scenario: str | None = None,
    as_of: date | None = None,
) -> BlastResult:
    """Return what dies if a node is taken out, and through which path.

    Raises:
        InputError: there is no such scenario or dimension, or nothing rests on such a node.
    """
    checked(dimension)
    with reading(path) as workspace:
        place = schemas_of(workspace, scenario or BASE, as_of)
        found = blast(workspace.connection, place, dimension, member)
        shares = workspace.connection.execute(
            f'SELECT DISTINCT base, CAST(hhi AS DOUBLE) FROM "{place.views}".shares'
            " WHERE dimension = ? AND hhi IS NOT NULL ORDER BY base",
            [dimension],
        ).fetchall()
        return BlastResult(
            document=str(path),
            scenario=scenario or BASE,
            as_of=place.as_of,
            dimension=dimension,
            member=member,
            gone=list(found.gone),
            lost={kind: found.count(kind) for kind in KINDS},
            critical_functions_lost=sum(
                g.kind == "function" and g.state == "lost" and bool(g.critical) for g in found.gone
            ),
            cost_usd=found.cost_usd,
            hhi={str(base): float(value) for base, value in shares},
        )


def blast_ranking(
    path: Path,
    dimension: str | None = None,
    *,
    most: int | None = None,
    scenario: str | None = None,
    as_of: date | None = None,
) -> BlastRanking:
    """Return the nodes of the estate (of one dimension), single points of failure first.

    Raises:
        InputError: there is no such scenario or dimension.
    """
    if dimension is not None:
        checked(dimension)
    with reading(path) as workspace:
        place = schemas_of(workspace, scenario or BASE, as_of)
        ranking = rank(workspace.connection, place, dimension)
        return BlastRanking(
            document=str(path),
            scenario=scenario or BASE,
            as_of=place.as_of,
            ranking=ranking[:most] if most is not None else ranking,
            single_points=sum(row.is_single_point for row in ranking),
            concentration=_concentration(workspace.connection, place, dimension),
        )


def _concentration(
    connection: duckdb.DuckDBPyConnection, place: Schemas, dimension: str | None
) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT dimension, base, CAST(hhi AS DOUBLE), CAST(hhi_high AS DOUBLE), member,"
        f' CAST(share AS DOUBLE) FROM "{place.views}".shares'
        " WHERE is_largest AND ($dimension IS NULL OR dimension = $dimension)"
        " ORDER BY dimension, base",
        {"dimension": dimension},
    ).fetchall()
    names = ("dimension", "base", "hhi", "hhi_high", "largest", "share")
    return [dict(zip(names, row, strict=True)) for row in rows]
