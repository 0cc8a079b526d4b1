"""A plan under a largest share per provider, beside plans made by hand under the same limits."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from freehold.estate import samples
from freehold.planning import Case, Ceiling, Control, PlanOptions, plan, solve
from freehold.workflows.planning_case import case_of
from tests.bench.figures import Figure, peak_memory

MONTHS, LARGEST_SHARE = 24, 0.15
SECONDS, BY_HAND_SECONDS = 240.0, 20.0
Chooser = Callable[[pd.DataFrame], "pd.Series[bool]"]


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Plan the manufacturer over 24 months, then let hands choose offers and cost those at best.

    Hands choose which offers each workload may use; how much of it goes where, and how many
    machines are held, is then worked out as well as it can be, so that only the choice is theirs.
    """
    case, free = _case(LARGEST_SHARE), _case(None)
    figures = []
    for name, of in (("without the limit", free), ("with the limit", case)):
        control = Control(SECONDS)
        made = plan(of, control, solve(of, control))
        cost: dict[str, float] = {}
        for row in made.placements:
            cost[row.provider] = cost.get(row.provider, 0.0) + row.cost_usd
        figures += [
            Figure(f"{name}, cost", "USD", (made.cost_usd or float("nan"),)),
            Figure(f"{name}, gap", "share", (made.gap if made.gap is not None else 1.0,)),
            Figure(f"{name}, providers", "providers", (float(len(cost)),)),
            Figure(
                f"{name}, chips",
                "chips",
                (float(len({row.accelerator for row in made.placements})),),
            ),
        ]
    for name, chooser in BY_HAND.items():
        by_hand = _by_hand(case, chooser)
        control = Control(BY_HAND_SECONDS)
        found = solve(by_hand, control)
        cost_usd = plan(by_hand, control, found).cost_usd
        figures.append(Figure(f"by hand, {name}", "USD", (cost_usd or float("inf"),)))
    return [*figures, peak_memory()]


def _case(share: float | None) -> Case:
    ceilings = () if share is None else (Ceiling("share", share, "provider"),)
    options = PlanOptions(months=MONTHS, gap=0.01, time_limit=SECONDS, ceilings=ceilings)
    return case_of(samples.load("manufacturer"), "base", options)[0]


def _by_hand(case: Case, chooser: Chooser) -> Case:
    p = case.problem
    offers = case.candidates.offers.iloc[p.pair_offer].reset_index(drop=True)
    machine = p.price[p.pair_offer] * np.ceil(p.machines - 1e-9)
    usd = (machine + p.direct_usd).sum(axis=1)
    table = offers.assign(
        pair=np.arange(len(offers)),
        workload=p.pair_workload,
        usd=usd,
        today=p.place[p.pair_offer] == p.today[p.pair_workload],
    ).sort_values("usd", ignore_index=True)
    table["rank"] = table.groupby("workload").cumcount()
    once = table.drop_duplicates(["workload", "provider_id"])
    table["provider_rank"] = once.groupby("workload").cumcount().reindex(table.index)
    kept = np.zeros(len(p.pair_offer), dtype=np.bool_)
    kept[table.loc[chooser(table), "pair"].to_numpy(dtype=np.int64)] = True
    return replace(case, problem=p.kept(kept), pairs=case.pairs[kept])


BY_HAND: dict[str, Chooser] = {
    "the cheapest offer of each of ten providers": lambda t: t["provider_rank"] < 10,
    "the cheapest of each of eight providers on demand, and what is held": lambda t: (
        ((t["provider_rank"] < 8) & (t["term"] != "spot")) | t["term"].isin(["owned", "colocated"])
    ),
    "stay today, overflow to the cheapest three providers": lambda t: (
        t["today"] | (t["provider_rank"] < 3)
    ),
    "own hardware first, twelve cheapest offers for the rest": lambda t: (
        (t["provider_id"] == "on-prem") | (t["rank"] < 12)
    ),
    "one chip: the H100": lambda t: (
        t["accelerator_id"].fillna("cpu").str.contains("cpu|h100") & (t["provider_rank"] < 40)
    ),
}
"""What a planning meeting would try, each as a choice of offers."""
