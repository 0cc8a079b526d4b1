"""Bills of AWS, Azure, Google Cloud and OCI: what becomes a resource, and that money adds up."""

import gzip
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from freehold.errors import InputError
from freehold.importers import ImportResult, Profile, recognise
from tests.importers.bills import AZURE, CUR, CUR_2, GCP, OCI, columnar, lines, table
from tests.importers.conftest import Reader
from tests.importers.helpers import CHARGE, accepted, counts, row

ARM = "/subscriptions/sub-1/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web"


def one(result: ImportResult) -> dict[str, object]:
    """Return the only resource."""
    return row(result, result.frames["resources"]["resource_id"].iloc[0])


def test_cur_hours_add_up_to_a_resource(tmp_path: Path, importing: Reader) -> None:
    later = {
        "lineItem/UsageStartDate": "2026-01-01T01:00:00Z",
        "lineItem/UsageEndDate": "2026-01-01T02:00:00Z",
        "lineItem/UnblendedCost": "1.25",
    }
    result = importing(table(tmp_path / "any name.txt", CUR, {}, later))
    account, found = result.account, row(result, "i-1")
    assert (account.kind, account.format_version, account.read) == ("aws_cur", "legacy", 2)
    assert account.cost_column == "lineItem/UnblendedCost"
    assert account.currency_totals == {"USD": Decimal("3.75")}
    assert (found["provider_id"], found["account"]) == ("aws", "001234567890")
    assert (found["region_id"], found["instance_type"]) == ("eu-central-1", "p5.48xlarge")
    assert (found["service_category"], found["accelerator_count"]) == ("gpu", 8)
    assert found["cost_monthly"] == pytest.approx(3.75 * 30.4375 * 12, abs=1e-3)
    assert json.loads(str(found["tags"])) == {"Name": "web", "team": "blue"}
    assert any("createdBy" in note for note in account.notes)
    accepted(result)


