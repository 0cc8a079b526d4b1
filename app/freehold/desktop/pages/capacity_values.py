"""Predicted figures as the Capacity page writes them: the figure, its 80 % range, or unknown."""

import math
from typing import Any

import pandas as pd
from PySide6.QtCore import QCoreApplication

from freehold.desktop.numbers import show

translate = QCoreApplication.translate
Line = dict[str, object]


class Ranged(float):
    """A figure that sorts as a number and reads as the figure with its range."""

    text: str

    def __new__(cls, value: float, text: str) -> "Ranged":
        """Return the figure; `text` is how it reads."""
        made = super().__new__(cls, value)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text


def known(value: Any) -> Any:
    """Return a cell of a frame, with every kind of blank as None."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def said(value: Any) -> str:
    """Return a text cell, "" where nothing is said."""
    found = known(value)
    return "" if found is None else str(found)


def figure(value: Any) -> str:
    """Return a number with about three digits that count."""
    number = known(value)
    if number is None:
        return show(None, "number")
    size = abs(float(number))
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return show(float(number), "number", decimals)


def ranged(row: "pd.Series[Any]", name: str, *, whole: bool = False) -> Ranged | None:
    """Return a figure of a row with its 80 % range, or None where it is undecided."""
    written = _whole if whole else figure
    value = known(row.get(name))
    if value is None:
        return None
    low, high = known(row.get(f"{name}_low80")), known(row.get(f"{name}_high80"))
    text = written(value)
    if low is not None and high is not None and written(low) != written(high):
        text = f"{text} ({written(low)}–{written(high)})"
    return Ranged(float(value), text)


def _whole(value: Any) -> str:
    return show(known(value), "integer")


def place_of(row: "pd.Series[Any]") -> str:
    """Return where a workload runs: provider and region, or country."""
    where = said(row.get("region_id")) or said(row.get("country_iso2"))
    return " ".join(part for part in (said(row.get("provider_id")), where) if part)


def state(row: "pd.Series[Any]") -> tuple[str, str]:
    """Return the sign of a workload and its state in words."""
    refused = said(row.get("refused_because"))
    if said(row.get("kind")) == "classic":
        return "unknown", translate("capacity", "Not sized: no accelerator")
    if refused:
        return "unknown", refused
    fits = known(row.get("fits"))
    if fits is None:
        reason = said(row.get("cost_reason")) or translate("capacity", "bought by the token")
        return "unknown", translate("capacity", "Not sized: {0}").format(reason)
    if not fits:
        return "fail", translate("capacity", "Does not fit in the memory of its devices")
    held, needed = known(row.get("devices")), known(row.get("devices_needed"))
    if known(row.get("overloaded")) or (held and needed and needed > held):
        return "warn", translate("capacity", "Fits, but needs more devices than it holds")
    if known(row.get("meets_targets")) is False:
        return "warn", translate("capacity", "Fits, but misses its latency targets")
    return "pass", translate("capacity", "Fits")


def workload_rows(workloads: pd.DataFrame) -> list[Line]:
    """Return one row for each workload of a run."""
    return [workload_row(row) for _, row in workloads.iterrows()]


def workload_row(row: "pd.Series[Any]") -> Line:
    """Return a workload as the table shows it."""
    sign, words = state(row)
    held = known(row.get("devices"))
    needed = ranged(row, "devices_needed", whole=True)
    rate = ranged(row, "output_tokens_per_s_total") or ranged(row, "tokens_per_s_total")
    price_doubtful = known(row.get("price_verified")) is False
    cost = ranged(row, "cost_per_month")
    if cost is not None and price_doubtful:
        cost = Ranged(float(cost), f"{cost} †")
    return {
        "workload_id": said(row.get("workload_id")),
        "name": said(row.get("name")),
        "kind": said(row.get("kind")),
        "model": said(row.get("model_id")) or None,
        "where": place_of(row) or None,
        "sign": sign,
        "state": words,
        "held": held,
        "needed": needed,
        "ttft": ranged(row, "ttft_ms"),
        "tpot": ranged(row, "tpot_ms"),
        "rate": rate,
        "days": ranged(row, "days"),
        "gpu_hours": ranged(row, "gpu_hours_per_month"),
        "cost": cost,
        "kwh": ranged(row, "kwh_per_month"),
        "carbon": ranged(row, "kg_co2e_per_month"),
        "basis": said(row.get("cost_basis")) or said(row.get("cost_reason")) or None,
    }


def figure_rows(row: "pd.Series[Any]") -> list[Line]:
    """Return every predicted figure of a workload with range, unit and definition."""
    from freehold.capacity import metrics

    found: list[Line] = []
    for name, metric in metrics().items():
        value = known(row.get(name))
        if value is None:
            continue
        low, high = known(row.get(f"{name}_low80")), known(row.get(f"{name}_high80"))
        found.append(
            {
                "name": name.replace("_", " "),
                "value": Ranged(float(value), figure(value)),
                "range": f"{figure(low)} – {figure(high)}" if low is not None else None,
                "unit": metric.unit,
                "definition": metric.definition,
            }
        )
    return found
