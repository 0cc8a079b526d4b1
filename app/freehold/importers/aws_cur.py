"""AWS Cost and Usage Reports: legacy (`lineItem/ResourceId`), its Athena form, and CUR 2.0.

`currency_totals` sums `lineItem/UnblendedCost` over every line. The effective cost of a line is
AWS's amortised cost: `reservation/EffectiveCost` of discounted usage and
`savingsPlan/SavingsPlanEffectiveCost` of covered usage, else the unblended cost (AWS Data Exports
user guide, line item details). Column names are compared by letters and digits, so that
`lineItem/UsageAccountId` and `line_item_usage_account_id` are one.
"""

from __future__ import annotations

from freehold.importers import bill
from freehold.importers.account import ImportResult
from freehold.importers.csvfile import literal
from freehold.importers.job import Job
from freehold.importers.opened import Opened
from freehold.importers.records import Fields, Records, plain, records_of

KIND = "aws_cur"
TITLE = "AWS Cost and Usage Report (legacy and 2.0)"

_SIGNATURE = {"lineitemlineitemtype", "lineitemunblendedcost", "lineitemusagestartdate"}
# Who made a resource is personal data.
_PERSONAL = ("awscreatedby",)


def recognise(opened: Opened) -> bool:
    """Tell by the column names whether this is a cost and usage report."""
    return {plain(name) for name in opened.names} >= _SIGNATURE


def read(opened: Opened, job: Job) -> ImportResult:
    """Read a report into resources, provenance, commitments and an account.

    Raises:
        InputError: the file is cut off or cannot be read.
    """
    records = records_of(opened)
    fields = Fields(records)
    cost = fields.name("lineItem/UnblendedCost") or "lineItem/UnblendedCost"
    tags, dropped = _tags(fields, records)
    arn = fields.text("lineItem/ResourceId")
    service = fields.text("lineItem/ProductCode", "product.servicecode")
    family = fields.text("product.productFamily", "product.product_family")
    reservation = fields.text("reservation/ReservationARN")
    plan = fields.text("savingsPlan/SavingsPlanARN")
    texts = {
        "provider_text": "'AWS'",
        "region_text": fields.text("product.region", "product.regionCode", "product.region_code"),
        "name_text": fields.text("product.location"),
        "zone_given": fields.text("lineItem/AvailabilityZone"),
        "arn_text": f"CASE WHEN starts_with({arn}, 'arn:') "
        f"THEN nullif(split_part({arn}, ':', 4), '') END",
        "account": fields.text("lineItem/UsageAccountId", "bill/PayerAccountId"),
        "given_id": arn,
        "resource_name": fields.text("resourceTags/user:Name", "resource_tags.user_name"),
        "resource_type": family,
        "service_name": fields.text(
            "product.ProductName", "product.product_name", "product.servicename",
            "lineItem/ProductCode",
        ),
        "service_key": f"{service} || '/' || coalesce({family}, '')",
        "service_group": service,
        "instance_type": fields.text("product.instanceType", "product.instance_type"),
        "tags_text": tags,
        "currency_text": fields.text("lineItem/CurrencyCode"),
        "cost_text": fields.text("lineItem/UnblendedCost"),
        "charge_type": fields.text("lineItem/LineItemType"),
        "commitment_id": f"coalesce({reservation}, {plan})",
        "commitment_name": f"CASE WHEN {reservation} IS NOT NULL THEN 'reservation' "
        f"WHEN {plan} IS NOT NULL THEN "
        + "concat_ws(', ', 'savings plan', "
        + f"{fields.text('savingsPlan/OfferingType')}, {fields.text('savingsPlan/PaymentOption')}) "
        "END",
        "commitment_kind": f"CASE WHEN {reservation} IS NOT NULL THEN 'reservation' "
        f"WHEN {plan} IS NOT NULL THEN 'spend' END",
    }  # fmt: skip
    more = {
        "reserved": fields.text("reservation/EffectiveCost"),
        "planned": fields.text("savingsPlan/SavingsPlanEffectiveCost"),
        "start_text": fields.text("lineItem/UsageStartDate"),
        "end_text": fields.text("lineItem/UsageEndDate"),
        "committed_from": fields.text("reservation/StartTime", "savingsPlan/StartTime"),
        "committed_to": fields.text("reservation/EndTime", "savingsPlan/EndTime"),
        "upfront": fields.text("reservation/UpfrontValue"),
        "hourly": fields.text("savingsPlan/TotalCommitmentToDate"),
    }
    return bill.read_bill(
        bill.Bill(
            kind=KIND,
            records=records,
            texts=texts,
            more=more,
            columns={
                "cost": cost,
                "type": "LineItemType",
                "start": "UsageStartDate",
                "end": "UsageEndDate",
                "id": "ResourceId",
                "service": "ProductCode",
            },
            billed=bill.money("cost_text"),
            effective="CASE lower(charge_type) "
            f"WHEN 'discountedusage' THEN coalesce({bill.money('reserved')}, "
            f"{bill.money('cost_text')}) "
            f"WHEN 'savingsplancoveredusage' THEN coalesce({bill.money('planned')}, "
            f"{bill.money('cost_text')}) ELSE {bill.money('cost_text')} END",
            cost=bill.money("cost_text"),
            start=bill.moment("start_text"),
            end=bill.moment("end_text"),
            commitment_start=bill.moment("committed_from"),
            commitment_end=bill.moment("committed_to"),
            commitment_value=_VALUE,
            version="legacy" if "/" in cost else "2.0" if fields.name("product") else "legacy",
            notes=(
                f"cost is {cost}, summed over every line; effective cost is what reservations and "
                "savings plans cost where a line is covered by one, else the same",
                *dropped,
            ),
            derived=(
                ("value", "worked out: the fee of one line over its time, times the whole term"),
            ),
        ),
        opened,
        job,
    )


