"""Functions that a scenario takes away: by what, for how long, and whether that is too long."""

from dataclasses import dataclass

import duckdb

from freehold.scenarios.blast.paths import UNAVAILABLE, filled
from freehold.scenarios.blast.radius import states_sql
from freehold.scenarios.schemas import Schemas

HOURS_PER_MONTH = 730.5
"""365.25 days of 24 hours over 12 months."""


@dataclass(frozen=True, slots=True)
class FunctionLoss:
    """A function that stops or lives on its failover.

    Attributes:
        state: lost or failover.
        paths: why its placements stop.
        rto_hours: how long it may be away; None = nobody has said.
        away_hours: how long it is away; None = not known.
        way_back: failover, event (it ends by itself), notice (it has moved before), exit_plan, or
            None where no way back is recorded.
        within_rto: away no longer than it may be; None where either is not known.
    """

    function: str
    name: str
    critical: bool | None
    state: str
    paths: str
    rto_hours: float | None
    away_hours: float | None
    way_back: str | None
    within_rto: bool | None


def function_losses(
    connection: duckdb.DuckDBPyConnection,
    place: Schemas,
    *,
    event_hours: float | None = None,
    notice_hours: float = 0.0,
) -> list[FunctionLoss]:
    """Return the functions whose storage or processing is out of reach, lost critical ones first.

    A lost function is back when the event ends, or when the exit plans of every contract it rested
    on are through, less the notice given; whichever is sooner. How long a switch to a failover
    takes is recorded nowhere, so that stays None.

    Args:
        connection: holds the published views.
        place: a scenario's schemas.
        event_hours: how long the event lasts; None = for good.
        notice_hours: how long before it begins it is known.
    """
    text = filled(
        f"""
        WITH {UNAVAILABLE}, {states_sql()},
        plans AS (
          SELECT h.function, count(*) = count(x.duration_months) AS known,
            max(x.duration_months) AS months
          FROM (SELECT DISTINCT function, contract FROM hit WHERE stops AND is_primary) h
          LEFT JOIN {{v}}.exit_plans x ON x.contract = h.contract AND x."exists"
          GROUP BY h.function
        )
        SELECT s.id, f.name, f.critical, s.state, s.paths, CAST(f.rto_hours AS DOUBLE),
          CASE WHEN p.known THEN CAST(p.months AS DOUBLE) END
        FROM states s JOIN {{v}}.functions f ON f.function = s.id
        LEFT JOIN plans p ON p.function = s.id
        WHERE s.kind = 'function' AND s.state IN ('lost', 'failover')
        ORDER BY s.state = 'lost' DESC, f.critical DESC NULLS LAST, f.rto_hours NULLS LAST, s.id
        """,
        place.views,
        place.catalogue,
    )
    found = []
    for function, name, critical, state, paths, rto, months in connection.execute(text).fetchall():
        away: float | None = None
        way: str | None = "failover"
        if state == "lost":
            plan = None if months is None else max(months * HOURS_PER_MONTH - notice_hours, 0.0)
            away, way = _sooner(event_hours, plan)
        within = None if away is None or rto is None else away <= rto
        found.append(
            FunctionLoss(
                str(function), str(name or function), critical, state, paths, rto, away, way, within
            )
        )
    return found


def _sooner(event: float | None, plan: float | None) -> tuple[float | None, str | None]:
    if plan == 0.0:
        return 0.0, "notice"
    if event is not None and (plan is None or event <= plan):
        return event, "event"
    return (plan, "exit_plan") if plan is not None else (None, None)
