"""A plan in rows: what runs where, from when, on what terms, at what cost."""

from dataclasses import dataclass, field

import numpy as np

from freehold.planning.case import Case
from freehold.planning.problem import COMMITTED, METERED, WHOLE, Answer, Bools, Floats, Ints, money
from freehold.planning.search import Found, find
from freehold.planning.solving import Control

_SEEN = 1e-6


@dataclass(frozen=True)
class Row:
    """A workload, or a share of it, at one offer over some months.

    `machines` is the most it needs there at once; cost and carbon are over those months, and
    `monthly_usd` is the cost of each. A fact that nobody verified is marked: `price_verified`,
    `price_regional`.
    """

    workload: str
    provider: str
    region: str | None
    country: str | None
    instance_type: str
    accelerator: str | None
    term: str
    from_month: int
    to_month: int
    share: float
    machines: float
    cost_usd: float
    carbon_kg: float
    price_verified: bool
    price_regional: bool
    price_as_of: str | None
    seal: int
    seal_proven: int
    seal_best_case: int
    undecided_rules: list[str] = field(default_factory=list)
    monthly_usd: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Copy:
    """A data set at one place over some months: what reads it there, and what that costs.

    `usd_per_month` is storage and what flows there; `once_usd` bringing it, 0 where it is today.
    """

    data_set: str
    provider: str
    region: str | None
    country: str | None
    from_month: int
    to_month: int
    readers: list[str]
    is_there_today: bool
    usd_per_month: float
    once_usd: float


@dataclass(frozen=True)
class Binding:
    """A requirement that costs something: what the plan would save without it, USD.

    `estimate` is the saving by the relaxed plan's prices; `price` by planning again without it,
    None where that was not done; `share` of the plan's cost.
    """

    constraint: str
    price: float | None
    share: float | None
    estimate: float
    says: str


@dataclass(frozen=True)
class Plan:
    """What planning found; `status` is optimal (within the gap), feasible, infeasible or unknown.

    `cost_parts` adds up to `cost_usd`: what rows cost, idle machines, terms beyond the horizon,
    moves, promises not used up.
    """

    status: str
    gap: float | None
    cost_usd: float | None
    carbon_kg: float | None
    cost_parts: dict[str, float]
    placements: list[Row]
    seal: int | None
    seal_proven: int | None
    seal_best_case: int | None
    score: float | None
    binding: list[Binding]
    conflict: list[str]
    obeyed: list[str]
    undecided: dict[str, int]
    independent: dict[str, int]
    unmodelled: dict[str, str]
    not_planned: dict[str, str]
    notes: list[str]
    seconds: float
    runner_up: dict[str, object] | None = None
    data_sets: list[Copy] = field(default_factory=list)


def solve(case: Case, control: Control, pairs: np.ndarray | None = None) -> Found:
    """Find the plan of a case; `pairs` (of the whole problem) are tried first."""
    options = case.options
    first = None
    if pairs is not None:
        first = np.flatnonzero(np.isin(case.pairs, pairs))
        several = np.unique(case.problem.pair_workload[first])
        if len(several) < len(case.problem.workloads):
            first = None
    return find(case.problem, control, gap=options.gap, seed=options.seed, pairs=first)


def rows(case: Case, answer: Answer) -> tuple[list[Row], dict[str, float]]:
    """Return the rows of an answer and the parts of its cost, which add up to the total."""
    p = case.problem
    shares = np.where(answer.shares > _SEEN, answer.shares, 0.0)
    use, idle_usd, use_kg, idle_kg = _attributed(case, answer)
    offers = case.candidates.offers
    places = case.places.table
    made: list[Row] = []
    undecided = {rule: mask[case.pairs] for rule, mask in case.places.unknown.items()}
    order = np.lexsort((p.pair_offer, p.pair_workload))
    for pair in order[shares[order].max(axis=1, initial=0.0) > 0]:
        offer = offers.iloc[p.pair_offer[pair]]
        place = places.iloc[case.places.of_pair[case.pairs[pair]]]
        for first, last in _runs(shares[pair]):
            when = (p.stage >= first) & (p.stage <= last)
            made.append(
                Row(
                    workload=p.workloads[p.pair_workload[pair]],
                    provider=str(offer["provider_id"]),
                    region=_text(offer["region_id"]),
                    country=_text(case.attributes["country"].iloc[p.pair_offer[pair]]),
                    instance_type=str(offer["instance_type"]),
                    accelerator=_text(offer["accelerator_id"]),
                    term=str(offer["term"]),
                    from_month=int(p.month[when][0]) + 1,
                    to_month=int(p.month[when][-1]) + 1,
                    share=round(float(shares[pair, first]), 6),
                    machines=round(
                        float((shares[pair, p.stage] * p.machines[pair])[when].max()), 4
                    ),
                    cost_usd=round(float(use[pair][when].sum()), 2),
                    carbon_kg=round(float(use_kg[pair][when].sum()), 2),
                    price_verified=bool(offer["verified"]),
                    price_regional=bool(offer["regional"]),
                    price_as_of=_text(offer["as_of"]),
                    seal=int(place["seal"]),
                    seal_proven=int(place["seal_proven"]),
                    seal_best_case=int(place["seal_best_case"]),
                    undecided_rules=[rule for rule, mask in undecided.items() if mask[pair]],
                    monthly_usd=_by_month(use[pair][when], p.month[when]),
                )
            )
    total = money(p, answer)
    parts = {
        "placements": float(use.sum()),
        "idle": idle_usd,
        "exit": total["exit"],
        "moves": total["moves"],
        "promises": total["promises"],
        "data": total["data"],
    }
    del idle_kg
    return made, {name: round(value, 2) for name, value in parts.items()}


