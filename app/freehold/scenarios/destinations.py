"""What the estate has already at a place where something moves: its service, contract and key."""

from dataclasses import dataclass

from pydantic import JsonValue

from freehold.estate.sql import quoted
from freehold.scenarios.hit import Hit
from freehold.scenarios.run import Run


@dataclass(frozen=True)
class Destination:
    """A place, and the estate's own service, contract and key there, or else at its provider."""

    provider: str
    region: str | None
    country: str | None
    service: str | None = None
    contract: str | None = None
    key: str | None = None

    @property
    def cells(self) -> tuple[tuple[str, JsonValue], ...]:
        """Columns and values that a row takes there."""
        return (
            ("service_id", self.service),
            ("contract_id", self.contract),
            ("key_id", self.key),
            ("region_id", self.region),
            ("provider_id", self.provider),
            ("country_iso2", None if self.region else self.country),
        )


_LIVE = """
WITH hit AS (SELECT placement FROM {v}.placements WHERE list_contains($ids, placement)),
live AS (
  SELECT p.* FROM {v}.placements p ANTI JOIN hit h ON h.placement = p.placement
  WHERE p.available AND p.provider = $provider AND p.role IN ('storage', 'processing', 'failover')
)
SELECT
  coalesce(mode(service) FILTER (here), mode(service)),
  coalesce(mode(contract) FILTER (here), mode(contract), (SELECT min(contract) FROM {v}.contracts
    WHERE provider = $provider AND (status IS NULL OR status IN ('active', 'planned')))),
  coalesce(mode(key) FILTER (here AND role <> 'failover'), mode(key) FILTER (role <> 'failover'))
FROM (SELECT *, region IS NOT DISTINCT FROM $region AS here FROM live)
"""


def destination(
    shocked: Run, hit: Hit, provider: str, region: str | None, country: str | None
) -> Destination:
    """Return a place with what the estate uses there that was not hit."""
    row = shocked.connection.execute(
        _LIVE.format(v=quoted(shocked.schemas.views)),
        {"ids": list(hit.views), "provider": provider, "region": region},
    ).fetchone() or (None, None, None)
    return Destination(provider, region, country, *row)
