"""The charts of a report, as neutral figure descriptions with the same said in words."""

from collections import Counter, defaultdict
from decimal import Decimal

from freehold.charts.figure import BarChart, Group, Place, PointMap, Series
from freehold.charts.palette import ColourName
from freehold.reports import formats
from freehold.reports.blocks import Picture
from freehold.reports.content import AuditContent, Exposure
from freehold.reports.content_parts import SEVERITIES
from freehold.reports.signs import seal_text
from freehold.reports.wording import text

_MOST_BARS = 8
_EXPOSURE_COLOURS: dict[Exposure, ColourName] = {
    "eea_controlled": "good",
    "exposed_us": "bad",
    "exposed_cn": "series_3",
    "exposed_other": "warn",
    "unknown": "unknown",
}


def score_picture(content: AuditContent) -> Picture | None:
    """Return the scores of all frameworks three ways."""
    rows = [f for f in content.frameworks if f.score.before_waivers is not None]
    if not rows:
        return None
    figure = BarChart(
        title=text("summary.figure"),
        unit="0–100",
        decimals=1,
        categories=tuple(row.title for row in rows),
        horizontal=True,
        series=(
            Series(
                name=text("summary.series.before"),
                values=tuple(row.score.before_waivers for row in rows),
                colour="accent",
            ),
            Series(
                name=text("summary.series.after"),
                values=tuple(row.score.after_waivers for row in rows),
                colour="series_2",
            ),
            Series(
                name=text("summary.series.worst"),
                values=tuple(row.score.worst_case for row in rows),
                colour="unknown",
            ),
        ),
        source=_source(content),
        as_of=content.cover.as_of,
    )
    words = "; ".join(
        f"{row.title} {formats.score(row.score.before_waivers)}, "
        f"{formats.score(row.score.after_waivers)}, {formats.score(row.score.worst_case)}"
        for row in rows
    )
    height = 34 + 17 * len(rows)
    return Picture(figure, min(height, 150), text("summary.figure.words", list=words))


def seal_picture(content: AuditContent) -> Picture | None:
    """Return the SEAL of each objective: what is proven, and what is still possible on top."""
    if content.csf is None or not content.csf.objectives:
        return None
    rows = content.csf.objectives
    figure = BarChart(
        title=text("levels.csf.figure"),
        unit="SEAL 0–4",
        decimals=0,
        categories=tuple(f"{row.objective} {row.title}" for row in rows),
        horizontal=True,
        mode="stacked",
        series=(
            Series(
                name=text("levels.csf.low"),
                values=tuple(float(row.seal_low) for row in rows),
                colour="accent",
            ),
            Series(
                name=text("levels.csf.high"),
                values=tuple(
                    float(row.seal_high - row.seal_low) if row.seal_high > row.seal_low else None
                    for row in rows
                ),
                colour="unknown",
                hatched=tuple(True for _ in rows),
            ),
        ),
        show_values=False,
        source=_source(content),
        as_of=content.cover.as_of,
    )
    words = "; ".join(
        f"{row.objective} {seal_text(row.seal, row.seal_low, row.seal_high)}" for row in rows
    )
    return Picture(figure, 82, text("levels.csf.figure.words", list=words))


def severity_picture(content: AuditContent) -> Picture | None:
    """Return failing and waived verdicts by severity."""
    if not content.findings:
        return None
    fails: Counter[str] = Counter()
    waived: Counter[str] = Counter()
    for group in content.findings:
        fails[group.severity] += group.counts.failed
        waived[group.severity] += group.counts.waived
    figure = BarChart(
        title=text("findings.figure"),
        decimals=0,
        categories=tuple(text(f"severity.{name}") for name in SEVERITIES),
        horizontal=True,
        mode="stacked",
        series=(
            Series(
                name=text("findings.series.fail"),
                values=tuple(float(fails[name]) for name in SEVERITIES),
                colour="bad",
            ),
            Series(
                name=text("findings.series.waived"),
                values=tuple(float(waived[name]) for name in SEVERITIES),
                colour="warn",
                hatched=tuple(True for _ in SEVERITIES),
            ),
        ),
        source=_source(content),
        as_of=content.cover.as_of,
    )
    words = "; ".join(
        f"{text(f'severity.{name}')} {formats.count(fails[name])} "
        f"({formats.count(waived[name])} {text('result.waived')})"
        for name in SEVERITIES
    )
    return Picture(figure, 58, text("findings.figure.words", list=words))


