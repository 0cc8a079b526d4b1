"""Cost of data leaving a provider, by its volume tiers."""

import duckdb
import pandas as pd

from freehold.costing.facts import fetched, registered, relation, with_columns

_MOVED = {
    "provider_id": "text",
    "region_id": "text",
    "country_iso2": "text",
    "to": "text",
    "gb_per_month": "num",
}


def egress_cost(
    moved: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str = "catalogue",
) -> pd.DataFrame:
    """Return the monthly cost of traffic out of each (provider, region) to a destination class.

    `to` is internet, cross-region, same-cloud, parallel-use or switching. Each tier is charged
    for the part of the volume inside it. A region group fits if it names the region, its
    country, its continent group (eu, na, us) or `all`; of several the one naming the region
    itself is taken, then the dearest. Where the list leaves out the first tier, its volume is
    charged at the next price and noted; a tier without a price makes the cost NULL with a
    reason. Columns `egress_usd_per_month` (Decimal), `egress_group`, `egress_verified`,
    `egress_note`, `egress_reason`.
    """
    rows = with_columns(moved, _MOVED)
    rows.insert(0, "row_number", range(len(rows)))
    with registered(connection, rows) as name:
        tiers = relation(connection, "egress", catalogue)
        regions = relation(connection, "regions", catalogue)
        countries = relation(connection, "countries", catalogue)
        return fetched(
            connection,
            f"""
            WITH placed AS (
              SELECT m.row_number, m.provider_id, m."to", m.gb_per_month,
                list_filter([lower(m.region_id), 'all',
                  lower(coalesce(r.country_iso2, m.country_iso2)),
                  CASE WHEN c.eu_member OR c.eea_member THEN 'eu' END,
                  CASE WHEN c.country_iso2 IN ('US', 'CA') THEN 'na' END],
                  lambda word: word IS NOT NULL) AS names, lower(m.region_id) AS own_name
              FROM {name} m
              LEFT JOIN {regions} r
                ON r.provider_id = m.provider_id AND r.region_id = m.region_id
              LEFT JOIN {countries} c
                ON c.country_iso2 = coalesce(r.country_iso2, m.country_iso2)),
            groups AS (
              SELECT DISTINCT provider_id, from_region_group, "to", list_transform(
                string_split(from_region_group, ','),
                lambda part: split_part(lower(trim(part)), ' ', 1)) AS names
              FROM {tiers}),
            suited AS (
              SELECT p.row_number, p.gb_per_month, g.from_region_group, g.provider_id, g."to",
                list_contains(g.names, p.own_name) AS own
              FROM placed p JOIN groups g ON g.provider_id = p.provider_id AND g."to" = p."to"
                AND list_has_any(g.names, p.names)),
            steps AS (
              SELECT s.row_number, s.from_region_group, s.own, s.gb_per_month, t.verified,
                CAST(t.usd_per_gb AS DOUBLE) AS price, t.from_gb,
                CASE WHEN row_number() OVER below = 1 THEN 0 ELSE t.from_gb END AS starts,
                coalesce(t.to_gb, s.gb_per_month) AS ends
              FROM suited s JOIN {tiers} t ON t.provider_id = s.provider_id
                AND t.from_region_group = s.from_region_group AND t."to" = s."to"
              WHERE s.gb_per_month >= 0
              WINDOW below AS (PARTITION BY s.row_number, s.from_region_group
                ORDER BY t.from_gb)),
            summed AS (
              SELECT row_number, from_region_group, any_value(own) AS own,
                bool_and(verified) AS verified, min(from_gb) > 0 AS gap,
                CASE WHEN bool_or(price IS NULL) THEN NULL ELSE
                  sum(price * greatest(least(gb_per_month, ends) - starts, 0)) END AS usd
              FROM steps GROUP BY row_number, from_region_group),
            costed AS (
              SELECT * FROM summed
              QUALIFY row_number() OVER (PARTITION BY row_number
                ORDER BY own DESC, usd DESC NULLS LAST, from_region_group) = 1)
            SELECT CAST(c.usd AS DECIMAL(18, 4)) AS egress_usd_per_month,
              c.from_region_group AS egress_group, c.verified AS egress_verified,
              CASE WHEN c.gap AND c.usd IS NOT NULL
                THEN 'first tier not listed: charged at the next price' END AS egress_note,
              CASE WHEN c.usd IS NOT NULL THEN NULL
                WHEN p.gb_per_month IS NULL THEN 'volume not stated'
                WHEN p.gb_per_month < 0 THEN 'volume is negative'
                WHEN c.row_number IS NULL THEN 'no traffic price for this provider and region'
                ELSE 'the price list leaves a tier open' END AS egress_reason
            FROM placed p LEFT JOIN costed c USING (row_number) ORDER BY p.row_number
            """,
        ).set_index(moved.index)
