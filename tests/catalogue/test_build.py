import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from freehold.catalogue.build import build
from freehold.catalogue.dictionary import datasets_folder, shipped_tables
from freehold.catalogue.reading import file_sha256, load_csv
from freehold.errors import CatalogueError


@pytest.fixture(scope="module")
def both() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize("name", sorted(shipped_tables()))
def test_parquet_holds_exactly_what_the_reviewed_csv_says(
    both: duckdb.DuckDBPyConnection, name: str
) -> None:
    folder = datasets_folder()
    source = folder / "tables" / f"{name}.csv"
    load_csv(both, source, shipped_tables()[name], f"reviewed_{name}")
    built = f"FROM read_parquet('{folder / 'parquet' / name}.parquet')"
    for asked in ("", "DESCRIBE "):
        held, said = (
            both.execute(asked + sql).fetchall() for sql in (built, f"FROM reviewed_{name}")
        )
        assert held == said


def test_the_snapshot_file_speaks_of_the_csv_files_that_are_there() -> None:
    folder = datasets_folder()
    stated = json.loads((folder / "parquet" / "snapshot.json").read_text(encoding="utf-8"))
    assert set(stated["tables"]) == {path.stem for path in (folder / "tables").glob("*.csv")}
    for name, part in stated["tables"].items():
        assert part["sha256"] == file_sha256(folder / "tables" / f"{name}.csv")


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    build(out=first)
    build(out=second)
    names = sorted(path.name for path in first.iterdir())
    assert len(names) == len(shipped_tables()) + 1
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Paris,FR,north,2.35,2.1,own,yes,2026\n", "which is no num"),
        ("Paris,FR,NaN,2.35,2.1,own,yes,2026\n", "which is no num"),
        ("Paris,FR,48.85,2.35,2.1,own,perhaps,2026\n", "which is no yes or no"),
        ("Paris,FR,48.85\n", "cannot be read as CSV"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(tmp_path: Path, row: str, words: str) -> None:
    path = tmp_path / "cities.csv"
    header = "name,country_iso2,lat,lon,population_millions,source,verified,as_of\n"
    path.write_text(header + row, encoding="utf-8")
    with (
        duckdb.connect() as connection,
        pytest.raises(CatalogueError, match=words) as caught,
    ):
        load_csv(connection, path, shipped_tables()["cities"], "cities")
    assert str(path) in str(caught.value)


def test_norway_stays_a_country_and_blank_stays_unknown(tmp_path: Path) -> None:
    path = tmp_path / "cities.csv"
    path.write_text(
        "name,country_iso2,lat,lon,population_millions,source,verified,as_of\n"
        "Oslo,NO,59.91,10.75,,own,no,2026\n",
        encoding="utf-8",
    )
    with duckdb.connect() as connection:
        load_csv(connection, path, shipped_tables()["cities"], "cities")
        row = connection.execute(
            "SELECT country_iso2, population_millions, verified, as_of FROM cities"
        ).fetchone()
    assert row == ("NO", None, False, "2026")
