"""FOCUS bills: what becomes a resource, what does not, and that every cent is accounted for."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from freehold.errors import InputError
from freehold.importers import recognise
from tests.importers.conftest import Reader, Writer
from tests.importers.helpers import accepted, counts, row


def test_hours_add_up_to_one_resource(focus_file: Writer, importing: Reader) -> None:
    result = importing(focus_file({}, {"EffectiveCost": "3", "BilledCost": "1"}, {}))
    resource = row(result, "i-1")
    assert (resource["billed_cost"], resource["effective_cost"]) == (6.0, 7.0)
    assert resource["cost_monthly"] == pytest.approx(7 * 30.4375 / 31, abs=1e-4)
    assert resource["region_id"] == "eu-central-1"
    assert resource["provider_id"] == "aws"
    assert resource["account"] == "000123456789"
    assert resource["service_category"] == "compute"
    assert resource["tags"] == '{"a":"1","b":"2"}'
    assert (str(resource["charge_from"].date()), str(resource["charge_to"].date())) == (
        "2026-01-01",
        "2026-02-01",
    )
    assert result.account.resources == 1
    assert result.account.imported == 3
    provenance = result.frames["provenance"].iloc[0]
    assert (provenance["record"], provenance["records"]) == (1, 3)
    accepted(result)


def test_charges_that_are_no_resources(focus_file: Writer, importing: Reader) -> None:
    categories = ["Purchase", "Tax", "Credit", "Adjustment", "Refund", "Nonsense", "NULL"]
    path = focus_file({}, *({"ChargeCategory": category} for category in categories))
    account = importing(path).account
    assert (account.read, account.imported, account.resources) == (8, 1, 1)
    assert account.adds_up
    assert sum(counts(account.skipped).values()) == 7
    assert counts(account.skipped)["tax, not a resource"] == 1
    assert account.currency_totals == {"EUR": Decimal(16)}
    assert account.resource_totals == {"EUR": Decimal(2)}
    assert account.rejected == 2


def test_unused_commitment_is_no_resource_but_a_commitment(
    focus_file: Writer, importing: Reader
) -> None:
    discount = {
        "CommitmentDiscountId": "sp-1",
        "CommitmentDiscountCategory": "Spend",
        "CommitmentDiscountName": "three years",
    }
    result = importing(
        focus_file(
            {**discount, "CommitmentDiscountStatus": "Used"},
            {**discount, "CommitmentDiscountStatus": "Unused", "ResourceId": "sp-1"},
        )
    )
    assert list(result.frames["resources"]["resource_id"]) == ["i-1"]
    promised = result.frames["commitments"].iloc[0]
    assert (promised["commitment_id"], promised["kind"], promised["provider_id"]) == (
        "sp-1",
        "spend",
        "aws",
    )
    accepted(result)


def test_currencies_are_never_added(focus_file: Writer, importing: Reader) -> None:
    result = importing(focus_file({}, {"BillingCurrency": "usd"}, {"BillingCurrency": "NULL"}))
    assert result.account.currency_totals == {
        "EUR": Decimal(2),
        "USD": Decimal(2),
        "XXX": Decimal(2),
    }
    frame = result.frames["resources"]
    assert len(frame) == 3
    assert set(frame["effective_cost"]) == {2.0}
    assert frame["resource_id"].is_unique
    assert any(entry.field == "cost_currency" for entry in result.account.unknown)


def test_missing_region_is_unknown_with_a_reason(focus_file: Writer, importing: Reader) -> None:
    nowhere = {"RegionId": "NULL", "RegionName": "NULL"}
    result = importing(
        focus_file(
            {**nowhere, "ResourceId": "a"},
            {**nowhere, "ResourceId": "b", "AvailabilityZone": "us-east-1a"},
            {"RegionId": "mars-north-1", "RegionName": "US East (N. Virginia)", "ResourceId": "c"},
            {"ProviderName": "Nobody Cloud", "ResourceId": "d"},
            {"RegionId": "NULL", "RegionName": "eu-west-3", "ResourceId": "e"},
        )
    )
    assert row(result, "a")["region_id"] is None
    assert row(result, "b")["region_id"] == "us-east-1"
    assert row(result, "c")["region_id"] is None
    assert '"freehold:region_text":"mars-north-1"' in str(row(result, "c")["tags"])
    assert row(result, "d")["provider_id"] is None
    assert '"freehold:provider_text":"Nobody Cloud"' in str(row(result, "d")["tags"])
    assert row(result, "e")["region_id"] == "eu-west-3"
    regions = [entry for entry in result.account.unknown if entry.field == "region_id"]
    assert sum(entry.count for entry in regions) == 5
    assert len({entry.reason for entry in regions}) == 5


def test_a_partition_with_regions_of_its_own_is_told_by_the_region(
    focus_file: Writer, importing: Reader
) -> None:
    result = importing(focus_file({"RegionId": "us-gov-west-1"}))
    assert row(result, "i-1")["provider_id"] == "aws_govcloud"


def test_usage_without_resource_id_becomes_a_line_per_service_and_region(
    focus_file: Writer, importing: Reader
) -> None:
    bare = {"ResourceId": "NULL", "ResourceName": "NULL"}
    result = importing(focus_file(bare, bare, {**bare, "RegionId": "eu-west-1"}))
    names = set(result.frames["resources"]["name"])
    assert names == {
        "Amazon EC2 in eu-central-1 (no resource id)",
        "Amazon EC2 in eu-west-1 (no resource id)",
    }
    assert result.account.resource_totals == result.account.currency_totals


def test_zone_that_is_a_price_is_no_zone(focus_file: Writer, importing: Reader) -> None:
    result = importing(focus_file({"AvailabilityZone": "0.045"}))
    assert row(result, "i-1")["zone"] is None
    assert any(entry.field == "zone" for entry in result.account.unknown)


@pytest.mark.parametrize("cost", ["abc", "NaN", "inf", "1e400", "9" * 60])
def test_cost_that_is_no_number_is_unknown(
    focus_file: Writer, importing: Reader, cost: str
) -> None:
    result = importing(focus_file({"EffectiveCost": cost, "BilledCost": cost}, {"ResourceId": "b"}))
    assert row(result, "i-1")["effective_cost"] is None
    assert result.account.currency_totals == {"EUR": Decimal(2)}
    assert any(entry.field == "EffectiveCost" for entry in result.account.unknown)
    accepted(result)


def test_versions_and_host_provider(focus_file: Writer, importing: Reader) -> None:
    later = focus_file(
        {
            "ServiceProviderName": "Databricks",
            "HostProviderName": "Microsoft Azure",
            "RegionId": "westeurope",
            "SkuPriceDetails": '{"InstanceType":"p5.48xlarge"}',
        },
        {
            "ServiceProviderName": "AWS",
            "HostProviderName": "AWS",
            "SkuPriceDetails": '{"InstanceType":"p5.48xlarge"}',
            "ResourceId": "gpu-1",
        },
        drop=("ProviderName",),
    )
    result = importing(later)
    assert result.account.format_version == "1.3"
    resold = row(result, "i-1")
    assert (resold["provider_id"], resold["host_provider_id"]) == ("databricks", "azure")
    chip = row(result, "gpu-1")
    assert chip["instance_type"] == "p5.48xlarge"
    assert chip["service_category"] == "gpu"
    assert chip["accelerator_count"] == 8
    assert importing(focus_file({}, name="old.csv")).account.format_version == "1.0"


def test_stray_columns_are_listed(focus_file: Writer, importing: Reader) -> None:
    account = importing(focus_file({"Id": "7", "x_Team": "blue"})).account
    assert account.ignored_columns == ["Id", "x_Team"]


def test_the_name_of_the_file_does_not_matter(focus_file: Writer) -> None:
    assert recognise(focus_file({}, name="terraform.tfstate")) == "focus"


def test_parquet_gzip_and_utf16_give_the_same(
    focus_file: Writer, importing: Reader, tmp_path: Path
) -> None:
    import gzip

    plain = focus_file({}, {"ResourceName": "größe"})
    packed, wide, parquet = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    wide.write_bytes(plain.read_text("utf-8").encode("utf-16"))
    duckdb.connect().execute(
        f"COPY (FROM read_csv('{plain}', all_varchar=true)) TO '{parquet}' (FORMAT parquet)"
    )
    expected = importing(plain)
    for path in (packed, wide, parquet):
        result = importing(path)
        assert result.account.currency_totals == expected.account.currency_totals
        assert row(result, "i-1")["name"] == "größe"


def test_same_bytes_give_the_same_rows(focus_file: Writer, importing: Reader) -> None:
    path = focus_file({}, {"ResourceId": "b"}, {"ResourceId": "a"})
    first, second = importing(path), importing(path)
    assert first.frames["resources"].equals(second.frames["resources"])
    assert first.account == second.account


def test_malformed_records_are_counted_and_listed(focus_file: Writer, importing: Reader) -> None:
    path = focus_file({}, {"ResourceId": "b"})
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1], "too,short", lines[2]]) + "\n")
    result = importing(path)
    assert (result.account.read, result.account.imported, result.account.rejected) == (3, 2, 1)
    assert result.account.adds_up
    assert list(result.rejected["raw"]) == ["too,short"]
    assert list(result.rejected["record"]) == [2]
    assert list(result.frames["provenance"]["record"]) == [1, 3]


def test_several_bills_are_summed(focus_file: Writer, importing: Reader) -> None:
    january = focus_file({}, name="january.csv")
    february = focus_file(
        {"ChargePeriodStart": "2026-02-01", "ChargePeriodEnd": "2026-03-01"},
        {
            "ChargePeriodStart": "2026-02-01",
            "ChargePeriodEnd": "2026-03-01",
            "BillingCurrency": "USD",
            "ResourceId": "other",
        },
        name="february.csv",
    )
    result = importing(january, february)
    account = result.account
    assert (account.kind, account.read, account.imported) == ("several", 3, 3)
    assert account.currency_totals == {"EUR": Decimal(4), "USD": Decimal(2)}
    assert [entry.source_name for entry in account.sources or []] == [
        "january.csv",
        "february.csv",
    ]
    resource = row(result, "i-1")
    assert resource["effective_cost"] == 4.0
    assert resource["cost_monthly"] == pytest.approx(4 * 30.4375 / 59, abs=1e-4)
    accepted(result)


def test_one_bad_source_refuses_all(focus_file: Writer, importing: Reader, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"")
    with pytest.raises(InputError, match="empty"):
        importing(focus_file({}), bad)
    good = focus_file({})
    with pytest.raises(InputError, match="twice"):
        importing(good, good)


def test_no_usage_at_all_is_refused(focus_file: Writer, importing: Reader) -> None:
    with pytest.raises(InputError, match="1 x tax"):
        importing(focus_file({"ChargeCategory": "Tax"}))
    with pytest.raises(InputError, match="no records"):
        importing(focus_file())


def test_json_of_the_account_holds_numbers(focus_file: Writer, importing: Reader) -> None:
    plain = importing(focus_file({})).account.model_dump(mode="json")
    assert plain["currency_totals"] == {"EUR": 2.0}
    assert set(plain) >= {
        "kind",
        "read",
        "imported",
        "skipped",
        "resources",
        "unknown",
        "cost_column",
        "currency_totals",
    }


def test_big_bills_keep_record_numbers_and_totals(tmp_path: Path, importing: Reader) -> None:
    path = tmp_path / "big.csv"
    duckdb.connect().execute(f"""
    COPY (SELECT '0.5' AS BilledCost, '0.25' AS EffectiveCost, 'EUR' AS BillingCurrency,
        CASE WHEN i % 10 = 9 THEN 'Tax' ELSE 'Usage' END AS ChargeCategory,
        '2026-01-01' AS ChargePeriodStart, '2026-01-02' AS ChargePeriodEnd, 'AWS' AS ProviderName,
        'eu-west-3' AS RegionId, 'r-' || (i + 1) AS ResourceId, 'EC2' AS ServiceName,
        'Compute' AS ServiceCategory, 'some padding to fill more than one block' AS Note
        FROM range(130000) t(i) ORDER BY i) TO '{path}' (HEADER)
    """)
    result = importing(path)
    assert (result.account.read, result.account.imported) == (130_000, 117_000)
    assert result.account.currency_totals == {"EUR": Decimal(32_500)}
    joined = result.frames["resources"].merge(result.frames["provenance"], on="provenance_id")
    assert ("r-" + joined["record"].astype(str) == joined["resource_id"]).all()


def test_an_endless_period_is_no_period(focus_file: Writer, importing: Reader) -> None:
    result = importing(focus_file({"ChargePeriodStart": "infinity", "ChargePeriodEnd": "infinity"}))
    assert result.account.adds_up
    assert result.account.charge_from is None
