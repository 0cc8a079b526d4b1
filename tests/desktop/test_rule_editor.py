"""The rule editor: messages as one types, the rule's tests, a preview, and saving in one's pack."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from freehold.desktop.project import Project
from freehold.desktop.rule_editor import TEMPLATE, RuleEditor
from freehold.desktop.work import Worker
from freehold.scenarios import Run


@pytest.fixture
def editor(
    qtbot: QtBot,
    judged_agency: tuple[Project, Run],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[RuleEditor]:
    monkeypatch.setenv("FREEHOLD_HOME", str(tmp_path))
    worker = Worker(1)
    made = RuleEditor(judged_agency[0], worker)
    qtbot.addWidget(made)
    made.show()
    yield made
    worker.cancel_all()
    qtbot.waitUntil(lambda: not worker.running, timeout=60_000)


def test_the_example_is_sound_and_previews_the_estate(editor: RuleEditor, qtbot: QtBot) -> None:
    assert "sound" in editor.message.text()
    assert "4 passed, 0 failed" in editor.tests.text()
    qtbot.waitUntil(lambda: "fail" in editor.found.text(), timeout=90_000)
    model = editor.hits.model
    assert model is not None
    results = [model.row(number)["result"] for number in range(model.rowCount())]
    assert editor.found.text().startswith(f"{results.count('fail')} fail")


def test_a_wrong_column_is_told_and_cannot_be_saved(editor: RuleEditor) -> None:
    editor.text.setPlainText(TEMPLATE.replace("NOT is_eea", "NOT is_eeea"))
    editor.look()
    assert "is_eeea" in editor.message.text()
    assert not editor.save_button.isEnabled()
    assert not editor.preview_button.isEnabled()


def test_a_failing_test_is_told(editor: RuleEditor) -> None:
    editor.text.setPlainText(TEMPLATE.replace("true}, expect: pass", "true}, expect: fail"))
    editor.look()
    assert "test 2" in editor.tests.text()


def test_columns_follow_the_view_and_are_completed(editor: RuleEditor, qtbot: QtBot) -> None:
    editor.text.setPlainText(TEMPLATE.replace("subject: placements", "subject: shares"))
    editor.look()
    model = editor.columns.model
    assert model is not None
    assert "hhi" in [model.row(number)["column"] for number in range(model.rowCount())]
    editor.text.setPlainText("subject: shares\nfails: undecided_sh")
    editor.text.moveCursor(editor.text.textCursor().MoveOperation.End)
    qtbot.keyClick(editor.text, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert editor.text.completer.currentCompletion() == "undecided_share"


def test_saving_makes_the_users_own_pack(editor: RuleEditor, tmp_path: Path) -> None:
    path = editor.save()
    assert path == tmp_path / "packs" / "mine" / "MINE-1.yaml"
    assert path.read_text() == TEMPLATE
    assert (path.parent / "pack.yaml").is_file()


def test_cancel_ends_the_preview(editor: RuleEditor, qtbot: QtBot) -> None:
    qtbot.mouseClick(editor.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not editor.cancel_button.isEnabled(), timeout=60_000)
    assert editor.found.text() == "Cancelled."
    assert editor.preview_button.isEnabled()


def test_everything_has_a_name_for_the_ear(editor: RuleEditor) -> None:
    reachable = [
        widget
        for widget in (editor.text, editor.message, editor.tests)
        if isinstance(widget, QWidget)
    ]
    assert all(widget.accessibleName() for widget in reachable)
    assert all(button.text() for button in editor.findChildren(QPushButton))
