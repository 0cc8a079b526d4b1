"""Concentration, places, spend and sources, from the published views and the catalogue."""

import duckdb

from freehold.catalogue import CatalogueInfo
from freehold.estate.sql import one, qualified
from freehold.reports.content import Concentration, MapPoint, Member, Source, SpendLine

_MEMBERS = 8


def concentration(
    connection: duckdb.DuckDBPyConnection, *, views: str = "views"
) -> tuple[Concentration, ...]:
    """Return shares and HHI of each dimension and base, the largest members first."""
    rows = connection.execute(
        f"""
        SELECT dimension, base, count(member), any_value(undecided_share), any_value(hhi),
          any_value(hhi_high),
          list(struct_pack(member := member, share := share)
               ORDER BY share DESC NULLS LAST, member)[1:{_MEMBERS}]
        FROM {qualified(views, "shares")} WHERE member IS NOT NULL
        GROUP BY dimension, base
        ORDER BY list_position(['provider_group', 'provider', 'jurisdiction', 'parent_country',
          'region', 'control_plane_country', 'chip_vendor', 'chip_fab_country',
          'model_developer', 'orchestration_tool'], dimension), dimension,
          list_position(['cost', 'critical_functions', 'resources'], base) NULLS LAST, base
        """
    ).fetchall()
    return tuple(
        Concentration(
            dimension=row[0],
            base=row[1],
            member_count=row[2],
            undecided_share=None if row[3] is None else float(row[3]),
            hhi=row[4],
            hhi_high=row[5],
            members=tuple(
                Member(
                    member=item["member"],
                    share=None if item["share"] is None else float(item["share"]),
                )
                for item in row[6]
            ),
        )
        for row in rows
    )


def map_points(
    connection: duckdb.DuckDBPyConnection, *, views: str = "views"
) -> tuple[MapPoint, ...]:
    """Return placements per region and legal exposure, the most first."""
    rows = connection.execute(
        f"""
        SELECT r.lat, r.lon,
          concat_ws(', ', coalesce(r.city, r.name, p.region), p.country)
            || ' (' || concat_ws(' ', p.provider, p.region) || ')',
          CASE WHEN p.exposed IS NULL THEN 'unknown' WHEN NOT p.exposed THEN 'eea_controlled'
            WHEN p.exposed_us THEN 'exposed_us' WHEN p.exposed_cn THEN 'exposed_cn'
            ELSE 'exposed_other' END AS exposure,
          count(*)
        FROM {qualified(views, "placements")} p
        JOIN {qualified(views, "regions")} r ON r.provider = p.provider AND r.region = p.region
        WHERE r.lat IS NOT NULL AND r.lon IS NOT NULL
        GROUP BY ALL ORDER BY 5 DESC, 3, 4
        """
    ).fetchall()
    names = ("latitude", "longitude", "label", "exposure", "placements")
    return tuple(MapPoint.model_validate(dict(zip(names, row, strict=True))) for row in rows)


def unplaced(connection: duckdb.DuckDBPyConnection, *, views: str = "views") -> int:
    """Return how many placements have no location on the map."""
    found = one(
        connection,
        f"SELECT count(*) FROM {qualified(views, 'placements')} p WHERE NOT EXISTS ("
        f"SELECT 1 FROM {qualified(views, 'regions')} r WHERE r.provider = p.provider"
        " AND r.region = p.region AND r.lat IS NOT NULL AND r.lon IS NOT NULL)",
    )
    return int(found[0])


def spend(connection: duckdb.DuckDBPyConnection, *, views: str = "views") -> tuple[SpendLine, ...]:
    """Return monthly cost by provider in USD, the most first."""
    rows = connection.execute(
        f"""
        SELECT coalesce(provider, 'not recorded'), any_value(provider_name),
          any_value(provider_group), any_value(parent_country), count(*),
          count(*) FILTER (cost_usd IS NULL), sum(cost_usd)
        FROM {qualified(views, "resources")}
        GROUP BY provider ORDER BY sum(cost_usd) DESC NULLS LAST, provider
        """
    ).fetchall()
    names = tuple(SpendLine.model_fields)
    return tuple(SpendLine.model_validate(dict(zip(names, row, strict=True))) for row in rows)


def sources(
    connection: duckdb.DuckDBPyConnection, info: CatalogueInfo | None
) -> tuple[Source, ...]:
    """Return the families of sources with their licences, then the catalogue's tables."""
    families = connection.execute(
        "SELECT family, tables, licence, CAST(as_of AS VARCHAR) FROM catalogue.licences"
        " ORDER BY family"
    ).fetchall()
    listed = [
        Source(
            name=family,
            tables=tuple(part for part in (tables or "").split(";") if part),
            licence=licence,
            as_of=as_of,
        )
        for family, tables, licence, as_of in families
    ]
    if info is None:
        return tuple(listed)
    counted = [
        Source(
            name=f"Catalogue table {name}",
            tables=(name,),
            rows=table.rows,
            rows_unverified=table.unverified,
            as_of=table.newest_as_of,
        )
        for name, table in sorted(info.tables.items())
    ]
    return (*listed, *counted)
