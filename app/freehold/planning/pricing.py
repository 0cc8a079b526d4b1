"""Which candidate pairs a relaxed plan would gain from, by the duals of its rows.

The pairs and offers that a model leaves out are worth taking in where their reduced cost is
negative for the best completion of the duals; where none is, the model's optimum is that of the
whole problem (column generation, Desaulniers, Desrosiers and Solomon 2005, chapter 1).
"""

from dataclasses import dataclass

import numpy as np

from freehold.planning.copies import missing_fetch, missing_store, read_duals
from freehold.planning.measuring import per_machine, per_share, row_of_period
from freehold.planning.model import Model
from freehold.planning.problem import (
    COMMITTED,
    COST,
    METERED,
    MONTH,
    TOTAL,
    WHOLE,
    Bools,
    Floats,
    Ints,
    Limit,
    Problem,
    bound_months,
    start_usd,
)

_NEGATIVE = 1e-6


@dataclass(frozen=True)
class Priced:
    """Reduced costs under a model's duals.

    Attributes:
        reduced: of each pair and stage, C x S; pairs on committed offers outside the model are
            priced without their machines.
        gain: what the best use of each pair would save, C; 0 where it saves nothing.
        missing: how far the model's optimum can at most lie above that of the whole problem.
    """

    reduced: Floats
    gain: Floats
    missing: float


def priced(model: Model, duals: Floats) -> Priced:
    """Price every candidate pair of the problem against the duals of a solved relaxed model."""
    p = model.problem
    reduced, machine, total = _reduced(model, duals)
    shut = ~p.open_pairs
    reduced = np.where(shut, np.inf, reduced)
    active = np.zeros(len(p.pair_offer), dtype=np.bool_)
    active[model.pairs] = True
    apart = (p.kind[p.pair_offer] == COMMITTED) & ~active
    apart &= ~np.isin(p.pair_offer, model.committed)
    away = np.where((active | apart)[:, None], np.inf, reduced)
    gain, missing = _saved(model, away, total)
    if apart.any():
        value, short = _committed(p, reduced, machine, total, apart)
        gain = np.where(apart, value, gain)
        missing += short
    gain[gain < _NEGATIVE] = 0.0
    return Priced(reduced, gain, missing)


def _limits(model: Model) -> list[tuple[Limit, Ints, float, bool]]:
    """Return every limit and promise with its rows; promises count money the other way."""
    found = [
        (one.limit, np.arange(one.start, one.start + one.count), 1.0, True) for one in model.limits
    ]
    lines = model.rows["promise"].numbers
    for place, promise in enumerate(model.problem.promises):
        spent = Limit(promise.name, promise.members, COST, per=MONTH)
        found.append((spent, lines[place], -1.0, False))
    return found


def _reduced(model: Model, duals: Floats) -> tuple[Floats, Floats, float]:
    """Return reduced costs of pairs (C x S) and machines (J x T), and what total money counts."""
    p = model.problem
    every = np.arange(len(p.pair_offer))
    work, offer = p.pair_workload, p.pair_offer
    demand = duals[model.rows["demand"].part].reshape(len(p.workloads), p.stages)
    reduced = p.worth(p.direct_usd, p.direct_kg)
    machine = p.worth(p.price, p.carbon)
    total = p.usd_weight
    for limit, lines, sign, discounted in _limits(model):
        dual = duals[lines]
        if not dual.any():
            continue
        which, _ = row_of_period(p, limit)
        factor = sign * limit.members.astype(np.float64)
        scale = dual[which] / (1.0 if discounted else p.discount)
        each = factor[:, None] * per_machine(p, limit) * scale
        direct = factor[offer][:, None] * per_share(p, limit, every) * scale
        if limit.of_use:
            machines = np.where((p.kind[offer] != METERED)[:, None], each[offer] * p.machines, 0.0)
            here = True if limit.workloads is None else limit.workloads[work][:, None]
            reduced = reduced - np.where(here, direct + machines, 0.0)
        else:
            reduced = reduced - direct
            machine = machine - each
        if limit.measure == TOTAL:
            total -= float(dual[0])
    reduced = reduced + np.where(
        (p.kind[offer] == WHOLE)[:, None], machine[offer] * p.machines, 0.0
    )
    if len(model.committed):
        held = duals[model.rows["committed"].part].reshape(len(model.committed), p.periods)
        where = np.searchsorted(model.committed, offer).clip(max=len(model.committed) - 1)
        known = model.committed[where] == offer
        reduced = reduced - np.where(known[:, None], held[where] * p.machines, 0.0)
    reduced = p.staged(reduced) - demand[work]
    if len(model.spare_regions):
        lost = duals[model.rows["region"].part].reshape(-1, p.stages)
        most = p.region.max() + 1
        key = model.spare_regions[:, 0] * most + model.spare_regions[:, 1]
        reduced = reduced - _matched(key, work * most + p.region[offer], lost)
    if len(model.visits):
        arrival = duals[model.rows["arrive"].part].reshape(-1, p.stages)
        ahead = np.zeros_like(arrival)
        ahead[:, :-1] = arrival[:, 1:]
        most = p.place.max() + 1
        key = model.visits[:, 0] * most + model.visits[:, 1]
        reduced = reduced - _matched(key, work * most + p.place[offer], arrival - ahead)
    if p.data is not None:
        place = p.place[offer]
        reduced = reduced - read_duals(model, duals)[work, place]
        reduced = reduced + total * missing_store(model)[work, place]
    return reduced, machine, total


