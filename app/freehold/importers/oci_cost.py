"""Oracle Cloud Infrastructure cost reports, CSV, plain or gzip.

`currency_totals` sums `cost/myCost`. A resource id (OCID) holds the region it lies in:
`ocid1.TYPE.REALM.REGION.UNIQUE`. Tag columns hold who made a resource and when, which is personal
data, and are not read.
"""

from __future__ import annotations

from freehold.importers import bill
from freehold.importers.account import ImportResult
from freehold.importers.job import Job
from freehold.importers.opened import Opened
from freehold.importers.records import Fields, plain, records_of

KIND = "oci_cost"
TITLE = "Oracle Cloud Infrastructure cost report"

_SIGNATURE = {"lineitemintervalusagestart", "costmycost", "productservice"}


def recognise(opened: Opened) -> bool:
    """Tell by the column names whether this is a cost report."""
    return {plain(name) for name in opened.names} >= _SIGNATURE


def read(opened: Opened, job: Job) -> ImportResult:
    """Read a report into resources, provenance and an account.

    Raises:
        InputError: the file is cut off or cannot be read.
    """
    records = records_of(opened)
    fields = Fields(records)
    ocid = fields.text("product/resourceId", "lineItem/resourceId")
    tags = [name for name in records.names if name.lower().startswith("tags/")]
    cost = fields.name("cost/myCost") or "cost/myCost"
    notes = [f"cost is {cost}, summed over every line, corrections included"]
    if tags:
        notes.append(
            f"{len(tags)} tag columns were not read, because they hold personal data: "
            + ", ".join(tags[:20])
        )
    return bill.read_bill(
        bill.Bill(
            kind=KIND,
            records=records,
            texts={
                "provider_text": "'OCI'",
                "region_text": fields.text("product/region", "lineItem/region"),
                "zone_given": fields.text(
                    "product/availabilityDomain", "lineItem/availabilityDomain"
                ),
                "arn_text": f"nullif(regexp_extract({ocid}, "
                "'^ocid1[.][a-z0-9]+[.][a-z0-9]+[.]([a-z0-9-]+)[.]', 1), '')",
                "account": fields.text(
                    "product/compartmentId", "lineItem/compartmentId", "lineItem/tenantId"
                ),
                "given_id": ocid,
                "resource_type": f"nullif(regexp_extract({ocid}, '^ocid1[.]([a-z0-9]+)[.]', 1), "
                "'')",
                "service_name": fields.text("product/service"),
                "service_key": fields.text("product/service"),
                "currency_text": fields.text("cost/currencyCode"),
                "cost_text": fields.text("cost/myCost"),
                "charge_type": "'Usage'",
            },
            more={
                "start_text": fields.text("lineItem/intervalUsageStart"),
                "end_text": fields.text("lineItem/intervalUsageEnd"),
            },
            columns={
                "cost": cost,
                "type": "line type",
                "start": "intervalUsageStart",
                "end": "intervalUsageEnd",
                "id": "product/resourceId",
                "service": "product/service",
            },
            billed=bill.money("cost_text"),
            effective=bill.money("cost_text"),
            cost=bill.money("cost_text"),
            start=bill.moment("start_text"),
            end=bill.moment("end_text"),
            ignored=tuple(tags),
            notes=tuple(notes),
        ),
        opened,
        job,
    )
