"""Whole machines from a relaxed plan, made few by slope scaling.

Each offer's price is raised by what rounding up its machines costs and the relaxed plan solved
again, so that work gathers on machines that it fills (slope scaling, Kim and Pardalos 1999,
Operations Research Letters 24).
"""

from dataclasses import dataclass, replace

import numpy as np

from freehold.planning.model import Model, answer_of, build
from freehold.planning.problem import (
    COMMITTED,
    MACHINES,
    WHOLE,
    Bools,
    Floats,
    Ints,
    Problem,
    bound_months,
    start_usd,
)
from freehold.planning.solving import Control, Hot

_ROUNDS = 24
_CLOSE = 1e-6
_STEEPEST = 20.0


@dataclass(frozen=True)
class Rounded:
    """The best plan in whole machines found: its objective and its values by the key of a column.

    `pairs` are those that any of the better rounds used.
    """

    objective: float
    keys: Ints
    values: Floats
    pairs: Ints

    def on(self, model: Model) -> Floats:
        """Return the plan as values of the columns of another model."""
        order = np.argsort(self.keys)
        keys = self.keys[order]
        where = np.searchsorted(keys, model.column_keys).clip(max=len(keys) - 1)
        same = keys[where] == model.column_keys
        return np.where(same, self.values[order][where], 0.0)


def whole(relaxed: Model, values: Floats, model: Model) -> Floats:
    """Return a relaxed plan as values of the integer `model` over the same pairs, rounded up."""
    p = model.problem
    answer, _ = answer_of(relaxed, values)
    made = Rounded(0.0, relaxed.column_keys, values, relaxed.pairs).on(model)
    needed = np.zeros((len(p.offers), p.periods))
    np.add.at(needed, p.pair_offer, answer.shares[:, p.stage] * p.machines)
    made[model.columns["unit"].part] = np.ceil(needed[model.wholes] - 1e-7).ravel()
    # Rounded up in sum, so that machines added month by month do not each become a whole one.
    begun = np.ceil(np.cumsum(answer.starts[model.committed], axis=1) - 1e-7)
    made[model.columns["begin"].part] = np.diff(begun, axis=1, prepend=0.0).ravel()
    cannot = p.whole[p.pair_workload[model.pairs]]
    if cannot.any():
        shares = made[model.columns["share"].part].reshape(model.columns["share"].shape)
        if (np.abs(shares[cannot] - np.round(shares[cannot])) > _CLOSE).any():
            made = _unsplit(model, made, cannot)
    return _completed(model, made)


def _unsplit(model: Model, values: Floats, cannot: Bools) -> Floats:
    """Give each workload that cannot be split wholly to its largest offer."""
    p = model.problem
    shape = model.columns["share"].shape
    shares = values[model.columns["share"].part].reshape(shape).copy()
    work = p.pair_workload[model.pairs]
    for workload in np.unique(work[cannot]):
        mine = np.flatnonzero(work == workload)
        count = 2 if p.spare[workload] else 1
        order = np.argsort(-shares[mine], axis=0, kind="stable")
        chosen = np.zeros((len(mine), shape[1]))
        for stage in range(shape[1]):
            taken: list[int] = []
            for place in order[:, stage]:
                region = int(p.region[p.pair_offer[model.pairs[mine[place]]]])
                if region not in taken and len(taken) < count:
                    taken.append(region)
                    chosen[place, stage] = 1.0
        shares[mine] = chosen
    made = values.copy()
    made[model.columns["share"].part] = shares.ravel()
    needed = np.zeros((len(p.offers), p.periods))
    used = shares[:, p.stage] * p.machines[model.pairs]
    np.add.at(needed, p.pair_offer[model.pairs], used)
    made[model.columns["unit"].part] = np.ceil(needed[model.wholes] - 1e-7).ravel()
    made[model.columns["begin"].part] = _begun(p, needed, model.committed).ravel()
    return made


def _begun(p: Problem, needed: Floats, committed: Ints) -> Floats:
    """Return the fewest machines to begin, month by month, that hold what is needed."""
    most = np.zeros((len(p.offers), p.months))
    np.maximum.at(most.T, p.month, needed.T)
    wanted = np.ceil(most[committed] - 1e-7)
    held = bound_months(p)[committed]
    begun = np.zeros_like(wanted)
    for month in range(p.months):
        there = (begun[:, :month] * held[:, :month, month]).sum(axis=1)
        begun[:, month] = np.maximum(wanted[:, month] - there, 0.0)
    return begun


def _completed(model: Model, values: Floats) -> Floats:
    """Fill the columns that follow from shares and machines: arrivals, spread, sums, shortfalls."""
    made = values.copy()
    p = model.problem
    for name in ("spread", "arrive", "sum", "short"):
        made[model.columns[name].part] = 0.0
    if model.columns["spread"].shape[0]:
        shares = made[model.columns["share"].part].reshape(model.columns["share"].shape)
        total = np.zeros((len(p.workloads), p.stages))
        np.add.at(total, p.pair_workload[model.pairs], shares)
        made[model.columns["spread"].part] = total[np.flatnonzero(p.spare)].ravel()
    carried = (model.matrix @ made) / model.scale
    arrives = model.rows["arrive"].part
    here = carried[arrives] - model.high[arrives] / model.scale[arrives]
    made[model.columns["arrive"].part] = np.maximum(here, 0.0)
    promised = model.rows["promise"].part
    short = carried[promised] - model.high[promised] / model.scale[promised]
    made[model.columns["short"].part] = np.maximum(short, 0.0)
    lines = [
        np.arange(one.start, one.start + one.count) for one in model.limits if not one.limit.name
    ]
    if lines:
        carried = (model.matrix @ made) / model.scale
        made[model.columns["sum"].part] = carried[np.concatenate(lines)]
    return made


