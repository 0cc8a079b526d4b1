from typing import Any

import duckdb
import pytest

from freehold.catalogue import dictionary


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def views() -> list[str]:
    return [name for name, table in dictionary().items() if table.kind == "view"]


@pytest.mark.parametrize("view", views())
def test_a_view_holds_each_key_once(catalogue: duckdb.DuckDBPyConnection, view: str) -> None:
    key = ", ".join(dictionary()[view].key)
    rows = one(catalogue, f"SELECT count(*) FROM catalogue.{view}")
    keys = one(catalogue, f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM catalogue.{view})")
    assert rows == keys > 0


def test_each_price_has_its_machine(catalogue: duckdb.DuckDBPyConnection) -> None:
    assert one(catalogue, "SELECT count(*) FROM catalogue.price_facts") == one(
        catalogue, "SELECT count(*) FROM catalogue.prices"
    )
    assert one(catalogue, "SELECT count(*) FROM catalogue.price_facts WHERE sku_id IS NULL") == 0


def test_each_price_is_on_offer_somewhere(catalogue: duckdb.DuckDBPyConnection) -> None:
    lost = one(
        catalogue,
        "SELECT count(*) FROM catalogue.prices p WHERE NOT EXISTS (SELECT 1 FROM catalogue.offers o"
        " WHERE o.provider_id = p.provider_id AND o.instance_type = p.instance_type"
        " AND o.term = p.term AND o.price_region_id = p.region_id)",
    )
    assert lost == 0


def test_a_price_for_all_regions_stands_in_each_open_region_and_is_flagged(
    catalogue: duckdb.DuckDBPyConnection,
) -> None:
    catalogue.execute(
        "INSERT INTO catalogue.regions (provider_id, region_id, name, country_iso2, partition,"
        " status, source, verified, as_of) VALUES ('akash', 'x-1', 'X', 'FR', 'public', 'ga',"
        " 'test', TRUE, '2026'), ('akash', 'x-2', 'X', 'DE', 'public', 'announced', 'test', TRUE,"
        " '2026')"
    )
    rows = catalogue.execute(
        "SELECT DISTINCT region_id, country_iso2, price_regional, price_region_id"
        " FROM catalogue.offers WHERE provider_id = 'akash' AND region_id LIKE 'x-%'"
    ).fetchall()
    assert rows == [("x-1", "FR", False, "*")]


def test_a_region_of_its_own_price_does_not_take_the_price_for_all(
    catalogue: duckdb.DuckDBPyConnection,
) -> None:
    provider, region, instance, term = one(
        catalogue,
        "SELECT provider_id, region_id, instance_type, term FROM catalogue.offers"
        " WHERE NOT price_regional AND region_id IS NOT NULL ORDER BY ALL LIMIT 1",
    )
    catalogue.execute(
        "INSERT INTO catalogue.prices BY NAME"
        " SELECT * REPLACE (? AS region_id, 0.5 AS usd_per_hour)"
        " FROM catalogue.prices WHERE provider_id = ? AND instance_type = ? AND term = ?"
        " AND region_id = '*'",
        [region, provider, instance, term],
    )
    rows = catalogue.execute(
        "SELECT price_regional, CAST(usd_per_hour AS DOUBLE) FROM catalogue.offers"
        " WHERE provider_id = ? AND region_id = ? AND instance_type = ? AND term = ?",
        [provider, region, instance, term],
    ).fetchall()
    assert rows == [(True, 0.5)]


def test_a_provider_without_regions_has_offers_without_a_country(
    catalogue: duckdb.DuckDBPyConnection,
) -> None:
    rows = one(
        catalogue,
        "SELECT count(*) FROM catalogue.offers o WHERE region_id IS NULL AND (price_regional"
        " OR country_iso2 IS NOT NULL OR EXISTS (SELECT 1 FROM catalogue.regions r"
        " WHERE r.provider_id = o.provider_id AND r.status = 'ga'))",
    )
    assert rows == 0
    assert one(catalogue, "SELECT count(*) FROM catalogue.offers WHERE region_id IS NULL") > 0


def test_a_law_of_the_union_binds_in_each_member(catalogue: duckdb.DuckDBPyConnection) -> None:
    members = one(
        catalogue,
        "SELECT list_sort(list(country_iso2)) FROM catalogue.residency_law_countries"
        " WHERE country_set = 'EU' AND law = 'GDPR Chapter V'",
    )
    assert len(members) == 27
    assert "FR" in members
    assert "GB" not in members
    assert "NO" not in members


def test_laws_that_begin_later_say_so(catalogue: duckdb.DuckDBPyConnection) -> None:
    rows = catalogue.execute(
        "SELECT country_iso2, CAST(valid_from AS VARCHAR), CAST(known_from AS VARCHAR)"
        " FROM catalogue.residency_law_countries WHERE (country_iso2, data_class) IN"
        " (('NG', 'payment'), ('CL', 'personal'), ('EG', 'personal')) ORDER BY 1"
    ).fetchall()
    assert rows == [
        ("CL", "2026-12-01", "2026-12-01"),
        ("EG", "2026-11-01", "2026-11-01"),
        ("NG", "2027-01-01", "2027-01-01"),
    ]


def test_exposure_is_one_row_per_law(catalogue: duckdb.DuckDBPyConnection) -> None:
    rows = catalogue.execute(
        "SELECT law_id, law_country_iso2 FROM catalogue.provider_exposures"
        " WHERE provider_id = 'aws' ORDER BY 1"
    ).fetchall()
    assert rows == [("US-CLOUD", "US"), ("US-FISA702", "US")]
    unknown = one(
        catalogue, "SELECT count(*) FROM catalogue.provider_exposures WHERE law_name IS NULL"
    )
    assert unknown == 0


def test_energy_says_how_near_its_statement_is(catalogue: duckdb.DuckDBPyConnection) -> None:
    assert one(catalogue, "SELECT count(*) FROM catalogue.region_energy") == one(
        catalogue, "SELECT count(*) FROM catalogue.regions"
    )
    assert one(
        catalogue,
        "SELECT carbon_level, pue_level FROM catalogue.region_energy"
        " WHERE provider_id = 'gcp' AND region_id = 'europe-north1'",
    ) == ("region", "region")
    mismatched = one(
        catalogue,
        "SELECT count(*) FROM catalogue.region_energy WHERE (carbon_level IS NULL) <>"
        " (carbon_gco2e_kwh IS NULL) OR (pue_level IS NULL) <> (pue IS NULL)",
    )
    assert mismatched == 0


def test_both_weight_sets_are_official_and_whole(catalogue: duckdb.DuckDBPyConnection) -> None:
    rows = catalogue.execute(
        "SELECT weights, list(weight ORDER BY objective) FROM catalogue.csf_weights"
        " GROUP BY weights ORDER BY weights"
    ).fetchall()
    assert rows == [
        ("2025-10", [15, 10, 10, 15, 20, 15, 10, 5]),
        ("2026-06", [20, 10, 10, 15, 10, 15, 15, 5]),
    ]
