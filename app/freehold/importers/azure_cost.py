"""Azure cost and usage details: EA, MCA and pay-as-you-go exports, actual or amortised.

Both kinds of export have the same columns, so which one a file is shows in its records: an actual
export charges a commitment when it is bought and its use at nothing; an amortised one spreads the
cost over the use and names what stayed unused (Microsoft Cost Management, reservation charges).
They count the same money twice and are never added up in one import.
"""

from __future__ import annotations

import re
from dataclasses import replace

import duckdb

from freehold.errors import InputError
from freehold.importers import bill
from freehold.importers.account import ImportResult
from freehold.importers.csvfile import literal
from freehold.importers.job import Job
from freehold.importers.opened import Opened
from freehold.importers.records import Fields, plain, records_of

KIND = "azure_cost"
TITLE = "Azure cost export (EA, MCA or pay as you go; actual or amortised)"

ACTUAL, AMORTISED = "actual", "amortised"
_COSTS = ("costInBillingCurrency", "PreTaxCost", "Cost", "ExtendedCost")
_IDS = ("ResourceId", "InstanceId", "InstanceName")
_DATES = ("Date", "UsageDateTime", "UsageDate")
_SUBSCRIPTIONS = ("SubscriptionId", "SubscriptionGuid")
# Localised headers name the column in English in brackets: Ressourcengruppe (ResourceGroup).
_ENGLISH = re.compile(r"^.+\(([A-Za-z][A-Za-z0-9]*)\)$")
_US, _DAY_FIRST = "%m/%d/%Y", "%d/%m/%Y"
_MIXED = "Actual and amortised cost count the same money twice"
_BASES = {
    ACTUAL: "this is an actual-cost export: commitments are charged when they are bought",
    AMORTISED: "this is an amortised export: commitments are spread over what uses them",
    None: "no charge rests on a commitment, so actual and amortised cost are the same",
}


def _english(names: tuple[str, ...]) -> dict[str, str]:
    """Return column -> its English name, where its header is in another language."""
    found = ((name, _ENGLISH.match(name)) for name in names)
    return {name: match[1] for name, match in found if match}


def recognise(opened: Opened) -> bool:
    """Tell by the column names whether this is an Azure cost export."""
    english = _english(opened.names)
    names = {plain(english.get(name, name)) for name in opened.names}

    def any_of(wanted: tuple[str, ...]) -> bool:
        return any(plain(name) in names for name in wanted)

    return (
        {"metercategory", "consumedservice"} <= names
        and any_of(_COSTS)
        and any_of(_IDS)
        and any_of(_DATES)
        and any_of(_SUBSCRIPTIONS)
    )


def read(opened: Opened, job: Job) -> ImportResult:
    """Read an export into resources, provenance, commitments and an account.

    Raises:
        InputError: it mixes actual and amortised cost, is cut off, or cannot be read.
    """
    whole = _bill(opened)
    bill.load(whole, opened.source, job.connection)
    if _day_first(job.connection):
        whole = replace(
            _bill(opened, _DAY_FIRST),
            notes=(*whole.notes, "dates with slashes put the day first, as one of them must"),
        )
        bill.load(whole, opened.source, job.connection)
    basis = _basis(opened, job.connection)
    whole = replace(whole, notes=(*whole.notes, _BASES[basis]))
    lacking = {ACTUAL: "effective", AMORTISED: "billed"}.get(basis or "")
    return bill.add_up(whole, opened, job, cost_basis=basis, lacking=lacking)


