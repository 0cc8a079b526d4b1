"""Price per hour of a machine or an accelerator, and what is doubtful about it."""

import duckdb
import pandas as pd

from freehold.costing.facts import fetched, registered, relation, with_columns

_WANTED = {
    "provider_id": "text",
    "region_id": "text",
    "term": "text",
    "instance_type": "text",
    "accelerator_id": "text",
}


def hourly_prices(
    wanted: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str = "catalogue",
) -> pd.DataFrame:
    """Return the catalogue's price for each (provider, region, term, machine or accelerator).

    A named `instance_type` must match; otherwise the machine with that accelerator that is
    cheapest per device is taken and named. A price of the region comes before one the provider
    states without a region. No term means on demand. Rows keep their order. Columns:
    `usd_per_hour` (Decimal per machine), `priced_instance_type`, `accelerators_per_instance`,
    `vcpus_per_instance`, `price_term`, `price_regional`, `price_verified`, `price_as_of`,
    `price_source`, `price_flags`, `price_reason` (why there is no price).
    """
    rows = with_columns(wanted, _WANTED)
    rows.insert(0, "row_number", range(len(rows)))
    with registered(connection, rows) as name:
        prices = relation(connection, "prices", catalogue)
        skus = relation(connection, "skus", catalogue)
        return fetched(
            connection,
            f"""
            WITH wanted AS (
              SELECT *, coalesce(term, 'on_demand') AS asked_term FROM {name}),
            priced AS (
              SELECT p.provider_id, p.region_id, p.instance_type, p.term, p.verified, p.as_of,
                p.source, CAST(p.usd_per_hour AS DECIMAL(18, 8)) AS usd_per_hour,
                s.accelerator_id, s.accelerator_count, s.vcpus
              FROM {prices} p LEFT JOIN {skus} s USING (provider_id, instance_type)
              WHERE p.available IS DISTINCT FROM FALSE),
            matched AS (
              SELECT w.row_number, p.* EXCLUDE (region_id), p.region_id <> '*' AS regional,
                w.instance_type IS NULL AS chosen, w.term IS NULL AS no_term,
                w.region_id IS NULL AS no_region
              FROM wanted w JOIN priced p ON p.provider_id = w.provider_id
                AND p.term = w.asked_term
                AND (p.region_id = w.region_id OR p.region_id = '*')
                AND CASE WHEN w.instance_type IS NOT NULL THEN p.instance_type = w.instance_type
                  ELSE p.accelerator_id = w.accelerator_id AND p.accelerator_count > 0 END
              QUALIFY row_number() OVER (PARTITION BY w.row_number ORDER BY regional DESC,
                p.usd_per_hour / CASE WHEN p.accelerator_count > 0 THEN p.accelerator_count
                  ELSE 1 END, p.instance_type) = 1)
            SELECT m.usd_per_hour, m.instance_type AS priced_instance_type,
              m.accelerator_count AS accelerators_per_instance, m.vcpus AS vcpus_per_instance,
              w.asked_term AS price_term, m.regional AS price_regional,
              m.verified AS price_verified, m.as_of AS price_as_of, m.source AS price_source,
              concat_ws('; ',
                CASE WHEN NOT m.regional THEN 'price not regional' END,
                CASE WHEN NOT m.verified THEN 'price not verified' END,
                CASE WHEN m.chosen THEN 'machine type not stated: cheapest per device' END,
                CASE WHEN m.no_term THEN 'term not stated: on demand' END,
                CASE WHEN m.no_region THEN 'region not stated' END) AS price_flags,
              CASE WHEN m.usd_per_hour IS NOT NULL THEN NULL
                WHEN w.provider_id IS NULL THEN 'provider not stated'
                WHEN w.instance_type IS NULL AND w.accelerator_id IS NULL
                  THEN 'neither machine type nor accelerator stated'
                ELSE 'no ' || replace(w.asked_term, '_', ' ') || ' price of '
                  || coalesce(w.instance_type, w.accelerator_id) || ' at ' || w.provider_id
                  || coalesce(' in ' || w.region_id, '') END AS price_reason
            FROM wanted w LEFT JOIN matched m USING (row_number) ORDER BY row_number
            """,
        ).set_index(wanted.index)