def test_cur_lines_that_are_no_resources_count_in_the_total(
    tmp_path: Path, importing: Reader
) -> None:
    types = ["Tax", "Credit", "Refund", "Fee", "RIFee", "SavingsPlanNegation", "EdpDiscount",
             "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "Mystery"]  # fmt: skip
    changes = [{"lineItem/LineItemType": kind, "lineItem/ResourceId": ""} for kind in types]
    account = importing(table(tmp_path / "cur", CUR, {}, *changes)).account
    assert (account.read, account.imported, account.resources) == (11, 1, 1)
    assert account.adds_up
    assert account.currency_totals == {"USD": Decimal("27.5")}
    assert account.resource_totals == {"USD": Decimal("2.5")}
    assert account.rejected == 1
    assert counts(account.skipped)["savings plan fee, not a resource"] == 2


def test_cur_effective_cost_is_what_a_commitment_costs(tmp_path: Path, importing: Reader) -> None:
    reserved = {
        "lineItem/LineItemType": "DiscountedUsage",
        "lineItem/UnblendedCost": "0",
        "reservation/EffectiveCost": "1.5",
        "reservation/ReservationARN": "arn:ri",
        "lineItem/ResourceId": "reserved",
    }
    planned = {
        "lineItem/LineItemType": "SavingsPlanCoveredUsage",
        "savingsPlan/SavingsPlanEffectiveCost": "1.75",
        "savingsPlan/SavingsPlanARN": "arn:sp",
        "lineItem/ResourceId": "planned",
    }
    result = importing(table(tmp_path / "cur", CUR, {}, reserved, planned))
    assert row(result, "i-1")["effective_cost"] == 2.5
    assert row(result, "reserved")["effective_cost"] == 1.5
    assert row(result, "reserved")["billed_cost"] == 0
    assert row(result, "planned")["effective_cost"] == 1.75
    assert result.account.currency_totals == {"USD": Decimal(5)}


def test_cur_commitments_are_worth_their_whole_term(tmp_path: Path, importing: Reader) -> None:
    month = {
        "lineItem/UsageStartDate": "2026-01-01T00:00:00Z",
        "lineItem/UsageEndDate": "2026-02-01T00:00:00Z",
        "lineItem/ResourceId": "",
    }
    reservation = {
        **month,
        "lineItem/LineItemType": "RIFee",
        "lineItem/UnblendedCost": "31",
        "reservation/ReservationARN": "arn:ri",
        "reservation/StartTime": "2025-06-01T00:00:00.000Z",
        "reservation/EndTime": "2026-06-01T00:00:00.000Z",
        "reservation/UpfrontValue": "100",
    }
    plan = {
        **month,
        "lineItem/LineItemType": "SavingsPlanRecurringFee",
        "lineItem/UsageEndDate": "2026-01-01T01:00:00Z",
        "savingsPlan/SavingsPlanARN": "arn:sp",
        "savingsPlan/StartTime": "2025-06-01T00:00:00.000Z",
        "savingsPlan/EndTime": "2026-06-01T00:00:00.000Z",
        "savingsPlan/TotalCommitmentToDate": "2",
    }
    begun_late = {
        **reservation,
        "reservation/ReservationARN": "arn:late",
        "reservation/StartTime": "2026-01-15T00:00:00Z",
    }
    result = importing(table(tmp_path / "cur", CUR, {}, reservation, plan, begun_late))
    found = result.frames["commitments"].set_index("commitment_id")
    assert found.loc["arn:ri", "value"] == 100 + 31 * 365 / 31
    assert found.loc["arn:sp", "value"] == 2 * 365 * 24
    assert list(found["kind"]) == ["reservation", "reservation", "spend"]
    assert str(found.loc["arn:ri", "end_date"])[:10] == "2026-06-01"
    assert found["value"].isna().sum() == 1
    assert ("commitments.value", 1) in [(u.field, u.count) for u in result.account.unknown]
    accepted(result)


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".arrows"])
def test_cur_2_in_columns_with_maps(tmp_path: Path, importing: Reader, suffix: str) -> None:
    path = columnar(tmp_path / f"cur{suffix}", CUR_2, {}, {}, maps="product resource_tags")
    result = importing(path)
    assert (result.account.kind, result.account.format_version) == ("aws_cur", "2.0")
    found = one(result)
    assert (found["service_name"], found["region_id"], found["effective_cost"]) == (
        "Amazon Elastic Compute Cloud",
        "eu-central-1",
        5.0,
    )
    assert found["account"] == "001234567890"
    assert json.loads(str(found["tags"])) == {"user_name": "web", "user_team": "blue"}
    assert "alice" not in str(result.frames)


def test_packed_files_are_told_by_content(tmp_path: Path, importing: Reader) -> None:
    plain = table(tmp_path / "cur.csv", CUR, {})
    packed, zipped, twice = tmp_path / "x.txt", tmp_path / "y.csv", tmp_path / "z"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(plain, "folder/cur.csv")
    with zipfile.ZipFile(twice, "w") as archive:
        archive.write(packed, "cur.csv.gz")
    for path in (packed, zipped, twice):
        assert recognise(path) == "aws_cur"
        assert importing(path).account.currency_totals == {"USD": Decimal("2.5")}


def test_azure_reads_size_tags_and_date(tmp_path: Path, importing: Reader) -> None:
    shouted = AZURE["ResourceId"].upper()
    path = table(tmp_path / "a", AZURE, {}, {"ResourceId": shouted}, encoding="utf-8-sig")
    result = importing(path)
    found = row(result, ARM)
    assert (result.account.kind, result.account.imported) == ("azure_cost", 2)
    assert (found["provider_id"], found["region_id"]) == ("azure", "germanywestcentral")
    assert found["instance_type"] == "Standard_ND96isr_H100_v5"
    assert found["accelerator_id"] == "nvidia-h100-sxm"
    assert json.loads(str(found["tags"])) == {"env": "prod", "team": "blue"}
    assert str(result.account.charge_from) == "2026-01-31"
    assert result.account.cost_basis is None
    assert found["billed_cost"] == found["effective_cost"] == 5.0
    assert "someone@example.com" not in str(result.frames)
    accepted(result)


