"""Work off the window's thread ends in exactly one way."""

import threading

import duckdb
import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from freehold.desktop.status_line import StatusLine
from freehold.desktop.work import Task, Worker


@pytest.fixture
def worker(qapp: QApplication) -> Worker:
    return Worker(2)


def test_results_arrive_in_the_window_thread(qtbot: QtBot, worker: Worker) -> None:
    seen: list[object] = []

    def done(result: object) -> None:
        seen.append((result, QThread.currentThread() is QApplication.instance().thread()))

    worker.start("Adding", lambda _task: 1 + 1, done)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(2, True)]
    qtbot.waitUntil(lambda: worker.running == [])


def test_failures_reach_the_window(qtbot: QtBot, worker: Worker) -> None:
    def work(_task: Task) -> object:
        raise ValueError("no")

    with qtbot.waitSignal(worker.failed) as failed:
        worker.start("Failing", work)
    assert str(failed.args[0]) == "no"


def test_a_running_query_is_cancelled(qtbot: QtBot, worker: Worker) -> None:
    connection = duckdb.connect()
    started, ends = threading.Event(), []

    def work(task: Task) -> object:
        cursor = task.cursor(connection)
        started.set()
        return cursor.execute("SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(1000) b(i)")

    task = worker.start("Counting", work, ends.append, cancelled=lambda: ends.append("cancelled"))
    assert started.wait(5)
    qtbot.wait(50)
    task.cancel()
    qtbot.waitUntil(lambda: bool(ends), timeout=5000)
    assert ends == ["cancelled"]
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_python_work_stops_at_its_next_progress(qtbot: QtBot, worker: Worker) -> None:
    ends: list[object] = []
    started = threading.Event()

    def work(task: Task) -> object:
        while True:
            started.set()
            task.progress(0.5, "half")

    task = worker.start("Looping", work, ends.append, cancelled=lambda: ends.append("cancelled"))
    assert started.wait(5)
    task.cancel()
    qtbot.waitUntil(lambda: bool(ends), timeout=5000)
    assert ends == ["cancelled"]


def test_the_latest_answer_wins(qtbot: QtBot, worker: Worker) -> None:
    gate, seen = threading.Event(), []

    def slow(_task: Task) -> object:
        gate.wait(5)
        return "old"

    worker.start("Old", slow, seen.append, only_latest="query")
    worker.start("New", lambda _task: "new", seen.append, only_latest="query")
    qtbot.waitUntil(lambda: seen == ["new"])
    gate.set()
    qtbot.waitUntil(lambda: worker.running == [])
    assert seen == ["new"]


def test_an_answer_for_a_deleted_widget_is_dropped(qtbot: QtBot, worker: Worker) -> None:
    may_end, seen = threading.Event(), []
    label = QLabel()

    def done(found: object) -> None:
        seen.append(found)
        label.setText(str(found))

    worker.start("Asking", lambda _task: may_end.wait(5), done)
    worker.start("Asking", lambda _task: may_end.wait(5), label.setText)
    delete(label)
    may_end.set()
    qtbot.waitUntil(lambda: worker.running == [])
    assert seen == []  # and pytest-qt fails a test whose event loop caught an exception


def test_the_status_line_shows_work_and_cancels_it(qtbot: QtBot, worker: Worker) -> None:
    line = StatusLine(worker)
    qtbot.addWidget(line)
    line.show()

    def work(task: Task) -> object:
        while True:
            task.progress(0.25, "a quarter")

    worker.start("Solving", work)
    qtbot.waitUntil(lambda: line._what.text() == "Solving: a quarter")
    assert line._bar.value() == 250
    line._cancel.click()
    qtbot.waitUntil(lambda: worker.running == [])
    assert not line._bar.isVisible()
