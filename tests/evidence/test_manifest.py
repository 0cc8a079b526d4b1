"""A changed, missing or added file is always found."""

import subprocess
from pathlib import Path

import pytest

from freehold.evidence import SUMS_NAME, manifest, verify_sums, write_sums


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "part").mkdir()
    (tmp_path / "b.txt").write_bytes(b"two")
    (tmp_path / "part" / "a é.csv").write_bytes(b"one")
    write_sums(tmp_path)
    return tmp_path


def problems(folder: Path) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in verify_sums(folder)]


def test_untouched_folder_has_no_problem(folder: Path) -> None:
    assert problems(folder) == []
    assert [row.path for row in manifest(folder)] == ["b.txt", "part/a é.csv"]


def test_sha256sum_agrees(folder: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", SUMS_NAME], cwd=folder, check=True)


def test_each_kind_of_tampering_is_named(folder: Path) -> None:
    (folder / "b.txt").write_bytes(b"twp")
    (folder / "part" / "a é.csv").unlink()
    (folder / "new.pdf").write_bytes(b"")
    assert problems(folder) == [
        ("changed", "b.txt"),
        ("missing", "part/a é.csv"),
        ("unlisted", "new.pdf"),
    ]


def test_a_line_cannot_point_outside(folder: Path) -> None:
    sums = folder / SUMS_NAME
    sums.write_text(sums.read_text() + "0" * 64 + "  ../secret\nnonsense\n")
    assert [code for code, _ in problems(folder)] == ["bad_line", "bad_line"]


def test_every_problem_is_a_sentence(folder: Path) -> None:
    (folder / "b.txt").unlink()
    assert str(verify_sums(folder)[0]) == "b.txt is listed but not there."
