"""A planning problem, or some of its candidate pairs, as the matrix of a (mixed-integer) LP."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from freehold.planning.copies import Copies, copies
from freehold.planning.limit_weights import Weights
from freehold.planning.matrix_rows import Block, Rows
from freehold.planning.measuring import penalty, row_of_period, sum_key, sums_of
from freehold.planning.problem import (
    COMMITTED,
    COST,
    MONTH,
    WHOLE,
    Bools,
    Floats,
    Ints,
    Limit,
    Problem,
    bound_months,
    start_usd,
)


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
    `copy` and `fetch` (copies of data x S), `short` (promises x M), `unserved` (W x S), `sum` (sums
    that shares are of, one a row).
    """

    problem: Problem
    pairs: Ints
    committed: Ints
    wholes: Ints
    visits: npt.NDArray[np.int64]
    copies: Copies
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
    data = copies(problem, pairs)
    sums = sums_of(problem)
    columns: dict[str, Block] = {}
    width = 0
    for name, shape in (
        ("share", (len(pairs), stages)),
        ("begin", (len(committed), months)),
        ("unit", (len(wholes), periods)),
        ("spread", (len(spare), stages)),
        ("arrive", (len(visits), stages)),
        ("copy", (len(data.held), stages)),
        ("fetch", (len(data.held), stages)),
        ("short", (len(problem.promises), months)),
        ("unserved", (len(problem.workloads), stages)),
        ("sum", (sum(row_of_period(problem, one)[1] for one in sums), 1)),
    ):
        columns[name] = Block(width, shape)
        width += shape[0] * shape[1]
    number = {name: block.numbers for name, block in columns.items()}

    rows = Rows()
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

    # A copy is held where a workload that reads it runs, and brought where none was before.
    blocks["read"] = rows.add((len(data.reads), stages), -np.inf, 0.0)
    today = np.zeros((len(data.held), stages))
    if len(data.held):
        rows.put(blocks["read"].numbers[data.read], number["share"][data.pair], 1.0)
        rows.put(blocks["read"].numbers, number["copy"][data.copy_of], -1.0)
        assert problem.data is not None
        today[:, 0] = problem.data.here[data.held[:, 0], data.held[:, 1]]
    blocks["brought"] = rows.add((len(data.held), stages), -np.inf, today)
    brought = blocks["brought"].numbers
    rows.put(brought, number["copy"], 1.0)
    rows.put(brought[:, 1:], number["copy"][:, :-1], -1.0)
    rows.put(brought, number["fetch"], -1.0)

    weight = Weights(
        problem,
        pairs,
        committed,
        wholes,
        visits=visits,
        held=data.held,
        number=number,
        integral=integral,
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
        first_sum[sum_key(total)] = column
        column += count
    for limit in problem.limits:
        which, count = row_of_period(problem, limit)
        block = rows.add((count, 1), -np.inf, limit.at_most)
        weight.put(rows, block.numbers[:, 0], which=which, limit=limit)
        if limit.share is not None:
            start = first_sum[sum_key(limit)]
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
        problem,
        pairs,
        committed,
        wholes,
        visits=visits,
        held=data.held,
        columns=columns,
        integral=integral,
    )
    dear = penalty(problem) if unserved_usd is None else unserved_usd
    cost[columns["unserved"].part] = dear.ravel()
    most_places = int(problem.place.max(initial=0)) + 1
    names = 0 if problem.data is None else len(problem.data.names)
    return Model(
        problem=problem,
        pairs=pairs,
        committed=committed,
        wholes=wholes,
        visits=visits,
        copies=data,
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
                "arrive": visits[:, 0] * most_places + visits[:, 1],
                "copy": data.held[:, 0] * most_places + data.held[:, 1],
                "fetch": data.held[:, 0] * most_places + data.held[:, 1],
            },
            width,
        ),
        row_keys=_keys(
            blocks,
            {
                "region": regions[:, 0] * (problem.region.max(initial=0) + 1) + regions[:, 1],
                "committed": committed,
                "whole": wholes,
                "arrive": visits[:, 0] * most_places + visits[:, 1],
                "read": (data.reads[:, 0] * names + data.reads[:, 1]) * most_places
                + data.reads[:, 2],
                "brought": data.held[:, 0] * most_places + data.held[:, 1],
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


def _costs(
    problem: Problem,
    pairs: Ints,
    committed: Ints,
    wholes: Ints,
    *,
    visits: Ints,
    held: Ints,
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
    bound = bound_months(problem)[committed][:, :, problem.month].astype(np.float64)
    begun = np.einsum("jmt,jt->jm", bound, machine[committed])
    begun = begun + problem.usd_weight * start_usd(problem)[committed] * problem.discount[-1]
    cost[columns["begin"].part] = begun.ravel()
    months = np.arange(problem.months)
    opened = (months[None, :] >= problem.opens[committed][:, None]).astype(np.float64)
    upper[columns["begin"].part] = np.where(opened > 0, np.inf, 0.0).ravel()
    arrives = columns["arrive"]
    each = problem.usd_weight * problem.move_usd[visits[:, 0]]
    cost[arrives.part] = np.repeat(each, problem.stages)
    if problem.data is not None:
        monthly = problem.data.usd_per_month[held[:, 0], held[:, 1]][:, None]
        once = problem.data.fetch_usd[held[:, 0], held[:, 1]]
        cost[columns["copy"].part] = (problem.usd_weight * monthly * problem.stage_months).ravel()
        cost[columns["fetch"].part] = np.repeat(problem.usd_weight * once, problem.stages)
        upper[columns["copy"].part] = 1.0
        whole[columns["copy"].part] = integral
    first = problem.discount.reshape(problem.months, -1)[:, 0]
    cost[columns["short"].part] = np.tile(problem.usd_weight * first, columns["short"].shape[0])
    # Nothing is left unserved in whole machines: no finite price keeps the solver from that, since
    # serving a cheap workload may move a dear one to a far dearer offer.
    upper[columns["unserved"].part] = 0.0 if integral else 1.0
    return cost, upper, whole
