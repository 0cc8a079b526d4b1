"""A planning problem, or some of its candidate pairs, as the matrix of a (mixed-integer) LP."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from freehold.planning.problem import (
    CARBON,
    COMMITTED,
    COST,
    HORIZON,
    MACHINES,
    METERED,
    MONTH,
    STAGE,
    TOTAL,
    WHOLE,
    WORK,
    Answer,
    Bools,
    Floats,
    Ints,
    Limit,
    Problem,
    bound_months,
    start_usd,
)


@dataclass(frozen=True)
class Block:
    """A run of columns or rows: where it starts and its shape."""

    start: int
    shape: tuple[int, int]

    @property
    def numbers(self) -> Ints:
        """Their numbers in that shape."""
        size = self.shape[0] * self.shape[1]
        return np.arange(self.start, self.start + size, dtype=np.int64).reshape(self.shape)

    @property
    def part(self) -> slice:
        """Their numbers as a slice."""
        return slice(self.start, self.start + self.shape[0] * self.shape[1])


@dataclass(frozen=True)
class LimitRows:
    """Rows of one limit: their first number and how many there are."""

    limit: Limit
    start: int
    count: int


@dataclass(frozen=True)
class Model:
    """min cost x, low <= A x <= high, 0 <= x <= upper; `integral` columns are whole numbers.

    Blocks: `share` (active pairs x S), `begin` (committed offers x M), `unit` (whole offers x T,
    only in the integer form), `spread` (spare workloads x S), `arrive` (workload-places x S),
    `short` (promises x M), `unserved` (W x S), `sum` (sums that shares are of, one a row).
    """

    problem: Problem
    pairs: Ints
    committed: Ints
    wholes: Ints
    visits: npt.NDArray[np.int64]
    columns: dict[str, Block]
    rows: dict[str, Block]
    limits: tuple[LimitRows, ...]
    spare_regions: npt.NDArray[np.int64]
    cost: Floats
    upper: Floats
    integral: Bools
    matrix: sp.csc_matrix
    low: Floats
    high: Floats
    scale: Floats
    column_keys: Ints
    row_keys: Ints


class _Rows:
    """Collects the entries of a sparse matrix row block by row block."""

    def __init__(self) -> None:
        self.count = 0
        self._entries: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]] = []
        self._low: list[Floats] = []
        self._high: list[Floats] = []

    def add(self, shape: tuple[int, int], low: Floats | float, high: Floats | float) -> Block:
        block = Block(self.count, shape)
        size = shape[0] * shape[1]
        self.count += size
        for bounds, value in ((self._low, low), (self._high, high)):
            bounds.append(np.broadcast_to(np.asarray(value, dtype=np.float64), shape).ravel())
        return block

    def put(self, rows: Ints, columns: Ints, values: Floats | float) -> None:
        shape = np.broadcast_shapes(rows.shape, columns.shape, np.shape(values))
        self._entries.append(
            (
                np.broadcast_to(rows, shape).ravel(),
                np.broadcast_to(columns, shape).ravel(),
                np.broadcast_to(np.asarray(values, dtype=np.float64), shape).ravel(),
            )
        )

    def matrix(self, width: int) -> tuple[sp.csc_matrix, Floats, Floats]:
        rows, columns, values = (
            np.concatenate([entry[i] for entry in self._entries]) for i in range(3)
        )
        shape = (self.count, width)
        matrix = sp.coo_matrix((values, (rows, columns)), shape=shape).tocsc()
        return matrix, np.concatenate(self._low), np.concatenate(self._high)


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
    moves = (problem.usd_weight * problem.move_usd)[:, None]
    dear: Floats = 5.0 * times * (most + moves + most.max(initial=1.0) / 10)
    return dear


def _sum_key(limit: Limit) -> tuple[object, ...]:
    return limit.measure, limit.per, id(limit.weight), id(limit.workloads)


def sums_of(problem: Problem) -> list[Limit]:
    """Return the sums over all offers that limits by share refer to, each once."""
    found: dict[tuple[object, ...], Limit] = {}
    for limit in problem.limits:
        if limit.share is not None and _sum_key(limit) not in found:
            everything = np.ones(len(problem.offers), dtype=np.bool_)
            found[_sum_key(limit)] = replace(
                limit,
                name="",
                members=everything,
                share=None,
                at_most=0.0,
                rule_id=None,
                whole_of_share=True,
            )
    return list(found.values())


def build(  # noqa: PLR0915 - one block of rows after another reads best in one place
    problem: Problem, pairs: Ints, *, integral: bool, unserved_usd: Floats | None = None
) -> Model:
    """Return the matrix over the active `pairs`.

    In the relaxed form machines bought per period are not columns of their own: they follow the
    shares. In the integer form they are whole numbers.
    """
    periods, months, stages = problem.periods, problem.months, problem.stages
    offer, work = problem.pair_offer[pairs], problem.pair_workload[pairs]
    kind = problem.kind
    used = np.unique(offer)
    committed = used[kind[used] == COMMITTED]
    wholes = used[kind[used] == WHOLE] if integral else used[:0]
    spare = np.flatnonzero(problem.spare)
    pays = (problem.move_usd > 0) & (problem.usd_weight > 0)
    places = problem.place[offer]
    visits = np.unique(np.stack([work, places], axis=1)[pays[work]], axis=0)
    sums = sums_of(problem)
    columns: dict[str, Block] = {}
    width = 0
    for name, shape in (
        ("share", (len(pairs), stages)),
        ("begin", (len(committed), months)),
        ("unit", (len(wholes), periods)),
        ("spread", (len(spare), stages)),
        ("arrive", (len(visits), stages)),
        ("short", (len(problem.promises), months)),
        ("unserved", (len(problem.workloads), stages)),
        ("sum", (sum(row_of_period(problem, one)[1] for one in sums), 1)),
    ):
        columns[name] = Block(width, shape)
        width += shape[0] * shape[1]
    number = {name: block.numbers for name, block in columns.items()}

    rows = _Rows()
    blocks: dict[str, Block] = {}
    # Demand: the shares of a workload add up to one, or to what is spread over regions.
    free = np.zeros(len(problem.workloads))
    served = np.where(problem.spare, free, 1.0)[:, None]
    blocks["demand"] = rows.add((len(problem.workloads), stages), served, served)
    demand = blocks["demand"].numbers
    rows.put(demand[work], number["share"], 1.0)
    rows.put(demand[~problem.spare], number["unserved"][~problem.spare], 1.0)
    rows.put(demand[spare], number["spread"], -1.0)
    # A spare workload is served whole without any one region.
    mine = problem.spare[work]
    regions = np.unique(np.stack([work, problem.region[offer]], axis=1)[mine], axis=0)
    blocks["region"] = rows.add((len(regions), stages), -np.inf, -1.0)
    lost = blocks["region"].numbers
    if len(regions):
        order = {int(name): place for place, name in enumerate(spare)}
        key = regions[:, 0] * (problem.region.max() + 1) + regions[:, 1]
        own = work[mine] * (problem.region.max() + 1) + problem.region[offer[mine]]
        rows.put(lost[np.searchsorted(key, own)], number["share"][mine], 1.0)
        spread = np.array([order[int(name)] for name in regions[:, 0]])
        rows.put(lost, number["spread"][spread], -1.0)
        rows.put(lost, number["unserved"][regions[:, 0]], -1.0)
    # Committed machines hold what is placed on them.
    blocks["committed"] = rows.add((len(committed), periods), -np.inf, 0.0)
    bound = bound_months(problem)
    machines = problem.machines[pairs]
    if len(committed):
        capacity = blocks["committed"].numbers
        mine = kind[offer] == COMMITTED
        rows.put(
            capacity[np.searchsorted(committed, offer[mine])],
            number["share"][mine][:, problem.stage],
            machines[mine],
        )
        held = bound[committed][:, :, problem.month]
        j, m, t = np.nonzero(held)
        rows.put(capacity[j, t], number["begin"][j, m], -1.0)
    blocks["whole"] = rows.add((len(wholes), periods), -np.inf, 0.0)
    if len(wholes):
        capacity = blocks["whole"].numbers
        mine = kind[offer] == WHOLE
        rows.put(
            capacity[np.searchsorted(wholes, offer[mine])],
            number["share"][mine][:, problem.stage],
            machines[mine],
        )
        rows.put(capacity, number["unit"], -1.0)
    # What arrives at a place: the share there above that of the stage before, or of today.
    before = np.zeros((len(visits), stages))
    if len(visits):
        here = visits[:, 1] == problem.today[visits[:, 0]]
        nowhere = problem.today[visits[:, 0]] < 0
        before[:, 0] = here | nowhere
    blocks["arrive"] = rows.add((len(visits), stages), -np.inf, before)
    if len(visits):
        arrival = blocks["arrive"].numbers
        most = problem.place.max() + 1
        mine = pays[work]
        key = visits[:, 0] * most + visits[:, 1]
        line = np.searchsorted(key, work[mine] * most + places[mine])
        rows.put(arrival[line], number["share"][mine], 1.0)
        rows.put(arrival[line][:, 1:], number["share"][mine][:, :-1], -1.0)
        rows.put(arrival, number["arrive"], -1.0)

    weight = _Weights(
        problem, pairs, committed, wholes, visits=visits, number=number, integral=integral
    )
    limit_rows: list[LimitRows] = []
    first_sum: dict[tuple[object, ...], int] = {}
    column = columns["sum"].start
    for total in sums:
        which, count = row_of_period(problem, total)
        block = rows.add((count, 1), 0.0, 0.0)
        weight.put(rows, block.numbers[:, 0], which=which, limit=total)
        rows.put(block.numbers[:, 0], np.arange(column, column + count), -1.0)
        limit_rows.append(LimitRows(total, block.start, count))
        first_sum[_sum_key(total)] = column
        column += count
    for limit in problem.limits:
        which, count = row_of_period(problem, limit)
        block = rows.add((count, 1), -np.inf, limit.at_most)
        weight.put(rows, block.numbers[:, 0], which=which, limit=limit)
        if limit.share is not None:
            start = first_sum[_sum_key(limit)]
            rows.put(block.numbers[:, 0], np.arange(start, start + count), -limit.share)
        limit_rows.append(LimitRows(limit, block.start, count))
    blocks["promise"] = rows.add(
        (len(problem.promises), months),
        -np.inf,
        np.array([-one.usd_per_month for one in problem.promises]).reshape(-1, months),
    )
    for place, promise in enumerate(problem.promises):
        spent = Limit(promise.name, promise.members, COST, per=MONTH)
        line = blocks["promise"].numbers[place]
        weight.put(rows, line, which=problem.month, limit=spent, sign=-1.0, discounted=False)
        rows.put(line, number["short"][place], -1.0)

    matrix, low, high = rows.matrix(width)
    matrix, low, high, scale = _scaled(matrix, low, high, limit_rows, blocks["promise"])
    cost, upper, whole_columns = _costs(
        problem, pairs, committed, wholes, visits=visits, columns=columns, integral=integral
    )
    dear = penalty(problem) if unserved_usd is None else unserved_usd
    cost[columns["unserved"].part] = dear.ravel()
    return Model(
        problem=problem,
        pairs=pairs,
        committed=committed,
        wholes=wholes,
        visits=visits,
        columns=columns,
        rows=blocks,
        limits=tuple(limit_rows),
        spare_regions=regions,
        cost=cost,
        upper=upper,
        integral=whole_columns,
        matrix=matrix,
        low=low,
        high=high,
        scale=scale,
        column_keys=_keys(
            columns,
            {
                "share": pairs,
                "begin": committed,
                "unit": wholes,
                "spread": spare,
                "arrive": visits[:, 0] * (problem.place.max(initial=0) + 1) + visits[:, 1],
            },
            width,
        ),
        row_keys=_keys(
            blocks,
            {
                "region": regions[:, 0] * (problem.region.max(initial=0) + 1) + regions[:, 1],
                "committed": committed,
                "whole": wholes,
                "arrive": visits[:, 0] * (problem.place.max(initial=0) + 1) + visits[:, 1],
            },
            len(low),
        ),
    )


def _keys(blocks: dict[str, Block], names: dict[str, Ints], size: int) -> Ints:
    """Return a number for each column or row that it has in every model of the problem."""
    # Rows of limits stand last but for promises and are the same in each model.
    keys = -1 - np.arange(size, dtype=np.int64)[::-1]
    for place, (name, block) in enumerate(blocks.items()):
        mine = names.get(name, np.arange(block.shape[0], dtype=np.int64))
        made = (mine[:, None] * 4096 + np.arange(block.shape[1])) * 16 + place
        keys[block.part] = made.ravel()
    return keys


def _scaled(
    matrix: sp.csc_matrix,
    low: Floats,
    high: Floats,
    limits: list[LimitRows],
    promises: Block,
) -> tuple[sp.csc_matrix, Floats, Floats, Floats]:
    """Bring the rows of limits, which add up money or power, to coefficients of about one."""
    scale = np.ones(len(low))
    largest = abs(matrix).max(axis=1).toarray().ravel()
    lines = [np.arange(one.start, one.start + one.count) for one in limits]
    lines.append(promises.numbers.ravel())
    chosen = np.concatenate(lines)
    chosen = chosen[largest[chosen] > 0]
    scale[chosen] = 1.0 / largest[chosen]
    return sp.diags_array(scale) @ matrix, low * scale, high * scale, scale


class _Weights:
    """Puts what shares and machines count in a limit into its rows."""

    def __init__(
        self,
        problem: Problem,
        pairs: Ints,
        committed: Ints,
        wholes: Ints,
        *,
        visits: Ints,
        number: dict[str, Ints],
        integral: bool,
    ) -> None:
        self._problem = problem
        self._pairs = pairs
        self._committed = committed
        self._wholes = wholes
        self._visits = visits
        self._number = number
        self._integral = integral
        self._bound = bound_months(problem)[committed]

    def put(
        self,
        rows: _Rows,
        lines: Ints,
        *,
        which: Ints,
        limit: Limit,
        sign: float = 1.0,
        discounted: bool = True,
    ) -> None:
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
            first = p.discount.reshape(p.months, -1)[:, 0]
            shape = number["short"].shape
            self._entries(rows, lines[:1, None], number["short"], np.broadcast_to(first, shape))

    @staticmethod
    def _entries(rows: _Rows, lines: Ints, columns: Ints, values: Floats) -> None:
        there = values != 0
        if there.any():
            rows.put(np.broadcast_to(lines, values.shape)[there], columns[there], values[there])


def _costs(
    problem: Problem,
    pairs: Ints,
    committed: Ints,
    wholes: Ints,
    *,
    visits: Ints,
    columns: dict[str, Block],
    integral: bool,
) -> tuple[Floats, Floats, Bools]:
    width = max(block.start + block.shape[0] * block.shape[1] for block in columns.values())
    cost, upper = np.zeros(width), np.full(width, np.inf)
    whole = np.zeros(width, dtype=np.bool_)
    offer = problem.pair_offer[pairs]
    machine = problem.worth(problem.price, problem.carbon)
    shares = problem.worth(problem.direct_usd[pairs], problem.direct_kg[pairs])
    if not integral:
        bought = (problem.kind[offer] == WHOLE)[:, None]
        shares = shares + np.where(bought, machine[offer] * problem.machines[pairs], 0.0)
    cost[columns["share"].part] = problem.staged(shares).ravel()
    upper[columns["share"].part] = problem.open_pairs[pairs].astype(np.float64).ravel()
    if integral:
        cannot = problem.whole[problem.pair_workload[pairs]]
        whole[columns["share"].part] = np.repeat(cannot, problem.stages)
        cost[columns["unit"].part] = machine[wholes].ravel()
        whole[columns["unit"].part] = True
        whole[columns["begin"].part] = True
    held = bound_months(problem)[committed][:, :, problem.month].astype(np.float64)
    begun = np.einsum("jmt,jt->jm", held, machine[committed])
    begun = begun + problem.usd_weight * start_usd(problem)[committed] * problem.discount[-1]
    cost[columns["begin"].part] = begun.ravel()
    months = np.arange(problem.months)
    opened = (months[None, :] >= problem.opens[committed][:, None]).astype(np.float64)
    upper[columns["begin"].part] = np.where(opened > 0, np.inf, 0.0).ravel()
    arrives = columns["arrive"]
    each = problem.usd_weight * problem.move_usd[visits[:, 0]]
    cost[arrives.part] = np.repeat(each, problem.stages)
    first = problem.discount.reshape(problem.months, -1)[:, 0]
    cost[columns["short"].part] = np.tile(problem.usd_weight * first, columns["short"].shape[0])
    # Nothing is left unserved in whole machines: no finite price keeps the solver from that, since
    # serving a cheap workload may move a dear one to a far dearer offer.
    upper[columns["unserved"].part] = 0.0 if integral else 1.0
    return cost, upper, whole


def answer_of(model: Model, values: Floats) -> tuple[Answer, Floats]:
    """Return a solution of the model in terms of its problem, and the unserved shares (W x S)."""
    p = model.problem
    found = {name: values[block.part].reshape(block.shape) for name, block in model.columns.items()}
    shares = np.zeros((len(p.pair_offer), p.stages))
    shares[model.pairs] = np.maximum(found["share"], 0.0)
    starts = np.zeros((len(p.offers), p.months))
    starts[model.committed] = found["begin"]
    units = np.zeros((len(p.offers), p.periods))
    used = shares[:, p.stage] * p.machines
    np.add.at(units, p.pair_offer, used)
    units = np.where((p.kind == METERED)[:, None], units, 0.0)
    if len(model.wholes):
        units[model.wholes] = found["unit"]
    else:
        lp = np.zeros_like(units)
        np.add.at(lp, p.pair_offer, used)
        units = np.where((p.kind == WHOLE)[:, None], lp, units)
    held = np.einsum("jm,jmn->jn", starts, bound_months(p).astype(np.float64))
    units = np.where((p.kind == COMMITTED)[:, None], held[:, p.month], units)
    moved = np.zeros(len(p.workloads))
    if len(model.visits):
        np.add.at(moved, model.visits[:, 0], found["arrive"].sum(axis=1))
    answer = Answer(shares, units, starts, moved, np.maximum(found["short"], 0.0))
    return answer, found["unserved"]


def select(names: Sequence[str], wanted: Sequence[str]) -> Bools:
    """Return which of `names` are among `wanted`."""
    chosen = set(wanted)
    return np.array([name in chosen for name in names], dtype=np.bool_)
