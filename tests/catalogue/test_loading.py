from pathlib import Path

import duckdb
import pytest

from freehold.catalogue import create_views, info, open_catalogue, shipped_tables
from freehold.errors import CatalogueError


def test_info_counts_what_is_loaded(catalogue: duckdb.DuckDBPyConnection) -> None:
    found = info(catalogue)
    assert set(found.tables) == set(shipped_tables())
    assert found.rows == sum(table.rows for table in found.tables.values())
    assert found.tables["prices"].rows == 8774
    assert found.tables["prices"].verified == 8760
    assert found.tables["prices"].unverified == 14
    assert found.newest_as_of is not None
    assert found.newest_as_of <= found.snapshot
    assert len(found.sha256) == 64


def test_info_sees_rows_that_were_taken_away(catalogue: duckdb.DuckDBPyConnection) -> None:
    catalogue.execute("DELETE FROM catalogue.cities WHERE country_iso2 = 'FR'")
    assert info(catalogue).tables["cities"].rows == 151


def test_some_tables_only_and_the_views_they_suffice_for() -> None:
    with duckdb.connect() as connection:
        found = open_catalogue(connection, "few", ["prices", "skus", "accelerators"])
        names = {
            row[0]
            for row in connection.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'few'"
            ).fetchall()
        }
    assert names == {"prices", "skus", "accelerators", "price_facts", "snapshot"}
    assert set(found.tables) == {"prices", "skus", "accelerators"}


def test_an_unknown_table_is_refused_in_a_sentence() -> None:
    with duckdb.connect() as connection, pytest.raises(CatalogueError, match="no table planets"):
        open_catalogue(connection, tables=["planets"])


def test_info_without_a_catalogue_is_refused() -> None:
    with duckdb.connect() as connection, pytest.raises(CatalogueError, match="No catalogue"):
        info(connection)


def test_a_user_layer_replaces_rows_by_key_and_changes_the_hash(own_home: Path) -> None:
    with duckdb.connect() as connection:
        plain = open_catalogue(connection)
        folder = own_home / "catalogue"
        folder.mkdir(parents=True)
        (folder / "house_defaults.csv").write_text(
            "name,value,low,high,unit,doc,source,verified,as_of\n"
            "pue,1.2,,,ratio,Our own halls,meters,yes,2026-10\n"
            "own_new,3,,,ratio,Another,meters,yes,2026-10\n",
            encoding="utf-8",
        )
        laid = open_catalogue(connection)
        values = dict(
            connection.execute(
                "SELECT name, value FROM catalogue.house_defaults"
                " WHERE name IN ('pue', 'own_new', 'pue_modern_hall')"
            ).fetchall()
        )
    assert values == {"pue": 1.2, "own_new": 3.0, "pue_modern_hall": 1.2}
    assert laid.layers == ["house_defaults"]
    assert laid.sha256 != plain.sha256
    assert laid.tables["house_defaults"].rows == plain.tables["house_defaults"].rows + 1


def test_a_damaged_user_layer_names_the_file(own_home: Path) -> None:
    folder = own_home / "catalogue"
    folder.mkdir(parents=True)
    (folder / "prices.csv").write_bytes(b"\xff\xfe\x00nonsense")
    with duckdb.connect() as connection, pytest.raises(CatalogueError, match=r"prices\.csv"):
        open_catalogue(connection)


def test_a_scenario_reads_its_own_prices_and_shares_the_rest(
    catalogue: duckdb.DuckDBPyConnection,
) -> None:
    catalogue.execute("CREATE SCHEMA catalogue_1")
    catalogue.execute(
        "CREATE TABLE catalogue_1.prices AS SELECT * REPLACE (2 * usd_per_hour AS usd_per_hour)"
        " FROM catalogue.prices"
    )
    made = create_views(catalogue, "catalogue_1", own_tables={"prices"})
    assert "offers" in made
    ratio = catalogue.execute(
        "SELECT (SELECT sum(usd_per_hour) FROM catalogue_1.offers)"
        " / (SELECT sum(usd_per_hour) FROM catalogue.offers)"
    ).fetchone()
    assert ratio is not None
    assert float(ratio[0]) == pytest.approx(2.0)


def test_a_layer_written_before_a_column_came_still_serves(own_home: Path) -> None:
    folder = own_home / "catalogue"
    folder.mkdir(parents=True)
    path = folder / "prices.csv"
    head = (
        "provider_id,region_id,instance_type,term,usd_per_hour,currency_note,source,verified,as_of"
    )
    path.write_text(
        f"{head}\nakash,*,1x-b200,on_demand,1.5,own contract,contract,yes,2026-11\n",
        encoding="utf-8",
    )
    with duckdb.connect() as connection:
        open_catalogue(connection)
        row = connection.execute(
            "SELECT CAST(usd_per_hour AS DOUBLE), available FROM catalogue.prices"
            " WHERE provider_id = 'akash' AND instance_type = '1x-b200' AND term = 'on_demand'"
        ).fetchall()
    assert row == [(1.5, None)]


def test_a_layer_without_a_needed_column_is_refused_with_a_way_out(own_home: Path) -> None:
    folder = own_home / "catalogue"
    folder.mkdir(parents=True)
    (folder / "cities.csv").write_text("name,country_iso2,lat\nParis,FR,48.8\n", encoding="utf-8")
    with duckdb.connect() as connection, pytest.raises(CatalogueError, match="remove the file"):
        open_catalogue(connection)
