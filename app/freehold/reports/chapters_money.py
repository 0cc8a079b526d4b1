"""Exposure and concentration, capacity and cost, scenarios."""

from decimal import Decimal

from freehold.capacity import metrics
from freehold.charts.numbers import format_number
from freehold.reports import chapters_load, formats
from freehold.reports.blocks import Block, Bullets, Cell, Column, Notice, Section, Table, Text
from freehold.reports.chapters_levels import picture
from freehold.reports.content import AuditContent, Concentration, MapPoint, Workload
from freehold.reports.figures import map_picture, share_picture, spend_picture
from freehold.reports.signs import said, seal_text
from freehold.reports.wording import text, text_or, title

_MOST_MEMBERS = 3
_SMALL_USD = 1000


def dependency(content: AuditContent) -> list[Section]:
    """Return the chapter on where things sit and on whom they depend."""
    places = Table(
        text("depend.map.caption"),
        (
            Column(title("Location"), 0.42),
            Column(title("Exposure"), 0.42),
            Column(title("Placements"), 0.16, "right"),
        ),
        [
            (Cell(point.label), _exposure(point), Cell(formats.count(point.placements)))
            for point in content.map_points
        ],
        empty=text("depend.map.empty"),
    )
    shares = Table(
        text("depend.shares.caption"),
        (
            Column(title("Dimension, base"), 0.24),
            Column(title("Largest members"), 0.40),
            Column(title("Undecided"), 0.14, "right"),
            Column(title("HHI"), 0.22, "right"),
        ),
        [_share_row(row) for row in content.concentration if _measured(row)],
        note=_unmeasured(content),
        empty=text("depend.shares.empty"),
    )
    return [
        Section("depend", text("depend.title"), 1, (), new_page=True),
        Section("depend-map", text("depend.map"), 2, (*picture(map_picture(content)), places)),
        Section(
            "depend-shares",
            text("depend.shares"),
            2,
            (Text(text("depend.shares.text")), *picture(share_picture(content)), shares),
        ),
    ]


def _exposure(point: MapPoint) -> Cell:
    label = text(f"exposure.{point.exposure}")
    match point.exposure:
        case "eea_controlled":
            return Cell(label, "good", "✓")
        case "unknown":
            return Cell(label, "unknown", "?")
        case _:
            return Cell(label, "bad", "✕")


def _measured(row: Concentration) -> bool:
    return any(member.share is not None for member in row.members)


def _unmeasured(content: AuditContent) -> str:
    names = [_dimension(row, ", ") for row in content.concentration if not _measured(row)]
    return text("depend.shares.unmeasured", list="; ".join(names)) if names else ""


def _dimension(row: Concentration, between: str) -> str:
    dimension = text_or(f"dimension.{row.dimension}", row.dimension)
    return f"{dimension}{between}{text_or(f'base.{row.base}', row.base)}"


def _share_row(row: Concentration) -> tuple[Cell, ...]:
    shown = row.members[:_MOST_MEMBERS]
    members = [f"{m.member}: {formats.percent(m.share, 1)}" for m in shown]
    if row.member_count > len(shown):
        members.append(text("depend.more", count=row.member_count - len(shown)))
    hhi = formats.MISSING if row.hhi is None else f"{row.hhi:.3f}"
    if row.hhi_high is not None and row.hhi_high != row.hhi:
        hhi += f" (≤ {row.hhi_high:.3f})"
    return (
        Cell(_dimension(row, "\n"), strong=True),
        Cell("\n".join(members)),
        Cell(formats.percent(row.undecided_share, 1)),
        Cell(hhi),
    )


def capacity(content: AuditContent) -> list[Section]:
    """Return the chapter on cost, capacity, energy and carbon."""
    workloads = content.capacity.workloads
    blocks: list[Block] = []
    if any(not workload.calibrated for workload in workloads):
        blocks.append(Notice(text("capacity.uncalibrated")))
    blocks.append(_workloads(workloads))
    definitions = _definitions(workloads)
    if definitions:
        blocks += [Text(text("capacity.definitions"), "lead"), Bullets(definitions)]
    if content.capacity.assumptions:
        items = tuple(Cell(item, sign="·") for item in content.capacity.assumptions)
        blocks += [Text(text("capacity.assumptions"), "lead"), Bullets(items)]
    return [
        Section("capacity", text("capacity.title"), 1, (), new_page=True),
        Section(
            "capacity-spend",
            text("capacity.spend"),
            2,
            (*picture(spend_picture(content)), _spend(content)),
        ),
        Section("capacity-workloads", text("capacity.workloads"), 2, tuple(blocks)),
        *chapters_load.loads(content),
    ]


def _definitions(workloads: tuple[Workload, ...]) -> tuple[Cell, ...]:
    """Say of each metric shown what it counts and what it leaves out."""
    shown = {name for workload in workloads for name in workload.metrics}
    labels = {name: text_or(f"metric.{name}", "") for name in metrics()}
    return tuple(
        Cell(f"{labels[name]}: {metric.definition}.", sign="·")
        for name, metric in metrics().items()
        if labels[name] in shown
    )


