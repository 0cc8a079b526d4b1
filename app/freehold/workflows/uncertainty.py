"""Let today's workloads, or a scenario's, meet many draws of demand, prices and supply."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from freehold.capacity import size_workloads
from freehold.costing import cost_workloads
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.planning import Case, Control, PlanOptions, solve
from freehold.planning import uncertainty as u
from freehold.planning.search import Found
from freehold.planning.uncertainty.draws import Floats
from freehold.planning.uncertainty.summary import LATE_DAYS
from freehold.scenarios.run import scenario_names
from freehold.scenarios.schemas import BASE, Schemas, schemas_of
from freehold.workflows import results_uncertainty as r
from freehold.workflows.documents import reading
from freehold.workflows.planning_case import case_of

SIMULATED = "Simulated, not measured: medians are what was planned, spreads are the assumptions"
MOST_DRAWS, MOST_MONTHS = 100_000, 120
ROBUST_DRAWS = 32
_TOLD = ["value", "unit", "doc", "basis", "source", "verified"]
_PRICES = ("held_usd", "used_usd")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Question:
    """How to simulate; `changed` replaces assumptions, 'factor.subject.parameter' -> value.

    `planned`: the planner's plan over the horizon instead of what is held today; `robust`: also
    choose machines that cost least in the dearest 5 % of worlds. Each takes up to `solve_seconds`.
    """

    draws: int = 10_000
    seed: int = 0
    months: int = 24
    discount_rate: float = 0.0
    budget_usd: float | None = None
    power_kw: float | None = None
    changed: Mapping[str, float] = field(default_factory=dict)
    planned: bool = False
    robust: bool = False
    solve_seconds: float = 30.0

    def __post_init__(self) -> None:
        checks = (
            (1 <= self.draws <= MOST_DRAWS, f"the draws are 1 to {MOST_DRAWS:,}"),
            (0 <= self.seed < 2**31, "the seed is a whole number from 0 to 2147483647"),
            (1 <= self.months <= MOST_MONTHS, f"the horizon is 1 to {MOST_MONTHS} months"),
            (-0.5 < self.discount_rate < 1, "the discount rate is a share a year, as in 0.05"),
            (self.budget_usd is None or self.budget_usd >= 0, "the budget is not negative"),
            (self.power_kw is None or self.power_kw >= 0, "the power limit is not negative"),
        )
        for kept, says in checks:
            if not kept:
                raise InputError(f"This cannot be simulated: {says}")


def uncertainty(
    path: Path,
    question: Question,
    *,
    scenario: str | None = None,
    progress: Progress | None = None,
) -> r.Uncertainty:
    """Simulate the workloads of a document as they are, or as a scenario has them.

    Raises:
        InputError: there is no such scenario or assumption, or no workload.
    """
    with reading(path) as workspace:
        name = scenario or BASE
        prepared = prepare(workspace, name, str(path), question)
        result = simulate(prepared, question, progress)
        if not question.robust:
            return result
        rows, volatilities = robust_rows(workspace, name, question)
        return result.model_copy(update={"robust": robust_of(rows, volatilities, question)})


@dataclass(frozen=True)
class Prepared:
    """The workloads of an estate or scenario as rows of a plan, to be simulated again and again."""

    document: str
    scenario: str
    as_of: date
    table: pd.DataFrame
    volatilities: u.Volatilities
    notes: tuple[str, ...] = ()
    budget_usd: float | None = None
    budget_month_usd: float | None = None
    power_kw: float | None = None

    def budget(self, months: int) -> float | None:
        """Return the budget over a horizon that the document's limits leave; None without one."""
        monthly = None if self.budget_month_usd is None else self.budget_month_usd * months
        told = [value for value in (self.budget_usd, monthly) if value is not None]
        return min(told, default=None)


