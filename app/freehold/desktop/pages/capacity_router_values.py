"""What the router tab shows: the break-even chart, and the figures in sentences."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freehold.capacity import Routing
from freehold.charts import LineChart
from freehold.charts.figure import LineSeries
from freehold.desktop.numbers import show
from freehold.desktop.pages.capacity_values import figure, known, said, translate

_POINTS = 121


def volumes(requests_per_month: float) -> npt.NDArray[np.float64]:
    """Return evenly spaced requests per month around a volume, for the chart."""
    most = max(2.0 * requests_per_month, 1000.0)
    return np.linspace(most / _POINTS, most, _POINTS)


def break_even_figure(found: Routing | None, as_of: Any, why: str = "") -> LineChart:
    """Return USD per month over requests per month of each way of answering."""
    names = {
        "router": translate("capacity", "small model first"),
        "large": translate("capacity", "large model alone"),
        "api": translate("capacity", "API alone"),
    }
    lines = []
    if found is not None and len(found.curves):
        for way, name in names.items():
            rows = found.curves[found.curves["way"] == way]
            if rows.empty:
                continue
            lines.append(
                LineSeries(
                    name=name,
                    x=tuple(float(v) for v in rows["requests_per_month"]),
                    y=tuple(float(v) for v in rows["usd_per_month"]),
                    low=tuple(float(v) for v in rows["usd_per_month_low80"]),
                    high=tuple(float(v) for v in rows["usd_per_month_high80"]),
                    dashed=way == "api",
                )
            )
    return LineChart(
        title=translate("capacity", "Break-even: cost over volume"),
        subtitle=translate("capacity", "USD a month; machines are bought whole; band: 80 % range"),
        unit="USD",
        lines=tuple(lines),
        x_title=translate("capacity", "requests a month"),
        y_title="USD",
        source=translate("capacity", "Physics of model and chip; prices of the catalogue"),
        as_of=as_of,
        empty=why or translate("capacity", "Nothing to compare."),
    )


def sentences(row: "pd.Series[Any]") -> list[tuple[str, str]]:
    """Return the figures of a router as pairs of what and how much."""
    times = known(row.get("times_cheaper"))

    def span(name: str) -> str:
        low, high = known(row.get(f"{name}_low80")), known(row.get(f"{name}_high80"))
        text = figure(row.get(name))
        return text if low is None else f"{text} ({figure(low)}–{figure(high)})"

    def share(name: str) -> str:
        value = known(row.get(name))
        if value is None:
            return show(None, "number")
        return translate("capacity", "never") if math.isinf(value) else f"{100 * value:.1f} %"

    def volume(name: str) -> str:
        value = known(row.get(name))
        if value is None:
            return show(None, "number")
        return translate("capacity", "never") if math.isinf(value) else show(value, "integer")

    verdicts = {
        "within": translate("capacity", "3 to 10 times cheaper: holds here"),
        "above": translate("capacity", "3 to 10 times cheaper: exceeded here"),
        "below": translate("capacity", "3 to 10 times cheaper: fails here"),
        "undecided": translate("capacity", "3 to 10 times cheaper: undecided"),
    }
    return [
        (translate("capacity", "USD a month"), span("usd_per_month")),
        (translate("capacity", "USD per million tokens"), span("usd_per_m_tokens")),
        (translate("capacity", "Large alone, USD a month"), figure(row.get("large_usd_per_month"))),
        (
            translate("capacity", "Times cheaper"),
            show(None, "number") if times is None else span("times_cheaper"),
        ),
        (
            verdicts.get(said(row.get("claim")), said(row.get("claim"))),
            said(row.get("because")) or "",
        ),
        (translate("capacity", "Time to the last token, ms"), figure(row.get("e2e_latency_ms"))),
        (translate("capacity", "Small machines used"), share("small_utilisation")),
        (
            translate("capacity", "Break-even with the API, requests a month"),
            volume("break_even_requests_per_month"),
        ),
        (translate("capacity", "Break-even utilisation"), share("break_even_utilisation")),
        (
            translate("capacity", "Hosting the large one: break-even utilisation"),
            share("large_break_even_utilisation"),
        ),
        (translate("capacity", "Small model on"), said(row.get("small_on"))),
        (translate("capacity", "Large model on"), said(row.get("large_on"))),
    ]
