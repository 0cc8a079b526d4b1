"""The section on simulated loads of the capacity chapter."""

from freehold.reports import formats
from freehold.reports.blocks import Cell, Column, Section, Table
from freehold.reports.content import AuditContent
from freehold.reports.content_load import Percentile, SimulatedLoad
from freehold.reports.wording import text, title


def loads(content: AuditContent) -> list[Section]:
    """Return the section, or nothing where no workload is served by replicas."""
    rows = content.capacity.loads
    if not rows:
        return []
    assumed = dict.fromkeys(remark for row in rows for remark in row.assumed)
    table = Table(
        text("load.caption", count=formats.count(max(row.requests for row in rows))),
        (
            Column(title("Workload"), 0.24),
            Column(title("First token, ms"), 0.25),
            Column(title("Per token, ms"), 0.19),
            Column(title("Targets met"), 0.20),
            Column(title("Offered load"), 0.12, "right"),
        ),
        [_row(row) for row in rows],
        note=text("load.note", assumed="; ".join(assumed) or text("load.nothing")),
        dense=True,
    )
    return [Section("capacity-loads", text("load.title"), 2, (table,))]


def _row(row: SimulatedLoad) -> tuple[Cell, ...]:
    name = Cell(row.name or row.workload)
    empty = Cell(formats.MISSING)
    if row.refused:
        return name, Cell(row.refused, "unknown", "?"), empty, empty, empty
    load = empty if row.offered_load is None else Cell(f"{row.offered_load:.2f}")
    if row.overloaded:
        return (
            name,
            Cell(text("load.overloaded", why=row.overloaded), "bad", "✕"),
            empty,
            empty,
            load,
        )
    first = "\n".join(
        text(f"load.{share}", value=_said(value))
        for share, value in (("p50", row.ttft_p50), ("p95", row.ttft_p95))
        if value is not None
    )
    per_token = text("load.p95", value=_said(row.tpot_p95)) if row.tpot_p95 else formats.MISSING
    met = "\n".join(
        text("load.met", share=formats.percent(share, 0), target=formats.quantity(target))
        for target, share in row.targets
    )
    return name, Cell(first), Cell(per_token), Cell(met or formats.MISSING), load


def _said(value: Percentile) -> str:
    high = text("load.slow") if value.high80 is None else formats.quantity(value.high80)
    return f"{formats.quantity(value.value)} ({formats.quantity(value.low80)} to {high})"