# A fee line tells what its own period costs; the whole term costs as much for as long as it runs.
_TERM = (
    "((epoch(TRY_CAST(committed_to AS TIMESTAMP)) - epoch(TRY_CAST(committed_from AS TIMESTAMP)))"
    " / nullif(epoch(TRY_CAST(end_text AS TIMESTAMP)) - epoch(TRY_CAST(start_text AS TIMESTAMP)),"
    " 0))"
)
_WHOLE = (
    "TRY_CAST(committed_from AS TIMESTAMP) <= TRY_CAST(start_text AS TIMESTAMP) AND "
    "TRY_CAST(committed_to AS TIMESTAMP) >= TRY_CAST(end_text AS TIMESTAMP) AND "
    "isfinite(TRY_CAST(committed_from AS TIMESTAMP)) AND "
    "isfinite(TRY_CAST(committed_to AS TIMESTAMP))"
)
_VALUE = (
    f"CASE WHEN lower(charge_type) = 'rifee' AND {_WHOLE} THEN TRY_CAST("
    f"coalesce(TRY_CAST(upfront AS DOUBLE), 0) + TRY_CAST(cost_text AS DOUBLE) * {_TERM} "
    "AS DECIMAL(38,12)) "
    f"WHEN lower(charge_type) = 'savingsplanrecurringfee' AND {_WHOLE} THEN TRY_CAST("
    f"TRY_CAST(hourly AS DOUBLE) * {_TERM} AS DECIMAL(38,12)) END"
)


def _tags(fields: Fields, records: Records) -> tuple[str, list[str]]:
    """Return SQL for the tags as a JSON object, and what to say of those left out."""
    dropped = [
        f"tag columns that name a person were not read: {name}"
        for name in records.names
        if plain(name).startswith("resourcetags") and plain(name).endswith(_PERSONAL)
    ]
    whole = fields.name("resource_tags")
    if whole is not None:
        tags = fields.json("resource_tags")
        without = f"""json_merge_patch({tags}, '{{"aws_created_by": null}}')::VARCHAR"""
        return (
            f"CASE WHEN json_valid({tags}) THEN nullif({without}, '{{}}') ELSE {tags} END",
            ["the tag aws:createdBy names a person and was not read"],
        )
    columns = [
        name
        for name in records.names
        if plain(name).startswith("resourcetags") and not plain(name).endswith(_PERSONAL)
    ]
    if not columns:
        return "NULL::VARCHAR", dropped
    pairs = ", ".join(f"{literal(_tag(name))}, {fields.text(name)}" for name in columns)
    # A merge leaves out what is NULL.
    return (
        f"nullif(json_merge_patch('{{}}', json_object({pairs}))::VARCHAR, '{{}}')",
        dropped,
    )


def _tag(column: str) -> str:
    for start in ("resourceTags/user:", "resourceTags/", "resource_tags_user_", "resource_tags_"):
        if column.startswith(start):
            return column[len(start) :]
    return column
