"""What the searches, the router and the model import of capacity return."""

from typing import Any

from pydantic import Field

from freehold.workflows.results import Result


class RefusedConfigurations(Result):
    """Why configurations of a chip were not possible."""

    accelerator_id: str
    reason: str
    configurations: int


class AsHeld(Result):
    """What the workload gets where it runs today."""

    devices: float | None
    devices_needed: float | None
    requests_per_s_asked: float | None
    requests_per_s_possible: float | None = Field(
        description="largest load within both latency targets on the devices held"
    )
    overloaded: bool | None
    sentence: str


class ServingSearch(Result):
    """The best configuration for a workload on each chip and machine, best first.

    Each row has its figures with METRIC_low80 and METRIC_high80; null where unknown, as a cost
    without a price. `chip_measured` false: no measurement of the chip exists, so its range is
    wider. Where places were judged, `place_allowed` tells whether the document's rules allow the
    workload in that region (null = undecided), `place_forbidden_by` and `place_undecided_by` which
    rules say so.
    """

    document: str
    workload: str
    model: str
    by: str
    rows: list[dict[str, Any]]
    refused: list[RefusedConfigurations]
    as_held: AsHeld
    places_judged: bool
    configurations: int
    evaluated: int
    evaluate_seconds: float
    basis: str
    definitions: dict[str, str] = Field(description="what each metric means")


class TrainingRun(Result):
    """The best layouts of one training run, best first."""

    config_id: str
    model: str
    accelerator_id: str
    phase: str
    rows: list[dict[str, Any]] = Field(
        description="ways, step time, MFU, memory by part, days, device hours, cost, each with "
        "METRIC_low80 and METRIC_high80"
    )
    refused: list[dict[str, Any]] = Field(description="reason, configurations")
    configurations: int


class TrainingSearch(Result):
    """The best parallel layouts of training runs."""

    by: str
    runs: list[TrainingRun]
    evaluate_seconds: float
    mfu_definition: str
    presets: list[dict[str, Any]] = Field(description="what blank columns of a phase are filled by")
    basis: str
    definitions: dict[str, str]


class Routed(Result):
    """Routers against sending every request to the large model.

    `rows`: see freehold.capacity.route; `curves`: cost over volume of each way of answering.
    """

    rows: list[dict[str, Any]]
    curves: list[dict[str, Any]]
    claim_low: float
    claim_high: float
    claim: str
    claim_sources: list[str]
    assumptions: list[str]
    basis: str


class ModelImport(Result):
    """A model's config.json in Freehold's terms."""

    model_id: str
    model_type: str
    params_total_b: float
    params_active_b: float
    model: dict[str, Any] = Field(description="the row of the table of models")
    caches: dict[str, Any] = Field(description="the row on what its layers keep of the context")
    precision: str = Field(description="of the checkpoint; blank where it is not stated")
    flags: list[str] = Field(description="what was not understood, assumed or left out, by name")
    document: str | None = None
    replaced: bool = False


class Measurement(Result):
    """One own measurement, with the model's figure without and with the own measurements."""

    case_id: str
    table: str
    model: str
    accelerator: str
    metric: str
    measured: float
    predicted_without: float | None
    predicted_with: float | None
    source: str


class SkippedMeasurement(Result):
    """A row that was left out; the line counts from the header, which is 1."""

    line: int
    reason: str


class OwnFactor(Result):
    """A fitted factor of the own measurements: time over what the shipped factors give."""

    operation: str
    level: str
    name: str
    factor: float


class Measurements(Result):
    """A document's own measurements and what was done to them."""

    document: str
    rows: list[Measurement]
    factors: list[OwnFactor]
    read: int = 0
    added: int = 0
    removed: int = 0
    skipped: list[SkippedMeasurement] = Field(default_factory=list)
