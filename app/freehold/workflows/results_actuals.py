"""What the import of measured use and the forecast error return."""

from datetime import date
from typing import Any

from pydantic import Field

from freehold.importers.account import Skipped
from freehold.workflows.results import Result


class ActualsImport(Result):
    """Measured use taken over; `read` = `imported` + the sum of `skipped`, in source records."""

    document: str
    kind: str
    source: str
    sha256: str
    read: int
    imported: int
    skipped: list[Skipped]
    rows: int = Field(description="rows of the document: workload and period")
    added: int
    updated: int
    workloads: list[str]
    first: date | None
    last: date | None
    rejected_file: str | None
    notes: list[str]


class ForecastError(Result):
    """Forecast error of one figure of one workload; shares, null = it cannot be told."""

    workload_id: str
    name: str
    figure: str
    periods: int
    first: str
    last: str
    measured: float
    expected: float
    mape: float | None
    wape: float | None
    bias: float | None = Field(description="above 0: more was expected than came")
    spread: float | None = Field(description="standard deviation of ln(measured / expected)")


class ForecastErrors(Result):
    """Demand as expected beside demand as measured."""

    document: str
    scenario: str
    as_of: date
    by: str
    rows: int
    errors: list[ForecastError]
    not_compared: list[dict[str, Any]] = Field(description="workload_id, figure, reason")
