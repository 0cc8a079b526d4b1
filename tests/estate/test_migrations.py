"""Documents of older formats open as what they are today, and change on disk only at Save."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from freehold.errors import DocumentError
from freehold.estate import archive, document, migrations
from freehold.estate.migrations import Draft

FIXTURE = Path(__file__).with_name("fixtures") / "format_0.freehold"


def from_0_to_1(draft: Draft) -> None:
    """The step for the invented format of `fixtures/make_format_0.py`."""
    draft.connection.execute("""
        CREATE TABLE newer AS
        SELECT * EXCLUDE (region, cost), region AS region_id,
               CAST(cost AS DECIMAL(18,4)) AS cost_monthly
        FROM resources;
        DROP VIEW resources;
        ALTER TABLE newer RENAME TO resources
    """)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    path = tmp_path / "older.freehold"
    shutil.copyfile(FIXTURE, path)
    return path


def test_an_older_document_is_brought_up_to_date(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(migrations.STEPS, 0, from_0_to_1)
    before = older.read_bytes()
    opened = document.load(older)
    sql = "SELECT resource_id, name, region_id, cost_monthly FROM estate.resources ORDER BY ALL"
    expected = [
        ("r1", "web", "eu-west-3", Decimal("10.5000")),
        ("r2", "database", "eu-central-1", Decimal("99.9900")),
        ("r3", "no region", None, None),
    ]
    assert opened.connection.execute(sql).fetchall() == expected
    assert opened.as_of.isoformat() == "2025-05-01"
    assert not opened.read_only
    assert opened.attachments == {"note.txt": b"kept"}
    assert len([notice for notice in opened.notices if "older format 0" in notice]) == 1
    assert opened.saved_format == 0
    assert older.read_bytes() == before

    document.save(opened)
    document.close(opened)
    assert older.with_name("older.freehold.bak1").read_bytes() == before
    assert archive.unpack(older.read_bytes(), "").format_version == migrations.FORMAT
    again = document.load(older)
    assert again.connection.execute(sql).fetchall() == expected
    assert again.notices == []
    document.close(again)


def test_a_format_without_a_step_is_refused(older: Path) -> None:
    before = older.read_bytes()
    with pytest.raises(DocumentError, match="has format 0, which this version"):
        document.load(older)
    assert older.read_bytes() == before


def test_a_step_that_does_not_fit_the_content_is_told(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(draft: Draft) -> None:
        draft.connection.execute("SELECT missing FROM resources")

    monkeypatch.setitem(migrations.STEPS, 0, wrong)
    with pytest.raises(DocumentError, match="does not hold what format 0 should"):
        document.load(older)


def test_a_step_cannot_reach_files(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = older.with_name("secret.csv")
    secret.write_text("a\n1\n")

    def curious(draft: Draft) -> None:
        draft.connection.execute(f"SELECT * FROM '{secret}'")

    monkeypatch.setitem(migrations.STEPS, 0, curious)
    with pytest.raises(DocumentError):
        document.load(older)
