"""Menus, shortcuts and palette are one table, and the table is complete."""

import inspect
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeySequence
from pytestqt.qtbot import QtBot

from freehold.desktop.actions import ACTIONS, MENUS, PLACE_NAMES, menu_title
from freehold.desktop.commands import Commands
from freehold.desktop.help import text_of, topics
from freehold.desktop.main_window import MainWindow
from freehold.desktop.palette import Entry, ranked
from freehold.desktop.theme import active


def test_every_handler_exists_and_takes_its_argument() -> None:
    for spec in ACTIONS:
        handler = getattr(Commands, spec.handler)
        _self, *parameters = inspect.signature(handler).parameters.values()
        needed = [p for p in parameters if p.default is p.empty]
        assert len(needed) <= (1 if spec.argument else 0) <= len(parameters), spec.id


def test_ids_and_shortcuts_are_unique_and_real() -> None:
    shortcuts = [spec.shortcut for spec in ACTIONS if spec.shortcut]
    assert all(not QKeySequence(keys).isEmpty() for keys in shortcuts)
    normal = [QKeySequence(keys).toString() for keys in shortcuts]
    assert [keys for keys, times in Counter(normal).items() if times > 1] == []
    assert len({spec.id for spec in ACTIONS}) == len(ACTIONS)
    assert {spec.menu for spec in ACTIONS} == {menu for menu, _ in MENUS}


@pytest.mark.parametrize("menu", [menu for menu, _ in MENUS])
def test_mnemonics_are_unique_in_each_menu(menu: str) -> None:
    texts = [spec.title() for spec in ACTIONS if spec.menu == menu]
    letters = [text[text.index("&") + 1].lower() for text in texts]
    assert len(set(letters)) == len(letters), sorted(letters)


def test_menu_bar_holds_every_action(window: MainWindow) -> None:
    shown = [
        action.objectName()
        for menu in window.menuBar().actions()
        for action in menu.menu().actions()
        if not action.isSeparator()
    ]
    assert sorted(shown) == sorted(spec.id for spec in ACTIONS)
    assert [m.text() for m in window.menuBar().actions()] == [menu_title(m) for m, _ in MENUS]


def test_only_what_can_be_done_is_enabled(window: MainWindow) -> None:
    actions = window.actions_by_id
    assert not actions["save"].isEnabled()
    assert not actions["go_estate"].isEnabled()
    assert actions["open"].isEnabled()


def test_palette_finds_words_in_any_order() -> None:
    entries = [
        Entry("Open sample estate", lambda: None, "File", "demo"),
        Entry("Open", lambda: None, "File  Ctrl+O"),
        Entry("Estate", lambda: None, "Go"),
    ]
    assert [e.title for e in ranked(entries, "estate open")] == ["Open sample estate"]
    assert [e.title for e in ranked(entries, "estate")] == ["Estate", "Open sample estate"]
    assert [e.title for e in ranked(entries, "demo")] == ["Open sample estate"]
    assert ranked(entries, "nothing like it") == []


def test_disabled_entries_come_last() -> None:
    entries = [Entry("Save", lambda: None, enabled=False), Entry("Resave", lambda: None)]
    assert [e.title for e in ranked(entries, "save")] == ["Resave", "Save"]


def test_palette_runs_what_enter_runs(qtbot: QtBot, window: MainWindow) -> None:
    palette = window.open_palette()
    palette.type("colours dark")
    assert palette.titles()[0] == "Dark colours"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert active().name == "dark"
    assert window.actions_by_id["theme_dark"].isChecked()


def test_palette_offers_scenarios(open_window: MainWindow) -> None:
    palette = open_window.open_palette()
    palette.type("hybrid")
    palette.run_first()
    assert open_window.project.scenario == "EU hybrid"


def test_every_place_has_a_help_topic_and_all_links_lead_somewhere() -> None:
    assert set(PLACE_NAMES) <= set(topics())
    for topic in topics():
        text = text_of(topic)
        assert text.startswith("# ")
        for part in text.split("](")[1:]:
            assert part.split(")")[0].removesuffix(".md") in topics(), topic


def test_shortcut_help_lists_every_shortcut() -> None:
    text = text_of("shortcuts")
    assert all(spec.name() in text for spec in ACTIONS if spec.shortcut)


def test_a_view_is_saved_as_a_picture_with_its_source(
    open_window: MainWindow, tmp_path: Path
) -> None:
    open_window.go_to("estate")
    path = tmp_path / "view.png"
    open_window.commands.write_picture(path)
    image = QImage(str(path))
    page = open_window.page
    assert page is not None
    assert image.width() > 2 * page.width() and image.height() > 2 * page.height()
    # Title and source stand above and below the view: neither strip is blank.
    for y in range(24, 72, 8), range(image.height() - 72, image.height() - 24, 8):
        colours = {image.pixel(x, row) for row in y for x in range(48, image.width() // 2)}
        assert len(colours) > 1
