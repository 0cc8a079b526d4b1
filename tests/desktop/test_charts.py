"""The chart pane with the real page: drawing, clicks, pictures, and nothing from outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from freehold.charts import BarChart, Series
from freehold.desktop.theme import Theme
from freehold.desktop.web import ChartPane
from freehold.desktop.web.browser import MOST_PAGES, browser
from freehold.desktop.web.scheme import SERVED
from tests.charts.examples import ALL, WORLD

ONE_BAR = BarChart(
    title="One bar",
    categories=("All",),
    series=(Series(name="s", values=(5,), keys=("row-7",)),),
)
SLOW_MS = 30_000


@pytest.fixture
def pane(qtbot: QtBot, qapp: QApplication) -> Iterator[ChartPane]:
    Theme().install()
    made = ChartPane()
    qtbot.addWidget(made)
    made.resize(640, 420)
    yield made
    made.release()


def draw(qtbot: QtBot, pane: ChartPane, name: str) -> None:
    with qtbot.waitSignal(pane.drawn, timeout=SLOW_MS):
        pane.show(ALL[name])


def test_no_page_is_made_before_the_pane_is_seen(pane: ChartPane) -> None:
    pane.show_figure(ONE_BAR)
    assert pane.view is None


def test_every_kind_of_figure_is_drawn_and_nothing_is_fetched(
    qtbot: QtBot, pane: ChartPane
) -> None:
    for name in ALL:
        draw(qtbot, pane, name)
        assert pane.is_drawn, name
    assert browser().guard.refused == []


def test_a_click_tells_the_row_key(qtbot: QtBot, pane: ChartPane) -> None:
    with qtbot.waitSignal(pane.drawn, timeout=SLOW_MS):
        pane.show(ONE_BAR)
    assert pane.view is not None
    target = pane.view.focusProxy() or pane.view
    centre = QPoint(pane.view.width() // 2 + 10, pane.view.height() * 2 // 3)
    with qtbot.waitSignal(pane.key_clicked, timeout=SLOW_MS) as clicked:
        qtbot.mouseMove(target, centre - QPoint(4, 4))
        qtbot.wait(50)
        qtbot.mouseMove(target, centre)
        qtbot.wait(50)
        qtbot.mouseClick(target, Qt.MouseButton.LeftButton, pos=centre)
    assert clicked.args == ["row-7"]


def test_the_table_twin_opens_the_same_row(qtbot: QtBot, pane: ChartPane) -> None:
    pane.set_as_table(True)
    pane.show(ONE_BAR)
    assert pane.table.view.isVisible()
    pane.table.view.setCurrentIndex(pane.table.view.model().index(0, 0))
    with qtbot.waitSignal(pane.key_clicked) as clicked:
        qtbot.keyClick(pane.table.view, Qt.Key.Key_Return)
    assert clicked.args == ["row-7"]


def test_pictures_are_the_same_each_time(qtbot: QtBot, pane: ChartPane) -> None:
    made: list[bytes] = []
    for _ in range(2):
        draw(qtbot, pane, "europe")
        pane.picture("svg", made.append)
        wanted = len(made) + 1
        qtbot.waitUntil(lambda: len(made) == wanted, timeout=SLOW_MS)  # noqa: B023 - at once
        pane.release()
    assert made[0] == made[1]
    assert b"Where data and compute sit" in made[0]
    assert b"UN Geodata" in made[0]


def test_a_picture_can_be_saved(qtbot: QtBot, pane: ChartPane, tmp_path: Path) -> None:
    draw(qtbot, pane, "bars")
    pane.save_picture("png", tmp_path / "chart.png")
    qtbot.waitUntil((tmp_path / "chart.png").exists, timeout=SLOW_MS)
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_requests_to_the_outside_are_refused(qtbot: QtBot, pane: ChartPane) -> None:
    draw(qtbot, pane, "bars")
    assert pane.view is not None
    with qtbot.waitSignal(pane.view.loadFinished, timeout=SLOW_MS) as loaded:
        pane.view.load(QUrl("https://example.org/"))
    assert loaded.args == [False]
    assert browser().guard.refused == ["https://example.org/"]
    browser().guard.refused.clear()


def test_the_page_may_not_reach_out_by_script(qtbot: QtBot, pane: ChartPane) -> None:
    draw(qtbot, pane, "bars")
    assert pane.view is not None
    answers: list[object] = []
    pane.view.page().runJavaScript(
        "window.answer = 'waiting';"
        "fetch('https://example.org/').then(() => answer = 'out', () => answer = 'refused'); 1"
    )
    qtbot.wait(200)
    pane.view.page().runJavaScript("window.answer", 0, answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=SLOW_MS)
    assert answers == ["refused"]
    browser().guard.refused.clear()


def test_the_upload_button_is_off() -> None:
    script = SERVED["/chart.js"][1]().decode()
    assert "showSendToCloud: false" in script
    assert 'plotlyServerURL: ""' in script


def test_everything_served_exists() -> None:
    for path, (mime_type, read) in SERVED.items():
        assert len(read()) > 100, path
        assert mime_type


def test_hidden_panes_give_their_pages_back(qtbot: QtBot, qapp: QApplication) -> None:
    Theme().install()
    panes = []
    for _ in range(MOST_PAGES + 1):
        pane = ChartPane()
        qtbot.addWidget(pane)
        pane.show(ONE_BAR)
        qtbot.waitUntil(lambda shown=pane: shown.view is not None)
        pane.hide()
        panes.append(pane)
    assert panes[0].view is None
    assert panes[-1].view is not None
    with qtbot.waitSignal(panes[0].drawn, timeout=SLOW_MS):
        panes[0].show()
    for pane in panes:
        pane.release()


def test_a_pane_deleted_with_its_dialog_hinders_no_other(qtbot: QtBot, qapp: QApplication) -> None:
    Theme().install()
    for _ in range(MOST_PAGES):
        pane = ChartPane()
        pane.show(ONE_BAR)
        qtbot.waitUntil(lambda shown=pane: shown.view is not None)
        delete(pane)
    last = ChartPane()
    qtbot.addWidget(last)
    with qtbot.waitSignal(last.drawn, timeout=SLOW_MS):
        last.show(ONE_BAR)
    last.release()


def test_the_pane_has_a_name(pane: ChartPane) -> None:
    pane.show_figure(WORLD)
    assert pane.accessibleName() == "Chart: Where data and compute sit"
