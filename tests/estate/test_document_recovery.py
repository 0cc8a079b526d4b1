"""What was not saved when a session ended can be opened again."""

import os
from datetime import date
from pathlib import Path

import pytest

from freehold.errors import DocumentError
from freehold.estate import Workspace, document, recovery
from freehold.resources import user_state_folder


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "a.freehold"
    workspace = Workspace.new(date(2026, 7, 1))
    document.save(workspace, path)
    document.close(workspace)
    return path


def test_unsaved_changes_are_found_again(saved: Path) -> None:
    opened = document.load(saved)
    assert recovery.find_recovery(saved) is None
    before = saved.read_bytes()
    opened.set_setting("more", 1)
    copy = recovery.write_recovery(opened)
    assert copy.is_relative_to(user_state_folder())
    assert saved.read_bytes() == before
    document.close(opened)

    assert recovery.find_recovery(saved) == copy
    again = recovery.open_recovery(saved)
    assert (again.path, again.changed, again.read_only) == (saved, True, False)
    assert again.setting("more") == 1
    document.save(again)
    recovery.discard_recovery(saved)
    recovery.discard_recovery(saved)
    assert recovery.find_recovery(saved) is None
    document.close(again)
    opened = document.load(saved)
    assert opened.setting("more") == 1
    document.close(opened)


def test_a_copy_older_than_the_file_is_not_offered(saved: Path) -> None:
    opened = document.load(saved)
    copy = recovery.write_recovery(opened)
    os.utime(copy, (1, 1))
    assert recovery.find_recovery(saved) is None
    document.close(opened)


def test_documents_do_not_share_a_copy(saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "folder"
    other.mkdir()
    assert recovery.recovery_path(saved) != recovery.recovery_path(other / saved.name)


def test_a_document_never_saved(tmp_path: Path) -> None:
    workspace = Workspace.new(date(2026, 7, 1))
    workspace.set_setting("more", 1)
    copy = recovery.write_recovery(workspace)
    workspace.close()
    assert recovery.find_recovery(None) == copy
    again = recovery.open_recovery(None)
    assert again.path is None
    assert again.setting("more") == 1
    document.close(again)
    recovery.discard_recovery(None)
    assert recovery.find_recovery(None) is None
    with pytest.raises(DocumentError, match="There is no such file"):
        recovery.open_recovery(None)
