"""A plan as plain rows: what each holds, may serve and costs in each month."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from freehold.errors import InputError
from freehold.planning.uncertainty.draws import Floats

COLUMNS = {
    "row": "text: name of the row, a workload on an offer; the same over its months",
    "month": "int: month of the horizon from 0; NULL = every month",
    "workload": "text: workload served",
    "kind": "text: serving, training, batch or classic",
    "provider_id": "text: provider",
    "accelerator_id": "text: accelerator",
    "term": "text: on_demand, spot, reserved_1y ... ; NULL = on_demand",
    "share": "num: share of the workload's demand sent here, 0-1; NULL = 1",
    "demand": "num: expected demand of the workload over today's; NULL = it grows as stated",
    "capacity": "num: demand that the row can serve within its targets, over today's demand; "
    "inf = whatever comes; NULL = unknown",
    "held_usd": "num: USD a month, paid whether used or not; NULL = unknown",
    "used_usd": "num: USD a month at the expected demand, paid by use; NULL = unknown",
    "power_kw": "num: power of own hardware while busy, kW; NULL = not ours",
    "performance_low80": "num: real over predicted throughput, 10 % point; NULL = by kind",
    "performance_high80": "num: real over predicted throughput, 90 % point",
    "open_month": "num: month from which capacity that is not there yet serves; NULL = it is there",
    "lead_low_days": "num: shortest lead time of what is not there yet, days",
    "lead_typical_days": "num: lead time that the plan counts on, days",
    "lead_high_days": "num: longest lead time, days",
    "growth_per_year": "num: expected growth of the workload, 0.5 = half as much again; NULL = 0",
    "growth_spread": "num: standard deviation of that growth; NULL = by kind",
    "burst_factor": "num: demand in a burst over that of its month; NULL = by kind",
    "requests_per_s": "num: demand of today, by which unserved shares are weighted; NULL = none",
}
"""Columns of a plan's rows with type, unit and meaning; a missing one is NULL throughout."""

_TEXTS = ("row", "workload", "kind", "provider_id", "accelerator_id", "term")
_MONTHLY = ("share", "demand", "capacity", "held_usd", "used_usd", "power_kw")


@dataclass(frozen=True)
class Plan:
    """Rows R of workloads W over months M, as arrays.

    Attributes:
        rows: one record per row, sorted by workload and name: the columns that do not change.
        workloads: names, W.
        first: number of each workload's first row, W + 1.
        monthly: share, demand, capacity, held_usd, used_usd, power_kw, each R x M; NaN = unknown.
    """

    rows: pd.DataFrame
    workloads: tuple[str, ...]
    first: tuple[int, ...]
    monthly: dict[str, Floats]
    months: int


def plan_of(table: pd.DataFrame, months: int) -> Plan:
    """Return the arrays of a plan's rows over a horizon.

    Args:
        table: COLUMNS; one record per row, or one per row and month (a month without a record
            holds nothing and gets no demand).
        months: horizon.

    Raises:
        InputError: a row is nameless, stands twice in a month, or has an impossible figure.
    """
    records = _typed(table)
    _check(records)
    whole = records["month"].isna()
    keys = ["workload", "row"]
    rows = records.sort_values([*keys, "month"]).drop_duplicates(keys).reset_index(drop=True)
    place = pd.MultiIndex.from_frame(records[keys]).map(
        {key: number for number, key in enumerate(zip(rows["workload"], rows["row"], strict=True))}
    )
    inside = (whole | ((records["month"] >= 0) & (records["month"] < months))).to_numpy()
    monthly: dict[str, Floats] = {}
    for name in _MONTHLY:
        values = records[name].to_numpy(dtype=np.float64)
        empty = 0.0 if name in ("share", "capacity", "held_usd", "used_usd", "power_kw") else np.nan
        grid = np.full((len(rows), months), empty)
        for every in (True, False):
            chosen = np.flatnonzero(inside & (whole.to_numpy() == every))
            if every:
                grid[place[chosen]] = values[chosen, None]
            else:
                grid[place[chosen], records["month"].to_numpy()[chosen].astype(int)] = values[
                    chosen
                ]
        monthly[name] = grid
    workloads = tuple(dict.fromkeys(rows["workload"]))
    starts = np.searchsorted(rows["workload"].to_numpy(dtype=str), np.array(workloads, dtype=str))
    return Plan(rows, workloads, (*(int(start) for start in starts), len(rows)), monthly, months)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    made: dict[str, Any] = {}
    for name in COLUMNS:
        given = table[name] if name in table else pd.Series(None, index=table.index, dtype=object)
        if name in _TEXTS:
            made[name] = given.astype(object).where(given.notna(), None)
        else:
            made[name] = pd.to_numeric(given, errors="coerce").astype("float64")
    records = pd.DataFrame(made).reset_index(drop=True)
    records["term"] = records["term"].fillna("on_demand")
    records["kind"] = records["kind"].fillna("classic")
    records["share"] = records["share"].fillna(1.0)
    return records


def _check(records: pd.DataFrame) -> None:
    def refuse(wrong: "pd.Series[bool]", says: str) -> None:
        if wrong.any():
            number = int(np.flatnonzero(wrong)[0]) + 1
            raise InputError(f"This plan cannot be simulated: {says}", where=f"row {number}")

    if records.empty:
        raise InputError("There is no workload to simulate", mend="Add workloads to the estate")
    refuse(records["row"].isna() | records["workload"].isna(), "it has no name or no workload")
    for name in ("share", "capacity", "held_usd", "used_usd", "power_kw", "demand"):
        refuse(records[name] < 0, f"{name} is negative")
    for name in ("performance_low80", "performance_high80"):
        refuse(records[name] <= 0, f"{name} must lie above 0")
    refuse(records.duplicated(["workload", "row", "month"]), "it stands there twice")
