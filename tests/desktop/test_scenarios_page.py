"""Scenarios: compared with the base, chosen, added, removed, and shown on every page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QMessageBox
from pytestqt.qtbot import QtBot

from freehold.charts import PointMap
from freehold.desktop import main_window
from freehold.desktop.application import make_window
from freehold.desktop.documents import EstateDocuments
from freehold.desktop.main_window import MainWindow
from freehold.desktop.pages.scenarios import ScenariosPage
from freehold.desktop.pages.scenarios_drivers import MAPS
from freehold.desktop.pages.scenarios_new import NewScenarioDialog
from freehold.desktop.screenshots import wait_until
from freehold.desktop.tables import ResultTable
from freehold.estate import Workspace
from freehold.scenarios.changes import ScenarioFile
from freehold.scenarios.editing import details
from freehold.workflows import kept_comparisons

PATIENCE_MS = 120_000
MOVE, CUT = "Move analytics from AWS to OUTSCALE", "AWS cut-off"


@pytest.fixture(scope="module")
def compared(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """A window on the bank, at the Scenarios page, with its two scenarios compared."""
    settings = QSettings(str(tmp_path_factory.mktemp("s") / "w.ini"), QSettings.Format.IniFormat)
    documents = EstateDocuments()
    window = make_window(settings, documents)
    window.resize(1360, 840)
    window.show()
    bank = documents.open_sample("bank")
    # One pack suffices here, and a judgement by all would be most of the time.
    bank.set_setting("packs", ["residency"])
    window.project.take(bank, name="Bank")
    window.go_to("scenarios")
    wait_until(lambda: page_of(window).comparison is not None)
    yield window
    window.worker.cancel_all()
    window.shut_down()
    window.deleteLater()


def page_of(window: MainWindow) -> ScenariosPage:
    page = window.page
    assert isinstance(page, ScenariosPage)
    return page


def texts(table: ResultTable) -> list[list[str]]:
    model = table.model
    assert model is not None
    return [
        [model.text(row, column) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def wait_compared(qtbot: QtBot, page: ScenariosPage) -> None:
    qtbot.waitUntil(
        lambda: page.comparison is not None and not page.cancel_button.isVisible(),
        timeout=PATIENCE_MS,
    )


def test_base_and_scenarios_stand_side_by_side(compared: MainWindow) -> None:
    page = page_of(compared)
    rows = {row[0]: row[1:] for row in texts(page.table)}
    assert page.scenarios.ticked() == [MOVE, CUT]
    assert rows["Cost, USD a month"][2].startswith("+")
    assert rows["Cost, USD a month"][2].endswith("worse")
    assert rows["Cost, USD a month"][4].startswith("−")
    assert rows["Cost, USD a month"][4].endswith("better")
    assert rows["Carbon, kg CO₂e a month"][2] == "same"
    assert "could be sized" in page.notes.text()


def test_only_differences_leaves_out_what_is_the_same(compared: MainWindow) -> None:
    page = page_of(compared)
    everything = texts(page.table)
    page.only_differences.setChecked(True)
    differing = texts(page.table)
    page.only_differences.setChecked(False)
    assert 0 < len(differing) < len(everything)
    assert "Carbon, kg CO₂e a month" not in [row[0] for row in differing]


def test_choosing_a_scenario_tells_its_changes_and_bridge(compared: MainWindow) -> None:
    page = page_of(compared)
    page.scenarios.choose(CUT)
    sentences = [
        page.scenarios.changes.item(row).text() for row in range(page.scenarios.changes.count())
    ]
    assert len(sentences) == 4
    assert "available of resources where provider = 'aws' to false" in sentences[0]
    figure = page.drivers.chart.figure
    assert figure is not None and CUT in figure.title
    assert not figure.is_empty
    page.drivers.tabs.setCurrentIndex(2)
    assert any("Cost" in row[0] for row in texts(page.drivers.table))
    page.drivers.tabs.setCurrentIndex(0)


def test_a_row_leads_to_the_page_with_its_rows(compared: MainWindow) -> None:
    page = page_of(compared)
    asked: list[str] = []
    page.go_to.disconnect(compared.go_to)
    page.go_to.connect(lambda place, _key: asked.append(place))
    row = next(r for r in range(20) if texts(page.table)[r][0] == "Fails")
    page.table.view.doubleClicked.emit(page.table.view.model().index(row, 0))
    page.go_to.connect(compared.go_to)
    assert asked == ["compliance"]


def test_new_scenario_is_tried_added_and_undone(qtbot: QtBot, compared: MainWindow) -> None:
    page, project = page_of(compared), compared.project
    workspace = project.workspace
    assert isinstance(workspace, Workspace)
    dialog = NewScenarioDialog(workspace, compared.worker, compared)
    qtbot.addWidget(dialog)
    ok = dialog.buttons.button(dialog.buttons.StandardButton.Ok)
    dialog.name_field.setText(CUT)
    choose(dialog.filters[0][0], "provider")
    dialog.filters[0][1].setEditText("aws")
    choose(dialog.column, "cost monthly")
    choose(dialog.operation, "times")
    dialog.value.setEditText("1.5")
    dialog.reason.setText("A price rise")
    dialog.preview()
    qtbot.waitUntil(dialog.another.isEnabled, timeout=PATIENCE_MS)
    assert not ok.isEnabled(), "the name is taken"
    dialog.name_field.setText("Dearer AWS")
    assert ok.isEnabled()

    page.adding.add(dialog.name(), dialog.file())
    qtbot.waitUntil(lambda: "Dearer AWS" in project.scenarios(), timeout=PATIENCE_MS)
    assert compared.top_bar.scenario.findData("Dearer AWS") > 0
    assert page.scenarios.current() == "Dearer AWS"
    stop(qtbot, compared)
    project.undo_stack.undo()
    assert "Dearer AWS" not in project.scenarios()
    stop(qtbot, compared)


def test_removing_asks_and_undo_brings_it_back(
    qtbot: QtBot, compared: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, project = page_of(compared), compared.project
    page.scenarios.choose(CUT)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Cancel)
    page.editing.remove()
    assert CUT in project.scenarios()
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    page.editing.remove()
    qtbot.waitUntil(lambda: CUT not in project.scenarios(), timeout=PATIENCE_MS)
    stop(qtbot, compared)
    project.undo_stack.undo()
    assert CUT in project.scenarios()
    page.scenarios.choose(CUT)
    assert page.scenarios.changes.count() == 4
    stop(qtbot, compared)


def test_a_pinned_measure_comes_first_and_stays(compared: MainWindow) -> None:
    page = page_of(compared)
    page.table.view.selectRow([row[0] for row in texts(page.table)].index("Fails"))
    page.pin_button.click()
    assert texts(page.table)[0][0].endswith("Fails")
    page.only_differences.setChecked(True)
    assert texts(page.table)[0][0].endswith("Fails")
    page.only_differences.setChecked(False)
    page.table.view.selectRow(0)
    page.pin_button.click()
    assert texts(page.table)[0][0] == "Level (EU CSF)"


def test_a_note_on_a_scenario_is_kept_and_undone(qtbot: QtBot, compared: MainWindow) -> None:
    page, project = page_of(compared), compared.project
    page.scenarios.choose(CUT)
    page.editing.note("Decided on 3 December: test the failover first.")
    stop(qtbot, compared)
    workspace = project.workspace
    assert isinstance(workspace, Workspace)
    assert details(workspace)[CUT][0].startswith("Decided on 3 December")
    project.undo_stack.undo()
    stop(qtbot, compared)
    assert not details(workspace)[CUT][0].startswith("Decided")


def test_maps_of_base_and_scenario_stand_side_by_side(compared: MainWindow) -> None:
    page = page_of(compared)
    page.scenarios.choose(CUT)
    page.drivers.tabs.setCurrentIndex(MAPS)
    base, cut = (pane.figure for pane in page.drivers.maps)
    assert isinstance(base, PointMap)
    assert isinstance(cut, PointMap)
    assert cut.title == CUT
    assert base.scope == cut.scope
    assert sum(p.size for p in cut.places) < sum(p.size for p in base.places)
    assert not any("Amazon" in place.detail for place in cut.places)
    assert any("Amazon" in place.detail for place in base.places)
    page.drivers.tabs.setCurrentIndex(0)


def test_a_scenario_is_renamed_copied_and_branched_and_undo_takes_it_back(
    qtbot: QtBot, compared: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(main_window, "show_error", lambda _w, error: said.append(str(error)))
    page, project = page_of(compared), compared.project
    before = project.scenarios()
    page.scenarios.choose(CUT)
    page.editing.rename("AWS leaves")
    stop(qtbot, compared)
    assert page.scenarios.current() == "AWS leaves"
    page.editing.copy()
    stop(qtbot, compared)
    assert page.scenarios.current() == "AWS leaves (copy)"
    assert page.scenarios.changes.count() == 4
    page.editing.branch("And then Azure")
    stop(qtbot, compared)
    assert page.scenarios.current() == "And then Azure"
    page.editing.rename(MOVE)
    assert said == [f"There is a scenario '{MOVE}' already. Choose another name."]
    mine = {"AWS leaves", "AWS leaves (copy)", "And then Azure"}
    assert set(project.scenarios()) == {"base", MOVE} | mine
    for _ in range(3):
        project.undo_stack.undo()
        stop(qtbot, compared)
    assert project.scenarios() == before


def test_changes_of_a_scenario_are_switched_off_moved_and_removed_by_keyboard(
    qtbot: QtBot, compared: MainWindow
) -> None:
    page, project = page_of(compared), compared.project
    steps = page.scenarios.changes

    def shown() -> list[str]:
        return [steps.item(row).text().partition("  ")[2] for row in range(steps.count())]

    page.scenarios.choose(CUT)
    before = shown()
    steps.setCurrentRow(0)
    qtbot.keyClick(steps, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: shown()[0].endswith("[switched off]"), timeout=PATIENCE_MS)
    stop(qtbot, compared)
    qtbot.keyClick(steps, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: shown()[0] == before[1], timeout=PATIENCE_MS)
    assert steps.currentRow() == 1
    stop(qtbot, compared)
    qtbot.keyClick(steps, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: shown() == before[1:], timeout=PATIENCE_MS)
    stop(qtbot, compared)
    for _ in range(3):
        project.undo_stack.undo()
        stop(qtbot, compared)
    page.scenarios.choose(CUT)
    assert shown() == before


def test_a_scenario_comes_from_a_file(qtbot: QtBot, compared: MainWindow, tmp_path: Path) -> None:
    page, project = page_of(compared), compared.project
    file = tmp_path / "azure_stops.yaml"
    file.write_text(
        "- target: services\n  op: set\n  where: provider = 'azure'\n"
        "  column: available\n  value: false\n  reason: It stops\n"
    )
    page.adding.from_file(file)
    qtbot.waitUntil(lambda: "azure stops" in project.scenarios(), timeout=PATIENCE_MS)
    stop(qtbot, compared)
    project.undo_stack.undo()
    stop(qtbot, compared)


def test_a_bad_file_says_what_is_wrong_and_adds_nothing(
    compared: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    page, project = page_of(compared), compared.project
    before = project.scenarios()
    said: list[str] = []
    monkeypatch.setattr(main_window, "show_error", lambda _w, error: said.append(str(error)))
    file = tmp_path / "bad.yaml"
    file.write_text("- target: services\n  op: explode\n")
    page.adding.from_file(file)
    assert said and "bad.yaml" in said[0]
    assert project.scenarios() == before


def test_cancel_stops_a_comparison_and_it_can_be_started_again(
    qtbot: QtBot, compared: MainWindow
) -> None:
    page = page_of(compared)
    page.scenarios.tick(MOVE, on=False)
    assert page.cancel_button.isVisible()
    page.cancel_button.click()
    assert not page.cancel_button.isVisible()
    assert page.again_button.isVisible()
    page.again_button.click()
    wait_compared(qtbot, page)
    assert len(texts(page.table)) > 5


def test_a_comparison_made_before_is_shown_at_once_until_something_changes(
    qtbot: QtBot, compared: MainWindow
) -> None:
    page, workspace = page_of(compared), compared.project.workspace
    assert isinstance(workspace, Workspace)
    page.scenarios.tick(MOVE)
    assert not compared.worker.running
    assert page.comparison is not None
    assert [m.name for m in page.comparison.scenarios] == ["base", MOVE, CUT]
    kept = kept_comparisons.current(workspace, [MOVE, CUT])
    assert kept == page.comparison
    workspace.connection.execute("UPDATE estate.resources SET name = name || '?'")
    assert kept_comparisons.current(workspace, [MOVE, CUT]) is None
    workspace.connection.execute("UPDATE estate.resources SET name = rtrim(name, '?')")
    assert kept_comparisons.current(workspace, [MOVE, CUT]) == kept
    before = dict(workspace.attachments)
    for name in [name for name in before if name.startswith("comparisons/")]:
        workspace.attachments[name] = before[name][:20] + b"?" + before[name][21:]
    assert kept_comparisons.current(workspace, [MOVE, CUT]) is None
    workspace.attachments.update(before)
    page.start(anew=True)
    assert compared.worker.running
    stop(qtbot, compared)


def test_show_on_every_page_sets_the_switcher(qtbot: QtBot, compared: MainWindow) -> None:
    page = page_of(compared)
    page.scenarios.choose(CUT)
    page.scenarios.everywhere.click()
    assert compared.project.scenario == CUT
    assert compared.top_bar.scenario.currentData() == CUT
    stop(qtbot, compared)
    compared.project.set_scenario("base")
    stop(qtbot, compared)


def stop(qtbot: QtBot, window: MainWindow) -> None:
    window.worker.cancel_all()
    qtbot.waitUntil(lambda: not window.worker.running, timeout=PATIENCE_MS)


def choose(field: QComboBox, text: str) -> None:
    field.setCurrentIndex(field.findText(text))
    assert field.currentText() == text


def test_shocks_are_searched_set_and_kept(compared: MainWindow) -> None:
    dialog = page_of(compared).adding.shocks()
    assert dialog is not None
    dialog.search.setText("cut-off notice")
    shown = [dialog.list.item(row).text() for row in range(dialog.list.count())
             if not dialog.list.item(row).isHidden()]  # fmt: skip
    assert shown == ["Provider stops serving after notice"]
    assert not dialog.run_button.isEnabled()
    dialog.tick("provider_cutoff")
    dialog.tick("demand_x5")
    assert dialog.run_button.isEnabled()
    dialog._fields["factor"].setEditText("3")
    assert dialog.given() == {"demand_x5.factor": "3"}
    kept: list[tuple[str, ScenarioFile]] = []
    dialog.kept.disconnect()
    dialog.kept.connect(lambda name, file: kept.append((name, file)))
    dialog.keep()
    (name, file) = kept[0]
    assert name == "Demand x5 + Provider stops serving this organisation"
    assert file.changes[0].parameters == {"factor": 3}
    dialog._fields["factor"].setEditText("many")
    dialog.keep()
    assert "no number" in dialog.status.text() and len(kept) == 1
    dialog.reject()
