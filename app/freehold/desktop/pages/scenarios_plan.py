"""The Plan face of the Scenarios page: what to ask, the solve as it goes, and its answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.native.signs import SignLabel
from freehold.desktop.numbers import show
from freehold.desktop.pages import scenarios_plan_values as values
from freehold.desktop.pages import scenarios_plan_work as work
from freehold.desktop.pages.page import GAP
from freehold.desktop.pages.scenarios_plan_answers import PlanAnswers
from freehold.desktop.pages.scenarios_plan_form import PlanForm
from freehold.desktop.project import Project
from freehold.desktop.work import Task, Worker
from freehold.errors import FreeholdError
from freehold.estate import Workspace
from freehold.planning import Case, PlanOptions, Row
from freehold.workflows import kept_plans, planning
from freehold.workflows.results_plan import KeptPlan, ParetoRow

PLAN = "plan"
AS_ASKED = -1


class PlanPanel(QWidget):
    """Plans in the worker; what was planned is kept with the document and shown from there.

    `taken_over` asks to add a scenario of that name.
    """

    taken_over = Signal(str, object)

    def __init__(self, project: Project, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.project, self.worker = project, worker
        self.plan: KeptPlan | None = None
        self._case: Case | None = None
        self._task: Task | None = None
        self._is_quiet = self._is_stale = False
        self._steps: list[ParetoRow] = []
        self.form = PlanForm()
        self.form.solve_wanted.connect(self.solve)
        self.form.price_wanted.connect(self.draw_price)
        worker.arrived.connect(self._arrived)
        self._make_head()
        self.tabs = PlanAnswers()
        self.tabs.lift_wanted.connect(self._lift)
        self.tabs.price.chosen.connect(self._level_chosen)
        self.tabs.uncertain.robust_wanted.connect(self.choose_robust)
        self._lay_out()
        self._show_plan(None)
        self._show_working(False)

    # Showing

    def refresh(self, project: Project) -> None:
        """Show what is kept for the scenario shown on every page, or what to do first."""
        self.cancel()
        self._case = None
        self.form.show_document_limits(values.limit_sentences(_limits(project)))
        at_hand = project.kept(PLAN)
        if isinstance(at_hand, KeptPlan):
            self._show_plan(at_hand)
            return
        self._show_plan(None)
        scenario = project.scenario
        self._start(
            self.tr("Looking for a kept plan"),
            lambda task: work.look(project, scenario, task),
            lambda found: self._looked(cast("work.Looked", found)),
            quiet=True,
        )

    def shown_rows(self) -> Sequence[Row]:
        """Return the rows of the plan shown: as asked, or of a level of the curve."""
        step = self._step_shown()
        if step is not None:
            return step.placements
        return self.plan.result.placements if self.plan is not None else ()

    @property
    def is_working(self) -> bool:
        """Whether something is being planned or looked for."""
        return self._task is not None

    def seal_shown(self) -> int | None:
        """Return the level whose plan is shown; None for the plan as asked."""
        level = int(self.shown.currentData())
        return None if level == AS_ASKED else level

    # Planning

    def solve(self) -> None:
        """Plan as the form asks."""
        try:
            options = self.form.options()
        except FreeholdError as error:
            self._say("unknown", str(error))
            return
        self._case = None
        project, scenario = self.project, self.project.scenario
        self._say("unknown", self.tr("Planning {0} …").format(scenario))
        self._start(
            self.tr("Planning {0}").format(scenario),
            lambda task: work.solve(project, scenario, options, task),
            lambda found: self._take(cast("KeptPlan", found)),
        )

    def draw_price(self) -> None:
        """Plan for each level of the EU framework."""
        plan, project = self.plan, self.project
        if plan is None or self._is_stale:
            return
        # Only the candidates of this very plan serve again, and they are those assembled last.
        case = self._case if self._case is not None and self._case.options == plan.options else None
        self._steps = []
        self.tabs.setCurrentWidget(self.tabs.price)
        self.tabs.price.show_steps([], plan.result, self.tr("The highest level is planned first …"))
        self._start(
            self.tr("The price of sovereignty"),
            lambda task: work.price(project, plan, case, task),
            lambda found: self._take(cast("KeptPlan", found)),
        )

    def choose_robust(self) -> None:
        """Choose machines that cost least in the dearest worlds, beside the plan's draws."""
        plan, project = self.plan, self.project
        if plan is None or self._is_stale:
            return
        self._start(
            self.tr("Robust machines"),
            lambda task: work.robust(project, plan, task),
            lambda found: self._take(cast("KeptPlan", found)),
        )

    def cancel(self) -> None:
        """Stop what runs; what was shown before stays."""
        if self._task is not None:
            self._task.cancel()
            self.status.setText(self.tr("Stopping …"))

    def take_over(self, name: str = "") -> None:
        """Ask to add the plan shown as a scenario, asking for its name if none is given."""
        plan = self.plan
        if plan is None:
            return
        try:
            file = planning.scenario_file(plan, self.seal_shown())
        except FreeholdError as error:
            self._say("unknown", str(error))
            return
        if not name:
            name, agreed = QInputDialog.getText(
                self.window(),
                self.tr("Take over as scenario"),
                self.tr("Name of the scenario"),
                QLineEdit.EchoMode.Normal,
                self._name_proposed(plan),
            )
            if not agreed:
                return
        if name.strip():
            self.taken_over.emit(name.strip(), file)

    def _name_proposed(self, plan: KeptPlan) -> str:
        seal = self.seal_shown()
        what = self.tr("Plan") if seal is None else self.tr("Plan at SEAL-{0}").format(seal)
        taken, name, number = set(self.project.scenarios()), what, 1
        if plan.scenario in taken and plan.scenario != "base":
            name = what = f"{what}, {plan.scenario}"
        while name in taken:
            number += 1
            name = f"{what} {number}"
        return name

    # What the worker tells

    def _start(
        self,
        title: str,
        do: Callable[[Task], object],
        done: Callable[[object], None],
        *,
        quiet: bool = False,
    ) -> None:
        self.cancel()
        self._is_quiet = quiet
        self._show_working(not quiet)
        self._task = self.worker.start(
            title,
            do,
            partial(self._finished, done),
            failed=self._failed,
            cancelled=self._cancelled,
            only_latest=PLAN,
        )

    def _finished(self, done: Callable[[object], None], found: object) -> None:
        self._task = None
        self._show_working(False)
        done(found)

    def _failed(self, error: Exception) -> None:
        self._task = None
        self._show_working(False)
        self._show_plan(self.plan, is_stale=self._is_stale)
        if isinstance(error, FreeholdError):
            self._say("unknown", str(error))
        else:
            self.worker.failed.emit(error)

    def _cancelled(self) -> None:
        if self._task is not None and not self._task.is_cancelled:
            return
        was_asked = self._task is not None and not self._is_quiet
        self._task = None
        self._show_working(False)
        self._show_plan(self.plan, is_stale=self._is_stale)
        if was_asked and self.plan is None:
            self._say("unknown", self.tr("Stopped; nothing was kept."))
        elif was_asked:
            self.aside.setText(
                self.tr("Stopped; this is the plan from before. {0}").format(self.aside.text())
            )

    def _arrived(self, task: Task, part: object) -> None:
        if task is not self._task or task.is_cancelled:
            return
        if isinstance(part, Case):
            self._case = part
        elif isinstance(part, work.Incumbent):
            self.status.setText(values.reading(part))
        elif isinstance(part, work.Phase):
            share, sentence = values.phase(part.code)
            self.bar.setValue(round(share * 100))
            self.status.setText(sentence)
        elif isinstance(part, ParetoRow):
            self._steps.append(part)
            self.bar.setValue(30 + 12 * len(self._steps))
            self.tabs.price.show_steps(self._steps, self.plan.result if self.plan else None)
        elif isinstance(part, work.Looked):
            self._looked(part)

    def _looked(self, found: work.Looked) -> None:
        if found.plan is None:
            self._show_plan(None)
            return
        self.form.show_options(found.plan.options)
        self._show_plan(found.plan, is_stale=not found.is_current)

    def _take(self, plan: KeptPlan) -> None:
        """Keep a plan with the document and show it."""
        before = self.plan
        if before is not None and not plan.result.pareto and _same_curve(before, plan):
            rows = {"pareto": before.result.pareto, "pareto_score": before.result.pareto_score}
            plan = plan.model_copy(
                update={
                    "result": plan.result.model_copy(update=rows),
                    "step_changes": before.step_changes,
                }
            )
        project = self.project
        project.keep(PLAN, plan, plan.scenario)
        kept_plans.keep(cast("Workspace", project.workspace), plan)
        if not project.read_only:
            project.mark_unsaved()
        self._show_plan(plan)

    # What is shown

    def _show_plan(self, plan: KeptPlan | None, *, is_stale: bool = False) -> None:
        self.plan, self._is_stale = plan, is_stale
        self._steps = list(plan.result.pareto) if plan is not None else []
        self.form.show_working(self._task is not None, plan is not None and not is_stale)
        if plan is None:
            self._say("unknown", self.tr("Nothing is planned yet. Say what to plan for and solve."))
            self.aside.setText("")
            self.form.show_rules((), self.form.lifted())
        else:
            self.form.show_rules(plan.result.obeyed, plan.options.lifted)
        self._offer_levels()
        self.tabs.show_plan(plan, self._steps)
        self._show_rows()

    def _show_rows(self) -> None:
        """Show the plan chosen: its sentence, rows, costs and moves."""
        step = self._step_shown()
        self.tabs.show_rows(self.plan, step)
        if self.plan is not None:
            sign, sentence = values.outcome(self.plan, step)
            self._say("warn" if self._is_stale else sign, self._stale_words() + sentence)
            self.aside.setText(values.beside(self.plan, step))
        self.aside.setVisible(bool(self.aside.text()))
        can = bool(self.shown_rows()) and not self.project.read_only
        self.over_button.setEnabled(can)

    def _stale_words(self) -> str:
        if not self._is_stale:
            return ""
        return self.tr("The document has changed since this plan was made: solve again.") + " "

    def _step_shown(self) -> ParetoRow | None:
        seal = self.seal_shown()
        if seal is None or self.plan is None:
            return None
        return next((step for step in self.plan.result.pareto if step.seal == seal), None)

    def _offer_levels(self) -> None:
        """Offer the plans there are: as asked, and of each level of the curve."""
        before = self.shown.currentData()
        with QSignalBlocker(self.shown):
            self.shown.clear()
            self.shown.addItem(self.tr("as asked"), AS_ASKED)
            for step in self.plan.result.pareto if self.plan is not None else ():
                if step.cost_usd is not None:
                    money = show(step.cost_usd, "money")
                    self.shown.addItem(f"SEAL-{step.seal}: {money} USD", step.seal)
            self.shown.setCurrentIndex(max(self.shown.findData(before), 0))
        self.shown.setEnabled(self.shown.count() > 1)

    def _level_chosen(self, level: int) -> None:
        place = self.shown.findData(level)
        if place >= 0:
            self.shown.setCurrentIndex(place)

    def _lift(self, requirement: str) -> None:
        """Take the tick of a rule away, so that the next solve goes without it."""
        if self.plan is not None and requirement in self.plan.result.obeyed:
            self.form.lift(requirement)
            self.tabs.second.setText(
                self.tr("The next solve need not keep {0}.").format(requirement)
            )

    def _say(self, sign: str, sentence: str) -> None:
        words = {
            "pass": self.tr("Planned"),
            "warn": self.tr("Attention"),
            "fail": self.tr("No plan"),
            "unknown": self.tr("Plan"),
        }
        self.sign.set_sign(sign, words[sign])
        self.sentence.setText(sentence)

    def _show_working(self, working: bool) -> None:
        self.running.setVisible(working)
        self.bar.setValue(0)
        self.status.setText("")
        self.form.show_working(working, self.plan is not None and not self._is_stale)

    # Building

    def _make_head(self) -> None:
        self.sign, self.sentence, self.aside = SignLabel("unknown"), QLabel(), QLabel()
        self.status, self.bar = QLabel(), QProgressBar()
        for label in (self.sentence, self.aside, self.status):
            label.setWordWrap(True)
        self.aside.setObjectName("small")
        self.status.setObjectName("muted")
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(120, 8)
        self.bar.setAccessibleName(self.tr("Progress of the plan"))
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setObjectName("quiet")
        self.cancel_button.clicked.connect(lambda _checked=False: self.cancel())
        self.over_button = QPushButton(self.tr("&Take over as scenario…"))
        self.over_button.setObjectName("quiet")
        self.over_button.clicked.connect(lambda _checked=False: self.take_over())
        self.shown = QComboBox()
        self.shown.setAccessibleName(self.tr("Plan shown"))
        self.shown.setToolTip(self.tr("Which plan the rows, the months and the scenario are of"))
        self.shown.addItem(self.tr("as asked"), AS_ASKED)
        self.shown.currentIndexChanged.connect(lambda _row: self._show_rows())

    def _lay_out(self) -> None:
        self.running = QWidget()
        line = QHBoxLayout(self.running)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.status, 1)
        line.addWidget(self.bar)
        line.addWidget(self.cancel_button)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.sign)
        head.addWidget(self.sentence, 1)
        label = QLabel(self.tr("Shown"))
        label.setObjectName("muted")
        label.setBuddy(self.shown)
        head.addWidget(label)
        head.addWidget(self.shown)
        head.addWidget(self.over_button)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addLayout(head)
        right.addWidget(self.aside)
        right.addWidget(self.running)
        right.addWidget(self.tabs, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.form, 2)
        layout.addLayout(right, 5)


def _same_curve(one: KeptPlan, other: KeptPlan) -> bool:
    """Return whether two plans have one price curve: all asked alike but the level."""

    def asked(plan: KeptPlan) -> PlanOptions:
        return replace(plan.options, min_seal=None)

    return one.inputs == other.inputs and asked(one) == asked(other)


def _limits(project: Project) -> list[tuple[object, ...]]:
    rows = project.connection.cursor().execute(
        "SELECT coalesce(name, plan_limit_id), kind, CAST(value AS DOUBLE) FROM estate.plan_limits"
        " WHERE value IS NOT NULL ORDER BY plan_limit_id"
    )
    return list(rows.fetchall())
