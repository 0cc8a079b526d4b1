"""Tables of unknown layout: nothing is read without a mapping, everything with one is counted."""

from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from freehold.errors import InputError
from freehold.importers import Profile, load_profile, suggest_mapping
from tests.importers.conftest import Reader
from tests.importers.helpers import accepted, counts, row

MAPPING = Profile(
    name="cmdb",
    columns={
        "name": "CI Name",
        "provider_id": "Anbieter",
        "region_id": "Standort",
        "cost_monthly": "Kosten",
        "cost_currency": "Währung",
        "environment": "Umgebung",
        "accelerator_count": "GPUs",
    },
    values={"environment": {"Prod": "production", "staging": "test"}},
    decimal=",",
)

SHEET = """CI Name;Anbieter;Standort;Kosten;Währung;Umgebung;GPUs
web-1;AWS;eu-central-1;1.234,50;EUR;production;
db-1;Azure;West Europe;100,00;EUR;staging;0
x-1;Nobody;Bonn;abc;eur;elsewhere;-3
;AWS;;7;EUR;;
web-1;AWS;;1;EUR;;
"ü-9";Hetzner;fsn1;9;USD;prod;8
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "cmdb.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def test_without_a_mapping_it_says_how_to_map(sheet: Path, importing: Reader) -> None:
    with pytest.raises(InputError, match=r"--map PROFILE.*name: CI Name"):
        importing(sheet)


def test_mapping_reads_types_domains_and_spellings(sheet: Path, importing: Reader) -> None:
    result = importing(sheet, profile=MAPPING)
    account = result.account
    assert (account.read, account.imported, account.rejected) == (6, 4, 2)
    assert account.adds_up
    assert account.cost_column == "Kosten"
    assert account.currency_totals == {"EUR": Decimal("1342.5"), "USD": Decimal(9)}
    assert account.resource_totals == {"EUR": Decimal("1334.5"), "USD": Decimal(9)}
    assert row(result, "web-1")["cost_monthly"] == 1234.5
    assert row(result, "db-1")["environment"] == "test"
    assert row(result, "db-1")["region_id"] == "westeurope"
    odd = row(result, "x-1")
    assert (odd["provider_id"], odd["region_id"], odd["cost_monthly"]) == (None, None, None)
    assert (odd["environment"], odd["accelerator_count"]) == (None, None)
    assert "Bonn" in str(odd["tags"])
    assert counts([e for e in account.unknown if e.field == "environment"]) == {
        "not one of production, test, development": 1
    }
    assert result.frames["import_profiles"].iloc[0]["profile_id"] == "cmdb"
    accepted(result)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252"])
def test_encodings(sheet: Path, importing: Reader, encoding: str) -> None:
    sheet.write_bytes((SHEET * 1).encode(encoding))
    result = importing(sheet, profile=MAPPING)
    assert row(result, "ü-9")["provider_id"] == "hetzner"


def test_workbook_with_zeros_dates_and_a_named_sheet(tmp_path: Path, importing: Reader) -> None:
    from datetime import date

    book = Workbook()
    first = book.active
    assert first is not None
    first.append(["nothing here"])
    page = book.create_sheet("Assets")
    page.append([None, None])
    page.append(["Asset", "Account", "Start", "End", "Cost", "Money"])
    page.append(["a", "007", date(2026, 1, 1), date(2026, 2, 1), 31, "EUR"])
    page.append(["b", 42, None, None, 10.5, "EUR"])
    path = tmp_path / "assets.bin"
    book.save(path)
    profile = Profile(
        columns={
            "name": "Asset",
            "account": "account",
            "charge_from": "Start",
            "charge_to": "End",
            "billed_cost": "Cost",
            "cost_currency": "Money",
        },
        constants={"provider_id": "OVHcloud"},
        sheet="Assets",
    )
    result = importing(path, profile=profile)
    first_row = row(result, "a")
    assert (first_row["account"], first_row["provider_id"]) == ("007", "ovhcloud")
    assert first_row["cost_monthly"] == pytest.approx(30.4375)
    assert row(result, "b")["account"] == "42"
    assert row(result, "b")["cost_monthly"] is None
    with pytest.raises(InputError, match="no sheet Missing"):
        importing(path, profile=profile.model_copy(update={"sheet": "Missing"}))
    accepted(result)


def test_other_tables_of_the_estate(tmp_path: Path, importing: Reader) -> None:
    path = tmp_path / "contracts.csv"
    path.write_text("No,Ends,Audit\nC-1,31.12.2027,Unrestricted\nC-2,never,none\n")
    profile = Profile(
        table="contracts",
        columns={"contract_id": "No", "end_date": "Ends", "audit_rights": "Audit"},
        dates="%d.%m.%Y",
    )
    result = importing(path, profile=profile)
    frame = result.frames["contracts"]
    assert list(frame["audit_rights"]) == ["unrestricted", "none"]
    assert str(frame["end_date"].iloc[0])[:10] == "2027-12-31"
    assert result.account.resources == 0
    assert result.account.rows == {"contracts": 2}
    accepted(result)


def test_profile_files(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("columns: {name: CI Name}\nconstants: {country_iso2: NO}\n")
    assert load_profile(path).constants == {"country_iso2": "NO"}
    for text, says in {
        "columns: {nonsense: x}": "no column 'nonsense'",
        "table: nowhere\ncolumns: {a: b}": "no table 'nowhere'",
        "columns: {name: [1]}": "wrong at 'columns.name'",
        "- a\n- b": "not a list of keys",
        "columns: {": "not valid YAML",
        '{"columns": ': "not valid JSON",
        "a: &x 1\nb: *x": "aliases",
        "surprise: 1": "wrong at 'surprise'",
        "table: resources": "maps no column",
    }.items():
        path.write_text(text)
        with pytest.raises(InputError, match=says):
            load_profile(path)
    with pytest.raises(InputError, match="cannot be read"):
        load_profile(tmp_path / "none.yaml")


def test_mapping_that_does_not_fit(sheet: Path, importing: Reader) -> None:
    with pytest.raises(InputError, match="no column 'Absent'"):
        importing(sheet, profile=Profile(columns={"name": "Absent"}))
    with pytest.raises(InputError, match="neither resource_id nor name"):
        importing(sheet, profile=Profile(columns={"region_id": "Standort"}))
    with pytest.raises(InputError, match="does not fill contract_id"):
        importing(sheet, profile=Profile(table="contracts", columns={"currency": "CI Name"}))


def test_suggestions_use_each_target_once() -> None:
    profile = suggest_mapping(["Resource ID", "hostname", "Server Name", "Region", "???"])
    assert profile.columns == {
        "resource_id": "Resource ID",
        "name": "hostname",
        "region_id": "Region",
    }


def test_an_endless_day_is_no_day(tmp_path: Path, importing: Reader) -> None:
    path = tmp_path / "days.csv"
    path.write_text("Name,Day\na,infinity\nb,2026-01-31\n", encoding="utf-8")
    profile = Profile(columns={"name": "Name", "charge_from": "Day"})
    result = importing(path, profile=profile)
    assert row(result, "a")["charge_from"] is None
    assert counts(result.account.unknown)["not a date that is understood"] == 1
