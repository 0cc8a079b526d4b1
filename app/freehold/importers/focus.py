"""FOCUS cost and usage exports, version 1.0 and later, as CSV, Parquet or Arrow.

FinOps Open Cost and Usage Specification: one record per charge and period.
"""

from __future__ import annotations

from freehold.importers import bill
from freehold.importers.account import ImportResult
from freehold.importers.job import Job
from freehold.importers.lookups import data_frame
from freehold.importers.opened import Opened
from freehold.importers.records import Fields, plain, records_of

KIND = "focus"
TITLE = "FOCUS cost and usage (1.0 and later)"

_SIGNATURE = {"billedcost", "chargecategory", "billingcurrency", "chargeperiodstart"}
_PROVIDERS = {"providername", "serviceprovidername"}


def recognise(opened: Opened) -> bool:
    """Tell by the column names whether this is a FOCUS cost and usage file."""
    names = {plain(name) for name in opened.names}
    return names >= _SIGNATURE and bool(_PROVIDERS & names)


def read(opened: Opened, job: Job) -> ImportResult:
    """Read one FOCUS file into resources, provenance, commitments and an account.

    Raises:
        InputError: the file is not FOCUS, is cut off, or cannot be read.
    """
    records = records_of(opened)
    fields = Fields(records)
    known = data_frame("focus_columns.csv")
    present = known[known["column"].map(fields.has)]
    version = max(present["since"], key=lambda text: tuple(int(n) for n in text.split(".")))
    defined = {plain(column) for column in known["column"]}
    ignored = tuple(name for name in records.names if plain(name) not in defined)
    cost = "EffectiveCost" if fields.has("EffectiveCost") else "BilledCost"
    notes = [f"cost is {cost}, summed over every readable charge"]
    if ignored:
        notes.append("columns FOCUS does not define were not used: " + ", ".join(ignored))
    texts = {
        "provider_text": fields.text("ServiceProviderName", "ProviderName"),
        "host_text": fields.text("HostProviderName"),
        "region_text": fields.text("RegionId"),
        "name_text": fields.text("RegionName"),
        "zone_given": fields.text("AvailabilityZone"),
        "account": fields.text("SubAccountId", "BillingAccountId"),
        "given_id": fields.text("ResourceId"),
        "resource_name": fields.text("ResourceName"),
        "resource_type": fields.text("ResourceType"),
        "service_name": fields.text("ServiceName"),
        "service_key": fields.text("ServiceCategory"),
        "instance_type": fields.text("SkuPriceDetails.InstanceType"),
        "tags_text": fields.text("Tags"),
        "currency_text": fields.text("BillingCurrency"),
        "cost_text": fields.text(cost),
        "charge_type": fields.text("ChargeCategory"),
        "commitment_id": fields.text("CommitmentDiscountId"),
        "commitment_name": fields.text("CommitmentDiscountName", "CommitmentDiscountType"),
        "commitment_kind": "CASE lower(" + fields.text("CommitmentDiscountCategory") + ") "
        "WHEN 'spend' THEN 'spend' WHEN 'usage' THEN 'usage' END",
    }
    more = {
        "billed_text": fields.text("BilledCost"),
        "effective_text": fields.text("EffectiveCost"),
        "start_text": fields.text("ChargePeriodStart"),
        "end_text": fields.text("ChargePeriodEnd"),
        "status": fields.text("CommitmentDiscountStatus"),
        "gpu_text": fields.text("SkuPriceDetails.GpuCount"),
    }
    return bill.read_bill(
        bill.Bill(
            kind=KIND,
            records=records,
            texts=texts,
            more=more,
            columns={
                "cost": cost,
                "type": "ChargeCategory",
                "start": "ChargePeriodStart",
                "end": "ChargePeriodEnd",
                "id": "ResourceId",
                "service": "ServiceName",
            },
            billed=bill.money("billed_text"),
            effective=bill.money("effective_text"),
            cost=bill.money("cost_text"),
            start=bill.moment("start_text"),
            end=bill.moment("end_text"),
            unlike="CASE WHEN lower(status) = 'unused' "
            "THEN 'unused part of a commitment, not a resource' END",
            accelerator_count="CASE WHEN TRY_CAST(gpu_text AS DOUBLE) BETWEEN 0 AND 1e6 "
            "THEN nullif(TRY_CAST(gpu_text AS DOUBLE), 0) END",
            odd_service="category in the source is not one that FOCUS defines",
            version=version,
            ignored=ignored,
            notes=tuple(notes),
        ),
        opened,
        job,
    )