def fits(model: Model, values: Floats) -> bool:
    """Return whether values keep to every row and bound of the model."""
    carried = model.matrix @ values
    over = np.maximum(carried - model.high, model.low - carried).max(initial=0.0)
    above = (values - model.upper).max(initial=0.0)
    return bool(over <= _CLOSE and above <= _CLOSE and values.min(initial=0.0) >= -_CLOSE)


def _with_reserve(p: Problem, offers: Ints, times: float) -> Problem:
    """Keep back from limits what rounding up the machines of `offers` takes."""
    limits = []
    for limit in p.limits:
        if limit.share is not None:
            limits.append(replace(limit, share=limit.share * (1 - 0.02 * times)))
        elif limit.measure == MACHINES:
            weight = np.ones(len(p.offers)) if limit.weight is None else limit.weight
            kept = 0.5 * times * float((limit.members * weight)[offers].sum())
            limits.append(replace(limit, at_most=max(limit.at_most - kept, 0.0)))
        else:
            limits.append(replace(limit, at_most=limit.at_most * (1 - 0.02 * times)))
    return replace(p, limits=tuple(limits), _memo={})


def rounded(model: Model, values: Floats, control: Control, bound: float) -> Rounded | None:
    """Return the best plan in whole machines near a relaxed one; None if none keeps the limits."""
    p, pairs = model.problem, model.pairs
    full = build(p, pairs, integral=True)
    used = np.unique(p.pair_offer[pairs[_used(model, values)]])
    best: Rounded | None = None
    # Half a machine kept back for each offer mostly leaves room for rounding up, so it is first.
    for times in (1.0, 0.0, 2.0, 4.0):
        found = _scaled_slopes(_with_reserve(p, used, times), full, control, bound)
        if found is not None and (best is None or found.objective < best.objective):
            best = found
        if control.left <= 0.0 or (best is not None and times != 1.0):
            break
    return best


def _used(model: Model, values: Floats) -> Bools:
    shares = values[model.columns["share"].part].reshape(model.columns["share"].shape)
    return np.asarray(shares.max(axis=1, initial=0.0) > _CLOSE)


def _scaled_slopes(p: Problem, full: Model, control: Control, bound: float) -> Rounded | None:
    relaxed = build(p, full.pairs, integral=False)
    solver = Hot(relaxed)
    machine = p.worth(p.price, p.carbon)
    offer = p.pair_offer[relaxed.pairs]
    bought = (p.kind[offer] == WHOLE)[:, None]
    direct = p.worth(p.direct_usd[relaxed.pairs], p.direct_kg[relaxed.pairs])
    held = bound_months(p)[relaxed.committed][:, :, p.month].astype(np.float64)
    left = p.usd_weight * start_usd(p)[relaxed.committed] * p.discount[-1]
    machines = p.machines[relaxed.pairs]
    slope = np.ones((len(p.offers), p.periods))
    best: Rounded | None = None
    its_pairs = np.zeros(len(full.pairs), dtype=np.bool_)
    kept: list[tuple[float, Bools]] = []
    for _ in range(_ROUNDS):
        if control.left <= 0.0:
            break
        cost = relaxed.cost.copy()
        dear = (machine * slope)[offer] * machines
        cost[relaxed.columns["share"].part] = p.staged(direct + np.where(bought, dear, 0.0)).ravel()
        begun = np.einsum("jmt,jt->jm", held, (machine * slope)[relaxed.committed])
        begun = begun + left * slope[relaxed.committed].mean(axis=1)[:, None]
        cost[relaxed.columns["begin"].part] = begun.ravel()
        values = solver.run(cost)
        if values is None or values[relaxed.columns["unserved"].part].max(initial=0.0) > _CLOSE:
            break
        made = whole(relaxed, values, full)
        objective = float(full.cost @ made)
        if fits(full, made):
            used = _used(relaxed, values)
            kept.append((objective, used))
            if best is None or objective < best.objective - 1e-9:
                best, its_pairs = Rounded(objective, full.column_keys, made, full.pairs), used
                if control.tell is not None:
                    control.tell(control.spent, objective, bound)
        answer, _ = answer_of(relaxed, values)
        needed = np.zeros_like(slope)
        np.add.at(needed, p.pair_offer, answer.shares[:, p.stage] * p.machines)
        bound_now = (p.kind == COMMITTED)[:, None]
        needed = np.where(bound_now, answer.units, needed)
        steep = np.ceil(needed - 1e-7) / np.maximum(needed, _CLOSE)
        there = needed > _CLOSE
        slope = np.where(there, 0.5 * slope + 0.5 * np.minimum(steep, _STEEPEST), slope)
    if best is None:
        return None
    kept.sort(key=lambda item: item[0])
    # Many rounds may be as good as the best to the last digit, on other offers: it keeps its own.
    several = np.any([its_pairs, *(used for _, used in kept[:4])], axis=0)
    return replace(best, pairs=full.pairs[np.asarray(several, dtype=np.bool_)])
