"""The relaxed optimum over all candidate pairs: those that would gain are taken in by turns."""

from dataclasses import dataclass

import numpy as np

from freehold.planning.copies import by_place
from freehold.planning.measuring import penalty
from freehold.planning.model import Model, build
from freehold.planning.pricing import priced
from freehold.planning.problem import Floats, Ints, Problem
from freehold.planning.solving import Basis, Control, relax

SERVED = 1e-6
_FIRST = 12
_PER_ROUND = 12
_ROUNDS = 60


@dataclass(frozen=True)
class Relaxed:
    """The relaxed optimum: its model, values and duals, and the bound it gives the problem.

    `unserved` is the largest share of a workload that no plan can serve, `pairs` numbers the
    model's pairs in the problem that was asked.
    """

    model: Model
    values: Floats
    duals: Floats
    bound: float
    unserved: float
    basis: Basis | None
    pairs: Ints

    @property
    def feasible(self) -> bool:
        """Whether every workload can be served without whole machines."""
        return self.unserved <= SERVED


def start_pairs(problem: Problem, first: int = _FIRST) -> Ints:
    """Return the cheapest pairs of each workload, and of each of its places of today."""
    machine = problem.worth(problem.price, problem.carbon)[problem.pair_offer]
    worth = machine * problem.machines
    worth = (worth + problem.worth(problem.direct_usd, problem.direct_kg)).mean(axis=1)
    if problem.data is not None:
        beside = by_place(problem)[problem.pair_workload, problem.place[problem.pair_offer]]
        worth = worth + problem.usd_weight * beside / problem.periods
    home = problem.place[problem.pair_offer] == problem.today[problem.pair_workload]
    order = np.lexsort((worth, problem.pair_workload))
    rank = np.empty(len(order), dtype=np.int64)
    work = problem.pair_workload[order]
    begins = np.searchsorted(work, work)
    rank[order] = np.arange(len(order)) - begins
    order = np.lexsort((worth, ~home, problem.pair_workload))
    at_home = np.empty(len(order), dtype=np.int64)
    at_home[order] = np.arange(len(order)) - begins
    return np.flatnonzero((rank < first) | (home & (at_home < 2)))


def relaxed(problem: Problem, control: Control, pairs: Ints | None = None) -> Relaxed | None:
    """Solve the relaxed problem over all its pairs; None if the time is over before."""
    active = start_pairs(problem) if pairs is None else pairs
    bound = -np.inf
    dear = penalty(problem)
    first = dear.max()
    basis: Basis | None = None
    for _ in range(_ROUNDS):
        model = build(problem, active, integral=False, unserved_usd=dear)
        solved = relax(model, control, basis=basis)
        basis = solved.basis
        if solved.values is None or solved.duals is None:
            return None
        prices = priced(model, solved.duals)
        bound = max(bound, solved.objective - prices.missing)
        unserved = float(solved.values[model.columns["unserved"].part].max(initial=0.0))
        result = Relaxed(model, solved.values, solved.duals, bound, unserved, basis, active)
        wanted = _best(problem, prices.gain)
        if not len(wanted) and not result.feasible and dear.max() < first * 1e3:
            # Nothing serves the rest at this price of leaving it unserved: ask at a higher one.
            dear, bound = dear * 30.0, -np.inf
        elif not len(wanted) or (
            result.feasible and solved.objective - bound <= 1e-5 * abs(solved.objective)
        ):
            return result
        active = np.union1d(active, wanted)
    return result


def _best(problem: Problem, gain: Floats) -> Ints:
    chosen = np.flatnonzero(gain > 0)
    order = chosen[np.lexsort((-gain[chosen], problem.pair_workload[chosen]))]
    work = problem.pair_workload[order]
    rank = np.arange(len(order)) - np.searchsorted(work, work)
    return order[rank < _PER_ROUND]
