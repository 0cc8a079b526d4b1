"""The report folder: all of it or nothing, hashed, never over somebody's changes."""

import json
import sys
from pathlib import Path

import audit_sample
import pytest

from freehold.errors import InputError
from freehold.evidence import sha256_file, verify_sums
from freehold.reports import evidence_bytes, write_report


def test_the_folder_holds_what_was_asked_and_its_sums(tmp_path: Path) -> None:
    files = write_report(audit_sample.content(), "audit", ["pdf", "csv"], tmp_path)
    folder = tmp_path / f"report-{audit_sample.RUN_ID[:12]}"
    names = {path.name for path, _ in files}
    assert {"report.pdf", "findings.csv", "not_assessed.csv", "evidence.json"} <= names
    assert "report.html" not in names
    assert all(path.parent == folder and sha256_file(path) == sha for path, sha in files)
    assert verify_sums(folder) == []
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_writing_twice_gives_the_same_folder(tmp_path: Path) -> None:
    first = write_report(audit_sample.content(), out_dir=tmp_path)
    second = write_report(audit_sample.content(), out_dir=tmp_path)
    assert first == second


def test_evidence_is_canonical_and_complete() -> None:
    content = audit_sample.content()
    data = evidence_bytes(content)
    assert data == evidence_bytes(audit_sample.content())
    read = json.loads(data)["content"]
    assert read["cover"]["run_id"] == audit_sample.RUN_ID
    assert [len(g["rows"]) for g in read["findings"]] == [len(g.rows) for g in content.findings]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    write_report(audit_sample.content(), "audit", ["csv"], tmp_path)
    note = tmp_path / f"report-{audit_sample.RUN_ID[:12]}" / "my notes.txt"
    note.write_text("keep me")
    with pytest.raises(InputError, match="changed or added"):
        write_report(audit_sample.content(), "audit", ["csv"], tmp_path)
    assert note.read_text() == "keep me"


@pytest.mark.parametrize(
    ("kind", "formats"), [("novel", ["pdf"]), ("audit", ["docx"]), ("audit", [])]
)
def test_unknown_kinds_and_formats_write_nothing(
    kind: str, formats: list[str], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="Choose"):
        write_report(audit_sample.content(), kind, formats, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("x")
    with pytest.raises(InputError, match="is a file"):
        write_report(audit_sample.content(), "audit", ["csv"], target)


def test_cancelling_leaves_nothing_behind(tmp_path: Path) -> None:
    class CancelledError(Exception):
        pass

    def cancel(name: str) -> None:
        if name == "csv":
            raise CancelledError

    with pytest.raises(CancelledError):
        write_report(audit_sample.content(), out_dir=tmp_path, progress=cancel)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_a_write_that_does_not_fit_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    import resource

    out = tmp_path / "out"
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, allowed[1]))
    try:
        with pytest.raises(InputError, match="nothing was written") as caught:
            write_report(audit_sample.content(), "audit", ["pdf"], out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    assert "\n" not in str(caught.value)
    assert list(out.iterdir()) == []
