"""The Dependencies page: shares and their index, single points, foreign law, chains."""

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from freehold.charts import BarChart
from freehold.desktop.application import make_window
from freehold.desktop.documents import EstateDocuments
from freehold.desktop.main_window import MainWindow
from freehold.desktop.pages.dependencies import DependenciesPage
from freehold.desktop.pages.dependencies_data import (
    BASES,
    DIMENSIONS,
    UNDECIDED,
    limits_of,
    members_sql,
)
from freehold.desktop.pages.overview_rows import RowsDialog
from freehold.desktop.tables import ResultTable

PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def shown(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """A window on the bank, at the Dependencies page, judged."""
    settings = QSettings(str(tmp_path_factory.mktemp("s") / "w.ini"), QSettings.Format.IniFormat)
    documents = EstateDocuments()
    window = make_window(settings, documents)
    window.resize(1360, 840)
    window.show()
    bank = documents.open_sample("bank")
    # One pack suffices here, and a judgement by all would be most of the time.
    bank.set_setting("packs", ["concentration"])
    window.project.take(bank, name="Bank")
    window.go_to("dependencies", "parent_country:resources")
    for _ in range(PATIENCE_MS // 20):
        if not page_of(window).is_empty:
            break
        qapp.processEvents()
        time.sleep(0.02)  # QTest.qWait would not let the thread that judges run
    yield window
    window.worker.cancel_all()
    window.shut_down()
    window.deleteLater()


def page_of(window: MainWindow) -> DependenciesPage:
    page = window.page
    assert isinstance(page, DependenciesPage)
    return page


def rows_of(table: ResultTable) -> list[dict[str, object]]:
    assert table.model is not None
    return [table.model.row(number) for number in range(table.model.rowCount())]


def figure_of(page: DependenciesPage) -> BarChart:
    figure = page.shares.chart.figure
    assert isinstance(figure, BarChart)
    return figure


def dialog_of(page: DependenciesPage) -> RowsDialog:
    dialog = page.findChildren(RowsDialog)[-1]
    assert dialog.isVisible()
    return dialog


def test_what_was_asked_for_while_judging_is_shown_after(shown: MainWindow) -> None:
    page = page_of(shown)
    assert page.shares.dimension.currentData() == "parent_country"
    assert page.shares.base.currentData() == "resources"


def test_shares_come_with_index_and_house_limits(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("provider_group:cost")
    figure = figure_of(page)
    assert [line.value for line in figure.references] == pytest.approx([40, 60])
    assert "house default" in figure.subtitle
    assert figure.series[0].values[0] == pytest.approx(27.7615)
    assert page.shares.largest.value().startswith("27.8")
    assert page.shares.index.value() == "0.19"


def test_undecided_widens_the_index_and_is_a_hatched_bar(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("jurisdiction:cost")
    figure = figure_of(page)
    assert page.shares.index.value() == "0.70 to 0.81"
    assert page.shares.open_share.value().startswith("6.0")
    assert figure.series[0].hatched[-1] and figure.series[0].keys[-1] == UNDECIDED
    first = rows_of(page.shares.members.table)[0]
    assert float(str(first["high"])) == pytest.approx(0.832932 + 0.059781, abs=1e-3)


def test_a_bar_opens_the_rows_behind_it_and_a_row_its_place(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("provider_group:resources")
    page.shares.chart.key_clicked.emit("Amazon.com, Inc.")
    dialog = dialog_of(page)
    rows = rows_of(dialog.table)
    counted = shown.project.connection.execute(
        "SELECT count(*) FROM views.resources WHERE provider_group = 'Amazon.com, Inc.'"
        " AND available AND (status IS NULL OR status = 'active')"
    ).fetchone()
    assert counted == (len(rows),)
    asked: list[tuple[str, str]] = []
    page.go_to.disconnect(shown.go_to)
    page.go_to.connect(lambda place, key: asked.append((place, key)))
    dialog.table.row_opened.emit(rows[0])
    page.go_to.connect(shown.go_to)
    assert asked == [("estate", f"resources:{rows[0]['key']}")]


def test_every_member_of_every_share_has_rows_behind_it(shown: MainWindow) -> None:
    page = page_of(shown)
    run = page.run
    assert run is not None
    shares = shown.project.connection.execute(
        "SELECT dimension, base, member, share, undecided_share FROM views.shares"
    ).fetchall()
    # Rules read shares by further dimensions, which the page does not list.
    shares = [row for row in shares if row[0] in DIMENSIONS]
    assert {row[0] for row in shares} == set(DIMENSIONS)
    assert {row[1] for row in shares} <= set(BASES)
    for dimension, base, member, share, undecided in shares:
        for key, part in ((member, share), (UNDECIDED, undecided)):
            if key is not None and part:
                sql, values = members_sql(run, dimension, base, key)
                found = shown.project.connection.execute(sql, values).fetchall()
                assert found, (dimension, base, key)


def test_limits_belong_to_their_dimension_and_base(shown: MainWindow) -> None:
    run = page_of(shown).run
    assert run is not None
    assert [limit.rule_id for limit in limits_of(run, "provider_group", "cost")] == [
        "CON-GRP-001",
        "CON-GRP-002",
    ]
    assert limits_of(run, "provider", "workloads") == []
    assert limits_of(run, "provider_group", "cost", "hhi")[0].value == 0.25


def test_single_points_are_told_with_their_reason(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("single")
    rows = {row["function"]: row for row in rows_of(page.single.list.table)}
    assert rows["F-AML"]["result"] == "fail"
    assert rows["F-AML"]["why"] == "one site only; no failover"
    assert "same parent group" in str(rows["F-CREDIT"]["why"])
    assert rows["F-CHANNEL"]["result"] == "pass"


def test_an_unknown_site_is_not_a_pass(shown: MainWindow) -> None:
    rows = {row["function"]: row for row in rows_of(page_of(shown).single.list.table)}
    for function in ("F-CARD", "F-LEDGER", "F-TREAS"):
        assert rows[function]["site_count"] is None
        assert rows[function]["result"] == "unknown", function


def test_foreign_law_tells_what_it_reaches_and_its_source(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("exposures")
    rows = rows_of(page.laws.list.table)
    azure = next(row for row in rows if (row["provider"], row["law"]) == ("azure", "US-CLOUD"))
    assert azure["state"] == "yes" and azure["critical_functions"] == 2
    assert next(row for row in rows if row["provider"] == "nebius")["state"] == "unknown"
    page.laws.list.table.row_selected.emit(azure)
    assert "Source:" in page.laws.law.text() and "as of" in page.laws.law.text()
    page.laws.list.table.row_opened.emit(azure)
    dialog = dialog_of(page)
    assert {str(row["place"]) for row in rows_of(dialog.table)} == {"placements"}
    dialog.reject()


def test_the_chain_of_a_service_is_listed_by_rank(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("chain:S-AWS-WEB")
    rows = rows_of(page.chain.list.table)
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)  # type: ignore[type-var]
    assert rows[0]["party"] == "Amazon Web Services"
    assert "control plane no" in page.chain.facts.text()


def test_a_node_taken_out_shows_what_dies_and_through_what(shown: MainWindow, qtbot: QtBot) -> None:
    page = page_of(shown)
    page.show_key("blast")
    panel = page.blast
    panel.dimension.setCurrentIndex(panel.dimension.findData("provider"))
    panel.dimension.activated.emit(panel.dimension.currentIndex())
    nodes = rows_of(panel.nodes.table)
    lost = [int(str(row["critical_functions_lost"])) for row in nodes]
    assert lost == sorted(lost, reverse=True) and lost[0] > 0
    azure = next(row for row in nodes if row["member"] == "azure")
    panel.nodes.table.row_selected.emit(azure)
    qtbot.waitUntil(lambda: len(rows_of(panel.gone.table)) > 0, timeout=PATIENCE_MS)
    gone = {str(row["key"]): row for row in rows_of(panel.gone.table)}
    assert gone["functions:F-CREDIT"]["state"] == "lost"
    assert gone["applications:APP-WEB"]["paths"] == "identity"
