"""The Plan face of the Scenarios page: solved, cancelled, infeasible in words, taken over, kept."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QListWidget,
    QScrollBar,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from freehold.desktop.pages.scenarios import ScenariosPage
from freehold.desktop.project import Project
from freehold.desktop.screenshots import wait_until
from freehold.desktop.tables import ResultTable
from freehold.desktop.work import Worker
from freehold.planning.reasons import where
from freehold.workflows import kept_plans
from tests.planning.small_document import small_document

PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def page(qapp: QApplication) -> Iterator[ScenariosPage]:
    """The page on a document of two workloads, planned for two months and for each level."""
    project, worker = Project(), Worker()
    project.take(small_document(), name="Small")
    made = ScenariosPage(project, worker)
    project.changed.connect(
        lambda what: made.refresh(project) if what != "saved" and project.is_open else None
    )
    made.refresh(project)
    made.show_key("plan")
    wait_until(lambda: not worker.running)
    made.plan.form.months.setValue(2)
    made.plan.solve()
    wait_until(lambda: made.plan.plan is not None)
    made.plan.draw_price()
    wait_until(lambda: bool(made.plan.plan and made.plan.plan.result.pareto))
    yield made
    worker.cancel_all()
    wait_until(lambda: not worker.running)
    made.close()
    project.close()
    made.deleteLater()
    worker.deleteLater()


def rows(table: ResultTable) -> list[dict[str, object]]:
    model = table.model
    assert model is not None
    return [model.row(number) for number in range(model.rowCount())]


def test_a_plan_is_shown_in_rows_money_and_draws(page: ScenariosPage) -> None:
    panel = page.plan
    assert panel.plan is not None
    result = panel.plan.result
    assert panel.sign.text() == "Planned"
    assert "USD over 2 months" in panel.sentence.text()
    assert {row["workload"] for row in rows(panel.tabs.placements)} == {"ERP", "WEB"}
    figure = panel.tabs.months.figure
    assert figure is not None
    monthly = figure.model_dump()["series"]
    assert sum(sum(series["values"]) for series in monthly) == pytest.approx(
        result.cost_parts["placements"], abs=0.1
    )
    assert panel.tabs.uncertain.over.value().startswith("10")
    assert "Simulated" in panel.tabs.uncertain.notes.text()


def test_the_curve_is_drawn_by_score_too(page: ScenariosPage) -> None:
    price, plan = page.plan.tabs.price, page.plan.plan
    assert plan is not None
    price.by.setCurrentIndex(price.by.findData("score"))
    shown = rows(price.table)
    assert shown
    told = sorted(plan.result.pareto_score, key=lambda row: row.score)
    assert [row["cost"] for row in shown] == [row.cost_usd for row in told]
    assert [row["level"] for row in shown] == [f"≥ {row.score:g}" for row in told]
    price.by.setCurrentIndex(price.by.findData("seal"))
    assert [row["seal"] for row in rows(price.table)] == [0, 1, 2, 3, 4]


def test_robust_machines_are_chosen_beside_the_draws(page: ScenariosPage) -> None:
    panel = page.plan.tabs.uncertain
    panel.robust_button.click()
    wait_until(lambda: panel.found is not None and panel.found.robust is not None)
    assert panel.found is not None and panel.found.robust is not None
    chosen = panel.found.robust
    assert chosen.cvar_usd <= chosen.average_cvar_usd * 1.05
    shown = rows(panel.robust)
    assert [row["workload"] for row in shown] == [m.workload for m in chosen.machines]
    assert "dearest 5" in panel.robust_told.text()
    assert page.plan.plan is not None and page.plan.plan.uncertainty is panel.found


def test_the_price_of_sovereignty_shows_each_level_and_why_there_is_no_further_one(
    page: ScenariosPage,
) -> None:
    panel, price = page.plan, page.plan.tabs.price
    assert [row["level"] for row in rows(price.table)] == [f"SEAL-{n}" for n in range(5)]
    costs = [row["cost"] for row in rows(price.table)]
    assert costs[4] is None
    assert costs[:4] == sorted(costs[:4])
    dearer = next(n for n in range(1, 4) if costs[n] > costs[n - 1])
    price.choose(dearer)
    assert panel.seal_shown() == dearer
    assert "more than a level lower" in price.told.text()
    places = where(panel.shown_rows())
    assert {row["workload"]: row["after"] for row in rows(price.moved)}.items() <= places.items()
    price.choose(4)
    assert "No plan" in price.told.text()
    assert "SEAL 4" in price.told.text()
    price.choose(0)


def test_a_budget_is_tried_on_the_stored_draws(page: ScenariosPage) -> None:
    uncertain = page.plan.tabs.uncertain
    uncertain.slider.setValue(uncertain.slider.minimum())
    assert uncertain.over.value().startswith("100")
    uncertain.slider.setValue(uncertain.slider.maximum())
    assert uncertain.over.value().startswith("0")


def test_a_plan_taken_over_becomes_a_scenario_and_stays_current(
    qtbot: QtBot, page: ScenariosPage
) -> None:
    panel, project = page.plan, page.project
    before = panel.plan
    assert before is not None
    panel.shown.setCurrentIndex(panel.shown.count() - 1)
    panel.take_over("As planned")
    qtbot.waitUntil(lambda: "As planned" in project.scenarios(), timeout=PATIENCE_MS)
    page.cancel()
    page.worker.cancel_all()
    qtbot.waitUntil(lambda: not page.worker.running, timeout=PATIENCE_MS)
    page.show_face("plan")
    qtbot.waitUntil(lambda: panel.plan is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not page.worker.running, timeout=PATIENCE_MS)
    assert panel.plan is not None
    assert panel.plan.plan_id == before.plan_id
    assert panel.sign.text() == "Planned"


def test_a_wish_that_cannot_be_met_is_told_in_words_and_the_limit_is_named(
    qtbot: QtBot, page: ScenariosPage
) -> None:
    panel = page.plan
    kept = panel.plan
    panel.form.limits["budget"].setValue(1)
    panel.solve()
    qtbot.waitUntil(lambda: panel.plan is not kept and not panel.is_working, timeout=PATIENCE_MS)
    assert panel.sign.text() == "No plan"
    assert "budget asked (at most 1 USD)" in panel.sentence.text()
    assert rows(panel.tabs.placements) == []
    assert not panel.over_button.isEnabled()
    panel.form.limits["budget"].setValue(0)


def test_a_solve_is_cancelled_and_the_plan_from_before_stays(
    qtbot: QtBot, page: ScenariosPage
) -> None:
    panel = page.plan
    kept = panel.plan
    panel.solve()
    qtbot.waitUntil(lambda: "candidates" in panel.status.text(), timeout=PATIENCE_MS)
    panel.cancel_button.click()
    qtbot.waitUntil(lambda: not panel.is_working, timeout=PATIENCE_MS)
    assert panel.plan is kept
    assert "Stopped" in panel.aside.text()
    assert panel.form.solve_button.isEnabled()
    assert panel.running.isHidden()


def test_kept_plans_are_read_back_as_they_were(page: ScenariosPage) -> None:
    workspace = page.project.workspace
    plans = kept_plans.kept(workspace)
    assert {plan.result.status for plan in plans} == {"optimal", "infeasible"}
    whole = next(plan for plan in plans if plan.result.pareto)
    assert len(whole.step_changes) == sum(s.cost_usd is not None for s in whole.result.pareto)
    assert kept_plans.inputs_hash(workspace) == whole.inputs
    chosen = kept_plans.current(workspace)
    assert chosen is not None and chosen.result.cost_usd is not None, "a wish not met is no plan"
    workspace.attachments["plans/older.json.gz"] = b"no plan"
    assert len(kept_plans.kept(workspace)) == len(plans), "what cannot be read is left out"
    workspace.connection.execute("UPDATE estate.workloads SET vcpus = 65 WHERE workload_id = 'ERP'")
    assert kept_plans.current(workspace) is None


def test_every_field_of_the_plan_has_a_name(page: ScenariosPage) -> None:
    kinds = (QAbstractSpinBox, QAbstractSlider, QComboBox, QListWidget, QTableView)
    fields = [
        widget
        for widget in page.plan.findChildren(QWidget)
        if isinstance(widget, kinds) and not isinstance(widget, QScrollBar)
    ]
    assert len(fields) > 20
    assert [widget for widget in fields if not widget.accessibleName()] == []
