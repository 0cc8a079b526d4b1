"""Settings that must stand before Qt is imported, isolation from the user's own files, and samples.

A test that needs a whole sample estate asks for `bank`, `agency` or `manufacturer`: a document of
its own, copied from one that is made once.
"""

import gc
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", "--disable-gpu")
os.environ.setdefault("PYTEST_QT_API", "pyside6")
if hasattr(os, "geteuid") and os.geteuid() == 0:
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")

import pytest

import freehold
from freehold.resources import data_root


def pytest_configure(config: pytest.Config) -> None:
    """Let all processes of tests share the rule files they read, while they are read the same way.

    Reading the shipped rules takes ten seconds, and each process would read them again: so they are
    read before several start at once.
    """
    room = Path(str(freehold.__file__)).with_name("compliance")
    readers = [(room / name).read_bytes() for name in ("yaml_file.py", "yaml_cache.py")]
    version = hashlib.sha256(b"".join(readers)).hexdigest()[:12]
    folder = config.rootpath / ".pytest_cache" / f"rules-{version}"
    os.environ["FREEHOLD_CACHE"] = str(folder)
    is_first = not hasattr(config, "workerinput") and not folder.is_dir()
    if is_first and config.getoption("numprocesses", None):
        subprocess.run(
            [sys.executable, "-m", "tests.first_start"], cwd=config.rootpath, check=False
        )


def _sources() -> str:
    """Return what tells the program and its data as they are now."""
    package = Path(str(freehold.__file__)).parent
    files = [
        path
        for folder in (package, data_root() / "datasets", data_root() / "rules")
        for path in sorted(folder.rglob("*"))
        if path.suffix not in ("", ".pyc")
    ]
    told = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def pytest_collection_finish() -> None:
    """Look for garbage as the program does, and not among what is there for all tests."""
    gc.set_threshold(50_000, 20, 20)
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the tests that share dear fixtures.

    In the end a process takes over half of what another has left, and would make them once more.
    """
    items.sort(key=lambda item: item.path.parent.name != "scenarios")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a user folder of its own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FREEHOLD_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def sample_document(pytestconfig: pytest.Config) -> Callable[[str], Path]:
    """Return the path of a sample's document by its name; copy it before changing it.

    It is made once from the sources as they are, for all processes of tests.
    """
    folder = pytestconfig.rootpath / ".pytest_cache" / f"samples-{_sources()}"

    @cache
    def made(name: str) -> Path:
        from freehold.workflows import documents

        path = folder / f"{name}.freehold"
        if not path.is_file():
            for old in folder.parent.glob("samples-*"):
                if old != folder:
                    shutil.rmtree(old, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            beside = folder / f"{name}-{os.getpid()}.freehold"
            documents.create(beside, sample=name)
            beside.replace(path)
        return path

    return made


@pytest.fixture(scope="session")
def open_sample(sample_document: Callable[[str], Path]) -> Callable[[str], Any]:
    """Return a sample opened by its name, each time anew, as a document that has no file yet."""

    def opened(name: str) -> Any:
        from freehold.estate import document

        workspace = document.load(sample_document(name), lock=False)
        workspace.path = None
        return workspace

    return opened


@pytest.fixture
def bank(sample_document: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return a document of the sample bank that is the test's own."""
    return Path(shutil.copy(sample_document("bank"), tmp_path))


@pytest.fixture
def agency(sample_document: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return a document of the sample agency that is the test's own."""
    return Path(shutil.copy(sample_document("agency"), tmp_path))


@pytest.fixture
def manufacturer(sample_document: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return a document of the sample manufacturer that is the test's own."""
    return Path(shutil.copy(sample_document("manufacturer"), tmp_path))