def _matched(keys: Ints, wanted: Ints, values: Floats) -> Floats:
    where = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where((keys[where] == wanted)[:, None], values[where], 0.0)


def _moving(model: Model, total: float) -> Floats:
    """Return what moving each pair's workload and data to its place costs, without a row yet."""
    p = model.problem
    cost = total * p.move_usd[p.pair_workload]
    home = (p.today[p.pair_workload] == p.place[p.pair_offer]) | (p.today[p.pair_workload] < 0)
    cost = np.where(home, 0.0, cost)
    if len(model.visits):
        most = p.place.max() + 1
        known = model.visits[:, 0] * most + model.visits[:, 1]
        cost[np.isin(p.pair_workload * most + p.place[p.pair_offer], known)] = 0.0
    if p.data is not None:
        cost = cost + total * missing_fetch(model)[p.pair_workload, p.place[p.pair_offer]]
    return cost


def _saved(model: Model, reduced: Floats, total: float) -> tuple[Floats, float]:
    """Return what each pair would save (C), and what all could save at most.

    A place that the model has no row for saves over the best run of stages, less the move there.
    """
    p = model.problem
    most = p.place.max() + 1
    key = p.pair_workload * most + p.place[p.pair_offer]
    places, which = np.unique(key, return_inverse=True)
    saving = np.where(np.isfinite(reduced), np.maximum(-reduced, -1e30), -1e30)
    best = np.full((len(places), p.stages), -1e30)
    np.maximum.at(best, which, saving)
    price = np.zeros(len(places))
    price[which] = _moving(model, total)
    run = np.full(len(places), -1e30)
    found = np.zeros(len(places))
    for stage in range(p.stages):
        run = np.maximum(run, -price) + best[:, stage]
        found = np.maximum(found, run)
    free = price <= 0
    found[free] = np.maximum(best[free], 0.0).sum(axis=1)
    leads = ((saving >= best[which]) & (saving > -1e29)).any(axis=1)
    gain = np.where(leads & (found[which] > _NEGATIVE), found[which], 0.0)
    # Shares of a workload add up to one, or two where it is spread: its best place bounds all.
    of = places // most
    top = np.zeros(len(p.workloads))
    np.maximum.at(top, of, np.where(free, 0.0, found))
    stage_best = np.zeros((len(p.workloads), p.stages))
    np.maximum.at(stage_best, of[free], np.maximum(best[free], 0.0))
    several = np.where(p.spare, 2.0, 1.0)
    bound = ((stage_best.sum(axis=1) + top * p.stages) * several).sum()
    return gain, float(bound)


def _committed(
    p: Problem, reduced: Floats, machine: Floats, total: float, apart: Bools
) -> tuple[Floats, float]:
    """Return the gain of pairs on committed offers outside the model, and the bound on it."""
    chosen = np.flatnonzero(apart)
    offer = p.pair_offer[chosen]
    needed = np.maximum(p.staged(p.machines[chosen]), 1e-9)
    per_unit = np.maximum(-reduced[chosen], 0.0) / needed
    by_stage = np.zeros((len(p.offers), p.stages))
    np.maximum.at(by_stage, offer, per_unit)
    value = by_stage[:, p.stage]
    offers = np.unique(offer)
    held = bound_months(p)[offers][:, :, p.month].astype(np.float64)
    profit = np.einsum("jmt,jt->jm", held, value[offers] - machine[offers])
    profit -= total * start_usd(p)[offers] * p.discount[-1]
    months = np.arange(p.months)
    opened = months[None, :] >= p.opens[offers][:, None]
    best = np.where(opened, profit, -np.inf).max(axis=1)
    most = np.zeros(len(p.offers))
    np.add.at(most, offer, p.machines[chosen].max(axis=1))
    most = most * np.where(p.spare.any(), 2.0, 1.0)
    gained = np.maximum(best, 0.0)
    by_offer = np.zeros(len(p.offers))
    by_offer[offers] = gained
    gain = np.zeros(len(p.pair_offer))
    tops = per_unit.sum(axis=1) / np.maximum(by_stage[offer].sum(axis=1), 1e-12)
    gain[chosen] = by_offer[offer] * tops * np.maximum(p.machines[chosen].max(axis=1), 1e-9)
    # Each month may begin machines, so the bound counts every month with a profit.
    short = float((np.where(opened, np.maximum(profit, 0.0), 0.0).sum(axis=1) * most[offers]).sum())
    return gain, short
