"""Where placements lie on the map, and whose compelled-access law reaches them there."""

from dataclasses import dataclass

import duckdb

from freehold.estate.sql import one, quoted


@dataclass(frozen=True, slots=True)
class Site:
    """Placements of one provider in one region.

    `exposure` is us, other, none or unknown: whose law binds the provider; latitude and longitude
    in degrees.
    """

    region_key: str
    provider: str
    region: str
    city: str | None
    country: str | None
    latitude: float
    longitude: float
    exposure: str
    placements: int


@dataclass(frozen=True, slots=True)
class Placed:
    """The sites of an estate, all placements, and those that no map can show.

    `unplaced` tell no region; `uncharted` are in regions without a known position.
    """

    sites: tuple[Site, ...]
    placements: int
    unplaced: int
    uncharted: int


def placed(connection: duckdb.DuckDBPyConnection, views: str) -> Placed:
    """Return where the placements of a schema of views lie that are available."""
    schema = quoted(views)
    total, unplaced = one(
        connection,
        f"SELECT count(*), count(*) FILTER (region IS NULL) FROM {schema}.placements"
        " WHERE available IS DISTINCT FROM FALSE",
    )
    found = connection.execute(
        f"""
        SELECT r.region_key, coalesce(p.provider_name, r.provider), r.region, r.city,
               r.country, r.lat, r.lon, {exposure_sql("p")} AS exposure, count(*)
        FROM {schema}.placements AS p JOIN {schema}.regions AS r USING (provider, region)
        WHERE r.lat IS NOT NULL AND r.lon IS NOT NULL AND p.available IS DISTINCT FROM FALSE
        GROUP BY ALL ORDER BY r.region_key, exposure
        """
    ).fetchall()
    sites = tuple(Site(*row) for row in found)
    charted = sum(site.placements for site in sites)
    return Placed(sites, int(total), int(unplaced), int(total) - int(unplaced) - charted)


def exposure_sql(alias: str) -> str:
    """Return SQL for the exposure code of a row with `exposed` and `exposed_us`."""
    return (
        f"CASE WHEN {alias}.exposed_us THEN 'us' WHEN {alias}.exposed THEN 'other'"
        f" WHEN NOT {alias}.exposed THEN 'none' ELSE 'unknown' END"
    )
