"""What would lift it: tried in a worker, listed, opened, and taken over as a scenario."""

from typing import cast

from pytestqt.qtbot import QtBot

from freehold.desktop.pages.compliance import CompliancePage
from freehold.desktop.pages.compliance_lifting import LiftingDialog
from freehold.desktop.pages.compliance_lifts import estate_row
from freehold.desktop.project import Project
from freehold.estate import Workspace
from freehold.scenarios import Run
from freehold.scenarios.changes import described, in_words


def found(agency_page: CompliancePage, qtbot: QtBot) -> LiftingDialog:
    agency_page.show_key("lifting")
    dialog = agency_page.show_lifting()
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.is_looking, timeout=120_000)
    return dialog


def column(dialog: LiftingDialog, name: str) -> list[str]:
    model = dialog.table.model
    assert model is not None
    return [str(model.row(number)[name]) for number in range(model.rowCount())]


def test_the_changes_are_listed_the_greatest_lift_first_and_kept(
    agency_page: CompliancePage, qtbot: QtBot
) -> None:
    dialog = found(agency_page, qtbot)
    levels = column(dialog, "level")
    assert levels
    gains = [float(gain) for gain in column(dialog, "score_gain")]
    assert all(gain > 0 or "SEAL" in level for gain, level in zip(gains, levels, strict=True))
    lift = dialog.selected()
    assert lift is not None
    assert column(dialog, "says")[0] == in_words(lift.change)
    dialog.reject()
    again = agency_page.show_lifting()
    assert again is not None
    assert not again.is_looking  # what was found is at hand
    assert column(again, "level") == levels


def test_a_row_opens_its_rule_its_sheet_or_its_estate_row(
    agency_page: CompliancePage, qtbot: QtBot
) -> None:
    dialog = found(agency_page, qtbot)
    asked: list[tuple[str, str]] = []
    agency_page.go_to.connect(lambda place, key: asked.append((place, key)))
    for number in range(len(column(dialog, "says"))):
        dialog.open()
        dialog.table.view.selectRow(number)
        lift = dialog.selected()
        assert lift is not None
        assert in_words(lift.change) == column(dialog, "says")[number]
        assert in_words(lift.change) in dialog.detail.text()
        is_answer = lift.change.target.endswith("answers")
        with qtbot.waitSignal(dialog.answers_wanted if is_answer else dialog.rule_wanted) as told:
            dialog.open_source.click()
        assert lift.addresses in told.args
        row = estate_row(lift)
        assert dialog.open_row.isEnabled() == (row is not None)
        if row is not None:
            dialog.open_row.click()
            assert asked[-1] == ("estate", row)


def test_a_change_becomes_a_scenario_that_undo_takes_away(
    agency_page: CompliancePage, judged_agency: tuple[Project, Run], qtbot: QtBot
) -> None:
    project, _ = judged_agency
    dialog = found(agency_page, qtbot)
    lift = dialog.selected()
    assert lift is not None
    assert dialog.add_as_scenario("One step up")
    assert "One step up" in project.scenarios()
    said = described(cast("Workspace", project.workspace), "One step up")
    assert len(said) == 1
    assert said[0].startswith(in_words(lift.change))
    assert lift.addresses in said[0]
    project.undo_stack.undo()
    assert "One step up" not in project.scenarios()


def test_a_search_stopped_shows_what_it_has(
    agency_page: CompliancePage, judged_agency: tuple[Project, Run], qtbot: QtBot
) -> None:
    project, _ = judged_agency
    project.keep("lifting", None)
    dialog = agency_page.show_lifting()
    assert dialog is not None
    dialog.look()
    assert dialog.is_looking
    dialog.stop()
    qtbot.waitUntil(lambda: not dialog.is_looking, timeout=60_000)
    assert "Stopped" in dialog.said.text()
    assert project.kept("lifting") is None  # a part is not taken for the whole
    assert dialog.again.isVisible()
    dialog.reject()
