"""Every shock is a list of changes that the schema can take."""

import csv
import json
import re
from typing import Any

import duckdb
import pytest

from freehold.catalogue import change_view, dictionary
from freehold.catalogue.dictionary import datasets_folder
from freehold.resources import data_root

ESTATE = data_root() / "app" / "freehold" / "estate"
WORDS = {"AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "TRUE", "FALSE"}


def shocks() -> list[dict[str, Any]]:
    path = datasets_folder() / "tables" / "shocks.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(row, changes=json.loads(row["changes"])) for row in csv.DictReader(file)]


def columns_named(where: str) -> set[str]:
    plain = re.sub(r"'[^']*'", "", where)
    plain = re.sub(r"\$\w+", "", plain)
    return set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", plain)) - WORDS


def estate_columns(file_name: str, first: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with (ESTATE / file_name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["column"]:
                found.setdefault(row[first], set()).add(row["column"])
    return found


@pytest.mark.parametrize("shock", shocks(), ids=lambda shock: str(shock["shock_id"]))
def test_a_shock_changes_columns_that_exist(shock: dict[str, Any]) -> None:
    tables = estate_columns("tables.csv", "table")
    views = estate_columns("views.csv", "view")
    parameters = {part.partition("=")[0] for part in shock["parameters"].split(";") if part}
    assert shock["changes"] or shock["not_modelled"]
    for change in shock["changes"]:
        place, _, table = change["target"].partition(".")
        assert change["op"] in {"set", "multiply", "add_row", "remove_row"}
        text = json.dumps(change)
        assert set(re.findall(r"\$(\w+)", text)) <= parameters
        if change["op"] == "add_row":
            assert set(change["row"]) <= set(dictionary()[table].column_names)
            continue
        if place == "estate":
            assert change["column"] in tables[table]
            assert columns_named(change["where"]) <= views.get(table, set()) | tables[table]
            continue
        assert change["column"] in dictionary()[table].column_names
        if "key" in change:
            assert set(change["key"]) == set(dictionary()[table].key)
        else:
            relation = dictionary()[change_view(table)]
            assert columns_named(change["where"]) <= set(relation.column_names) | {"to"}
            assert set(dictionary()[table].key) <= set(relation.column_names)


def test_the_conditions_of_fixed_shocks_find_rows(catalogue: duckdb.DuckDBPyConnection) -> None:
    none_yet = {"eucs_high_sovereign", "cable_cut_baltic"}
    for shock in shocks():
        for change in shock["changes"]:
            place, _, table = change["target"].partition(".")
            where = change.get("where", "TRUE")
            if place != "catalogue" or "$" in where or change["op"] == "add_row":
                continue
            row = catalogue.execute(
                f"SELECT count(*) FROM catalogue.{change_view(table)} WHERE {where}"
            ).fetchone()
            assert row is not None
            assert (row[0] == 0) == (shock["shock_id"] in none_yet), shock["shock_id"]
