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
        FROM (
            SELECT i, (hash(i * 5) % regions)::BIGINT AS n
            FROM range({rows}) AS numbers(i), (SELECT count(*) AS regions FROM generated_regions)
        ) AS drawn
        JOIN generated_regions AS r USING (n)
        ORDER BY i
        """
    )


def fill_data_sets(connection: duckdb.DuckDBPyConnection, schema: str = "estate") -> None:
    """Give each twenty resources a data set, and each resource a placement that holds it.

    Half the data sets are personal, and one placement in five has no transfer instrument said, so
    that transfers pass, fail and stay unknown.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE generated_placements AS
        SELECT row_number() OVER (ORDER BY resource_id) - 1 AS i, n, *
        FROM (SELECT *, (row_number() OVER (ORDER BY resource_id) - 1) // 20 AS n
              FROM {schema}.resources);
        INSERT INTO {schema}.keys BY NAME
        SELECT 'key-' || k AS key_id, 'Key ' || k AS name, 1 + k % 5 AS custody,
            k % 2 = 0 AS hsm_external
        FROM range(50) AS numbers(k);
        INSERT INTO {schema}.data_sets BY NAME
        SELECT 'data-' || n AS data_set_id, 'Data set ' || n AS name,
            (['public', 'internal', 'confidential', 'restricted', 'secret'])
                [1 + (hash(n) % 5)::BIGINT] AS classification,
            (hash(n * 3) % 5)::INTEGER AS required_seal
        FROM (SELECT DISTINCT n FROM generated_placements) ORDER BY n;
        INSERT INTO {schema}.data_set_classes BY NAME
        SELECT 'data-' || n AS data_set_id,
            CASE WHEN n % 2 = 0 THEN 'personal' ELSE 'anonymous' END AS class_id
        FROM (SELECT DISTINCT n FROM generated_placements) ORDER BY n;
        INSERT INTO {schema}.placements BY NAME
        SELECT 'placement-' || resource_id AS placement_id, resource_id,
            'data-' || n AS data_set_id,
            (['storage', 'processing', 'backup', 'failover'])[1 + (hash(i * 31) % 4)::BIGINT]
                AS role,
            provider_id, region_id, 'key-' || hash(i * 37) % 50 AS key_id,
            (['none', 'scc', 'bcr', 'derogation', NULL])[1 + (hash(i * 43) % 5)::BIGINT]
                AS transfer_instrument
        FROM generated_placements ORDER BY i
        """
    )
