"""What the Monte Carlo of a plan returns."""

from datetime import date

from pydantic import Field

from freehold.workflows.results import Result


class BandOf(Result):
    """10 %, 50 % and 90 % points and the mean over the draws; null = not known."""

    p10: float | None
    p50: float | None
    p90: float | None
    mean: float | None


class MonthBands(Result):
    """One month of the horizon, from 0."""

    month: int
    cost_usd: BandOf
    unserved_share: BandOf


class WorkloadRisk(Result):
    """What the draws do to one workload; shares and probabilities 0-1, null = not known."""

    workload: str
    name: str
    kind: str
    cost_usd: BandOf = Field(description="over the horizon, discounted")
    unserved_share: BandOf
    slo_broken_probability: float | None = Field(description="in at least one month")
    slo_broken_months: float | None = Field(description="share of months, mean over the draws")
    note: str = Field(description="what is not known of it")


class SwingOf(Result):
    """One thing alone uncertain, all else as planned."""

    what: str
    which: str | None
    cost_p10_usd: float
    cost_p90_usd: float
    unserved_p10: float | None
    unserved_p90: float | None


class AssumptionOf(Result):
    """One parameter of the uncertainty, with where it comes from."""

    name: str
    value: float
    unit: str
    doc: str
    basis: str
    source: str
    verified: bool


class RobustRow(Result):
    """Machines of a candidate that the robust choice holds over the horizon."""

    workload: str
    row: str
    machines: int
    usd_per_month: float


class RobustChoice(Result):
    """Machines that cost least in the dearest worlds, judged by draws they were not chosen by.

    What they cannot serve is bought by use where a workload has such an offer, else paid at a
    multiple of its dearest candidate (assumption robust.*.recourse_factor). `average_*` are those
    of the choice that costs least on average. USD over the horizon.
    """

    draws: int
    level: float
    gap: float | None
    cvar_usd: float
    mean_usd: float
    unserved_share: float
    average_cvar_usd: float
    average_mean_usd: float
    machines: list[RobustRow]


class Uncertainty(Result):
    """A fixed plan in many worlds: simulated, not measured."""

    document: str
    scenario: str
    as_of: date
    simulated: str
    draws: int
    seed: int
    months: int
    discount_rate: float
    currency: str
    planned_cost_usd: float = Field(description="with nothing uncertain, over the horizon")
    planned_unserved_share: float | None
    cost_usd: BandOf
    cost_cvar95_usd: float = Field(description="mean of the dearest 5 % of the draws")
    unserved_share: BandOf
    slo_broken_probability: float | None
    budget_usd: float | None
    over_budget_probability: float | None
    power_kw: BandOf
    power_limit_kw: float | None
    over_power_probability: float | None
    late_days: BandOf
    late_probability: float | None = Field(description="capacity comes over 30 days late")
    by_month: list[MonthBands]
    workloads: list[WorkloadRisk]
    tornado: list[SwingOf]
    robust: RobustChoice | None = None
    cost_points_usd: list[float] = Field(
        default=[], description="0 %, 1 % ... 100 % points of the cost over the draws"
    )
    power_points_kw: list[float] = Field(default=[], description="the same of the power needed")
    notes: list[str]
    assumptions: list[AssumptionOf]
