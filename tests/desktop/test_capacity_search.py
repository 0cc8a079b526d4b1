"""The Candidates and Router tabs: what is searched is shown, what cannot be says why."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pandas as pd
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from freehold import resources
from freehold.capacity import Search, TrainingSearch
from freehold.catalogue import open_catalogue
from freehold.desktop.pages.capacity_candidates import CandidatesPanel
from freehold.desktop.pages.capacity_router import RouterPanel
from freehold.desktop.screenshots import wait_until
from freehold.desktop.tables import ResultTable
from freehold.desktop.work import Worker

PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def base() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        open_catalogue(opened)
        yield opened


@pytest.fixture(scope="module")
def worker(qapp: QApplication) -> Iterator[Worker]:
    made = Worker()
    yield made
    made.cancel_all()
    wait_until(lambda: not made.running)
    made.deleteLater()


@pytest.fixture(scope="module")
def candidates(worker: Worker) -> Iterator[CandidatesPanel]:
    made = CandidatesPanel(worker)
    made.resize(900, 420)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def workload(name: str) -> pd.DataFrame:
    path = resources.data_root() / "datasets" / "samples" / "bank" / "workloads.csv"
    found = pd.read_csv(path)
    return found[found["workload_id"] == name].reset_index(drop=True)


def where(base: duckdb.DuckDBPyConnection) -> tuple[duckdb.DuckDBPyConnection, str, date]:
    return base, "catalogue", date(2026, 11, 27)


def rows(table: ResultTable) -> list[dict[str, object]]:
    model = table.model
    assert model is not None
    return [model.row(number) for number in range(model.rowCount())]


def test_candidates_are_ranked_with_ranges_and_refused_chips_say_why(
    qtbot: QtBot, base: duckdb.DuckDBPyConnection, candidates: CandidatesPanel
) -> None:
    candidates.precision.setCurrentIndex(candidates.precision.findData("fp8"))
    candidates.show_workload(workload("W-ASSIST"), *where(base))
    qtbot.waitUntil(lambda: isinstance(candidates.found, Search), timeout=PATIENCE_MS)
    shown = rows(candidates.table)
    costs = [float(str(row["cost"]).split()[0]) for row in shown if row.get("cost") is not None]
    assert len(costs) > 20
    assert "–" in str(shown[0]["cost"]), "a cost has its range"
    assert any(row.get("refused") and row.get("remarks") for row in shown)
    assert all(str(row["precision"]).startswith("fp8") for row in shown if row.get("precision"))
    assert "leaves out the first token" in candidates.sentence.text()
    assert candidates.chart.figure is not None and not candidates.chart.figure.is_empty


def test_a_training_workload_gets_layouts(
    qtbot: QtBot, base: duckdb.DuckDBPyConnection, candidates: CandidatesPanel
) -> None:
    asked = workload("W-ASSIST").assign(kind="training", task="lora", accelerator_count=8.0)
    candidates.show_workload(asked, *where(base))
    qtbot.waitUntil(lambda: isinstance(candidates.found, TrainingSearch), timeout=PATIENCE_MS)
    assert "layouts tried" in candidates.sentence.text()


def test_a_classic_workload_says_that_nothing_is_searched(
    qtbot: QtBot, base: duckdb.DuckDBPyConnection, candidates: CandidatesPanel
) -> None:
    candidates.show_workload(workload("W-CORE"), *where(base))
    qtbot.waitUntil(lambda: "Only serving" in candidates.sentence.text(), timeout=PATIENCE_MS)
    assert candidates.found is None


def test_the_router_shows_break_even_and_typing_compares_anew(
    qtbot: QtBot, base: duckdb.DuckDBPyConnection, worker: Worker
) -> None:
    panel = RouterPanel(worker)
    qtbot.addWidget(panel)
    panel.show()
    asked = workload("W-ASSIST")
    panel.show_workload(asked, *where(base))
    panel.api.setCurrentIndex(1)
    qtbot.waitUntil(lambda: panel.found is not None, timeout=PATIENCE_MS)
    first = panel.found
    assert first is not None
    figure = panel.chart.figure
    assert figure is not None and not figure.is_empty
    assert {str(way) for way in first.curves["way"]} == {"router", "large", "api"}
    assert "Break-even" in panel.figures.text() and "3 to 10 times" in panel.figures.text()
    panel.fallback.setValue(100.0)
    qtbot.waitUntil(lambda: panel.found is not first, timeout=PATIENCE_MS)
    assert panel.found is not None
    again = panel.found.rows.iloc[0]
    assert again["usd_per_month"] > first.rows["usd_per_month"].iloc[0]
    panel.show_workload(workload("W-CORE"), *where(base))
    qtbot.waitUntil(lambda: "needs a serving" in panel.figures.text(), timeout=PATIENCE_MS)
