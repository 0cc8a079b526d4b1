"""Limits that hold without being stated: what is held, spot shares, machines that fit a quota."""

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd

from freehold.costing.facts import HouseDefaults
from freehold.estate.sql import quoted
from freehold.planning.candidates import Candidates
from freehold.planning.options import PlanOptions
from freehold.planning.problem import (
    MACHINES,
    METERED,
    PERIOD,
    STAGE,
    WORK,
    Bools,
    Floats,
    Limit,
    Problem,
)


def machine_kw(
    offers: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    defaults: HouseDefaults,
) -> Floats:
    """Return the greatest power of a machine of each offer with its cooling, kW."""
    watts = dict(
        connection.execute(
            f"SELECT accelerator_id, tdp_w FROM {quoted(catalogue)}.accelerators"
        ).fetchall()
    )
    tdp = offers["accelerator_id"].map(watts).astype("float64").fillna(0.0).to_numpy()
    count = offers["accelerator_count"].astype("float64").fillna(0.0).to_numpy()
    host = 1.0 + defaults["host_power_share"]
    return tdp / 1000.0 * host * count * defaults["pue"]


def usual_limits(found: Candidates, workloads: pd.DataFrame, options: PlanOptions) -> list[Limit]:
    """Return limits that hold without being stated: what is held, and not all on spot machines."""
    offers = found.offers
    made = []
    for number in np.flatnonzero(offers["most"].notna()):
        here = np.zeros(len(offers), dtype=np.bool_)
        here[number] = True
        most = float(offers["most"].iloc[number])
        name = f"held: {offers['offer'].iloc[number]}"
        made.append(Limit(name, here, MACHINES, most, per=PERIOD, says=f"{most:g} devices"))
    spot = (offers["term"] == "spot").to_numpy(dtype=np.bool_)
    steady = workloads["kind"].isin(["serving", "classic"]).to_numpy(dtype=np.bool_)
    for row in np.flatnonzero(steady):
        mine = np.zeros(len(workloads), dtype=np.bool_)
        mine[row] = True
        if not (spot[found.offer] & (found.work == row)).any():
            continue
        serves = workloads["kind"].iloc[row] == "serving" and not found.whole[row]
        share = options["spot_share_serving"] if serves else 0.0
        made.append(
            Limit(
                f"spot share of {workloads['workload_id'].iloc[row]}",
                spot,
                WORK,
                share=share,
                per=STAGE,
                workloads=mine,
                says=f"{share:.0%} of it on spot machines",
            )
        )
    return made


def whole_machines(problem: Problem, limit: Limit) -> Limit:
    """Bring a limit on machines of one weight down to what whole machines can use."""
    if limit.measure != MACHINES or limit.share is not None:
        return limit
    members = limit.members & (problem.kind != METERED)
    if not members.any() or (limit.members & (problem.kind == METERED)).any():
        return limit
    weight = np.ones(len(problem.offers)) if limit.weight is None else limit.weight
    sizes = np.unique(weight[members])
    if len(sizes) != 1 or sizes[0] <= 0:
        return limit
    return replace(limit, at_most=float(np.floor(limit.at_most / sizes[0] + 1e-9) * sizes[0]))


def too_big(problem: Problem) -> Bools:
    """Return the pairs that a limit on machines leaves no room for.

    Those are on machines of which it allows not a single one, or of a workload that cannot be split
    and needs more of them in every stage.
    """
    offer = problem.pair_offer
    whole = problem.whole[problem.pair_workload]
    needed = np.maximum.reduceat(problem.machines, problem.stage_begins, axis=1).min(axis=1)
    found = np.zeros(len(offer), dtype=np.bool_)
    for limit in problem.limits:
        if limit.measure != MACHINES or limit.share is not None or limit.workloads is not None:
            continue
        weight = np.ones(len(problem.offers)) if limit.weight is None else limit.weight
        room = limit.at_most * (1 + 1e-9) + 1e-9
        one = limit.members & (weight > room) & (problem.kind != METERED)
        found |= one[offer]
        found |= whole & limit.members[offer] & (needed * weight[offer] > room)
    return found
