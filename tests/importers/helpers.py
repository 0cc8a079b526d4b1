"""Small helpers of the importer tests."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd

from freehold.estate.dictionary import tables
from freehold.estate.rows import append_rows
from freehold.importers import ImportResult

CHARGE: dict[str, str] = {
    "BilledCost": "2.5",
    "BillingAccountId": "0042",
    "BillingCurrency": "EUR",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-01-01T00:00:00Z",
    "ChargePeriodEnd": "2026-02-01T00:00:00Z",
    "EffectiveCost": "2",
    "ProviderName": "AWS",
    "RegionId": "eu-central-1",
    "RegionName": "EU (Frankfurt)",
    "AvailabilityZone": "NULL",
    "ResourceId": "i-1",
    "ResourceName": "web",
    "ResourceType": "instance",
    "ServiceCategory": "Compute",
    "ServiceName": "Amazon EC2",
    "SubAccountId": "000123456789",
    "Tags": '{"b":"2","a":"1"}',
}


def accepted(result: ImportResult) -> duckdb.DuckDBPyConnection:
    """Append every frame to empty estate tables, as a document would, and return them."""
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA estate")
    known = tables()
    for name, frame in result.frames.items():
        table = known[name]
        columns = ", ".join(f'"{column.name}" {column.sql_type}' for column in table.columns)
        connection.execute(f'CREATE TABLE estate."{name}" ({columns})')
        append_rows(connection, "estate", table, frame)
    return connection


def counts(entries: list[Any]) -> dict[str, int]:
    """Return reason -> count of skipped or unknown entries."""
    return {entry.reason: entry.count for entry in entries}


def row(result: ImportResult, resource_id: str) -> dict[str, Any]:
    """Return one resource with missing values as None."""
    frame = result.frames["resources"]
    found = frame[frame["resource_id"] == resource_id]
    assert len(found) == 1, sorted(frame["resource_id"])
    return {key: None if pd.isna(value) else value for key, value in found.iloc[0].items()}
