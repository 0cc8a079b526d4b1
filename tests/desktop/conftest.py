"""A window on a small document, with settings of its own."""

import gc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from freehold.desktop.application import make_application, make_window
from freehold.desktop.documents import EstateDocuments, OpenWorkspace, Sample
from freehold.desktop.main_window import MainWindow
from freehold.desktop.pages import Page
from freehold.desktop.pages.compliance import CompliancePage
from freehold.desktop.project import Project
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.web.browser import close_browser
from freehold.desktop.work import Worker
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.scenarios import Run, run


@dataclass
class SmallWorkspace:
    """A document of one table, for tests of the shell alone."""

    path: Path | None = None
    read_only: bool = False
    notices: list[str] = field(default_factory=list)
    packs: list[str] = field(default_factory=lambda: ["residency"])
    catalogue_info: Any = None
    settings: dict[str, Any] = field(default_factory=lambda: {"as_of": "2026-01-27"})
    published: int = 0

    def __post_init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(
            "CREATE SCHEMA estate; CREATE TABLE estate.scenarios(name VARCHAR);"
            "INSERT INTO estate.scenarios VALUES ('EU hybrid');"
            "CREATE TABLE estate.saved_views"
            "(view_id VARCHAR, page VARCHAR, name VARCHAR, state VARCHAR);"
            "CREATE TABLE estate.resources(resource VARCHAR, provider VARCHAR, cost DOUBLE);"
            "INSERT INTO estate.resources VALUES ('vm-1', 'alpha', 12.5), ('vm-2', 'beta', NULL)"
        )

    @property
    def as_of(self) -> date:
        return date.fromisoformat(self.settings["as_of"])

    def setting(self, name: str, default: Any = None) -> Any:
        return self.settings.get(name, default)

    def set_setting(self, name: str, value: Any) -> None:
        self.settings[name] = value

    def apply(self, changes: Iterable[tuple[str, float]]) -> list[tuple[str, Any]]:
        before = []
        for resource, cost in changes:
            found = self.connection.execute(
                "SELECT cost FROM estate.resources WHERE resource = ?", [resource]
            ).fetchone()
            if found is None:
                raise InputError("There is no such resource", where=resource)
            before.append((resource, found[0]))
            self._set(resource, cost)
        return before

    def undo(self, applied: list[tuple[str, Any]]) -> None:
        for resource, cost in reversed(applied):
            self._set(resource, cost)

    def publish(self) -> None:
        self.published += 1

    def _set(self, resource: str, cost: float) -> None:
        self.connection.execute(
            "UPDATE estate.resources SET cost = ? WHERE resource = ?", [cost, resource]
        )


class SmallDocuments:
    """Documents that live in memory; saving writes one byte."""

    def __init__(self) -> None:
        self.imported: list[Path] = []

    def samples(self) -> list[Sample]:
        return [Sample("bank", "A bank")]

    def new(self) -> OpenWorkspace:
        return SmallWorkspace()

    def open(self, path: Path) -> OpenWorkspace:
        if not path.exists():
            raise InputError("There is no such file", where=path.name)
        return SmallWorkspace(path=path)

    def open_sample(self, name: str) -> OpenWorkspace:
        return SmallWorkspace(notices=[f"This is the sample {name}."])

    def save(self, workspace: OpenWorkspace, path: Path) -> None:
        path.write_bytes(b"x")
        workspace.path = path

    def import_files(self, workspace: OpenWorkspace | None, paths: Iterable[Path]) -> OpenWorkspace:
        self.imported += paths
        return workspace or SmallWorkspace()

    def replace(self, old: OpenWorkspace | None, new: OpenWorkspace | None) -> None:
        """Nothing is locked here."""


class SmallPage(Page):
    """Lists the one table."""

    def build(self) -> None:
        self.table = ResultTable("Resources")
        self.body.addWidget(self.table)

    def title(self) -> str:
        return "Resources"

    def refresh(self, project: Project) -> None:
        columns = [Column("resource", "Resource"), Column("cost", "Cost", "money")]
        self.table.show_query(project.connection, "estate.resources", columns)

    def show_key(self, key: str) -> None:
        self.table.set_filter(key)


def small_page(_place: str, project: Project, worker: Worker) -> Page:
    return SmallPage(project, worker)


@pytest.fixture(autouse=True)
def no_waiting_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a message would wait for a click that no one gives."""

    def refuse(box: QMessageBox) -> int:
        raise AssertionError(f"a message was shown: {box.text()} {box.informativeText()}")

    monkeypatch.setattr(QMessageBox, "exec", refuse)


@pytest.fixture(scope="session")
def qapp() -> Iterator[QApplication]:
    # As in the program, Qt's objects are collected in the window's thread only (application.py).
    gc.disable()
    application = make_application()
    yield application
    close_browser()
    # The offscreen clipboard outlives Python and would call back into it when it is deleted.
    application.clipboard().clear()


@pytest.fixture(scope="session")
def bank_project(qapp: QApplication) -> Project:
    """The sample bank, open; a test that changes it takes the change back."""
    project = Project()
    project.take(EstateDocuments().open_sample("bank"), name="Bank")
    return project


@pytest.fixture(scope="session")
def bank_run(bank_project: Project) -> Run:
    """The bank judged with every pack."""
    made = run(cast("Workspace", bank_project.workspace))
    bank_project.keep("run", made)
    return made


@pytest.fixture(scope="session")
def judged_agency(qapp: QApplication) -> tuple[Project, Run]:
    """The sample agency, open and judged with one pack; a test takes its changes back."""
    project = Project()
    project.take(EstateDocuments().open_sample("agency"), name="Agency")
    workspace = cast("Workspace", project.workspace)
    return project, run(workspace, pack_ids=["exit-portability"])


@pytest.fixture
def agency_page(qtbot: QtBot, judged_agency: tuple[Project, Run]) -> Iterator[CompliancePage]:
    """The Compliance page on the judged agency."""
    project, base = judged_agency
    project.keep("run", base)
    worker = Worker(1)
    cancelled = project.changing.connect(worker.cancel_all)
    shown = CompliancePage(project, worker)
    qtbot.addWidget(shown)
    shown.show()
    shown.refresh(project)
    qtbot.waitUntil(lambda: not worker.running, timeout=30_000)
    yield shown
    project.changing.disconnect(cancelled)
    worker.cancel_all()
    qtbot.waitUntil(lambda: not worker.running, timeout=30_000)


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, settings: QSettings) -> Iterator[MainWindow]:
    settings.setValue("view/theme", "light")
    made = make_window(settings, SmallDocuments(), small_page)
    qtbot.addWidget(made, before_close_func=lambda w: w.project.close())
    made.resize(1360, 840)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.worker.cancel_all()


@pytest.fixture
def open_window(window: MainWindow) -> MainWindow:
    window.project.take(SmallWorkspace(), name="Small")
    return window