def prepare(
    workspace: Workspace, scenario: str = BASE, document: str = "", question: Question | None = None
) -> Prepared:
    """Size and price the workloads of an open document, or as a scenario has them.

    Where `question` asks for it, the planner's plan of them is taken instead.

    Raises:
        InputError: there is no such scenario, no workload, or no plan was found.
    """
    names = scenario_names(workspace)
    if scenario != BASE and scenario not in names:
        there = ", ".join(names) or "none yet"
        raise InputError(f"There is no scenario '{scenario}'", mend=f"Scenarios are: {there}")
    schemas = schemas_of(workspace, scenario)
    if question is not None and question.planned:
        table, notes = _planned(workspace, scenario, question)
    else:
        table, notes = workload_plan(workspace, schemas), ()
    return _prepared(workspace, schemas, table, notes, scenario=scenario, document=document)


def prepared_plan(
    workspace: Workspace,
    case: Case,
    found: Found,
    schemas: Schemas,
    *,
    scenario: str,
    document: str,
) -> Prepared:
    """Take a plan just found, with its own limits beside the document's, to be simulated.

    Raises:
        InputError: no plan was found.
    """
    table, notes = _rows_of(case, found)
    made = _prepared(workspace, schemas, table, notes, scenario=scenario, document=document)
    asked: dict[str, float] = {}
    for one in case.options.ceilings:
        asked[one.kind] = min(one.value, asked.get(one.kind, one.value))
    return replace(
        made,
        budget_usd=_least(made.budget_usd, asked.get("budget")),
        budget_month_usd=_least(made.budget_month_usd, asked.get("budget_month")),
        power_kw=_least(made.power_kw, asked.get("power_kw")),
    )


def _least(*values: float | None) -> float | None:
    return min((value for value in values if value is not None), default=None)


def _prepared(
    workspace: Workspace,
    schemas: Schemas,
    table: pd.DataFrame,
    notes: tuple[str, ...],
    *,
    scenario: str,
    document: str,
) -> Prepared:
    limits = dict(
        workspace.connection.execute(
            f'SELECT kind, min("value") FROM "{schemas.estate}".plan_limits WHERE "value" IS NOT '
            "NULL AND kind IN ('budget', 'budget_month', 'power_kw') AND provider_id IS NULL "
            "AND region_id IS NULL AND country_iso2 IS NULL AND accelerator_id IS NULL GROUP BY 1"
        ).fetchall()
    )
    return Prepared(
        document,
        scenario,
        schemas.as_of,
        table,
        u.volatilities(workspace.connection, schemas.catalogue),
        notes,
        limits.get("budget"),
        limits.get("budget_month"),
        limits.get("power_kw"),
    )


def _case(workspace: Workspace, scenario: str, question: Question) -> Case:
    options = PlanOptions(
        months=question.months, time_limit=question.solve_seconds, seed=question.seed
    )
    return case_of(workspace, scenario, options)[0]


