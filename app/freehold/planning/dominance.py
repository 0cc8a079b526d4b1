"""Which candidates cannot be missed: those that another replaces in every plan at no more cost."""

from dataclasses import dataclass

import numpy as np

from freehold.planning.copies import by_place, free_at
from freehold.planning.problem import (
    CARBON,
    MACHINES,
    METERED,
    WORK,
    Bools,
    Floats,
    Ints,
    Problem,
)

_ROUNDING = 1e-9


def exact(problem: Problem) -> bool:
    """Return whether the proof of `needless` holds: no limit is a share of what may fall."""
    return all(one.share is None or one.measure == WORK for one in problem.limits)


def needless(problem: Problem) -> Bools:
    """Return the candidate pairs without which some best plan can do, C.

    Offers are compared whole, metered ones for each workload alone. One of them, k, is needless
    beside another, j, if r machines of j stand for one of k: both are bought alike (kind, term,
    share paid at exit), j opens no later, each limit and promise counts both or neither; in every
    period r machines of j cost, emit and weigh no more than one of k; and each workload of k may
    run on j, where it needs at most r times the machines, costs and emits no more beside them,
    finds k's region if it must survive the loss of one, k's place if it runs there today, and k's
    place or all data that it reads, at no cost.

    Proof. Take a plan that uses k. Let j carry what k carried too (a workload that has a share of
    one there already needs no more), on r machines begun for each one of k. Needs add up, so they
    hold it. No limit counts more than before, and a share of workloads counts the same; what a
    promise misses grows by no more than the money saved. Arrivals at one place are at most those
    at two, and every region is lost with as much left. So the new plan keeps what the old one
    kept, costs no more, and does without k; as k is out for good, no two replace each other.

    Where a limit is a share of money, carbon or machines, a smaller whole may break another's
    share: then (see `exact`) the pairs are only a good place to search in.
    """
    units = _Units(problem)
    out = np.zeros(units.count, dtype=np.bool_)
    order = np.argsort(units.alike, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(units.alike[order])) + 1):
        if len(group) > 1:
            out[group] = _crossed_out(units.of(group))
    found: Bools = out[units.of_pair]
    return found


@dataclass(frozen=True)
class _Group:
    """Units U that are bought and limited alike, over the workloads W that any of them runs.

    `machines` U x W x T and `beside` (cost and carbon beside machines) U x W x 2T are infinite
    where a unit does not run a workload; `each` is what one machine costs, emits and weighs, U x N;
    `free` whether a place has all that a workload reads at no cost, W x P.
    """

    metered: bool
    runs: Bools
    machines: Floats
    beside: Floats
    each: Floats
    opens: Ints
    place: Ints
    region: Ints
    today: Ints
    spare: Bools
    free: Bools


