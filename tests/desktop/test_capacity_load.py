"""The load tab of the Capacity page: simulated at once, traces replayed, broken rows told."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from freehold import resources
from freehold.catalogue import open_catalogue
from freehold.desktop.pages.capacity_load import RECORDED, LoadPanel
from freehold.desktop.screenshots import wait_until
from freehold.desktop.tables import ResultTable
from freehold.desktop.work import Worker

PATIENCE_MS = 120_000
_TRACE = """TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:15:46.68,374,44
2023-11-16 18:15:50.99,396,109
yesterday,1,1
2023-11-16 18:15:51.22,879,55
"""


@pytest.fixture(scope="module")
def workloads() -> pd.DataFrame:
    return pd.read_csv(resources.data_root() / "datasets" / "samples" / "bank" / "workloads.csv")


@pytest.fixture(scope="module")
def panel(qapp: QApplication, workloads: pd.DataFrame) -> Iterator[LoadPanel]:
    """The panel on its own, with the catalogue, at the bank's assistant."""
    connection = duckdb.connect()
    open_catalogue(connection)
    worker = Worker()
    made = LoadPanel(worker)
    made.requests = 1000
    made.resize(820, 400)
    made.show()
    made.show_workload(workload(workloads, "W-ASSIST"), connection, "catalogue")
    wait_until(lambda: made.found is not None)
    yield made
    worker.cancel_all()
    wait_until(lambda: not worker.running)
    made.close()
    made.deleteLater()
    worker.deleteLater()
    connection.close()


def workload(workloads: pd.DataFrame, name: str, **changed: object) -> pd.DataFrame:
    chosen = workloads[workloads["workload_id"] == name].reset_index(drop=True)
    return chosen.assign(**changed)


def rows(table: ResultTable) -> list[dict[str, object]]:
    model = table.model
    assert model is not None
    return [model.row(number) for number in range(model.rowCount())]


def test_a_load_shows_percentiles_the_target_and_that_it_is_simulated(panel: LoadPanel) -> None:
    assert panel.found is not None and panel.found.workload == "W-ASSIST"
    assert "Simulated: 1" in panel.facts.text()
    assert "within" in panel.sentence.text()
    assert [row["name"] for row in rows(panel.table)][:2] == ["First token", "Per token"]
    figure = panel.chart.figure
    assert figure is not None and not figure.is_empty
    assert "target" in figure.model_dump()["references"][0]["label"]


def test_a_trace_is_replayed_and_its_broken_rows_can_be_read(
    qtbot: QtBot, panel: LoadPanel, tmp_path: Path
) -> None:
    path = tmp_path / "trace.csv"
    path.write_text(_TRACE, encoding="utf-8")
    panel.take_trace(path)
    qtbot.waitUntil(
        lambda: panel.found is not None and panel.found.trace is not None, timeout=PATIENCE_MS
    )
    assert panel.arrivals.currentData() == RECORDED
    assert "3 used, 1 broken" in panel.account.text()
    panel.broken.click()
    dialog = next(d for d in panel.findChildren(QDialog) if d.windowTitle().startswith("Rows"))
    table = dialog.findChild(ResultTable)
    assert table is not None
    assert rows(table)[0]["reason"] == "TIMESTAMP is not a date and time: 'yesterday'"
    dialog.close()
    panel.arrivals.setCurrentIndex(0)
    qtbot.waitUntil(
        lambda: panel.found is not None and panel.found.trace is None, timeout=PATIENCE_MS
    )


def test_too_much_load_is_overload_without_a_latency(
    qtbot: QtBot, panel: LoadPanel, workloads: pd.DataFrame
) -> None:
    _ask(panel, workload(workloads, "W-ASSIST", requests_per_s=9.0))
    qtbot.waitUntil(lambda: panel.found is not None and panel.found.overloaded, timeout=PATIENCE_MS)
    assert "Overloaded" in panel.sentence.text()
    assert rows(panel.table) == []


def test_what_has_no_replicas_says_why(
    qtbot: QtBot, panel: LoadPanel, workloads: pd.DataFrame
) -> None:
    _ask(panel, workload(workloads, "W-LARGE"))
    qtbot.waitUntil(lambda: "bought by the token" in panel.sentence.text(), timeout=PATIENCE_MS)
    assert panel.found is None
    assert not panel.more.isEnabled()


def _ask(panel: LoadPanel, asked: pd.DataFrame) -> None:
    assert panel.connection is not None
    panel.show_workload(asked, panel.connection, "catalogue")
