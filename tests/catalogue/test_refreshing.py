import csv
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freehold.catalogue import info, open_catalogue, refresh
from freehold.catalogue.dictionary import datasets_folder
from freehold.errors import InputError


def shipped(name: str) -> tuple[list[str], list[dict[str, str]]]:
    path = datasets_folder() / "tables" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        return list(reader.fieldnames or []), rows


def write(path: Path, header: list[str], rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_shipped_file_itself_differs_in_nothing(tmp_path: Path) -> None:
    header, rows = shipped("egress")
    result = refresh(write(tmp_path / "new.csv", header, rows), dry_run=True)
    assert (result.table, result.added, result.changed, result.absent) == ("egress", 0, 0, 0)
    assert result.unchanged == result.rows == len(rows)
    assert result.problems == []
    assert result.taken_over is None


def test_rows_that_are_as_they_were_are_not_pinned(tmp_path: Path, own_home: Path) -> None:
    header, rows = shipped("house_defaults")
    same = refresh(write(tmp_path / "same.csv", header, rows))
    assert same.taken_over is None
    assert not (own_home / "catalogue").exists()
    other = refresh(write(tmp_path / "other.csv", header, [dict(rows[0], value="9"), *rows[1:]]))
    assert (other.changed, other.unchanged) == (1, len(rows) - 1)
    with (own_home / "catalogue" / "house_defaults.csv").open(encoding="utf-8") as file:
        assert [row["name"] for row in csv.DictReader(file)] == [rows[0]["name"]]


def test_differences_are_listed_and_taken_over_row_by_row(tmp_path: Path, own_home: Path) -> None:
    header, rows = shipped("house_defaults")
    pue = next(row for row in rows if row["name"] == "pue")
    own = dict(pue, name="pue_own_hall", value="1.31")
    path = write(tmp_path / "own.csv", header[::-1], [dict(pue, value="1.42"), own])
    seen = refresh(path, dry_run=True)
    assert not (own_home / "catalogue").exists()
    assert (seen.added, seen.changed, seen.absent) == (1, 1, len(rows) - 1)
    changed = next(item for item in seen.differences if item.kind == "changed")
    assert changed.row == "pue"
    assert changed.columns == {"value": ("1.5", "1.42")}

    taken = refresh(path)
    assert taken.taken_over == str(own_home / "catalogue" / "house_defaults.csv")
    with duckdb.connect() as connection:
        found = open_catalogue(connection)
        values = connection.execute(
            "SELECT name, value FROM catalogue.house_defaults WHERE name LIKE 'pue%' ORDER BY 1"
        ).fetchall()
    assert found.layers == ["house_defaults"]
    assert values == [("pue", 1.42), ("pue_modern_hall", 1.2), ("pue_own_hall", 1.31)]

    again = refresh(path, dry_run=True)
    assert (again.added, again.changed) == (0, 0)


def test_a_second_take_over_keeps_what_the_first_brought(tmp_path: Path, own_home: Path) -> None:
    header, rows = shipped("house_defaults")
    first = dict(rows[0], name="own_first", value="1")
    second = dict(rows[0], name="own_second", value="2")
    refresh(write(tmp_path / "a.csv", header, [first]))
    refresh(write(tmp_path / "b.csv", header, [second, dict(first, value="3")]))
    with duckdb.connect() as connection:
        open_catalogue(connection)
        values = connection.execute(
            "SELECT value FROM catalogue.house_defaults WHERE name LIKE 'own_%' AND name IN"
            " ('own_first', 'own_second') ORDER BY name"
        ).fetchall()
        assert info(connection).layers == ["house_defaults"]
    assert values == [(3.0,), (2.0,)]
    assert [path.name for path in (own_home / "catalogue").iterdir()] == ["house_defaults.csv"]


def test_problems_are_shown_and_forbid_taking_over(tmp_path: Path, own_home: Path) -> None:
    header, rows = shipped("regions")
    path = write(tmp_path / "r.csv", header, [dict(rows[0], country_iso2="UK", lat="99")])
    result = refresh(path, dry_run=True)
    assert {problem.column for problem in result.problems} == {"country_iso2", "lat"}
    with pytest.raises(InputError, match="2 problems"):
        refresh(path)
    assert not (own_home / "catalogue").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"a,b,c\n1,2,3\n", "no catalogue table"),
        (b"\xff\xfe\x00\x01\x02", "cannot be read"),
        (b"PK\x03\x04\x00\x00\xb7", "cannot be read"),
        (
            b"name,value,low,high,unit,doc,source,verified,as_of\nx,1,,,u,d,s,no,2026\n"
            b"x,2,,,u,d,s,no,2026\n",
            "stands 2 times",
        ),
        (b"name,value,low,high,unit,doc,source,verified,as_of\nx,abc,,,u,d,s,no,2026\n", "no num"),
        (b"name,value,low,high,unit,doc,source,verified,as_of\nx,1,,,u,\xff,s,no,2026\n", "UTF-8"),
    ],
)
def test_bad_files_end_in_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        refresh(path, dry_run=True)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        refresh(tmp_path / "nowhere.csv")


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=200))
def test_no_file_escapes_as_a_traceback(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "random.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        refresh(path, dry_run=True)