class _Units:
    """What is compared: offers of machines, and each workload's metered candidates."""

    def __init__(self, problem: Problem) -> None:
        p = self.problem = problem
        metered = p.kind[p.pair_offer] == METERED
        key = np.where(metered, len(p.offers) + np.arange(len(p.pair_offer)), p.pair_offer)
        _, first, self.of_pair = np.unique(key, return_index=True, return_inverse=True)
        self.count = len(first)
        self.offer: Ints = p.pair_offer[first]
        workload = np.where(metered, p.pair_workload, -1)[first]
        kept = [one.members[self.offer] for one in p.limits]
        kept += [one.members[self.offer] for one in p.promises]
        exits = np.unique(p.exit_share, return_inverse=True)[1]
        # Data bind what reads them to their place, so that only offers there are compared.
        tied = np.zeros(self.count, dtype=np.bool_)
        reads: Bools = np.any(by_place(p) > 0, axis=1)
        tied[self.of_pair[reads[p.pair_workload]]] = True
        place = np.where(tied, p.place[self.offer], -1)
        same = [p.kind[self.offer], p.term_months[self.offer], exits[self.offer], workload, place]
        same += kept
        _, self.alike = np.unique(np.stack(same), axis=1, return_inverse=True)
        self._pairs = np.argsort(self.of_pair, kind="stable")
        # Carbon that neither the objective nor a limit counts tells no offers apart.
        told = p.usd_per_kg > 0 or any(one.measure == CARBON for one in p.limits)
        self._kg = 1.0 if told else 0.0
        self._free = free_at(p)
        self._begins = np.searchsorted(self.of_pair[self._pairs], np.arange(self.count + 1))

    def of(self, group: Ints) -> _Group:
        """Return what is known of some units that are bought and limited alike."""
        p = self.problem
        offer = self.offer[group]
        sizes = self._begins[group + 1] - self._begins[group]
        pairs = np.concatenate([self._pairs[self._begins[g] : self._begins[g + 1]] for g in group])
        row = np.repeat(np.arange(len(group)), sizes)
        workloads, column = np.unique(p.pair_workload[pairs], return_inverse=True)
        runs = np.zeros((len(group), len(workloads)), dtype=np.bool_)
        runs[row, column] = True
        spread = []
        for values in (p.machines, p.direct_usd, self._kg * p.direct_kg):
            table = np.full((len(group), len(workloads), p.periods), np.inf)
            table[row, column] = values[pairs]
            spread.append(table)
        weights = [
            np.ones(len(group)) if one.weight is None else one.weight[offer]
            for one in p.limits
            if one.measure == MACHINES and one.members[offer[0]]
        ]
        return _Group(
            metered=bool(p.kind[offer[0]] == METERED),
            runs=runs,
            machines=spread[0],
            beside=np.concatenate(spread[1:], axis=2),
            each=np.concatenate(
                [p.price[offer], self._kg * p.carbon[offer], *(one[:, None] for one in weights)],
                axis=1,
            ),
            opens=p.opens[offer],
            place=p.place[offer],
            region=p.region[offer],
            today=p.today[workloads],
            spare=p.spare[workloads],
            free=self._free[workloads],
        )


def _crossed_out(group: _Group) -> Bools:
    """Return which units another one of the group, not crossed out itself then, replaces, U."""
    out = np.zeros(len(group.opens), dtype=np.bool_)
    finite = np.where(np.isfinite(group.beside), group.beside, 0.0).sum(axis=(1, 2))
    for one in np.lexsort((finite, group.each.sum(axis=1), -group.runs.sum(axis=1))):
        others = np.flatnonzero(~out)
        others = others[others != one]
        if not out[one] and len(others):
            out[others[_replaced(group, int(one), others)]] = True
    return out


def _replaced(group: _Group, one: int, others: Ints) -> Bools:
    """Return which of the others the unit replaces (see `needless`)."""
    runs = group.runs[others]
    needs = np.where(runs[:, :, None], group.machines[others], 0.0)
    mine = np.where(runs[:, :, None], group.machines[one], 0.0)
    least = np.where(mine > 0, np.inf, 0.0)
    ratio = np.divide(mine, needs, out=least, where=needs > 0)
    times = ratio.max(axis=(1, 2))
    if not group.metered:
        times = np.ceil(times - _ROUNDING)
    possible = np.isfinite(times)
    times = np.where(possible, times, 0.0)
    beside = np.where(runs[:, :, None], group.beside[others], np.inf)
    away = group.place[one] != group.place[others]
    bare = (runs & ~group.free[:, group.place[one]]).any(axis=1)
    here = runs & (group.today == group.place[others][:, None])
    found: Bools = (
        possible
        & (group.beside[one] <= beside + _ROUNDING).all(axis=(1, 2), where=runs[:, :, None])
        & (times[:, None] * group.each[one] <= group.each[others] * (1 + _ROUNDING)).all(axis=1)
        & (group.opens[one] <= group.opens[others])
        & ~(away & bare)
        & (~here.any(axis=1) | (group.place[one] == group.place[others]))
        & (~(runs & group.spare).any(axis=1) | (group.region[one] == group.region[others]))
    )
    return found
