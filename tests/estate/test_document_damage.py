"""Damaged, foreign and hostile files end in one sentence and never in a wrong estate."""

import io
import json
import random
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from freehold.errors import DocumentError
from freehold.estate import Workspace, archive, document

AS_OF = date(2026, 7, 1)


@pytest.fixture(scope="module")
def good() -> bytes:
    workspace = Workspace.new(AS_OF)
    workspace.append("resources", pd.DataFrame({"resource_id": ["a", "b"], "name": ["x", "y"]}))
    workspace.attachments["note.txt"] = b"a note"
    data = document.content(workspace)
    workspace.close()
    return data


def refused(tmp_path: Path, data: bytes, name: str = "a.freehold") -> str:
    """Return the sentence with which a file is refused; it must be the only thing that happens."""
    path = tmp_path / name
    path.write_bytes(data)
    before = sorted(entry.name for entry in tmp_path.iterdir())
    with pytest.raises(DocumentError) as caught:
        document.load(path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == before
    assert path.read_bytes() == data
    sentence = str(caught.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    return sentence


def parquet(sql: str, tmp_path: Path) -> bytes:
    path = tmp_path / "member.parquet"
    connection = duckdb.connect()
    connection.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    connection.close()
    data = path.read_bytes()
    path.unlink()
    return data


def packed(version: int = 1, **members: bytes) -> bytes:
    manifest = {"format_version": version, "as_of": "2026-07-01"}
    named = {f"tables/{name}.parquet": data for name, data in members.items()}
    return archive.pack(manifest, named, AS_OF)


def zipped(members: list[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        for name, data in members:
            made.writestr(name, data)
    return buffer.getvalue()


def test_files_of_another_kind(tmp_path: Path) -> None:
    duck = tmp_path / "x.duckdb"
    duckdb.connect(str(duck)).close()
    noise = random.Random(1).randbytes(5000)
    for data, words in (
        (b"", "The file is empty"),
        (b"a,b\n1,2\n", "a text file"),
        ("é,ü\n".encode() * 3000, "a text file"),
        (b'{"version": 4}', "a JSON file"),
        (b"%PDF-1.7\n...", "a PDF"),
        (b"\x00" * 100, "a binary file"),
        (noise, "a binary file"),
        (duck.read_bytes(), "a DuckDB database"),
        (b"PK\x03\x04" + noise, "is damaged"),
        (zipped([]), "has no manifest.json"),
        (zipped([("readme.txt", b"hello")]), "has no manifest.json"),
        (zipped([("manifest.json", b"{}")]), "not that of a Freehold document"),
        (zipped([("manifest.json", b"[" * 100_000)]), "manifest cannot be read"),
        (zipped([("manifest.json", b"\xff\xfe\x00")]), "manifest cannot be read"),
    ):
        assert words in refused(tmp_path, data)


def test_folders_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="This is a folder"):
        document.load(tmp_path)
    with pytest.raises(DocumentError, match="There is no such file"):
        document.load(tmp_path / "missing.freehold")


def test_every_truncation_is_refused(tmp_path: Path, good: bytes) -> None:
    for length in [*range(1, 60, 7), *range(60, len(good), 251), len(good) - 1]:
        refused(tmp_path, good[:length])


def test_a_flipped_bit_is_refused_or_harmless(tmp_path: Path, good: bytes) -> None:
    chance = random.Random(20260701)
    path = tmp_path / "a.freehold"
    refusals = 0
    for _ in range(150):
        position, bit = chance.randrange(len(good)), 1 << chance.randrange(8)
        path.write_bytes(good[:position] + bytes([good[position] ^ bit]) + good[position + 1 :])
        try:
            opened = document.load(path, lock=False)
        except DocumentError as error:
            refusals += 1
            assert str(path) in str(error)
        else:
            # Bytes outside all content (dates and attributes in the zip's own records) may differ.
            assert document.content(opened) == good
            document.close(opened)
    assert refusals > 120


def test_overwritten_middle_is_refused(tmp_path: Path, good: bytes) -> None:
    middle = len(good) // 3
    refused(tmp_path, good[:middle] + b"\x00" * 64 + good[middle + 64 :])


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "tables/../../evil", "C:/evil", "a\\..\\evil", "tables//a"]
)
def test_names_that_leave_the_folder(tmp_path: Path, name: str) -> None:
    sentence = refused(tmp_path, zipped([("manifest.json", b"{}"), (name, b"evil")]))
    assert "unsafe name" in sentence
    assert not (tmp_path.parent / "evil").exists()


def test_members_that_the_manifest_does_not_vouch_for(tmp_path: Path, good: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(good)) as source:
        parts = [(name, source.read(name)) for name in source.namelist()]
    assert "does not list" in refused(tmp_path, zipped([*parts, ("tables/x.parquet", b"x")]))
    assert "lacks its part" in refused(tmp_path, zipped(parts[:-1]))
    changed = [(name, data + b" " if "note" in name else data) for name, data in parts]
    assert "is not what was saved" in refused(tmp_path, zipped(changed))
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = zipped([*parts, parts[-1]])
    assert "twice" in refused(tmp_path, twice)
    assert "unknown way" in refused(tmp_path, zipped(parts, zipfile.ZIP_LZMA))
    # The same members packed anew by another program are the same document.
    path = tmp_path / "again.freehold"
    path.write_bytes(zipped(parts))
    opened = document.load(path)
    assert document.content(opened) == good
    document.close(opened)


def test_bombs_are_refused_quickly(tmp_path: Path) -> None:
    manifest = json.dumps({"kind": archive.KIND, "format_version": 1, "members": {}}).encode()
    bomb = zipped([("manifest.json", manifest), ("tables/resources.parquet", bytes(1 << 26))])
    crowd = zipped([("manifest.json", manifest), *((f"attachments/{n}", b"") for n in range(3000))])
    endless = zipped([("manifest.json", b" " * (1 << 24))])
    rows = packed(resources=parquet("SELECT 'x' AS resource_id FROM range(20_000_001)", tmp_path))
    for data, words in (
        (bomb, "more than 200 times its size"),
        (crowd, "3001 parts"),
        (endless, "more than 200 times its size"),
        (rows, "more than 20,000,000 rows"),
    ):
        started = time.perf_counter()
        assert words in refused(tmp_path, data)
        assert time.perf_counter() - started < 5


GOOD_ROW = "SELECT 'r1' AS resource_id, 'web' AS name"


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT 'web' AS name", "has no column resource_id"),
        ("SELECT 1 AS resource_id", "has the type INTEGER, not VARCHAR"),
        (f"{GOOD_ROW}, 1.5::DOUBLE AS billed_cost", "has the type DOUBLE, not DECIMAL(18,4)"),
        (f"{GOOD_ROW}, ['a'] AS tags", "has the type VARCHAR[], not VARCHAR"),
        (f"{GOOD_ROW} UNION ALL {GOOD_ROW}", "has the key r1 twice"),
        ("SELECT NULL::VARCHAR AS resource_id", "its key resource_id is blank"),
        ("SELECT '' AS resource_id", "its key resource_id is blank"),
        (f"{GOOD_ROW}, 'moon' AS environment", "environment lies outside"),
        (f"{GOOD_ROW}, -1::DOUBLE AS quantity", "quantity lies outside >=0"),
    ],
)
def test_well_packed_tables_that_break_the_dictionary(tmp_path: Path, sql: str, words: str) -> None:
    assert words in refused(tmp_path, packed(resources=parquet(sql, tmp_path)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"PAR1" + bytes(200) + b"PAR1",
        lambda data: data[: len(data) // 2],
        lambda data: data[:4] + bytes(40) + data[44:],
        lambda data: data[:-150] + bytes(142) + data[-8:],
        lambda data: b"a,b\n1,2\n",
    ],
)
def test_well_hashed_members_that_are_no_parquet(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    data = spoil(parquet(GOOD_ROW, tmp_path))
    assert "tables/resources.parquet cannot be read" in refused(tmp_path, packed(resources=data))


def test_numbers_that_are_not_finite_become_unknown_and_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.freehold"
    sql = f"{GOOD_ROW}, 'nan'::DOUBLE AS quantity, 'inf'::DOUBLE AS accelerator_count"
    path.write_bytes(packed(resources=parquet(sql, tmp_path)))
    opened = document.load(path)
    sql = "SELECT quantity, accelerator_count FROM estate.resources"
    assert opened.connection.execute(sql).fetchall() == [(None, None)]
    assert len([notice for notice in opened.notices if "not finite" in notice]) == 2
    document.close(opened)


def test_a_document_without_a_date_is_refused(tmp_path: Path) -> None:
    data = archive.pack({"format_version": 1}, {}, AS_OF)
    assert "has no date" in refused(tmp_path, data)


@pytest.mark.parametrize("version", [1, 2])
def test_what_is_not_known_is_kept_and_told(tmp_path: Path, version: int) -> None:
    path, copy = tmp_path / "a.freehold", tmp_path / "copy.freehold"
    wider = parquet(f"{GOOD_ROW}, 42 AS invented", tmp_path)
    other = parquet("SELECT 1 AS anything", tmp_path)
    path.write_bytes(packed(version, resources=wider, invented_table=other))
    opened = document.load(path)
    assert opened.row_count("resources") == 1
    assert opened.read_only == (version == 2)
    kept = {
        "unknown/tables/resources.parquet": wider,
        "unknown/tables/invented_table.parquet": other,
    }
    assert opened.attachments == kept
    told = " ".join(opened.notices)
    assert "column invented" in told
    assert "table invented_table" in told
    document.save(opened, copy)
    document.close(opened)
    again = document.load(copy)
    assert again.attachments == kept
    document.close(again)


def test_a_newer_document_is_read_only_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.freehold"
    path.write_bytes(packed(7, resources=parquet(GOOD_ROW, tmp_path)))
    before = path.read_bytes()
    opened = document.load(path)
    assert opened.read_only
    assert "newer version of Freehold (format 7)" in opened.notices[0]
    with pytest.raises(DocumentError, match="open read-only"):
        document.save(opened)
    assert path.read_bytes() == before
    document.close(opened)
    unlike = packed(7, resources=parquet("SELECT 1 AS resource_id", tmp_path))
    assert "saved by a newer version" in refused(tmp_path, unlike, "b.freehold")
