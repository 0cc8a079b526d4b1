"""Plan where the workloads of a document should run, and what sovereignty costs."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from freehold import __version__
from freehold.compliance import packs
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.estate.scenario_schema import all_changes
from freehold.planning import (
    Case,
    Control,
    Migration,
    Plan,
    PlanOptions,
    Step,
    changes_of,
    curve,
    explained,
    judged_again,
    migrations,
    score_front,
    solve,
)
from freehold.planning.reasons import SOLVING
from freehold.scenarios import BASE, scenario_names
from freehold.scenarios.changes import ScenarioFile, add
from freehold.scenarios.editing import id_of
from freehold.scenarios.schemas import schemas_of
from freehold.workflows import kept_plans
from freehold.workflows.documents import editing, reading
from freehold.workflows.planning_case import case_of
from freehold.workflows.results_plan import KeptPlan, ParetoRow, PlanResult, ScoreRow
from freehold.workflows.uncertainty import Question, prepared_plan, simulate

CANDIDATES, SOLVE, REASONS = "candidates", "solve", "reasons"
AGAIN, DRAWS, CURVE = "again", "draws", "curve"
"""What planning is at: gathering candidates, the plan, its reasons, judging it again, draws; and
the steps of the price of sovereignty."""


def _silent(_phase: str) -> None: ...


def _going() -> None: ...


@dataclass(frozen=True)
class Asked:
    """A wish to plan, and who is told how it goes.

    `phase` is told what begins, `assembled` the candidates once they are gathered, `arrived` each
    step of the price of sovereignty as it is found. `control` carries time, incumbents and cancel;
    `check` may raise to stop; `holding` is entered while the document's database is built upon, so
    that others may use it while the solver runs.
    """

    options: PlanOptions
    scenario: str = BASE
    document: str = ""
    control: Control = field(default_factory=Control)
    holding: Callable[[], AbstractContextManager[object]] = nullcontext
    check: Callable[[], None] = _going
    phase: Callable[[str], None] = _silent
    assembled: Callable[[Case], None] = lambda _case: None
    arrived: Callable[[Step], None] | None = None

    def timed(self) -> Control:
        """Return a control that starts now."""
        return Control(self.options.time_limit, self.control.tell, self.control.stop)


def planned(
    workspace: Workspace, asked: Asked, *, draws: bool = True, pareto: bool = False
) -> KeptPlan:
    """Plan an open document and let the plan meet 10,000 draws; nothing is kept yet.

    With `pareto`, also the price of sovereignty; see `with_curve` to ask for it later.

    Raises:
        InputError: there is no such scenario.
    """
    asked.phase(CANDIDATES)
    with asked.holding():
        case, schemas = case_of(workspace, asked.scenario, asked.options, asked.check)
    asked.assembled(case)
    control = asked.timed()
    asked.phase(SOLVE)
    found = solve(case, Control(control.seconds * SOLVING, control.tell, control.stop))
    asked.phase(REASONS)
    made, found = explained(case, control, found)
    answer = result(made, asked.options, asked.document, asked.scenario, schemas.as_of)
    asked.phase(AGAIN)
    with asked.holding():
        kept = _kept(workspace, asked, case, made, answer)
    if found.answer is not None and draws:
        asked.phase(DRAWS)
        options = asked.options
        question = Question(
            months=options.months, discount_rate=options.discount_rate, seed=options.seed
        )
        with asked.holding():
            prepared = prepared_plan(
                workspace, case, found, schemas, scenario=asked.scenario, document=asked.document
            )
        kept = kept.model_copy(update={"uncertainty": simulate(prepared, question)})
    return _with_curve(workspace, asked, kept, case) if pareto else kept


def _kept(
    workspace: Workspace, asked: Asked, case: Case, made: Plan, answer: PlanResult
) -> KeptPlan:
    """Return a plan judged again, with what it migrates and the changes that take it over."""
    chosen = packs.choose(workspace.packs)
    estate = _estate(workspace, asked.scenario, case)
    before: list[Change] = []
    if asked.scenario != BASE:
        before = all_changes(workspace, id_of(workspace, asked.scenario))
    inputs = kept_plans.inputs_hash(workspace, asked.scenario)
    return KeptPlan(
        plan_id=kept_plans.plan_id(inputs, asked.options),
        inputs=inputs,
        scenario=asked.scenario,
        options=asked.options,
        made_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        app_version=__version__,
        result=answer.model_copy(
            update={
                "broken": judged_again(
                    workspace, made, chosen, answer.as_of, estate=estate, before=before
                )
                if made.placements
                else None,
                "migration": migrations(made, workspace.connection, _move_usd(case), estate),
            }
        ),
        changes=changes_of(made, workspace.connection, estate),
    )


def _estate(workspace: Workspace, scenario: str, case: Case) -> str:
    """Return the schema of the estate that was planned, built again if another use dropped it."""
    known = workspace.connection.execute(
        "SELECT 1 FROM duckdb_schemas() WHERE schema_name = ?", [case.estate]
    ).fetchone()
    return case.estate if known else schemas_of(workspace, scenario).estate


def _move_usd(case: Case) -> dict[str, float]:
    return dict(zip(case.problem.workloads, case.problem.move_usd.tolist(), strict=True))


def with_curve(
    workspace: Workspace, asked: Asked, kept: KeptPlan, case: Case | None = None
) -> KeptPlan:
    """Return a plan with the price of sovereignty beside it, asked as the plan was.

    `case` is that of the plan, if it was the last one assembled from this document.

    Raises:
        InputError: there is no such scenario.
    """
    if case is None:
        asked.phase(CANDIDATES)
        options = replace(asked.options, min_seal=None)
        with asked.holding():
            case, _ = case_of(workspace, asked.scenario, options, asked.check)
    return _with_curve(workspace, asked, kept, case)


def _with_curve(workspace: Workspace, asked: Asked, kept: KeptPlan, case: Case) -> KeptPlan:
    asked.phase(CURVE)
    control = asked.timed()
    steps = curve(case, control, arrived=asked.arrived)
    scores = score_front(case, Control(control.seconds / 2, None, control.stop))
    asked.phase(AGAIN)
    connection, moves = workspace.connection, _move_usd(case)
    moved: dict[int, list[Change]] = {}
    lists: dict[int, list[Migration]] = {}
    with asked.holding():
        estate = _estate(workspace, asked.scenario, case)
        for step in steps:
            if step.plan is not None:
                moved[step.seal] = changes_of(step.plan, connection, estate)
                lists[step.seal] = migrations(step.plan, connection, moves, estate)
    rows = {
        "pareto": [
            pareto_row(step).model_copy(update={"migration": lists.get(step.seal, [])})
            for step in steps
        ],
        "pareto_score": [
            ScoreRow(
                score=one.score,
                seal=one.plan.seal if one.plan else None,
                cost_usd=one.plan.cost_usd if one.plan else None,
            )
            for one in scores
        ],
    }
    return kept.model_copy(
        update={"result": kept.result.model_copy(update=rows), "step_changes": moved}
    )


def make(
    path: Path,
    *,
    options: PlanOptions,
    scenario: str | None = None,
    pareto: bool = False,
    save_as: str | None = None,
    keep: bool = False,
    tell: Callable[[float, float | None, float], None] | None = None,
    arrived: Callable[[Step], None] | None = None,
) -> PlanResult:
    """Plan the document at `path`, or one of its scenarios.

    `save_as` takes the plan over as a scenario; `keep` keeps it with the document, for reports
    and the window.

    Raises:
        DocumentError: the document cannot be opened.
        InputError: there is no such scenario, or `save_as` is taken; nothing is changed then.
    """
    with editing(path) if save_as is not None or keep else reading(path) as workspace:
        name = scenario or BASE
        if save_as is not None and (save_as == BASE or save_as in scenario_names(workspace)):
            raise InputError(f"There is a scenario '{save_as}' already", mend="Choose another name")
        asked = Asked(options, name, str(path), Control(tell=tell), arrived=arrived)
        made = planned(workspace, asked, draws=keep, pareto=pareto)
        if keep:
            kept_plans.keep(workspace, made)
        if save_as is not None:
            _save(workspace, made, save_as)
        return made.result.model_copy(
            update={"saved_as": save_as, "kept_as": made.plan_id if keep else None}
        )


def scenario_file(kept: KeptPlan, seal: int | None = None) -> ScenarioFile:
    """Return a plan, or the plan of a step of its price curve, as a scenario to add.

    Raises:
        InputError: there is no such plan.
    """
    changes = kept_plans.changes_for(kept, seal)
    if not changes:
        raise InputError("There is no plan to take over", mend="See its conflict")
    cost, gap = kept.result.cost_usd, kept.result.gap
    for step in kept.result.pareto:
        if step.seal == seal:
            cost, gap = step.cost_usd, step.gap
    told = f"Plan at {cost or 0:,.0f} USD, gap {gap or 0:.1%}"
    parent = None if kept.scenario == BASE else kept.scenario
    return ScenarioFile(changes=list(changes), description=told, parent=parent)


def _save(workspace: Workspace, kept: KeptPlan, name: str) -> None:
    """Take a plan over as a scenario that branches from what was planned."""
    add(workspace, name, scenario_file(kept))


def pareto_row(step: Step) -> ParetoRow:
    """Return a step of the price of sovereignty as a row."""
    made = step.plan
    return ParetoRow(
        seal=step.seal,
        seal_proven=made.seal_proven if made else None,
        seal_best_case=made.seal_best_case if made else None,
        score=made.score if made else None,
        cost_usd=made.cost_usd if made else None,
        carbon_kg=made.carbon_kg if made else None,
        gap=made.gap if made else None,
        rests_on_assumed=step.rests_on_assumed,
        conflict=step.conflict,
        changes=step.changes,
        capped_by=step.capped_by,
        per_workload=step.per_workload,
        placements=made.placements if made else [],
    )


def result(
    made: Plan, options: PlanOptions, document: str, scenario: str, as_of: date
) -> PlanResult:
    """Return a plan as the result of the plan command."""
    return PlanResult(
        document=document,
        scenario=scenario,
        as_of=as_of,
        minimise=options.minimise,
        months=options.months,
        discount_rate=options.discount_rate,
        status=made.status,
        gap=made.gap,
        cost_usd=made.cost_usd,
        carbon_kg=made.carbon_kg,
        cost_parts=made.cost_parts,
        placements=made.placements,
        seal=made.seal,
        seal_proven=made.seal_proven,
        seal_best_case=made.seal_best_case,
        score=made.score,
        binding=made.binding,
        conflict=made.conflict,
        runner_up=made.runner_up,
        pareto=[],
        pareto_score=[],
        obeyed=made.obeyed,
        undecided=made.undecided,
        independent=made.independent,
        unmodelled=made.unmodelled,
        data_sets=made.data_sets,
        broken=None,
        migration=[],
        not_planned=made.not_planned,
        notes=made.notes,
        solve_seconds=made.seconds,
    )
