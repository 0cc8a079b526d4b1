"""Whether a certificate valid at the as-of date covers what is used: point by point."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest

from freehold.estate import Workspace

Rows = list[dict[str, Any]]

ESTATE: dict[str, Rows] = {
    "organisation": [
        {"organisation_id": "o", "country_iso2": "DE", "sector": "health", "regimes": "gdpr; C5"}
    ],
    "services": [
        {"service_id": "gov", "provider_id": "outscale", "model": "iaas",
         "required_schemes": "secnumcloud;ens:3"},
        {"service_id": "shop", "provider_id": "aws", "model": "iaas"},
        {"service_id": "mine", "provider_id": "hetzner", "model": "iaas",
         "required_schemes": "none"},
        {"service_id": "idle", "provider_id": "aws"},
    ],
    "data_sets": [{"data_set_id": "patients"}],
    "data_set_classes": [{"data_set_id": "patients", "class_id": "health"}],
    "placements": [
        {"placement_id": "p1", "service_id": "gov", "provider_id": "outscale",
         "region_id": "cloudgouv-eu-west-1", "data_set_id": "patients", "role": "storage"},
        {"placement_id": "p2", "service_id": "gov", "provider_id": "outscale",
         "region_id": "eu-west-2", "role": "failover"},
        {"placement_id": "p3", "service_id": "shop", "provider_id": "aws",
         "region_id": "eu-central-1", "role": "storage"},
        {"placement_id": "p4", "service_id": "mine", "provider_id": "hetzner",
         "region_id": "fsn1", "role": "storage"},
        {"placement_id": "p5", "service_id": "mine", "provider_id": "hetzner",
         "region_id": "ash", "role": "backup"},
    ],
    "resources": [{"resource_id": "vm", "provider_id": "aws", "region_id": "eu-central-1"}],
    "certificates": [
        {"certificate_id": "late", "provider_id": "hetzner", "scheme": "c5_2020",
         "status": "held", "attestation_type": 1, "all_services": True, "region_id": "fsn1",
         "valid_from": "2025-01-01", "valid_to": "2026-10-31"},
        {"certificate_id": "open", "provider_id": "hetzner", "scheme": "iso27017",
         "status": "held", "all_services": True, "all_regions": True},
        {"certificate_id": "ens", "provider_id": "outscale", "scheme": "ens", "level": 2,
         "status": "held", "service_id": "gov", "all_regions": True, "valid_to": "2027-06-30"},
    ],
}  # fmt: skip


def build(as_of: date) -> Workspace:
    workspace = Workspace.new(as_of)
    for table, rows in ESTATE.items():
        workspace.append(table, pd.DataFrame(rows))
    workspace.publish()
    return workspace


@pytest.fixture(scope="module")
def estate() -> Iterator[Workspace]:
    workspace = build(date(2026, 10, 1))
    yield workspace
    workspace.close()


def value(workspace: Workspace, column: str, key: str) -> object:
    found = workspace.connection.execute(
        f"SELECT {column} FROM views.coverages WHERE coverage = ?", [key]
    ).fetchall()
    assert len(found) == 1, key
    return found[0][0]


def test_each_use_meets_each_family_once(estate: Workspace) -> None:
    uses, families, rows = estate.connection.execute(
        "SELECT count(DISTINCT (service, provider, region)), count(DISTINCT scheme_family),"
        " count(*) FROM views.coverages"
    ).fetchall()[0]
    assert (uses, rows) == (7, 7 * families)


@pytest.mark.parametrize(
    ("key", "covered"),
    [
        ("gov/outscale/cloudgouv-eu-west-1/secnumcloud", True),
        ("gov/outscale/eu-west-2/secnumcloud", False),
        ("shop/aws/eu-central-1/secnumcloud", False),
        ("shop/aws/eu-central-1/c5", None),
        ("shop/aws/eu-central-1/iso27001", None),
        ("mine/hetzner/fsn1/c5", True),
        ("mine/hetzner/ash/c5", None),
        ("mine/hetzner/fsn1/iso27017", None),
        ("mine/hetzner/fsn1/pci_dss", None),
        ("-/aws/eu-central-1/c5", None),
    ],
)
def test_covered_only_where_scope_and_date_say_so(
    estate: Workspace, key: str, covered: bool | None
) -> None:
    assert value(estate, "covered", key) is covered


def test_a_certificate_past_its_end_covers_nothing() -> None:
    workspace = build(date(2026, 11, 1))
    assert value(workspace, "covered", "mine/hetzner/fsn1/c5") is not True
    assert value(workspace, "covered", "gov/outscale/eu-west-2/ens") is True
    workspace.close()


def test_what_is_only_claimed_is_told_and_decides_nothing(estate: Workspace) -> None:
    assert value(estate, "claimed", "shop/aws/eu-central-1/iso27001") is True
    assert value(estate, "claimed", "gov/outscale/eu-west-2/secnumcloud") is False


def test_asked_of_the_service_else_by_the_organisation(estate: Workspace) -> None:
    assert value(estate, "asked", "gov/outscale/eu-west-2/secnumcloud") is True
    assert value(estate, "asked", "gov/outscale/eu-west-2/c5") is False
    assert value(estate, "asked", "shop/aws/eu-central-1/c5") is True
    assert value(estate, "asked", "mine/hetzner/fsn1/c5") is False
    assert value(estate, "asked", "-/aws/eu-central-1/c5") is True
    assert value(estate, "asked_level", "gov/outscale/eu-west-2/ens") == 3
    assert value(estate, "asked_level", "gov/outscale/eu-west-2/secnumcloud") is None


def test_what_is_asked_reaches_contract_provider_and_placement(estate: Workspace) -> None:
    connection = estate.connection
    asked = dict(
        connection.execute("SELECT provider, asks_secnumcloud FROM views.providers").fetchall()
    )
    assert asked["outscale"] is True
    assert asked["aws"] is False
    placed = connection.execute(
        "SELECT asks_secnumcloud FROM views.placements WHERE placement = 'p2'"
    ).fetchall()
    assert placed == [(True,)]


def test_nothing_asked_by_anyone_is_unknown() -> None:
    workspace = Workspace.new(date(2026, 10, 1))
    workspace.append("services", pd.DataFrame([{"service_id": "s", "provider_id": "aws"}]))
    workspace.publish()
    assert value(workspace, "asked", "s/aws/-/c5") is None
    workspace.close()


def test_level_and_type_are_those_of_the_nearest_certificate(estate: Workspace) -> None:
    assert value(estate, "level", "gov/outscale/eu-west-2/ens") == 2
    assert value(estate, "attestation_type", "mine/hetzner/fsn1/c5") == 1


def test_health_data_is_told_only_by_data_sets_recorded_there(estate: Workspace) -> None:
    assert value(estate, "holds_health", "gov/outscale/cloudgouv-eu-west-1/hds") is True
    assert value(estate, "holds_health", "gov/outscale/eu-west-2/hds") is None


def test_backups_are_there_and_apart(estate: Workspace) -> None:
    told = estate.connection.execute(
        "SELECT has_backup, backup_apart FROM views.data_sets WHERE data_set = 'patients'"
    ).fetchall()
    assert told == [(False, None)]
