"""How many devices to keep in reserve, and how long training runs wait for devices."""

import numpy as np
import pandas as pd
from scipy.special import bdtrc, gammaln

from freehold.planning.uncertainty.assumptions import Volatilities
from freehold.planning.uncertainty.draws import Floats

HOURS_PER_YEAR = 8766.0


def out_of_order(volatilities: Volatilities, *, own: bool) -> float:
    """Return the share of time a device is out of order: failures, and maintenance where own.

    Failures x repair over the time between failures and repair together (renewal theory).
    """

    def of(name: str) -> float:
        return volatilities.get("reserve", "*", name, 0.0)

    down = of("failures_per_device_year") * of("repair_hours") / HOURS_PER_YEAR
    failed = down / (1.0 + down)
    return failed + (of("maintenance_share") * (1.0 - failed) if own else 0.0)


def spare_devices(needed: int, share_out: float, confidence: float) -> int:
    """Return the fewest spares with which at least `needed` devices work with that confidence.

    Devices fail independently: of n, Binomial(n, 1 - share_out) work.
    """
    if needed <= 0 or share_out <= 0:
        return 0
    if share_out >= 1:
        raise ValueError("nothing works if every device is out of order")
    most = int(np.ceil(needed / (1.0 - share_out) * 2 + 50))
    spares = np.arange(most)
    works = bdtrc(needed - 1, needed + spares, 1.0 - share_out)
    return int(spares[np.argmax(works >= confidence)])


def queue_wait_hours(
    servers: Floats, arrivals_per_hour: Floats, service_hours: Floats,
    arrival_cv: float, service_cv: float,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return the mean wait in hours and the chance to wait; infinite and 1 where overloaded.

    G/G/c by the approximation of Allen and Cunneen (Allen 1990, Probability, Statistics, and
    Queueing Theory): the M/M/c wait times the mean of both squared coefficients of variation; the
    chance is Erlang's C formula.
    """
    load = arrivals_per_hour * service_hours
    busy = load / servers
    fine = (busy < 1.0) & (load > 0)
    chance = np.where(load > 0, 1.0, 0.0)
    for place in np.flatnonzero(fine):
        chance[place] = _erlang_c(int(servers[place]), float(load[place]))
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = chance * service_hours / (servers * (1.0 - busy))
    wait = np.where(
        fine, plain * (arrival_cv**2 + service_cv**2) / 2.0, np.where(load > 0, np.inf, 0)
    )
    return wait, chance


def _erlang_c(servers: int, load: float) -> float:
    """Return the chance that all servers are busy in M/M/c, in logarithms so as not to overflow."""
    number = np.arange(servers)
    terms = number * np.log(load) - gammaln(number + 1)
    last = servers * np.log(load) - gammaln(servers + 1) - np.log(1.0 - load / servers)
    largest = max(float(terms.max()), float(last))
    all_busy = np.exp(last - largest)
    return float(all_busy / (np.exp(terms - largest).sum() + all_busy))


def training_queues(
    workloads: pd.DataFrame, pools: pd.DataFrame, volatilities: Volatilities, hours_per_month: float
) -> pd.DataFrame:
    """Return how long training runs wait for devices that they share, one row per place and chip.

    Runs of the same provider, region and accelerator share the devices of the pools there for
    training (of all uses where none is named), else those their workloads hold.

    Args:
        workloads: provider_id, region_id, accelerator_id, accelerator_count, runs_per_month,
            gpu_hours_per_run of the training workloads.
        pools: provider_id, region_id, accelerator_id, quantity, used_for of what is there.
        volatilities: variation of arrivals and lengths.
        hours_per_month: hours in a month.

    Columns: provider_id, region_id, accelerator_id, workloads, devices, runs_per_month,
    run_hours (mean), at_once (runs side by side), utilisation, wait_hours, waits (chance), reason.
    """
    keys = ["provider_id", "region_id", "accelerator_id"]
    rows = workloads.dropna(subset=["accelerator_id", "accelerator_count", "runs_per_month",
                                    "gpu_hours_per_run"])  # fmt: skip
    rows = rows[(rows["accelerator_count"] > 0) & (rows["runs_per_month"] > 0)]
    if rows.empty:
        return pd.DataFrame(columns=[*keys, "workloads", "devices", "runs_per_month", "run_hours",
                                     "at_once", "utilisation", "wait_hours", "waits"])  # fmt: skip
    runs = rows["runs_per_month"]
    rows = rows.assign(
        hours=runs * rows["gpu_hours_per_run"] / rows["accelerator_count"],
        width=runs * rows["accelerator_count"],
    )
    found = rows.groupby(keys, dropna=False, as_index=False).agg(
        workloads=("workload_id", "size"),
        held=("accelerator_count", "sum"),
        runs_per_month=("runs_per_month", "sum"),
        hours=("hours", "sum"),
        width=("width", "sum"),
    )
    shared = pools[pools["used_for"].isna() | pools["used_for"].isin(["training", "mixed"])]
    there = shared.groupby(keys, dropna=False, as_index=False)["quantity"].sum()
    found = found.merge(there, on=keys, how="left")
    found["devices"] = found["quantity"].where(found["quantity"] > 0, found["held"])
    found["run_hours"] = found["hours"] / found["runs_per_month"]
    mean_width = found["width"] / found["runs_per_month"]
    found["at_once"] = np.maximum(np.floor(found["devices"] / mean_width + 1e-9), 1.0)
    rate = found["runs_per_month"] / hours_per_month
    found["utilisation"] = rate * found["run_hours"] / found["at_once"]
    found["wait_hours"], found["waits"] = queue_wait_hours(
        found["at_once"].to_numpy(np.float64),
        rate.to_numpy(np.float64),
        found["run_hours"].to_numpy(np.float64),
        volatilities.get("queue", "training", "arrival_cv", 1.0),
        volatilities.get("queue", "training", "service_cv", 1.0),
    )
    return found.drop(columns=["held", "hours", "width", "quantity"])