BOUGHT = {
    "ChargeType": "Purchase",
    "PricingModel": "Reservation",
    "ConsumedService": "Microsoft.Capacity",
    "ReservationId": "RES-1",
    "ProductOrderName": "Reserved VM, 3 Years",
    "Term": "36",
    "Frequency": "Recurring",
    "Cost": "10",
}
SPREAD = {"PricingModel": "Reservation", "ReservationId": "RES-1", "Cost": "0.5"}


def test_azure_purchase_is_a_commitment(tmp_path: Path, importing: Reader) -> None:
    once = {**BOUGHT, "ReservationId": "RES-2", "Frequency": "OneTime", "Term": "P1Y", "Cost": "99"}
    free = {**SPREAD, "Cost": "0"}
    result = importing(table(tmp_path / "a", AZURE, {}, BOUGHT, once, free))
    account = result.account
    assert (account.cost_basis, account.imported) == ("actual", 2)
    assert account.currency_totals == {"EUR": Decimal("111.5")}
    assert account.resource_totals == {"EUR": Decimal("2.5")}
    assert row(result, ARM)["effective_cost"] is None
    found = result.frames["commitments"].set_index("commitment_id")
    assert list(found["value"]) == [360, 99]
    assert str(found.loc["res-2", "end_date"])[:10] == "2027-01-31"
    assert set(found["kind"]) == {"reservation"}
    accepted(result)


def test_azure_amortised_names_no_invoiced_cost(tmp_path: Path, importing: Reader) -> None:
    unused = {**SPREAD, "ChargeType": "UnusedReservation", "ResourceId": "", "Cost": "3"}
    result = importing(table(tmp_path / "a", AZURE, {}, SPREAD, unused))
    assert result.account.cost_basis == "amortised"
    assert (row(result, ARM)["billed_cost"], row(result, ARM)["effective_cost"]) == (None, 3.0)
    assert result.account.currency_totals == {"EUR": Decimal(6)}
    assert counts(result.account.skipped) == {"unused part of a commitment, not a resource": 1}


def test_azure_actual_and_amortised_are_never_mixed(tmp_path: Path, importing: Reader) -> None:
    both = table(tmp_path / "both", AZURE, BOUGHT, SPREAD)
    with pytest.raises(InputError, match=r"twice.*records 1 .*and 2 "):
        importing(both)
    actual = table(tmp_path / "actual.csv", AZURE, {}, BOUGHT)
    amortised = table(tmp_path / "amortised.csv", AZURE, {}, SPREAD)
    with pytest.raises(InputError, match=r"actual\.csv is actual, amortised\.csv is amortised"):
        importing(actual, amortised)


GERMAN = {
    "SubscriptionId": "Abonnement-GUID (SubscriptionGuid)",
    "ResourceLocation": "Ressourcenstandort (ResourceLocation)",
    "Date": "UsageDateTime (UsageDateTime)",
    "MeterCategory": "Kategorie der Verbrauchseinheit (MeterCategory)",
    "MeterRegion": "Region der Verbrauchseinheit (MeterRegion)",
    "Cost": "PreTaxCost (PreTaxCost)",
    "ConsumedService": "Genutzter Dienst (ConsumedService)",
    "ResourceId": "InstanceId (InstanceId)",
    "Tags": "Tags (Tags)",
    "AdditionalInfo": "Zusätzliche Informationen (AdditionalInfo)",
    "BillingCurrency": "Currency",
}
MCA = {
    "SubscriptionId": "subscriptionId",
    "Date": "date",
    "Cost": "costInBillingCurrency",
    "BillingCurrency": "billingCurrency",
    "ResourceLocation": "resourceLocation",
    "MeterCategory": "meterCategory",
    "ConsumedService": "consumedService",
    "ResourceId": "ResourceId",
    "AdditionalInfo": "additionalInfo",
    "Tags": "tags",
    "ChargeType": "chargeType",
    "PricingModel": "pricingModel",
}