def copies(case: Case, answer: Answer) -> list[Copy]:
    """Return where each data set is read, also where a copy costs nothing."""
    p = case.problem
    if p.data is None:
        return []
    share = np.zeros((len(p.workloads), p.data.here.shape[1], p.stages))
    place = p.place[p.pair_offer]
    np.add.at(share, (p.pair_workload, place), answer.shares)
    runs: Bools = share > _SEEN
    made: list[Copy] = []
    table = case.places.table
    for name, data_set in enumerate(p.data.names):
        mine = p.data.readers[:, name]
        read: Bools = np.any(runs[mine], axis=0)
        for spot in np.flatnonzero(np.any(read, axis=1)):
            for first, last in _runs(read[spot].astype(np.float64)):
                when = (p.stage >= first) & (p.stage <= last)
                readers = mine & runs[:, spot, first : last + 1].any(axis=1)
                there = bool(p.data.here[name, spot])
                made.append(
                    Copy(
                        data_set=data_set,
                        provider=str(table["provider_id"].iloc[spot]),
                        region=_text(table["region_id"].iloc[spot]),
                        country=_text(table["country_iso2"].iloc[spot]),
                        from_month=int(p.month[when][0]) + 1,
                        to_month=int(p.month[when][-1]) + 1,
                        readers=[p.workloads[row] for row in np.flatnonzero(readers)],
                        is_there_today=there,
                        usd_per_month=round(float(p.data.usd_per_month[name, spot]), 2),
                        once_usd=0.0
                        if there and first == 0
                        else round(float(p.data.fetch_usd[name, spot]), 2),
                    )
                )
    return made


def _by_month(usd: Floats, month: Ints) -> list[float]:
    """Return sums of consecutive periods by their month."""
    sums = np.add.reduceat(usd, np.flatnonzero(np.diff(month, prepend=-1)))
    return [round(float(value), 2) for value in sums]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _runs(shares: Floats) -> list[tuple[int, int]]:
    """Return the first and last stage of each run of equal shares above zero."""
    found: list[tuple[int, int]] = []
    start = 0
    for stage in range(1, len(shares) + 1):
        if stage == len(shares) or abs(shares[stage] - shares[start]) > _SEEN:
            if shares[start] > 0:
                found.append((start, stage - 1))
            start = stage
    return found


def _attributed(case: Case, answer: Answer) -> tuple[Floats, float, Floats, float]:
    """Share the cost and carbon of machines among what uses them; return them and what is idle."""
    p = case.problem
    shares = answer.shares[:, p.stage]
    used = shares * p.machines
    needed = np.zeros((len(p.offers), p.periods))
    np.add.at(needed, p.pair_offer, used)
    held = (p.kind != METERED)[:, None]
    parts = []
    for each, direct, factor in (
        (p.price, p.direct_usd, p.discount),
        (p.carbon, p.direct_kg, np.ones(p.periods)),
    ):
        total = np.where(held, answer.units * each * factor, 0.0)
        per_machine = np.where(needed > _SEEN, total / np.maximum(needed, _SEEN), 0.0)
        mine = used * per_machine[p.pair_offer] + shares * direct * factor
        parts.append((mine, float(np.where(needed > _SEEN, 0.0, total).sum())))
    return parts[0][0], parts[0][1], parts[1][0], parts[1][1]


def plan(case: Case, control: Control, found: Found | None = None) -> Plan:
    """Return the plan of a case in rows, without reasons (see reasons.explained)."""
    found = found or solve(case, control)
    made: list[Row] = []
    held: list[Copy] = []
    parts: dict[str, float] = {}
    cost = carbon = None
    if found.answer is not None:
        total = money(case.problem, found.answer)
        cost, carbon = round(total["total"], 2), round(total["carbon_kg"], 2)
        made, parts = rows(case, found.answer)
        held = copies(case, found.answer)
    used = dict.fromkeys(case.places.unknown, 0)
    for row in made:
        for rule in row.undecided_rules:
            used[rule] += 1
    rule_limits = {limit.rule_id for limit in case.problem.limits if limit.rule_id}
    kept = {rule for rule in case.places.fails if rule in case.masks}
    obeyed = sorted((kept | rule_limits) - set(case.left_aside))
    scores = [_score_of(case, found)] if found.answer is not None else []
    return Plan(
        status=found.status,
        gap=None if found.gap is None else round(found.gap, 6),
        cost_usd=cost,
        carbon_kg=carbon,
        cost_parts=parts,
        placements=made,
        seal=min((row.seal for row in made), default=None),
        seal_proven=min((row.seal_proven for row in made), default=None),
        seal_best_case=min((row.seal_best_case for row in made), default=None),
        score=scores[0] if scores else None,
        binding=[],
        conflict=[],
        obeyed=obeyed,
        undecided={rule: count for rule, count in used.items() if count},
        independent=case.places.independent,
        unmodelled=case.unmodelled,
        not_planned=case.candidates.left_out,
        notes=case.notes,
        seconds=round(control.spent, 3),
        data_sets=held,
    )


def _score_of(case: Case, found: Found) -> float | None:
    """Return the lowest CSF score of the places a plan uses."""
    if found.answer is None:
        return None
    used = found.answer.shares.max(axis=1, initial=0.0) > _SEEN
    scores = case.places.table["score"].to_numpy()[case.places.of_pair[case.pairs[used]]]
    return round(float(scores.min()), 2) if len(scores) else None


__all__ = ["COMMITTED", "WHOLE", "Binding", "Plan", "Row", "plan", "rows", "solve"]
