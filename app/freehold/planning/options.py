"""What a plan is asked for, and the stated assumptions behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import pandas as pd

from freehold.errors import InputError

OBJECTIVES = ("cost", "carbon", "both")
CEILINGS = ("budget", "budget_month", "power_kw", "carbon_kg", "share")
DIMENSIONS = ("provider", "provider_group", "chip_vendor", "jurisdiction", "region")


@dataclass(frozen=True)
class Assumption:
    """One stated value with its unit and where it comes from."""

    name: str
    value: float
    unit: str
    doc: str
    source: str


@dataclass(frozen=True)
class Ceiling:
    """A limit asked of one plan, beside those that the document keeps (table plan_limits).

    `value` is USD over the horizon (budget) or a month (budget_month), kW (power_kw), kg CO2e
    over the horizon (carbon_kg), or the largest share of cost 0-1 of any one member of
    `dimension` (share).
    """

    kind: str
    value: float
    dimension: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in CEILINGS or (self.kind == "share") != (self.dimension in DIMENSIONS):
            what = self.kind if self.dimension is None else f"{self.kind}:{self.dimension}"
            kinds = ", ".join(one for one in CEILINGS if one != "share")
            raise InputError(
                f"A plan cannot be limited by '{what}'",
                mend=f"Limits are {kinds}, and share:D with D one of {', '.join(DIMENSIONS)}",
            )
        if not 0 <= self.value < float("inf") or (self.kind == "share" and self.value > 1):
            raise InputError(f"The limit {self.kind} of a plan cannot be {self.value:g}")

    @property
    def name(self) -> str:
        """How answers name it, as in "budget asked" or "largest share by provider asked"."""
        words = self.kind.replace("_", " ").removesuffix(" kw").removesuffix(" kg")
        if self.dimension is not None:
            words = f"largest share by {self.dimension.replace('_', ' ')}"
        return f"{words} asked"


@cache
def shipped() -> dict[str, Assumption]:
    """Return the assumptions that the planner ships with (assumptions.csv)."""
    with files("freehold.planning").joinpath("assumptions.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    return {
        str(row["name"]): Assumption(
            str(row["name"]),
            float(row["value"]),
            str(row["unit"]),
            str(row["doc"]),
            str(row["source"]),
        )
        for row in table.to_dict("records")
    }


@dataclass(frozen=True)
class PlanOptions:
    """How to plan.

    Attributes:
        minimise: cost, carbon or both (carbon then counts `carbon_usd_per_kg`).
        min_seal: SEAL that every offer used must have, counted as for the price of sovereignty.
        months: horizon.
        stage_months: a workload may change places every so many months.
        gap: share of the objective that may be left.
        time_limit: seconds.
        seed: of the solver.
        discount_rate: a year, as a share.
        unknown: 'allow' places that a rule cannot decide on, or 'exclude' them.
        growth_sigma: plan for demand so many standard deviations of growth above its mean.
        changed: the user's own values of assumptions.
        ceilings: limits asked of this plan alone.
        lifted: ids of rules that this plan need not keep.
        barred: places that it may not use, each PROVIDER or PROVIDER/REGION.
    """

    minimise: str = "cost"
    min_seal: int | None = None
    months: int = 12
    stage_months: int = 3
    gap: float = 0.01
    time_limit: float = 60.0
    seed: int = 0
    discount_rate: float = 0.0
    unknown: str = "allow"
    growth_sigma: float = 0.0
    changed: Mapping[str, float] = field(default_factory=dict)
    ceilings: tuple[Ceiling, ...] = ()
    lifted: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checks = (
            (self.minimise in OBJECTIVES, f"minimise is one of {', '.join(OBJECTIVES)}"),
            (self.min_seal is None or 0 <= self.min_seal <= 4, "a SEAL runs from 0 to 4"),
            (1 <= self.months <= 120, "the horizon is 1 to 120 months"),
            (1 <= self.stage_months <= 120, "a stage is 1 to 120 months"),
            (0 < self.gap <= 1, "the gap is a share above 0 and up to 1, as in 0.01"),
            (0 < self.time_limit <= 86400, "the time limit is above 0 and up to 86400 seconds"),
            (0 <= self.seed < 2**31, "the seed is a whole number from 0 to 2147483647"),
            (-0.5 < self.discount_rate < 1, "the discount rate is a share a year, as in 0.05"),
            (self.unknown in ("allow", "exclude"), "unknown is allow or exclude"),
        )
        for kept, says in checks:
            if not kept:
                raise InputError(f"This plan cannot be asked for: {says}")
        if wrong := sorted(set(self.changed) - set(shipped())):
            raise InputError(
                f"There is no planning assumption '{wrong[0]}'",
                mend=f"They are: {', '.join(shipped())}",
            )

    def __getitem__(self, name: str) -> float:
        """Return the value of an assumption."""
        return self.changed.get(name, shipped()[name].value)
