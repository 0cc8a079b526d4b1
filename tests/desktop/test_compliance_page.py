"""The Compliance page on the sample bank: from rule to subject to what the verdict rests on."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from freehold.compliance import findings
from freehold.desktop.pages.compliance import CompliancePage
from freehold.desktop.pages.compliance_places import place_of
from freehold.desktop.project import Project
from freehold.desktop.tables import ResultTable
from freehold.desktop.work import Worker
from freehold.estate import dictionary
from freehold.scenarios import Run


@pytest.fixture
def page(qtbot: QtBot, bank_project: Project, bank_run: Run) -> Iterator[CompliancePage]:
    worker = Worker(1)
    made = CompliancePage(bank_project, worker)
    qtbot.addWidget(made)
    made.resize(1150, 720)
    made.show()
    made.refresh(bank_project)
    settle(qtbot, worker)
    yield made
    worker.cancel_all()


def settle(qtbot: QtBot, worker: Worker) -> None:
    qtbot.waitUntil(lambda: not worker.running, timeout=30_000)
    qtbot.wait(20)
    qtbot.waitUntil(lambda: not worker.running, timeout=30_000)


def column(table: ResultTable, name: str) -> list[object]:
    model = table.model
    assert model is not None
    return [model.row(number)[name] for number in range(model.rowCount())]


def failing_rule(run: Run) -> str:
    return next(rule.id for rule in run.judgement.rules if rule.fail and rule.unknown)


def test_every_rule_judged_is_listed_the_worst_first(page: CompliancePage, bank_run: Run) -> None:
    assert sorted(column(page.rules.table, "id")) == sorted(r.id for r in bank_run.judgement.rules)
    order = ["critical", "high", "medium", "low"]
    places = [order.index(str(name)) for name in column(page.rules.table, "severity")]
    assert places == sorted(places)


def test_filters_leave_only_what_they_name(page: CompliancePage, bank_run: Run) -> None:
    page.show_key("severity:critical,high")
    assert set(column(page.rules.table, "severity")) == {"critical", "high"}
    page.show_key("pack:residency")
    assert set(column(page.rules.table, "pack")) == {"residency"}
    dora = next(f for f in bank_run.judgement.frameworks if f.id == "dora")
    page.show_key("framework:dora")
    assert set(column(page.rules.table, "id")) == set(dora.rules)
    page.rules.narrow(verdict="open")
    model = page.rules.table.model
    assert model is not None
    rows = [model.row(number) for number in range(model.rowCount())]
    assert rows
    assert all(row["fail"] or row["unknown"] for row in rows)


def test_a_rule_shows_its_fails_before_its_unknowns(
    page: CompliancePage, bank_run: Run, qtbot: QtBot
) -> None:
    rule_id = failing_rule(bank_run)
    result = bank_run.judgement.rule(rule_id)
    page.show_key(rule_id)
    settle(qtbot, page.worker)
    verdicts = column(page.rule.table, "result")
    assert verdicts.count("fail") == result.fail
    assert verdicts.count("unknown") == result.unknown
    assert verdicts[: result.fail] == ["fail"] * result.fail
    assert "pass" not in verdicts


def test_passes_are_listed_when_asked_for(
    page: CompliancePage, bank_run: Run, qtbot: QtBot
) -> None:
    rule = next(r for r in bank_run.judgement.rules if r.fail and 0 < r.passed < 500)
    page.show_key(rule.id)
    settle(qtbot, page.worker)
    qtbot.mouseClick(page.rule.chips["pass"], Qt.MouseButton.LeftButton)
    settle(qtbot, page.worker)
    assert column(page.rule.table, "result").count("pass") == rule.passed


def test_a_fail_says_what_the_rule_read_and_what_would_pass(
    page: CompliancePage, bank_run: Run, qtbot: QtBot
) -> None:
    page.show_key("KEY-CUS-001")
    settle(qtbot, page.worker)
    explained = page.why.explanation
    assert explained is not None
    text = page.why.text.toPlainText()
    assert explained.says in text
    assert "Change key custody from" in text
    assert "What the rule read" in text
    assert "It fails where" in text


def test_enter_goes_from_the_rules_to_the_subjects_and_on_to_the_estate(
    page: CompliancePage, bank_run: Run, qtbot: QtBot
) -> None:
    page.show_key("KEY-CUS-001")
    settle(qtbot, page.worker)
    qtbot.keyClick(page.rules.table.view, Qt.Key.Key_Return)
    subject = page.rule.table.selected_rows()[0]["subject"]
    with qtbot.waitSignal(page.go_to) as asked:
        qtbot.keyClick(page.rule.table.view, Qt.Key.Key_Return)
    assert asked.args == ["estate", f"placements:{subject}"]


def test_arrows_walk_through_the_rules(page: CompliancePage, qtbot: QtBot) -> None:
    page.rules.show_all()
    ids = column(page.rules.table, "id")
    page.show_key(str(ids[0]))
    settle(qtbot, page.worker)
    qtbot.keyClick(page.rules.table.view, Qt.Key.Key_Down)
    settle(qtbot, page.worker)
    assert page.rule.rule_id == ids[1]


def test_a_waived_subject_names_its_waiver(
    page: CompliancePage, bank_run: Run, qtbot: QtBot
) -> None:
    state = next(s for s in bank_run.judgement.waivers if s.waived and s.waiver.subject_id)
    page.show_key(f"{state.waiver.rule_id}/{state.waiver.subject_id}")
    settle(qtbot, page.worker)
    text = page.why.text.toPlainText()
    assert str(state.waiver.owner) in text
    assert str(state.waiver.expires_on) in text


def test_the_framework_shows_each_service_and_what_caps_it(
    page: CompliancePage, bank_run: Run
) -> None:
    page.show_key("csf")
    assert len(column(page.csf.services, "key")) == len(bank_run.level.services) + 1
    caps = set(column(page.csf.criteria, "criterion"))
    assert caps
    assert caps <= set(bank_run.level.capped_by)
    service = bank_run.level.services[0]
    page.show_key(f"csf:{service.service}")
    assert set(column(page.csf.criteria, "criterion")) == set(service.result.capped_by)
    page.csf.buttons["undecided"].click()
    undecided = {state.criterion for state in service.criteria if state.option is None}
    assert set(column(page.csf.criteria, "criterion")) == undecided


def test_unconfirmed_facts_are_counted_as_the_verdicts_say(
    page: CompliancePage, bank_run: Run, bank_project: Project
) -> None:
    found = bank_project.connection.cursor().execute(
        f"SELECT count(*) FROM \"{bank_run.store}\".verdicts WHERE reason = 'unverified'"
    )
    row = found.fetchone()
    assert row is not None
    page.show_key("unconfirmed")
    rows = column(page.unconfirmed.table, "rule")
    assert len(rows) == row[0]
    confirmed = column(page.unconfirmed.table, "confirmed")
    assert confirmed == sorted(confirmed, key=lambda verdict: verdict != "fail")


def test_a_key_asked_for_before_the_run_is_shown_after_it(
    qtbot: QtBot, bank_project: Project, bank_run: Run
) -> None:
    worker = Worker(1)
    made = CompliancePage(bank_project, worker)
    qtbot.addWidget(made)
    made.show_empty("Judging the estate …")
    made.show_key("KEY-CUS-001")
    made.refresh(bank_project)
    settle(qtbot, worker)
    assert made.rule.rule_id == "KEY-CUS-001"


def test_every_subject_that_fails_leads_to_a_row_that_exists(
    page: CompliancePage, bank_run: Run, bank_project: Project
) -> None:
    cursor = bank_project.connection.cursor()
    tables = dictionary.tables()
    for rule in bank_run.judgement.rules:
        found = findings(cursor, bank_run.judgement, rules=(rule.id,), limit=2)
        for finding in found.rows:
            compiled = bank_run.judgement.judged.rule(rule.id)
            place, key = place_of(cursor, bank_run.schemas.views, compiled, finding.subject_id)
            if place == "estate":
                table, _, wanted = key.partition(":")
                row = cursor.execute(
                    f'SELECT count(*) FROM estate."{table}" WHERE "{tables[table].key[0]}" = ?',
                    [wanted],
                ).fetchone()
                assert row == (1,), f"{rule.id} {finding.subject_id} -> {key}"