def _planned(
    workspace: Workspace, scenario: str, question: Question
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    case = _case(workspace, scenario, question)
    return _rows_of(case, solve(case, Control(seconds=question.solve_seconds)))


def _rows_of(case: Case, found: Found) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if found.answer is None:
        raise InputError(
            f"There is no plan to simulate: it is {found.status}", mend="See: freehold plan FILE"
        )
    left = case.candidates.left_out
    notes = [
        f"The plan is {found.status}"
        + ("." if found.gap is None else f", within {found.gap:.1%} of the least cost."),
        "Costs of moving, of commitments not used up, of idle machines and of terms beyond the "
        "horizon are not simulated.",
        *([f"Not planned: {', '.join(sorted(left))}."] if left else []),
    ]
    return u.planned_rows(case, found.answer), tuple(notes)


def robust_rows(
    workspace: Workspace, scenario: str, question: Question
) -> tuple[pd.DataFrame, u.Volatilities]:
    """Return the candidates that a robust choice is made of, and what is uncertain about them.

    Raises:
        InputError: there is no such scenario, or no workload that can be planned.
    """
    case = _case(workspace, scenario, question)
    schemas = schemas_of(workspace, scenario)
    volatilities = u.volatilities(workspace.connection, schemas.catalogue)
    return u.candidate_rows(case), volatilities.changed(question.changed)


def robust_of(
    rows: pd.DataFrame, volatilities: u.Volatilities, question: Question
) -> r.RobustChoice:
    """Choose machines that cost least in the dearest worlds, beside those for the mean cost.

    Raises:
        InputError: there is no candidate.
    """
    chosen, average = (
        u.robust(
            rows,
            question.months,
            volatilities,
            draws=ROBUST_DRAWS,
            seed=question.seed,
            weight=weight,
            seconds=question.solve_seconds,
        )
        for weight in (1.0, 0.0)
    )
    held = chosen.candidates[chosen.candidates["units"] > 0]
    return r.RobustChoice(
        draws=ROBUST_DRAWS,
        level=chosen.level,
        gap=_rounded(chosen.gap),
        cvar_usd=round(chosen.tested_cvar, 2),
        mean_usd=round(chosen.tested_mean, 2),
        unserved_share=round(chosen.tested_unserved, 6),
        average_cvar_usd=round(average.tested_cvar, 2),
        average_mean_usd=round(average.tested_mean, 2),
        machines=[
            r.RobustRow(
                workload=str(row["workload"]),
                row=str(row["row"]),
                machines=int(row["units"]),
                usd_per_month=round(float(row["usd_per_unit"] * row["units"]), 2),
            )
            for row in held.to_dict("records")
        ],
    )


def simulate(
    prepared: Prepared, question: Question, progress: Progress | None = None
) -> r.Uncertainty:
    """Simulate prepared rows.

    Args:
        prepared: rows of a plan and how uncertain what is.
        question: how to simulate.
        progress: called with (workloads done, of all); may raise to stop.

    Raises:
        InputError: there is no such assumption.
    """
    plan = u.plan_of(prepared.table, question.months)
    volatilities = prepared.volatilities.changed(question.changed)
    draws, rate = u.Draws(question.draws, question.seed), question.discount_rate
    outcome = u.evaluate(plan, volatilities, draws, discount_rate=rate, progress=progress)
    planned = u.evaluate(plan, volatilities, u.Draws(1, 0, ()), discount_rate=rate)
    swings = u.tornado(plan, volatilities, draws, discount_rate=rate)
    unserved = u.unserved_share(plan, outcome)
    told = ~np.isnan(outcome.broken).all(axis=0)
    ever = outcome.broken_any.any(axis=1).mean() if told.any() else None
    late = outcome.late_days
    budget, power = question.budget_usd, question.power_kw
    budget = prepared.budget(question.months) if budget is None else budget
    power = prepared.power_kw if power is None else power
    return r.Uncertainty(
        document=prepared.document,
        scenario=prepared.scenario,
        as_of=prepared.as_of,
        simulated=SIMULATED,
        draws=question.draws,
        seed=question.seed,
        months=question.months,
        discount_rate=question.discount_rate,
        currency="USD",
        planned_cost_usd=round(float(planned.cost[0]), 2),
        planned_unserved_share=_share(u.unserved_share(plan, planned)).p50,
        cost_usd=_usd(outcome.cost),
        cost_points_usd=_points(outcome.cost),
        power_points_kw=_points(outcome.own_kw),
        cost_cvar95_usd=round(u.value_at_risk_tail(outcome.cost), 2),
        unserved_share=_share(unserved),
        slo_broken_probability=_rounded(ever),
        budget_usd=budget,
        over_budget_probability=u.probability_above(outcome.cost, budget),
        power_kw=_band(outcome.own_kw, 3),
        power_limit_kw=power,
        over_power_probability=u.probability_above(outcome.own_kw, power),
        late_days=_band(late, 1),
        late_probability=u.probability_above(late, LATE_DAYS),
        by_month=[
            r.MonthBands(
                month=month,
                cost_usd=_usd(outcome.cost_month[:, month]),
                unserved_share=_share(outcome.unserved_month[:, month]),
            )
            for month in range(question.months)
        ],
        workloads=_workloads(prepared.table, plan, outcome, question.months),
        tornado=[
            r.SwingOf(
                what=swing.what,
                which=swing.which,
                cost_p10_usd=round(swing.cost_p10, 2),
                cost_p90_usd=round(swing.cost_p90, 2),
                unserved_p10=_rounded(swing.unserved_p10),
                unserved_p90=_rounded(swing.unserved_p90),
            )
            for swing in swings
        ],
        notes=[*prepared.notes, *_notes(prepared.table)],
        assumptions=_assumptions(volatilities),
    )


def _assumptions(volatilities: u.Volatilities) -> list[r.AssumptionOf]:
    return [
        r.AssumptionOf(name=f"{factor}.{subject}.{parameter}", **told)
        for factor, subject, parameter, told in zip(
            *(volatilities.table[name] for name in ("factor", "subject", "parameter")),
            volatilities.table[_TOLD].to_dict("records"),
            strict=True,
        )
        if factor in (*u.KINDS, "slo")
    ]


def workload_plan(workspace: Workspace, schemas: Schemas) -> pd.DataFrame:
    """Return the workloads of an estate as rows of a plan, with `name` and `note`."""
    connection = workspace.connection
    rows = connection.execute(
        f'SELECT * FROM "{schemas.estate}".workloads ORDER BY workload_id'
    ).df()
    if rows.empty:
        raise InputError("There is no workload to simulate", mend="Add workloads to the estate")
    sized = size_workloads(rows, connection, catalogue=schemas.catalogue)
    costs = cost_workloads(sized, connection, as_of=schemas.as_of, catalogue=schemas.catalogue)
    table = u.estate_plan(rows, sized, costs, connection, schemas.catalogue)
    return table.assign(name=rows["name"].fillna(rows["workload_id"]).to_numpy())


def _workloads(
    table: pd.DataFrame, plan: u.Plan, outcome: u.Outcome, months: int
) -> list[r.WorkloadRisk]:
    facts = table.drop_duplicates("workload").set_index("workload")
    found = []
    for number, workload in enumerate(plan.workloads):
        rows = slice(plan.first[number], plan.first[number + 1])
        cost = outcome.cost_row[:, rows].sum(axis=1)
        priced = all(np.isfinite(plan.monthly[name][rows]).all() for name in _PRICES)
        broken = outcome.broken[:, number]
        tells = not np.isnan(broken).any()
        found.append(
            r.WorkloadRisk(
                workload=workload,
                name=str(facts.at[workload, "name"]),
                kind=str(facts.at[workload, "kind"]),
                cost_usd=_usd(cost if priced else np.full_like(cost, np.nan)),
                unserved_share=_share(outcome.unserved[:, number] / outcome.demand[:, number]),
                slo_broken_probability=_rounded((broken > 0).mean() if tells else None),
                slo_broken_months=_rounded(broken.mean() / months if tells else None),
                note=str(facts.at[workload, "note"]),
            )
        )
    return found


def _notes(table: pd.DataFrame) -> list[str]:
    notes = ["Costs are those of workloads; other resources of the estate are not simulated."]
    for what, words in (("cost", "cost"), ("capacity", "capacity")):
        missing = table[table["note"].str.contains(f"{what} not known", regex=False)]
        if len(missing):
            notes.append(
                f"The {words} of {len(missing)} of {len(table)} workloads is not known and not "
                f"counted: {', '.join(missing['workload'])}."
            )
    if table["growth_per_year"].isna().any():
        count = table["workload"][table["growth_per_year"].isna()].nunique()
        notes.append(f"{count} workloads state no growth: flat demand is taken as planned.")
    return notes


def _band(values: Floats, digits: int) -> r.BandOf:
    found = asdict(u.band(values))
    return r.BandOf(**{k: None if v is None else round(v, digits) for k, v in found.items()})


def _points(values: Floats) -> list[float]:
    """Return the 0 %, 1 % ... 100 % points; none if a draw is unknown."""
    if np.isnan(values).any():
        return []
    found: list[float] = np.percentile(values, np.arange(101)).round(2).tolist()
    return found


def _usd(values: Floats) -> r.BandOf:
    return _band(values, 2)


def _share(values: Floats) -> r.BandOf:
    return _band(values, 6)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)
