"""Tables sort, filter, copy and export a million rows as they do ten."""

import csv
import io
from pathlib import Path

import duckdb
import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from freehold.desktop.tables import Column, PagedModel, ResultTable, RowsModel
from freehold.desktop.tables.clipboard import csv_text

COLUMNS = [
    Column("resource", "Resource"),
    Column("severity", "Severity", "sign"),
    Column("cost", "Cost (EUR)", "money", decimals=2),
]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute(
        "CREATE TABLE resources AS SELECT 'vm-' || i AS resource, "
        "CASE WHEN i % 3 = 0 THEN NULL ELSE (i * 7919 % 1000)::DECIMAL(18,4) END AS cost, "
        "CASE i % 2 WHEN 0 THEN 'high' ELSE 'low' END AS severity FROM range(1000) t(i)"
    )
    return made


@pytest.fixture
def table(qtbot: QtBot, connection: duckdb.DuckDBPyConnection) -> ResultTable:
    made = ResultTable("Resources")
    qtbot.addWidget(made)
    made.show_query(connection, "resources", COLUMNS)
    made.resize(600, 400)
    made.show()
    return made


def column(table: ResultTable, number: int) -> list[object]:
    model = table.model
    assert model is not None
    return [model.value(row, number) for row in range(model.rowCount())]


def click_header(qtbot: QtBot, table: ResultTable, number: int) -> None:
    header = table.view.horizontalHeader()
    place = header.sectionViewportPosition(number) + 8
    point = header.viewport().rect().topLeft()
    point.setX(place)
    point.setY(8)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=point)


def test_heading_sorts_up_down_and_back(qtbot: QtBot, table: ResultTable) -> None:
    before = column(table, 0)
    click_header(qtbot, table, 2)
    up = [v for v in column(table, 2) if v is not None]
    assert up == sorted(up)
    assert column(table, 2)[-1] is None
    click_header(qtbot, table, 2)
    down = [v for v in column(table, 2) if v is not None]
    assert down == sorted(down, reverse=True)
    assert column(table, 2)[-1] is None
    click_header(qtbot, table, 2)
    assert column(table, 0) == before


def test_filter_needs_every_word_in_any_order(table: ResultTable) -> None:
    table.set_filter("low vm-99")
    assert set(column(table, 0)) == {"vm-99", "vm-991", "vm-993", "vm-995", "vm-997", "vm-999"}
    table.set_filter("")
    assert len(column(table, 0)) == 1000


@pytest.mark.parametrize("typed", ["%", "_", "'", "vm'; DROP TABLE resources; --", "\\"])
def test_typed_text_is_only_ever_text(
    table: ResultTable, connection: duckdb.DuckDBPyConnection, typed: str
) -> None:
    table.set_filter(typed)
    assert column(table, 0) == []
    assert connection.execute("SELECT count(*) FROM resources").fetchone() == (1000,)


def test_copy_gives_text_and_html_with_headings(qtbot: QtBot, table: ResultTable) -> None:
    QLocale.setDefault(QLocale("de_DE"))
    try:
        table.view.selectRow(1)
        qtbot.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        data = QApplication.clipboard().mimeData()
        assert data.text() == "Resource\tSeverity\tCost (EUR)\nvm-1\tlow\t919,0000"
        assert "<th>Resource</th>" in data.html()
        assert "<td>919,0000</td>" in data.html()
    finally:
        QLocale.setDefault(QLocale("en"))


def test_export_holds_the_rows_left_by_the_filter(table: ResultTable, tmp_path: Path) -> None:
    table.set_filter("vm-12")
    table.export_csv(tmp_path / "out.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["resource", "severity", "cost"]
    assert len(rows) == 12
    assert rows[1] == ["vm-12", "high", ""]


def test_text_that_a_spreadsheet_would_run_is_disarmed() -> None:
    model = RowsModel([Column("a", "A")], [{"a": "=HYPERLINK(1)"}, {"a": "-x"}])
    model.adopt(model.refresh())
    assert csv_text(model).splitlines()[1:] == ["'=HYPERLINK(1)", "'-x"]


def test_unknown_is_a_dash_and_numbers_stand_right(table: ResultTable) -> None:
    model = table.model
    assert model is not None
    assert model.text(0, 2) == "–"
    index = model.index(1, 2)
    assert index.data() == "919.00"
    assert index.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight


def test_enter_opens_the_row_with_all_its_values(qtbot: QtBot, table: ResultTable) -> None:
    table.view.setCurrentIndex(table.view.model().index(3, 0))
    with qtbot.waitSignal(table.row_opened) as opened:
        qtbot.keyClick(table.view, Qt.Key.Key_Return)
    assert opened.args == [{"resource": "vm-3", "cost": None, "severity": "low"}]


def test_an_empty_table_says_what_to_do(qtbot: QtBot) -> None:
    table = ResultTable("Findings")
    qtbot.addWidget(table)
    table.set_empty_text("Import a bill first.")
    table.show_rows(COLUMNS, [])
    table.show()
    assert not table.view.isVisible()


def test_a_filter_that_finds_nothing_still_shows_the_headings(table: ResultTable) -> None:
    table.set_filter("no such thing")
    assert table.view.isVisible()


def test_rows_sort_like_queries(connection: duckdb.DuckDBPyConnection) -> None:
    paged = PagedModel(connection, "resources", COLUMNS)
    rows = [
        dict(zip(("resource", "cost", "severity"), row, strict=True))
        for row in connection.execute("SELECT * FROM resources").fetchall()
    ]
    listed = RowsModel(COLUMNS, rows)
    for model in (paged, listed):
        model.order, model.words = (2, True), ("high",)
        model.adopt(model.refresh())
    costs = [[m.value(row, 2) for row in range(m.rowCount())] for m in (paged, listed)]
    assert costs[0] == costs[1]


def test_large_tables_sort_off_the_window(qtbot: QtBot) -> None:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE big AS SELECT i, hash(i) % 1000 AS cost FROM range(200000) t(i)"
    )
    table = ResultTable("Big")
    qtbot.addWidget(table)
    with qtbot.waitSignal(table.refreshed, timeout=20_000):
        table.show_query(connection, "big", [Column("i", "I"), Column("cost", "Cost", "integer")])
    model = table.model
    assert isinstance(model, PagedModel)
    assert model.value(199_999, 0) == 199_999
    model.order = (1, False)
    with qtbot.waitSignal(table.refreshed, timeout=20_000):
        table.set_filter("99")
    assert 0 < model.rowCount() < 200_000
    assert int(str(model.value(0, 1))) <= int(str(model.value(model.rowCount() - 1, 1)))
    assert len(model._pages) <= model.KEPT


def test_scratch_tables_do_not_pile_up(
    table: ResultTable, connection: duckdb.DuckDBPyConnection
) -> None:
    for word in ("a", "b", "vm", "vm-1", ""):
        table.set_filter(word)
    table.show_query(connection, "resources", COLUMNS)
    found = connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'window_scratch'"
    ).fetchone()
    assert found == (1,)
