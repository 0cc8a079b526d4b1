"""The cheapest way back after a shock: where what was hit could move, judged again there.

One question, one answer: `recover(base, shocked, changes)` returns a `Recovery`. It moves
everything that was hit to one other place, the cheapest first, until one place breaks no graver
rule than the base does; a planner that mixes places can stand behind the same call.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from freehold.costing import egress_cost
from freehold.estate.changes import Change
from freehold.estate.scenario_schema import build_schema, drop_schema
from freehold.estate.sql import quoted
from freehold.scenarios import measures as m
from freehold.scenarios.destinations import Destination, destinations
from freehold.scenarios.hit import Hit, hit_by
from freehold.scenarios.run import Run, run
from freehold.scenarios.schemas import Schemas

MOST_TRIED = 3
"""Places that are judged, the cheapest first."""

GRAVE = ("critical", "high")
DAYS_PER_MONTH = 30.4375
"""365.25 days over 12 months."""

_TRIAL = "way back"


@dataclass(frozen=True)
class Recovery:
    """What moves where, what it costs and how long it takes.

    Attributes:
        provider, region: where everything that was hit moves.
        moves: how many resources, data sets and workloads move, by where they were.
        cost_usd: monthly cost of the recovered estate in USD; None where nothing tells a cost.
        extra_usd: that, less the base's.
        one_off_usd: data leaving the old provider, once; None where a price or volume is unknown.
        lead_days: the longest of the exit plans (or, without one, of the transition periods) that
            the move needs; None where nothing tells one.
        lead_is_floor: something that moves names neither, so that it may take longer.
        lead_basis: what the lead time rests on.
        is_compliant: no critical or high rule fails for more subjects than in the base.
        new_fails: critical and high fails beyond the base's.
        score, seal_low, critical_functions_lost: of the recovered estate.
        tried: the places judged, in order.
        notes: what the estimate rests on.
    """

    provider: str
    region: str | None
    moves: tuple[dict[str, object], ...]
    cost_usd: float | None
    extra_usd: float | None
    one_off_usd: float | None
    lead_days: float | None
    lead_is_floor: bool
    lead_basis: str
    is_compliant: bool
    new_fails: int
    score: float | None
    seal_low: int | None
    critical_functions_lost: int
    tried: tuple[str, ...]
    notes: tuple[str, ...]


def recover(
    base: Run,
    shocked: Run,
    changes: Sequence[Change],
    *,
    tried: int = MOST_TRIED,
    progress: Callable[[float, str], None] = lambda _share, _word: None,
) -> Recovery | None:
    """Return the cheapest way back found, or None if nothing was hit or nowhere is left to go.

    Args:
        base: the estate before.
        shocked: the estate after, with its schemas still there.
        changes: the changes of the shock, which stay in force.
        tried: how many places are judged.
        progress: told how far it is (0 to 1) and which place is judged.
    """
    hit = hit_by(base, shocked)
    if not hit:
        return None
    found: list[Recovery] = []
    leaving = _leaving(shocked, hit)
    chosen = destinations(base, shocked, hit)[:tried]
    for number, place in enumerate(chosen):
        progress(number / len(chosen), place.provider)
        answer = _judged(base, shocked, [*changes, *_moves(hit, place)], hit, place)
        answer = replace(answer, one_off_usd=leaving[0], notes=(*answer.notes, *leaving[1]))
        found.append(answer)
        if answer.is_compliant:
            break
    if not found:
        return None
    names = tuple(f"{one.provider} {one.region or ''}".strip() for one in found)
    best = min(found, key=lambda one: (not one.is_compliant, one.new_fails))
    return Recovery(**{**vars(best), "tried": names})


def _judged(
    base: Run, shocked: Run, steps: Sequence[Change], hit: Hit, place: Destination
) -> Recovery:
    workspace = base.workspace
    built = build_schema(workspace, _TRIAL, steps, shocked.as_of)
    schemas = Schemas(built.estate, built.catalogue, built.views, shocked.as_of)
    try:
        after = run(
            workspace,
            _TRIAL,
            weights=shocked.weights,
            pack_ids=[pack.id for pack in shocked.packs],
            base=base,
            built=schemas,
        )
        # Moved resources are priced by what the new place sells, not by what both places sell.
        cost = m.cost(workspace.connection, schemas.views, after.workloads).total
    finally:
        drop_schema(workspace, _TRIAL)
    before, now = _grave(base), _grave(after)
    new_fails = sum(max(count - before.get(rule, 0), 0) for rule, count in now.items())
    total = None if cost is None else cost + place.extra_usd
    own = base.measures.cost_usd
    days, basis, is_floor = _lead(shocked, hit, place)
    return Recovery(
        place.provider,
        place.region,
        hit.groups(shocked),
        total,
        None if total is None or own is None else total - own,
        None,
        days,
        is_floor,
        basis,
        new_fails == 0,
        new_fails,
        after.measures.score,
        after.level.seal_low,
        after.measures.critical_functions_lost,
        (),
        (*place.notes, "Everything that was hit moves to one place; a mix may cost less."),
    )


def _grave(of: Run) -> dict[str, int]:
    return {rule.id: rule.fail for rule in of.judgement.rules if rule.severity in GRAVE}


def _moves(hit: Hit, place: Destination) -> list[Change]:
    """Return the changes that move what was hit, with what the new place offers around it."""
    made: list[Change] = []
    for table, key, ids, cells in (
        ("resources", "resource_id", hit.resources, (*place.cells, ("zone", None),
         ("instance_type", None), ("country_iso2", place.country),
         ("host_provider_id", None), ("available", True))),
        ("placements", "placement_id", hit.placements, (*place.cells,
         ("country_iso2", place.country), ("available", True))),
        ("workloads", "workload_id", hit.workloads, (("instance_type", None),
         ("country_iso2", place.country), ("available", True), ("provider_id", place.provider),
         ("region_id", place.region))),
    ):  # fmt: skip
        if not ids:
            continue
        for column, value in cells:
            made.append(
                Change(
                    target=f"estate.{table}",
                    op="set",
                    where=f"{key} IN $ids",
                    column=column,
                    value=value,
                    parameters={"ids": list(ids)},
                    reason=f"Recovery at {place.provider}",
                )
            )
    return made


def _lead(shocked: Run, hit: Hit, place: Destination) -> tuple[float | None, str, bool]:
    """Return the days that the slowest contract of what was hit needs, and what says so.

    The last value tells that a contract, or what names none, tells neither.
    """
    rows = shocked.connection.execute(
        f"""
        SELECT DISTINCT p.contract, x.duration_months, x.target_provider, t.transition_days
        FROM {quoted(shocked.schemas.views)}.placements p
        LEFT JOIN {quoted(shocked.schemas.views)}.exit_plans x
          ON x.contract = p.contract AND x."exists"
        LEFT JOIN {quoted(shocked.schemas.views)}.contracts t ON t.contract = p.contract
        WHERE list_contains(?, p.placement)
        """,
        [list(hit.views)],
    ).fetchall()
    days: list[float] = []
    basis: set[str] = set()
    silent: set[str] = set()
    for contract, months, target, transition in rows:
        if months is not None:
            days.append(float(months) * DAYS_PER_MONTH)
            to = "" if target == place.provider else f", written for {target or 'no target'}"
            basis.add(f"exit plan of {contract} ({float(months):g} months{to})")
        elif transition is not None:
            days.append(float(transition))
            basis.add(f"transition period of {contract} ({transition} days)")
        else:
            silent.add(str(contract or "what names no contract"))
    text = "; ".join(sorted(basis)) or "nothing tells a lead time"
    if silent:
        text += f"; not told for {', '.join(sorted(silent))}"
    return (max(days) if days else None), text, bool(silent)


def _leaving(shocked: Run, hit: Hit) -> tuple[float | None, list[str]]:
    """Return what the data that moves costs to take out, once, and what is not priced."""
    frame = shocked.connection.execute(
        f"""
        SELECT provider AS provider_id, region AS region_id, country AS country_iso2,
          sum(volume_gb) AS gb_per_month, count(*) FILTER (volume_gb IS NULL) AS untold
        FROM (
          SELECT DISTINCT p.provider, p.region, p.country, d.data_set, d.volume_gb
          FROM {quoted(shocked.schemas.views)}.placements p
          JOIN {quoted(shocked.schemas.views)}.data_sets d ON d.data_set = p.data_set
          WHERE list_contains(?, p.placement) AND p.role = 'storage'
        ) GROUP BY ALL ORDER BY ALL
        """,
        [list(hit.views)],
    ).df()
    if frame.empty:
        return 0.0, []
    notes = []
    costs = []
    for row in (frame.iloc[[number]] for number in range(len(frame))):
        amount = None
        for to in ("switching", "internet"):
            priced = egress_cost(
                row.assign(to=to), shocked.connection, catalogue=shocked.schemas.catalogue
            )["egress_usd_per_month"].iloc[0]
            if not pd.isna(priced):
                amount = float(priced)
                break
        where = f"{row['provider_id'].iloc[0]} {row['region_id'].iloc[0]}"
        if row["untold"].iloc[0]:
            notes.append(f"{row['untold'].iloc[0]} data sets at {where} tell no volume.")
        if amount is None:
            notes.append(f"No price for data leaving {where}.")
        costs.append(amount)
    known = [amount for amount in costs if amount is not None]
    return (sum(known) if len(known) == len(costs) else None), notes
