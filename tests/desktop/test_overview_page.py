"""The Overview page on the sample bank: what it says, and what opens from it."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from freehold.desktop.numbers import show
from freehold.desktop.pages import overview_data
from freehold.desktop.pages.overview import OverviewPage, top_findings
from freehold.desktop.pages.overview_rows import RowsDialog
from freehold.desktop.project import Project
from freehold.desktop.screenshots import wait_until
from freehold.desktop.work import Worker
from freehold.scenarios import Run


@pytest.fixture(scope="module")
def page(bank_project: Project, bank_run: Run) -> Iterator[OverviewPage]:
    worker = Worker(1)
    made = OverviewPage(bank_project, worker)
    # Not shown: the drawings would each start a browser, which these tests do not need.
    made.refresh(bank_project)
    wait_until(lambda: not worker.running and not made.is_empty)
    yield made
    worker.cancel_all()
    wait_until(lambda: not worker.running)
    made.close()
    made.deleteLater()


@pytest.fixture(scope="module")
def data(bank_project: Project, bank_run: Run) -> overview_data.OverviewData:
    return overview_data.read(bank_run, bank_project.connection.cursor())


def test_the_level_stands_with_its_weights_and_what_caps_it(
    page: OverviewPage, bank_run: Run, data: overview_data.OverviewData
) -> None:
    level = bank_run.level
    if level.seal is None:
        assert page.level.value() == f"SEAL {level.seal_low} to {level.seal_high}"
    else:
        assert page.level.value() == f"SEAL {level.seal}"
    assert bank_run.weights in page.level.accessibleName()
    assert level.capped_by
    for criterion in level.capped_by:
        assert data.framework.criteria[criterion].title in page.level.caps()


def test_the_score_stands_with_its_coverage_and_every_verdict_counted(
    page: OverviewPage, bank_run: Run
) -> None:
    assert page.score.value() == show(bank_run.measures.score, "number", 1)
    for verdict in ("fail", "waived", "unknown", "pass"):
        number = show(bank_run.judgement.verdicts[verdict], "integer")
        assert page.score.counts[verdict].text().startswith(number)


def test_the_three_scores_keep_their_order(data: overview_data.OverviewData) -> None:
    scores = data.scores
    assert scores.before is not None
    assert scores.after is not None
    assert scores.worst is not None
    assert scores.worst <= scores.before <= scores.after


def test_the_map_accounts_for_every_placement(
    page: OverviewPage, data: overview_data.OverviewData
) -> None:
    figure = page.map.figure
    assert figure is not None
    drawn = sum(place.size for place in figure.places)  # type: ignore[attr-defined]
    assert drawn + data.placed.unplaced + data.placed.uncharted == data.placed.placements
    assert "tell no region" in figure.subtitle
    assert "Outlines" in figure.footer


def test_spend_by_parent_adds_up_to_what_resources_cost(page: OverviewPage, bank_run: Run) -> None:
    figure = page.spend.figure
    assert figure is not None
    drawn = sum(figure.series[0].values)  # type: ignore[attr-defined]
    assert drawn == pytest.approx(bank_run.cost.resources_usd)


def test_unknown_shares_are_never_shown_as_zero(page: OverviewPage, bank_run: Run) -> None:
    share = bank_run.measures.outside_eea_share
    assert page.outside.value() == show(share, "share")
    assert page.outside.value() != "0"


def test_top_findings_open_their_rule(page: OverviewPage, bank_run: Run, qtbot: QtBot) -> None:
    first = top_findings(bank_run.judgement.rules)[0]
    page.findings.table.view.selectRow(0)
    with qtbot.waitSignal(page.go_to) as asked:
        qtbot.keyClick(page.findings.table.view, Qt.Key.Key_Return)
    assert asked.args == ["compliance", first.id]
    assert first.severity == "critical"


@pytest.mark.parametrize(
    ("what", "goes"),
    [
        ("level", ["compliance", "csf"]),
        ("fails", ["compliance", "severity:critical,high"]),
        ("gpu", ["capacity", ""]),
    ],
)
def test_cards_open_with_the_keyboard(
    page: OverviewPage, qtbot: QtBot, what: str, goes: list[str]
) -> None:
    with qtbot.waitSignal(page.go_to) as asked:
        qtbot.keyClick(getattr(page, what), Qt.Key.Key_Return)
    assert asked.args == goes


def test_a_parent_opens_its_resources_and_a_resource_the_estate(
    page: OverviewPage, data: overview_data.OverviewData, qtbot: QtBot
) -> None:
    dearest = data.spend[0]
    page.spend.key_clicked.emit(dearest.parent)
    dialog = page.findChild(RowsDialog)
    assert isinstance(dialog, QDialog)
    model = dialog.table.model
    assert model is not None
    assert model.rowCount() >= dearest.resources
    with qtbot.waitSignal(page.go_to) as asked:
        dialog.table.view.doubleClicked.emit(model.index(0, 0))
    assert asked.args == ["estate", f"resources:{model.row(0)['resource']}"]


def test_what_ends_lies_within_a_year_and_comes_in_order(
    page: OverviewPage, bank_run: Run, data: overview_data.OverviewData
) -> None:
    days = [(item.on - bank_run.as_of).days for item in data.expiries]
    assert days == sorted(days)
    assert all(0 <= number <= 365 for number in days)
    model = page.expiries.table.model
    assert model is not None
    assert model.rowCount() == len(days) > 0


def test_missing_columns_explain_the_unknown_verdicts(
    data: overview_data.OverviewData, bank_run: Run
) -> None:
    unknown = bank_run.judgement.verdicts["unknown"]
    assert data.missing
    assert all(0 < item.verdicts <= unknown for item in data.missing)
    assert [item.verdicts for item in data.missing] == sorted(
        (item.verdicts for item in data.missing), reverse=True
    )


def test_every_framework_has_its_bar(page: OverviewPage, bank_run: Run) -> None:
    names = [row.accessibleName() for row in page.frameworks.rows()]
    assert len(names) == len(bank_run.judgement.frameworks) + 1
    assert all("decided" in name for name in names)
