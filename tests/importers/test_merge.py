"""Importing over what is there: bring up to date, do not duplicate, keep what people entered."""

import pandas as pd

from freehold.importers import update
from tests.importers.conftest import Reader, Writer


def test_update_replaces_adds_and_keeps_what_a_person_entered(
    focus_file: Writer, importing: Reader
) -> None:
    first = importing(focus_file({}, {"ResourceId": "gone"})).frames["resources"]
    existing = first.assign(application_id=["app-1", None], zone=None)
    second = importing(focus_file({"EffectiveCost": "9"}, {"ResourceId": "new"})).frames
    result = update(existing, second["resources"], "resource_id").set_index("resource_id")
    assert sorted(result.index) == ["gone", "i-1", "new"]
    assert result.loc["i-1", "effective_cost"] == 9.0
    kept = {key: result.loc[key, "application_id"] for key in ("gone", "i-1")}
    assert kept == dict(zip(existing["resource_id"], existing["application_id"], strict=True))
    assert list(result.reset_index().columns) == list(existing.columns)


def test_update_of_nothing_is_the_import(focus_file: Writer, importing: Reader) -> None:
    incoming = importing(focus_file({})).frames["resources"]
    empty = pd.DataFrame(columns=incoming.columns)
    assert len(update(empty, incoming, "resource_id")) == 1
