"""How many machines of which candidates, where the dearest 5 % of worlds are to cost least.

Two stages over a few draws: machines are chosen before demand, prices and performance are known and
held for the horizon; what they cannot serve is bought by use where a workload has such an offer,
else paid dearly. Least conditional value at risk, by the linear programme of Rockafellar and
Uryasev (2000, Journal of Risk 2(3)): min eta + sum of max(cost - eta, 0) / ((1 - level) S).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from freehold.errors import InputError
from freehold.planning.uncertainty.assumptions import Volatilities
from freehold.planning.uncertainty.draws import Draws, Floats
from freehold.planning.uncertainty.evaluate import met
from freehold.planning.uncertainty.plan_rows import Plan, plan_of
from freehold.planning.uncertainty.summary import value_at_risk_tail

COLUMNS = {
    "row": "text: name of the candidate",
    "workload": "text: workload it can serve",
    "kind": "text: kind of the workload",
    "accelerator_id": "text: accelerator",
    "term": "text: term",
    "usd_per_unit": "num: USD a month of one machine, or of all of today's demand if metered",
    "capacity_per_unit": "num: demand one machine can serve within its targets, over today's",
    "metered": "bool: paid by use, without a limit",
    "most": "num: machines that can be had; NULL = no limit",
}
"""Columns of candidates beside those of a plan's rows on the workload; a missing one is NULL."""


@dataclass(frozen=True)
class Robust:
    """Machines of each candidate and what they come to.

    Attributes:
        candidates: the candidates with `units`, whole machines (0 for metered ones).
        level: of the conditional value at risk.
        cvar, mean: over the reduced draws it was chosen by, USD over the horizon.
        tested_cvar, tested_mean, tested_unserved: over many other draws; the share is of demand
            that neither machines nor offers by use served, mean over workloads.
        gap: share by which a better choice may exist; None if none was found in time.
    """

    candidates: pd.DataFrame
    level: float
    cvar: float
    mean: float
    tested_cvar: float
    tested_mean: float
    tested_unserved: float
    gap: float | None


@dataclass(frozen=True)
class _World:
    """Demand S x W x M, and price and performance of candidates, S x R x M and S x R."""

    demand: Floats
    price: Floats
    performance: Floats


def robust(
    candidates: pd.DataFrame,
    months: int,
    volatilities: Volatilities,
    *,
    draws: int = 32,
    seed: int = 0,
    level: float = 0.95,
    weight: float = 1.0,
    tested: int = 4096,
    seconds: float = 30.0,
) -> Robust:
    """Choose whole machines that cost least in the dearest worlds.

    Args:
        candidates: COLUMNS; a workload may have several.
        months: horizon.
        volatilities: how uncertain what is.
        draws: reduced draws to choose by, 20 to 50 are usual.
        seed: same seed, same answer.
        level: 0.95 = the dearest 5 %.
        weight: of the conditional value at risk; the rest is on the mean (0 = cost on average).
        tested: draws, of another seed, by which the choice is judged.
        seconds: for solving.

    Raises:
        InputError: there is no candidate, or a figure of one is impossible.
    """
    rows = _ordered(candidates)
    plan = plan_of(rows.assign(share=1.0, capacity=rows["capacity_per_unit"], held_usd=0.0), months)
    penalty = _recourse(rows, plan, volatilities)
    world = _world(plan, volatilities, Draws(draws, seed))
    units, gap = _solved(rows, plan, world, penalty, level=level, weight=weight, seconds=seconds)
    cost, _ = _cost(rows, plan, world, penalty, units)
    other = _world(plan, volatilities, Draws(tested, seed + 1_000_003))
    judged, unserved = _cost(rows, plan, other, penalty, units)
    return Robust(
        rows.assign(units=units),
        level,
        value_at_risk_tail(cost, level),
        float(cost.mean()),
        value_at_risk_tail(judged, level),
        float(judged.mean()),
        unserved,
        gap,
    )


def _ordered(candidates: pd.DataFrame) -> pd.DataFrame:
    if candidates.empty:
        raise InputError("There is no candidate to choose from")
    rows = candidates.sort_values(["workload", "row"]).reset_index(drop=True)
    for name in ("usd_per_unit", "capacity_per_unit"):
        if not (rows[name] > 0).all():
            raise InputError(f"A candidate's {name} must lie above 0")
    return rows


def _recourse(rows: pd.DataFrame, plan: Plan, volatilities: Volatilities) -> Floats:
    """Return USD a month for unserved demand, of all of today's, W."""
    each = (rows["usd_per_unit"] / rows["capacity_per_unit"]).groupby(rows["workload"]).max()
    factor = volatilities.get("robust", "*", "recourse_factor", 3.0)
    found: Floats = each.reindex(list(plan.workloads)).to_numpy(dtype=np.float64) * factor
    return found


