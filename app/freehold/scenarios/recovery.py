"""The cheapest way back after a shock: what was lost, planned anew in the world the shock leaves.

One question, one answer: `recover(base, shocked, changes)` returns a `Recovery`. Workloads that
were hit, and what each application ran and stored where it was hit, are planned under the shock's
prices and the rules in force, away from the places that were hit; all else stays where it is. The
estate so recovered is judged again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from freehold.errors import InputError
from freehold.estate.changes import Change
from freehold.estate.scenario_schema import build_schema, drop_schema
from freehold.estate.sql import quoted
from freehold.planning import Case, Control, Plan, PlanOptions, Row, assemble, plan, servable, solve
from freehold.scenarios.destinations import Destination, destination
from freehold.scenarios.hit import MOST, Hit, hit_by
from freehold.scenarios.leaving import Lead, committed, data_moved, leads, together
from freehold.scenarios.lost import STAND_IN_VCPUS, Lost, drop, lay, lost_by
from freehold.scenarios.run import Run, run
from freehold.scenarios.schemas import Schemas

MONTHS = 12
"""Horizon over which a way back costs least."""

GRAVE = ("critical", "high")
SECONDS = 10.0
OWN_KEY = 4
"""Custody from which a key lies outside the provider that it protects data from."""

_TRIAL = "way back"


@dataclass(frozen=True)
class Move:
    """Where one unit goes: a workload, or what an application ran and stored.

    `usd_per_month` is the mean over the horizon, with what keeps its cost; `before_usd` what the
    unit cost a month before the shock; `share` less than 1 where it is spread over several offers.
    """

    what: str
    name: str
    is_workload: bool
    moves_from: str
    provider: str
    region: str | None
    country: str | None
    machine: str
    accelerator: str | None
    term: str
    machines: float
    share: float
    usd_per_month: float
    before_usd: float | None
    lead_days: float | None
    lead_is_floor: bool
    price_verified: bool


@dataclass(frozen=True)
class Recovery:
    """What moves where, what it costs and how long it takes.

    Attributes:
        status: planned (everything has a place), in part, or none.
        moves: what moves where.
        stranded: what has no place, and why.
        cost_usd: monthly cost of the recovered estate in USD; None where nothing tells a cost.
        extra_usd: that, less the base's.
        one_off_usd: work of moving and data taken out, once; None where a price or volume of data
            is unknown; `one_off` holds the parts that are known.
        committed_usd: what is still promised to providers that are left, and may be owed.
        months: horizon over which it costs least.
        gap: share by which it can at most be bettered; None without a plan.
        lead_days: the longest of the exit plans (or, without one, of the transition periods) that
            the move needs; None where nothing tells one.
        lead_is_floor: something that moves names neither, so that it may take longer.
        lead_basis: what the lead time rests on.
        data_lost: data sets of which no copy is left in reach.
        is_compliant: no critical or high rule fails for more subjects than in the base.
        new_fails: critical and high fails beyond the base's; `failing` by rule.
        score, seal_low, critical_functions_lost: of the recovered estate.
        notes: what the estimate rests on.
    """

    status: str
    moves: tuple[Move, ...]
    stranded: dict[str, str]
    cost_usd: float | None
    extra_usd: float | None
    one_off_usd: float | None
    one_off: dict[str, float]
    committed_usd: float
    months: int
    gap: float | None
    lead_days: float | None
    lead_is_floor: bool
    lead_basis: str
    data_lost: tuple[str, ...]
    is_compliant: bool
    new_fails: int
    failing: dict[str, int]
    score: float | None
    seal_low: int | None
    critical_functions_lost: int
    notes: tuple[str, ...]


def recover(
    base: Run,
    shocked: Run,
    changes: Sequence[Change],
    *,
    seconds: float = SECONDS,
    progress: Callable[[float, str], None] = lambda _share, _word: None,
) -> Recovery | None:
    """Return the cheapest way back, or None if nothing was hit.

    Args:
        base: the estate before.
        shocked: the estate after, with its schemas still there.
        changes: the changes of the shock, which stay in force.
        seconds: what the solver may take.
        progress: told how far it is (0 to 1) and at what.
    """
    hit = hit_by(base, shocked)
    if not hit:
        return None
    if hit.is_too_much:
        told = f"More than {MOST:,} placements were hit: plan them as a scenario of its own."
        return _nothing(shocked, {"everything that was hit": told})
    progress(0.0, "candidates")
    lost = lost_by(base, shocked, hit)
    estate = lay(shocked, lost)
    try:
        case, stranded = _case(shocked, hit, estate)
        progress(0.5, "plan")
        made = None if case is None else _planned(case, seconds)
        if made is None or not made.placements:
            stranded = stranded or {"everything that was hit": "no plan was found in time"}
            return _nothing(shocked, stranded)
        each = leads(shocked, lost.units)
        moves = _moves(lost, made, each)
        moved = {move.what: lost.units[move.what] for move in moves}
        data = data_moved(shocked, moved)
    finally:
        drop(shocked)
    progress(0.6, "again")
    after, failing = _again(base, shocked, [*changes, *_steps(shocked, hit, lost, moves)])
    own = base.measures.cost_usd
    before = sum(unit.before_usd or 0.0 for unit in lost.units.values())
    total = None if own is None else own - before + sum(move.usd_per_month for move in moves)
    switching = made.cost_parts.get("moves", 0.0)
    one_off = {"switching": switching, **({} if data.usd is None else {"data": data.usd})}
    left = sorted({name for name in _barred(shocked, hit) if "/" not in name})
    promised, names = committed(shocked, left)
    days, basis, is_floor = together([each[name] for name in moved])
    return Recovery(
        "in part" if stranded else "planned",
        tuple(moves),
        stranded,
        total,
        None if total is None or own is None else total - own,
        None if data.usd is None else sum(one_off.values()),
        one_off,
        promised,
        MONTHS,
        made.gap,
        days,
        is_floor,
        basis,
        data.lost,
        not failing,
        sum(failing.values()),
        failing,
        after.measures.score,
        after.level.seal_low,
        after.measures.critical_functions_lost,
        (*_notes(lost, moves), *data.notes, *_promises(promised, names)),
    )


def _nothing(shocked: Run, stranded: dict[str, str]) -> Recovery:
    """Return that there is no way back, and why."""
    return Recovery(
        "none", (), stranded, None, None, None, {}, 0.0, MONTHS, None, None, False,
        "nothing can move", (), False, 0, {}, shocked.measures.score, shocked.level.seal_low,
        shocked.measures.critical_functions_lost, (),
    )  # fmt: skip


def _case(shocked: Run, hit: Hit, estate: str) -> tuple[Case | None, dict[str, str]]:
    """Return the planning case of what has a candidate, and why the rest has none."""
    options = PlanOptions(months=MONTHS, stage_months=MONTHS, barred=_barred(shocked, hit))
    try:
        case = assemble(
            shocked.connection,
            shocked.packs,
            options,
            as_of=shocked.as_of,
            estate=estate,
            catalogue=shocked.schemas.catalogue,
            views=shocked.schemas.views,
            weights=shocked.weights,
        )
    except InputError as error:
        return None, {"everything that was hit": str(error)}
    found, reasons = servable(case)
    return found, {**case.candidates.left_out, **reasons}


def _planned(case: Case, seconds: float) -> Plan:
    control = Control(seconds)
    return plan(case, control, solve(case, control))


def _barred(shocked: Run, hit: Hit) -> tuple[str, ...]:
    """Return what nothing may move to: places that were hit, and providers that are gone.

    A provider is gone where all of its placements are out of reach or a contract with it ends.
    """
    views = quoted(shocked.schemas.views)
    rows = shocked.connection.execute(
        f"""
        WITH hit AS (SELECT * FROM {views}.placements WHERE list_contains($ids, placement))
        SELECT DISTINCT provider || '/' || coalesce(region, '*') FROM hit
        WHERE provider IS NOT NULL
        UNION
        SELECT provider FROM {views}.placements
        WHERE provider IN (SELECT provider FROM hit)
        GROUP BY provider HAVING bool_and(available IS NOT DISTINCT FROM FALSE)
        UNION
        SELECT h.provider FROM hit h JOIN {views}.contracts t ON t.contract = h.contract
        WHERE t.status IN ('suspended', 'to_be_ended', 'terminated', 'insolvent')
          AND t.provider = h.provider
        ORDER BY 1
        """,
        {"ids": list(hit.views)},
    ).fetchall()
    return tuple(str(name) for (name,) in rows if name)


def _moves(lost: Lost, made: Plan, each: dict[str, Lead]) -> list[Move]:
    first: dict[str, bool] = {}
    moves = []
    for row in made.placements:
        unit = lost.units[row.workload]
        kept = unit.kept_usd if first.setdefault(row.workload, True) else 0.0
        first[row.workload] = False
        lead = each[row.workload]
        moves.append(
            Move(
                what=unit.id,
                name=unit.name,
                is_workload=unit.is_workload,
                moves_from=unit.came_from,
                provider=row.provider,
                region=row.region,
                country=row.country,
                machine=row.instance_type,
                accelerator=row.accelerator,
                term=row.term,
                machines=row.machines,
                share=row.share,
                usd_per_month=round(row.cost_usd / _months(row), 2) + kept,
                before_usd=unit.before_usd,
                lead_days=lead.days,
                lead_is_floor=lead.is_floor,
                price_verified=row.price_verified,
            )
        )
    return moves


def _months(row: Row) -> int:
    return row.to_month - row.from_month + 1


def _steps(shocked: Run, hit: Hit, lost: Lost, moves: Sequence[Move]) -> list[Change]:
    """Return the changes that move each unit to where most of it goes."""
    steps: list[Change] = []
    own_keys = _own_keys(shocked, hit)
    for name in dict.fromkeys(move.what for move in moves):
        most = max((move for move in moves if move.what == name), key=lambda one: one.share)
        unit = lost.units[name]
        place = destination(shocked, most.provider, most.region, most.country)
        there = (*place.cells, ("available", True))
        moved = (
            ("provider_id", place.provider), ("region_id", place.region),
            ("country_iso2", place.own_country), ("instance_type", None), ("available", True),
            ("accelerator_id", most.accelerator), ("term", most.term),
        )  # fmt: skip
        for table, key, ids, cells in (
            ("resources", "resource_id", unit.resources,
             (*there, ("zone", None), ("instance_type", None), ("host_provider_id", None))),
            ("placements", "placement_id", unit.placements, there),
            ("workloads", "workload_id", (unit.id,) if unit.is_workload else (), moved),
        ):  # fmt: skip
            for column, value in cells:
                # A key held outside the provider that is left goes on being used.
                changed = [one for one in ids if column != "key_id" or one not in own_keys]
                if changed:
                    steps.append(
                        Change(
                            target=f"estate.{table}",
                            op="set",
                            where=f"{key} IN $ids",
                            column=column,
                            value=value,
                            parameters={"ids": list(changed)},
                            reason=f"Recovery at {_at(place)}",
                        )
                    )
    return steps


def _own_keys(shocked: Run, hit: Hit) -> set[str]:
    """Return resources and placements whose key the organisation holds outside any provider."""
    rows = shocked.connection.execute(
        f"""
        SELECT p.resource, p.placement FROM {quoted(shocked.schemas.views)}.placements p
        LEFT JOIN {quoted(shocked.schemas.estate)}.keys k ON k.key_id = p.key
        WHERE list_contains(?, p.placement) AND p.key_custody >= {OWN_KEY}
          AND k.available IS DISTINCT FROM FALSE
        """,
        [list(hit.views)],
    ).fetchall()
    return {str(name) for row in rows for name in row if name is not None}


def _at(place: Destination) -> str:
    return f"{place.provider} {place.region or place.country or ''}".strip()


def _again(base: Run, shocked: Run, steps: Sequence[Change]) -> tuple[Run, dict[str, int]]:
    """Judge the recovered estate; return its run and its grave fails beyond the base's."""
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
    finally:
        drop_schema(workspace, _TRIAL)
    before, now = _grave(base), _grave(after)
    more = {rule: count - before.get(rule, 0) for rule, count in now.items()}
    return after, {rule: count for rule, count in sorted(more.items()) if count > 0}


def _grave(of: Run) -> dict[str, int]:
    return {rule.id: rule.fail for rule in of.judgement.rules if rule.severity in GRAVE}


def _notes(lost: Lost, moves: Sequence[Move]) -> list[str]:
    units = [lost.units[name] for name in dict.fromkeys(move.what for move in moves)]
    unsized = sum(unit.unsized for unit in units)
    notes = [
        "Estimate: list prices over 12 months; rented machines are taken as free at once, since "
        "nothing tells how long a request takes."
    ]
    if unsized:
        kept = sum(unit.kept_usd for unit in units)
        notes.append(
            f"{unsized} resources that no list of machines knows keep their cost, {kept:,.0f} USD "
            "a month."
        )
    if stands := [unit.id for unit in units if unit.is_stand_in]:
        notes.append(f"{STAND_IN_VCPUS:g} vCPU stands for what tells no size: {', '.join(stands)}.")
    if unverified := sorted({move.what for move in moves if not move.price_verified}):
        notes.append(f"Prices that nobody has verified: {', '.join(unverified)}.")
    return notes


def _promises(usd: float, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [f"Still promised there and perhaps owed: {usd:,.0f} USD ({', '.join(names)})."]
