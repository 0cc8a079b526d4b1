"""What the importer tests share: the shipped catalogue, real samples, and a small FOCUS writer."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from freehold.catalogue import open_catalogue
from freehold.importers import ImportResult, Profile, read
from tests.importers.helpers import CHARGE

SHARED = Path(__file__).resolve().parents[3] / "shared"

Writer = Callable[..., Path]
Reader = Callable[..., ImportResult]


@pytest.fixture(scope="session")
def catalogue() -> Iterator[duckdb.DuckDBPyConnection]:
    """One database holding the shipped catalogue."""
    with duckdb.connect() as connection:
        open_catalogue(connection, "catalogue")
        yield connection


@pytest.fixture(scope="session")
def importing(catalogue: duckdb.DuckDBPyConnection) -> Reader:
    """Read files through the shipped catalogue."""

    def go(*paths: Path, kind: str | None = None, profile: Profile | Path | None = None) -> Any:
        return read(list(paths), connection=catalogue, kind=kind, profile=profile)

    return go


@pytest.fixture
def focus_file(tmp_path: Path) -> Writer:
    """Write a FOCUS file: one record per keyword dictionary, over sensible defaults."""

    def write(*changes: dict[str, str], name: str = "bill.csv", drop: tuple[str, ...] = ()) -> Path:
        base = {key: value for key, value in CHARGE.items() if key not in drop}
        records = [{**base, **change} for change in changes]
        header = list(dict.fromkeys(key for record in records or [base] for key in record))
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, header, restval="NULL")
            writer.writeheader()
            writer.writerows(records)
        return path

    return write


@pytest.fixture
def sample() -> Callable[[str], Path]:
    """Return the path of a real export file, or skip where those files are absent."""

    def find(name: str) -> Path:
        path = SHARED / "samples" / name
        if not path.exists():
            pytest.skip(f"the real export files are not beside the repository: {name}")
        return path

    return find
