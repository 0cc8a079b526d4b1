"""Capacity: workloads with ranges, one looked at closely, inputs tried and kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from freehold.desktop.application import make_window
from freehold.desktop.documents import EstateDocuments
from freehold.desktop.main_window import MainWindow
from freehold.desktop.pages.capacity import CapacityPage
from freehold.desktop.pages.capacity_values import Ranged
from freehold.desktop.screenshots import wait_until
from freehold.desktop.tables import ResultTable

PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def window(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """A window on the bank, at the Capacity page, with a workload looked at."""
    settings = QSettings(str(tmp_path_factory.mktemp("c") / "w.ini"), QSettings.Format.IniFormat)
    documents = EstateDocuments()
    made = make_window(settings, documents)
    made.resize(1360, 840)
    made.show()
    bank = documents.open_sample("bank")
    # One pack suffices here, and a judgement by all would be most of the time.
    bank.set_setting("packs", ["residency"])
    made.project.take(bank, name="Bank")
    made.go_to("capacity")
    wait_until(lambda: page_of(made).detail is not None)
    yield made
    made.worker.cancel_all()
    wait_until(lambda: not made.worker.running)
    made.shut_down()
    made.deleteLater()


def page_of(window: MainWindow) -> CapacityPage:
    page = window.page
    assert isinstance(page, CapacityPage)
    return page


def rows(table: ResultTable) -> list[dict[str, object]]:
    model = table.model
    assert model is not None
    return [model.row(number) for number in range(model.rowCount())]


def look_at(qtbot: QtBot, page: CapacityPage, workload_id: str) -> None:
    page.choose(workload_id)
    qtbot.waitUntil(
        lambda: page.detail is not None and page.detail.spec["workload_id"] == workload_id,
        timeout=PATIENCE_MS,
    )


def test_workloads_show_ranges_and_say_they_are_estimates(window: MainWindow) -> None:
    page = page_of(window)
    found = {str(row["workload_id"]): row for row in rows(page.table)}
    assert "Estimates" in page.note.text() and "80 %" in page.note.text()
    first_token = found["W-ASSIST"]["ttft"]
    assert isinstance(first_token, Ranged) and "–" in str(first_token)
    assert found["W-CORE"]["ttft"] is None, "a classic workload has no time to first token"
    assert "output_tokens is not stated" in str(found["W-ASR"]["state"])
    assert found["W-ASR"]["sign"] == "unknown"


def test_a_workload_shows_memory_curve_offers_and_figures(qtbot: QtBot, window: MainWindow) -> None:
    page = page_of(window)
    look_at(qtbot, page, "W-ASSIST")
    assert "weights" in page.panel.memory.accessibleName()
    assert "/ 48" in page.panel.memory.accessibleName()
    assert page.chart.figure is not None and not page.chart.figure.is_empty
    offers = rows(page.offers)
    costs = [row["cost"] for row in offers if row["cost"] is not None]
    assert len(costs) > 10
    assert costs == sorted(costs, key=lambda value: float(str(value)))
    assert any("†" in str(row["price"]) for row in offers)
    assert any(row["definition"] for row in rows(page.figures))


def test_a_refused_workload_says_why(qtbot: QtBot, window: MainWindow) -> None:
    page = page_of(window)
    look_at(qtbot, page, "W-ASR")
    assert not page.panel.memory.isVisible()
    assert rows(page.offers) == []
    assert page.detail is not None
    assert page.detail.why_no_offers == "output_tokens is not stated"


def test_training_has_no_latency_curve_and_says_so(qtbot: QtBot, window: MainWindow) -> None:
    page = page_of(window)
    look_at(qtbot, page, "W-TUNE")
    figure = page.chart.figure
    assert figure is not None and figure.is_empty
    assert "Only serving" in figure.empty
    assert "optimiser" in page.panel.memory.accessibleName()


def test_typing_recomputes_without_changing_the_document_and_reset_takes_it_back(
    qtbot: QtBot, window: MainWindow
) -> None:
    page = page_of(window)
    look_at(qtbot, page, "W-ASSIST")
    assert page.detail is not None
    before = float(page.detail.sized["devices_needed"])
    page.panel.requests.setValue(40.0)
    qtbot.waitUntil(
        lambda: page.detail is not None and float(page.detail.sized["devices_needed"]) > before,
        timeout=PATIENCE_MS,
    )
    assert not window.project.is_dirty
    assert page.panel.keep.isEnabled()
    page.panel.reset.click()
    qtbot.waitUntil(
        lambda: page.detail is not None and float(page.detail.sized["devices_needed"]) == before,
        timeout=PATIENCE_MS,
    )
    assert not page.panel.keep.isEnabled()


def test_keeping_writes_the_document_and_undo_takes_it_back(
    qtbot: QtBot, window: MainWindow
) -> None:
    page = page_of(window)
    look_at(qtbot, page, "W-EMBED")
    page.panel.requests.setValue(33.0)
    page.panel.keep.click()
    qtbot.waitUntil(lambda: requests(window) == 33.0, timeout=PATIENCE_MS)
    window.worker.cancel_all()
    qtbot.waitUntil(lambda: not window.worker.running, timeout=PATIENCE_MS)
    window.project.undo_stack.undo()
    assert requests(window) == 12.0
    qtbot.waitUntil(lambda: not window.worker.running, timeout=PATIENCE_MS)


def test_definitions_explain_every_figure(window: MainWindow) -> None:
    page = page_of(window)
    page.show_definitions()
    dialog = next(d for d in window.findChildren(QDialog) if d.isVisible())
    listed = rows(dialog.findChildren(ResultTable)[0])
    assert {"ttft ms", "mfu"} <= {str(row["name"]) for row in listed}
    dialog.close()


def requests(window: MainWindow) -> float:
    row = (
        window.project.connection.cursor()
        .execute("SELECT requests_per_s FROM estate.workloads WHERE workload_id = 'W-EMBED'")
        .fetchone()
    )
    assert row is not None
    return float(row[0])


def test_the_load_tab_simulates_the_workload_looked_at(qtbot: QtBot, window: MainWindow) -> None:
    page = page_of(window)
    page.load.requests = 1000
    look_at(qtbot, page, "W-OCR")
    page.tabs.setCurrentWidget(page.load)
    qtbot.waitUntil(
        lambda: page.load.found is not None and page.load.found.workload == "W-OCR",
        timeout=PATIENCE_MS,
    )
    page.tabs.setCurrentIndex(0)


def test_own_measurements_are_added_named_where_used_and_undone(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    page = page_of(window)
    look_at(qtbot, page, "W-ASSIST")
    assert page.detail is not None
    spec, before = page.detail.spec, page.detail.sized
    source = tmp_path / "measured.csv"
    heads = "model,accelerator_id,accelerators,tp,precision,input_tokens,output_tokens"
    line = f"{spec['model_id']},{spec['accelerator_id']},{spec['accelerator_count']:g},"
    line += f"1,{spec['precision']},1024,256"
    slow = float(before["tpot_ms"]) * 2.5
    source.write_text(
        f"{heads},concurrency_or_batch,measured_metric,measured_value\n{line},8,tpot_ms,{slow}\n"
        f"{line},8,zap,1\n",
        encoding="utf-8",
    )
    dialog = page.show_measurements()
    dialog.take(source)
    qtbot.waitUntil(lambda: len(rows(dialog.table)) == 1, timeout=PATIENCE_MS)
    assert "line 3: measured_metric 'zap'" in dialog.told.text()
    qtbot.waitUntil(
        lambda: page.detail is not None and "own measurements" in str(page.detail.sized["assumed"]),
        timeout=PATIENCE_MS,
    )
    assert "own measurements" in page.panel.about.text()
    assert dialog.remove.isEnabled()
    dialog.close()
    window.project.undo_stack.undo()
    qtbot.waitUntil(
        lambda: (
            page.detail is not None
            and float(page.detail.sized["tpot_ms"]) == float(before["tpot_ms"])
        ),
        timeout=PATIENCE_MS,
    )
