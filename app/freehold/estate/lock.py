"""The lock file beside an open document: one process may write it, others only look."""

import contextlib
import getpass
import json
import os
import secrets
import socket
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_UNREADABLE_COUNTS_SECONDS = 10
_TRIES = 20
_PAUSE_SECONDS = 0.05

_ours: set[str] = set()
"""Tokens of the locks that this process holds."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a document open, as its lock file says; `started` is the kernel's start mark."""

    pid: int
    host: str
    user: str
    time: str
    token: str
    started: str = ""

    @property
    def is_this_process(self) -> bool:
        """Whether this process holds it."""
        return self.token in _ours

    @property
    def is_alive(self) -> bool:
        """Whether the holder may still have it open; one on another computer always may."""
        if self.host != socket.gethostname():
            return True
        if self.pid == os.getpid():
            return self.is_this_process
        if not _process_lives(self.pid):
            return False
        now = _start_mark(self.pid)
        return not (self.started and now and self.started != now)

    def __str__(self) -> str:
        if self.is_this_process:
            return "this program"
        return f"{self.user} on {self.host} since {self.time} (process {self.pid})"


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock this process holds."""

    path: Path
    token: str
    pid: int

    @property
    def is_held(self) -> bool:
        """Whether the lock file is still ours."""
        holder = read_holder(self.path)
        return holder is not None and holder.token == self.token

    def release(self) -> None:
        """Remove the lock file if it is still ours; doing so twice does no harm."""
        if self.pid != os.getpid():
            return  # a forked child must not give up its parent's lock
        with contextlib.suppress(OSError):
            if self.is_held:
                self.path.unlink()
        _ours.discard(self.token)


def lock_path(document: Path) -> Path:
    """Return where the lock file of a document lies."""
    return document.with_name(f"{document.name}.lock")


def acquire(document: Path) -> Lock | Holder:
    """Take the lock of a document, or return who holds it.

    A lock whose process has ended on this computer is taken over.

    Raises:
        OSError: no lock file can be written beside the document.
    """
    path = lock_path(document)
    token = secrets.token_hex(16)
    text = json.dumps(
        {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "user": _user(),
            "time": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            "token": token,
            "started": _start_mark(os.getpid()),
        },
        indent=1,
    )
    _ours.add(token)
    try:
        held = _take(path, text)
    except BaseException:
        _ours.discard(token)
        raise
    if held is not None:
        _ours.discard(token)
        return held
    return Lock(path, token, os.getpid())


def read_holder(path: Path) -> Holder | None:
    """Return who a lock file says holds the document, or None if there is none readable."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Holder(
            pid=int(found["pid"]),
            host=str(found["host"]),
            user=str(found["user"]),
            time=str(found["time"]),
            token=str(found["token"]),
            started=str(found.get("started", "")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _take(path: Path, text: str) -> Holder | None:
    unreadable = Holder(0, "another computer", "someone", "an unknown time", "")
    for _ in range(_TRIES):
        if _create(path, text):
            return None
        holder = read_holder(path)
        if holder is not None and holder.is_alive:
            return holder
        if (holder is not None or _is_old(path)) and _remove_stale(path, holder):
            continue
        time.sleep(_PAUSE_SECONDS)  # its owner is writing it, or someone else is removing it
    return read_holder(path) or unreadable


def _create(path: Path, text: str) -> bool:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def _remove_stale(path: Path, seen: Holder | None) -> bool:
    """Remove a stale lock; a second file makes sure that two processes do not both do so."""
    guard = path.with_name(f"{path.name}.taking")
    if not _create(guard, ""):
        if _is_old(guard):
            with contextlib.suppress(OSError):
                guard.unlink()
        return False
    try:
        now = read_holder(path)
        if (now.token if now else None) != (seen.token if seen else None):
            return False
        path.unlink(missing_ok=True)
        return True
    finally:
        guard.unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _UNREADABLE_COUNTS_SECONDS
    except OSError:
        return False


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "someone"


def _process_lives(pid: int) -> bool:
    if pid <= 0:
        return False
    if sys.platform == "win32":
        import ctypes

        # os.kill would end the process on Windows, whatever the signal.
        query_limited_information, still_active = 0x1000, 259
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(query_limited_information, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        lives = kernel.GetExitCodeProcess(handle, ctypes.byref(code)) and code.value == still_active
        kernel.CloseHandle(handle)
        return bool(lives)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OverflowError:
        return False
    except PermissionError:
        return True
    return True


def _start_mark(pid: int) -> str:
    """Return the kernel's start time of a process, so that a reused number is noticed."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    # A process that ended but was not yet waited for has state Z and writes nothing any more.
    if not fields or fields[0] in {"Z", "X"}:
        return "ended"
    return fields[19] if len(fields) > 19 else ""
