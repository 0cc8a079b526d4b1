from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples

from freehold.catalogue import (
    open_catalogue,
    provider_spelling,
    provider_spelling_sql,
    region_spelling,
    region_spelling_sql,
)


@pytest.mark.parametrize(
    ("provider", "written", "region"),
    [
        ("azure", "UK South", "uksouth"),
        ("azure", "uksouth", "uksouth"),
        ("azure", "EU West", "westeurope"),
        ("azure", "East US 2", "eastus2"),
        ("aws", "US East (N. Virginia)", "us-east-1"),
        ("aws", "EU (Paris)", "eu-west-3"),
        ("aws", "South America (São Paulo)", "sa-east-1"),
        ("aws", "eu-central-1", "eu-central-1"),
        ("ovhcloud", "GRA11", "GRA11"),
        ("aws", "External", None),
        ("aws", "Europe", None),
        ("gcp", "uksouth", None),
    ],
)
def test_a_region_is_found_by_its_spelling_and_never_guessed(
    catalogue: duckdb.DuckDBPyConnection, provider: str, written: str, region: str | None
) -> None:
    row = catalogue.execute(
        "SELECT region_id FROM catalogue.region_spellings WHERE provider_id = ? AND spelling = ?",
        [provider, region_spelling(written)],
    ).fetchone()
    assert (row[0] if row else None) == region


@pytest.mark.parametrize(
    ("written", "provider"),
    [
        ("AWS", "aws"),
        ("Amazon Web Services", "aws"),
        ("Microsoft", "azure"),
        ("Oracle", "oci"),
        ("Google  Cloud", "gcp"),
        ("registry.terraform.io/hashicorp/aws", "aws"),
        ("azurerm", "azure"),
        ("scaleway", "scaleway"),
        ("openstack", None),
        ("flexibleengine", None),
    ],
)
def test_a_provider_is_found_by_its_spelling(
    catalogue: duckdb.DuckDBPyConnection, written: str, provider: str | None
) -> None:
    rows = catalogue.execute(
        "SELECT provider_id FROM catalogue.provider_spellings WHERE spelling = ?",
        [provider_spelling(written)],
    ).fetchall()
    assert rows == [(provider,)]


def test_every_region_is_found_by_its_own_id(catalogue: duckdb.DuckDBPyConnection) -> None:
    lost = catalogue.execute(
        "SELECT r.provider_id, r.region_id FROM catalogue.regions r"
        " LEFT JOIN catalogue.region_spellings s ON s.provider_id = r.provider_id"
        f" AND s.spelling = {region_spelling_sql('r.region_id')}"
        " WHERE s.region_id IS DISTINCT FROM r.region_id"
    ).fetchall()
    assert lost == []


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def reduced_by_sql(connection: duckdb.DuckDBPyConnection, sql: str, texts: list[str]) -> list[str]:
    found = connection.execute(
        f"SELECT {sql} FROM (SELECT unnest($texts) AS t) ORDER BY ALL", {"texts": texts}
    ).fetchall()
    return [text for (text,) in found]


@settings(max_examples=examples(10), deadline=None)
@given(
    texts=st.lists(
        st.text(alphabet=st.characters(codec="latin-1"), max_size=30), min_size=10, max_size=40
    )
)
def test_both_ways_of_reducing_a_region_agree(
    empty: duckdb.DuckDBPyConnection, texts: list[str]
) -> None:
    for text in texts:
        reduced = region_spelling(text)
        assert region_spelling(reduced) == reduced
    plain = [text for text in texts if text.isascii()] or ["a"]
    found = reduced_by_sql(empty, region_spelling_sql("t"), plain)
    assert found == sorted(map(region_spelling, plain))


@settings(max_examples=examples(10), deadline=None)
@given(
    texts=st.lists(
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
        min_size=10,
        max_size=40,
    )
)
def test_both_ways_of_reducing_a_provider_agree(
    empty: duckdb.DuckDBPyConnection, texts: list[str]
) -> None:
    found = reduced_by_sql(empty, provider_spelling_sql("t"), texts)
    assert found == sorted(map(provider_spelling, texts))


def test_a_scope_in_prose_only_is_unknown(catalogue: duckdb.DuckDBPyConnection) -> None:
    def scope(provider: str, scheme: str) -> list[tuple[str, str | None, str | None]]:
        return catalogue.execute(
            "SELECT scope_kind, service, region_id FROM catalogue.certification_scopes"
            " WHERE provider_id = ? AND scheme = ? ORDER BY scope, position",
            [provider, scheme],
        ).fetchall()

    assert scope("s3ns", "secnumcloud_3_2") == [("named", "PREMI3NS", "u-france-east1")]
    assert scope("aws_govcloud", "dod_il5") == [
        ("named", None, "us-gov-west-1"),
        ("named", None, "us-gov-east-1"),
    ]
    assert scope("stackit", "iso27001") == [("unknown", None, None)]
    assert ("named", "Bare Metal PoD", None) in scope("ovhcloud", "secnumcloud_3_2")
    without_reason = catalogue.execute(
        "SELECT count(*) FROM catalogue.certification_scopes"
        " WHERE (scope_kind = 'unknown') <> (reason IS NOT NULL)"
    ).fetchone()
    assert without_reason == (0,)


def test_what_no_iso_code_says_is_kept_as_child_rows(catalogue: duckdb.DuckDBPyConnection) -> None:
    rows = catalogue.execute(
        "SELECT position, country_iso2, as_written FROM catalogue.country_parts"
        " WHERE table_name = 'accelerators' AND row_key = 'intel-max-1550'"
        " AND column_name = 'fab_country' ORDER BY position"
    ).fetchall()
    assert rows == [(1, "US", "US/TW"), (2, "TW", "US/TW")]
    assert catalogue.execute(
        "SELECT fab_country FROM catalogue.accelerators WHERE accelerator_id = 'intel-max-1550'"
    ).fetchone() == (None,)


def test_membership_of_the_union_is_dated() -> None:
    with duckdb.connect() as connection:
        open_catalogue(connection, tables=["country_sets"], layers=False)
        rows = connection.execute(
            "SELECT code, count(*), count(*) FILTER (valid_to IS NULL)"
            " FROM catalogue.country_sets GROUP BY code ORDER BY code"
        ).fetchall()
    assert rows == [("EEA", 30, 30), ("EU", 28, 27)]
