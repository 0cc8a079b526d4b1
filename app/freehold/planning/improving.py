"""Better plans in whole machines, over more and more candidates, until the gap is small enough.

Dives (see diving) and the solver take turns over a kernel of the pairs with the least reduced
costs, doubled each round (kernel search, Angelelli, Mansini and Speranza 2010, Computers and
Operations Research 37). Only the relaxed optimum, or the solver over all pairs, bounds the gap.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from freehold.planning.branching import raised
from freehold.planning.diving import Dived, Diver
from freehold.planning.model import Model, build
from freehold.planning.problem import Floats, Ints, Problem
from freehold.planning.relaxing import Relaxed
from freehold.planning.solving import Control, solve

_CLOSE = 1e-6
_KERNEL = 150
_NEAR, _DRAWN = 600, 90
_OPENED = 6
_PATIENCE = 10
_ANEW = 5
_TURN, _LONG, _BOUND = 0.12, 0.25, 0.1
"""Share of the time of one turn of dives, and of the solver over less than all pairs (longer over
the few that planning begins with); and of raising the bound."""

_LIGHT, _HEAVY = 3_000, 120_000
"""Entries of a matrix that the solver settles at once, so that one dive is enough; and at whose
root it would stay for minutes, so that only dives go on."""


@dataclass(frozen=True)
class Best:
    """The best plan so far, in the columns of its model; the bound it is measured by.

    `ended` tells that all candidates were searched to the end, so that nothing better is left.
    """

    model: Model | None
    found: Dived | None
    bound: float
    ended: bool = False

    @property
    def gap(self) -> float:
        """Share of the objective by which the plan can at most be bettered; infinite without."""
        if self.found is None:
            return np.inf
        return max(self.found.objective - self.bound, 0.0) / max(abs(self.found.objective), 1e-9)


def improved(
    problem: Problem,
    control: Control,
    *,
    first: Ints,
    order: Ints,
    base: Relaxed,
    gap: float,
    seed: int,
    narrow: Ints | None = None,
) -> Best:
    """Return the best plan found before the gap is reached or the time is over.

    Args:
        problem: what to plan.
        control: time, progress and cancel.
        first: the pairs of the relaxed optimum's model, whose `basis` it is.
        order: every pair, the most promising first.
        base: the relaxed optimum, whose bound and basis are started from.
        gap: share of the objective that may be left.
        seed: of every random choice.
        narrow: a few pairs to begin with, where the relaxed optimum is spread too thin to round.
    """
    best = Best(None, None, base.bound)
    basis = base.basis
    draw = np.random.default_rng(seed)
    kernel = first if narrow is None else narrow
    size, turn = _KERNEL, seed
    while not best.ended and best.gap > gap and control.left > 0:
        model = build(problem, kernel, integral=True)
        every = len(kernel) == len(problem.pair_offer)
        began = None if best.found is None else _on(best, model)
        diver = Diver(model, control, basis=basis, seed=turn)
        light = every and model.matrix.nnz <= _LIGHT
        for found in _dives(diver, began, control, anew=best.found is None, light=light):
            best = _told(control, Best(model, found, best.bound))
            if best.gap <= gap:
                return best
        if turn == seed and best.found is not None:
            enough = best.found.objective * (1 - gap)
            bound = raised(problem, control, base, enough=enough, seconds=_BOUND * control.seconds)
            best = _told(control, Best(best.model, best.found, max(best.bound, bound)))
            if best.gap <= gap:
                return best
        if model.matrix.nnz <= _HEAVY:
            turn_s = (_LONG if kernel is narrow else _TURN) * control.seconds
            best = _solved(best, model, control, every=every, gap=gap, seed=seed, seconds=turn_s)
        size, turn = 2 * max(size, len(kernel)), turn + 1
        used = kernel if best.model is None or best.found is None else _used(best)
        if narrow is None:
            kernel = np.union1d(np.union1d(used, first), order[:size])
        else:
            # Small enough for the solver: what is used, and another draw of what may better it.
            near = np.union1d(narrow, order[:_NEAR])
            kernel = np.union1d(used, draw.choice(near, min(_DRAWN, len(near)), replace=False))
    return best


def _dives(
    diver: Diver, began: Dived | None, control: Control, *, anew: bool, light: bool
) -> Iterator[Dived]:
    """Give each better plan of a turn of dives."""
    ends = control.spent + _TURN * control.seconds
    best = began
    if anew:
        for at_once in (8,) if light else (8, 4, 1):
            found = diver.first(at_once)
            if found is not None and (best is None or found.objective < best.objective):
                best = found
                yield best
    failed = _PATIENCE if light else 0
    while best is not None and failed < _PATIENCE and control.spent < ends and control.left > 0:
        failed += 1
        anew = failed % _ANEW == 0
        below = best.objective * (1 - _CLOSE)
        found = diver.first(cutoff=below) if anew else diver.better(best, _OPENED)
        if found is not None:
            best, failed = found, 0
            yield best


def _solved(
    best: Best,
    model: Model,
    control: Control,
    *,
    every: bool,
    gap: float,
    seed: int,
    seconds: float,
) -> Best:
    began = None if best.found is None else _on(best, model)
    found = solve(
        model,
        control,
        gap=gap if every else gap / 2,
        seed=seed,
        start=None if began is None else began.values,
        floor=best.bound,
        seconds=None if every else max(seconds, 1.0),
        whole=every,
    )
    bound = max(best.bound, found.bound) if every else best.bound
    ended = every and found.finished
    if found.values is None:
        return Best(best.model, best.found, bound if best.found else best.bound, ended)
    if best.found is None or found.objective < best.found.objective:
        return _told(control, Best(model, Dived(found.objective, found.values), bound, ended))
    return _told(control, Best(best.model, best.found, bound, ended))


def _told(control: Control, best: Best) -> Best:
    if control.tell is not None:
        known = None if best.found is None else best.found.objective
        control.tell(control.spent, known, best.bound)
    return best


def _on(best: Best, model: Model) -> Dived:
    """Return the best plan as values of the columns of another model that has its pairs."""
    assert best.model is not None
    assert best.found is not None
    if model is best.model:
        return best.found
    order = np.argsort(best.model.column_keys)
    keys = best.model.column_keys[order]
    where = np.searchsorted(keys, model.column_keys).clip(max=len(keys) - 1)
    same = keys[where] == model.column_keys
    values = np.where(same, best.found.values[order][where], 0.0)
    return Dived(best.found.objective, values)


def _used(best: Best) -> Ints:
    assert best.model is not None
    assert best.found is not None
    shares: Floats = best.found.values[best.model.columns["share"].numbers]
    used: Ints = best.model.pairs[shares.max(axis=1, initial=0.0) > _CLOSE]
    return used
