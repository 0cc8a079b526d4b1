"""A document of two workloads and the offers of three providers: planned in two seconds."""

from datetime import date

import pandas as pd

from freehold.estate import Workspace
from freehold.workflows import documents

PROVIDERS = ("hetzner", "scaleway", "upcloud")


def small_document() -> Workspace:
    """Return it unsaved: an ERP and a web shop in Helsinki, one rule pack."""
    workspace = documents.blank(date(2026, 11, 23))
    workspace.set_setting("packs", ["operations-support"])
    at = {"provider_id": "upcloud", "region_id": "fi-hel1", "application_id": "A"}
    for table, rows in (
        ("applications", [{"application_id": "A", "name": "Shop"}]),
        (
            "workloads",
            [
                {"workload_id": "ERP", "name": "ERP", "kind": "classic", "vcpus": 64, **at},
                {"workload_id": "WEB", "name": "Web shop", "kind": "classic", "vcpus": 8, **at},
            ],
        ),
    ):
        workspace.append(table, pd.DataFrame(rows))
    workspace.own_facts(["prices"])
    workspace.connection.execute(
        "DELETE FROM catalogue.prices WHERE NOT list_contains(?, provider_id)", [list(PROVIDERS)]
    )
    return workspace