@pytest.mark.parametrize("names", [GERMAN, MCA], ids=["german", "mca"])
def test_azure_other_headers(tmp_path: Path, importing: Reader, names: dict[str, str]) -> None:
    renamed = {new: AZURE[old] for old, new in names.items()}
    day = names["Date"]
    result = importing(table(tmp_path / "a", renamed, {day: "01/31/2026"}, {day: "2026-01-30"}))
    assert result.account.kind == "azure_cost"
    assert result.account.cost_column == names["Cost"]
    found = row(result, ARM)
    assert (found["region_id"], found["account"]) == ("germanywestcentral", "sub-1")
    assert (str(result.account.charge_from), str(result.account.charge_to)) == (
        "2026-01-30",
        "2026-02-01",
    )


def test_azure_days_first_where_no_month_fits(tmp_path: Path, importing: Reader) -> None:
    account = importing(
        table(tmp_path / "a", AZURE, {"Date": "31/01/2026"}, {"Date": "02/01/2026"})
    )
    assert str(account.account.charge_from) == "2026-01-02"
    assert any("day first" in note for note in account.account.notes)
    odd = importing(table(tmp_path / "b", AZURE, {}, {"Date": "soon"})).account
    assert ("charge_from", 1) in [(u.field, u.count) for u in odd.unknown]


@pytest.mark.parametrize(
    ("spelt", "region"),
    [("UK South", "uksouth"), ("EastUS2", "eastus2"), ("us gov virginia", "usgovvirginia"),
     ("EU West", "westeurope"), ("CentralUS", "centralus"), ("Virginia", "eastus")],
)  # fmt: skip
def test_azure_spellings_of_a_region(
    tmp_path: Path, importing: Reader, spelt: str, region: str
) -> None:
    change = (
        {"ResourceLocation": "", "MeterRegion": spelt}
        if spelt == "Virginia"
        else {"ResourceLocation": spelt}
    )
    found = one(importing(table(tmp_path / "a", AZURE, change)))
    if spelt == "Virginia":
        assert found["region_id"] is None
    else:
        assert found["region_id"] == region


@pytest.mark.parametrize("place", ["global", "All Regions", "Unassigned"])
def test_an_area_is_no_region(tmp_path: Path, importing: Reader, place: str) -> None:
    result = importing(table(tmp_path / "a", AZURE, {"ResourceLocation": place}))
    assert one(result)["region_id"] is None
    assert [(u.field, "area wider" in u.reason) for u in result.account.unknown] == [
        ("region_id", True)
    ]


@pytest.mark.parametrize("form", ["ndjson", "array", "parquet", "arrow", "dotted", "snake"])
def test_gcp_forms_say_the_same(tmp_path: Path, importing: Reader, form: str) -> None:
    path = tmp_path / f"export.{form}"
    multi = {"location": {"location": "europe"}, "resource": {"name": "b", "global_name": "//b"}}
    if form == "ndjson":
        lines(path, GCP, {}, multi)
    elif form == "array":
        path.write_text(json.dumps([GCP, {**GCP, **multi}]))
    elif form in ("parquet", "arrow"):
        columnar(path, GCP, {}, multi)
    else:
        joint = "." if form == "dotted" else "_"
        table(path, flat(GCP, joint), {}, flat({**GCP, **multi}, joint))
    result = importing(path)
    account, found = result.account, row(result, str(GCP["resource"]["global_name"]))
    assert (account.kind, account.format_version, account.read) == ("gcp_billing", "detailed", 2)
    assert account.currency_totals == {"EUR": Decimal(7)}
    assert account.billed_totals == {"EUR": Decimal("5.5")}
    assert (found["effective_cost"], found["account"], found["name"]) == (2.75, "shop-1", "web")
    assert (found["region_id"], found["zone"]) == ("europe-west3", "europe-west3-a")
    assert (found["accelerator_count"], found["instance_type"]) == (8, "a3-highgpu-8g")
    assert found["tags"] == '{"team":"blue"}'
    wide = row(result, "//b")
    assert wide["region_id"] is None
    assert [(u.field, u.count) for u in account.unknown] == [("region_id", 1)]
    assert "area wider than a region" in account.unknown[0].reason
    accepted(result)


