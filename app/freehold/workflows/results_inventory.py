"""What the inventory of accelerators returns."""

from datetime import date
from typing import Any

from pydantic import Field

from freehold.workflows.results import Result


class Holding(Result):
    """Accelerators of one kind at one place; null = nobody has said."""

    provider_id: str | None
    region_id: str | None
    accelerator_id: str | None
    held: float | None = Field(description="in pools that are there on the day")
    ordered: float | None = Field(description="in pools still to come")
    used: float | None = Field(description="by workloads")
    quota: float | None = Field(description="most that the provider grants")
    own: bool
    reserve: int | None = Field(description="spares, so that what is used works (assumption)")
    short: float | None = Field(description="used + reserve - held, where above 0")
    over_quota: bool | None


class Queue(Result):
    """Training runs that share devices; estimated by G/G/c, null = overloaded."""

    provider_id: str | None
    region_id: str | None
    accelerator_id: str
    workloads: int
    devices: float
    runs_per_month: float
    run_hours: float
    at_once: int
    utilisation: float
    wait_hours: float | None
    waits: float


class Inventory(Result):
    """Accelerators held and used, commitments, spares and queues."""

    document: str
    scenario: str
    as_of: date
    holdings: list[Holding]
    commitments: list[dict[str, Any]]
    queues: list[Queue]
    out_of_order_share: float
    out_of_order_share_own: float
    confidence: float
    basis: str = "spares and waits are estimates from assumptions (volatilities: reserve, queue)"
