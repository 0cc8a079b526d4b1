"""What a scenario's moves cost: billed resources priced again at their new place."""

from dataclasses import replace

import duckdb

from freehold.estate.sql import qualified, quoted
from freehold.estate.view_building import contents, differences
from freehold.scenarios.measures import Cost
from freehold.scenarios.schemas import Schemas

MOVES = """
    WITH moved AS (
        SELECT r.resource, b.provider AS from_provider, b.region AS from_region,
               r.provider AS to_provider, r.region AS to_region, r.cost_usd
        FROM {rows} AS r JOIN {before}.resources AS b USING (resource)
        WHERE (r.provider, r.region) IS DISTINCT FROM (b.provider, b.region)
          AND r.cost_usd IS NOT DISTINCT FROM b.cost_usd AND r.cost_usd IS NOT NULL
          AND r.available IS DISTINCT FROM FALSE
    ),
    ratios AS (
        SELECT p.*, median(n.usd_per_hour / o.usd_per_hour) AS ratio, count(*) AS types
        FROM (SELECT DISTINCT from_provider, from_region, to_provider, to_region FROM moved) AS p
        JOIN {catalogue}.prices AS o
          ON (o.provider_id, o.region_id, o.term) = (p.from_provider, p.from_region, 'on_demand')
        JOIN {catalogue}.prices AS n
          ON (n.provider_id, n.region_id, n.term) = (p.to_provider, p.to_region, 'on_demand')
         AND n.instance_type = o.instance_type
        WHERE o.usd_per_hour > 0
        GROUP BY ALL
    )
    SELECT from_provider, from_region, to_provider, to_region, count(*) AS resources,
           sum(cost_usd) AS before_usd, any_value(ratio) AS ratio, any_value(types) AS types
    FROM moved LEFT JOIN ratios USING (from_provider, from_region, to_provider, to_region)
    GROUP BY ALL ORDER BY before_usd DESC, 1, 2, 3, 4
"""


def moves(
    connection: duckdb.DuckDBPyConnection, before: Schemas, after: Schemas
) -> list[dict[str, object]]:
    """Return moved groups of resources: from, to, how many, USD per month before, price ratio.

    The ratio is the median over the machine types that both regions list on demand; None where
    they share none, for instance between providers.
    """
    held = contents(connection, before.views)
    moved = differences(connection, after.views, before.views, held).get("resources")
    cursor = connection.execute(
        MOVES.format(
            before=quoted(before.views),
            rows=moved.rows if moved else qualified(after.views, "resources"),
            catalogue=quoted(after.catalogue),
        )
    )
    names = [str(column[0]) for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def repriced(
    connection: duckdb.DuckDBPyConnection, before: Schemas, after: Schemas, cost: Cost
) -> tuple[Cost, list[str]]:
    """Return a scenario's cost with moved resources at the price level of their new region."""
    extra, kept, counted = 0.0, 0, 0
    for move in moves(connection, before, after):
        number = int(str(move["resources"]))
        if move["ratio"] is None:
            kept += number
        else:
            counted += number
            extra += float(str(move["before_usd"])) * (float(str(move["ratio"])) - 1.0)
    notes = []
    if counted:
        notes.append(
            f"Estimate: {counted} moved resources are priced by the median list-price ratio of "
            "the machine types both regions sell."
        )
    if kept:
        notes.append(
            f"{kept} moved resources keep their old cost: no machine type is listed in both places."
        )
    return replace(cost, resources_usd=cost.resources_usd + extra), notes
