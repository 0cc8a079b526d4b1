"""FOCUS Contract Commitment files (from version 1.3): money promised ahead, hence exit cost."""

from __future__ import annotations

from decimal import Decimal

import duckdb

from freehold.errors import InputError
from freehold.importers.account import ImportAccount, ImportResult, skipped_entries, unknown_entries
from freehold.importers.csvfile import quoted, refuse_cut_off, take_rejects
from freehold.importers.job import Job
from freehold.importers.lookups import NORMAL
from freehold.importers.opened import Opened
from freehold.importers.records import records_of

KIND = "focus_commitments"
TITLE = "FOCUS contract commitments (1.3 and later)"

_COLUMNS = (
    "ContractCommitmentId",
    "ContractCommitmentType",
    "ContractCommitmentCategory",
    "ContractCommitmentCost",
    "ContractCommitmentQuantity",
    "ContractCommitmentUnit",
    "ContractCommitmentDescription",
    "ContractCommitmentPeriodStart",
    "ContractCommitmentPeriodEnd",
    "ContractId",
    "ContractPeriodStart",
    "ContractPeriodEnd",
    "BillingCurrency",
    "ProviderName",
    "ServiceProviderName",
)

_SQL = """
CREATE OR REPLACE TABLE promised AS
WITH source AS (SELECT row_number() OVER () AS record, {picked} FROM {relation})
SELECT record,
    ContractCommitmentId AS id,
    coalesce(ServiceProviderName, ProviderName) AS provider_text,
    lower(ContractCommitmentCategory) AS category,
    coalesce(ContractCommitmentDescription, ContractCommitmentType) AS description,
    ContractCommitmentType AS type, ContractId AS contract_text,
    CASE WHEN isfinite(TRY_CAST(ContractCommitmentPeriodStart AS TIMESTAMP))
      THEN TRY_CAST(ContractCommitmentPeriodStart AS TIMESTAMP) END::DATE AS start_date,
    CASE WHEN isfinite(TRY_CAST(ContractCommitmentPeriodEnd AS TIMESTAMP))
      THEN TRY_CAST(ContractCommitmentPeriodEnd AS TIMESTAMP) END::DATE AS end_date,
    ContractCommitmentCost AS cost_text,
    TRY_CAST(TRY_CAST(ContractCommitmentCost AS DECIMAL(27,12)) AS DECIMAL(38,12)) AS cost,
    CASE WHEN regexp_matches(upper(BillingCurrency), '^[A-Z]{{3}}$')
         THEN upper(BillingCurrency) ELSE 'XXX' END AS currency,
    row_number() OVER (PARTITION BY ContractCommitmentId ORDER BY record) AS nth
FROM source;
ALTER TABLE promised ADD COLUMN skip_reason VARCHAR;
UPDATE promised SET skip_reason = CASE
    WHEN id IS NULL THEN 'not understood: no ContractCommitmentId'
    WHEN nth > 1 THEN 'a commitment listed again; its first record counts' END;
CREATE OR REPLACE TABLE commitment AS
SELECT id AS commitment_id, l.provider_id,
    CASE WHEN category IN ('spend', 'usage', 'reservation', 'capacity') THEN category END AS kind,
    CASE WHEN contract_text IS NULL THEN description
         ELSE coalesce(description || ', ', '') || 'contract ' || contract_text END AS description,
    start_date, end_date, TRY_CAST(cost AS DECIMAL(18,4)) AS value,
    nullif(currency, 'XXX') AS currency
FROM promised p LEFT JOIN provider_lookup l
    ON l.key = {key}
WHERE skip_reason IS NULL ORDER BY commitment_id
"""

_UNKNOWN = f"""
SELECT 'commitments.provider_id' AS field, CASE WHEN provider_text IS NULL
    THEN 'a contract commitment file names no provider; set it after the import'
    ELSE 'provider named in the source is not in the catalogue' END AS reason, count(*)
FROM promised p LEFT JOIN provider_lookup l
    ON l.key = {NORMAL.format("p.provider_text")}
WHERE skip_reason IS NULL AND l.provider_id IS NULL GROUP BY ALL
UNION ALL SELECT 'commitments.value', CASE WHEN cost_text IS NULL THEN 'not in the source'
    ELSE 'not a number that fits an amount of money' END, count(*)
FROM promised WHERE cost IS NULL GROUP BY ALL
UNION ALL SELECT 'commitments.start_date', 'no valid date', count(*)
FROM promised WHERE start_date IS NULL
UNION ALL SELECT 'commitments.end_date', 'no valid date', count(*)
FROM promised WHERE end_date IS NULL
UNION ALL SELECT 'commitments.kind', 'category is not spend or usage', count(*)
FROM promised WHERE category IS NULL
    OR category NOT IN ('spend', 'usage', 'reservation', 'capacity')
UNION ALL SELECT 'commitments.currency', 'no ISO 4217 code in the source', count(*)
FROM promised WHERE currency = 'XXX'
"""


def recognise(opened: Opened) -> bool:
    """Tell by the column names whether this is a FOCUS contract commitment file."""
    return {"ContractCommitmentId", "ContractCommitmentCost"} <= set(opened.names)


def read(opened: Opened, job: Job) -> ImportResult:
    """Read contract commitments into `commitments`; they are no resources.

    Raises:
        InputError: the file is cut off or cannot be read.
    """
    source, connection = opened.source, job.connection
    records = records_of(opened)
    picked = ", ".join(
        f"nullif(nullif(trim({quoted(name)}::VARCHAR), ''), 'NULL') AS {name}"
        if name in opened.names
        else f"NULL::VARCHAR AS {name}"
        for name in _COLUMNS
    )
    try:
        connection.execute(
            _SQL.format(
                picked=picked, relation=records.relation, key=NORMAL.format("p.provider_text")
            )
        )
        rejects = take_rejects(connection, from_text=records.from_text)
    except duckdb.Error as error:
        raise InputError(
            "The records cannot be read", where=source.name, mend="Export the file again"
        ) from error
    good = connection.execute("SELECT count(*) FROM promised").fetchall()[0][0]
    refuse_cut_off(connection, source, "promised")
    commitments = connection.execute("SELECT * FROM commitment").df()
    skipped = connection.execute(
        "SELECT skip_reason, count(*) FROM promised WHERE skip_reason IS NOT NULL GROUP BY 1 "
        "UNION ALL SELECT 'not understood: ' || reason, count(*) FROM malformed GROUP BY reason"
    ).fetchall()
    totals: dict[str, Decimal] = dict(
        connection.execute(
            "SELECT currency, sum(cost) FROM promised WHERE cost IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).fetchall()
    )
    rejected = connection.execute(
        "SELECT ? AS source, record, reason, raw FROM malformed ORDER BY record", [source.name]
    ).df()
    account = ImportAccount(
        kind=KIND,
        source_name=source.name,
        sha256=source.sha256,
        format_version="1.3",
        read=good + rejects,
        imported=len(commitments),
        skipped=skipped_entries(skipped),
        rows={"commitments": len(commitments)},
        unknown=unknown_entries(connection.execute(_UNKNOWN).fetchall()),
        cost_column="ContractCommitmentCost",
        currency_totals=totals,
        ignored_columns=[name for name in opened.names if name not in _COLUMNS],
        rejected=len(rejected),
        notes=["commitments are money promised ahead, not cost of resources"],
    )
    return ImportResult(account=account, frames={"commitments": commitments}, rejected=rejected)
