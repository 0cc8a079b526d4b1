"""Work off the window's thread: with progress, with cancel, the latest answer wins."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeGuard, TypeVar

import duckdb
from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

Progress = Callable[[float, str], None]
_SHORTEST_PAUSE_S = 0.05
_Heard = TypeVar("_Heard", bound=Callable[..., None])


class Cancelled(Exception):  # noqa: N818 - the user's wish, not an error
    """Raised inside a task when the user has cancelled it."""


class _Interruptible(Protocol):
    def interrupt(self) -> None: ...


class _Relay(QObject):
    """Carries what tasks tell into the window's thread.

    One for each worker, living as long as it: an object that sends from a thread must not be
    deleted by another while it does so.
    """

    told = Signal(object, str, object)


@dataclass(frozen=True, slots=True)
class _Ends:
    """What to do with the end of a task; called in the window's thread."""

    done: Callable[[object], None] | None
    failed: Callable[[Exception], None] | None
    cancelled: Callable[[], None] | None
    number: int


class Task:
    """One cancellable piece of work."""

    def __init__(
        self,
        title: str,
        work: Callable[["Task"], object],
        tell: Callable[["Task", str, object], None],
        name: str | None = None,
    ) -> None:
        self.title, self.name = title, name
        self._work, self._tell = work, tell
        self._stop = threading.Event()
        self._cursors: list[_Interruptible] = []
        self._last_told = 0.0

    def cancel(self) -> None:
        """Ask the work to end: running queries are interrupted, Python stops at its next check."""
        self._stop.set()
        for cursor in list(self._cursors):
            cursor.interrupt()

    @property
    def is_cancelled(self) -> bool:
        """Whether the user has asked for the end."""
        return self._stop.is_set()

    @property
    def stop(self) -> threading.Event:
        """Set once the user has asked for the end; for work that watches it itself."""
        return self._stop

    def check(self) -> None:
        """Raise `Cancelled` if the user has asked for the end."""
        if self._stop.is_set():
            raise Cancelled

    def cursor(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own that `cancel` interrupts."""
        cursor = connection.cursor()
        self._cursors.append(cursor)
        self.check()
        return cursor

    def progress(self, share: float, word: str) -> None:
        """Tell how far the work is, at most 20 times a second, and stop if cancelled."""
        self.check()
        now = time.monotonic()
        if now - self._last_told >= _SHORTEST_PAUSE_S:
            self._last_told = now
            self._tell(self, "progressed", (share, word))

    def hand_over(self, part: object) -> None:
        """Hand over a part of the answer as soon as it is known; never raises."""
        self._tell(self, "arrived", part)

    def run(self) -> None:
        """Do the work in a thread of the worker and tell exactly one end."""
        end: str
        payload: object
        try:
            self.check()
            result = self._work(self)
            self.check()
        except (Cancelled, duckdb.InterruptException):
            end, payload = "cancelled", None
        except Exception as error:
            end, payload = "failed", error
        else:
            end, payload = "finished", result
        self._cursors.clear()
        self._tell(self, end, payload)


class Worker(QObject):
    """Runs tasks in threads of its own and keeps them until they have ended.

    `started` and `ended` let the status bar show what runs; `arrived` carries parts of an answer
    before it is whole; `failed` reaches the error dialog unless the caller handles the failure.
    """

    started = Signal(object)
    progressed = Signal(object, float, str)
    arrived = Signal(object, object)
    ended = Signal(object)
    failed = Signal(object)

    def __init__(self, threads: int = 2, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="freehold")
        self._running: list[Task] = []
        self._ends: dict[Task, _Ends] = {}
        self._relay = _Relay(self)
        self._relay.told.connect(self._on_told, Qt.ConnectionType.QueuedConnection)
        self._latest: dict[str, int] = {}
        running, pool = self._running, self._pool
        self.destroyed.connect(lambda: _stop(running, pool))

    @property
    def running(self) -> list[Task]:
        """The tasks that have not ended."""
        return list(self._running)

    def start(
        self,
        title: str,
        work: Callable[[Task], object],
        done: Callable[[object], None] | None = None,
        *,
        failed: Callable[[Exception], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        only_latest: str | None = None,
    ) -> Task:
        """Run `work(task)` in a thread and `done(result)` in the window's.

        With `only_latest`, an earlier task of the same name is cancelled and its answer dropped.
        """
        task = Task(title, work, self._relay.told.emit, only_latest)
        for other in self._running:
            if only_latest is not None and other.name == only_latest:
                other.cancel()
        self._ends[task] = _Ends(done, failed, cancelled, self._next_number(only_latest))
        self._running.append(task)
        self.started.emit(task)
        self._pool.submit(task.run)
        return task

    def cancel_all(self) -> None:
        """Ask all tasks to end."""
        for task in self._running:
            task.cancel()

    def _next_number(self, name: str | None) -> int:
        if name is None:
            return 0
        self._latest[name] = self._latest.get(name, 0) + 1
        return self._latest[name]

    def _on_told(self, task: Task, what: str, payload: Any) -> None:
        if what == "progressed":
            self.progressed.emit(task, *payload)
            return
        if what == "arrived":
            self.arrived.emit(task, payload)
            return
        ends = self._ends.pop(task)
        self._running.remove(task)
        is_current = task.name is None or self._latest[task.name] == ends.number
        try:
            if what == "cancelled" and _is_heard(ends.cancelled):
                ends.cancelled()
            elif what == "finished" and is_current and _is_heard(ends.done):
                ends.done(payload)
            elif what == "failed" and is_current:
                if ends.failed is None:
                    self.failed.emit(payload)
                elif _is_heard(ends.failed):
                    ends.failed(payload)
        finally:
            self.ended.emit(task)


def _is_heard(told: _Heard | None) -> TypeGuard[_Heard]:
    """Return whether somebody waits for an answer: not a widget that Qt has deleted since."""
    if told is None:
        return False
    held = [getattr(told, "__self__", None)]
    for cell in getattr(told, "__closure__", None) or ():
        with suppress(ValueError):  # a name that is not bound yet
            held.append(cell.cell_contents)
    return all(isValid(thing) for thing in held if isinstance(thing, QObject))


def _stop(running: list[Task], pool: ThreadPoolExecutor) -> None:
    """End a worker's threads before Qt deletes what their signals need."""
    for task in running:
        task.cancel()
    pool.shutdown(wait=True, cancel_futures=True)