def flat(record: dict[str, object], joint: str) -> dict[str, str]:
    """Return the record with nested keys joined and lists as JSON, as a query would write it."""
    cells = {}
    for key, value in record.items():
        if isinstance(value, dict):
            cells.update({f"{key}{joint}{name}": str(inner) for name, inner in value.items()})
        else:
            cells[key] = json.dumps(value) if isinstance(value, list) else str(value)
    for place in ("region", "country", "zone"):
        cells.setdefault(f"location{joint}{place}", "")
    return cells


def test_gcp_fees_taxes_and_standard_export(tmp_path: Path, importing: Reader) -> None:
    fee = {"sku": {"id": "F", "description": "Commitment v1: Cpu in Frankfurt for 1 Year"}}
    kinds = ["tax", "adjustment", "rounding_error"]
    result = importing(
        lines(tmp_path / "g", GCP, {"resource": None}, fee, *({"cost_type": k} for k in kinds))
    )
    account = result.account
    assert (account.imported, account.resources) == (1, 1)
    assert counts(account.skipped) == {
        "adjustment, not a resource": 1,
        "commitment fee, not a resource": 1,
        "rounding, not a resource": 1,
        "tax, not a resource": 1,
    }
    promised = result.frames["commitments"].iloc[0]
    assert (promised["provider_id"], promised["kind"]) == ("gcp", "usage")
    assert "Commitment v1" in promised["description"]
    assert one(result)["name"] == "Compute Engine in europe-west3 (no resource id)"
    accepted(result)


def test_gcp_lines_that_are_no_records(tmp_path: Path, importing: Reader) -> None:
    path = lines(tmp_path / "g", GCP, {}, {}, {})
    parts = path.read_text().splitlines()
    path.write_text("\n".join([parts[0], "{broken", "", parts[1], "[1]", parts[2]]) + "\n")
    account = importing(path).account
    assert (account.read, account.imported, account.rejected) == (5, 3, 2)
    assert account.adds_up
    path.write_text("\n".join([parts[0], parts[1][:100]]))
    with pytest.raises(InputError, match="cut off"):
        importing(path)


def test_oci_region_is_in_the_id_and_tags_stay_out(tmp_path: Path, importing: Reader) -> None:
    nowhere = {"product/region": "", "product/availabilityDomain": ""}
    result = importing(
        table(
            tmp_path / "oci.csv",
            OCI,
            {},
            {"cost/myCost": "-1", "lineItem/isCorrection": "true"},
            {**nowhere, "product/resourceId": "ocid1.volume.oc1.eu-zurich-1.x"},
            {**nowhere, "product/resourceId": "ocid1.volume.oc1.iad.y"},
            {**nowhere, "product/resourceId": "ocid1.user.oc1..z"},
        )
    )
    account = result.account
    assert (account.kind, account.cost_column) == ("oci_cost", "cost/myCost")
    assert account.currency_totals == {"EUR": Decimal(9)}
    found = row(result, OCI["product/resourceId"])
    assert (found["effective_cost"], found["region_id"]) == (1.5, "eu-frankfurt-1")
    assert (found["resource_type"], found["service_category"]) == ("instance", "compute")
    assert row(result, "ocid1.volume.oc1.eu-zurich-1.x")["region_id"] == "eu-zurich-1"
    assert row(result, "ocid1.volume.oc1.iad.y")["region_id"] == "us-ashburn-1"
    assert row(result, "ocid1.user.oc1..z")["region_id"] is None
    assert "alice" not in str(result.frames) + str(account)
    assert any("personal data" in note for note in account.notes)
    accepted(result)


