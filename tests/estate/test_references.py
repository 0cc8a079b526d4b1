"""Names that refer to nothing are listed, never refused."""

from datetime import date

import pandas as pd

from freehold.estate import Workspace
from freehold.estate.references import unknown_references


def test_what_refers_to_nothing_is_listed_with_examples() -> None:
    workspace = Workspace.new(date(2026, 11, 1))
    workspace.append(
        "resources",
        pd.DataFrame(
            [
                {"resource_id": "a", "provider_id": "aws", "region_id": "eu-west-3"},
                {"resource_id": "b", "provider_id": "azure", "region_id": "eu-west-3"},
                {"resource_id": "c", "provider_id": "garage", "service_id": "s"},
                {"resource_id": "d", "provider_id": "attic"},
            ]
        ),
    )
    workspace.append("services", pd.DataFrame([{"service_id": "s", "provider_id": "aws"}]))
    found = {(one.table, one.column): one for one in unknown_references(workspace.connection)}
    assert set(found) == {("resources", "provider_id"), ("resources", "region_id")}
    assert found["resources", "provider_id"].examples == ("attic", "garage")
    assert found["resources", "region_id"].rows == 1
    assert str(found["resources", "provider_id"]) == (
        "2 rows of resources.provider_id name what providers.provider_id does not know,"
        " such as attic, garage."
    )
    workspace.close()


def test_an_estate_that_names_only_what_is_known_has_none() -> None:
    workspace = Workspace.new(date(2026, 11, 1))
    assert unknown_references(workspace.connection) == []
    workspace.close()
