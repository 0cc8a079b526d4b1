"""The sample estates: they load, everything in them resolves, and they are worth looking at."""

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from freehold.errors import InputError
from freehold.estate import dictionary, samples, stored_changes
from freehold.estate.workspace import Workspace
from freehold.resources import data_root

NAMES = ("bank", "agency", "manufacturer")
FOLDER = data_root() / "datasets" / "samples"
NOTE = "not a quotation"


@pytest.fixture(scope="module", params=NAMES)
def sample(request: pytest.FixtureRequest) -> Workspace:
    return samples.load(request.param)


def rows(name: str, table: str) -> list[dict[str, str]]:
    path: Path = FOLDER / name / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_three_samples_the_bank_first() -> None:
    found = samples.available()
    assert [one.name for one in found] == ["bank", "agency", "manufacturer"]
    assert all(one.title and one.description for one in found)


def test_an_unknown_sample_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(InputError, match="bank, agency, manufacturer"):
        samples.load("casino")


def test_a_sample_opens_as_a_clean_document(sample: Workspace) -> None:
    assert sample.as_of == date(2026, 11, 23)
    assert {"residency", "ownership", "concentration", "gdpr"} <= set(sample.packs)
    assert sample.setting("currency") == "EUR"
    assert NOTE in sample.setting("price_note")
    assert not sample.changed
    assert sample.path is None
    assert sample.notices == []


def test_every_reference_resolves(sample: Workspace) -> None:
    dangling: list[str] = []
    for name, table in dictionary.tables().items():
        for column in table.columns:
            if not column.references:
                continue
            parent, key = column.references.split(".")
            schema = "estate" if parent in dictionary.tables() else "catalogue"
            # A region is one of its provider's, never only a region of that name.
            both = column.name == "region_id" and any(
                c.name == "provider_id" for c in table.columns
            )
            same = f'p."{key}" = t."{column.name}"' + (
                " AND p.provider_id = t.provider_id" if both else ""
            )
            found = sample.connection.execute(
                f'SELECT DISTINCT t."{column.name}" FROM estate.{name} t'
                f' WHERE t."{column.name}" IS NOT NULL'
                f" AND NOT EXISTS (SELECT 1 FROM {schema}.{parent} p WHERE {same})"
            ).fetchall()
            dangling += [f"{name}.{column.name} {value}" for (value,) in found]
    assert dangling == []


def test_every_table_a_user_meets_has_rows(sample: Workspace) -> None:
    empty = [
        table
        for table in (
            "organisation", "legal_entities", "functions", "applications", "data_sets",
            "data_set_classes", "data_set_subjects", "resources", "placements", "flows", "keys",
            "services", "service_profiles", "contracts", "subcontractors", "exit_plans",
            "people_access", "workloads", "accelerator_pools", "commitments", "answers",
            "certificates",
            "waivers", "scenarios", "changes", "fx_rates",
        )
        if sample.row_count(table) == 0
    ]  # fmt: skip
    assert empty == []


def test_placements_cover_the_roles(sample: Workspace) -> None:
    roles = {
        role
        for (role,) in sample.connection.execute("SELECT role FROM estate.placements").fetchall()
    }
    assert {"storage", "processing", "backup", "failover", "telemetry", "support"} <= roles


def test_the_bank_is_large_enough_to_be_an_estate() -> None:
    assert len(rows("bank", "resources")) >= 400


def test_costs_without_a_price_list_say_so(sample: Workspace) -> None:
    name = sample.setting("sample")
    listed = set(
        sample.connection.execute(
            "SELECT DISTINCT provider_id, instance_type FROM catalogue.prices"
        ).fetchall()
    )
    for row in rows(name, "resources"):
        if row["cost_monthly"] and (row["provider_id"], row["instance_type"]) not in listed:
            assert NOTE in json.loads(row["tags"])["price"]


@pytest.mark.parametrize("name", NAMES)
def test_annual_expense_of_contracts_agrees_with_what_is_billed(name: str) -> None:
    billed: dict[str, Decimal] = {}
    for row in rows(name, "resources"):
        if row["contract_id"] and row["cost_monthly"]:
            billed.setdefault(row["contract_id"], Decimal(0))
            billed[row["contract_id"]] += 12 * Decimal(row["cost_monthly"])
    for row in rows(name, "contracts"):
        if row["contract_id"] in billed:
            assert Decimal("0.9") < Decimal(row["annual_cost"]) / billed[row["contract_id"]] < 2


@pytest.mark.parametrize("name", NAMES)
def test_one_waiver_holds_and_one_has_expired(name: str) -> None:
    expiries = [date.fromisoformat(row["expires_on"]) for row in rows(name, "waivers")]
    assert min(expiries) < date(2026, 11, 23) < max(expiries)
    assert all(row["owner"] != row["approver"] for row in rows(name, "waivers"))


def test_scenarios_touch_rows_and_can_be_taken_back(sample: Workspace) -> None:
    name = sample.setting("sample")
    before = sample.frame("resources"), sample.frame("placements")
    scenarios = [row["scenario_id"] for row in rows(name, "scenarios")]
    assert len(scenarios) == 2
    applied = [sample.apply(stored_changes.changes_of(sample, one)) for one in scenarios]
    assert [one.notices for one in applied] == [[], []]
    assert min(one.row_count for one in applied) > 0
    sample.publish()
    for one in reversed(applied):
        sample.undo(one)
    assert before[0].equals(sample.frame("resources"))
    assert before[1].equals(sample.frame("placements"))
