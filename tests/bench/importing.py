"""Importing a generated FOCUS file, against a bare DuckDB read of the same file."""

from pathlib import Path

import duckdb

from freehold.catalogue import open_catalogue
from freehold.estate.workspace import connect
from freehold.importers import read
from tests.bench.figures import Figure, counted, peak_memory, side_by_side

_FILE = "focus.csv"
RECORDS_PER_RESOURCE = 20


def prepare(size: int, folder: Path) -> None:
    """Write a FOCUS 1.0 file of that many records, twenty for each resource."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    open_catalogue(connection)
    resources = max(size // RECORDS_PER_RESOURCE, 1)
    target = str(folder / _FILE).replace("'", "''")
    connection.execute(
        f"""
        COPY (
            SELECT
                r.region_id AS "AvailabilityZone",
                printf('%.8f', (hash(i * 3) % 1000000) / 100000) AS "BilledCost",
                'billing-1' AS "BillingAccountId", 'Example' AS "BillingAccountName",
                'USD' AS "BillingCurrency",
                '2026-10-01 00:00:00' AS "BillingPeriodStart",
                '2026-11-01 00:00:00' AS "BillingPeriodEnd",
                CASE WHEN hash(i * 41) % 50 = 0 THEN 'Tax' ELSE 'Usage' END AS "ChargeCategory",
                'Hours of use of an invented service' AS "ChargeDescription",
                'Usage-Based' AS "ChargeFrequency",
                strftime(TIMESTAMP '2026-10-01' + INTERVAL 1 HOUR * (hash(i * 29) % 743)::INTEGER,
                         '%Y-%m-%d %H:%M:%S') AS "ChargePeriodStart",
                strftime(TIMESTAMP '2026-10-01 01:00:00'
                         + INTERVAL 1 HOUR * (hash(i * 29) % 743)::INTEGER,
                         '%Y-%m-%d %H:%M:%S') AS "ChargePeriodEnd",
                printf('%.8f', (hash(i * 5) % 1000000) / 100000) AS "EffectiveCost",
                printf('%.8f', (hash(i * 5) % 1000000) / 90000) AS "ListCost",
                printf('%.8f', (hash(i * 5) % 1000000) / 95000) AS "ContractedCost",
                '1' AS "ConsumedQuantity", 'Hours' AS "ConsumedUnit",
                'AWS' AS "ProviderName", 'AWS' AS "PublisherName",
                'Amazon Web Services, Inc.' AS "InvoiceIssuerName",
                r.region_id AS "RegionId", r.region_id AS "RegionName",
                'resource-' || lpad(m::VARCHAR, 9, '0') AS "ResourceId",
                'Resource' AS "ResourceName", 'instance' AS "ResourceType",
                (['Compute', 'Storage', 'Databases'])[1 + (hash(m * 11) % 3)::BIGINT]
                    AS "ServiceCategory",
                'Invented service ' || hash(m * 13) % 40 AS "ServiceName",
                'sku-' || hash(m * 13) % 900 AS "SkuId", 'price-' || hash(m * 13) % 900
                    AS "SkuPriceId",
                'account-' || hash(m * 17) % 50 AS "SubAccountId", 'Account' AS "SubAccountName",
                '{{"environment": "production"}}' AS "Tags"
            FROM (SELECT i, i % {resources} AS m FROM range({size}) AS numbers(i)) AS charges
            JOIN (
                SELECT region_id, row_number() OVER (ORDER BY region_id) - 1 AS n,
                       count(*) OVER () AS regions
                FROM catalogue.regions WHERE provider_id = 'aws'
            ) AS r ON r.n = m % r.regions
            ORDER BY i
        ) TO '{target}' (HEADER, DELIMITER ',')
        """
    )
    connection.close()


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Import the prepared file without storing it in a document, then read it bare."""
    path = folder / _FILE
    catalogue = connect()
    open_catalogue(catalogue)
    account = read([path], connection=catalogue).account
    assert account.read == size, "every record is accounted for"
    peak = peak_memory()
    return [
        *side_by_side(
            "import",
            "floor",
            runs,
            lambda: read([path], connection=catalogue),
            lambda: _bare_read(path),
        ),
        counted("resources", "resources", account.resources),
        counted("file", "MiB", path.stat().st_size / 2**20),
        peak,
    ]


def _bare_read(path: Path) -> None:
    """Read the file into a table, every column as text, as the importer must."""
    connection = duckdb.connect()
    source = str(path).replace("'", "''")
    connection.execute(f"CREATE TABLE bare AS FROM read_csv('{source}', all_varchar = true)")
    connection.close()
