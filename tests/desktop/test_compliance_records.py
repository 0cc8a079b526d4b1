"""Findings, waivers, kept runs and the calendar on the Compliance page of the sample bank."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot

from freehold.desktop.documents import EstateDocuments
from freehold.desktop.pages.compliance import CompliancePage
from freehold.desktop.pages.compliance_waiver_dialog import WaiverDialog
from freehold.desktop.project import Project
from freehold.desktop.tables import ResultTable
from freehold.desktop.work import Worker


@pytest.fixture
def page(qtbot: QtBot, qapp: object) -> Iterator[CompliancePage]:
    project, worker = Project(), Worker(1)
    project.take(EstateDocuments().open_sample("bank"), name="Bank")
    # One pack suffices here, and the walk judges again after each step.
    project.workspace.set_setting("packs", ["residency"])
    made = CompliancePage(project, worker)
    qtbot.addWidget(made)
    made.resize(1150, 720)
    made.show()
    project.changed.connect(lambda what: made.refresh(project) if what == "estate" else None)
    made.refresh(project)
    qtbot.waitUntil(lambda: made.run is not None, timeout=120_000)
    settle(qtbot, made)
    yield made
    worker.cancel_all()
    project.close()


def settle(qtbot: QtBot, page: CompliancePage) -> None:
    for _ in range(2):
        qtbot.waitUntil(lambda: not page.worker.running, timeout=120_000)
        qtbot.wait(20)


def rows_of(table: ResultTable) -> list[dict[str, object]]:
    model = table.model
    assert model is not None
    return [model.row(number) for number in range(model.rowCount())]


def select(table: ResultTable, **wanted: object) -> dict[str, object]:
    for number, row in enumerate(rows_of(table)):
        if all(row[name] == value for name, value in wanted.items()):
            table.view.selectRow(number)
            return row
    raise AssertionError(f"no row {wanted}")


@pytest.mark.timeout(300)
def test_a_finding_is_noted_waived_kept_and_compared(
    page: CompliancePage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One walk, since judging the bank anew takes seconds: each step builds on the one before."""
    records, project = page.records, page.project
    run = page.run
    assert run is not None

    # The register.
    page.show_key("findings")
    findings = records.findings
    assert not findings.panel.isEnabled()
    row = select(findings.table, result="fail")
    assert findings.panel.isEnabled()
    findings.person.setText("Ada")
    findings.has_due.setChecked(True)
    findings.due.setDate(QDate(2020, 1, 1))
    qtbot.mouseClick(findings.save, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    findings.overdue.setChecked(True)
    noted = select(findings.table, rule=row["rule"], subject=row["subject"])
    assert (noted["owner"], noted["status"], noted["due"]) == ("Ada", "open", date(2020, 1, 1))
    findings.overdue.setChecked(False)
    assert any(item.kind == "finding" and item.on == date(2020, 1, 1)
               for item in records.calendar.listed())  # fmt: skip

    # Keep the run, waive the finding, keep again, compare.
    records.runs.keep.click()
    settle(qtbot, page)
    assert project.is_dirty
    refused: list[str] = []

    def fill(dialog: WaiverDialog) -> int:
        dialog.reason.setPlainText("Moves in spring")
        for field in (dialog.requester, dialog.owner, dialog.approver):
            field.setText("Ada")
        dialog.accept()
        refused.append(dialog.problem.text())
        dialog.approver.setText("Grace")
        dialog.accept()
        return dialog.result()

    monkeypatch.setattr(WaiverDialog, "exec", fill)
    select(findings.table, rule=row["rule"], subject=row["subject"])
    qtbot.mouseClick(findings.waive, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert "approver is its owner" in refused[0]
    page.show_key("waivers")
    made = select(records.waivers.table, rule=row["rule"], owner="Ada")
    assert (made["state"], made["waived"], made["approver"]) == ("active", 1, "Grace")
    again = page.run
    assert again is not None
    assert again.judgement.verdicts["waived"] == run.judgement.verdicts["waived"] + 1
    records.runs.keep.click()
    settle(qtbot, page)
    page.show_key("runs")
    assert len(rows_of(records.runs.table)) == 2
    records.runs.table.view.selectAll()
    records.runs.compare.click()
    settle(qtbot, page)
    changed = rows_of(records.runs.changed)
    assert [(c["subject"], c["before"], c["after"]) for c in changed] == [
        (row["subject"], "fail", "waived")
    ]
    assert [cause["what"] for cause in rows_of(records.runs.causes)] == ["waivers"]

    # Revoke it, and take that back.
    page.show_key("waivers")
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Grace", True))
    select(records.waivers.table, rule=row["rule"], owner="Ada")
    records.waivers.revoke.click()
    settle(qtbot, page)
    gone = select(records.waivers.table, rule=row["rule"], owner="Ada")
    assert (gone["state"], gone["left"]) == ("revoked", 1)
    assert not records.waivers.revoke.isEnabled()
    project.undo_stack.undo()
    settle(qtbot, page)
    assert select(records.waivers.table, rule=row["rule"], owner="Ada")["state"] == "active"


def test_the_calendar_narrows_and_is_written(
    page: CompliancePage, qtbot: QtBot, tmp_path: Path
) -> None:
    page.show_key("calendar")
    calendar = page.records.calendar
    qtbot.waitUntil(lambda: len(calendar.listed()) > 0, timeout=60_000)
    every = len(calendar.listed())
    calendar.horizon.setCurrentIndex(calendar.horizon.findData(30))
    assert all(item.days(page.project.as_of) <= 30 for item in calendar.listed())
    calendar.horizon.setCurrentIndex(0)
    calendar.kind.setCurrentIndex(calendar.kind.findData("contract_end"))
    assert 0 < len(calendar.listed()) < every
    out = tmp_path / "due.ics"
    calendar.export_ics(out)
    assert out.read_bytes().count(b"BEGIN:VEVENT") == len(calendar.listed())
    select(calendar.table, kind="Contract ends")
    with qtbot.waitSignal(page.go_to) as asked:
        qtbot.keyClick(calendar.table.view, Qt.Key.Key_Return)
    assert asked.args[0] == "estate"
    assert str(asked.args[1]).startswith("contracts:")
