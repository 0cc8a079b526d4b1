"""Estates of any size, invented by a formula, for benchmarks only."""

import duckdb


def fill_resources(
    connection: duckdb.DuckDBPyConnection, rows: int, schema: str = "estate"
) -> None:
    """Append `rows` resources to `schema`.resources, the same for the same number.

    Regions are drawn from the catalogue; one in twenty has none, so that unknowns are judged too.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE generated_regions AS
        SELECT provider_id, region_id, row_number() OVER (ORDER BY provider_id, region_id) - 1 AS n
        FROM catalogue.regions
        WHERE provider_id IN ('aws', 'azure', 'gcp', 'ovhcloud', 'scaleway', 'oci', 'hetzner');
        INSERT INTO {schema}.resources BY NAME
        SELECT
            'res-' || lpad(i::VARCHAR, 9, '0') AS resource_id,
            'Resource ' || i AS name,
            r.provider_id,
            CASE WHEN hash(i * 7) % 20 = 0 THEN NULL ELSE r.region_id END AS region_id,
            (['compute', 'gpu', 'storage', 'database', 'network', 'ai'])
                [1 + (hash(i * 11) % 6)::BIGINT] AS service_category,
            (['production', 'test', 'development'])[1 + (hash(i * 13) % 3)::BIGINT] AS environment,
            'account-' || (hash(i * 17) % 50) AS account,
            ((hash(i * 19) % 100000) / 100)::DECIMAL(18, 4) AS cost_monthly,
            CASE WHEN hash(i * 23) % 4 = 0 THEN 'EUR' ELSE 'USD' END AS cost_currency,
            'active' AS status
        FROM range({rows}) AS numbers(i)
        JOIN generated_regions AS r
          ON r.n = (hash(i * 5) % (SELECT count(*) FROM generated_regions))::BIGINT
        """
    )
