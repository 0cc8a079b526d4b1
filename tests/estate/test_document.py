"""Saving and opening keep every value, give the same bytes, and keep what was there before."""

import json
import os
import stat
import string
import time
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.examples import examples

from freehold.errors import DocumentError
from freehold.estate import Workspace, dictionary, document

AS_OF = date(2026, 7, 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TABLES = (
    ("resources", "waivers"),
    ("contracts", "provenance"),
    ("accelerator_pools", "changes"),
)  # saved in pairs, as saving costs the same for all


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    made = Workspace.new(AS_OF)
    made.append(
        "resources",
        pd.DataFrame(
            {
                "resource_id": ["b", "a", "c"],
                "name": ["été 🚀", None, "=cmd|x"],
                "billed_cost": ["12345678901234.5678", "-0.0001", None],
                "charge_from": ["2026-06-01", None, "1999-12-31"],
                "available": [True, False, None],
            }
        ),
    )
    yield made
    document.close(made)


def rows(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    for table in dictionary.tables().values():
        names = ", ".join(f'"{name}"' for name in table.column_names)
        order = ", ".join(f'"{name}"' for name in table.key)
        sql = f"SELECT {names} FROM estate.{table.name} ORDER BY {order}"
        found[table.name] = workspace.connection.execute(sql).fetchall()
    return found


def values(column: dictionary.Column) -> st.SearchStrategy[Any]:
    some: st.SearchStrategy[Any]
    if column.values:
        some = st.sampled_from(column.values)
    elif column.type == "text":
        some = TEXTS
    elif column.type == "bool":
        some = st.booleans()
    elif column.type == "date":
        some = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat)
    elif column.type == "time":
        some = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(str)
    else:
        limits = column.range
        low = max(limits.low, -9e13) if limits and limits.low is not None else None
        high = limits.high if limits else None
        if column.type == "int":
            least = int(low) if low is not None else -(2**31)
            some = st.integers(least, int(high) if high is not None else 2**31 - 1)
        elif column.type == "num":
            some = st.floats(low, high, allow_nan=False, allow_infinity=False).map(repr)
        else:
            places, most = (4, Decimal(10) ** 14 - 1) if column.type == "money" else (6, 999)
            some = st.decimals(
                Decimal(str(low)) if low is not None else -most,
                Decimal(str(high)) if high is not None else most,
                places=places,
            ).map(str)
    return st.none() | some


@st.composite
def table_rows(draw: st.DrawFn, name: str) -> pd.DataFrame:
    table = dictionary.tables()[name]
    keys = draw(st.lists(TEXTS.filter(bool), min_size=1, max_size=6, unique=True))
    columns: dict[str, list[Any]] = {}
    for column in table.columns:
        if column.name in table.key:
            columns[column.name] = keys
        else:
            columns[column.name] = [draw(values(column)) for _ in keys]
    return pd.DataFrame(columns, dtype=object)


def pair_of_tables() -> st.SearchStrategy[dict[str, pd.DataFrame]]:
    return st.sampled_from(TABLES).flatmap(
        lambda names: st.fixed_dictionaries({name: table_rows(name) for name in names})
    )


@pytest.fixture(scope="module")
def scratch() -> Iterator[Workspace]:
    made = Workspace.new(AS_OF)
    yield made
    made.close()


@pytest.mark.slow
@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(drawn=pair_of_tables())
def test_what_is_saved_is_what_is_opened(
    scratch: Workspace, tmp_path: Path, drawn: dict[str, pd.DataFrame]
) -> None:
    for table, frame in drawn.items():
        scratch.replace(table, frame)
    path = tmp_path / "a.freehold"
    document.save(scratch, path)
    opened = document.load(path)
    try:
        for table, frame in drawn.items():
            assert opened.row_count(table) == len(frame)
        assert rows(opened) == rows(scratch)
        assert document.content(opened) == path.read_bytes()
    finally:
        document.close(opened)


def test_exact_values_come_back(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.freehold"
    document.save(workspace, path)
    opened = document.load(path)
    sql = "SELECT resource_id, name, billed_cost, charge_from, available FROM estate.resources"
    assert opened.connection.execute(f"{sql} ORDER BY resource_id").fetchall() == [
        ("a", None, Decimal("-0.0001"), None, False),
        ("b", "été 🚀", Decimal("12345678901234.5678"), date(2026, 6, 1), True),
        ("c", "=cmd|x", None, date(1999, 12, 31), None),
    ]
    assert opened.as_of == AS_OF
    assert (opened.path, opened.read_only, opened.changed, opened.notices) == (
        path,
        False,
        False,
        [],
    )
    document.close(opened)


def test_rows_with_another_history_give_the_same_bytes(workspace: Workspace) -> None:
    other = Workspace.new(AS_OF)
    dates = ["0001-01-01", "9999-12-31", None, "2026-06-01"]
    extra = pd.DataFrame({"resource_id": ["1", "2", "3", "b"], "charge_from": dates})
    other.append("resources", extra)
    other.connection.execute("DELETE FROM estate.resources WHERE resource_id <> 'b'")
    other.append(
        "resources",
        pd.DataFrame(
            {
                "resource_id": ["c", "a"],
                "available": [None, False],
                "billed_cost": [None, "-0.0001"],
                "charge_from": ["1999-12-31", None],
                "name": ["=cmd|x", None],
            }
        ),
    )
    other.connection.execute(
        "UPDATE estate.resources SET name = 'été 🚀', available = TRUE,"
        " billed_cost = 12345678901234.5678 WHERE resource_id = 'b'"
    )
    other.connection.execute("SET threads = 1")
    assert document.content(other) == document.content(workspace)
    other.close()


def test_zip_carries_the_documents_date_and_a_hash_of_every_member(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.attachments["proof/contract.pdf"] = b"%PDF-1.7 ..."
    path = tmp_path / "a.freehold"
    document.save(workspace, path)
    with zipfile.ZipFile(path) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 7, 1, 0, 0, 0)}
        manifest = json.loads(archive.read("manifest.json"))
        assert set(archive.namelist()) == {"manifest.json", *manifest["members"]}
    assert set(manifest["members"]) == {
        "tables/resources.parquet",
        "tables/settings.parquet",
        "attachments/proof/contract.pdf",
    }
    assert manifest["format_version"] == 1
    assert workspace.catalogue_info is not None
    assert manifest["catalogue"]["sha256"] == workspace.catalogue_info.sha256
    opened = document.load(path)
    assert opened.attachments == {"proof/contract.pdf": b"%PDF-1.7 ..."}
    document.close(opened)


def test_three_backups_are_kept_and_an_unchanged_save_uses_none(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "a.freehold"
    for number in range(5):
        workspace.set_setting("number", number)
        document.save(workspace, path)
    document.save(workspace, path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "a.freehold",
        "a.freehold.bak1",
        "a.freehold.bak2",
        "a.freehold.bak3",
    ]
    found = []
    for name in ("a.freehold", "a.freehold.bak1", "a.freehold.bak2", "a.freehold.bak3"):
        opened = document.load(tmp_path / name, lock=False)
        found.append(opened.setting("number"))
        document.close(opened)
    assert found == [4, 3, 2, 1]


@pytest.mark.skipif(os.name != "posix", reason="file modes are those of POSIX")
def test_file_mode_and_links_are_kept(workspace: Workspace, tmp_path: Path) -> None:
    path, link = tmp_path / "a.freehold", tmp_path / "link.freehold"
    document.save(workspace, path)
    path.chmod(0o640)
    link.symlink_to(path)
    workspace.set_setting("more", 1)
    document.save(workspace, link)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert link.is_symlink()
    opened = document.load(path)
    assert opened.setting("more") == 1
    document.close(opened)


def test_old_temporary_files_are_swept_and_new_ones_left(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "a.freehold"
    old, new = tmp_path / ".a.freehold.1.tmp", tmp_path / ".a.freehold.2.tmp"
    foreign = tmp_path / ".b.freehold.1.tmp"
    for file in (old, new, foreign):
        file.write_bytes(b"x")
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))
    os.utime(foreign, (two_days_ago, two_days_ago))
    document.save(workspace, path)
    assert (old.exists(), new.exists(), foreign.exists()) == (False, True, True)


def test_a_copy_leaves_the_workspace_what_it_was(workspace: Workspace, tmp_path: Path) -> None:
    copy = tmp_path / "copy.freehold"
    document.save(workspace, copy)
    assert workspace.path is None
    assert workspace.changed
    assert not (tmp_path / "copy.freehold.lock").exists()
    with pytest.raises(DocumentError, match="no file yet"):
        document.save(workspace)


def test_save_as_goes_on_with_the_new_file(workspace: Workspace, tmp_path: Path) -> None:
    first, second = tmp_path / "1.freehold", tmp_path / "2.freehold"
    document.save_as(workspace, first)
    assert (tmp_path / "1.freehold.lock").exists()
    document.save_as(workspace, second)
    assert workspace.path == second
    assert not workspace.changed
    assert not (tmp_path / "1.freehold.lock").exists()
    assert (tmp_path / "2.freehold.lock").exists()


def test_targets_that_cannot_be_written_are_told_in_one_sentence(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "a.freehold"
    folder.mkdir()
    with pytest.raises(DocumentError, match="There is a folder of this name"):
        document.save(workspace, folder)
    with pytest.raises(DocumentError, match="There is no such folder"):
        document.save(workspace, tmp_path / "missing" / "a.freehold")
    with pytest.raises(DocumentError, match="name is too long"):
        document.save(workspace, tmp_path / (string.ascii_letters * 10))


def test_what_could_not_be_opened_again_is_not_saved(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.freehold"
    document.save(workspace, path)
    before = path.read_bytes()
    workspace.connection.execute("UPDATE estate.resources SET environment = 'moon'")
    with pytest.raises(DocumentError, match=r"resources, environment lies outside"):
        document.save(workspace, path)
    workspace.connection.execute(
        "UPDATE estate.resources SET environment = NULL, resource_id = 'a'"
    )
    with pytest.raises(DocumentError, match="has the key a twice"):
        document.save(workspace, path)
    workspace.connection.execute("DELETE FROM estate.resources")
    workspace.attachments["../escape"] = b""
    with pytest.raises(DocumentError, match="attachment has a name"):
        document.save(workspace, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.freehold"]


def test_opening_under_another_catalogue_says_so(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.freehold"
    assert workspace.catalogue_info is not None
    changes = {"snapshot": "2024-01-01", "sha256": "0" * 64}
    workspace.catalogue_info = workspace.catalogue_info.model_copy(update=changes)
    document.save(workspace, path)
    opened = document.load(path)
    assert opened.saved_catalogue == ("2024-01-01", "0" * 64)
    assert len(opened.notices) == 1
    assert "saved under the catalogue of 2024-01-01" in opened.notices[0]
    document.close(opened)