def _bill(opened: Opened, slashes: str = _US) -> bill.Bill:
    records = records_of(opened)
    fields = Fields(records, _english(records.names))
    cost = fields.name(*_COSTS) or _COSTS[0]
    date = fields.name(*_DATES) or _DATES[0]
    kind = fields.text("ChargeType")
    model = f"lower({fields.text('PricingModel')})"
    service = f"lower({fields.text('ConsumedService')})"
    given = f"lower({fields.text(*_IDS)})"
    type_ = f"nullif(regexp_extract({given}, '/providers/([^/]+/[^/]+)', 1), '')"
    part = f"nullif(regexp_extract({given}, '/providers/[^/]+/[^/]+/[^/]+/([^/]+)/', 1), '')"
    reservation = fields.text("ReservationId")
    benefit = fields.text("BenefitId")
    order = fields.text("ProductOrderId")
    info = fields.text("AdditionalInfo")
    size = fields.text("AdditionalInfo.ServiceType")
    tags = fields.text("Tags")
    committed = (
        f"({model} IN ('reservation', 'savingsplan') OR {reservation} IS NOT NULL OR "
        f"{service} IN ('microsoft.capacity', 'microsoft.billingbenefits'))"
    )
    texts = {
        # A connector for other clouds puts their charges into the same export.
        "provider_text": f"CASE WHEN upper({fields.text('PublisherType')}) = 'AWS' THEN 'AWS' "
        "ELSE 'Azure' END",
        "region_text": fields.text("ResourceLocation", "location", "ResourceLocationNormalized"),
        "name_text": fields.text("MeterRegion"),
        "account": fields.text(*_SUBSCRIPTIONS),
        "given_id": fields.text(*_IDS),
        "resource_name": fields.text("ResourceName"),
        "resource_type": f"coalesce({type_} || coalesce('/' || {part}, ''), "
        f"{fields.text('ResourceType')})",
        "service_name": fields.text("MeterCategory", "ConsumedService"),
        "service_key": f"coalesce({type_}, lower({fields.text('ResourceType')}))",
        "service_group": f"coalesce(split_part({type_}, '/', 1), {service})",
        "instance_type": f"CASE WHEN regexp_matches({size}, '^(Standard|Basic)_[A-Z]+[0-9]') "
        f"THEN {size} END",
        # The braces around tags are left out in most exports.
        "tags_text": f"CASE WHEN {tags} IS NULL OR starts_with({tags}, '{{') THEN {tags} "
        f"ELSE '{{' || {tags} || '}}' END",
        "currency_text": fields.text("BillingCurrency", "BillingCurrencyCode", "Currency"),
        "cost_text": fields.text(*_COSTS),
        "charge_type": kind if fields.has("ChargeType") else "'Usage'",
        "commitment_id": f"CASE WHEN {committed} OR {benefit} IS NOT NULL "
        f"THEN lower(coalesce({benefit}, {reservation}, {order})) END",
        "commitment_name": fields.text("ProductOrderName", "ReservationName", "BenefitName"),
        "commitment_kind": f"CASE WHEN {model} = 'savingsplan' "
        f"OR {service} = 'microsoft.billingbenefits' THEN 'spend' ELSE 'reservation' END",
    }
    more = {
        "date_text": fields.text(*_DATES),
        "term_text": fields.text("Term"),
        "frequency": f"lower({fields.text('Frequency')})",
        "covered": committed,
        "info": info,
    }
    purchase = "lower(charge_type) = 'purchase' AND covered"
    spent = bill.money("cost_text")
    start = _date("date_text", slashes)
    once = f"{purchase} AND frequency = 'onetime'"
    return bill.Bill(
        kind=KIND,
        records=records,
        texts=texts,
        more=more,
        kept=("date_text",),
        columns={
            "cost": cost,
            "type": "ChargeType",
            "start": date,
            "end": date,
            "id": "ResourceId",
            "service": "MeterCategory",
        },
        billed=spent,
        effective=spent,
        cost=spent,
        start=start,
        end=f"{start} + INTERVAL 1 DAY",
        basis=f"CASE WHEN {purchase} THEN 'bought' "
        "WHEN lower(charge_type) IN ('unusedreservation', 'unusedsavingsplan') THEN 'spread' "
        f"WHEN lower(charge_type) = 'usage' AND covered AND {spent} <> 0 THEN 'spread' "
        f"WHEN lower(charge_type) = 'usage' AND covered AND {spent} = 0 THEN 'free' END",
        commitment_start=f"CASE WHEN {once} THEN {start} END",
        commitment_end=f"CASE WHEN {once} THEN {start} + to_months({_MONTHS}) END",
        commitment_value=f"CASE WHEN {once} THEN {spent} "
        f"WHEN {purchase} THEN TRY_CAST({spent}::DOUBLE * {_MONTHS} AS DECIMAL(38,12)) END",
        version="EA" if fields.has("AccountOwnerId") else "MCA" if fields.has("BillingProfileId")
        else "pay as you go",
        notes=(
            f"cost is {cost}, summed over every charge; tax is never in it",
            "names of persons in AccountOwnerId and AdditionalInfo were not read",
        ),
        derived=(
            ("value", "worked out: the monthly fee times the months of the term, or paid at once"),
            ("end_date", "worked out: the day of purchase and the term"),
        ),
    )  # fmt: skip


_MONTHS = (
    "CASE WHEN regexp_matches(term_text, '^[0-9]{1,3}$') THEN term_text::INTEGER "
    "WHEN regexp_matches(term_text, '^P[0-9]{1,2}Y$') "
    "THEN regexp_extract(term_text, '[0-9]+')::INTEGER * 12 "
    "WHEN regexp_matches(term_text, '^P[0-9]{1,3}M$') "
    "THEN regexp_extract(term_text, '[0-9]+')::INTEGER END"
)


def _date(text: str, slashes: str) -> str:
    return (
        f"coalesce(try_strptime({text}, {literal(slashes)}), try_strptime({text}, '%d.%m.%Y'), "
        f"{bill.moment(text)})"
    )


def _day_first(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether dates that no month fits become days when the day stands first."""
    return bool(
        bill.scalar(
            connection,
            "SELECT coalesce(bool_or(try_strptime(date_text, '%d/%m/%Y') IS NOT NULL), false) "
            "FROM charge_rows WHERE period_start IS NULL AND date_text IS NOT NULL",
        )
    )


def _basis(opened: Opened, connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return whether the export is actual or amortised, None where no record tells.

    Raises:
        InputError: it is both.
    """
    seen = {
        row[0]: row[1]
        for row in connection.execute(
            "SELECT basis, min(record) FROM charge WHERE basis IS NOT NULL GROUP BY 1"
        ).fetchall()
    }
    if "spread" in seen and "bought" in seen:
        raise InputError(
            f"{_MIXED}, and this file holds both",
            where=f"{opened.source.name}, records {seen['bought']} (a commitment bought) and "
            f"{seen['spread']} (its cost spread over its use)",
            mend="Export either actual or amortised cost",
        )
    if "spread" in seen:
        return AMORTISED
    return ACTUAL if seen else None
