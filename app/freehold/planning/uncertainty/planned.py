"""A plan of the planner, and the candidates it chose from, as rows that draws can meet."""

import numpy as np
import pandas as pd

from freehold.planning.case import Case
from freehold.planning.demand import multiples
from freehold.planning.problem import COMMITTED, METERED, Answer, Floats
from freehold.planning.uncertainty.evaluate import DAYS_PER_MONTH

_SEEN = 1e-6


def planned_rows(case: Case, answer: Answer) -> pd.DataFrame:
    """Return an answer of the planner as `plan_rows.COLUMNS`, one record per row and month.

    A row is a workload on an offer. Machines shared by workloads are split by what each needs, with
    their headroom; of the classes of the week the one with the least headroom counts, since targets
    must hold in each. Costs are not discounted. Expected demand grows by the workload's own growth,
    without the margin planned for (`growth_sigma`): that is headroom too.
    """
    p = case.problem
    share = np.where(answer.shares > _SEEN, answer.shares, 0.0)[:, p.stage]
    used = share * p.machines
    needed = np.zeros((len(p.offers), p.periods))
    np.add.at(needed, p.pair_offer, used)
    metered = p.kind == METERED
    some = needed > _SEEN
    headroom = np.where(some, answer.units / np.where(some, needed, 1.0), 1.0)[p.pair_offer]
    held = np.where(some & ~metered[:, None], answer.units * p.price, 0.0)
    mine = used * (held / np.where(some, needed, 1.0))[p.pair_offer]
    peak, grown = _curves(case)
    room = np.minimum.reduceat(np.where(used > _SEEN, headroom, np.inf), _months(case), axis=1)
    monthly = share[:, _months(case)]
    capacity = monthly * peak[p.pair_workload] * np.where(np.isfinite(room), room, 0.0)
    direct = share * p.direct_usd
    held_usd = np.add.reduceat(mine, _months(case), axis=1)
    used_usd = np.add.reduceat(direct, _months(case), axis=1)
    pairs = np.flatnonzero(monthly.max(axis=1, initial=0.0) > 0)
    facts = _facts(case, pairs)
    unlimited = metered[p.pair_offer[pairs]]
    long = facts.loc[facts.index.repeat(p.months)].reset_index(drop=True)
    long["month"] = np.tile(np.arange(p.months), len(pairs))
    long["share"] = monthly[pairs].ravel()
    long["demand"] = grown[p.pair_workload[pairs]].ravel()
    long["capacity"] = np.where(
        np.repeat(unlimited, p.months) & (long["share"] > 0), np.inf, capacity[pairs].ravel()
    )
    long["held_usd"] = held_usd[pairs].ravel()
    long["used_usd"] = used_usd[pairs].ravel()
    long["note"] = ""
    return long


def candidate_rows(case: Case, per_workload: int = 6) -> pd.DataFrame:
    """Return the cheapest candidates of each workload for `robust`: columns of `robust.COLUMNS`.

    Of machines bound by terms and by the hour alike; cost and capacity of one machine in the
    first month, at the tightest class of the week. Spot machines by the hour are left out: in the
    worlds in which one needs them there may be none.
    """
    p = case.problem
    peak, _ = _curves(case)
    first = p.month == 0
    machines = p.machines[:, first].max(axis=1)
    direct = p.direct_usd[:, first].sum(axis=1)
    usd = p.price[:, first].sum(axis=1)[p.pair_offer]
    metered = p.kind[p.pair_offer] == METERED
    whole = np.where(metered, direct, machines * usd + direct)
    spot = (case.candidates.offers["term"] == "spot").to_numpy(dtype=np.bool_)[p.pair_offer]
    usable = np.where(metered, ~spot, machines > 0) & (whole > 0) & (p.opens[p.pair_offer] == 0)
    fine = np.flatnonzero(usable)
    table = _facts(case, fine)
    reach = peak[p.pair_workload[fine], 0]
    table["usd_per_unit"] = np.where(metered[fine], whole[fine] / reach, usd[fine])
    table["capacity_per_unit"] = np.where(
        metered[fine], 1.0, reach / np.where(machines[fine] > 0, machines[fine], 1.0)
    )
    table["metered"] = metered[fine]
    table["usd_per_demand"] = table["usd_per_unit"] / table["capacity_per_unit"]
    ordered = table.sort_values(["workload", "usd_per_demand", "row"])
    place = ordered.groupby(["workload", "metered"]).cumcount()
    return ordered[place < per_workload].reset_index(drop=True)


def _months(case: Case) -> "np.typing.NDArray[np.int64]":
    """Return the first period of each month."""
    return np.searchsorted(case.problem.month, np.arange(case.problem.months))


def _curves(case: Case) -> tuple[Floats, Floats]:
    """Return demand that machines were counted for, and expected demand, over today's, W x M."""
    p = case.problem
    counted = multiples(case.workloads, case.when, case.options)
    weight = case.when.hours / np.add.reduceat(case.when.hours, _months(case))[p.month]
    peak = np.add.reduceat(counted * weight, _months(case), axis=1)
    growth = case.workloads.get("growth_per_year", pd.Series(0.0, index=case.workloads.index))
    rate = pd.to_numeric(growth, errors="coerce").fillna(0.0).to_numpy(dtype=np.float64)
    grown = np.maximum(1.0 + rate, 0.0)[:, None] ** (np.arange(p.months) / 12.0)
    return peak, grown


def _facts(case: Case, pairs: "np.typing.NDArray[np.int64]") -> pd.DataFrame:
    p = case.problem
    work, place = p.pair_workload[pairs], p.pair_offer[pairs]
    offers = case.candidates.offers.iloc[place].reset_index(drop=True)
    workloads = case.workloads.iloc[work].reset_index(drop=True)
    opens = p.opens[place].astype(np.float64)
    label = (
        offers["provider_id"].astype(str) + " " + offers["region_id"].fillna("").astype(str) + " "
        + offers["instance_type"].astype(str) + " " + offers["term"].astype(str)
    )  # fmt: skip
    bound = np.where(p.kind[place] == COMMITTED, " bound", "")

    def of(name: str) -> "pd.Series[float]":
        return workloads[name] if name in workloads else pd.Series(np.nan, index=workloads.index)

    return pd.DataFrame(
        {
            "row": workloads["workload_id"].astype(str) + " on " + label + bound,
            "workload": workloads["workload_id"],
            "name": workloads["name"].fillna(workloads["workload_id"]),
            "kind": workloads["kind"],
            "provider_id": offers["provider_id"],
            "accelerator_id": offers["accelerator_id"],
            "term": offers["term"],
            "open_month": np.where(opens > 0, opens, np.nan),
            "lead_typical_days": np.where(opens > 0, opens * DAYS_PER_MONTH, np.nan),
            "growth_per_year": of("growth_per_year"),
            "growth_spread": of("growth_spread"),
            "burst_factor": of("burst_factor"),
            "requests_per_s": of("requests_per_s"),
        }
    )
