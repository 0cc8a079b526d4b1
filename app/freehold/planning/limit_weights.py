"""Entries of the rows of limits: what shares, machines and moves count in them."""

import numpy as np

from freehold.planning.matrix_rows import Rows
from freehold.planning.measuring import per_machine, per_share
from freehold.planning.problem import (
    METERED,
    TOTAL,
    WHOLE,
    Floats,
    Ints,
    Limit,
    Problem,
    bound_months,
    start_usd,
)


class Weights:
    """Puts what shares and machines count in a limit into its rows."""

    def __init__(
        self,
        problem: Problem,
        pairs: Ints,
        committed: Ints,
        wholes: Ints,
        *,
        visits: Ints,
        held: Ints,
        number: dict[str, Ints],
        integral: bool,
    ) -> None:
        self._problem = problem
        self._pairs = pairs
        self._committed = committed
        self._wholes = wholes
        self._visits = visits
        self._held = held
        self._number = number
        self._integral = integral
        self._bound = bound_months(problem)[committed]

    def put(
        self,
        rows: Rows,
        lines: Ints,
        *,
        which: Ints,
        limit: Limit,
        sign: float = 1.0,
        discounted: bool = True,
    ) -> None:
        """Put what counts in a limit into its rows; `which` row each period belongs to."""
        p, pairs, number = self._problem, self._pairs, self._number
        factor = sign * limit.members.astype(np.float64)
        each = per_machine(p, limit)
        direct = per_share(p, limit, pairs)
        if not discounted:
            each, direct = each / p.discount, direct / p.discount
        offer = p.pair_offer[pairs]
        shares = factor[offer][:, None] * direct
        by_pair = p.kind[offer] == (-1 if self._integral else WHOLE)
        if limit.of_use:
            by_pair = p.kind[offer] != METERED
        shares = shares + np.where(
            by_pair[:, None], factor[offer][:, None] * each[offer] * p.machines[pairs], 0.0
        )
        if limit.workloads is not None:
            shares = shares * limit.workloads[p.pair_workload[pairs]][:, None]
        columns = number["share"][:, p.stage]
        self._entries(rows, lines[which][None, :], columns, shares)
        if not limit.of_use:
            wholes = factor[self._wholes][:, None] * each[self._wholes]
            self._entries(rows, lines[which][None, :], number["unit"], wholes)
            held = factor[self._committed][:, None] * each[self._committed]
            j, m, t = np.nonzero(self._bound[:, :, p.month] & (held != 0)[:, None, :])
            rows.put(lines[which[t]], number["begin"][j, m], held[j, t])
        if limit.measure == TOTAL:
            cost = start_usd(p)[self._committed] * p.discount[-1]
            self._entries(rows, lines[:1, None], number["begin"], cost)
            each_move = p.move_usd[self._visits[:, 0]]
            moves = np.broadcast_to(each_move[:, None], number["arrive"].shape)
            self._entries(rows, lines[:1, None], number["arrive"], moves)
            if p.data is not None:
                name, place = self._held.T
                each = p.data.usd_per_month[name, place][:, None] * p.stage_months
                self._entries(rows, lines[:1, None], number["copy"], each)
                once = np.broadcast_to(p.data.fetch_usd[name, place][:, None], each.shape)
                self._entries(rows, lines[:1, None], number["fetch"], once)
            first = p.discount.reshape(p.months, -1)[:, 0]
            shape = number["short"].shape
            self._entries(rows, lines[:1, None], number["short"], np.broadcast_to(first, shape))

    @staticmethod
    def _entries(rows: Rows, lines: Ints, columns: Ints, values: Floats) -> None:
        there = values != 0
        if there.any():
            rows.put(np.broadcast_to(lines, values.shape)[there], columns[there], values[there])
