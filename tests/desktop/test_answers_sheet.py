"""The answers sheet in the window: what decides, what is answered, and one step of undo for all."""

from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QMessageBox
from pytestqt.qtbot import QtBot

from freehold.compliance import csf
from freehold.compliance.csf import ServiceLevel
from freehold.desktop.pages.compliance import CompliancePage
from freehold.desktop.pages.compliance_answers import AnswersDialog
from freehold.desktop.project import Project
from freehold.scenarios import Run

ANSWERS = "SELECT * FROM estate.answers ORDER BY answer_id"


def opened(agency_page: CompliancePage, service: str = "") -> AnswersDialog:
    dialog = agency_page.show_answers(service)
    assert dialog is not None
    return dialog


def own(level: ServiceLevel) -> dict[str, csf.CriterionState]:
    return {state.criterion: state for state in level.criteria if state.rank in (None, 1)}


def ok(dialog: AnswersDialog) -> bool:
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()


def test_every_criterion_says_what_decides_it_now(agency_page: CompliancePage) -> None:
    assert agency_page.run is not None
    for level in agency_page.run.level.services:
        dialog = opened(agency_page, level.service)
        bases = set()
        for criterion, state in own(level).items():
            says = dialog.table.text_of(criterion)[2]
            bases.add(state.basis)
            if state.rule_id is not None:
                assert state.rule_id in says
                dialog.choose(criterion)
                assert "cannot override" in dialog.form.note.text()
            elif state.basis == "undecided":
                assert "undecided" in says
            elif state.basis == "assumed":
                assert "proves nothing" in says
        assert len(bases) > 1
        dialog.reject()


def test_answers_are_applied_as_one_step_that_undo_takes_back(
    agency_page: CompliancePage, judged_agency: tuple[Project, Run], qtbot: QtBot
) -> None:
    project, base = judged_agency
    before = project.connection.execute(ANSWERS).fetchall()
    level = base.level.services[0]
    dialog = opened(agency_page, level.service)
    assert not ok(dialog)
    rows = {r.criterion: r for r in csf.sheet(project.connection, level, csf.shipped_framework())}
    blank = [name for name, row in rows.items() if row.option is None][:2]
    for criterion in blank:
        dialog.choose(criterion)
        dialog.form.choose(2)
    dialog.form.evidence.clear()
    qtbot.keyClicks(dialog.form.evidence, "Letter of May")
    qtbot.keyClicks(dialog.form.dated, "2026-05-04")
    assert "2 changed here" in dialog.summary.text()
    dialog.accept()
    answered = project.connection.execute(
        "SELECT criterion, option, basis, evidence, dated FROM estate.answers"
        " WHERE service_id = ? AND list_contains(?, criterion) ORDER BY criterion",
        [level.service, blank],
    ).fetchall()
    wanted = [(blank[0], 2, "attested", None, None)]
    wanted.append((blank[1], 2, "attested", "Letter of May", date(2026, 5, 4)))
    assert answered == sorted(wanted)
    project.undo_stack.undo()
    assert project.connection.execute(ANSWERS).fetchall() == before


def test_a_date_that_is_none_is_said_and_holds_the_sheet_back(
    agency_page: CompliancePage, qtbot: QtBot
) -> None:
    dialog = opened(agency_page)
    dialog.choose("SOV-1.2")
    dialog.form.choose(None)
    dialog.form.choose(1)
    dialog.form.dated.clear()
    qtbot.keyClicks(dialog.form.dated, "in May")
    assert "is not a date" in dialog.form.problem.text()
    dialog.choose("SOV-1.3")
    assert "SOV-1.2" in dialog.summary.text()
    assert not ok(dialog)
    dialog.choose("SOV-1.2")
    assert "SOV-1.2" not in dialog.summary.text()
    dialog.reject()


def test_a_sheet_goes_out_and_comes_back_as_at_the_command_line(
    agency_page: CompliancePage, judged_agency: tuple[Project, Run], tmp_path: Path
) -> None:
    project, base = judged_agency
    service = base.level.services[0].service
    dialog = opened(agency_page, service)
    sheet = tmp_path / "sheet.csv"
    dialog.export_csv(sheet)
    dialog.import_csv(sheet)
    assert dialog.changes() == []  # as it went out, it changes nothing
    dialog.choose("SOV-1.1")
    dialog.form.choose(None)
    dialog.form.choose(1)
    dialog.export_csv(sheet)
    given = csf.read_answers(sheet)
    assert given["SOV-1.1"] == 1
    dialog.reject()
    again = opened(agency_page, service)
    again.import_csv(sheet)
    expected, _ = csf.changes_of_sheet(project.connection, sheet, service, csf.shipped_framework())
    assert sorted(map(str, again.changes())) == sorted(map(str, expected))
    again.reject()


def test_a_wrong_sheet_changes_nothing_and_says_where(
    agency_page: CompliancePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: said.append(box.text()) or 0)
    sheet = tmp_path / "wrong.csv"
    sheet.write_text("criterion,option\nSOV-1.1,9\n", encoding="utf-8")
    dialog = opened(agency_page)
    dialog.import_csv(sheet)
    assert "wrong.csv, line 2" in said[0]
    assert dialog.changes() == []
    dialog.reject()


def test_the_keyboard_answers_a_criterion(agency_page: CompliancePage, qtbot: QtBot) -> None:
    dialog = opened(agency_page)
    dialog.table.setFocus()
    dialog.choose("SOV-1.1")
    qtbot.keyClick(dialog.table, Qt.Key.Key_Down)
    assert dialog.table.criterion() == "SOV-1.2"
    dialog.form.choose(None)
    qtbot.keyClick(dialog.form.options, Qt.Key.Key_Down)
    assert dialog.table.text_of("SOV-1.2")[3].startswith("1:")
    dialog.reject()


def test_without_a_service_the_sheet_says_what_to_do(
    judged_agency: tuple[Project, Run], qtbot: QtBot
) -> None:
    from dataclasses import replace

    project, base = judged_agency
    nothing = replace(base, level=replace(base.level, services=()))
    dialog = AnswersDialog(nothing, project.connection.cursor(), {})
    qtbot.addWidget(dialog)
    assert dialog.faces.currentIndex() == 1
    assert not ok(dialog)
    assert dialog.changes() == []
