"""The shell: places, documents, undo, unsaved changes, drops, keyboard, names."""

from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from freehold.desktop import errors
from freehold.desktop.actions import PLACE_NAMES
from freehold.desktop.main_window import MainWindow
from freehold.desktop.meeting_dialog import MeetingDialog
from freehold.desktop.settings import recent_files
from freehold.desktop.tables import ResultTable
from freehold.desktop.theme import active
from freehold.errors import FreeholdError, InputError
from tests.desktop.conftest import SmallDocuments, SmallWorkspace


def cost(window: MainWindow, resource: str) -> object:
    row = window.project.connection.execute(
        "SELECT cost FROM estate.resources WHERE resource = ?", [resource]
    ).fetchone()
    return row[0] if row else None


def test_first_run_shows_three_doors_and_says_offline(window: MainWindow) -> None:
    assert window.place == ""
    assert [door.isVisible() for door in window.start.doors] == [True, True, True]
    assert window.status.text("offline") == "Offline"
    assert not window.rail.buttons["overview"].isEnabled()


def test_new_document_opens_the_overview(qtbot: QtBot, window: MainWindow) -> None:
    window.trigger("new")
    qtbot.waitUntil(lambda: window.place == "overview")
    assert window.project.is_dirty
    assert window.windowTitle().startswith("Untitled *")
    assert window.status.text("saved") == "Not saved"


@pytest.mark.parametrize("place", PLACE_NAMES)
def test_every_place_opens_by_its_key(qtbot: QtBot, open_window: MainWindow, place: str) -> None:
    number = list(PLACE_NAMES).index(place) + 1
    open_window.activateWindow()
    qtbot.keyClick(open_window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: open_window.place == place)
    assert open_window.rail.buttons[place].isChecked()
    assert open_window.page is not None
    assert open_window.page.title()


def test_edit_undo_and_redo(open_window: MainWindow) -> None:
    project = open_window.project
    seen: list[str] = []
    project.changed.connect(seen.append)
    project.edit([("vm-1", 99.0)], "Set cost")
    assert cost(open_window, "vm-1") == 99.0
    assert open_window.actions_by_id["undo"].isEnabled()
    open_window.trigger("undo")
    assert cost(open_window, "vm-1") == 12.5
    open_window.trigger("redo")
    assert cost(open_window, "vm-1") == 99.0
    assert seen.count("estate") == 3


def test_a_refused_edit_changes_nothing(open_window: MainWindow) -> None:
    with pytest.raises(InputError):
        open_window.project.edit([("no-such", 1.0)], "Set cost")
    assert not open_window.project.undo_stack.canUndo()
    assert not open_window.project.is_dirty


