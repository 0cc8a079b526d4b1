"""The content of an audit report: values and codes only, no layout and no sentences.

Renderers read this model and nothing else. Units are in the names; shares and coverage are
fractions 0-1, scores are 0-100. None means that nobody has said or that it could not be decided;
it is never zero.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from freehold.reports.content_findings import (
    FindingGroup,
    MissingField,
    RuleNotEvaluated,
    UnknownRow,
    Waiver,
)
from freehold.reports.content_load import SimulatedLoad
from freehold.reports.content_parts import Part, Score, Severity, VerdictCounts
from freehold.reports.content_plan import BlastNode, Plan

Tone = Literal["good", "warn", "bad", "unknown", "neutral"]
Exposure = Literal["eea_controlled", "exposed_us", "exposed_cn", "exposed_other", "unknown"]


class PackVersion(Part):
    """A rule pack as it was used."""

    pack_id: str
    version: str
    title: str
    publisher: str | None = None
    rules: int


class Versions(Part):
    """Versions of everything that decides a result."""

    app: str
    engine: str
    catalogue_snapshot: str
    packs: tuple[PackVersion, ...]
    weight_set: str


class Hashes(Part):
    """SHA-256 of what went in and of what came out."""

    estate: str
    catalogue: str
    rules: str
    findings: str


class SignOff(Part):
    """Who prepared or reviewed, when, and whether they signed this very run."""

    person: str
    signed_on: date | None = None
    of_this_run: bool = True


class ScopeCount(Part):
    """How many things of one kind are in scope; `kind` is a published view."""

    kind: str
    count: int


class Cover(Part):
    """What an auditor asks first."""

    organisation: str | None
    lei: str | None = None
    country: str | None = None
    sector: str | None = None
    regimes: tuple[str, ...] = ()
    document_name: str
    scenario: str = "base"
    as_of: date
    scope: tuple[ScopeCount, ...]
    versions: Versions
    hashes: Hashes
    run_id: str
    prepared_by: tuple[SignOff, ...] = ()
    reviewed_by: tuple[SignOff, ...] = ()
    command: str
    notices: tuple[str, ...] = ()


class ClauseLeft(Part):
    """A clause of a framework that no rule judges; `decided_by` is attested or out_of_scope."""

    clause: str
    title: str
    decided_by: str
    note: str = ""


class Framework(Part):
    """Result of one framework over the rules mapped to it."""

    framework_id: str
    title: str
    version: str | None = None
    level: int | None = None
    level_name: str | None = None
    worst_failing: Severity | None = None
    score: Score
    coverage: float
    capped_by: tuple[str, ...] = ()
    counts: VerdictCounts
    rules_evaluated: int
    clauses: int | None = None
    clauses_judged: int | None = None
    clauses_left: tuple[ClauseLeft, ...] = ()


class Criterion(Part):
    """A criterion that holds a SEAL where it is, or keeps it undecided."""

    criterion: str
    title: str
    service: str | None = None
    party: str | None = None
    seal: int | None = None
    answer: str | None = None
    basis: str | None = None


class CsfObjective(Part):
    """One of the eight objectives of the EU Cloud Sovereignty Framework."""

    objective: str
    title: str
    weight_percent: int
    seal: int | None
    seal_low: int
    seal_high: int
    points_low: float
    points_high: float
    points_maximum: float
    coverage: float
    capped_by: tuple[Criterion, ...] = ()


class CsfService(Part):
    """The framework's result for one service in scope."""

    service: str
    name: str | None
    provider: str | None
    required_seal: int | None
    seal: int | None
    seal_low: int
    seal_high: int
    score_low: float
    score_high: float
    coverage: float
    capped_by: tuple[Criterion, ...] = ()


class Csf(Part):
    """The EU Cloud Sovereignty Framework over all services in scope."""

    weights: str
    weight_sets: dict[str, tuple[int, ...]]
    seal: int | None
    seal_low: int
    seal_high: int
    required_seal: int | None
    score: float | None
    score_low: float
    score_high: float
    coverage: float
    objectives: tuple[CsfObjective, ...]
    services: tuple[CsfService, ...]


class ReasonCount(Part):
    """How many source records share a reason; `field` is the estate column concerned."""

    reason: str
    count: int
    field: str | None = None


class CurrencyLine(Part):
    """Invoiced money of one currency and how far it was judged; all amounts in that currency."""

    currency: str
    invoiced: Decimal | None
    carried: Decimal
    judged: Decimal

    @property
    def judged_share(self) -> float | None:
        """Share that the judged resources carry of the invoice, else of all recorded cost."""
        whole = self.carried if self.invoiced is None else self.invoiced
        return float(self.judged / whole) if whole else None


class ImportAccount(Part):
    """What one import read, took over and left out."""

    source_name: str
    kind: str | None
    sha256: str | None
    imported_at: datetime | None
    read: int
    imported: int
    skipped: tuple[ReasonCount, ...] = ()
    unknown: tuple[ReasonCount, ...] = ()
    cost_column: str | None = None
    invoiced: dict[str, Decimal] = Field(default_factory=dict)
    carried: dict[str, Decimal] = Field(default_factory=dict)


