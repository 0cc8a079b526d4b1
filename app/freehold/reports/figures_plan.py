"""The charts of the plan chapter: the price curve, the months in many worlds, what matters."""

from freehold.charts.figure import BarChart, Driver, LineChart, LineSeries, Series, Tornado
from freehold.reports import formats
from freehold.reports.blocks import Picture
from freehold.reports.content import AuditContent
from freehold.reports.content_plan import Draws, Plan
from freehold.reports.wording import text

_MOST_SWINGS = 8


def price_picture(content: AuditContent, plan: Plan) -> Picture | None:
    """Return the least cost of each level; hatched where it rests on assumed answers."""
    if not any(step.cost_usd is not None for step in plan.steps):
        return None
    levels = [f"SEAL-{step.seal}" for step in plan.steps]
    figure = BarChart(
        title=text("plan.price.figure"),
        unit="USD",
        decimals=0,
        categories=tuple(
            level if step.cost_usd is not None else text("plan.price.infeasible", level=level)
            for level, step in zip(levels, plan.steps, strict=True)
        ),
        series=(
            Series(
                name=text("plan.price.series"),
                values=tuple(step.cost_usd for step in plan.steps),
                colour="accent",
                hatched=tuple(step.rests_on_assumed for step in plan.steps),
            ),
        ),
        source=_source(content),
        as_of=plan.as_of,
    )
    words = "; ".join(
        text(
            "plan.price.word",
            level=level,
            cost=text("plan.price.none")
            if step.cost_usd is None
            else formats.money(step.cost_usd, "USD"),
        )
        for level, step in zip(levels, plan.steps, strict=True)
    )
    return Picture(figure, 78, text("plan.price.words", months=plan.months, list=words))


def months_picture(content: AuditContent, plan: Plan, draws: Draws) -> Picture | None:
    """Return the cost of each month over the draws."""
    known = [band for band in draws.monthly_usd if band.p50 is not None]
    if len(known) < len(draws.monthly_usd) or not known:
        return None
    figure = LineChart(
        title=text("plan.draws.figure"),
        unit="USD",
        decimals=0,
        x_title=text("plan.draws.axis"),
        lines=(
            LineSeries(
                name=text("plan.draws.median"),
                x=tuple(range(1, len(known) + 1)),
                y=tuple(band.p50 for band in known),
                low=tuple(band.p10 or 0.0 for band in known),
                high=tuple(band.p90 or 0.0 for band in known),
                colour="accent",
            ),
        ),
        source=_source(content),
        as_of=plan.as_of,
    )
    words = text(
        "plan.draws.words",
        first=formats.money(known[0].p50, "USD"),
        last=formats.money(known[-1].p50, "USD"),
    )
    return Picture(figure, 62, words)


def swing_picture(content: AuditContent, plan: Plan, draws: Draws) -> Picture | None:
    """Return what the cost depends on most."""
    swings = sorted(draws.swings, key=lambda one: (one.p10_usd - one.p90_usd, one.what))
    shown = swings[:_MOST_SWINGS]
    if not shown:
        return None
    figure = Tornado(
        title=text("plan.swing.figure"),
        unit="USD",
        decimals=0,
        drivers=tuple(Driver(label=s.what, low=s.p10_usd, high=s.p90_usd) for s in shown),
        base=draws.planned_usd,
        low_name=text("plan.swing.low"),
        high_name=text("plan.swing.high"),
        source=_source(content),
        as_of=plan.as_of,
    )
    words = "; ".join(
        text(
            "plan.swing.word",
            what=one.what,
            low=formats.money(one.p10_usd, "USD"),
            high=formats.money(one.p90_usd, "USD"),
        )
        for one in shown
    )
    return Picture(figure, 24 + 7 * len(shown), text("plan.swing.words", list=words))


def _source(content: AuditContent) -> str:
    return f"Freehold run {formats.short_id(content.cover.run_id)}"
