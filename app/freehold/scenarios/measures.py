"""The measures by which an estate and its scenarios are compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb
import pandas as pd

from freehold.compliance import RuleResult
from freehold.estate.sql import quoted
from freehold.scenarios.schemas import Schemas

OF_WORKLOADS = "Carbon counts the workloads that could be sized; other resources tell no energy."


@dataclass(frozen=True)
class Measures:
    """One estate or scenario in numbers; None = undecided.

    `score` (0-100) and `coverage` (0-1) are the means over all judged rules, weighted by rule
    weight; `cost_usd` and `carbon_kg` are per month; shares run from 0 to 1.
    """

    name: str
    as_of: date
    seal: int | None
    seal_low: int | None
    seal_high: int | None
    score: float | None
    coverage: float
    cost_usd: float | None
    carbon_kg: float | None
    unserved_share: float | None
    critical_functions_lost: int
    fails: int
    unknowns: int
    largest_group: str | None
    largest_group_share: float | None
    outside_eea_share: float | None
    exposed_share: float | None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Cost:
    """What an estate costs per month in USD, and how many rows tell no cost."""

    resources_usd: float
    workloads_usd: float
    unpriced_resources: int
    unpriced_workloads: int
    told: int

    @property
    def total(self) -> float | None:
        """Resources and the workloads that no resource bills; None if nothing tells a cost."""
        return self.resources_usd + self.workloads_usd if self.told else None


def overall(rules: Sequence[RuleResult]) -> tuple[float | None, float]:
    """Return score and coverage over rules, weighted by rule weight."""
    scored = [(rule.weight, rule.score) for rule in rules if rule.score is not None]
    applicable = [(rule.weight, rule.coverage) for rule in rules if rule.applicable]
    return _mean(scored), _mean(applicable) or 0.0


def cost(connection: duckdb.DuckDBPyConnection, views: str, workloads: pd.DataFrame) -> Cost:
    """Add up what resources were billed and what workloads without a billed resource would cost.

    Args:
        connection: holds the published views.
        views: schema of the views.
        workloads: one row per workload with workload_id and cost_per_month in USD.
    """
    schema = quoted(views)
    row = connection.execute(
        f"""
        SELECT coalesce(sum(cost_usd), 0), count(*) FILTER (cost_usd IS NULL), count(cost_usd)
        FROM {schema}.resources
        WHERE available IS DISTINCT FROM FALSE
            AND (status IS NULL OR status NOT IN ('decommissioned', 'not_in_source'))
        """
    ).fetchone() or (0, 0, 0)
    billed = {
        str(name)
        for (name,) in connection.execute(
            f"""
            SELECT DISTINCT p.workload FROM {schema}.placements AS p
            JOIN {schema}.resources AS r USING (resource)
            WHERE p.workload IS NOT NULL AND r.cost_usd IS NOT NULL
            """
        ).fetchall()
    }
    estimated = workloads[~workloads["workload_id"].isin(billed)]
    amounts = pd.to_numeric(estimated["cost_per_month"], errors="coerce")
    return Cost(
        float(row[0]),
        float(amounts.sum()),
        int(row[1]),
        int(amounts.isna().sum()),
        int(row[2]) + int(amounts.notna().sum()),
    )


def carbon_kg(workloads: pd.DataFrame) -> float | None:
    """Return kg CO2e per month of the workloads whose energy and grid are known."""
    if "kg_co2e_per_month" not in workloads:
        return None
    known = pd.to_numeric(workloads["kg_co2e_per_month"], errors="coerce").dropna()
    return float(known.sum()) if len(known) else None


def unserved_share(
    connection: duckdb.DuckDBPyConnection, schemas: Schemas, workloads: pd.DataFrame
) -> float | None:
    """Return the share of serving requests that go unanswered; None if no request is told.

    Those are all requests of a workload that is out of reach in every place, whose model is not
    allowed or whose every price is withdrawn, and of others the part beyond the devices held.

    Args:
        connection: holds the published views.
        schemas: the estate or a scenario.
        workloads: one row per workload with `devices` (held) and `devices_needed`.
    """
    asked = unserved(connection, schemas, workloads)
    total = sum(requests for requests, _ in asked.values())
    lost = sum(requests * share for requests, share in asked.values())
    return lost / total if total else None


def unserved(
    connection: duckdb.DuckDBPyConnection, schemas: Schemas, workloads: pd.DataFrame
) -> dict[str, tuple[float, float]]:
    """Return the requests per second of each serving workload and the share left unanswered.

    Args: as of `unserved_share`.
    """
    names = {"v": quoted(schemas.views), "c": quoted(schemas.catalogue)}
    rows = connection.execute(_UNSERVED.format(e=quoted(schemas.estate), **names)).fetchall()
    if not any(float(requests) for _, requests, _ in rows):
        return {}  # an estate without workloads has no columns of sizes either
    held = pd.to_numeric(workloads["devices"], errors="coerce")
    needed = pd.to_numeric(workloads["devices_needed"], errors="coerce")
    served = (held / needed.where(needed > 0)).clip(upper=1.0).fillna(1.0)
    part = dict(zip(workloads["workload_id"].astype(str), served.astype(float), strict=True))
    return {
        str(workload): (
            float(requests),
            1.0 if stops else 1.0 - part.get(str(workload), 1.0),
        )
        for workload, requests, stops in rows
    }


_UNSERVED = """
WITH placed AS (
  SELECT workload, bool_and(NOT available) AS lost FROM {v}.placements
  WHERE workload IS NOT NULL GROUP BY workload
),
machines AS (
  SELECT provider_id, instance_type, term, bool_and(available IS NOT DISTINCT FROM FALSE) AS gone
  FROM {c}.prices GROUP BY ALL
),
interfaces AS (
  SELECT provider_id, model_id, bool_and(available IS NOT DISTINCT FROM FALSE) AS gone
  FROM {c}.token_price_facts WHERE model_id IS NOT NULL GROUP BY ALL
)
SELECT w.workload_id, w.requests_per_s,
  coalesce(p.lost, FALSE) OR w.available IS NOT DISTINCT FROM FALSE
    OR m.allowed IS NOT DISTINCT FROM FALSE
    OR coalesce(CASE WHEN w.term = 'token_api' THEN i.gone ELSE h.gone END, FALSE) AS stops
