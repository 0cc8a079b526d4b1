"""Invented bills, one base record per kind, for the tests of the importers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
from arro3 import io

CUR: dict[str, str] = {
    "bill/PayerAccountId": "000000000001",
    "lineItem/UsageAccountId": "001234567890",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-01-01T00:00:00Z",
    "lineItem/UsageEndDate": "2026-01-01T01:00:00Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/ResourceId": "i-1",
    "lineItem/AvailabilityZone": "",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "2.5",
    "product/ProductName": "Amazon Elastic Compute Cloud",
    "product/productFamily": "Compute Instance",
    "product/instanceType": "p5.48xlarge",
    "product/region": "eu-central-1",
    "product/location": "EU (Frankfurt)",
    "reservation/EffectiveCost": "",
    "reservation/ReservationARN": "",
    "reservation/StartTime": "",
    "reservation/EndTime": "",
    "reservation/UpfrontValue": "",
    "savingsPlan/SavingsPlanARN": "",
    "savingsPlan/SavingsPlanEffectiveCost": "",
    "savingsPlan/StartTime": "",
    "savingsPlan/EndTime": "",
    "savingsPlan/TotalCommitmentToDate": "",
    "resourceTags/user:Name": "web",
    "resourceTags/user:team": "blue",
    "resourceTags/aws:createdBy": "IAMUser:AIDA:alice",
}

CUR_2: dict[str, Any] = {
    "bill_payer_account_id": "000000000001",
    "line_item_usage_account_id": "001234567890",
    "line_item_line_item_type": "Usage",
    "line_item_usage_start_date": "2026-01-01 00:00:00",
    "line_item_usage_end_date": "2026-01-01 01:00:00",
    "line_item_product_code": "AmazonEC2",
    "line_item_resource_id": "i-1",
    "line_item_availability_zone": None,
    "line_item_currency_code": "USD",
    "line_item_unblended_cost": "2.5",
    "product": {"product_name": "Amazon Elastic Compute Cloud", "region": "eu-central-1"},
    "product_product_family": "Compute Instance",
    "product_instance_type": "p5.48xlarge",
    "product_region_code": "eu-central-1",
    "reservation_effective_cost": None,
    "resource_tags": {"user_name": "web", "user_team": "blue", "aws_created_by": "alice"},
}

AZURE: dict[str, str] = {
    "BillingAccountId": "8611537",
    "AccountOwnerId": "someone@example.com",
    "SubscriptionId": "sub-1",
    "Date": "01/31/2026",
    "MeterCategory": "Virtual Machines",
    "MeterRegion": "DE West Central",
    "Cost": "2.5",
    "BillingCurrency": "EUR",
    "ResourceLocation": "germanywestcentral",
    "ConsumedService": "Microsoft.Compute",
    "ResourceId": "/subscriptions/sub-1/resourceGroups/RG/providers/Microsoft.Compute"
    "/virtualMachines/web",
    "ResourceName": "web",
    "AdditionalInfo": '{"ServiceType":"Standard_ND96isr_H100_v5"}',
    "Tags": '"team": "blue","env": "prod"',
    "ReservationId": "",
    "ProductOrderId": "",
    "ProductOrderName": "",
    "Term": "",
    "PublisherType": "Azure",
    "ChargeType": "Usage",
    "Frequency": "UsageBased",
    "PricingModel": "OnDemand",
    "BenefitId": "",
}

GCP: dict[str, Any] = {
    "billing_account_id": "0000AA-1111BB",
    "service": {"id": "6F81-5844-456A", "description": "Compute Engine"},
    "sku": {"id": "AAAA", "description": "A3 instance running in Frankfurt"},
    "usage_start_time": "2026-01-01 00:00:00 UTC",
    "usage_end_time": "2026-01-01 01:00:00 UTC",
    "project": {"id": "shop-1", "number": "123456789012"},
    "labels": [{"key": "team", "value": "blue"}],
    "system_labels": [{"key": "compute.googleapis.com/machine_spec", "value": "a3-highgpu-8g"}],
    "location": {"location": "europe-west3", "country": "DE", "region": "europe-west3",
                 "zone": "europe-west3-a"},
    "resource": {
        "name": "web",
        "global_name": "//compute.googleapis.com/projects/1/zones/europe-west3-a/instances/7",
    },
    "cost": 3.5,
    "currency": "EUR",
    "credits": [{"name": "Sustained use", "amount": -0.5, "type": "SUSTAINED_USAGE_DISCOUNT"},
                {"name": "Negotiated", "amount": -0.25, "type": "DISCOUNT"}],
    "invoice": {"month": "202601"},
    "cost_type": "regular",
}  # fmt: skip

OCI: dict[str, str] = {
    "lineItem/referenceNo": "ref-1",
    "lineItem/tenantId": "ocid1.tenancy.oc1..aaaa",
    "lineItem/intervalUsageStart": "2026-01-01T00:00Z",
    "lineItem/intervalUsageEnd": "2026-01-01T01:00Z",
    "product/service": "COMPUTE",
    "product/compartmentId": "ocid1.compartment.oc1..bbbb",
    "product/compartmentName": "shop",
    "product/region": "eu-frankfurt-1",
    "product/availabilityDomain": "xyz:EU-FRANKFURT-1-AD-1",
    "product/resourceId": "ocid1.instance.oc1.eu-frankfurt-1.cccc",
    "usage/billedQuantity": "1",
    "cost/myCost": "2.5",
    "cost/currencyCode": "EUR",
    "lineItem/isCorrection": "false",
    "tags/Oracle-Tags.CreatedBy": "alice@example.com",
}


def table(path: Path, base: dict[str, str], *changes: dict[str, str], **how: Any) -> Path:
    """Write one CSV record per change over `base`; `how` may hold encoding and delimiter."""
    header = list(dict.fromkeys([*base, *(key for change in changes for key in change)]))
    encoding = how.pop("encoding", "utf-8")
    with path.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, header, restval="", **how)
        writer.writeheader()
        writer.writerows({**base, **change} for change in changes)
    return path


def lines(path: Path, base: dict[str, Any], *changes: dict[str, Any]) -> Path:
    """Write one JSON object a line per change over `base`, what is None left out."""
    records = [{**base, **change} for change in changes]
    path.write_text(
        "".join(
            json.dumps({key: value for key, value in record.items() if value is not None}) + "\n"
            for record in records
        ),
        encoding="utf-8",
    )
    return path


def columnar(path: Path, base: dict[str, Any], *changes: dict[str, Any], maps: str = "") -> Path:
    """Write the records as Parquet, or as Arrow where the path says so; `maps` become MAPs."""
    source = str(lines(path.with_suffix(".source"), base, *changes))
    columns = {
        name: "MAP(VARCHAR, VARCHAR)" if name in maps.split() else "VARCHAR" for name in base
    }
    with duckdb.connect() as connection:
        given = f"columns={columns}" if maps else "auto_detect=true"
        rows = connection.sql(f"FROM read_json('{source}', format='newline_delimited', {given})")
        if path.suffix == ".parquet":
            rows.write_parquet(str(path))
        elif path.suffix == ".arrows":
            io.write_ipc_stream(rows, path)
        else:
            io.write_ipc(rows, path)
    return path
