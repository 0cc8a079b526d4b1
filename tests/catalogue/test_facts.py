"""Every researched row is carried; skipped where the researched tables are not at hand."""

import csv
from pathlib import Path

import pytest

from freehold.catalogue import shipped_tables
from freehold.catalogue.dictionary import datasets_folder

REWRITTEN = {
    "certifications": {"valid_from", "valid_to"},
    "grid": {"as_of"},
    "models": {"as_of"},
    "shocks": {"parameters", "new_columns"},
}
"""Columns made stricter when the rows were taken over; their own words stand in a column beside."""

ADDED_TO = {"shocks"}
"""Tables to which the project has added rows of its own after the researched ones."""


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.shared
def test_every_row_and_value_is_carried(facts: Path) -> None:
    paths = sorted(facts.glob("*.csv"))
    assert len(paths) >= 34
    parts = {
        (row["table_name"], row["row_key"], row["column_name"]): row["as_written"]
        for row in rows_of(datasets_folder() / "tables" / "country_parts.csv")
    }
    for path in paths:
        name = path.stem
        researched = rows_of(path)
        carried = rows_of(datasets_folder() / "tables" / path.name)
        if name not in ADDED_TO:
            assert len(carried) == len(researched), name
        table = shipped_tables()[name]
        for before, after in zip(researched, carried[: len(researched)], strict=True):
            key = "|".join(after[column] for column in table.key)
            for column, value in before.items():
                if column in REWRITTEN.get(name, set()):
                    continue
                if after[column] == value:
                    continue
                as_set = after.get("country_set") if column == "country_iso2" else None
                assert value in (as_set, parts.get((name, key, column))), (name, key, column)


@pytest.mark.shared
def test_stricter_columns_keep_their_own_words_beside_them(facts: Path) -> None:
    folder = datasets_folder() / "tables"
    for before, after in zip(
        rows_of(facts / "certifications.csv"), rows_of(folder / "certifications.csv"), strict=True
    ):
        assert after["valid_from_stated"] == before["valid_from"]
        assert after["valid_to_stated"] == before["valid_to"]
    for name in ("grid", "models"):
        for before, after in zip(
            rows_of(facts / f"{name}.csv"), rows_of(folder / f"{name}.csv"), strict=True
        ):
            assert before["as_of"] == after["as_of"] or after["as_of_note"] in before["as_of"]
    researched = rows_of(facts / "shocks.csv")
    for before, after in zip(
        researched, rows_of(folder / "shocks.csv")[: len(researched)], strict=True
    ):
        assert after["parameters"].startswith(before["parameters"])
