"""Inventories of the clouds and clusters: what is taken over, what is not, and that it adds up."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from freehold.errors import InputError
from freehold.importers import recognise
from tests.examples import examples
from tests.importers.conftest import Reader
from tests.importers.helpers import accepted, counts, row

SECRET = "hunter2-do-not-take"
QUIET = settings(
    max_examples=examples(9),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def go(document: Any, name: str = "any") -> Path:
        path = tmp_path / name
        if isinstance(document, list) and name.endswith(".lines"):
            path.write_text("".join(json.dumps(entry) + "\n" for entry in document))
        else:
            path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    return go


@pytest.fixture
def seen(write: Any, importing: Reader) -> Any:
    return lambda document: importing(write(document))


# AWS Config

INSTANCE = {
    "configurationItemStatus": "OK",
    "awsAccountId": "123456789012",
    "awsRegion": "eu-west-3",
    "availabilityZone": "eu-west-3a",
    "resourceType": "AWS::EC2::Instance",
    "resourceId": "i-0123456789abcdef0",
    "ARN": "arn:aws:ec2:eu-west-3:123456789012:instance/i-0123456789abcdef0",
    "tags": {"Name": "web", "db_password": SECRET},
    "configuration": {"instanceType": "p5.48xlarge", "userData": SECRET},
    "supplementaryConfiguration": {"secret": SECRET},
}


def snapshot(*items: Any) -> dict[str, Any]:
    return {
        "fileVersion": "1.0",
        "configSnapshotId": "00000000-0000-0000-0000-000000000000",
        "configurationItems": list(items),
    }


def test_config_takes_the_place_the_type_and_the_accelerator(write: Any, importing: Reader) -> None:
    result = importing(write(snapshot(INSTANCE)))
    found = row(result, str(INSTANCE["ARN"]))
    assert found["name"] == "web"
    assert (found["provider_id"], found["region_id"]) == ("aws", "eu-west-3")
    assert (found["account"], found["zone"]) == ("123456789012", "eu-west-3a")
    assert (found["service_category"], found["accelerator_id"]) == ("gpu", "nvidia-h100-sxm")
    assert found["accelerator_count"] == 8
    assert SECRET not in json.dumps({key: str(value) for key, value in found.items()})
    accepted(result)


def test_config_leaves_out_what_is_deleted_a_record_or_not_understood(
    write: Any, importing: Reader
) -> None:
    result = importing(
        write(
            snapshot(
                INSTANCE,
                INSTANCE,
                {**INSTANCE, "ARN": "arn:x", "configurationItemStatus": "ResourceDeleted"},
                {**INSTANCE, "ARN": "arn:y", "resourceType": "AWS::Config::ResourceCompliance"},
                {"resourceType": "AWS::S3::Bucket"},
                ["not", "an", "object"],
            )
        )
    )
    assert result.account.adds_up
    assert (result.account.read, result.account.imported, result.account.rejected) == (6, 1, 2)
    assert sum(counts(result.account.skipped).values()) == 5
    assert list(result.rejected["record"]) == [5, 6]


def test_config_of_other_partitions_and_of_global_services(write: Any, importing: Reader) -> None:
    role = {
        **INSTANCE,
        "awsRegion": "global",
        "availabilityZone": "Not Applicable",
        "resourceType": "AWS::IAM::Role",
        "ARN": "arn:aws:iam::123456789012:role/admin",
    }
    china = {
        **INSTANCE,
        "awsRegion": "cn-north-1",
        "availabilityZone": "cn-north-1a",
        "ARN": "arn:aws-cn:ec2:cn-north-1:123456789012:instance/i-1",
    }
    result = importing(write(snapshot(role, china)))
    assert row(result, str(role["ARN"]))["region_id"] is None
    assert row(result, str(role["ARN"]))["zone"] is None
    assert row(result, str(china["ARN"]))["provider_id"] == "aws_china"
    assert "no region of its own" in str(result.account.unknown)


def test_config_packed_with_gzip_under_any_name(tmp_path: Path, importing: Reader) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(gzip.compress(json.dumps(snapshot(INSTANCE)).encode()))
    assert recognise(path) == "aws_config"
    assert importing(path).account.resources == 1


# Azure Resource Graph

MACHINE = {
    "id": "/subscriptions/0000-1111/resourceGroups/rg/providers/Microsoft.Compute/vm/v",
    "name": "v",
    "type": "microsoft.compute/virtualmachines",
    "location": "westeurope",
    "resourceGroup": "rg",
    "subscriptionId": "0000-1111",
    "tags": {"team": "a", "apiKey": SECRET},
    "properties": {
        "hardwareProfile": {"vmSize": "Standard_D4s_v5"},
        "osProfile": {"adminPassword": SECRET},
    },
    "sku": None,
    "zones": ["1"],
}


@pytest.mark.parametrize(
    "document",
    [
        [MACHINE],
        {"totalRecords": 1, "count": 1, "data": [MACHINE], "resultTruncated": "false"},
        {"count": 1, "total_records": 1, "skip_token": None, "data": [MACHINE]},
        {
            "data": {
                "columns": [{"name": name, "type": "string"} for name in MACHINE],
                "rows": [list(MACHINE.values())],
            }
        },
    ],
)
def test_resource_graph_in_every_json_layout(document: Any, write: Any, importing: Reader) -> None:
    path = write(document)
    assert recognise(path) == "azure_resource_graph"
    result = importing(path)
    found = row(result, str(MACHINE["id"]))
    assert (found["provider_id"], found["region_id"]) == ("azure", "westeurope")
    assert (found["account"], found["instance_type"]) == ("0000-1111", "Standard_D4s_v5")
    assert found["service_category"] == "compute"
    assert SECRET not in str(found)
    accepted(result)


def test_resource_graph_as_csv(tmp_path: Path, importing: Reader) -> None:
    path = tmp_path / "graph"
    names = [name.upper() for name in MACHINE]
    cells = [json.dumps(v) if isinstance(v, dict | list) else v or "null" for v in MACHINE.values()]
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        lines = csv.writer(out)
        lines.writerows([names, cells, [*cells, "one too many"]])
    assert recognise(path) == "azure_resource_graph"
    result = importing(path)
    assert row(result, str(MACHINE["id"]))["instance_type"] == "Standard_D4s_v5"
    assert (result.account.read, result.account.imported) == (2, 1)
    assert result.account.adds_up


def test_resource_graph_groups_and_subscriptions_are_no_resources(
    write: Any, importing: Reader
) -> None:
    group = {**MACHINE, "id": "/subscriptions/0/resourceGroups/rg",
             "type": "Microsoft.Resources/subscriptions/resourceGroups"}  # fmt: skip
    front = {**MACHINE, "id": "/subscriptions/0/f", "type": "microsoft.cdn/profiles",
             "location": "global"}  # fmt: skip
    result = importing(write([MACHINE, group, front]))
    assert (result.account.read, result.account.imported) == (3, 2)
    assert row(result, "/subscriptions/0/f")["region_id"] is None


# Google Cloud Asset Inventory


def asset(type_: str, name: str, **data: Any) -> dict[str, Any]:
    return {"name": name, "assetType": type_, "resource": {"data": data}}


BASE = "//compute.googleapis.com/projects/p"
DISK = "compute.googleapis.com/Disk"


@pytest.mark.parametrize(
    ("given", "region"),
    [
        ({**asset(DISK, f"{BASE}/zones/z/disks/d"), "resource": {"location": "europe-west9-a"}},
         "europe-west9"),
        (asset(DISK, f"{BASE}/x/d", zone="https://x/compute/v1/projects/p/zones/europe-west9-b"),
         "europe-west9"),
        (asset(DISK, f"{BASE}/x/d", region="https://x/projects/p/regions/europe-west9"),
         "europe-west9"),
        (asset(DISK, f"{BASE}/x/d", location="europe-west9"), "europe-west9"),
        (asset(DISK, f"{BASE}/zones/europe-west9-c/disks/d"), "europe-west9"),
        (asset(DISK, f"{BASE}/regions/europe-west9/disks/d"), "europe-west9"),
        (asset(DISK, f"{BASE}/x/d", location="EU"), None),
        (asset(DISK, f"{BASE}/global/d"), None),
        (asset(DISK, f"{BASE}/x/d"), None),
        ({"name": f"{BASE}/x/d", "asset_type": DISK, "location": "europe-west9",
          "project": "projects/12"}, "europe-west9"),
    ],
)  # fmt: skip
def test_assets_are_placed_by_whatever_names_the_place(
    given: dict[str, Any], region: str | None, write: Any, importing: Reader
) -> None:
    result = importing(write([given]))
    assert result.account.kind == "gcp_assets"
    assert row(result, given["name"])["region_id"] == region
    told = sum(e.count for e in result.account.unknown if e.field == "region_id")
    assert told == (0 if region else 1)


def test_assets_one_a_line_with_a_bad_line_and_with_a_cut_off_one(
    tmp_path: Path, write: Any, importing: Reader
) -> None:
    machine = asset("compute.googleapis.com/Instance", f"{BASE}/zones/europe-west9-a/instances/i",
                    machineType="x/machineTypes/n1-standard-8",
                    guestAccelerators=[{"acceleratorType": "x/acceleratorTypes/nvidia-tesla-t4",
                                        "acceleratorCount": 2}],
                    labels={"team": "a", "token": SECRET},
                    metadata={"items": [{"key": "k", "value": SECRET}]})  # fmt: skip
    project = asset("cloudresourcemanager.googleapis.com/Project", "//x/projects/12",
                    projectNumber="12", projectId="p")  # fmt: skip
    zone = {**asset("dns.googleapis.com/ManagedZone", "//dns.googleapis.com/x"),
            "ancestors": ["projects/12", "organizations/1"]}  # fmt: skip
    lines = [json.dumps(entry) for entry in (machine, zone, project)]
    path = tmp_path / "dump"
    path.write_text("\n".join([lines[0], "{broken", "", *lines[1:]]) + "\n")
    result = importing(path)
    assert (result.account.read, result.account.imported) == (4, 2)
    assert result.account.adds_up
    found = row(result, machine["name"])
    assert (found["accelerator_id"], found["accelerator_count"]) == ("nvidia-t4", 2)
    assert SECRET not in str(found)
    assert row(result, "//dns.googleapis.com/x")["account"] == "p"
    path.write_text("\n".join(lines)[:-20])
    with pytest.raises(InputError, match="cut off"):
        importing(path)


# Kubernetes


def node(name: str, labels: dict[str, str], capacity: Any = None, **spec: Any) -> dict[str, Any]:
    return {
        "kind": "Node",
        "metadata": {"name": name, "uid": f"uid-{name}", "labels": labels,
                     "annotations": {"secret": SECRET}},
        "spec": spec,
        "status": {"capacity": capacity or {}},
    }  # fmt: skip


def cluster(*nodes: Any) -> dict[str, Any]:
    return {"kind": "List", "apiVersion": "v1", "items": list(nodes)}


def test_nodes_of_every_cloud_get_the_id_their_provider_gives(
    write: Any, importing: Reader
) -> None:
    region = "topology.kubernetes.io/region"
    old = "failure-domain.beta.kubernetes.io/region"
    result = importing(
        write(
            cluster(
                node("a", {region: "eu-west-3"}, providerID="aws:///eu-west-3a/i-0abc1234"),
                node("g", {}, providerID="gce://p/europe-west9-a/g"),
                node("z", {old: "westeurope"}, providerID="azure:///subscriptions/s/x/vm"),
                node("o", {region: "unheard-of"}, providerID="openstack:///uuid"),
                node("n", {}),
            )
        )
    )
    frame = result.frames["resources"].set_index("name")
    told = frame["provider_id"].dropna().to_dict()
    assert told == {"a": "aws", "g": "gcp", "z": "azure"}
    assert frame.loc["a", "resource_id"] == "i-0abc1234"
    assert frame.loc["g", "region_id"] == "europe-west9"
    assert frame.loc["z", "region_id"] == "westeurope"
    assert frame["region_id"].isna().sum() == 2
    assert SECRET not in frame.to_csv()
    accepted(result)


@pytest.mark.parametrize(
    ("labels", "capacity", "accelerator", "count"),
    [
        ({"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3", "nvidia.com/gpu.count": "8",
          "nvidia.com/gpu.memory": "81559"}, {"nvidia.com/gpu": "8"}, "nvidia-h100-sxm", 8),
        ({"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"}, {"nvidia.com/gpu": "4"},
         "nvidia-a100-80", 4),
        # Time slicing: capacity counts shares, the label counts devices.
        ({"nvidia.com/gpu.product": "Tesla-T4-SHARED", "nvidia.com/gpu.count": "1",
          "nvidia.com/gpu.replicas": "10"}, {"nvidia.com/gpu": "10"}, "nvidia-t4", 1),
        # Cut into parts: nothing says how many devices the parts are of.
        ({"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb",
          "nvidia.com/gpu.count": "7"}, {"nvidia.com/gpu": "7"}, "nvidia-a100-80", None),
        ({"amd.com/gpu.product-name": "AMD_Instinct_MI300X"}, {"amd.com/gpu": "8"},
         "amd-mi300x", 8),
        ({"nvidia.com/gpu.product": "Imagined-9000"}, {"nvidia.com/gpu": "2"}, None, 2),
        ({}, {"nvidia.com/gpu": "2"}, None, 2),
    ],
)  # fmt: skip
def test_accelerators_of_a_node(
    labels: dict[str, str], capacity: dict[str, str], accelerator: str | None, count: int | None,
    seen: Any,
) -> None:  # fmt: skip
    result = seen(cluster(node("n", labels, capacity)))
    found = row(result, "kubernetes:uid-n")
    assert (found["accelerator_id"], found["accelerator_count"]) == (accelerator, count)
    assert found["service_category"] == "gpu"
    told = {entry.field for entry in result.account.unknown}
    assert ("accelerator_id" in told) == (accelerator is None)
    assert ("accelerator_count" in told) == (count is None)


def test_one_node_and_other_kinds_in_the_list(write: Any, importing: Reader) -> None:
    assert importing(write(node("n", {}), "one")).account.resources == 1
    bare = {key: value for key, value in node("n", {}).items() if key != "kind"}
    assert importing(write({"kind": "NodeList", "items": [bare]}, "bare")).account.resources == 1
    mixed = importing(write(cluster(node("n", {}), {"kind": "Pod"}, None), "mixed")).account
    assert (mixed.read, mixed.imported) == (3, 1)
    assert mixed.adds_up


# Anything

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "resourceType",
                    "ARN",
                    "resourceId",
                    "tags",
                    "configuration",
                    "awsRegion",
                    "name",
                    "assetType",
                    "resource",
                    "data",
                    "location",
                    "zone",
                    "labels",
                    "kind",
                    "metadata",
                    "spec",
                    "providerID",
                    "status",
                    "capacity",
                    "id",
                    "type",
                    "sku",
                    "properties",
                    "finding_info",
                    "class_uid",
                    "resources",
                    "uid",
                    "cloud",
                    "compliance",
                    "unmapped",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
WRAPPED = st.sampled_from(["config", "graph", "assets", "nodes", "findings"])


@QUIET
@example(junk=[{"class_uid": []}], kind="graph")
@given(junk=st.lists(JUNK, min_size=1, max_size=4), kind=WRAPPED)
def test_wrong_nesting_is_counted_or_refused(
    junk: list[Any], kind: str, tmp_path: Path, importing: Reader
) -> None:
    good: dict[str, Any] = {
        "config": INSTANCE,
        "graph": MACHINE,
        "assets": asset(DISK, f"{BASE}/x/d"),
        "nodes": node("n", {}),
        "findings": {"class_uid": 2004, "finding_info": {"uid": "u", "title": "t"}},
    }
    rows = [good[kind], *junk]
    document: Any = rows
    if kind == "config":
        document = snapshot(*rows)
    elif kind == "nodes":
        document = cluster(*rows)
    path = tmp_path / "junk.json"
    path.write_text(json.dumps(document))
    account = importing(path).account
    assert account.adds_up
    assert account.read == len(rows)
    assert account.imported >= 1


@QUIET
@given(cut=st.integers(min_value=1, max_value=400))
def test_a_cut_off_document_is_refused(cut: int, tmp_path: Path, importing: Reader) -> None:
    text = json.dumps(snapshot(INSTANCE, INSTANCE))
    path = tmp_path / "cut.json"
    path.write_text(text[: max(1, len(text) - cut)])
    with pytest.raises(InputError):
        importing(path)
