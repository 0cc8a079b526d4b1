"""Shocks and blast radius in words."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from freehold.cli.tables import level, number, percent, table
from freehold.workflows import results_shocks as r

MOST_ROWS = 25


def _shocks(result: r.ShockList) -> str:
    return table(
        ("shock", "kind", "title", "parameters"),
        [
            (s.name, s.category, s.title, ", ".join(p.name for p in s.parameters))
            for s in result.shocks
        ],
    )


def _shocked(result: r.Shocked) -> str:
    parts = [
        f"As of {result.as_of}.",
        table(
            ("scenario", "level", "score", "USD/month", "kg CO2e", "not served", "lost", "fails"),
            [
                (
                    s.name,
                    level(s.seal, s.seal_low, s.seal_high),
                    s.score,
                    s.cost_usd,
                    s.carbon_kg,
                    percent(s.unserved_share),
                    s.critical_functions_lost,
                    s.fails,
                )
                for s in result.scenarios
            ],
        ),
        table(
            ("parameter", "is", "unit", "assumed", "default"),
            [
                (f"{s.shock}.{s.name}", _value(s.value), s.unit or "", s.assumed, s.doc)
                for s in result.settings
            ],
        ),
        table(
            ("rule", "severity", "fails", "before", "unknown", "before", "functions"),
            [
                (
                    f"{x.id} {x.title}", x.severity, x.fail_after, x.fail_before, x.unknown_after,
                    x.unknown_before, ", ".join(x.functions),
                )
                for x in result.rules[:MOST_ROWS]
            ],
        ),
        table(
            ("level of", "is", "was", "held down by"),
            [
                (
                    x.what, level(None, x.low_after, x.high_after),
                    level(None, x.low_before, x.high_before), ", ".join(x.capped_by[:4]),
                )
                for x in result.levels
            ],
        ),
        table(
            ("function", "critical", "state", "through", "away hours", "RTO hours", "way back"),
            [
                (
                    f"{f.function} {f.name}", f.critical, f.state, f.paths, f.away_hours,
                    f.rto_hours, f.way_back or "none recorded",
                )
                for f in result.functions
            ],
        ),
        _recovery(result),
        "\n".join(result.notices),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def _recovery(result: r.Shocked) -> str:
    found = result.recovery
    if found is None:
        return "Nothing has to move."
    stranded = [f"  No place for {what}: {why}." for what, why in found.stranded.items()]
    if not found.moves:
        return "\n".join(["There is no way back.", *stranded])
    fails = ", ".join(f"{rule} ({count})" for rule, count in found.failing.items())
    state = "no graver rule fails" if found.is_compliant else f"more fails than before: {fails}"
    lead = number(found.lead_days, "days")
    floor = "at least " if found.lead_is_floor and found.lead_days is not None else ""
    head = [
        f"Cheapest way back over {found.months} months (gap {percent(found.gap)}; {state}):"
        f" {number(found.extra_usd, 'USD a month more')}, once"
        f" {number(found.one_off_usd, 'USD')}; lead time {floor}{lead} ({found.lead_basis}).",
        *stranded,
    ]
    if found.data_lost:
        head.append(f"  No copy is left in reach of {', '.join(found.data_lost)}.")
    moves = table(
        ("moves", "from", "to", "machines", "machine", "term", "share", "USD a month", "before",
         "days"),
        [
            (m.what, m.moves_from, f"{m.provider}/{m.region or m.country or '*'}", m.machines,
             m.machine, m.term, m.share, m.usd_per_month, m.before_usd, m.lead_days)
            for m in found.moves
        ],
    )  # fmt: skip
    return "\n".join([*head, moves, *(f"  {note}" for note in found.notes)])


def _blast(result: r.BlastResult) -> str:
    lost = ", ".join(f"{count} {kind.replace('_', ' ')}s" for kind, count in result.lost.items())
    return "\n\n".join(
        [
            f"Without {result.dimension.replace('_', ' ')} {result.member}, as of {result.as_of}: "
            f"lost are {lost}; {result.critical_functions_lost} critical functions. Cost of what "
            f"stops: {number(result.cost_usd, 'USD a month')}.",
            table(
                ("kind", "what", "critical", "state", "through"),
                [
                    (g.kind, g.id if g.name == g.id else f"{g.id} {g.name}", g.critical, g.state,
                     g.paths)
                    for g in result.gone if g.kind != "resource"
                ],
            ),
        ]
    )  # fmt: skip


def _ranking(result: r.BlastRanking) -> str:
    return "\n\n".join(
        [
            f"{result.single_points} nodes with which a critical function is lost, as of "
            f"{result.as_of}",
            table(
                ("dimension", "node", "critical lost", "lost", "on failover", "stopped", "eroding",
                 "share", "HHI"),
                [
                    (x.dimension, x.member, x.critical_functions_lost, x.functions_lost,
                     x.functions_on_failover, x.placements_stopped, x.placements_eroding,
                     percent(x.share), x.hhi)
                    for x in result.ranking[:MOST_ROWS]
                ],
            ),
        ]
    )  # fmt: skip


def _value(value: object) -> str:
    if value is None:
        return "nothing in the estate"
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


LAYOUTS: dict[type[BaseModel], Callable[[Any], str]] = {
    r.ShockList: _shocks,
    r.Shocked: _shocked,
    r.BlastResult: _blast,
    r.BlastRanking: _ranking,
}
