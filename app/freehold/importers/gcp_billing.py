"""Google Cloud billing export: the standard and detailed tables of BigQuery.

As Parquet, JSON lines, a JSON array, or a table flattened by a query (`service.description` or
`service_description`). `currency_totals` sums `cost`, which is before credits; what a resource
carries is cost plus its credits, which are negative (Cloud Billing, structure of the export).
"""

from __future__ import annotations

from typing import Any

from freehold.importers import bill
from freehold.importers.account import ImportResult
from freehold.importers.job import Job
from freehold.importers.opened import Opened
from freehold.importers.records import Fields, plain, records_of

KIND = "gcp_billing"
TITLE = "Google Cloud billing export (standard or detailed)"

_KEYS = (
    "billing_account_id",
    "service",
    "sku",
    "usage_start_time",
    "usage_end_time",
    "project",
    "labels",
    "system_labels",
    "location",
    "resource",
    "cost",
    "currency",
    "credits",
    "cost_type",
    "subscription",
)
_SIGNATURE = {"cost", "currency", "usagestarttime"}


def recognise(opened: Opened) -> bool:
    """Tell by the column names, or the keys of the first object, whether it is this export."""
    names = {plain(name) for name in (opened.names or _keys(opened.document))}
    return (
        names >= _SIGNATURE
        and bool({"service", "servicedescription", "serviceid"} & names)
        and bool({"sku", "skudescription", "skuid"} & names)
    )


def _keys(document: Any) -> tuple[str, ...]:
    first = document[0] if isinstance(document, list) and document else document
    return tuple(key for key in first if isinstance(key, str)) if isinstance(first, dict) else ()


def read(opened: Opened, job: Job) -> ImportResult:
    """Read an export into resources, provenance, commitments and an account.

    Raises:
        InputError: the file is cut off or cannot be read.
    """
    records = records_of(opened, _KEYS)
    fields = Fields(records)
    service = fields.text("service.description", "service.id")
    sku = fields.text("sku.description", "sku.id")
    region = fields.text("location.region", "location.location")
    fee = f"({sku} ILIKE 'commitment%' AND NOT {sku} ILIKE '%unused%')"
    labels = fields.json("labels")
    system = fields.json("system_labels")
    texts = {
        "provider_text": "'Google Cloud'",
        "region_text": region,
        "zone_given": fields.text("location.zone"),
        "account": fields.text("project.id", "project.number", "billing_account_id"),
        "given_id": fields.text("resource.global_name", "resource.name"),
        "resource_name": fields.text("resource.name"),
        "resource_type": f"nullif(regexp_extract({fields.text('resource.global_name')}, "
        "'/([A-Za-z]+)/[^/]+$', 1), '')",
        "service_name": service,
        "service_key": service,
        "instance_type": f"CASE WHEN {system} LIKE '%machine_spec%' THEN "
        f"list_extract(list_transform(list_filter({_PAIRS.format(system)}, "
        "lambda e: e.key = 'compute.googleapis.com/machine_spec'), lambda e: e.value), 1) END",
        "tags_text": f"CASE WHEN starts_with({labels}, '[') THEN nullif(coalesce(TRY(to_json("
        f"map_from_entries(list_transform({_PAIRS.format(labels)}, "
        f"lambda e: {{'k': e.key, 'v': e.value}}))))::VARCHAR, {labels}), '{{}}') "
        f"ELSE {labels} END",
        "currency_text": fields.text("currency"),
        "cost_text": fields.text("cost"),
        "charge_type": f"coalesce({fields.text('cost_type')}, 'regular')",
        "commitment_id": f"CASE WHEN {fee} THEN coalesce({fields.text('subscription.instance_id')},"
        f" concat_ws('/', 'commitment', {fields.text('project.id')}, {fields.text('sku.id')}, "
        f"{region})) END",
        "commitment_name": f"CASE WHEN {fee} THEN {sku} END",
        "commitment_kind": f"CASE WHEN {sku} ILIKE '%dollar%' OR {sku} ILIKE '%spend%' "
        "THEN 'spend' ELSE 'usage' END",
    }
    alone = fields.text("credits.amount", "credit_amount") if fields.name("credits.amount") else ""
    more = {
        "credit_text": fields.json("credits"),
        "one_credit": alone or "NULL::VARCHAR",
        "start_text": fields.text("usage_start_time"),
        "end_text": fields.text("usage_end_time"),
        "is_fee": fee,
    }
    net = (
        f"{bill.money('cost_text')} + coalesce(list_sum(list_transform(json_extract_string("
        f"TRY_CAST(credit_text AS JSON), '$[*].amount'), lambda x: {bill.money('x')})), 0) "
        f"+ coalesce({bill.money('one_credit')}, 0)"
    )
    return bill.read_bill(
        bill.Bill(
            kind=KIND,
            records=records,
            texts=texts,
            more=more,
            columns={
                "cost": fields.name("cost") or "cost",
                "type": "cost_type",
                "start": "usage_start_time",
                "end": "usage_end_time",
                "id": "resource.name",
                "service": "service.description",
            },
            billed=f"({net})::DECIMAL(38,12)",
            effective=f"({net})::DECIMAL(38,12)",
            cost=bill.money("cost_text"),
            start=bill.moment("replace(start_text, ' UTC', '')"),
            end=bill.moment("replace(end_text, ' UTC', '')"),
            unlike="CASE WHEN is_fee THEN 'commitment fee, not a resource' END",
            version="detailed" if fields.has("resource.name") else "standard",
            notes=(
                "cost is cost, before credits, summed over every line; resources carry cost plus "
                "credits, and so do the billed totals",
            ),
        ),
        opened,
        job,
    )


_PAIRS = """TRY(json_transform({0}, '[{{"key":"VARCHAR","value":"VARCHAR"}}]'))"""
