from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.catalogue import CatalogueProblem, check, open_catalogue


def test_what_ships_is_clean(catalogue: duckdb.DuckDBPyConnection) -> None:
    assert check(catalogue) == []


DEFECTS = [
    (
        "UPDATE catalogue.regions SET country_iso2 = 'UK' WHERE region_id = 'uksouth'",
        "regions",
        "country_iso2",
        "reference",
    ),
    (
        "UPDATE catalogue.prices SET provider_id = 'nobody' WHERE provider_id = 'akash'",
        "prices",
        "provider_id",
        "reference",
    ),
    (
        "UPDATE catalogue.regions SET lat = 91 WHERE region_id = 'eu-west-3'",
        "regions",
        "lat",
        "domain",
    ),
    (
        "UPDATE catalogue.services SET portability = 7 WHERE service = 'Compute Engine'",
        "services",
        "portability",
        "domain",
    ),
    (
        "UPDATE catalogue.providers SET source = '' WHERE provider_id = 'aws'",
        "providers",
        "source",
        "missing",
    ),
    (
        "UPDATE catalogue.models SET as_of = 'spring 2026' WHERE model_id = 'llama2-7b'",
        "models",
        "as_of",
        "date",
    ),
    (
        "INSERT INTO catalogue.cities FROM catalogue.cities WHERE name = 'Oslo'",
        "cities",
        "name,country_iso2",
        "duplicate_key",
    ),
    (
        "DELETE FROM catalogue.skus WHERE sku_id = 'akash:1x-b200'",
        "prices",
        "provider_id,instance_type",
        "reference",
    ),
    (
        "UPDATE catalogue.residency_laws SET valid_to = DATE '2000-01-01'"
        " WHERE country_iso2 = 'NG' AND data_class = 'payment'",
        "residency_laws",
        "valid_to",
        "order",
    ),
]
APART = "DELETE FROM catalogue.skus WHERE sku_id = 'akash:1x-b200'"
"""It is found in the table in which another defect is found, so it is looked for by itself."""


@pytest.fixture(scope="module")
def found() -> dict[str, list[CatalogueProblem]]:
    """What the check finds by the SQL that broke it, all that can be told apart broken at once."""
    together = [sql for sql, *_ in DEFECTS if sql != APART]
    checked = {}
    for defects in ([APART], together):
        with duckdb.connect() as connection:
            open_catalogue(connection, layers=False)
            connection.execute("; ".join(defects))
            checked |= dict.fromkeys(defects, check(connection))
    return checked


@pytest.mark.parametrize(("sql", "table", "column", "name"), DEFECTS)
def test_a_defect_is_found_at_its_row(
    found: dict[str, list[CatalogueProblem]], sql: str, table: str, column: str, name: str
) -> None:
    hits = [
        item
        for item in found[sql]
        if (item.table, item.column, item.check) == (table, column, name)
    ]
    assert len(hits) >= 1
    assert all(item.row and item.sentence.endswith(".") for item in hits)


def test_an_exception_that_covers_nothing_any_more_is_a_problem(
    catalogue: duckdb.DuckDBPyConnection,
) -> None:
    catalogue.execute("UPDATE catalogue.latency_model SET as_of = '2026' WHERE as_of IS NULL")
    found = check(catalogue)
    assert [item.table for item in found] == ["check_exceptions"]
    assert "speaks of 91 rows, the check finds 0" in found[0].sentence


def test_every_exception_gives_its_reason(catalogue: duckdb.DuckDBPyConnection) -> None:
    rows = catalogue.execute("SELECT reason FROM catalogue.check_exceptions").fetchall()
    assert rows
    assert all(len(reason) > 10 for (reason,) in rows)


@pytest.fixture(scope="module")
def places() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        open_catalogue(connection, tables=["countries", "cities"], layers=False)
        yield connection


@settings(max_examples=15, deadline=None)
@given(code=st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=3))
def test_a_country_is_accepted_exactly_if_iso_has_it(
    places: duckdb.DuckDBPyConnection, code: str
) -> None:
    row = places.execute(
        "SELECT count(*) FROM catalogue.countries WHERE country_iso2 = ?", [code]
    ).fetchone()
    places.execute("UPDATE catalogue.cities SET country_iso2 = ? WHERE name = 'Oslo'", [code])
    assert row is not None
    assert (check(places) == []) == (row[0] == 1)
