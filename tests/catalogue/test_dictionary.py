import csv

import duckdb
import pytest

from freehold.catalogue import dictionary, shipped_tables
from freehold.catalogue.dictionary import datasets_folder


def test_every_table_and_view_has_exactly_the_documented_columns_and_types(
    catalogue: duckdb.DuckDBPyConnection,
) -> None:
    actual: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in catalogue.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'catalogue' ORDER BY table_name, ordinal_position"
    ).fetchall():
        actual.setdefault(table, []).append((column, kind))
    documented = {
        name: [(column.name, column.sql_type) for column in table.columns]
        for name, table in dictionary().items()
    }
    assert actual == documented


def test_every_column_says_what_it_means_and_every_table_has_its_key() -> None:
    for table in dictionary().values():
        assert table.doc, table.name
        assert {column.name for column in table.columns if column.key} == set(table.key)
        for column in table.columns:
            assert column.doc != column.name, f"{table.name}.{column.name}"


def test_references_name_documented_columns() -> None:
    known = dictionary()
    for table in known.values():
        for column in table.columns:
            if column.references:
                target, _, name = column.references.partition(".")
                assert name in known[target].column_names, f"{table.name}.{column.name}"


@pytest.mark.parametrize("name", sorted(shipped_tables()))
def test_every_shipped_table_keeps_source_and_date_and_whether_it_was_read(name: str) -> None:
    columns = set(shipped_tables()[name].column_names)
    assert {"source", "verified", "as_of"} <= columns


def test_new_columns_that_shocks_need_belong_to_the_schema(
    catalogue: duckdb.DuckDBPyConnection,
) -> None:
    wanted = catalogue.execute(
        "SELECT DISTINCT unnest(string_split(new_columns, ';')) FROM catalogue.shocks"
        " WHERE new_columns <> ''"
    ).fetchall()
    assert len(wanted) >= 10
    for (name,) in wanted:
        table, _, column = name.partition(".")
        assert column in dictionary()[table].column_names


def test_the_dictionary_file_has_the_agreed_columns() -> None:
    with (datasets_folder() / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert {"table", "column", "type", "unit", "domain", "references", "doc"} <= set(header)