def _spend(content: AuditContent) -> Table:
    known = [line.usd_per_month for line in content.spend if line.usd_per_month is not None]
    total = sum(known, Decimal(0))
    decimals = 2 if abs(total) < _SMALL_USD else 0
    rows = [
        (
            Cell(line.provider_name or line.provider, strong=True),
            said(line.parent),
            said(line.parent_country),
            Cell(formats.count(line.resources)),
            Cell(formats.count(line.resources_without_cost)),
            Cell(formats.money(line.usd_per_month, "USD", decimals)),
            Cell(
                formats.percent(float(line.usd_per_month / total), 1)
                if line.usd_per_month is not None and total
                else formats.MISSING
            ),
        )
        for line in content.spend
    ]
    if rows:
        rows.append(
            (
                Cell(text("capacity.spend.total"), strong=True),
                Cell(""),
                Cell(""),
                Cell(formats.count(sum(line.resources for line in content.spend))),
                Cell(formats.count(sum(line.resources_without_cost for line in content.spend))),
                Cell(formats.money(total, "USD", decimals), strong=True),
                Cell(""),
            )
        )
    return Table(
        text("capacity.spend.caption"),
        (
            Column(title("Provider"), 0.21),
            Column(title("Parent"), 0.22),
            Column(title("Country"), 0.10),
            Column(title("Resources"), 0.11, "right"),
            Column(title("Without cost"), 0.10, "right"),
            Column(title("USD a month"), 0.16, "right"),
            Column(title("Share"), 0.10, "right"),
        ),
        rows,
        empty=text("capacity.spend.empty"),
    )


def _workloads(workloads: tuple[Workload, ...]) -> Table:
    return Table(
        text("capacity.workloads.caption"),
        (
            Column(title("Workload"), 0.16),
            Column(title("Where"), 0.14),
            Column(title("Fit"), 0.13),
            Column(title("Performance"), 0.30),
            Column(title("USD a month"), 0.10, "right"),
            Column(title("kWh a month"), 0.08, "right"),
            Column(title("kg CO₂e a month"), 0.09, "right"),
        ),
        [_workload_row(workload) for workload in workloads],
        note=text("capacity.workloads.note"),
        empty=text("capacity.workloads.empty"),
        dense=True,
    )


def _workload_row(row: Workload) -> tuple[Cell, ...]:
    machines = ""
    if row.accelerator:
        count = "" if row.accelerators is None else f"{formats.quantity(row.accelerators)} × "
        machines = f"{count}{row.accelerator}"
    where = [part for part in (row.provider, row.region, machines) if part]
    what = [row.name or row.workload, *(part for part in (row.kind, row.model) if part)]
    metrics = [f"{name}: {formats.interval(value)}" for name, value in row.metrics.items()]
    if not row.calibrated and metrics:
        metrics.append(text("unit.uncalibrated"))
    cost = formats.interval(row.usd_per_month)
    notes = ["; ".join(row.notes)] if row.notes else []
    if row.price_source:
        as_of = row.price_as_of or text("not_recorded")
        metrics.append(text("capacity.price", source=row.price_source, as_of=as_of))
    return (
        Cell("\n".join(what)),
        said("\n".join(where)),
        _fit(row),
        Cell("\n".join([*metrics, *notes]) or formats.MISSING),
        Cell(cost),
        Cell(formats.interval(row.kwh_per_month)),
        Cell(formats.interval(row.kg_co2e_per_month)),
    )


def _fit(row: Workload) -> Cell:
    if row.fits is None and not row.refused_because:
        return Cell(text("capacity.not_sized"), "neutral", "·")
    if row.fits is None:
        reason = row.refused_because or text("not_recorded")
        return Cell(text("capacity.not_estimated", reason=reason), "unknown", "?")
    if row.fits:
        return Cell(text("capacity.fits"), "good", "✓")
    reason = row.refused_because or text("not_recorded")
    return Cell(text("capacity.refused", reason=reason), "bad", "✕")


def scenarios(content: AuditContent) -> list[Section]:
    """Return the scenario comparison, if there is one."""
    results = content.scenarios.results
    if not results:
        return []
    width = 0.72 / len(results)
    measures: list[tuple[str, list[str]]] = [
        (text("cover.as_of"), [formats.day(r.as_of) for r in results]),
        (text("measure.changes"), [formats.count(r.changes) for r in results]),
        (text("measure.seal"), [seal_text(r.seal, r.seal_low, r.seal_high) for r in results]),
        (text("measure.score"), [formats.score(r.score) for r in results]),
        (text("measure.coverage"), [formats.percent(r.coverage) for r in results]),
        (text("measure.cost"), [formats.money(r.usd_per_month, "USD") for r in results]),
        (text("measure.carbon"), [formats.quantity(r.kg_co2e_per_month) for r in results]),
        (text("measure.parent"), [formats.percent(r.largest_parent_share, 1) for r in results]),
        (text("measure.lost"), [formats.count(r.critical_functions_lost) for r in results]),
    ]
    comparison = Table(
        text("scenarios.caption"),
        (Column(title("Measure"), 0.28), *(Column(r.name, width, "right") for r in results)),
        [(Cell(name, strong=True), *map(Cell, values)) for name, values in measures],
    )
    drivers = Table(
        text("scenarios.drivers.caption"),
        (
            Column(title("Scenario"), 0.22),
            Column(title("Driver"), 0.53),
            Column(title("Change"), 0.25, "right"),
        ),
        [
            (
                Cell(driver.scenario),
                Cell(driver.what),
                Cell(f"{format_number(driver.delta, 2, signed=True)} {driver.unit}"),
            )
            for driver in content.scenarios.drivers
        ],
        empty=text("scenarios.drivers.empty"),
    )
    return [
        Section("scenarios", text("scenarios.title"), 1, (comparison,)),
        Section("scenarios-drivers", text("scenarios.drivers"), 2, (drivers,)),
    ]
