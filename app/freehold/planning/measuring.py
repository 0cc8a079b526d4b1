"""What machines and shares of workloads count in the limits of a problem."""

from dataclasses import replace

import numpy as np

from freehold.planning.copies import by_place
from freehold.planning.problem import (
    CARBON,
    COST,
    HORIZON,
    MACHINES,
    METERED,
    MONTH,
    STAGE,
    TOTAL,
    WORK,
    Floats,
    Ints,
    Limit,
    Problem,
)


def per_machine(problem: Problem, limit: Limit) -> Floats:
    """Return what one machine counts in a limit, J x T."""
    shape = (len(problem.offers), problem.periods)
    if limit.measure in (COST, TOTAL):
        return problem.price * problem.discount
    if limit.measure == CARBON:
        return problem.carbon
    if limit.measure == MACHINES:
        weight = np.ones(shape[0]) if limit.weight is None else limit.weight
        return np.broadcast_to(weight[:, None], shape)
    return np.zeros(shape)


def per_share(problem: Problem, limit: Limit, pairs: Ints) -> Floats:
    """Return what the whole workload of a pair counts in a limit beside machines, pairs x T."""
    if limit.measure in (COST, TOTAL):
        return problem.direct_usd[pairs] * problem.discount
    if limit.measure == CARBON:
        return problem.direct_kg[pairs]
    if limit.measure == WORK:
        return np.ones((len(pairs), problem.periods))
    metered = problem.kind[problem.pair_offer[pairs]] == METERED
    weight = np.ones(len(problem.offers)) if limit.weight is None else limit.weight
    used = problem.machines[pairs] * weight[problem.pair_offer[pairs]][:, None]
    return np.where(metered[:, None], used, 0.0)


def row_of_period(problem: Problem, limit: Limit) -> tuple[Ints, int]:
    """Return which of a limit's rows each period belongs to, and how many rows it has."""
    if limit.per == HORIZON:
        return np.zeros(problem.periods, dtype=np.int64), 1
    if limit.per == MONTH:
        return problem.month, problem.months
    if limit.per == STAGE:
        return problem.stage, problem.stages
    return np.arange(problem.periods), problem.periods


def penalty(problem: Problem, times: float = 1.0) -> Floats:
    """Return what a wholly unserved workload costs in each stage, W x S: more than serving it."""
    offer = problem.pair_offer
    per_machine_worth = problem.worth(problem.price, problem.carbon)[offer]
    worth = np.ceil(problem.machines) * per_machine_worth
    worth = problem.staged(worth + problem.worth(problem.direct_usd, problem.direct_kg))
    most = np.zeros((len(problem.workloads), problem.stages))
    np.maximum.at(most, problem.pair_workload, worth)
    moves = (problem.usd_weight * (problem.move_usd + by_place(problem).max(axis=1)))[:, None]
    dear: Floats = 5.0 * times * (most + moves + most.max(initial=1.0) / 10)
    return dear


def sum_key(limit: Limit) -> tuple[object, ...]:
    """Return what limits have alike whose shares are of the same sum."""
    return limit.measure, limit.per, id(limit.weight), id(limit.workloads)


def sums_of(problem: Problem) -> list[Limit]:
    """Return the sums over all offers that limits by share refer to, each once."""
    found: dict[tuple[object, ...], Limit] = {}
    for limit in problem.limits:
        if limit.share is not None and sum_key(limit) not in found:
            everything = np.ones(len(problem.offers), dtype=np.bool_)
            found[sum_key(limit)] = replace(
                limit,
                name="",
                members=everything,
                share=None,
                at_most=0.0,
                rule_id=None,
                whole_of_share=True,
            )
    return list(found.values())
