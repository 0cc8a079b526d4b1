"""From a problem to a plan: relaxed with generated columns, then whole, with a proven gap."""

from dataclasses import dataclass, replace

import numpy as np

from freehold.planning.answers import answer_of
from freehold.planning.dominance import exact, needless
from freehold.planning.improving import improved
from freehold.planning.pricing import priced
from freehold.planning.problem import (
    METERED,
    WHOLE,
    WORK,
    Answer,
    Bools,
    Ints,
    Problem,
    money,
)
from freehold.planning.relaxing import SERVED, Relaxed, relaxed
from freehold.planning.solving import Control

_GROUPS = 3
_SMALL = 6000
"""Columns of shares up to which the whole problem goes to the solver, so that it proves the gap."""


@dataclass(frozen=True)
class Found:
    """A plan: `status` optimal (within the gap asked), feasible, infeasible or unknown.

    `gap` is the share of the objective by which it can at most be bettered; None without a plan.
    """

    status: str
    answer: Answer | None
    objective: float | None
    bound: float
    gap: float | None
    relaxed: Relaxed | None
    pairs: Ints
    seconds: float


def find(
    problem: Problem,
    control: Control,
    *,
    gap: float = 0.01,
    seed: int = 0,
    pairs: Ints | None = None,
) -> Found:
    """Find a plan within `gap` of the best, or the best that the time allows.

    Args:
        problem: what to plan.
        control: time, progress and cancel.
        gap: share of the objective that may be left.
        seed: of the solver's random choices.
        pairs: candidate pairs to begin with, such as those of a plan of a like problem.
    """
    # Beside a plan of a like problem to begin with, sifting takes longer than it spares.
    every = np.ones(len(problem.pair_offer), dtype=np.bool_)
    needed = every if pairs is not None else ~needless(problem)
    kept = np.flatnonzero(needed) if exact(problem) else np.arange(len(problem.pair_offer))
    less = problem.kept(np.isin(np.arange(len(problem.pair_offer)), kept))
    began = None
    if pairs is not None:
        began = np.flatnonzero(np.isin(kept, pairs))
        if len(np.unique(less.pair_workload[began])) < len(problem.workloads):
            began = None
    found = _found(less, control, gap=gap, seed=seed, pairs=began, needed=needed[kept])
    answer = found.answer
    if answer is not None:
        shares = np.zeros((len(problem.pair_offer), problem.stages))
        shares[kept] = answer.shares
        answer = replace(answer, shares=shares)
    base = found.relaxed
    if base is not None:
        base = replace(base, pairs=kept[base.model.pairs])
    return replace(found, answer=answer, relaxed=base, pairs=kept[found.pairs])


def _found(
    problem: Problem, control: Control, *, gap: float, seed: int, pairs: Ints | None, needed: Bools
) -> Found:
    small = len(problem.pair_offer) * problem.periods <= _SMALL
    every = np.arange(len(problem.pair_offer))
    base = relaxed(problem, control, every if small else pairs)
    if base is None:
        return Found("unknown", None, None, -np.inf, None, None, every[:0], control.spent)
    active = base.model.pairs
    if not base.feasible:
        return Found("infeasible", None, None, base.bound, None, base, active, control.spent)
    if control.tell is not None:
        control.tell(control.spent, None, base.bound)
    best = improved(
        problem,
        control,
        first=active,
        order=_promising(base, needed),
        base=base,
        gap=gap,
        seed=seed,
        narrow=None if small or exact(problem) else _narrow(problem),
    )
    if best.found is None or best.model is None:
        status = "infeasible" if best.ended else "unknown"
        return Found(status, None, None, base.bound, None, base, active, control.spent)
    answer = _without_idle(problem, answer_of(best.model, best.found.values)[0])
    status = "optimal" if best.gap <= gap + 1e-9 else "feasible"
    return Found(
        status, answer, best.found.objective, best.bound, best.gap, base, active, control.spent
    )


def _narrow(problem: Problem) -> Ints:
    """Return what a planner by hand would look at under limits on shares of cost.

    Those are the places of today, and each workload's cheapest offer of the few groups (providers,
    as the limits count them) that are cheapest for it.
    """
    offer, work = problem.pair_offer, problem.pair_workload
    group = -1 - problem.place
    for number, limit in enumerate(problem.limits):
        if limit.share is not None and limit.measure != WORK:
            group = np.where(limit.members & (group < 0), number, group)
    machine = problem.worth(problem.price, problem.carbon)[offer]
    worth = machine * np.ceil(problem.machines - SERVED)
    dear = (worth + problem.worth(problem.direct_usd, problem.direct_kg)).sum(axis=1)
    order = np.lexsort((dear, work))
    key = work[order] * (len(problem.limits) + problem.place.max() + 2) + group[offer[order]]
    firsts = np.sort(np.unique(key, return_index=True)[1])
    cheapest = order[firsts]
    rank = np.arange(len(cheapest)) - np.searchsorted(work[cheapest], work[cheapest])
    home = np.flatnonzero(problem.place[offer] == problem.today[work])
    found: Ints = np.union1d(cheapest[rank < _GROUPS], home)
    return found


def _without_idle(problem: Problem, answer: Answer) -> Answer:
    """Give back machines that carry nothing: a promise counts money, whatever it was spent on.

    What such machines cost is missed of the promise instead, so the plan costs no more.
    """
    p = problem
    shares = answer.shares[:, p.stage]
    needed, spent = np.zeros((2, len(p.offers), p.periods))
    np.add.at(needed, p.pair_offer, shares * p.machines)
    full = np.ceil(needed - SERVED)
    by_period = (p.kind == WHOLE)[:, None]
    units = np.where(by_period, np.minimum(answer.units, full), answer.units)
    np.add.at(spent, p.pair_offer, shares * p.direct_usd)
    spent += np.where((p.kind == METERED)[:, None], 0.0, units * p.price)
    monthly = spent.reshape(len(p.offers), p.months, -1).sum(axis=2)
    short = [
        np.maximum(one.usd_per_month - monthly[one.members].sum(axis=0), 0.0) for one in p.promises
    ]
    return replace(
        answer, units=units, shortfall=np.array(short).reshape(len(p.promises), p.months)
    )


def _promising(base: Relaxed, needed: Bools) -> Ints:
    """Return every pair, least reduced cost first, those that others replace last."""
    reduced = priced(base.model, base.duals).reduced.min(axis=1)
    order: Ints = np.lexsort((reduced, ~needed))
    return order


def cost(found: Found, problem: Problem) -> dict[str, float] | None:
    """Return the money and carbon of a plan, computed from its rows."""
    return None if found.answer is None else money(problem, found.answer)
