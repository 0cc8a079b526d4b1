"""Plan in the worker: look for a kept plan, solve, and draw the price of sovereignty."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from freehold.desktop.project import Project
from freehold.desktop.work import Task
from freehold.estate import Workspace
from freehold.planning import Case, Control, PlanOptions, Step
from freehold.workflows import kept_plans, planning
from freehold.workflows.results_plan import KeptPlan, ParetoRow
from freehold.workflows.uncertainty import Question, robust_of, robust_rows

_TELL_EVERY_S = 0.2
_ROBUST_S = 15.0


@dataclass(frozen=True, slots=True)
class Incumbent:
    """How far a solve is: the best objective found, None while there is none, and the bound."""

    seconds: float
    objective: float | None
    bound: float

    @property
    def gap(self) -> float | None:
        """Share of the objective that may be left; None while no plan is known."""
        if self.objective is None:
            return None
        return max(self.objective - self.bound, 0.0) / max(abs(self.objective), 1e-9)


@dataclass(frozen=True, slots=True)
class Phase:
    """What planning is at, one of the codes of `planning`."""

    code: str


@dataclass(frozen=True, slots=True)
class Looked:
    """The newest plan kept for a scenario, and whether the document is still as it was then."""

    plan: KeptPlan | None
    is_current: bool


def look(project: Project, scenario: str, task: Task) -> Looked:
    """Look for a kept plan; it is handed over before it is known to be current."""
    workspace = _beside(project, task)
    plans = kept_plans.kept(workspace, scenario)
    if not plans:
        return Looked(None, True)
    task.hand_over(Looked(plans[0], True))
    inputs = kept_plans.inputs_hash(workspace, scenario)
    chosen = next((plan for plan in plans if plan.inputs == inputs), None)
    return Looked(plans[0], False) if chosen is None else Looked(chosen, True)


def solve(project: Project, scenario: str, options: PlanOptions, task: Task) -> KeptPlan:
    """Plan the document as asked, with draws.

    Phases, candidates and incumbents are handed over.
    """
    workspace = _beside(project, task)
    asked = replace(_asked(project, scenario, options, task), assembled=task.hand_over)
    return planning.planned(workspace, asked)


def price(project: Project, plan: KeptPlan, case: Case | None, task: Task) -> KeptPlan:
    """Return the plan with the price of sovereignty; each step is handed over as it is found."""
    workspace = _beside(project, task)
    asked = replace(
        _asked(project, plan.scenario, plan.options, task),
        arrived=lambda step: task.hand_over(_row(step)),
    )
    return planning.with_curve(workspace, asked, plan, case)


def robust(project: Project, plan: KeptPlan, task: Task) -> KeptPlan:
    """Return the plan with machines beside its draws that cost least in the dearest worlds."""
    workspace = _beside(project, task)
    if plan.uncertainty is None:
        return plan
    options = plan.options
    question = Question(
        months=options.months,
        discount_rate=options.discount_rate,
        seed=options.seed,
        solve_seconds=_ROBUST_S,
    )
    task.hand_over(Phase(planning.CANDIDATES))
    with project.building(task.check):
        rows, volatilities = robust_rows(workspace, plan.scenario, question)
    task.check()
    task.hand_over(Phase(planning.SOLVE))
    chosen = robust_of(rows, volatilities, question)
    task.check()
    found = plan.uncertainty.model_copy(update={"robust": chosen})
    return plan.model_copy(update={"uncertainty": found})


def _row(step: Step) -> ParetoRow:
    return planning.pareto_row(step)


def _asked(project: Project, scenario: str, options: PlanOptions, task: Task) -> planning.Asked:
    def phase(code: str) -> None:
        task.check()
        task.hand_over(Phase(code))

    return planning.Asked(
        options,
        scenario,
        document=Path(project.path).name if project.path else project.name,
        control=Control(tell=_teller(task), stop=task.stop),
        check=task.check,
        holding=lambda: project.building(task.check),
        phase=phase,
    )


def _teller(task: Task) -> Callable[[float, float | None, float], None]:
    """Return what hands incumbents over, a few times a second at most."""
    last = [0.0]

    def tell(seconds: float, objective: float | None, bound: float) -> None:
        now = time.monotonic()
        if now - last[0] >= _TELL_EVERY_S:
            last[0] = now
            task.hand_over(Incumbent(seconds, objective, bound))

    return tell


def _beside(project: Project, task: Task) -> Workspace:
    workspace = cast("Workspace", project.workspace)
    return replace(workspace, connection=task.cursor(workspace.connection))
