"""A bank that is quick to judge, made once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from freehold.workflows.documents import editing


@pytest.fixture(scope="session")
def two_packs(
    sample_document: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = Path(shutil.copy(sample_document("bank"), tmp_path_factory.mktemp("bank")))
    with editing(path) as workspace:
        workspace.set_setting("packs", ["gdpr", "keys-identity"])
    return path


@pytest.fixture
def bank_of_two_packs(two_packs: Path, tmp_path: Path) -> Path:
    """The sample bank judged by two packs, for what needs no more, as each command judges again."""
    return Path(shutil.copy(two_packs, tmp_path / "two-packs.freehold"))
