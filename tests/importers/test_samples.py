"""The real export files kept beside the repository."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from freehold.errors import InputError
from tests.importers.conftest import Reader
from tests.importers.helpers import accepted, counts

pytestmark = pytest.mark.shared
Finder = Callable[[str], Path]


def test_focus_1_0(sample: Finder, importing: Reader) -> None:
    result = importing(sample("focus_1_0_multicloud_1000.csv"))
    account = result.account
    assert (account.read, account.imported) == (1000, 997)
    assert counts(account.skipped) == {
        "adjustment, not a resource": 2,
        "credit, not a resource": 1,
    }
    assert account.cost_column == "EffectiveCost"
    assert account.currency_totals == {"USD": Decimal("14.976514185860")}
    assert account.billed_totals == {"USD": Decimal("20.520226728990")}
    assert account.ignored_columns == ["Id"]
    frame = result.frames["resources"]
    assert set(frame["provider_id"].dropna()) == {"aws", "azure", "oci"}
    assert frame["provider_id"].notna().all()
    assert frame["account"].str.fullmatch(r"\d+").sum() > 700
    connection = accepted(result)
    assert connection.execute("SELECT count(*) FROM estate.resources").fetchall() == [
        (account.resources,)
    ]


def test_focus_1_3_commitments(sample: Finder, importing: Reader) -> None:
    result = importing(sample("focus_1_3_contract_commitment_gcp_excerpt.csv"))
    assert result.account.kind == "focus_commitments"
    assert (result.account.read, result.account.imported, result.account.resources) == (6, 6, 0)
    assert result.frames["commitments"]["value"].sum() == pytest.approx(1652426.92)
    accepted(result)


def summed(path: Path, column: str, where: str = "true") -> tuple[int, Decimal]:
    """Return how many records a plain read of the file finds, and the sum of their cost."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            f'SELECT count(*), sum("{column}"::DECIMAL(38,12)) '
            f"FROM read_csv('{path}', all_varchar=true) WHERE {where}"
        ).fetchall()
    count, total = rows[0]
    return count, total


def test_aws_cur(sample: Finder, importing: Reader) -> None:
    path = sample("aws_cur_legacy_anonymised.csv")
    result = importing(path)
    account, frame = result.account, result.frames["resources"]
    count, total = summed(path, "lineItem/UnblendedCost")
    assert (account.kind, account.read, account.currency_totals) == (
        "aws_cur",
        count,
        {"USD": total},
    )
    used, carried = summed(path, "lineItem/UnblendedCost", "\"lineItem/LineItemType\" = 'Usage'")
    assert (account.imported, account.resource_totals) == (used, {"USD": carried})
    assert counts(account.skipped) == {"tax, not a resource": count - used}
    # No resource ids in this export: one line per service and region.
    assert frame["name"].str.endswith("(no resource id)").all()
    assert frame["account"].eq("123412340534").all()
    assert frame["region_id"].nunique() == 17
    assert [(u.field, u.count) for u in account.unknown] == [
        ("region_id", 14),
        ("resource_id", used),
    ]
    assert frame["service_category"].notna().all()
    accepted(result)


@pytest.mark.parametrize(
    ("name", "basis", "resources"),
    [("azure_ea_actual_cost.csv", "actual", 10), ("azure_ea_amortized_cost.csv", "amortised", 22)],
)
def test_azure(sample: Finder, importing: Reader, name: str, basis: str, resources: int) -> None:
    path = sample(name)
    result = importing(path)
    account, frame = result.account, result.frames["resources"]
    count, total = summed(path, "Cost")
    assert (account.kind, account.cost_basis, account.read) == ("azure_cost", basis, count)
    assert account.currency_totals == {"USD": total}
    used, carried = summed(path, "Cost", "ChargeType = 'Usage'")
    assert (account.imported, account.resource_totals) == (used, {"USD": carried})
    assert account.resources == resources
    assert [(u.count, u.reason) for u in account.unknown if u.field == "region_id"] == [
        (1, "not in the source")
    ]
    assert set(frame["region_id"].dropna()) <= {
        "centralus",
        "eastus",
        "eastus2",
        "southcentralus",
        "ukwest",
        "westus",
        "westus2",
    }
    assert frame["service_category"].notna().all()
    sizes = set(frame["instance_type"].dropna())
    assert "Standard_D2s_v3" in sizes
    assert result.frames["commitments"]["provider_id"].eq("azure").all()
    accepted(result)


def test_azure_exports_of_both_kinds_are_refused(sample: Finder, importing: Reader) -> None:
    with pytest.raises(InputError, match="twice"):
        importing(sample("azure_ea_actual_cost.csv"), sample("azure_ea_amortized_cost.csv"))


def test_plan_aws(sample: Finder, importing: Reader) -> None:
    result = importing(sample("terraform_plan_aws.json"))
    assert (result.account.read, result.account.resources) == (26, 26)
    frame = result.frames["resources"]
    assert set(frame["region_id"].dropna()) == {"us-east-1"}
    assert frame["region_id"].isna().sum() == 4  # roles and their policies: global
    assert set(frame["status"]) == {"active", "planned"}
    accepted(result)


