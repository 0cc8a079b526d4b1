"""Whole machines from a relaxed plan by diving, and better ones by diving again from parts of it.

A dive fixes what must be whole - where a workload that cannot be split runs, then the machines of
one offer after another - and solves the relaxed rest again, so that work rounded off one offer
moves to those still open (Berthold 2006, Primal Heuristics for Mixed Integer Programs, chapter 3).
Afterwards some offers of the best plan are opened and dived for again, the others kept (large
neighbourhood search, Shaw 1998).
"""

from dataclasses import dataclass

import numpy as np

from freehold.planning.model import Model
from freehold.planning.problem import Floats, Ints
from freehold.planning.solving import Basis, Control, Warm

_CLOSE = 1e-6
_AT_ONCE = 8
_UNUSED = 2
_SPREAD = 0.4
_AGAIN = 8
_ROUND_UP_FROM = 0.7
_FILLED, _UP, _FLOOR = 0, 1, 2


@dataclass(frozen=True)
class Dived:
    """A plan in whole machines: values of the model's columns, and their objective."""

    objective: float
    values: Floats


class Diver:
    """Dives in one integer model, whose relaxation stays warm from dive to dive.

    A decision is what is fixed together: the machines of an offer over all periods (first
    `wholes`, then `committed`), the shares of a workload that cannot be split, or a copy of data at
    a place.
    """

    def __init__(
        self, model: Model, control: Control, *, basis: Basis | None = None, seed: int = 0
    ) -> None:
        p = model.problem
        self.model = model
        self._control = control
        self._draw = np.random.default_rng(seed)
        self._offer, self._work = p.pair_offer[model.pairs], p.pair_workload[model.pairs]
        self._share = model.columns["share"].numbers
        self._copy = model.columns["copy"].numbers
        self._at = p.place
        self._owner = np.concatenate([model.wholes, model.committed])
        self._workloads = np.unique(self._work[p.whole[self._work]])
        self._columns = [
            *model.columns["unit"].numbers,
            *model.columns["begin"].numbers,
            *(self._share[self._work == workload].ravel() for workload in self._workloads),
            *self._copy,
        ]
        self._unserved = model.columns["unserved"].part
        # What is left unserved is dear, but keeps every relaxed plan possible.
        self._widest = model.upper.copy()
        self._widest[self._unserved] = 1.0
        self._warm = Warm(model, self._widest, basis, seed)

    def first(self, at_once: int = _AT_ONCE, cutoff: float = np.inf) -> Dived | None:
        """Return a plan near the relaxed optimum, below `cutoff`; None if the dive leads to none.

        `at_once` offers are settled in each step: the fewer, the slower and mostly the better.
        """
        every = np.arange(len(self._columns))
        self._keep(every[:0], None)
        return self._down(every, cutoff, at_once)

    def better(self, best: Dived, opened: int) -> Dived | None:
        """Open about so many offers of a plan, and what runs there; return a better plan if any."""
        chosen = self._near(best, opened)
        self._keep(np.setdiff1d(np.arange(len(self._columns)), chosen), best)
        return self._down(chosen, best.objective * (1 - 1e-6), int(self._draw.integers(1, 4)))

    def _near(self, best: Dived, opened: int) -> Ints:
        machines = len(self._owner)
        used = np.array([best.values[one].any() for one in self._columns[:machines]], dtype=bool)
        offers = np.concatenate(
            [
                self._draw.choice(numbers, min(most, len(numbers)), replace=False)
                for numbers, most in (
                    (np.flatnonzero(used), opened),
                    (np.flatnonzero(~used), _UNUSED * opened),
                )
            ]
        )
        runs = best.values[self._share].max(axis=1, initial=0.0) > _CLOSE
        there = self._work[runs & np.isin(self._offer, self._owner[offers])]
        rows = machines + np.flatnonzero(np.isin(self._workloads, there))
        # Copies follow what runs where: those at the places of what is opened are open too.
        around = np.isin(self.model.copies.held[:, 1], self._at[self._owner[offers]])
        data = machines + len(self._workloads) + np.flatnonzero(around)
        return np.concatenate([offers, rows, data])

    def _keep(self, decisions: Ints, best: Dived | None) -> None:
        """Open every decision but these, which stay as in `best`."""
        low, high = np.zeros(len(self._widest)), self._widest.copy()
        if best is not None and len(decisions):
            columns = np.concatenate([self._columns[one] for one in decisions])
            low[columns] = high[columns] = np.round(best.values[columns])
        self._warm.bound(np.arange(len(low)), low, high)

    def _down(self, left: Ints, cutoff: float, at_once: int) -> Dived | None:
        objective, values = self._solved()
        settled: list[Ints] = []
        again = 0
        while objective < cutoff and self._control.left > 0:
            if not len(left):
                return Dived(float(self.model.cost @ values), values)
            batch = self._next(left, values, at_once)
            after, found = self._fixed(batch, objective, values)
            if not np.isfinite(after) and len(batch) > 1:
                # Too much at once: the same one by one.
                self._reopen(batch)
                batch = batch[:1]
                after, found = self._fixed(batch, objective, values)
            while not np.isfinite(after) and settled and again < _AGAIN:
                # What was settled last leaves no room for it: settle that again, after it.
                self._reopen(settled[-1])
                left = np.union1d(left, settled.pop())
                after, found = self._solved()
                again += 1
            left = np.setdiff1d(left, batch)
            settled.append(batch)
            objective, values = after, found
        return None

    def _reopen(self, decisions: Ints) -> None:
        columns = np.concatenate([self._columns[one] for one in decisions])
        self._warm.bound(columns, np.zeros(len(columns)), self._widest[columns])

    def _fixed(self, batch: Ints, objective: float, values: Floats) -> tuple[float, Floats]:
        """Fix some decisions and return the relaxed rest.

        They are rounded off; up where idle machines cost less than what moves away; and down to
        the last where limits on machines leave room for neither.
        """
        columns = np.concatenate([self._columns[one] for one in batch])
        best: tuple[float, Floats, Floats] | None = None
        for how in (_FILLED, _UP, _FLOOR):
            whole = np.concatenate([self._rounded(int(one), values, how) for one in batch])
            dear = float(self.model.cost[columns] @ np.maximum(whole - values[columns], 0.0))
            if how == _UP and best is not None and best[0] - objective <= dear:
                break
            if how == _FLOOR and best is not None and np.isfinite(best[0]):
                break
            self._warm.bound(columns, whole, whole)
            after, found = self._solved()
            if best is None or after < best[0]:
                best = after, found, whole
        assert best is not None
        if best[2] is not whole:
            self._warm.bound(columns, best[2], best[2])
        return best[0], best[1]

    def _solved(self) -> tuple[float, Floats]:
        objective, values = self._warm.run()
        if values is None:
            return np.inf, self._widest
        if values[self._unserved].max(initial=0.0) > _CLOSE:
            return np.inf, values
        return objective, values

    def _next(self, left: Ints, values: Floats, at_once: int) -> Ints:
        """Return what to fix next: unsplit workloads first, then offers from the least used on.

        Offers without machines go together with the first few.
        """
        from_data = len(self._owner) + len(self._workloads)
        data = left[left >= from_data]
        split = left[(left >= len(self._owner)) & (left < from_data)]
        if len(split):
            sure = np.array([values[self._columns[one]].max() for one in split])
            return split[np.argsort(-sure, kind="stable")][:at_once]
        if len(data):
            # The copy that most rests on is held first: what it can carry leaves the others.
            most = np.array([values[self._columns[one]].max() for one in data])
            order = np.argsort(-most, kind="stable")
            unused = order[1:][most[order[1:]] <= _CLOSE]
            return np.concatenate([data[order[:1]], data[unused]])
        size = np.array([values[self._columns[one]].sum() for one in left])
        rank = size * np.exp(_SPREAD * self._draw.standard_normal(len(left)))
        order = np.argsort(rank, kind="stable")
        return left[order][: int((size <= _CLOSE).sum()) + at_once]

    def _rounded(self, decision: int, values: Floats, how: int) -> Floats:
        """Return whole values for the columns of a decision."""
        here = values[self._columns[decision]]
        if decision >= len(self._owner) + len(self._workloads):
            copies: Floats = np.maximum(np.ceil(here - _CLOSE), 0.0)
            return copies
        if decision >= len(self._owner):
            return self._placed(decision, here, second=how != _FILLED)
        if decision >= len(self.model.wholes):
            more = {_FILLED: 1 - _ROUND_UP_FROM, _UP: 1 - _CLOSE, _FLOOR: _CLOSE}[how]
            held = np.floor(np.cumsum(here) + more)
            return np.maximum(np.diff(held, prepend=0.0), 0.0)
        if how == _FILLED:
            stage = self.model.problem.stage
            return np.concatenate([_filled(here[stage == one]) for one in np.unique(stage)])
        whole: Floats = np.ceil(here - _CLOSE) if how == _UP else np.floor(here + _CLOSE)
        return whole

    def _placed(self, decision: int, here: Floats, *, second: bool) -> Floats:
        """Return the shares of a workload at one offer (two regions if it must survive a loss)."""
        p = self.model.problem
        workload = self._workloads[decision - len(self._owner)]
        mine = np.flatnonzero(self._work == workload)
        region = p.region[self._offer[mine]]
        shares = here.reshape(len(mine), -1)
        placed = np.zeros_like(shares)
        for stage in range(shares.shape[1]):
            order = np.argsort(-shares[:, stage], kind="stable")
            if second:
                order = np.roll(order, -1)
            taken: list[int] = []
            for place in order:
                if region[place] not in taken and len(taken) < (2 if p.spare[workload] else 1):
                    taken.append(int(region[place]))
                    placed[place, stage] = 1.0
        return placed.ravel()


def _filled(needed: Floats) -> Floats:
    """Return whole machines that a like but smaller need fills best over the periods of a stage.

    Shares are the same all through a stage, so the need is scaled until it fills whole machines in
    one period; of these scales the one with the least idle machines is taken.
    """
    best, found = 0.0, np.zeros_like(needed)
    for one in needed[needed > _CLOSE]:
        for whole in (np.floor(one + _CLOSE), np.floor(one + _CLOSE) - 1):
            if whole >= 1:
                scaled = needed * (whole / one)
                held = np.ceil(scaled - _CLOSE)
                filled = scaled.sum() - (held - scaled).sum()
                if filled > best:
                    best, found = filled, held
    return found
