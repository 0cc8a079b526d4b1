"""The least cost at each least score of the EU framework: the second curve of the price panel."""

import math

from PySide6.QtCore import QCoreApplication

from freehold.charts import BarChart
from freehold.charts.figure import Series
from freehold.desktop.numbers import UNKNOWN, show
from freehold.desktop.pages.scenarios_plan_values import Line, level
from freehold.desktop.tables import Column
from freehold.workflows.results_plan import PlanResult

translate = QCoreApplication.translate


def figure(result: PlanResult | None, empty: str) -> BarChart:
    """Return the cost of the cheapest plan of which every place has at least a score."""
    rows = sorted(result.pareto_score, key=lambda row: row.score) if result else []
    none = translate("plan", "infeasible")
    return BarChart(
        title=translate("plan", "The price of a score"),
        subtitle=translate("plan", "Every place used has at least it"),
        unit=translate("plan", "USD over {0} months").format(result.months) if result else "USD",
        decimals=0,
        categories=tuple(
            f"≥ {row.score:g}" + (f" {none}" if row.cost_usd is None else "") for row in rows
        ),
        series=(
            Series(
                name=translate("plan", "Cost"),
                values=tuple(
                    None if row.cost_usd is None else float(math.floor(row.cost_usd + 0.5))
                    for row in rows
                ),
                colour="accent",
            ),
        ),
        source=translate("plan", "Freehold plan, estimated"),
        as_of=result.as_of if result else None,
        empty=empty,
    )


def columns() -> list[Column]:
    """Return the columns of the scores."""
    return [
        Column("level", translate("plan", "Score"), width=82),
        Column("cost", "USD", "money", width=96),
        Column("more", translate("plan", "± step"), width=88),
        Column("seal", translate("plan", "Level"), width=76),
    ]


def rows(result: PlanResult | None) -> list[Line]:
    """Return one row for each score, with what it costs more than the one below."""
    found: list[Line] = []
    before: float | None = None
    for row in sorted(result.pareto_score, key=lambda one: one.score) if result else ():
        more = UNKNOWN
        if row.cost_usd is not None and before is not None:
            more = f"+{show(max(row.cost_usd - before, 0.0), 'money')}"
        found.append(
            {
                "level": f"≥ {row.score:g}",
                "cost": row.cost_usd,
                "more": more,
                "seal": UNKNOWN if row.seal is None else level(row.seal),
            }
        )
        before = row.cost_usd
    return found
