"""Today's workloads as a plan: what is held stays held, and meets the demand that comes."""

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from freehold.costing.facts import fetched, house_defaults, relation
from freehold.planning.uncertainty.draws import Floats

Bools = npt.NDArray[np.bool_]
OWN_TERMS = ("owned", "colocated")


def estate_plan(
    workloads: pd.DataFrame,
    sized: pd.DataFrame,
    costs: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str = "catalogue",
) -> pd.DataFrame:
    """Return the rows of a plan that goes on with what an estate has, one per workload.

    Args:
        workloads: rows of the estate's `workloads`.
        sized: `capacity.size_workloads` of them.
        costs: `costing.cost_workloads` of those, in USD.
        connection: holds the catalogue.
        catalogue: a scenario's schema.

    Returns `plan_rows.COLUMNS` and `note`: what is not known of a row, in words. Serving holds
    its devices; training without stated hours and token-priced interfaces pay by use.
    """
    workloads, sized, costs = (one.reset_index(drop=True) for one in (workloads, sized, costs))
    kind = _texts(workloads, "kind").fillna("classic")
    term = _texts(workloads, "term").fillna("on_demand")
    training = np.asarray(kind == "training", dtype=np.bool_)
    own = np.isin(term, OWN_TERMS)
    by_token = np.asarray(term == "token_api", dtype=np.bool_)
    metered = by_token | (training & np.isnan(_numbers(workloads, "hours_per_month")) & ~own)
    month = house_defaults(connection, catalogue)["hours_per_month"]
    capacity = np.where(by_token, np.inf, _capacity(workloads, sized, training, month))
    low, high = _performance(sized, training)
    cost = _numbers(costs, "cost_per_month")
    kw = np.where(own, _busy_kw(workloads, sized, costs, connection, catalogue), np.nan)
    return pd.DataFrame(
        {
            "row": _texts(workloads, "workload_id"),
            "workload": _texts(workloads, "workload_id"),
            "kind": kind,
            "provider_id": _texts(workloads, "provider_id"),
            "accelerator_id": _texts(workloads, "accelerator_id"),
            "term": term,
            "share": 1.0,
            "capacity": capacity,
            "held_usd": np.where(metered, 0.0, cost),
            "used_usd": np.where(metered, cost, 0.0),
            "power_kw": kw,
            "performance_low80": low,
            "performance_high80": high,
            "growth_per_year": _numbers(workloads, "growth_per_year"),
            "growth_spread": _numbers(workloads, "growth_spread"),
            "burst_factor": _numbers(workloads, "burst_factor"),
            "requests_per_s": _numbers(workloads, "requests_per_s"),
            "note": _notes(cost, capacity, sized, costs),
        }
    )


def _texts(table: pd.DataFrame, name: str) -> "pd.Series[str]":
    found = table[name] if name in table else pd.Series(None, index=table.index, dtype=object)
    return found.astype(object).where(found.notna(), None)


def _numbers(table: pd.DataFrame, name: str) -> Floats:
    if name not in table:
        return np.full(len(table), np.nan)
    return pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)


def _capacity(
    workloads: pd.DataFrame, sized: pd.DataFrame, training: Bools, month: float
) -> Floats:
    """Return what can be served within the targets over today's demand; NaN where not sized."""
    devices, hours = _numbers(sized, "devices"), _numbers(workloads, "hours_per_month")
    with np.errstate(invalid="ignore", divide="ignore"):
        served = _numbers(sized, "requests_per_s_possible") / _numbers(workloads, "requests_per_s")
        served = np.where(np.isfinite(served), served, devices / _numbers(sized, "devices_needed"))
        room = devices * np.where(np.isfinite(hours), hours, month)
        trained = room / _numbers(sized, "gpu_hours_per_month")
    capacity = np.where(training, trained, served)
    refused = np.asarray(_texts(sized, "refused_because").fillna("") != "", dtype=np.bool_)
    return np.where(np.isfinite(capacity) & ~refused, capacity, np.nan)


def _performance(sized: pd.DataFrame, training: Bools) -> tuple[Floats, Floats]:
    """Return the 80 % range of real over predicted throughput, from the capacity model's own."""
    with np.errstate(invalid="ignore", divide="ignore"):
        run = _numbers(sized, "gpu_hours_per_month")
        rate = _numbers(sized, "output_tokens_per_s_total")
        rate = np.where(rate > 0, rate, np.nan)
        low = np.where(
            training,
            run / _numbers(sized, "gpu_hours_per_month_high80"),
            _numbers(sized, "output_tokens_per_s_total_low80") / rate,
        )
        high = np.where(
            training,
            run / _numbers(sized, "gpu_hours_per_month_low80"),
            _numbers(sized, "output_tokens_per_s_total_high80") / rate,
        )
    fine = (low > 0) & (low <= 1) & (high >= 1) & np.isfinite(high)
    return np.where(fine, low, np.nan), np.where(fine, high, np.nan)


def _busy_kw(
    workloads: pd.DataFrame,
    sized: pd.DataFrame,
    costs: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
) -> Floats:
    """Return kW of busy devices: TDP x draw share x (1 + host share) x PUE, as in costing."""
    relation_name = relation(connection, "accelerators", catalogue)
    chips = fetched(connection, f"SELECT accelerator_id, tdp_w FROM {relation_name}").set_index(
        "accelerator_id"
    )["tdp_w"]
    defaults = house_defaults(connection, catalogue)
    tdp = _texts(workloads, "accelerator_id").map(chips.astype("float64")).to_numpy(np.float64)
    devices = _numbers(sized, "devices")
    devices = np.where(np.isfinite(devices), devices, _numbers(workloads, "accelerator_count"))
    kw: Floats = (
        devices * tdp / 1000.0 * defaults["power_draw_share"]
        * (1.0 + defaults["host_power_share"]) * _numbers(costs, "pue")
    )  # fmt: skip
    return kw


def _notes(
    cost: Floats, capacity: Floats, sized: pd.DataFrame, costs: pd.DataFrame
) -> "pd.Series[str]":
    why = _texts(costs, "cost_reason").fillna("no price")
    no_cost = ("cost not known: " + why).where(np.isnan(cost), "")
    refused = _texts(sized, "refused_because").fillna("")
    reason = refused.where(refused != "", "it is not sized")
    no_size = ("capacity not known: " + reason).where(np.isnan(capacity), "")
    return (no_cost + "; " + no_size).str.strip("; ")
