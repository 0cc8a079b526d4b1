"""Plan where the workloads of a document should run, and what sovereignty costs."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field

from freehold.compliance import csf, packs
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.planning import (
    Case,
    Control,
    Plan,
    PlanOptions,
    Step,
    assemble,
    changes_of,
    curve,
    explained,
    judged_again,
    migrations,
    score_front,
)
from freehold.planning.plan import Binding, Row
from freehold.planning.takeover import Migration
from freehold.scenarios import BASE, scenario_names
from freehold.scenarios.changes import ScenarioFile, add
from freehold.scenarios.schemas import schemas_of
from freehold.workflows.documents import editing, reading
from freehold.workflows.results import Result


class ParetoRow(Result):
    """The least cost at which every offer used has a SEAL; None where no plan has it."""

    seal: int
    seal_proven: int | None
    seal_best_case: int | None
    score: float | None
    cost_usd: float | None
    carbon_kg: float | None = None
    gap: float | None = None
    rests_on_assumed: bool = False
    conflict: list[str] = Field(default_factory=list)
    changes: list[str] = Field(default_factory=list)
    capped_by: list[str] = Field(default_factory=list)
    per_workload: dict[str, float] = Field(default_factory=dict)


class ScoreRow(Result):
    """The least cost at which every offer used has at least that CSF score (0-100)."""

    score: float
    seal: int | None
    cost_usd: float | None


class PlanResult(Result):
    """Where workloads should run; an infeasible plan says so in `status` and `conflict`."""

    document: str
    scenario: str
    as_of: date
    minimise: str
    months: int
    status: str
    gap: float | None
    cost_usd: float | None
    carbon_kg: float | None
    currency: str = "USD"
    discount_rate: float
    cost_parts: dict[str, float]
    placements: list[Row]
    seal: int | None
    seal_proven: int | None
    seal_best_case: int | None
    score: float | None
    binding: list[Binding]
    conflict: list[str]
    runner_up: dict[str, Any] | None
    pareto: list[ParetoRow]
    pareto_score: list[ScoreRow]
    obeyed: list[str] = Field(description="rules no placement of the plan fails")
    undecided: dict[str, int] = Field(description="rules that cannot decide, and on how many rows")
    independent: dict[str, int] = Field(description="failing rules that no place can cure")
    unmodelled: dict[str, str] = Field(description="rules the plan cannot keep to, and why")
    broken: dict[str, list[str]] | None = Field(
        description="rules claimed as obeyed that fail on the planned estate, with the subjects; "
        "null where the plan was not judged again: there is none, or it is a scenario's"
    )
    migration: list[Migration]
    saved_as: str | None = None
    not_planned: dict[str, str] = Field(description="workloads left out, and why")
    notes: list[str]
    solve_seconds: float
    notices: list[str] = Field(default_factory=list)


def case_of(workspace: Workspace, scenario: str, options: PlanOptions) -> tuple[Case, date]:
    """Return the planning case of a document or one of its scenarios, and its date.

    Raises:
        InputError: there is no such scenario.
    """
    names = scenario_names(workspace)
    if scenario != BASE and scenario not in names:
        there = ", ".join(names) or "none yet"
        raise InputError(f"There is no scenario '{scenario}'", mend=f"Scenarios are: {there}")
    schemas = schemas_of(workspace, scenario)
    case = assemble(
        workspace.connection,
        packs.choose(workspace.packs),
        options,
        as_of=schemas.as_of,
        estate=schemas.estate,
        catalogue=schemas.catalogue,
        views=schemas.views,
        weights=str(workspace.setting("weights", csf.DEFAULT_WEIGHTS)),
    )
    return case, schemas.as_of


def make(
    path: Path,
    *,
    options: PlanOptions,
    scenario: str | None = None,
    pareto: bool = False,
    save_as: str | None = None,
    tell: Callable[[float, float | None, float], None] | None = None,
    arrived: Callable[[Step], None] | None = None,
) -> PlanResult:
    """Plan the document at `path`, or one of its scenarios; `save_as` keeps it as a scenario.

    Raises:
        DocumentError: the document cannot be opened.
        InputError: there is no such scenario, or `save_as` is taken; nothing is changed then.
    """
    with editing(path) if save_as is not None else reading(path) as workspace:
        name = scenario or BASE
        if save_as is not None and (save_as == BASE or save_as in scenario_names(workspace)):
            raise InputError(f"There is a scenario '{save_as}' already", mend="Choose another name")
        case, as_of = case_of(workspace, name, options)
        control = Control(seconds=options.time_limit, tell=tell)
        made = explained(case, control)
        moves = dict(zip(case.problem.workloads, case.problem.move_usd.tolist(), strict=True))
        answer = result(made, options, str(path), name, as_of).model_copy(
            update={
                "broken": judged_again(workspace, made, packs.choose(workspace.packs), as_of)
                if name == BASE and made.placements
                else None,
                "migration": migrations(made, workspace.connection, moves),
                "saved_as": save_as,
            }
        )
        if save_as is not None:
            _save(workspace, made, save_as, name)
        if not pareto:
            return answer
        steps = curve(case, Control(seconds=options.time_limit, tell=tell), arrived=arrived)
        scores = score_front(case, Control(seconds=options.time_limit / 2))
        return answer.model_copy(
            update={
                "pareto": [pareto_row(step) for step in steps],
                "pareto_score": [
                    ScoreRow(
                        score=one.score,
                        seal=one.plan.seal if one.plan else None,
                        cost_usd=one.plan.cost_usd if one.plan else None,
                    )
                    for one in scores
                ],
            }
        )


def _save(workspace: Workspace, made: Plan, name: str, parent: str) -> None:
    """Take a plan over as a scenario that branches from what was planned."""
    changes = changes_of(made, workspace.connection)
    if not changes:
        raise InputError("There is no plan to take over", mend="See its conflict")
    told = f"Plan at {made.cost_usd:,.0f} USD, gap {made.gap or 0:.1%}"
    add(
        workspace,
        name,
        ScenarioFile(changes=changes, description=told, parent=None if parent == BASE else parent),
    )


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
        broken=None,
        migration=[],
        not_planned=made.not_planned,
        notes=made.notes,
        solve_seconds=made.seconds,
    )
