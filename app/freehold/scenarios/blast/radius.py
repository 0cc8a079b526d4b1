"""What dies with one node, and through which path."""

from dataclasses import dataclass
from difflib import get_close_matches

import duckdb

from freehold.errors import InputError
from freehold.scenarios.blast.members import checked, members
from freehold.scenarios.blast.paths import EDGES, PLACED, filled
from freehold.scenarios.schemas import Schemas

STATES = ("lost", "failover", "copy_left", "erodes")
KINDS = ("function", "application", "workload", "data_set", "resource")

DEAD = """
    dead AS (
      SELECT placement, bool_or(stops) AS stops,
        string_agg(DISTINCT path, ', ' ORDER BY path) AS paths
      FROM every WHERE dimension = $dimension AND member = $member GROUP BY placement
    )"""

STATES_OF = """
    hit AS (
      SELECT p.*, coalesce(d.stops, FALSE) AS stops, d.paths, d.placement IS NOT NULL AS touched,
        p.role IN ('storage', 'processing') AND p.environment IS DISTINCT FROM 'test' AS is_primary
      FROM placed p LEFT JOIN dead d ON d.placement = p.placement
    ),
    standby AS (
      SELECT function, application,
        count(*) FILTER (NOT stops) AS left_over
      FROM hit WHERE role = 'failover' GROUP BY function, application
    ),
    by_function AS (
      SELECT function, sum(left_over) AS left_over FROM standby GROUP BY function
    ),
    rolled AS (
      SELECT 'resource' AS kind, resource AS id, bool_or(stops) AS stops, FALSE AS copies,
        FALSE AS others, {paths} AS paths FROM hit
      WHERE resource IS NOT NULL GROUP BY resource HAVING bool_or(touched)
      UNION ALL
      SELECT 'data_set', data_set, bool_or(stops), bool_or(NOT stops), FALSE, {paths} FROM hit
      WHERE data_set IS NOT NULL GROUP BY data_set HAVING bool_or(touched)
      UNION ALL
      SELECT 'workload', workload, bool_or(stops), FALSE, bool_or(NOT stops), {paths} FROM hit
      WHERE workload IS NOT NULL GROUP BY workload HAVING bool_or(touched)
      UNION ALL
      SELECT 'application', h.application, coalesce(bool_or(h.stops AND h.is_primary), FALSE),
        FALSE, coalesce(any_value(f.left_over), 0) > 0, {paths}
      FROM hit h LEFT JOIN by_function f ON f.function = h.function
      WHERE h.application IS NOT NULL GROUP BY h.application HAVING bool_or(h.touched)
      UNION ALL
      SELECT 'function', h.function, coalesce(bool_or(h.stops AND h.is_primary), FALSE),
        FALSE, coalesce(any_value(f.left_over), 0) > 0, {paths}
      FROM hit h LEFT JOIN by_function f ON f.function = h.function
      WHERE h.function IS NOT NULL GROUP BY h.function HAVING bool_or(h.touched)
    ),
    states AS (
      SELECT kind, id, paths, CASE WHEN stops AND copies THEN 'copy_left'
        WHEN stops AND others THEN 'failover' WHEN stops THEN 'lost' ELSE 'erodes' END AS state
      FROM rolled
    )"""
"""Reads `placed` and `dead`. A function is lost if production storage or processing of it stops and
none of its failovers is left; an application likewise, with the failovers of its function."""


def states_sql() -> str:
    """Return the SQL of the states with the aggregation of paths put in; schemas stay open."""
    paths = (
        "array_to_string(list_sort(list_distinct(flatten(list(string_split(paths, ', '))"
        " FILTER (touched)))), ', ')"
    )
    return STATES_OF.replace("{paths}", paths)


@dataclass(frozen=True, slots=True)
class Gone:
    """One thing that a node takes with it.

    `state` is lost, failover (another place goes on), copy_left (data: the primary or a copy is
    left) or erodes (runs on without repair or replacement). `paths` says through what.
    """

    kind: str
    id: str
    name: str
    critical: bool | None
    state: str
    paths: str


@dataclass(frozen=True, slots=True)
class Blast:
    """What a node takes with it; `cost_usd` is the monthly cost of resources that stop."""

    dimension: str
    member: str
    gone: tuple[Gone, ...]
    cost_usd: float | None

    def count(self, kind: str, state: str = "lost") -> int:
        """Return how many things of a kind end in a state."""
        return sum(item.kind == kind and item.state == state for item in self.gone)


def blast(
    connection: duckdb.DuckDBPyConnection, place: Schemas, dimension: str, member: str
) -> Blast:
    """Return what dies if a node is taken out of the estate, the gravest first.

    Args:
        connection: holds the published views.
        place: the estate or a scenario.
        dimension: one of `members.DIMENSIONS`.
        member: the node, as `members` names it.

    Raises:
        InputError: there is no such dimension, or nothing rests on such a node.
    """
    checked(dimension)
    there = members(connection, place, dimension)
    if member not in there:
        near = get_close_matches(member, there, n=3, cutoff=0.5) or there[:12]
        raise InputError(
            f"Nothing rests on {dimension.replace('_', ' ')} '{member}'",
            mend=f"There are: {', '.join(near)}" if near else "The estate names none",
        )
    text = filled(
        f"""
        WITH {PLACED}, {EDGES}, {DEAD}, {states_sql()},
        names AS (
          SELECT 'function' AS kind, function AS id, name, critical FROM {{v}}.functions
          UNION ALL SELECT 'application', application, name, critical FROM {{v}}.applications
          UNION ALL SELECT 'workload', workload, name, critical FROM {{v}}.workloads
          UNION ALL SELECT 'data_set', data_set, name, critical FROM {{v}}.data_sets
          UNION ALL SELECT 'resource', resource, service_name, critical FROM {{v}}.resources
        )
        SELECT s.kind, s.id, coalesce(n.name, s.id), n.critical, s.state, s.paths
        FROM states s LEFT JOIN names n ON n.kind = s.kind AND n.id = s.id
        ORDER BY list_position({list(KINDS)}, s.kind), list_position({list(STATES)}, s.state),
          n.critical DESC NULLS LAST, s.id
        """,
        place.views,
        place.catalogue,
    )
    rows = connection.execute(text, {"dimension": dimension, "member": member}).fetchall()
    gone = tuple(Gone(*row) for row in rows)
    return Blast(dimension, member, gone, _cost(connection, place, gone))


def _cost(
    connection: duckdb.DuckDBPyConnection, place: Schemas, gone: tuple[Gone, ...]
) -> float | None:
    lost = [item.id for item in gone if item.kind == "resource" and item.state == "lost"]
    row = connection.execute(
        f'SELECT sum(cost_usd) FROM "{place.views}".resources WHERE list_contains(?, resource)',
        [lost],
    ).fetchone()
    return float(row[0]) if row and row[0] is not None else None
