"""Tiny planning problems, and the best plan of one found by trying everything."""

from itertools import product

import numpy as np

from freehold.planning.problem import COMMITTED, METERED, WHOLE, Data, Limit, Problem

KINDS = (WHOLE, METERED, COMMITTED)


def problem(
    price: list[float],
    machines: list[list[float]],
    *,
    kind: list[int] | None = None,
    months: int = 2,
    growth: float = 1.0,
    place: list[int] | None = None,
    limits: tuple[Limit, ...] = (),
    spare: list[bool] | None = None,
    move: float = 0.0,
    today: list[int] | None = None,
    data: Data | None = None,
) -> Problem:
    """Return a problem in which workload w needs machines[w][j] on offer j, or cannot run (0)."""
    offers, workloads = len(price), len(machines)
    kinds = np.array(kind or [WHOLE] * offers)
    pairs = [(w, j) for w in range(workloads) for j in range(offers) if machines[w][j] > 0]
    work = np.array([w for w, _ in pairs])
    offer = np.array([j for _, j in pairs])
    size = np.array([machines[w][j] for w, j in pairs])
    grown = size[:, None] * growth ** np.arange(months)
    money = np.array(price)[:, None] * np.ones((1, months))
    used = np.where((kinds == METERED)[offer][:, None], grown * money[offer], 0.0)
    places = np.array(place or list(range(offers)))
    return Problem(
        workloads=tuple(f"w{w}" for w in range(workloads)),
        offers=tuple(f"o{j}" for j in range(offers)),
        kind=kinds,
        place=places,
        region=places,
        price=np.where((kinds == METERED)[:, None], 0.0, money),
        carbon=np.ones((offers, months)),
        term_months=np.where(kinds == COMMITTED, 2, 1),
        exit_share=np.ones(offers),
        opens=np.zeros(offers, dtype=np.int64),
        pair_workload=work,
        pair_offer=offer,
        machines=grown,
        direct_usd=used,
        direct_kg=np.zeros_like(used),
        month=np.arange(months),
        stage=np.arange(months),
        discount=np.ones(months),
        whole=np.ones(workloads, dtype=np.bool_),
        spare=np.array(spare or [False] * workloads),
        move_usd=np.full(workloads, move),
        today=np.array(today or [-1] * workloads),
        limits=limits,
        data=data,
    )


def by_trying(p: Problem) -> float:
    """Return the least cost over every choice of one offer per workload and month.

    For problems of whole, unsplittable workloads on offers bought by the month or by use.
    """
    options = [p.pair_offer[p.pair_workload == w].tolist() for w in range(len(p.workloads))]
    pair_of = {
        (int(w), int(j)): c
        for c, (w, j) in enumerate(zip(p.pair_workload, p.pair_offer, strict=True))
    }
    best = np.inf
    for choice in product(*[product(one, repeat=p.months) for one in options]):
        needed = np.zeros((len(p.offers), p.months))
        cost = 0.0
        for w, path in enumerate(choice):
            before = int(p.today[w])
            for month, j in enumerate(path):
                pair = pair_of[w, j]
                needed[j, month] += p.machines[pair, month]
                cost += float(p.direct_usd[pair, month])
                here = int(p.place[j])
                if before >= 0 and here != before:
                    cost += float(p.move_usd[w])
                before = here
        held = np.where((p.kind == METERED)[:, None], 0.0, np.ceil(needed - 1e-9))
        if not _allowed(p, held):
            continue
        cost += _data_usd(p, choice)
        best = min(best, cost + float((held * p.price).sum()))
    return float(best)


def _data_usd(p: Problem, choice: tuple[tuple[int, ...], ...]) -> float:
    """Return the least cost of copies: held where read, and kept where that spares fetching."""
    if p.data is None:
        return 0.0
    total = 0.0
    for d, place in np.ndindex(*p.data.here.shape):
        store, fetch = float(p.data.usd_per_month[d, place]), float(p.data.fetch_usd[d, place])
        without, within = (np.inf, 0.0) if p.data.here[d, place] else (0.0, np.inf)
        without = min(without, within)
        for month in range(p.months):
            read = any(
                p.data.readers[w, d] and int(p.place[path[month]]) == place
                for w, path in enumerate(choice)
            )
            held = min(within, without + fetch) + store
            without, within = (np.inf if read else min(without, within)), held
        total += min(without, within)
    return total


def _allowed(p: Problem, held: np.ndarray) -> bool:
    for limit in p.limits:
        carried = held[limit.members].sum(axis=0)
        if (carried > limit.at_most + 1e-9).any():
            return False
    return True
