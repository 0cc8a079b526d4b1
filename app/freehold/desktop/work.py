"""Work off the window's thread: with progress, with cancel, the latest answer wins."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

import duckdb
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

Progress = Callable[[float, str], None]
_SHORTEST_PAUSE_S = 0.05


class Cancelled(Exception):  # noqa: N818 - the user's wish, not an error
    """Raised inside a task when the user has cancelled it."""


class _Interruptible(Protocol):
    def interrupt(self) -> None: ...


class Task(QRunnable):
    """One cancellable piece of work; its signals arrive in the window's thread."""

    class Signals(QObject):
        """What a task tells: share done (0-1, -1 unknown) with a word, then exactly one end."""

        progressed = Signal(float, str)
        finished = Signal(object)
        failed = Signal(object)
        cancelled = Signal()
        ended = Signal()

    def __init__(
        self, title: str, work: Callable[["Task"], object], name: str | None = None
    ) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self.title, self.name = title, name
        self.signals = Task.Signals()
        self._work = work
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
            self.signals.progressed.emit(share, word)

    def run(self) -> None:
        """Do the work; called by the pool."""
        try:
            self.check()
            result = self._work(self)
            self.check()
        except (Cancelled, duckdb.InterruptException):
            self.signals.cancelled.emit()
        except Exception as error:
            self.signals.failed.emit(error)
        else:
            self.signals.finished.emit(result)
        finally:
            self._cursors.clear()
            self.signals.ended.emit()


class Worker(QObject):
    """Runs tasks in a pool of its own and keeps them until they have ended.

    `started` and `ended` let the status bar show what runs; `failed` reaches the error dialog
    unless the caller handles the failure itself.
    """

    started = Signal(object)
    ended = Signal(object)
    failed = Signal(object)

    def __init__(self, threads: int = 2, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._running: list[Task] = []
        self._latest: dict[str, int] = {}

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
        task = Task(title, work, only_latest)
        number = self._next_number(only_latest)

        def is_current() -> bool:
            return only_latest is None or self._latest[only_latest] == number

        def deliver(result: object) -> None:
            if done is not None and is_current():
                done(result)

        def report(error: Exception) -> None:
            if is_current():
                (failed or self.failed.emit)(error)

        def retire() -> None:
            self._running.remove(task)
            self.ended.emit(task)

        for other in self._running:
            if only_latest is not None and other.name == only_latest:
                other.cancel()
        _Receiver(self, deliver, report, cancelled, retire).listen(task.signals)
        self._running.append(task)
        self.started.emit(task)
        self._pool.start(task)
        return task

    def cancel_all(self, wait_ms: int = 2000) -> None:
        """Cancel everything and wait a moment for the threads to end."""
        for task in self._running:
            task.cancel()
        self._pool.clear()
        self._pool.waitForDone(wait_ms)

    def _next_number(self, name: str | None) -> int:
        if name is None:
            return 0
        self._latest[name] = self._latest.get(name, 0) + 1
        return self._latest[name]


class _Receiver(QObject):
    """Lives in the window's thread, so that a task's signals are delivered there."""

    def __init__(
        self,
        parent: QObject,
        deliver: Callable[[object], None],
        report: Callable[[Exception], None],
        cancelled: Callable[[], None] | None,
        retire: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._deliver, self._report = deliver, report
        self._cancelled, self._retire = cancelled, retire

    def listen(self, signals: Task.Signals) -> None:
        """Connect the task's signals to this object's thread."""
        signals.finished.connect(self.on_finished)
        signals.failed.connect(self.on_failed)
        signals.cancelled.connect(self.on_cancelled)
        signals.ended.connect(self.on_ended)

    def on_finished(self, result: object) -> None:
        self._deliver(result)

    def on_failed(self, error: Exception) -> None:
        self._report(error)

    def on_cancelled(self) -> None:
        if self._cancelled is not None:
            self._cancelled()

    def on_ended(self) -> None:
        self._retire()
        self.deleteLater()