def test_saving_clears_the_star_and_is_remembered(
    qtbot: QtBot, open_window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "small.freehold"
    open_window.project.edit([("vm-1", 1.0)], "Set cost")
    assert "*" in open_window.windowTitle()
    open_window.commands.save_to(path)
    qtbot.waitUntil(lambda: not open_window.project.is_dirty)
    assert open_window.status.text("saved").startswith("Saved")
    assert recent_files(open_window.settings) == [str(path)]
    open_window.trigger("undo")
    assert open_window.project.is_dirty


def test_closing_asks_about_unsaved_changes(
    open_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(*_args: object) -> QMessageBox.StandardButton:
        asked.append(True)
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "question", answer)
    open_window.project.edit([("vm-1", 1.0)], "Set cost")
    assert not open_window.close()
    open_window.trigger("close")
    assert open_window.project.is_open
    assert len(asked) == 2
    open_window.trigger("undo")


def test_scenario_and_date_reach_the_page(qtbot: QtBot, open_window: MainWindow) -> None:
    open_window.go_to("estate")
    assert open_window.page is not None
    refreshed: list[str] = []
    open_window.page.refresh = lambda project: refreshed.append(project.scenario)  # type: ignore[method-assign]
    bar = open_window.top_bar
    bar.scenario.setCurrentIndex(1)
    bar.scenario.activated.emit(1)
    open_window.project.set_as_of(date(2027, 1, 1))
    assert refreshed == ["EU hybrid", "EU hybrid"]
    assert bar.as_of.date().year() == 2027
    assert open_window.project.is_dirty


def test_results_are_kept_until_something_changes(open_window: MainWindow) -> None:
    project, runs = open_window.project, []
    for _ in range(2):
        project.result("score", lambda: runs.append(1))
    project.edit([("vm-1", 1.0)], "Set cost")
    project.result("score", lambda: runs.append(1))
    assert len(runs) == 2


def drop(window: MainWindow, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.dropEvent(
        QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


def test_dropped_files_are_imported(qtbot: QtBot, open_window: MainWindow, tmp_path: Path) -> None:
    paths = [tmp_path / "bill.csv", tmp_path / "state.tfstate"]
    with qtbot.waitSignal(open_window.import_requested) as asked:
        drop(open_window, paths)
    assert asked.args == [paths]
    documents = open_window.project.documents
    assert isinstance(documents, SmallDocuments)
    qtbot.waitUntil(lambda: documents.imported == paths)


def test_a_dropped_document_is_opened(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "bank.freehold"
    path.write_bytes(b"x")
    drop(window, [path])
    qtbot.waitUntil(lambda: window.project.name == "bank")


def test_a_missing_document_is_one_sentence(
    qtbot: QtBot, open_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(
        "freehold.desktop.main_window.show_error",
        lambda _parent, error: shown.append(errors.sentence(error)),
    )
    open_window.commands.load_path(Path("nowhere.freehold"))
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == ["There is no such file (nowhere.freehold)."]
    assert open_window.project.name == "Small"


def test_unexpected_errors_keep_their_details_for_the_log() -> None:
    text = errors.sentence(ValueError("secret detail"))
    assert "secret" not in text
    assert text.endswith("log file.")


def test_notices_of_a_document_are_shown(qtbot: QtBot, window: MainWindow) -> None:
    window.commands.load_sample("bank", "A bank")
    qtbot.waitUntil(lambda: window.place == "overview")
    assert window._notice.isVisible()
    assert window._notice_text.text() == "This is the sample bank."


def test_colours_follow_the_choice_and_are_remembered(window: MainWindow) -> None:
    window.trigger("theme_dark")
    assert active().name == "dark"
    assert QApplication.palette().window().color().name() == active().colours.page
    assert window.settings.value("view/theme") == "dark"
    window.trigger("theme_light")
    assert active().name == "light"


def test_another_page_can_ask_for_a_row(open_window: MainWindow) -> None:
    open_window.go_to("overview")
    assert open_window.page is not None
    open_window.page.go_to.emit("estate", "vm-2")
    assert open_window.place == "estate"
    table = open_window.page.findChild(ResultTable)
    assert table is not None
    assert table.model is not None
    assert [table.model.value(i, 0) for i in range(table.model.rowCount())] == ["vm-2"]


def test_f6_walks_through_the_panes(qtbot: QtBot, open_window: MainWindow) -> None:
    open_window.activateWindow()
    open_window.go_to("estate")
    places = []
    for _ in range(3):
        open_window.trigger("next_pane")
        focus = open_window.focusWidget()
        assert focus is not None
        places.append(
            next(
                name
                for name, area in (
                    ("rail", open_window.rail),
                    ("top", open_window.top_bar),
                    ("page", open_window.page),
                )
                if area is not None and area.isAncestorOf(focus)
            )
        )
    assert sorted(places) == ["page", "rail", "top"]


def test_tab_reaches_every_place(qtbot: QtBot, open_window: MainWindow) -> None:
    open_window.activateWindow()
    buttons = list(open_window.rail.buttons.values())
    buttons[0].setFocus()
    reached = [buttons[0]]
    for _ in buttons[1:]:
        qtbot.keyClick(open_window.focusWidget() or open_window, Qt.Key.Key_Tab)
        reached.append(open_window.focusWidget())  # type: ignore[arg-type]
    assert reached == buttons


def focusable(window: MainWindow) -> list[QWidget]:
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.objectName().startswith("qt_")
        and not (isinstance(widget, QLineEdit) and widget.parent() is window.top_bar.as_of)
    ]


@pytest.mark.parametrize("place", ["", *PLACE_NAMES])
def test_everything_that_takes_the_focus_has_a_name(open_window: MainWindow, place: str) -> None:
    open_window.go_to(place)
    nameless = [
        widget
        for widget in focusable(open_window)
        if not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
    ]
    assert nameless == []


def test_nothing_is_clipped_at_the_smallest_size(open_window: MainWindow) -> None:
    open_window.go_to("estate")
    open_window.resize(open_window.minimumSize())
    bar = open_window.top_bar
    assert bar.search.geometry().right() <= bar.width()
    assert open_window.width() == open_window.minimumWidth()


def test_a_read_only_document_refuses_edits(window: MainWindow) -> None:
    window.project.take(SmallWorkspace(read_only=True), name="Other")
    with pytest.raises(FreeholdError, match="read-only"):
        window.project.edit([("vm-1", 1.0)], "Set cost")
    assert window.status.text("saved") == "Read-only"


def test_a_meeting_shows_the_kept_views_in_their_order_and_gives_the_window_back(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    window = open_window
    window.go_to("estate")
    window.trigger("add_view")
    window.project.set_scenario("EU hybrid")
    window.go_to("compliance")
    window.trigger("add_view")
    window.project.set_scenario("base")
    window.go_to("reports")
    assert window.project.is_dirty
    before = window.font().pixelSize()

    window.trigger("meeting")
    assert window.isFullScreen()
    assert (window.place, window.project.scenario) == ("estate", "base")
    assert not window.rail.isVisible()
    assert not window.menuBar().isVisible()
    assert window.font().pixelSize() > before
    qtbot.keyClick(window, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.place == "compliance")
    assert window.project.scenario == "EU hybrid"
    assert window.meeting.bar.number.text() == "2 of 2"
    qtbot.keyClick(window, Qt.Key.Key_PageDown)
    assert window.place == "compliance"
    qtbot.keyClick(window, Qt.Key.Key_PageUp)
    assert window.place == "estate"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert window.rail.isVisible()
    assert window.menuBar().isVisible()
    assert window.font().pixelSize() == before
    window.trigger("meeting")
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.rail.isVisible()


def test_the_views_of_a_meeting_are_ordered_renamed_and_removed_and_stay_with_the_document(
    open_window: MainWindow,
) -> None:
    window = open_window
    for place in ("estate", "compliance", "reports"):
        window.go_to(place)
        window.meeting.add()
    dialog = MeetingDialog(window.meeting, window)
    dialog.list.setCurrentRow(2)
    dialog.up.click()
    dialog.list.item(0).setText("Where we stand")
    dialog.list.setCurrentRow(2)
    dialog.remove.click()
    assert [(v.title, v.place) for v in window.meeting.views()] == [
        ("Where we stand", "estate"),
        ("Resources", "reports"),
    ]
    window.project.connection.execute(
        "INSERT INTO estate.saved_views VALUES ('meeting-9', 'gone', 'Of another version', 'x')"
    )
    assert len(window.meeting.views()) == 2
