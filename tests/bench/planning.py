"""A generated planning problem: offers, a tenth as many workloads, twelve months, every limit."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from freehold.planning.problem import (
    CARBON,
    COMMITTED,
    COST,
    MACHINES,
    METERED,
    PERIOD,
    STAGE,
    TOTAL,
    WHOLE,
    WORK,
    Limit,
    Problem,
)
from freehold.planning.search import find
from freehold.planning.solving import Control
from tests.bench.figures import Figure, counted, peak_memory

MONTHS, PROVIDERS, REGIONS_EACH, CHIPS = 12, 25, 4, 8
WANTED = 0.005
_HOURS = 730.0


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Plan over `size` offers until the gap is 0.5 % or 120 s are over, then five nested fronts."""
    del runs, folder
    problem = reference(size)
    seen: list[tuple[float, float]] = []

    def tell(seconds: float, objective: float | None, bound: float) -> None:
        if objective is not None and np.isfinite(bound):
            seen.append((seconds, max(objective - bound, 0.0) / objective))

    limit = 120.0 if size >= 400 else 3.0
    found = find(problem, Control(limit, tell), gap=WANTED)
    gap = 1.0 if found.gap is None else found.gap
    seen.append((found.seconds, gap))
    front = sum(_front(problem, limit / 5))
    return [
        counted("first plan", "s", seen[0][0]),
        counted("gap of the first plan", "share", seen[0][1]),
        *(
            counted(f"gap after {wait:.0f} s", "share", _after(seen, wait))
            for wait in (5.0, 20.0, 120.0)
        ),
        counted("until 0.5 % or the end", "s", found.seconds),
        counted("front of five steps at 1 %", "s", front),
        peak_memory(),
    ]


def _after(seen: list[tuple[float, float]], wait: float) -> float:
    return min([gap for seconds, gap in seen if seconds <= wait], default=1.0)


def _front(problem: Problem, limit: float) -> list[float]:
    level = np.random.default_rng(7).integers(0, 5, problem.place.max() + 1)
    spent = []
    for seal in range(4, -1, -1):
        kept = problem.kept(level[problem.place][problem.pair_offer] >= seal)
        spent.append(find(kept, Control(limit), gap=0.01).seconds)
    return spent


def reference(offers: int, seed: int = 1) -> Problem:
    """Return the generated problem: 400 offers, 40 workloads and 12 months is the reference."""
    draw = np.random.default_rng(seed)
    workloads = max(offers // 10, 2)
    number = np.arange(offers)
    provider = number % PROVIDERS
    region = provider * REGIONS_EACH + (number // PROVIDERS) % REGIONS_EACH
    chip = draw.integers(0, CHIPS, offers)
    kind = draw.choice([WHOLE, COMMITTED, METERED], offers, p=[0.65, 0.3, 0.05])
    speed = np.array([1.0, 1.6, 2.2, 3.5, 0.5, 1.3, 0.8, 2.8])[chip]
    price = speed * 16.0 * draw.uniform(0.7, 1.5, offers) * np.where(kind == COMMITTED, 0.65, 1.0)
    bought = np.where(kind == METERED, 0.0, price)[:, None] * np.full((1, MONTHS), _HOURS)
    grid = draw.uniform(0.02, 0.6, PROVIDERS * REGIONS_EACH)[region]
    emitted = np.where(kind == METERED, 0.0, speed * 1.5 * _HOURS * grid)
    work, offer = np.nonzero(draw.random((workloads, offers)) < 0.6)
    size = 4.0 * draw.lognormal(1.6, 1.0, workloads)
    growth = 1 + draw.uniform(0, 0.04, workloads)
    demand = size[:, None] * growth[:, None] ** np.arange(MONTHS)
    fit = draw.uniform(0.7, 1.3, (workloads, CHIPS))
    machines = demand[work] / (speed[offer] * fit[work, chip[offer]])[:, None]
    metered = (kind == METERED)[offer][:, None]
    used = np.where(metered, machines * 1.5 * (price * _HOURS)[offer][:, None], 0.0)
    used = used + (draw.uniform(0, 250, workloads)[work] * draw.random(len(work)))[:, None]
    every, weight = np.ones(offers, dtype=np.bool_), np.full(offers, 8.0)
    limits = [Limit(f"provider {n}", provider == n, COST, share=0.3) for n in range(PROVIDERS)]
    limits += [Limit(f"vendor {n}", chip % 3 == n, COST, share=0.55) for n in range(3)]
    limits += [
        Limit(f"quota {n}", region == n, MACHINES, 48.0, weight=weight, per=PERIOD)
        for n in range(0, PROVIDERS * REGIONS_EACH, 10)
    ]
    power, total = np.full(offers, 10.2), 3600.0 * offers / 400
    limits += [
        Limit("power", region < 40, MACHINES, total, weight=power, per=PERIOD),
        Limit("carbon", every, CARBON, 1e7 * offers / 400),
        Limit("budget", every, TOTAL, 1e9),
        Limit("spot", number % 7 == 0, WORK, share=0.3, per=STAGE),
    ]
    problem = Problem(
        workloads=tuple(f"workload {n}" for n in range(workloads)),
        offers=tuple(f"offer {n}" for n in range(offers)),
        kind=kind,
        place=region,
        region=region,
        price=bought,
        carbon=emitted[:, None] * np.ones((1, MONTHS)),
        term_months=np.where(kind == COMMITTED, 12, 1),
        exit_share=np.full(offers, 0.5),
        opens=np.where(kind == COMMITTED, draw.integers(0, 4, offers), 0),
        pair_workload=work,
        pair_offer=offer,
        machines=machines,
        direct_usd=used,
        direct_kg=np.where(metered, machines * 100.0, 0.0),
        month=np.arange(MONTHS),
        stage=np.arange(MONTHS) // 3,
        discount=np.ones(MONTHS),
        whole=np.zeros(workloads, dtype=np.bool_),
        spare=np.arange(workloads) < workloads // 7,
        move_usd=np.full(workloads, 3000.0),
        today=draw.integers(0, PROVIDERS * REGIONS_EACH, workloads),
    )
    return replace(problem, limits=tuple(limits))
