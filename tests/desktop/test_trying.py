"""Other weights and thresholds tried in the window, and all rules on one subject."""

import contextlib

from pytestqt.qtbot import QtBot

from freehold.compliance import findings, judge
from freehold.desktop.pages.compliance import CompliancePage
from freehold.desktop.pages.compliance_subject import read_rules
from freehold.desktop.pages.compliance_trying import TryingDialog
from freehold.desktop.tables import ResultTable
from freehold.errors import FreeholdError
from freehold.scenarios import Run
from freehold.workflows.trying import trial, with_value


def rows(table: ResultTable) -> list[dict[str, object]]:
    model = table.model
    assert model is not None
    return [dict(model.row(number)) for number in range(model.rowCount())]


def opened(agency_page: CompliancePage, qtbot: QtBot, rule_id: str) -> TryingDialog:
    dialog = agency_page.show_trying(rule_id)
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.is_trying, timeout=30_000)
    return dialog


def decided(run: Run) -> str:
    """Return a rule that passes and fails."""
    return next(result.id for result in run.judgement.rules if result.fail and result.passed)


def threshold(run: Run) -> tuple[str, str, int]:
    """Return a rule, its threshold and a value of it with which it says something else."""
    for result in run.judgement.rules:
        rule = run.judgement.judged.rule(result.id).rule
        for name, value in rule.params.items():
            if type(value) is int and result.fail:
                for other in (value - 1, value + 1):
                    with contextlib.suppress(FreeholdError):
                        if trial(run, with_value(rule, name, other), run.connection).rule != result:
                            return result.id, name, other
    raise AssertionError("no threshold of the sample matters")


def test_a_weight_moves_the_score_and_reset_puts_it_back(
    agency_page: CompliancePage, qtbot: QtBot
) -> None:
    assert agency_page.run is not None
    rule_id = decided(agency_page.run)
    dialog = opened(agency_page, qtbot, rule_id)
    assert dialog.trial is not None
    before = dialog.trial.score
    assert not any(row["moved"] for row in rows(dialog.table))  # as the rule has it
    dialog.fields["weight"].set_value(500)
    dialog.fields["weight"].changed.emit()
    qtbot.waitUntil(lambda: not dialog.is_trying, timeout=30_000)
    assert dialog.trial.score != before
    assert rows(dialog.table)[0]["now"] != rows(dialog.table)[0]["then"]
    dialog.reset()
    qtbot.waitUntil(lambda: not dialog.is_trying, timeout=30_000)
    assert dialog.trial.score == before
    assert dialog.trial.rule == agency_page.run.judgement.rule(rule_id)
    dialog.reject()


def test_a_threshold_tried_leaves_the_run_as_it_was(agency_page: CompliancePage) -> None:
    run = agency_page.run
    assert run is not None
    own = f'SELECT rule_id, code, n FROM "{run.store}".rollup ORDER BY ALL'
    kept = run.connection.execute(own).fetchall()
    rule_id, name, other = threshold(run)
    rule = run.judgement.judged.rule(rule_id).rule
    found = trial(run, with_value(rule, name, other), run.connection)
    assert found.rule != run.judgement.rule(rule_id)
    assert run.connection.execute(own).fetchall() == kept
    alone = judge(
        run.connection,
        [with_value(rule, name, other)],
        run.as_of,
        views=run.schemas.views,
        store="alone",
        frameworks=[],
    ).rules[0]
    assert (alone.passed, alone.fail, alone.unknown) == (
        found.rule.passed,
        found.rule.fail,
        found.rule.unknown,
    )


def test_a_value_that_does_not_fit_is_told_in_a_sentence(
    agency_page: CompliancePage, qtbot: QtBot
) -> None:
    run = agency_page.run
    assert run is not None
    rule_id, name, _ = threshold(run)
    dialog = opened(agency_page, qtbot, rule_id)
    dialog.fields[name].set_value(10_000)
    dialog.fields[name].changed.emit()
    qtbot.waitUntil(lambda: not dialog.is_trying, timeout=30_000)
    assert "outside the domain" in dialog.said.text()
    dialog.reject()


def test_all_rules_on_a_subject_lead_to_one_explanation(
    agency_page: CompliancePage, qtbot: QtBot
) -> None:
    run = agency_page.run
    assert run is not None
    fail = findings(run.connection, run.judgement, results=("fail",), limit=1).rows[0]
    dialog = agency_page.show_subject(fail.subject_id)
    assert dialog is not None
    qtbot.waitUntil(lambda: not agency_page.worker.running, timeout=30_000)
    listed = rows(dialog.table)
    order = ["fail", "unknown", "waived", "pass", "not_applicable"]
    places = [order.index(str(row["verdict"])) for row in listed]
    assert places == sorted(places)
    assert fail.rule_id in {row["rule"] for row in listed}
    dialog.table.row_opened.emit(next(row for row in listed if row["rule"] == fail.rule_id))
    qtbot.waitUntil(lambda: not agency_page.worker.running, timeout=30_000)
    qtbot.waitUntil(lambda: agency_page.why.explanation is not None, timeout=30_000)
    assert agency_page.why.explanation is not None
    assert agency_page.why.explanation.subject_id == fail.subject_id
    assert agency_page.why.explanation.rule.rule.id == fail.rule_id


def test_the_rules_on_a_resource_are_those_on_its_placements(bank_run: Run) -> None:
    (placement, resource) = bank_run.connection.execute(
        "SELECT placement, resource FROM views.placements WHERE resource IS NOT NULL"
        " QUALIFY count(*) OVER (PARTITION BY resource) = 1 ORDER BY 1 LIMIT 1"
    ).fetchall()[0]
    own = read_rules(bank_run, placement, bank_run.connection)
    assert {subject for subject, _ in own} == {placement}
    assert read_rules(bank_run, resource, bank_run.connection) == own
