"""One process may write a document; the others look at it, and a dead one's lock is taken over."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from freehold.errors import DocumentError
from freehold.estate import Workspace, document, lock

HOLDER = """
import sys
from pathlib import Path
from freehold.estate import lock
taken = lock.acquire(Path(sys.argv[1]))
print(type(taken).__name__, flush=True)
sys.stdin.readline()
taken.release()
"""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("once") / "a.freehold"
    workspace = Workspace.new(date(2026, 7, 1))
    document.save(workspace, path)
    document.close(workspace)
    return path


@pytest.fixture
def saved(once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(once, tmp_path))


def write_lock(path: Path, **changes: object) -> Path:
    entry = {
        "pid": 1, "host": socket.gethostname(), "user": "ana", "time": "2026-07-01 08:00 UTC",
        "token": "t", "started": "", **changes,
    }  # fmt: skip
    target = lock.lock_path(path)
    target.write_text(json.dumps(entry))
    return target


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_second_process_looks_only(saved: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(saved)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "Lock\n"
    opened = document.load(saved)
    assert opened.read_only
    assert f"(process {process.pid})" in opened.notices[0]
    assert socket.gethostname() in opened.notices[0]
    opened.set_setting("a", 1)
    with pytest.raises(DocumentError, match="open read-only"):
        document.save(opened)
    other = Workspace.new(date(2026, 7, 1))
    with pytest.raises(DocumentError, match="The document is open in"):
        document.save(other, saved)
    other.close()
    copy = saved.with_name("copy.freehold")
    document.save_as(opened, copy)
    assert not opened.read_only
    document.close(opened)
    looking = document.load(saved, lock=False)
    assert not looking.read_only
    document.close(looking)
    process.communicate("\n", timeout=30)
    assert not lock.lock_path(saved).exists()
    opened = document.load(saved)
    assert not opened.read_only
    document.close(opened)


def test_a_killed_process_no_longer_holds_it(saved: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(saved)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "Lock\n"
    process.kill()
    process.communicate()
    assert lock.lock_path(saved).exists()
    opened = document.load(saved)
    assert not opened.read_only
    document.close(opened)
    assert not lock.lock_path(saved).exists()


def test_opening_twice_in_one_program(saved: Path) -> None:
    first, second = document.load(saved), document.load(saved)
    assert (first.read_only, second.read_only) == (False, True)
    assert "open already in this program" in second.notices[0]
    document.close(second)
    assert lock.lock_path(saved).exists()
    document.close(first)
    document.close(first)
    third = document.load(saved)
    assert not third.read_only
    document.close(third)


def test_a_workspace_that_is_dropped_gives_its_lock_back(saved: Path) -> None:
    opened = document.load(saved)
    assert lock.lock_path(saved).exists()
    del opened
    assert not lock.lock_path(saved).exists()


def test_a_refused_file_is_not_left_locked(tmp_path: Path) -> None:
    path = tmp_path / "a.freehold"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(DocumentError):
        document.load(path)
    assert not lock.lock_path(path).exists()


@pytest.mark.parametrize(
    ("changes", "is_taken"),
    [
        ({"pid": os.getpid()}, False),  # our own number, used by a process before us
        ({"pid": os.getppid()}, True),
        ({"pid": os.getppid(), "started": "another"}, False),
        ({"host": "elsewhere", "pid": 10**9}, True),
        ({"pid": -1}, False),
        ({"pid": 10**30}, False),
    ],
)
def test_whose_lock_counts(saved: Path, changes: dict[str, object], is_taken: bool) -> None:
    if "started" in changes and not Path("/proc/self/stat").exists():
        pytest.skip("process start times are read from /proc")
    write_lock(saved, **changes)
    opened = document.load(saved)
    assert opened.read_only == is_taken
    document.close(opened)
    assert lock.lock_path(saved).exists() == is_taken


def test_an_unreadable_lock_counts_for_a_short_time(saved: Path) -> None:
    path = lock.lock_path(saved)
    path.write_bytes(b"\x00garbage")
    assert isinstance(lock.acquire(saved), lock.Holder)
    long_ago = time.time() - 60
    os.utime(path, (long_ago, long_ago))
    taken = lock.acquire(saved)
    assert isinstance(taken, lock.Lock)
    taken.release()


def test_of_many_that_find_a_dead_lock_one_takes_it(saved: Path) -> None:
    pid = dead_process()
    for _ in range(10):
        write_lock(saved, pid=pid)
        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(lock.acquire, [saved] * 8))
        locks = [one for one in taken if isinstance(one, lock.Lock)]
        assert len(locks) == 1
        assert locks[0].is_held
        locks[0].release()
        locks[0].release()
    assert [entry.name for entry in saved.parent.iterdir()] == ["a.freehold"]


def test_a_lock_that_someone_else_took_is_not_removed(saved: Path) -> None:
    opened = document.load(saved)
    other = write_lock(saved, host="elsewhere")
    opened.set_setting("a", 1)
    with pytest.raises(DocumentError, match="ana on elsewhere"):
        document.save(opened)
    document.close(opened)
    assert other.exists()


def test_a_removed_lock_is_taken_again_at_the_next_save(saved: Path) -> None:
    opened = document.load(saved)
    lock.lock_path(saved).unlink()
    opened.set_setting("a", 1)
    document.save(opened)
    assert lock.lock_path(saved).exists()
    document.close(opened)
    assert not lock.lock_path(saved).exists()
