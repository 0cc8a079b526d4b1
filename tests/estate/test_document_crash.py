"""Whatever ends a save early, the file is the one before or the one after."""

import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from freehold.errors import DocumentError
from freehold.estate import Workspace, document

posix_only = pytest.mark.skipif(os.name != "posix", reason="uses POSIX signals and limits")


def program(text: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("once") / "a.freehold"
    workspace = Workspace.new(date(2026, 7, 1))
    workspace.set_setting("turn", 0)
    document.save(workspace, path)
    document.close(workspace)
    return path


@pytest.fixture
def saved(once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(once, tmp_path))


@posix_only
@pytest.mark.slow
def test_killed_while_saving(saved: Path) -> None:
    saver = """
        import os, sys
        from pathlib import Path
        from freehold.estate import document
        workspace = document.load(Path(sys.argv[1]))
        assert not workspace.read_only, workspace.notices
        workspace.attachments["large"] = os.urandom(3_000_000)
        turn = workspace.setting("turn")
        while True:
            turn += 1
            workspace.set_setting("turn", turn)
            document.save(workspace)
            print("saved", flush=True)
    """
    chance = random.Random(7)
    turns = [0]
    for _ in range(3):
        process = program(saver, saved)
        assert process.stdout is not None
        assert process.stdout.readline() == "saved\n"
        time.sleep(0.6 * chance.random())
        process.send_signal(signal.SIGKILL)
        process.communicate()
        opened = document.load(saved)  # the dead process's lock is taken over
        assert not opened.read_only, opened.notices
        turns.append(opened.setting("turn"))
        document.close(opened)
    assert turns == sorted(turns)
    assert turns[-1] > turns[0]
    for number in (1, 2, 3):
        opened = document.load(saved.with_name(f"a.freehold.bak{number}"), lock=False)
        document.close(opened)


@posix_only
@pytest.mark.parametrize("what", ["attachment", "table"])
def test_files_may_not_grow(saved: Path, what: str) -> None:
    import resource

    before = saved.read_bytes()
    workspace = document.load(saved)
    if what == "attachment":
        workspace.attachments["large"] = os.urandom(500_000)
    else:
        ids = [os.urandom(16).hex() for _ in range(20_000)]
        workspace.append("resources", pd.DataFrame({"resource_id": ids}))
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, allowed[1]))
    try:
        with pytest.raises(DocumentError, match="The disk is full"):
            document.save(workspace)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
        document.close(workspace)
    assert saved.read_bytes() == before
    assert [entry.name for entry in saved.parent.iterdir()] == ["a.freehold"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk(small_disk: Path) -> None:
    path = small_disk / "a.freehold"
    workspace = Workspace.new(date(2026, 7, 1))
    document.save_as(workspace, path)
    before = path.read_bytes()
    workspace.attachments["large"] = os.urandom(500_000)
    with pytest.raises(DocumentError, match="The disk is full"):
        document.save(workspace)
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in small_disk.iterdir()) == ["a.freehold", "a.freehold.lock"]
    workspace.attachments.clear()
    workspace.set_setting("more", 1)
    document.save(workspace)
    document.close(workspace)
    opened = document.load(path)
    assert opened.setting("more") == 1
    document.close(opened)


@pytest.fixture
def read_only_disk(small_disk: Path) -> Iterator[Path]:
    workspace = Workspace.new(date(2026, 7, 1))
    document.save(workspace, small_disk / "a.freehold")
    workspace.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    return small_disk


def test_disk_that_cannot_be_written(read_only_disk: Path) -> None:
    path = read_only_disk / "a.freehold"
    opened = document.load(path)
    assert opened.read_only
    assert "cannot be written, so it is open read-only" in opened.notices[0]
    with pytest.raises(DocumentError, match="open read-only"):
        document.save(opened)
    with pytest.raises(DocumentError, match="may not be written"):
        document.save(opened, read_only_disk / "b.freehold")
    document.close(opened)
