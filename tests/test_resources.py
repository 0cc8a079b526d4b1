"""Rules and datasets are found in a checkout and in an installed wheel alike."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

from freehold.catalogue import open_catalogue
from freehold.compliance import packs
from freehold.resources import data_root

REPOSITORY = Path(__file__).resolve().parents[1]
ASK = (
    "import duckdb, freehold.resources as r; from freehold.catalogue import open_catalogue; "
    "from freehold.compliance import packs; c = duckdb.connect(); "
    "print(r.data_root()); print(open_catalogue(c).rows, len(packs.shipped()))"
)


def ask(path: Path) -> list[str]:
    """Run a fresh interpreter on the Freehold at `path` and return what it says."""
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_a_checkout_reads_its_own_folders() -> None:
    assert data_root() == REPOSITORY
    assert (data_root() / "rules").is_dir()
    assert (data_root() / "datasets").is_dir()


@pytest.mark.slow
def test_a_wheel_carries_everything_it_reads(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    root, counts = ask(installed)
    assert Path(root) == installed / "freehold" / "_data"
    with duckdb.connect() as connection:
        assert counts == f"{open_catalogue(connection).rows} {len(packs.shipped())}"
    shipped = {
        p.relative_to(REPOSITORY / "app")
        for p in (REPOSITORY / "app").rglob("*")
        if p.is_file() and p.suffix in {".csv", ".sql", ".ttf", ".js", ".html", ".json", ".md"}
    }
    missing = [str(p) for p in shipped if not (installed / p).is_file()]
    assert missing == []
