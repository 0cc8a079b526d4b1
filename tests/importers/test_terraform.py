"""Terraform and OpenTofu JSON in all its shapes; secrets stay where they are."""

import json
from pathlib import Path
from typing import Any

import pytest

from freehold.errors import InputError
from freehold.importers import recognise
from tests.importers.conftest import Reader
from tests.importers.helpers import accepted, counts, row

SECRET = "hunter2-do-not-take"


def state_4(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"version": 4, "terraform_version": "1.9.0", "resources": list(resources)}


def block(type_: str, *attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    instances = [{"index_key": n, "attributes": a} for n, a in enumerate(attributes)]
    return {"mode": "managed", "type": type_, "name": "x", "instances": instances, **more}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def go(document: Any, name: str = "any.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(document))
        return path

    return go


@pytest.mark.parametrize("name", ["password", "db_Secret", "API_KEY", "auth-token", "privateKey"])
def test_a_tag_named_like_a_secret_stays_in_the_file(
    name: str, write: Any, importing: Reader
) -> None:
    tagged = {"id": "i-1", "region": "eu-west-3", "tags": {"team": "a", name: SECRET}}
    result = importing(write(state_4(block("aws_instance", tagged))))
    tags = str(row(result, "i-1")["tags"])
    assert SECRET not in tags
    assert '"team":"a"' in tags
    assert any("secrets" in note for note in result.account.notes)


def test_secrets_are_not_taken_over(write: Any, importing: Reader) -> None:
    database = {
        "id": "db-1",
        "region": "eu-west-3",
        "password": SECRET,
        "master_password": SECRET,
        "user_data": SECRET,
        "connection": {"token": SECRET},
        "tags": {"team": "a"},
    }
    marked = {"id": "db-2", "tags": {"note": SECRET}, "name": SECRET}
    document = state_4(
        block("aws_db_instance", database),
        {
            "mode": "managed",
            "type": "aws_db_instance",
            "name": "y",
            "instances": [
                {
                    "attributes": marked,
                    "sensitive_attributes": [
                        [{"type": "get_attr", "value": "tags"}],
                        [{"type": "get_attr", "value": "name"}],
                    ],
                }
            ],
        },
        block("random_password", {"id": "none", "result": SECRET}),
    )
    document["outputs"] = {"secret": {"value": SECRET}}
    result = importing(write(document))
    everything = result.account.model_dump_json() + "".join(
        frame.to_csv() for frame in result.frames.values()
    )
    assert SECRET not in everything
    assert row(result, "db-1")["region_id"] == "eu-west-3"
    assert '"team":"a"' in str(row(result, "db-1")["tags"])
    accepted(result)


def test_state_4_instances_data_sources_and_helpers(write: Any, importing: Reader) -> None:
    document = state_4(
        block("aws_instance", {"id": "i-1", "availability_zone": "us-east-1a"}, {"id": "i-2"}),
        block("aws_ami", {"id": "ami"}, mode="data"),
        block("null_resource", {"id": "1"}),
        block("hcloud_server", {"id": 77, "datacenter": "fsn1-dc14", "server_type": "cx22"}),
    )
    result = importing(write(document))
    account = result.account
    assert (account.kind, account.format_version) == ("terraform_state", "state 4")
    assert (account.read, account.imported, account.resources) == (5, 3, 3)
    assert account.adds_up
    assert len(account.skipped) == 2
    assert row(result, "i-1")["region_id"] == "us-east-1"
    assert row(result, "i-2")["region_id"] is None
    assert counts(account.unknown)["not in the source"] >= 1
    server = row(result, "77")
    assert (server["provider_id"], server["region_id"]) == ("hetzner", "fsn1")
    assert server["instance_type"] == "cx22"


def test_state_3_modules(write: Any, importing: Reader) -> None:
    document = {
        "version": 3,
        "terraform_version": "0.11.14",
        "modules": [
            {
                "path": ["root", "net"],
                "resources": {
                    "aws_vpc.main": {
                        "type": "aws_vpc",
                        "provider": "provider.aws",
                        "primary": {
                            "id": "vpc-1",
                            "attributes": {
                                "arn": "arn:aws:ec2:eu-west-1:000123456789:vpc/vpc-1",
                                "id": "vpc-1",
                                "tags.%": "1",
                                "tags.Name": "main net",
                            },
                        },
                    },
                    "data.aws_region.now": {"type": "aws_region", "primary": {"id": "x"}},
                },
            }
        ],
    }
    result = importing(write(document))
    assert (result.account.read, result.account.imported) == (2, 1)
    network = row(result, "arn:aws:ec2:eu-west-1:000123456789:vpc/vpc-1")
    assert network["region_id"] == "eu-west-1"
    assert network["account"] == "000123456789"
    assert network["name"] == "main net"
    assert "module.net.aws_vpc.main" in str(network["tags"])


def test_shown_state(write: Any, importing: Reader) -> None:
    document = {
        "format_version": "1.0",
        "terraform_version": "1.9.0",
        "values": {
            "root_module": {
                "child_modules": [
                    {
                        "resources": [
                            {
                                "address": "module.a.azurerm_storage_account.s",
                                "mode": "managed",
                                "type": "azurerm_storage_account",
                                "name": "s",
                                "values": {
                                    "id": "/subscriptions/0-1/resourceGroups/g/s",
                                    "name": "s",
                                    "location": "France Central",
                                },
                                "sensitive_values": {"name": True},
                            }
                        ]
                    }
                ]
            }
        },
    }
    result = importing(write(document))
    storage = row(result, "/subscriptions/0-1/resourceGroups/g/s")
    assert storage["region_id"] == "francecentral"
    assert storage["account"] == "0-1"
    assert storage["service_category"] == "storage"
    assert storage["name"] == "module.a.azurerm_storage_account.s"


def plan(provider_config: dict[str, Any], *resources: dict[str, Any], **more: Any) -> Any:
    planned = [
        {
            "address": f"{entry['type']}.{entry['name']}",
            "mode": "managed",
            "values": entry.get("values", {}),
            "type": entry["type"],
            "name": entry["name"],
        }
        for entry in resources
    ]
    configured = [
        {"type": e["type"], "name": e["name"], "provider_config_key": e.get("key", "aws")}
        for e in resources
    ]
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": planned}},
        "configuration": {
            "provider_config": provider_config,
            "root_module": {"resources": configured},
        },
        **more,
    }


def test_plan_regions_come_from_the_provider_block_in_force(write: Any, importing: Reader) -> None:
    document = plan(
        {
            "aws": {"expressions": {"region": {"references": ["var.region"]}}},
            "aws.west": {"expressions": {"region": {"constant_value": "us-west-2"}}},
        },
        {"type": "aws_instance", "name": "a", "values": {"instance_type": "p5.48xlarge"}},
        {"type": "aws_instance", "name": "b", "key": "aws.west"},
        {"type": "aws_iam_role", "name": "c"},
        {"type": "aws_s3_bucket", "name": "d", "values": {"region": "nowhere-1"}},
        variables={"region": {"value": "eu-north-1"}},
        resource_changes=[
            {"address": "aws_instance.a", "change": {"actions": ["create"]}},
            {"address": "aws_instance.z", "change": {"actions": ["delete"]}},
        ],
    )
    result = importing(write(document))
    first = row(result, "terraform:aws_instance.a")
    assert (first["region_id"], first["status"]) == ("eu-north-1", "planned")
    assert (first["service_category"], first["accelerator_count"]) == ("gpu", 8)
    assert row(result, "terraform:aws_instance.b")["region_id"] == "us-west-2"
    assert row(result, "terraform:aws_iam_role.c")["region_id"] is None
    assert row(result, "terraform:aws_s3_bucket.d")["region_id"] is None
    assert result.account.derived[0].count == 2
    assert any("deletes" in note for note in result.account.notes)
    accepted(result)


def test_ids_shared_by_several_records_give_way_to_addresses(write: Any, importing: Reader) -> None:
    document = state_4(
        block("aws_s3_bucket_policy", {"id": "bucket"}),
        block("aws_s3_bucket_notification", {"id": "bucket"}),
    )
    result = importing(write(document))
    assert set(result.frames["resources"]["resource_id"]) == {
        "terraform:aws_s3_bucket_policy.x[0]",
        "terraform:aws_s3_bucket_notification.x[0]",
    }


def test_other_json_is_refused_in_a_sentence(write: Any, importing: Reader) -> None:
    with pytest.raises(InputError, match="does not know this kind"):
        importing(write({"hello": "world"}))
    with pytest.raises(InputError, match="no records"):
        importing(write(state_4()))


def test_as_kind_is_checked(write: Any, importing: Reader) -> None:
    path = write(state_4(block("aws_instance", {"id": "i"})), "bill.csv")
    assert recognise(path) == "terraform_state"
    assert importing(path, kind="terraform").account.imported == 1
    with pytest.raises(InputError, match="not of the kind 'focus'"):
        importing(path, kind="focus")
    with pytest.raises(InputError, match="no import kind 'nonsense'"):
        importing(path, kind="nonsense")
