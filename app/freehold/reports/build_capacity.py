"""Workloads as a report shows them, from what capacity sized and costing priced."""

from typing import Any

import pandas as pd

from freehold.capacity import size_workloads
from freehold.costing import cost_workloads
from freehold.estate import Workspace
from freehold.reports.content import Capacity, Range, Workload
from freehold.reports.wording import text

_METRICS = (
    "ttft_ms",
    "tpot_ms",
    "output_tokens_per_s_total",
    "devices_needed",
    "tokens_per_s_total",
    "days",
    "gpu_hours_per_run",
    "memory_total_gib",
)
_NOTES = ("assumed", "price_flags", "cost_reason", "energy_reason", "carbon_reason")


def estimated_capacity(workspace: Workspace, *, catalogue: str = "catalogue") -> Capacity:
    """Size and price the workloads of a document at its date, in USD."""
    workloads = workspace.frame("workloads")
    if workloads.empty:
        return Capacity()
    sized = size_workloads(workloads, workspace.connection, catalogue=catalogue)
    costs = cost_workloads(sized, workspace.connection, "USD", workspace.as_of, catalogue=catalogue)
    return capacity_content(workloads, sized, costs)


def capacity_content(workloads: pd.DataFrame, sized: pd.DataFrame, costs: pd.DataFrame) -> Capacity:
    """Return the workloads of `size_workloads` and `cost_workloads`, row for row."""
    fresh = [column for column in costs.columns if column not in sized.columns]
    named = workloads[["workload_id", "name", "accelerator_count"]].reset_index(drop=True)
    joined = pd.concat(
        [
            sized.reset_index(drop=True),
            costs[fresh].reset_index(drop=True),
            named.drop(columns="workload_id"),
        ],
        axis=1,
    )
    rows = joined.to_dict("records")
    found = [_workload({str(name): value for name, value in row.items()}) for row in rows]
    return Capacity(workloads=tuple(sorted(found, key=lambda workload: workload.workload)))


def _workload(row: dict[str, Any]) -> Workload:
    fits = row.get("fits")
    calibrated = not str(row.get("basis") or "uncalibrated").startswith("uncalibrated")
    notes = dict.fromkeys(note for name in _NOTES if (note := _text(row.get(name))))
    metrics = {
        text(f"metric.{name}"): _range(row, name)
        for name in _METRICS
        if _number(row.get(name)) is not None
    }
    devices = _number(row.get("devices"))
    return Workload(
        workload=str(row["workload_id"]),
        name=_text(row.get("name")),
        kind=_text(row.get("kind")),
        model=_text(row.get("model_id")),
        provider=_text(row.get("provider_id")),
        region=_text(row.get("region_id")) or _text(row.get("country_iso2")),
        accelerator=_text(row.get("accelerator_id")),
        accelerators=devices if devices is not None else _number(row.get("accelerator_count")),
        fits=None if pd.isna(fits) else bool(fits),
        refused_because=_text(row.get("refused_because")),
        metrics=metrics,
        usd_per_month=_range(row, "cost_per_month"),
        kwh_per_month=_range(row, "kwh_per_month"),
        kg_co2e_per_month=_range(row, "kg_co2e_per_month"),
        price_source=_text(row.get("price_source")),
        price_as_of=_text(row.get("price_as_of")),
        calibrated=calibrated,
        notes=tuple(notes),
    )


def _range(row: dict[str, Any], name: str) -> Range:
    return Range(
        value=_number(row.get(name)),
        low80=_number(row.get(f"{name}_low80")),
        high80=_number(row.get(f"{name}_high80")),
    )


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _text(value: Any) -> str | None:
    return None if value is None or pd.isna(value) or not str(value).strip() else str(value)
