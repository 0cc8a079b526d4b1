from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the tests away from the real user folder."""
    home = tmp_path / "home"
    monkeypatch.setenv("FREEHOLD_HOME", str(home))
    return home


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("SET threads = 2")
        yield opened