@pytest.mark.parametrize("base", [CUR, AZURE, OCI], ids=["aws", "azure", "oci"])
def test_currencies_are_never_added(
    tmp_path: Path, importing: Reader, base: dict[str, str]
) -> None:
    column = next(name for name in base if "currency" in name.lower())
    cost = next(name for name in base if name.endswith(("UnblendedCost", "myCost", "Cost")))
    result = importing(
        table(tmp_path / "b", base, {column: "CHF"}, {column: "GBP"}, {column: "", cost: "x"})
    )
    assert result.account.currency_totals == {"CHF": Decimal("2.5"), "GBP": Decimal("2.5")}
    assert len(result.frames["resources"]) == 3
    assert {"cost_currency", result.account.cost_column} <= {
        entry.field for entry in result.account.unknown
    }
    accepted(result)


@pytest.mark.parametrize("base", [CUR, AZURE, OCI], ids=["aws", "azure", "oci"])
def test_ragged_doubled_and_cut_off(
    tmp_path: Path, importing: Reader, base: dict[str, str]
) -> None:
    path = table(tmp_path / "b", base, {}, {})
    header, first, second = path.read_text().splitlines()
    path.write_text("\n".join([header, first, "too,short", second]) + "\n")
    account = importing(path).account
    assert (account.read, account.imported, account.rejected) == (3, 2, 1)
    path.write_text("\n".join([f"{header},{header.split(',')[0]}", f"{first},x"]) + "\n")
    assert importing(path).account.imported == 1
    path.write_text("\n".join([header, first, second[: len(second) // 2]]))
    with pytest.raises(InputError, match="cut off"):
        importing(path)
    path.write_text(header + "\n")
    with pytest.raises(InputError, match="no records"):
        importing(path)


def test_broken_arrow_is_one_sentence(tmp_path: Path, importing: Reader) -> None:
    whole = columnar(tmp_path / "a.arrow", CUR_2, {}, maps="product resource_tags").read_bytes()
    path = tmp_path / "broken"
    for content in (whole[:-40], whole[: len(whole) // 2], b"ARROW1\x00\x00", b"\xff" * 64):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"Arrow|no records"):
            importing(path)


def test_a_mapped_table_may_be_arrow(tmp_path: Path, importing: Reader) -> None:
    path = columnar(
        tmp_path / "hosts.arrow", {"Host": "a", "Where": "eu-west-3"}, {}, {"Host": "b"}
    )
    profile = Profile(
        columns={"name": "Host", "region_id": "Where"}, constants={"provider_id": "aws"}
    )
    result = importing(path, profile=profile)
    assert set(result.frames["resources"]["name"]) == {"a", "b"}
    assert set(result.frames["resources"]["region_id"]) == {"eu-west-3"}


def test_focus_in_columns_keeps_its_maps(tmp_path: Path, importing: Reader) -> None:
    charge = {
        **{key: None if value == "NULL" else value for key, value in CHARGE.items()},
        "Tags": {"b": "2", "a": "1"},
        "SkuPriceDetails": {"InstanceType": "odd.large", "GpuCount": "4"},
    }
    path = columnar(tmp_path / "focus.parquet", charge, {}, {}, maps="Tags SkuPriceDetails")
    found = one(importing(path))
    assert found["tags"] == '{"a":"1","b":"2"}'
    assert (found["instance_type"], found["accelerator_count"]) == ("odd.large", 4)
    assert (found["service_category"], found["effective_cost"]) == ("gpu", 4.0)
