"""A higher bound: the relaxed optimum when workloads that cannot be split run in one place.

Branch and bound (Land and Doig 1960) on where such a workload runs in a stage: there and nowhere
else, or anywhere but there. Every plan is in one branch, so the lowest bound of those left bounds
all plans; each branch is relaxed over all pairs.
"""

import heapq
from dataclasses import replace

import numpy as np

from freehold.planning.problem import Bools, Ints, Problem
from freehold.planning.relaxing import Relaxed, relaxed
from freehold.planning.solving import Control

_WHOLE = 1e-3
_MOST = 60


def raised(
    problem: Problem, control: Control, base: Relaxed, *, enough: float, seconds: float
) -> float:
    """Return a bound of at least that of `base`, `enough` or what the time allows.

    Args:
        problem: what to plan.
        control: time and cancel.
        base: its relaxed optimum.
        enough: a bound beyond which there is nothing to gain.
        seconds: how long to go on.
    """
    ends = control.spent + seconds
    none: Bools = np.zeros((len(problem.pair_offer), problem.stages), dtype=np.bool_)
    queue: list[tuple[float, int, Bools, Relaxed]] = [(base.bound, 0, none, base)]
    count = 0
    while queue and count < _MOST and control.left > 0 and control.spent < ends:
        bound, _, shut, node = heapq.heappop(queue)
        choice = _undecided(problem, node)
        if bound >= enough or choice is None:
            return bound
        there, stage = choice
        mine = problem.pair_workload == problem.pair_workload[there[0]]
        inside = np.isin(np.arange(len(mine)), there)
        for closed in (mine & inside, mine & ~inside):
            narrower = shut.copy()
            narrower[closed, stage] = True
            limited = Control(max(ends - control.spent, 0.1), None, control.stop)
            branch = replace(problem, shut=narrower, _memo={})
            found = relaxed(branch, limited, node.pairs)
            count += 1
            if found is None:
                return bound
            if found.feasible:
                heapq.heappush(queue, (max(found.bound, bound), count, narrower, found))
    return queue[0][0] if queue else base.bound


def _undecided(problem: Problem, node: Relaxed) -> tuple[Ints, int] | None:
    """Return the pairs of a workload at the place where it is least decided, and the stage."""
    pairs = node.model.pairs
    shares = node.values[node.model.columns["share"].numbers]
    alone = (problem.whole & ~problem.spare)[problem.pair_workload[pairs]]
    if not alone.any():
        return None
    chosen = pairs[alone]
    place = problem.place[problem.pair_offer]
    for key in (problem.pair_workload * (place.max() + 1) + place, np.arange(len(place))):
        groups, which = np.unique(key[chosen], return_inverse=True)
        held = np.zeros((len(groups), problem.stages))
        np.add.at(held, which, shares[alone])
        open_by = np.minimum(held, 1.0 - held)
        if open_by.max() > _WHOLE:
            group, stage = np.unravel_index(int(open_by.argmax()), open_by.shape)
            return np.flatnonzero(key == groups[group]), int(stage)
    return None
