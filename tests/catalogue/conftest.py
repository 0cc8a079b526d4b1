from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from freehold.catalogue import open_catalogue

SHARED_FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the tests away from the real user folder."""
    home = tmp_path / "home"
    monkeypatch.setenv("FREEHOLD_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def loaded() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        open_catalogue(connection, layers=False)
        yield connection


@pytest.fixture
def catalogue(loaded: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The shipped catalogue; what a test changes in it is taken back."""
    loaded.begin()
    yield loaded
    loaded.rollback()


@pytest.fixture(scope="session")
def facts() -> Path:
    if not SHARED_FACTS.is_dir():
        pytest.skip("the researched facts are not beside the repository (../shared/facts)")
    return SHARED_FACTS