def _world(plan: Plan, volatilities: Volatilities, draws: Draws) -> _World:
    demand, price, performance = met(plan, volatilities, draws)
    return _World(demand, price, performance)


def _cost(
    rows: pd.DataFrame, plan: Plan, world: _World, penalty: Floats, units: Floats
) -> tuple[Floats, float]:
    """Return the cost of each draw, S, and the mean unserved share, with all else at its best."""
    usd = rows["usd_per_unit"].to_numpy(dtype=np.float64)
    size = rows["capacity_per_unit"].to_numpy(dtype=np.float64)
    metered = rows["metered"].to_numpy(dtype=np.bool_)
    cost: Floats = np.einsum("r,srm->s", units * usd, world.price)
    lost = []
    for number, start in enumerate(plan.first[:-1]):
        mine = slice(start, plan.first[number + 1])
        room = world.performance[:, mine] @ (units * size)[mine]
        short = np.maximum(world.demand[:, number] - room[:, None], 0.0)
        by_use = np.flatnonzero(metered[mine]) + start
        if len(by_use):
            cheapest = (usd[by_use] * np.moveaxis(world.price[:, by_use], 1, 2)).min(axis=2)
            rate = np.minimum(cheapest, penalty[number])
            lost.append(0.0)
        else:
            rate = np.full_like(short, penalty[number])
            lost.append(float(short.sum() / world.demand[:, number].sum()))
        cost += (short * rate).sum(axis=1)
    return cost, float(np.mean(lost))


def _solved(
    rows: pd.DataFrame,
    plan: Plan,
    world: _World,
    penalty: Floats,
    *,
    level: float,
    weight: float,
    seconds: float,
) -> tuple[Floats, float | None]:
    """Solve the two-stage programme; variables: machines, unserved S x W x M, eta, excess S."""
    s, w, m = world.demand.shape
    usd = rows["usd_per_unit"].to_numpy(dtype=np.float64)
    size = rows["capacity_per_unit"].to_numpy(dtype=np.float64)
    metered = rows["metered"].to_numpy(dtype=np.bool_)
    n = len(rows)
    work = np.repeat(np.arange(w), np.diff(plan.first))
    rate = np.broadcast_to(penalty[None, :, None], (s, w, m)).copy()
    for row in np.flatnonzero(metered):
        rate[:, work[row]] = np.minimum(rate[:, work[row]], usd[row] * world.price[:, row])
    eta, first_excess = n + s * w * m, n + s * w * m + 1
    total = first_excess + s
    # Served + unserved >= demand, for each draw, workload and month.
    reach = np.where(metered, 0.0, size) * world.performance
    index = np.arange(s * w * m).reshape(s, w, m)
    lines = np.concatenate([index[:, work].ravel(), index.ravel()])
    columns = np.concatenate(
        [np.broadcast_to(np.arange(n)[None, :, None], (s, n, m)).ravel(), n + index.ravel()]
    )
    values = np.concatenate([np.repeat(reach[:, :, None], m, axis=2).ravel(), np.ones(s * w * m)])
    served = sparse.csr_array((values, (lines, columns)), shape=(s * w * m, total))
    # Excess + eta >= cost of the draw.
    held = np.where(metered, 0.0, usd) * world.price.sum(axis=2)
    lines = np.concatenate(
        [np.repeat(np.arange(s), n), np.repeat(np.arange(s), w * m), np.arange(s), np.arange(s)]
    )
    columns = np.concatenate(
        [np.tile(np.arange(n), s), n + index.ravel(), np.full(s, eta), first_excess + np.arange(s)]
    )
    values = np.concatenate([-held.ravel(), -rate.ravel(), np.ones(s), np.ones(s)])
    beyond = sparse.csr_array((values, (lines, columns)), shape=(s, total))
    goal = np.zeros(total)
    goal[:n] = (1.0 - weight) * held.mean(axis=0)
    goal[n:eta] = (1.0 - weight) * rate.ravel() / s
    goal[eta] = weight
    goal[first_excess:] = weight / ((1.0 - level) * s)
    most = rows["most"] if "most" in rows else pd.Series(np.inf, index=rows.index)
    upper = np.full(total, np.inf)
    upper[:n] = np.where(metered, 0.0, pd.to_numeric(most).fillna(np.inf))
    lower = np.zeros(total)
    lower[eta] = -np.inf
    whole = np.zeros(total)
    whole[:n] = 1
    from scipy.optimize import Bounds, LinearConstraint, milp  # slow to import

    found = milp(
        goal,
        integrality=whole,
        bounds=Bounds(lower, upper),
        constraints=[
            LinearConstraint(served, lb=world.demand.ravel()),
            LinearConstraint(beyond, lb=0.0),
        ],
        options={"time_limit": seconds, "mip_rel_gap": 1e-3},
    )
    if found.x is None:
        return np.zeros(n), None
    return np.round(found.x[:n]), float(found.mip_gap or 0.0)
