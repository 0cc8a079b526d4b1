"""What the estate has already at a place where something moves: its contract and its key."""

from dataclasses import dataclass

from pydantic import JsonValue

from freehold.estate.sql import quoted
from freehold.scenarios.run import Run


@dataclass(frozen=True)
class Destination:
    """A place with the estate's contract and the key of highest custody at its provider."""

    provider: str
    region: str | None
    country: str | None
    contract: str | None = None
    key: str | None = None

    @property
    def own_country(self) -> str | None:
        """Country that is told only where no region tells it."""
        return None if self.region else self.country

    @property
    def cells(self) -> tuple[tuple[str, JsonValue], ...]:
        """Columns and values that a resource or placement takes there.

        No service is named, as in the candidates that the planner's rules judged: what a service
        asks of its own data it does not ask of what comes in need.
        """
        return (
            ("service_id", None),
            ("contract_id", self.contract),
            ("key_id", self.key),
            ("region_id", self.region),
            ("provider_id", self.provider),
            ("country_iso2", self.own_country),
        )


def destination(
    shocked: Run, provider: str, region: str | None, country: str | None
) -> Destination:
    """Return a place with what the estate has at its provider."""
    estate = quoted(shocked.schemas.estate)
    row = shocked.connection.execute(
        f"""
        SELECT (SELECT min(contract_id) FROM {estate}.contracts
            WHERE provider_id = $provider AND (status IS NULL OR status IN ('active', 'planned'))),
          (SELECT arg_max(key_id, custody) FROM {estate}.keys
            WHERE provider_id = $provider AND available IS DISTINCT FROM FALSE)
        """,
        {"provider": provider},
    ).fetchone() or (None, None)
    return Destination(provider, region, country, *row)
