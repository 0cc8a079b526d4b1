"""What planning returns, and what a document keeps of it."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from freehold.estate.changes import Change
from freehold.planning import Migration, PlanOptions
from freehold.planning.plan import Binding, Copy, Row
from freehold.workflows.results import Result
from freehold.workflows.results_uncertainty import Uncertainty


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
    placements: list[Row] = Field(default_factory=list)
    migration: list[Migration] = Field(default_factory=list)


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
        "null where there is no plan to judge again"
    )
    data_sets: list[Copy] = Field(
        default_factory=list, description="where data sets are read, and what copies cost"
    )
    migration: list[Migration]
    saved_as: str | None = None
    kept_as: str | None = None
    not_planned: dict[str, str] = Field(description="workloads left out, and why")
    notes: list[str]
    solve_seconds: float
    notices: list[str] = Field(default_factory=list)


class KeptPlan(Result):
    """A plan with all that pages and reports show of it, as a document keeps it.

    `inputs` is the hash of the estate, facts, rules and date it was made from; `changes` take the
    plan over as a scenario, `step_changes` the plan of a step of the price of sovereignty.
    """

    plan_id: str
    inputs: str
    scenario: str
    options: PlanOptions
    made_at: datetime | None = None
    app_version: str = ""
    result: PlanResult
    changes: list[Change] = Field(default_factory=list)
    step_changes: dict[int, list[Change]] = Field(default_factory=dict)
    uncertainty: Uncertainty | None = None