def share_picture(content: AuditContent) -> Picture | None:
    """Return the shares of monthly cost by parent company."""
    for row in content.concentration:
        known = [m for m in row.members if m.share is not None]
        if row.dimension != "provider_group" or row.base != "cost" or not known:
            continue
        shown = known[:_MOST_BARS]
        figure = BarChart(
            title=text("depend.shares.figure"),
            unit="%",
            decimals=1,
            categories=tuple(m.member for m in shown),
            horizontal=True,
            series=(
                Series(
                    name=text("depend.shares.figure"),
                    values=tuple((m.share or 0.0) * 100 for m in shown),
                    colour="accent",
                ),
            ),
            source=_source(content),
            as_of=content.cover.as_of,
        )
        words = "; ".join(f"{m.member} {formats.percent(m.share, 1)}" for m in shown)
        return Picture(figure, 30 + 8 * len(shown), text("depend.shares.words", list=words))
    return None


def spend_picture(content: AuditContent) -> Picture | None:
    """Return monthly cost by parent company."""
    by_parent: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in content.spend:
        if line.usd_per_month is not None:
            by_parent[line.parent or text("not_recorded")] += line.usd_per_month
    ordered = sorted(by_parent.items(), key=lambda item: (-item[1], item[0]))[:_MOST_BARS]
    if not ordered:
        return None
    figure = BarChart(
        title=text("capacity.spend.figure"),
        unit="USD",
        decimals=0,
        categories=tuple(name for name, _ in ordered),
        horizontal=True,
        series=(
            Series(
                name=text("capacity.spend.figure"),
                values=tuple(float(amount) for _, amount in ordered),
                colour="accent",
            ),
        ),
        source=_source(content),
        as_of=content.cover.as_of,
    )
    words = "; ".join(f"{name} {formats.money(amount, 'USD')}" for name, amount in ordered)
    return Picture(figure, 30 + 8 * len(ordered), text("capacity.spend.words", list=words))


def map_picture(content: AuditContent) -> Picture | None:
    """Return the map of placements by legal exposure."""
    if not content.map_points:
        return None
    used = {point.exposure for point in content.map_points}
    groups = tuple(
        Group(name=text(f"exposure.{name}"), colour=colour)
        for name, colour in _EXPOSURE_COLOURS.items()
        if name in used
    )
    figure = PointMap(
        title=text("depend.map.figure"),
        places=tuple(
            Place(
                latitude=point.latitude,
                longitude=point.longitude,
                label=point.label,
                group=text(f"exposure.{point.exposure}"),
                size=float(point.placements),
                detail=formats.count(point.placements),
            )
            for point in content.map_points
        ),
        groups=groups,
        source=_source(content),
        as_of=content.cover.as_of,
    )
    counts: Counter[Exposure] = Counter()
    for point in content.map_points:
        counts[point.exposure] += point.placements
    words = "; ".join(
        f"{text(f'exposure.{name}')} {formats.count(counts[name])}"
        for name in _EXPOSURE_COLOURS
        if name in used
    )
    located = formats.count(sum(counts.values()))
    sentence = text(
        "depend.map.words", located=located, list=words, unplaced=formats.count(content.unplaced)
    )
    return Picture(figure, 105, sentence)


def _source(content: AuditContent) -> str:
    return f"Freehold run {formats.short_id(content.cover.run_id)}"
