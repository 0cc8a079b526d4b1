"""Views that are kept between openings of a document never tell anything old."""

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from freehold.estate import document, kept, publish
from freehold.estate.changes import Change
from freehold.estate.workspace import Workspace


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each of these tests a cache folder of its own."""
    monkeypatch.setenv("FREEHOLD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a document of two resources."""
    workspace = Workspace.new(pd.Timestamp("2026-11-01").date())
    rows = {"resource_id": ["a", "b"], "provider_id": ["aws", "ovhcloud"]}
    workspace.append("resources", pd.DataFrame(rows))
    path = tmp_path_factory.mktemp("once") / "two.freehold"
    document.save(workspace, path)
    workspace.close()
    return path


@pytest.fixture
def saved(once: Path, tmp_path: Path) -> Path:
    """Return a document of two resources that is the test's own."""
    return Path(shutil.copy(once, tmp_path))


def _views(workspace: Workspace) -> dict[str, list[tuple[object, ...]]]:
    workspace.publish()
    names = workspace.connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'views'"
    ).fetchall()
    return {
        str(name): sorted(workspace.connection.execute(f'FROM views."{name}"').fetchall(), key=repr)
        for (name,) in names
    }


@pytest.fixture(scope="module")
def shown(
    once: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, list[tuple[object, ...]]]]:
    """Return the cache that publishing the document has left, and what its views told."""
    cache = tmp_path_factory.mktemp("shown") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FREEHOLD_CACHE", str(cache))
        first = document.load(once, lock=False)
        told = _views(first)
        document.close(first)
    assert list((cache / "views").glob("*.duckdb"))
    return cache, told


def test_a_document_opened_again_shows_the_same_views(
    saved: Path, own_cache: Path, shown: tuple[Path, dict[str, list[tuple[object, ...]]]]
) -> None:
    cache, told = shown
    shutil.copytree(cache, own_cache)
    again = document.load(saved)
    assert _views(again) == told
    document.close(again)


def test_an_edit_between_two_openings_shows(saved: Path, tmp_path: Path) -> None:
    first = document.load(saved)
    first.publish()
    first.connection.execute("UPDATE estate.resources SET provider_id = 'aws'")
    document.save(first)
    document.close(first)
    again = document.load(saved)
    told = _views(again)
    document.close(again)
    (tmp_path / "cache").rename(tmp_path / "no longer")
    anew = document.load(saved)
    assert told == _views(anew)
    assert anew.connection.execute("SELECT DISTINCT provider FROM views.resources").fetchall() == [
        ("aws",)
    ]
    document.close(anew)


@pytest.mark.parametrize("damage", [b"", b"not a database", b"torn", None])
def test_a_damaged_kept_database_costs_time_only(
    saved: Path,
    own_cache: Path,
    damage: bytes | None,
    shown: tuple[Path, dict[str, list[tuple[object, ...]]]],
) -> None:
    cache, told = shown
    shutil.copytree(cache, own_cache)
    kept = sorted(own_cache.rglob("*.duckdb"))
    assert len(kept) == 2
    for path in kept:
        if damage is None:  # a database, but of something else
            path.unlink()
            duckdb.connect(str(path)).close()
        elif damage == b"torn":
            held = path.read_bytes()
            torn = bytes(len(held) - 16384 * 3)
            path.write_bytes(held[: 16384 * 3] + torn)
        else:
            path.write_bytes(damage)
    again = document.load(saved)
    assert _views(again) == told
    document.close(again)


def test_a_cache_that_cannot_be_written_hinders_nothing(
    saved: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_cache.with_name("file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("FREEHOLD_CACHE", str(own_cache.with_name("file")))
    opened = document.load(saved)
    assert len(_views(opened)["resources"]) == 2
    document.close(opened)


def test_who_wants_nothing_kept_gets_nothing_kept(
    saved: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREEHOLD_KEEP", "no")
    opened = document.load(saved)
    opened.publish()
    document.close(opened)
    assert not list(own_cache.rglob("*.duckdb"))


def test_what_is_kept_is_built_no_more_and_a_part_replaces_nothing(saved: Path) -> None:
    def built(only: str | None = None) -> tuple[str, ...]:
        opened = document.load(saved)
        made = publish(opened.connection, as_of=opened.as_of, only=only, keep_as="two")
        document.close(opened)
        return made

    assert "resources" in built("resources")
    assert "resources" in built()
    assert built() == ()
    assert built("resources") == ()


def test_a_write_that_fails_leaves_nothing(saved: Path, own_cache: Path) -> None:
    opened = document.load(saved)
    there = sorted(own_cache.rglob("*"))
    kept.keep(opened.connection, "views", "name", {"a": "estate.resources", "b": "no.such"})
    assert sorted(own_cache.rglob("*.*")) == [path for path in there if path.suffix]
    assert opened.row_count("resources") == 2
    document.close(opened)


def test_a_document_changes_facts_for_itself_alone(once: Path) -> None:
    document.close(document.load(once, lock=False))  # from here on the catalogue is kept
    first, second = document.load(once, lock=False), document.load(once, lock=False)

    def country(workspace: Workspace) -> tuple[object, ...]:
        asked = "WHERE provider_id = 'aws' AND region_id = 'eu-west-3'"
        fact, worked_out = (
            workspace.connection.execute(
                f"SELECT DISTINCT country_iso2 FROM catalogue.{table} {asked}"
            ).fetchall()
            for table in ("regions", "offers")
        )
        return (fact, worked_out)

    before = country(first)
    assert before == country(second) == ([("FR",)], [("FR",)])
    key = {"provider_id": "aws", "region_id": "eu-west-3"}
    moved = Change(target="catalogue.regions", op="set", key=key, column="country_iso2", value="DE")
    applied = first.apply([moved])
    assert country(first) == ([("DE",)], [("DE",)])
    assert country(second) == before
    first.undo(applied)
    assert country(first) == before
    document.close(first)
    document.close(second)
