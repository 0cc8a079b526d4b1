"""Draws of a plan as the window shows them: bands, what matters, chances, risk of workloads."""

import numpy as np
from PySide6.QtCore import QCoreApplication

from freehold.charts import LineChart, Tornado
from freehold.charts.figure import Driver, LineSeries
from freehold.desktop.numbers import show
from freehold.desktop.tables import Column
from freehold.workflows.results_uncertainty import Uncertainty

translate = QCoreApplication.translate
Line = dict[str, object]
_MOST_DRIVERS = 8


def span(found: Uncertainty | None) -> tuple[float, float] | None:
    """Return the budgets between which the slider runs; None where no cost is told."""
    if found is None or not found.cost_points_usd:
        return None
    low, high = found.cost_points_usd[0], found.cost_points_usd[-1]
    wide = max(high - low, high * 0.05, 1.0)
    ends = [low - 0.1 * wide, high + 0.1 * wide]
    if found.budget_usd is not None:
        ends = [min(ends[0], found.budget_usd), max(ends[1], found.budget_usd)]
    return max(ends[0], 0.0), ends[1]


def budget_at(found: Uncertainty | None, step: int, steps: int) -> float | None:
    """Return the budget at a step of the slider."""
    ends = span(found)
    return None if ends is None else ends[0] + (ends[1] - ends[0]) * step / steps


def step_of(found: Uncertainty | None, steps: int) -> int:
    """Return the step of the budget stated, or of what 9 of 10 worlds keep to."""
    ends = span(found)
    if found is None or ends is None:
        return 0
    budget = found.budget_usd if found.budget_usd is not None else found.cost_points_usd[90]
    return round((budget - ends[0]) / max(ends[1] - ends[0], 1e-9) * steps)


def chance_above(found: Uncertainty | None, budget: float | None) -> float | None:
    """Return the chance that the cost exceeds a budget, read from the stored points."""
    if found is None or budget is None or not found.cost_points_usd:
        return None
    points = np.asarray(found.cost_points_usd)
    if budget < points[0]:
        return 1.0
    return float(1.0 - np.interp(budget, points, np.linspace(0.0, 1.0, len(points))))


def by_month(found: Uncertainty) -> LineChart:
    """Return the cost of each month: the median with the band of 8 of 10 worlds."""
    known = [month for month in found.by_month if month.cost_usd.p50 is not None]
    return LineChart(
        title=translate("plan", "Cost of each month"),
        subtitle=translate("plan", "Median, 10 to 90 % of draws"),
        unit="USD",
        decimals=0,
        x_title=translate("plan", "Month"),
        lines=(
            LineSeries(
                name=translate("plan", "Median"),
                x=tuple(month.month + 1 for month in known),
                y=tuple(month.cost_usd.p50 for month in known),
                low=tuple(month.cost_usd.p10 or 0.0 for month in known),
                high=tuple(month.cost_usd.p90 or 0.0 for month in known),
                colour="accent",
            ),
        ),
        source=translate("plan", "Freehold, simulated"),
        as_of=found.as_of,
        empty=translate("plan", "The cost of some workload is not known."),
    )


def tornado(found: Uncertainty) -> Tornado:
    """Return what the cost depends on most, each alone uncertain."""
    kinds = {
        "demand": translate("plan", "demand"),
        "growth": translate("plan", "growth"),
        "burst": translate("plan", "bursts"),
        "power": translate("plan", "power"),
        "price": translate("plan", "price"),
        "performance": translate("plan", "performance"),
        "lead_time": translate("plan", "lead time"),
        "interruption": translate("plan", "interruptions"),
    }
    drivers = sorted(found.tornado, key=lambda s: s.cost_p10_usd - s.cost_p90_usd)
    return Tornado(
        title=translate("plan", "What the cost depends on"),
        subtitle=translate("plan", "Each alone, 10 to 90 % of draws"),
        unit="USD",
        decimals=0,
        drivers=tuple(
            Driver(
                label=" ".join(
                    part for part in (kinds.get(one.what, one.what), one.which or "") if part
                ),
                low=one.cost_p10_usd,
                high=one.cost_p90_usd,
            )
            for one in drivers[:_MOST_DRIVERS]
        ),
        base=found.planned_cost_usd,
        low_name=translate("plan", "10 % point"),
        high_name=translate("plan", "90 % point"),
        source=translate("plan", "Freehold, simulated"),
        as_of=found.as_of,
        empty=translate("plan", "Nothing is uncertain."),
    )


def exceedance(found: Uncertainty, budget: float | None) -> LineChart:
    """Return the chance that the cost exceeds each amount, and the budget tried."""
    points = found.cost_points_usd
    lines = [
        LineSeries(
            name=translate("plan", "All worlds"),
            x=tuple(points),
            y=tuple(100.0 - place for place in range(len(points))),
            colour="accent",
        )
    ]
    chance = chance_above(found, budget)
    if chance is not None and budget is not None:
        lines.append(
            LineSeries(
                name=translate("plan", "Budget tried"),
                x=(round(budget), round(budget), 0.0 if not points else min(points[0], budget)),
                y=(0.0, round(chance * 100, 1), round(chance * 100, 1)),
                colour="warn",
                dashed=True,
            )
        )
    return LineChart(
        title=translate("plan", "Chance to exceed an amount"),
        subtitle=translate("plan", "Over the horizon; simulated"),
        unit="%",
        decimals=0,
        x_title="USD",
        y_title=translate("plan", "Chance, %"),
        lines=tuple(lines) if points else (),
        source=translate("plan", "Freehold, simulated"),
        as_of=found.as_of,
        empty=translate("plan", "The cost of some workload is not known."),
    )


def workload_columns() -> list[Column]:
    """Return the columns of the risk of each workload."""
    return [
        Column("workload", translate("plan", "Workload"), width=88),
        Column("p50", translate("plan", "Median"), "money", width=68),
        Column("range", translate("plan", "10–90 %, USD"), width=126),
        Column("unserved", translate("plan", "Unserved"), "share", 1, width=88),
        Column(
            "slo",
            translate("plan", "Breaks"),
            "share",
            0,
            width=60,
            help=translate("plan", "Chance that its target breaks in at least one month"),
        ),
    ]


def workload_rows(found: Uncertainty | None) -> list[Line]:
    """Return the risk of each workload, the dearest first."""
    rows = sorted(
        found.workloads if found is not None else [],
        key=lambda one: (-(one.cost_usd.p50 or 0.0), one.workload),
    )
    return [
        {
            "workload": one.workload,
            "p50": one.cost_usd.p50,
            "range": f"{show(one.cost_usd.p10, 'money')} – {show(one.cost_usd.p90, 'money')}",
            "unserved": one.unserved_share.p50,
            "slo": one.slo_broken_probability,
        }
        for one in rows
    ]
