"""Every node of the estate by what it would take with it: single points of failure first."""

from dataclasses import dataclass

import duckdb

from freehold.scenarios.blast.members import checked
from freehold.scenarios.blast.paths import EDGES, PLACED, filled
from freehold.scenarios.schemas import Schemas


@dataclass(frozen=True, slots=True)
class Rank:
    """What one node takes with it, in numbers; `is_single_point` if a critical function is lost.

    `share` is its part of the placements (0 to 1); `hhi` the concentration index of its dimension
    where the estate's shares tell one.
    """

    dimension: str
    member: str
    critical_functions_lost: int
    functions_lost: int
    functions_on_failover: int
    placements_stopped: int
    placements_eroding: int
    share: float
    hhi: float | None

    @property
    def is_single_point(self) -> bool:
        """Whether a critical function ends with it."""
        return self.critical_functions_lost > 0


def rank(
    connection: duckdb.DuckDBPyConnection,
    place: Schemas,
    dimension: str | None = None,
    most: int | None = None,
) -> list[Rank]:
    """Return the nodes of the estate, those that take most critical functions with them first.

    All nodes are removed at once in one statement, each on its own.

    Raises:
        InputError: there is no such dimension.
    """
    if dimension is not None:
        checked(dimension)
    chosen = "" if dimension is None else "AND dimension = $dimension"
    text = filled(
        f"""
        WITH {PLACED}, {EDGES},
        hits AS (
          SELECT dimension, member, placement, bool_or(stops) AS stops FROM every
          WHERE member IS NOT NULL {chosen} GROUP BY dimension, member, placement
        ),
        standby AS (
          SELECT function, count(*) AS failovers FROM placed WHERE role = 'failover'
          GROUP BY function
        ),
        functions_hit AS (
          SELECT h.dimension, h.member, p.function, bool_or(p.critical) AS critical,
            coalesce(bool_or(h.stops AND p.role IN ('storage', 'processing')
              AND p.environment IS DISTINCT FROM 'test'), FALSE) AS stops,
            count(*) FILTER (h.stops AND p.role = 'failover') AS failovers_hit
          FROM hits h JOIN placed p ON p.placement = h.placement
          WHERE p.function IS NOT NULL GROUP BY ALL
        ),
        by_function AS (
          SELECT i.dimension, i.member,
            count(*) FILTER (stops AND coalesce(s.failovers, 0) <= failovers_hit) AS lost,
            count(*) FILTER (stops AND critical AND coalesce(s.failovers, 0) <= failovers_hit)
              AS critical_lost,
            count(*) FILTER (stops AND coalesce(s.failovers, 0) > failovers_hit) AS on_failover
          FROM functions_hit i LEFT JOIN standby s ON s.function = i.function GROUP BY ALL
        ),
        by_placement AS (
          SELECT dimension, member, count(*) FILTER (stops) AS stopped,
            count(*) FILTER (NOT stops) AS eroding FROM hits GROUP BY ALL
        ),
        indices AS (
          SELECT dimension, max(hhi) AS hhi FROM {{v}}.shares
          WHERE base = 'critical_functions' GROUP BY dimension
        )
        SELECT b.dimension, b.member, coalesce(f.critical_lost, 0), coalesce(f.lost, 0),
          coalesce(f.on_failover, 0), b.stopped, b.eroding,
          (b.stopped + b.eroding) / (SELECT CAST(count(*) AS DOUBLE) FROM placed),
          CAST(i.hhi AS DOUBLE)
        FROM by_placement b
        LEFT JOIN by_function f ON f.dimension = b.dimension AND f.member = b.member
        LEFT JOIN indices i ON i.dimension = b.dimension
        ORDER BY 3 DESC, 4 DESC, 6 DESC, 5 DESC, 7 DESC, 1, 2
        {"" if most is None else f"LIMIT {int(most)}"}
        """,
        place.views,
        place.catalogue,
    )
    values = {} if dimension is None else {"dimension": dimension}
    return [Rank(*row) for row in connection.execute(text, values).fetchall()]