def test_plan_gcp(sample: Finder, importing: Reader) -> None:
    result = importing(sample("terraform_plan_gcp.json"))
    assert result.account.resources == 15
    frame = result.frames["resources"].set_index("name")
    assert frame.loc["my-disk", "region_id"] == "us-central1"
    assert frame.loc["my-instance", "region_id"] == "us-central1"
    multi = frame[frame["resource_type"] == "google_storage_bucket"].iloc[0]
    assert multi["region_id"] is None
    assert '"freehold:region_text":"EU"' in multi["tags"]
    accepted(result)


def test_state_aws(sample: Finder, importing: Reader) -> None:
    result = importing(sample("terraform_state_v4_aws_s3.tfstate"))
    frame = result.frames["resources"]
    assert len(frame) == 26
    assert (frame["region_id"] == "eu-west-3").sum() == 3
    assert frame["region_id"].isna().sum() == 23
    accepted(result)


def test_state_flexible_engine(sample: Finder, importing: Reader) -> None:
    result = importing(sample("terraform_state_v4_flexibleengine.tfstate"))
    frame = result.frames["resources"]
    assert len(frame) == 9
    assert frame["region_id"].isna().all()
    assert frame["provider_id"].isna().all()
    assert counts([e for e in result.account.unknown if e.field == "region_id"]) == {
        "not in the source": 9
    }
    accepted(result)


def test_google_assets(sample: Finder, importing: Reader) -> None:
    path = sample("gcp_cai_resources.ndjson")
    assets = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    inside = ("cloudresourcemanager.", "cloudbilling.", "serviceusage.", "k8s.io/",
              "extensions.k8s.io", "rbac.authorization.k8s.io")  # fmt: skip
    kept = [a for a in assets if not a["asset_type"].startswith(inside)
            and a["asset_type"] != "compute.googleapis.com/Project"]  # fmt: skip
    result = importing(path)
    account = result.account
    assert (account.kind, account.read) == ("gcp_assets", len(assets))
    assert account.adds_up
    assert account.resources == len({a["name"] for a in kept})
    frame = result.frames["resources"].set_index("resource_id")
    for entry in kept:
        zone = entry["resource"]["data"].get("zone", "").rpartition("/")[2]
        if zone:
            assert frame.loc[entry["name"], "region_id"] == zone.rpartition("-")[0]
    buckets = frame[frame["resource_type"] == "storage.googleapis.com/Bucket"]
    assert buckets["region_id"].isna().all()  # multi-regions: US
    assert buckets["tags"].str.contains("freehold:region_text").all()
    untold = sum(entry.count for entry in account.unknown if entry.field == "region_id")
    assert untold == frame["region_id"].isna().sum()
    accepted(result)


def test_kubernetes_nodes(sample: Finder, importing: Reader) -> None:
    path = sample("k8s_nodes.json")
    nodes = {n["metadata"]["name"]: n for n in json.loads(path.read_text())["items"]}
    result = importing(path)
    frame = result.frames["resources"].set_index("name")
    assert set(frame.index) == set(nodes)
    unplaced = {name for name, n in nodes.items() if "providerID" not in n["spec"]}
    assert set(frame[frame["region_id"].isna()].index) == unplaced
    assert set(frame[frame["provider_id"].isna()].index) == unplaced
    assert set(frame["region_id"].dropna()) == {"sfo2"}
    gpus = frame[frame["accelerator_count"].notna()]
    assert dict(gpus["accelerator_id"]) == {"ip-172-31-21-92": "nvidia-t4"}
    accepted(result)


def test_prowler_findings(sample: Finder, importing: Reader) -> None:
    path = sample("prowler_ocsf_aws.json")
    events = json.loads(path.read_text())
    result = importing(path)
    frame = result.frames["scanner_findings"]
    assert (result.account.read, len(frame), result.account.resources) == (5, 5, 0)
    assert [json.loads(c) for c in frame["compliance"]] == [
        {name: sorted(ids) for name, ids in event["unmapped"]["compliance"].items()}
        for event in events
    ]
    assert list(frame["result"]) == [event["status_code"].lower() for event in events]
    assert frame[["region_id", "account", "resource_id"]].isna().all(axis=None)
    accepted(result)


def test_dora_register(sample: Finder, importing: Reader) -> None:
    result = importing(sample("dora_roi_xbrl_csv_sample1.zip"))
    account = result.account
    assert (account.kind, account.read) == ("dora_register", 15)
    assert account.adds_up
    contracts = result.frames["contracts"].set_index("contract_id")
    assert contracts.loc["snoikfyf", "storage_country"] == "AL"
    assert contracts.loc["gmbgxsux", "substitutability"] == "not_substitutable"
    assert contracts.loc["dbjgwafz", "arrangement"] == "standalone"
    accepted(result)


def test_all_of_them_at_once(sample: Finder, importing: Reader) -> None:
    names = ("focus_1_0_multicloud_1000.csv", "terraform_plan_aws.json",
             "focus_1_3_contract_commitment_gcp_excerpt.csv")  # fmt: skip
    result = importing(*(sample(name) for name in names))
    account = result.account
    assert (account.kind, account.read) == ("several", 1032)
    assert account.adds_up
    assert account.currency_totals == {"USD": Decimal("14.976514185860")}
    assert len(result.frames["import_accounts"]) == 3
    accepted(result)
