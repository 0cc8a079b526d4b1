"""The Catalogue page: facts with source, date and state; checked, refreshed and confirmed."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox
from pytestqt.qtbot import QtBot

from freehold import catalogue
from freehold.desktop.application import make_window
from freehold.desktop.documents import EstateDocuments
from freehold.desktop.main_window import MainWindow
from freehold.desktop.pages.catalogue import CataloguePage
from freehold.desktop.pages.catalogue_dialogs import ConfirmDialog, RefreshDialog
from freehold.desktop.tables import ResultTable

PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def shown(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """A window on the bank, at the Catalogue page."""
    settings = QSettings(str(tmp_path_factory.mktemp("s") / "w.ini"), QSettings.Format.IniFormat)
    documents = EstateDocuments()
    window = make_window(settings, documents)
    window.resize(1360, 840)
    window.show()
    window.project.take(documents.open_sample("bank"), name="Bank")
    window.go_to("catalogue")
    yield window
    window.worker.cancel_all()
    window.shut_down()
    window.deleteLater()


def page_of(window: MainWindow) -> CataloguePage:
    page = window.page
    assert isinstance(page, CataloguePage)
    return page


def rows_of(table: ResultTable) -> list[dict[str, object]]:
    assert table.model is not None
    return [table.model.row(number) for number in range(table.model.rowCount())]


def test_every_table_lists_its_facts(shown: MainWindow) -> None:
    page = page_of(shown)
    info = catalogue.info(shown.project.connection)
    for name, table in info.tables.items():
        page.show_key(name)
        assert page.shown.name == name
        assert page.table.model is not None
        assert page.table.model.rowCount() == table.rows
        titles = [column.title for column in page.table.model.columns]
        assert {"Verified", "As of", "Source"} <= set(titles)


def test_snapshot_hash_and_layers_are_told(shown: MainWindow) -> None:
    page = page_of(shown)
    info = catalogue.info(shown.project.connection)
    assert info.sha256 in page.snapshot.text()
    assert info.snapshot in page.snapshot.text()
    assert "laid over: none" in page.snapshot.text()


def test_a_key_leads_to_its_fact_with_every_field(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("US-CLOUD")
    assert page.shown.name == "extraterritorial_laws"
    assert page.detail.row is not None and page.detail.row["law_id"] == "US-CLOUD"
    fields = rows_of(page.detail.fields)
    assert len(fields) == len(page.shown.columns)
    assert {str(row["field"]): row["value"] for row in fields}["Valid from"] == "unknown"
    assert not page.detail.confirm.isVisible()
    assert page.detail.state.text() == "Verified"


def test_the_row_chosen_is_the_row_shown(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("certifications")
    page.table.view.selectRow(2)
    assert page.detail.row == rows_of(page.table)[2]


def test_search_narrows_the_facts(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("providers")
    page.table.set_filter("outscale")
    found = [row["provider_id"] for row in rows_of(page.table)]
    page.table.set_filter("")
    assert "outscale" in found and len(found) < 10


def test_a_confirmed_fact_counts_as_verified_until_undone(
    shown: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, project = page_of(shown), shown.project
    row = project.connection.execute(
        "SELECT min(law_id) FROM catalogue.extraterritorial_laws WHERE NOT verified"
    ).fetchone()
    assert row is not None
    law = str(row[0])

    def fill(dialog: ConfirmDialog) -> QDialog.DialogCode:
        dialog.author.setText("A. Reader")
        dialog.source.setText("Official journal")
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(ConfirmDialog, "exec", fill)
    page.show_key(f"extraterritorial_laws:{law}")
    assert page.detail.state.text().startswith("†")
    page.detail.confirm.click()
    assert page.detail.row is not None and page.detail.row["law_id"] == law
    assert page.detail.state.text() == "Verified"
    kept = project.connection.execute(
        "SELECT author, source FROM estate.changes WHERE target LIKE 'catalogue.%'"
    ).fetchall()
    assert kept == [("A. Reader", "Official journal")]
    project.undo_stack.undo()
    assert page.detail.state.text().startswith("†")


def test_confirming_asks_who_and_where(qtbot: QtBot) -> None:
    dialog = ConfirmDialog("US-CLOUD")
    qtbot.addWidget(dialog)
    ok = dialog.buttons.button(dialog.buttons.StandardButton.Ok)
    assert not ok.isEnabled()
    dialog.author.setText("A. Reader")
    assert not ok.isEnabled()
    dialog.source.setText("Official journal")
    assert ok.isEnabled()


def test_integrity_is_checked_off_the_window(
    qtbot: QtBot, shown: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(shown)
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "information", lambda *words: said.append(words[-1]))
    page.check_button.click()
    assert not page.check_button.isEnabled()
    qtbot.waitUntil(lambda: bool(said), timeout=PATIENCE_MS)
    assert "holds" in said[0]
    assert page.check_button.isEnabled()


def test_newer_facts_are_compared_then_taken_over(
    qtbot: QtBot, shown: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(shown)
    monkeypatch.setenv("FREEHOLD_HOME", str(tmp_path / "home"))
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "information", lambda *words: said.append(words[-1]))
    file = tmp_path / "adequacy.csv"
    table = catalogue.shipped_tables()["adequacy"]
    columns = ", ".join(
        f"CASE WHEN {c.name} THEN 'yes' ELSE 'no' END AS {c.name}"
        if c.type == "bool"
        else f"'2026-11' AS {c.name}"
        if c.name == "as_of"
        else c.name
        for c in table.columns
    )
    with catalogue_connection() as connection:
        connection.execute(
            f"COPY (SELECT {columns} FROM catalogue.adequacy ORDER BY 1 LIMIT 3)"
            f" TO '{file}' (HEADER)"
        )
    page.refresh_from(file)
    qtbot.waitUntil(lambda: bool(page.findChildren(RefreshDialog)), timeout=PATIENCE_MS)
    dialog = page.findChildren(RefreshDialog)[0]
    kinds = {row["kind"] for row in rows_of(dialog.table)}
    assert "changed" in kinds and dialog.take_over.isEnabled()
    dialog.take_over.click()
    qtbot.waitUntil(lambda: bool(said), timeout=PATIENCE_MS)
    assert (tmp_path / "home" / "catalogue" / "adequacy.csv").is_file()


def catalogue_connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    catalogue.open_catalogue(connection, layers=False)
    return connection


def test_another_document_shows_its_own_catalogue(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("providers")
    shown.project.take(EstateDocuments().new(), name="Another")
    page.show_key("US-CLOUD")
    assert page.detail.row is not None and page.detail.row["law_id"] == "US-CLOUD"
