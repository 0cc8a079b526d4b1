"""What the commands around shocks and blast radius return."""

from datetime import date
from typing import Any

from pydantic import Field

from freehold.scenarios import Driver, Measures
from freehold.scenarios.blast import FunctionLoss, Gone, Rank
from freehold.scenarios.recovery import Recovery
from freehold.scenarios.sides import LevelSide, RuleSide
from freehold.workflows.results import Result


class ShockParameter(Result):
    """A parameter of a shock; `value` null = chosen from the estate when it is run."""

    name: str
    title: str
    type: str
    role: str
    unit: str | None
    value: str | None
    assumed: bool
    doc: str
    source: str
    verified: bool


class ShockInfo(Result):
    """A shock of the library."""

    name: str
    title: str
    category: str
    says: str
    precedent: str
    precedent_date: str | None
    likelihood: str
    source: str
    verified: bool
    as_of: str
    changes: list[str]
    not_modelled: str | None
    parameters: list[ShockParameter]


class ShockList(Result):
    """The shock library."""

    shocks: list[ShockInfo]


class ShockSetting(Result):
    """What a parameter was set to: given, stated by the library, or chosen from the estate."""

    shock: str
    name: str
    title: str
    value: str | int | float | list[str] | None
    unit: str | None
    basis: str
    assumed: bool
    doc: str


class Shocked(Result):
    """The base and the shocked estate side by side, what changed sides, and the way back."""

    document: str
    as_of: date
    scenarios: list[Measures]
    drivers: list[Driver]
    shocks: list[str]
    settings: list[ShockSetting]
    changes: list[str]
    rules: list[RuleSide] = Field(description="rules that decide otherwise")
    levels: list[LevelSide] = Field(description="services, and the estate, whose level differs")
    functions: list[FunctionLoss] = Field(description="functions lost or on their failover")
    recovery: Recovery | None = Field(description="null where nothing has to move")
    notices: list[str]


class BlastResult(Result):
    """What one node takes with it; `lost` counts things by kind, `hhi` is its dimension's."""

    document: str
    scenario: str
    as_of: date
    dimension: str
    member: str
    gone: list[Gone]
    lost: dict[str, int]
    critical_functions_lost: int
    cost_usd: float | None
    hhi: dict[str, float] = Field(description="concentration index of the dimension by base")


class BlastRanking(Result):
    """The nodes of the estate, those that take most critical functions with them first."""

    document: str
    scenario: str
    as_of: date
    ranking: list[Rank]
    single_points: int = Field(description="nodes with which a critical function is lost")
    concentration: list[dict[str, Any]] = Field(
        description="dimension, base, hhi, hhi_high and the largest member with its share"
    )