FROM {e}.workloads w
LEFT JOIN placed p ON p.workload = w.workload_id
LEFT JOIN {c}.models m ON m.model_id = w.model_id
LEFT JOIN machines h ON h.provider_id = w.provider_id AND h.instance_type = w.instance_type
  AND h.term = coalesce(w.term, 'on_demand')
LEFT JOIN interfaces i ON i.provider_id = w.provider_id AND i.model_id = w.model_id
WHERE w.kind = 'serving' AND w.requests_per_s IS NOT NULL
"""


def largest_group(
    connection: duckdb.DuckDBPyConnection, views: str
) -> tuple[str | None, float | None]:
    """Return the ultimate parent with the largest share of cost (of resources without costs)."""
    row = connection.execute(
        f"""
        SELECT member, share FROM {quoted(views)}.shares
        WHERE dimension = 'provider_group' AND share IS NOT NULL AND member IS NOT NULL
          AND base IN ('cost', 'resources')
        ORDER BY base = 'cost' DESC, share DESC, member LIMIT 1
        """
    ).fetchone()
    return (str(row[0]), float(row[1])) if row else (None, None)


def share_where(connection: duckdb.DuckDBPyConnection, views: str, condition: str) -> float | None:
    """Return the share of placements with a decided condition for which it is true."""
    row = connection.execute(
        f"SELECT avg(CAST({condition} AS INTEGER)) FROM {quoted(views)}.placements "
        "WHERE available IS DISTINCT FROM FALSE"
    ).fetchone()
    return None if row is None or row[0] is None else float(row[0])


def _mean(parts: list[tuple[float, float]]) -> float | None:
    total = sum(weight for weight, _ in parts)
    return sum(weight * value for weight, value in parts) / total if total else None