class Completeness(Part):
    """How much of the estate, and of its cost, the results speak about."""

    resources: int
    resources_judged: int
    resources_without_cost: int
    currencies: tuple[CurrencyLine, ...] = ()
    accounts: tuple[ImportAccount, ...] = ()


class UnverifiedRule(Part):
    """A rule whose result rests on facts that nobody has verified.

    `would_fail` and `would_pass` count the subjects now unknown that would fail or pass if the
    facts were confirmed; `flagged` counts subjects decided on them (medium and low rules).
    """

    rule_id: str
    title: str
    severity: Severity
    would_fail: int
    would_pass: int
    flagged: int = 0
    columns: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


class Confirmation(Part):
    """A fact that a user confirmed or overrode."""

    target: str
    key: str
    column: str
    value: str | None
    author: str | None
    made_at: datetime | None
    source: str | None
    reason: str | None = None


class AssumedAnswer(Part):
    """A framework answer that was assumed rather than proven."""

    service: str
    criterion: str
    option: int
    basis: str
    evidence: str | None = None


class Member(Part):
    """One member's share of a dimension."""

    member: str
    share: float | None


class Concentration(Part):
    """How concentrated the estate is in one dimension, measured on one base."""

    dimension: str
    base: str
    members: tuple[Member, ...]
    member_count: int
    undecided_share: float | None
    hhi: float | None
    hhi_high: float | None


class MapPoint(Part):
    """Placements at one location; degrees WGS 84."""

    latitude: float
    longitude: float
    label: str
    exposure: Exposure
    placements: int


class SpendLine(Part):
    """Monthly cost with one provider, USD at the as-of exchange rate."""

    provider: str
    provider_name: str | None
    parent: str | None
    parent_country: str | None
    resources: int
    resources_without_cost: int
    usd_per_month: Decimal | None


class Range(Part):
    """A figure with its 80 % interval; low and high are None where no interval is known."""

    value: float | None
    low80: float | None = None
    high80: float | None = None


class Workload(Part):
    """Capacity and cost of one workload."""

    workload: str
    name: str | None
    kind: str | None
    model: str | None
    provider: str | None
    region: str | None
    accelerator: str | None
    accelerators: float | None
    fits: bool | None
    refused_because: str | None = None
    metrics: dict[str, Range] = Field(default_factory=dict)
    usd_per_month: Range = Range(value=None)
    kwh_per_month: Range = Range(value=None)
    kg_co2e_per_month: Range = Range(value=None)
    price_source: str | None = None
    price_as_of: str | None = None
    calibrated: bool = False
    notes: tuple[str, ...] = ()


class ScenarioResult(Part):
    """The headline figures of one scenario."""

    name: str
    as_of: date
    changes: int
    seal: int | None
    seal_low: int | None = None
    seal_high: int | None = None
    score: float | None
    coverage: float | None
    usd_per_month: Decimal | None
    kg_co2e_per_month: float | None
    largest_parent_share: float | None = None
    critical_functions_lost: int | None = None


class Driver(Part):
    """One thing that moves a result between two scenarios; `unit` names what `delta` is in."""

    scenario: str
    what: str
    delta: float
    unit: str


class Scenarios(Part):
    """A comparison of scenarios; the first is the base."""

    results: tuple[ScenarioResult, ...] = ()
    drivers: tuple[Driver, ...] = ()


class Source(Part):
    """One source of facts the results used."""

    name: str
    tables: tuple[str, ...]
    rows: int | None = None
    rows_unverified: int | None = None
    as_of: str | None = None
    licence: str | None = None


class Capacity(Part):
    """Workloads, and what was assumed for them."""

    workloads: tuple[Workload, ...] = ()
    assumptions: tuple[str, ...] = ()
    loads: tuple[SimulatedLoad, ...] = ()


class AuditContent(Part):
    """Everything an audit report says."""

    cover: Cover
    totals: VerdictCounts
    score: Score
    coverage: float
    frameworks: tuple[Framework, ...]
    csf: Csf | None
    findings: tuple[FindingGroup, ...]
    missing_fields: tuple[MissingField, ...]
    unknowns: tuple[UnknownRow, ...]
    not_evaluated: tuple[RuleNotEvaluated, ...]
    completeness: Completeness
    unverified: tuple[UnverifiedRule, ...]
    confirmations: tuple[Confirmation, ...]
    assumed: tuple[AssumedAnswer, ...]
    waivers: tuple[Waiver, ...]
    concentration: tuple[Concentration, ...]
    map_points: tuple[MapPoint, ...]
    unplaced: int = 0
    spend: tuple[SpendLine, ...]
    capacity: Capacity
    scenarios: Scenarios = Scenarios()
    plan: Plan | None = None
    blast: tuple[BlastNode, ...] = ()
    sources: tuple[Source, ...]
