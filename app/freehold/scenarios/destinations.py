"""Where what was hit could go: places that the estate uses or plans for, the cheapest first."""

from dataclasses import dataclass

from pydantic import JsonValue

from freehold.estate.sql import quoted
from freehold.scenarios.hit import Hit
from freehold.scenarios.run import Run


@dataclass(frozen=True)
class Destination:
    """One place, the estate's service, contract and key there, and what moving there adds.

    `extra_usd` per month rests on the list prices of the smallest machine at the new place that is
    at least as large; `notes` says for how many resources.
    """

    provider: str
    region: str | None
    country: str | None
    service: str | None
    contract: str | None
    key: str | None
    extra_usd: float
    notes: tuple[str, ...]

    @property
    def cells(self) -> tuple[tuple[str, JsonValue], ...]:
        """Columns and values that a row takes there."""
        return (
            ("service_id", self.service),
            ("contract_id", self.contract),
            ("key_id", self.key),
            ("region_id", self.region),
            ("provider_id", self.provider),
        )


_PLACES = """
WITH hit AS (SELECT * FROM {v}.placements WHERE list_contains($ids, placement)),
live AS (
  SELECT p.provider, p.region, p.country, mode(p.service) AS service, mode(p.contract) AS contract,
    mode(p.key) FILTER (p.role IN ('storage', 'processing')) AS key, count(*) AS placements
  FROM {v}.placements p ANTI JOIN hit h ON h.placement = p.placement
  WHERE p.available AND p.provider IS NOT NULL AND p.role IN ('storage', 'processing', 'failover')
    AND (p.region IS NOT NULL OR p.country IS NOT NULL)
    AND p.provider NOT IN (SELECT provider_id FROM {c}.providers WHERE ultimate_parent = 'the user')
  GROUP BY p.provider, p.region, p.country
),
planned AS (
  SELECT DISTINCT x.target_provider AS provider FROM {v}.exit_plans x
  JOIN hit h ON h.contract = x.contract WHERE x.target_provider IS NOT NULL
),
targets AS (
  SELECT t.provider, g.region_id AS region, g.country_iso2 AS country, CAST(NULL AS VARCHAR),
    CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), 0
  FROM planned t JOIN {c}.regions g ON g.provider_id = t.provider
  CROSS JOIN (SELECT max(country) AS home FROM {v}.organisation) o
  WHERE t.provider NOT IN (SELECT provider FROM live) AND t.provider NOT IN
    (SELECT provider_id FROM {c}.providers WHERE ultimate_parent = 'the user')
    AND (g.country_iso2 IN (SELECT country FROM hit) OR g.country_iso2 = o.home)
)
SELECT p.*, p.provider IN (SELECT provider FROM planned) AS is_planned FROM (
  SELECT * FROM live UNION ALL SELECT * FROM targets
) AS p
ANTI JOIN (SELECT DISTINCT provider, region FROM hit) h
  ON h.provider = p.provider AND h.region IS NOT DISTINCT FROM p.region
ORDER BY is_planned DESC, p.placements DESC, p.provider, p.region
LIMIT 12
"""

_PRICES = """
WITH moved AS (
  SELECT resource, provider, region, instance_type, cost_usd FROM {b}.resources
  WHERE list_contains($ids, resource)
),
wanted AS (
  SELECT DISTINCT m.provider, m.region, m.instance_type, s.vcpus, s.memory_gb, s.accelerator_id,
    coalesce(s.accelerator_count, 0) AS accelerators,
    (SELECT min(p.usd_per_hour) FROM {c}.prices p WHERE p.provider_id = m.provider
      AND p.instance_type = m.instance_type AND p.term = 'on_demand'
      AND p.region_id IN (m.region, '*')) AS before
  FROM moved m JOIN {c}.skus s ON s.provider_id = m.provider AND s.instance_type = m.instance_type
),
ratios AS (
  SELECT w.provider, w.region, w.instance_type, min(p.usd_per_hour) / any_value(w.before) AS ratio
  FROM wanted w
  JOIN {c}.skus s ON s.provider_id = $to AND s.vcpus >= w.vcpus AND s.memory_gb >= w.memory_gb
    AND coalesce(s.accelerator_count, 0) >= w.accelerators
    AND (w.accelerators = 0 OR s.accelerator_id = w.accelerator_id)
  JOIN {c}.prices p ON p.provider_id = s.provider_id AND p.instance_type = s.instance_type
    AND p.term = 'on_demand' AND p.region_id IN ($region, '*')
    AND p.available IS DISTINCT FROM FALSE
  WHERE w.before > 0 GROUP BY ALL
)
SELECT coalesce(sum(m.cost_usd * (r.ratio - 1)), 0), count(r.ratio), count(*)
FROM moved m LEFT JOIN ratios r ON r.provider = m.provider
  AND r.region IS NOT DISTINCT FROM m.region AND r.instance_type = m.instance_type
"""


def destinations(base: Run, shocked: Run, hit: Hit) -> list[Destination]:
    """Return where everything that was hit could move, the cheapest first.

    Those are places where the estate rents something that was not hit, and the targets of the exit
    plans of what was hit, in its countries or at home. Own halls are left out, for nothing tells
    what room they have.
    """
    names = {
        "v": quoted(shocked.schemas.views),
        "b": quoted(base.schemas.views),
        "c": quoted(shocked.schemas.catalogue),
    }
    found = []
    for row in shocked.connection.execute(
        _PLACES.format(**names), {"ids": list(hit.views)}
    ).fetchall():
        provider, region, country, service, contract, key, _count, planned = row
        priced = shocked.connection.execute(
            _PRICES.format(**names),
            {"ids": list(hit.resources), "to": provider, "region": region},
        ).fetchone() or (0, 0, 0)
        extra, known, total = float(priced[0]), int(priced[1]), int(priced[2])
        notes = [
            f"{known} of {total} resources are priced by list prices of machines at least as "
            "large; the others keep their cost."
        ]
        if planned:
            notes.append(f"{provider} is the target of an exit plan.")
        found.append(
            (
                not planned,
                extra,
                Destination(
                    provider, region, None if region else country, service, contract, key, extra,
                    tuple(notes),
                ),
            )
        )  # fmt: skip
    found.sort(key=lambda item: (item[1], item[0], item[2].provider, item[2].region or ""))
    return [place for _, _, place in found]
