"""A kept plan, its price of sovereignty and its draws, and the blast radius, as a report holds."""

from datetime import date

from freehold.reports.content_parts import Part


class PlannedRow(Part):
    """A workload, or a share of it, at one offer; USD over its months."""

    workload: str
    from_month: int
    to_month: int
    provider: str
    place: str | None
    sku: str
    accelerator: str | None
    term: str
    share: float
    machines: float
    cost_usd: float
    verified: bool
    seal: int


class Requirement(Part):
    """A requirement that binds: USD saved without it, planned again; else at most."""

    constraint: str
    says: str
    price_usd: float | None
    share: float | None
    at_most_usd: float | None


class Move(Part):
    """One move of the migration list."""

    order: int
    workload: str
    moves_from: str
    moves_to: str
    month: int
    cost_usd: float
    egress_gb: float
    contract: str | None
    notice_months: float | None
    contract_ends: str | None


class Moved(Part):
    """Where a workload runs at a level, and where it ran a level lower."""

    workload: str
    before: str
    after: str


class PriceStep(Part):
    """The least cost of a level of the EU framework; None where no plan has it."""

    seal: int
    seal_proven: int | None
    seal_best_case: int | None
    score: float | None
    cost_usd: float | None
    more_usd: float | None
    rests_on_assumed: bool
    moved: tuple[Moved, ...] = ()
    capped_by: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()


class Band(Part):
    """10 %, 50 % and 90 % points over the draws; None = not known."""

    p10: float | None
    p50: float | None
    p90: float | None


class Swing(Part):
    """What one thing alone uncertain does to the cost, USD over the horizon."""

    what: str
    p10_usd: float
    p90_usd: float


class Draws(Part):
    """The plan in many worlds: simulated, not measured."""

    simulated: str
    draws: int
    seed: int
    planned_usd: float
    cost_usd: Band
    unserved_share: Band
    power_kw: Band
    budget_usd: float | None
    over_budget: float | None
    slo_broken: float | None
    power_limit_kw: float | None
    over_power: float | None
    monthly_usd: tuple[Band, ...]
    swings: tuple[Swing, ...]
    notes: tuple[str, ...]


class Plan(Part):
    """A plan kept with the document; every figure of it is an estimate."""

    status: str
    as_of: date
    minimise: str
    months: int
    discount_rate: float
    gap: float | None
    cost_usd: float | None
    carbon_kg: float | None
    cost_parts: dict[str, float]
    seal: int | None
    seal_proven: int | None
    seal_best_case: int | None
    rows: tuple[PlannedRow, ...]
    requirements: tuple[Requirement, ...]
    runner_up: str
    moves: tuple[Move, ...]
    steps: tuple[PriceStep, ...]
    conflict: tuple[str, ...]
    kept_rules: tuple[str, ...]
    lifted_rules: tuple[str, ...]
    broken_rules: tuple[str, ...]
    not_planned: dict[str, str]
    notes: tuple[str, ...]
    draws: Draws | None = None


class BlastNode(Part):
    """What one node takes with it; `share` is its part of all placements."""

    dimension: str
    member: str
    critical_functions_lost: int
    functions_lost: int
    functions_on_failover: int
    share: float
