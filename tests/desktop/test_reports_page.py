"""Reports: what they hold, writing, signing, hashes, preview, cancel."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from freehold.desktop.application import make_window
from freehold.desktop.documents import EstateDocuments
from freehold.desktop.main_window import MainWindow
from freehold.desktop.pages.reports import ReportsPage
from freehold.desktop.screenshots import wait_until

PATIENCE_MS = 180_000


@pytest.fixture(scope="module")
def window(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """A window on the agency, at the Reports page, judged."""
    settings = QSettings(str(tmp_path_factory.mktemp("r") / "w.ini"), QSettings.Format.IniFormat)
    documents = EstateDocuments()
    made = make_window(settings, documents)
    made.resize(1360, 840)
    made.show()
    agency = documents.open_sample("agency")
    # One pack suffices here, and a judgement by all would be most of the time.
    agency.set_setting("packs", ["residency"])
    made.project.take(agency, name="Agency")
    made.go_to("reports")
    wait_until(lambda: page_of(made).run is not None)
    yield made
    made.worker.cancel_all()
    wait_until(lambda: not made.worker.running)
    made.shut_down()
    made.deleteLater()


def page_of(window: MainWindow) -> ReportsPage:
    page = window.page
    assert isinstance(page, ReportsPage)
    return page


def chapters(page: ReportsPage) -> dict[str, tuple[str, str]]:
    model = page.contents.model
    assert model is not None
    return {
        model.text(row, 0): (model.text(row, 1), model.text(row, 2))
        for row in range(model.rowCount())
    }


def test_the_contents_say_what_is_missing(window: MainWindow) -> None:
    found = chapters(page_of(window))
    assert "Two" not in found["Cover and signatures"][1]
    assert "verdicts are unknown" in found["What could not be assessed"][1]
    assert "fails" in found["Findings"][0]
    assert "2 beside the base" in found["Scenarios"][0]


def test_one_person_cannot_prepare_and_review(window: MainWindow) -> None:
    page = page_of(window)
    page.form.prepared.setText("Anna Ritter")
    page.form.reviewed.setText("anna ritter")
    assert not page.write_button.isEnabled()
    assert "two people" in page.status.text()
    page.form.reviewed.setText("Luc Moreau")
    assert page.write_button.isEnabled()
    assert chapters(page)["Cover and signatures"] == ("Anna Ritter, Luc Moreau", "nothing")


def test_nothing_to_write_disables_the_button(window: MainWindow) -> None:
    page = page_of(window)
    page.form.formats["pdf"].setChecked(False)
    page.form.formats["html"].setChecked(False)
    assert not page.write_button.isEnabled()
    page.form.formats["pdf"].setChecked(True)
    page.form.formats["html"].setChecked(True)
    assert page.write_button.isEnabled()


def test_cancel_leaves_nothing_behind(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = page_of(window)
    page.form.folder.setText(str(tmp_path / "out"))
    page.write()
    assert page.cancel_button.isVisible()
    page.cancel_button.click()
    qtbot.waitUntil(lambda: not page.cancel_button.isVisible(), timeout=PATIENCE_MS)
    assert "Cancelled" in page.status.text()
    assert page.write_button.isEnabled()
    assert list((tmp_path / "out").glob("*")) == [] if (tmp_path / "out").exists() else True


def test_writing_signs_lists_hashes_and_shows_what_was_written(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, qapp: QApplication
) -> None:
    page = page_of(window)
    page.form.prepared.setText("Anna Ritter")
    page.form.reviewed.setText("Luc Moreau")
    page.form.folder.setText(str(tmp_path))
    page.write_button.click()
    qtbot.waitUntil(lambda: page.report is not None, timeout=PATIENCE_MS)
    report = page.report
    assert report is not None
    for file in report.files:
        assert hashlib.sha256(Path(file.path).read_bytes()).hexdigest() == file.sha256
    assert page.open_pdf.isEnabled() and page.open_folder.isEnabled()
    assert page.run_id.toolTip() == report.run_id
    page.copy_hashes.click()
    assert report.files[0].sha256 in qapp.clipboard().text()
    written = next(Path(f.path) for f in report.files if f.path.endswith(".html"))
    assert page.preview.html == written.read_text(encoding="utf-8")
    assert "Anna Ritter" in page.preview.html and "Luc Moreau" in page.preview.html
    signed = window.project.connection.execute(
        "SELECT role, person FROM estate.sign_offs WHERE person IN ('Anna Ritter', 'Luc Moreau')"
    ).fetchall()
    assert sorted(signed) == [("preparer", "Anna Ritter"), ("reviewer", "Luc Moreau")]
    assert window.project.undo_stack.canUndo()


def test_preview_keeps_no_file(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = page_of(window)
    page.preview.clear()
    page.form.folder.setText(str(tmp_path))
    page.preview_button.click()
    qtbot.waitUntil(lambda: bool(page.preview.html), timeout=PATIENCE_MS)
    assert "Audit report" in page.preview.html
    assert page.tabs.currentIndex() == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from freehold.desktop import main_window

    page = page_of(window)
    said: list[str] = []
    monkeypatch.setattr(main_window, "show_error", lambda _w, error: said.append(str(error)))
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    page.form.folder.setText(str(blocked))
    page.write()
    qtbot.waitUntil(lambda: bool(said), timeout=PATIENCE_MS)
    assert "file" in said[0]
    assert page.write_button.isEnabled()
