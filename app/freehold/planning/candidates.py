"""Candidate pairs: what each workload would need on each offer, and what it costs to use."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity import Tables, size_workloads
from freehold.costing.facts import HouseDefaults, fetched, relation
from freehold.costing.power import energy
from freehold.planning.demand import Calendar
from freehold.planning.offers import OWN
from freehold.planning.options import PlanOptions
from freehold.planning.problem import COMMITTED, METERED, WHOLE, Bools, Floats, Ints

_PLACE = ("provider_id", "region_id", "country_iso2", "instance_type", "term")
_SECONDS = 3600.0
_BUSY = 0.95
"""Share of a month's hours in which training can run: the rest is for restarts and upkeep."""

_TERMS = {"reserved_1y": 12, "reserved_3y": 36, "owned": 36, "colocated": 36}
_SIZED = (
    "workload_id",
    "kind",
    "accelerator_id",
    "refused_because",
    "devices_needed",
    "replica_devices",
    "requests_per_s_possible",
    "batch_per_replica",
    "tp",
    "gpu_hours_per_month",
    "gpu_hours_per_run",
)
_BY_USE = ("on_demand", "spot", "capacity_block")


@dataclass(frozen=True)
class Candidates:
    """Pairs of workloads and offers.

    Attributes:
        offers: one row per offer as bought (by whole machines, by the hour, bound); `kind` tells.
        work, offer: row of the workload and of the offer of each pair, C.
        machines: machines needed for the whole workload in each period, C x T.
        use_usd, use_kg: what using them costs and emits beside whole machines, C x T.
        left_out: workloads without any candidate, with the reason.
        refused: workload, chip and why it cannot run there.
        whole: workloads that cannot be split over offers, W.
    """

    offers: pd.DataFrame
    work: Ints
    offer: Ints
    machines: Floats
    use_usd: Floats
    use_kg: Floats
    left_out: dict[str, str]
    refused: pd.DataFrame
    whole: Bools


def candidates(  # noqa: PLR0915 - the arrays follow one from another
    workloads: pd.DataFrame,
    offers: pd.DataFrame,
    multiples: Floats,
    when: Calendar,
    *,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    options: PlanOptions,
    defaults: HouseDefaults,
) -> Candidates:
    """Return the candidate pairs of every workload (one row each, by its place in the table).

    Serving: whole replicas for the demand of each period; training and batch: hours of machines;
    classic: vCPUs. A workload that names no model is moved like for like, on the same chip.
    """
    month = defaults["hours_per_month"]
    sized = _sized(workloads, offers, connection, catalogue)
    pairs = pd.concat(
        [
            _on_chips(workloads, sized, offers),
            _like_for_like(workloads, offers, month),
            _on_cores(workloads, offers),
        ],
        ignore_index=True,
    )
    known = np.isfinite(_column(pairs, "machine_hours")) | ~pairs["by_hour"].astype(np.bool_)
    pairs = pairs[known & np.isfinite(_column(pairs, "replicas"))].reset_index(drop=True)
    tokens, token_pairs = _tokens(workloads, connection, catalogue, month)
    by_hour = pairs["by_hour"].to_numpy(dtype=np.bool_)
    bought = offers.iloc[pairs["row"].to_numpy(dtype=np.int64)].reset_index(drop=True)
    bought["by_hour"] = by_hour & bought["term"].isin(_BY_USE).to_numpy()
    bought["own_row"] = pairs["row"].to_numpy(dtype=np.int64)
    key = bought["own_row"] * 2 + bought["by_hour"]
    kept, number = np.unique(key.to_numpy(dtype=np.int64), return_inverse=True)
    table = offers.iloc[kept // 2].reset_index(drop=True)
    table["by_hour"] = (kept % 2).astype(np.bool_)
    table["offer"] = table["offer"].where(~table["by_hour"], table["offer"] + ", by the hour")
    held = table["most"].notna().to_numpy()
    bound = table["term"].isin(list(_TERMS)).to_numpy() & ~held
    table["kind"] = np.where(bound, COMMITTED, np.where(table["by_hour"] | held, METERED, WHOLE))
    per_hour, kg_hour = _hourly(table, connection, catalogue, defaults)
    table["kg_per_hour"] = kg_hour

    growth = multiples[pairs["work"].to_numpy(dtype=np.int64)]
    replicas = np.maximum(np.ceil(_column(pairs, "replicas")[:, None] * growth - 1e-9), 1.0)
    steady = _column(pairs, "machines_per_replica")[:, None] * replicas
    busy_hours = _column(pairs, "machine_hours")[:, None] * growth
    count = np.maximum(_column(pairs, "machines")[:, None], busy_hours / (_BUSY * month))
    urgent = _column(pairs, "urgent_machines")[:, None] * np.ones_like(growth)
    kind = table["kind"].to_numpy()[number]
    held_pair = held[number]
    average = np.maximum(busy_hours / month, np.nan_to_num(urgent))
    hourly = np.where((kind == COMMITTED)[:, None] | held_pair[:, None], average, count)
    machines = np.where(by_hour[:, None], hourly, steady)
    part = np.nan_to_num(_column(pairs, "hours_share"), nan=1.0)[:, None]
    machines = machines * np.where((kind == WHOLE)[:, None], part, 1.0)
    spot = (table["term"] == "spot").to_numpy()[number]
    machines = np.where(spot[:, None], machines / (1.0 - options["spot_capacity_lost"]), machines)
    hours = np.where(by_hour[:, None], busy_hours / month, machines) * when.hours
    metered = (kind == METERED)[:, None]
    use_usd = np.where(metered, hours * per_hour[number][:, None], 0.0)
    use_kg = np.where(metered, hours * kg_hour[number][:, None], 0.0)

    if len(tokens):
        start = len(table)
        table = pd.concat([table, tokens], ignore_index=True)
        rows = token_pairs["work"].to_numpy(dtype=np.int64)
        monthly = token_pairs["usd_per_month"].to_numpy(dtype=np.float64)[:, None]
        paid = monthly * multiples[rows] * when.hours / month
        pairs = pd.concat([pairs, token_pairs], ignore_index=True)
        number = np.concatenate([number, start + np.arange(len(tokens))[token_pairs["token"]]])
        machines = np.concatenate([machines, np.zeros_like(paid)])
        use_usd = np.concatenate([use_usd, paid])
        use_kg = np.concatenate([use_kg, np.zeros_like(paid)])
    work = pairs["work"].to_numpy(dtype=np.int64)
    single = np.zeros(len(workloads), dtype=np.bool_)
    for row in np.unique(work):
        # One replica, or one run a month: there is nothing to split.
        single[row] = bool(np.nan_to_num(_column(pairs, "replicas")[work == row]).max() <= 1.0)
    return Candidates(
        table,
        work,
        np.asarray(number, dtype=np.int64),
        machines,
        use_usd,
        use_kg,
        _left_out(workloads, work, sized),
        sized.loc[
            sized["refused_because"] != "", ["workload_id", "accelerator_id", "refused_because"]
        ],
        single,
    )


def _column(table: pd.DataFrame, name: str) -> Floats:
    values: Floats = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
    return values


def _sized(
    workloads: pd.DataFrame,
    offers: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
) -> pd.DataFrame:
    """Size every workload with a model on every chip on offer, all at once."""
    on_chips = workloads["kind"].isin(["training", "serving", "batch"]) & (
        workloads["model_id"].notna()
    )
    chosen = workloads[on_chips]
    chips = sorted(set(offers.loc[offers["accelerator_count"] >= 1, "accelerator_id"]))
    spec = chosen.loc[chosen.index.repeat(len(chips))].reset_index()
    spec = spec.rename(columns={"index": "work"})
    spec["accelerator_id"] = chips * len(chosen)
    for column in _PLACE:
        spec[column] = None
    served = spec["kind"] != "training"
    for column in ("accelerator_count", "tp", "pp"):
        if column in spec:
            spec[column] = pd.to_numeric(spec[column], errors="coerce").where(~served)
    if spec.empty:
        return pd.DataFrame(columns=["work", "workload_id", "accelerator_id", "refused_because"])
    sized = size_workloads(
        spec, connection, tables=Tables.read(connection, catalogue=catalogue), catalogue=catalogue
    )
    wanted = [name for name in _SIZED if name in sized]
    none = pd.Series(np.nan, index=spec.index)
    asked = {"work": spec["work"], "hours_share": spec["hours_per_month"]}
    for column in ("requests_per_s", "concurrency", "runs_per_month", "deadline_hours"):
        asked[f"asked_{column}"] = spec.get(column, none)
    extra = pd.DataFrame(asked, index=sized.index)
    return pd.concat([sized[wanted].copy(), extra], axis=1)


def _on_chips(workloads: pd.DataFrame, sized: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    fit = sized[sized["refused_because"] == ""]
    if fit.empty:
        return _no_pairs()
    fit = fit[pd.to_numeric(fit["devices_needed"], errors="coerce").notna()]
    if fit.empty:
        return _no_pairs()
    own = offers.reset_index(names="row")
    own = own.loc[
        own["accelerator_count"] >= 1,
        ["row", "accelerator_id", "accelerator_count", "instance_type", "term"],
    ]
    joined = own.merge(fit, on="accelerator_id", suffixes=("", "_sized"))
    per_machine = _column(joined, "accelerator_count")
    trains = (joined["kind"] == "training").to_numpy()
    replica = np.where(trains, np.nan, _column(joined, "replica_devices"))
    group = np.where(
        trains,
        np.minimum(_column(joined, "devices_needed"), 8.0),
        np.minimum(_column(joined, "tp"), 8.0),
    )
    loose = joined["instance_type"].str.startswith(("1x-", "held ")).to_numpy()
    joined = joined[(per_machine >= group) | loose].reset_index(drop=True)
    per_machine = _column(joined, "accelerator_count")
    trains = (joined["kind"] == "training").to_numpy()
    replica = np.where(trains, np.nan, _column(joined, "replica_devices"))
    devices = _column(joined, "devices_needed")
    possible = _column(joined, "requests_per_s_possible") / np.maximum(devices / replica, 1.0)
    by_rate = _column(joined, "asked_requests_per_s") / possible
    by_flight = _column(joined, "asked_concurrency") / np.maximum(
        _column(joined, "batch_per_replica"), 1.0
    )
    replicas = np.where(np.isfinite(by_rate), by_rate, np.nan_to_num(by_flight, nan=1.0))
    packed = np.where(
        replica <= per_machine, replica / per_machine, np.ceil(replica / per_machine - 1e-9)
    )
    hours = _column(joined, "gpu_hours_per_month")
    run = _column(joined, "gpu_hours_per_run") if "gpu_hours_per_run" in joined else np.nan
    count = np.ceil(devices / per_machine - 1e-9)
    runs = _column(joined, "asked_runs_per_month")
    return pd.DataFrame(
        {
            "work": joined["work"],
            "row": joined["row"],
            "by_hour": trains,
            "replicas": np.where(trains, np.nan_to_num(runs, nan=1.0), replicas),
            "machines_per_replica": packed,
            "machines": np.where(trains, count, np.nan),
            "machine_hours": np.where(trains, hours / devices * count, np.nan),
            "urgent_machines": run / _column(joined, "asked_deadline_hours") / per_machine,
            "hours_share": np.where(trains, 1.0, _column(joined, "hours_share") / 730.0),
        }
    )


def _no_pairs() -> pd.DataFrame:
    names = (
        "work",
        "row",
        "by_hour",
        "replicas",
        "machines_per_replica",
        "machines",
        "machine_hours",
        "urgent_machines",
        "hours_share",
    )
    return pd.DataFrame(columns=list(names))


def _like_for_like(workloads: pd.DataFrame, offers: pd.DataFrame, month: float) -> pd.DataFrame:
    """Return pairs of workloads on chips that name no model: the same chip elsewhere."""
    chosen = workloads[
        (workloads["model_id"].isna() | (workloads["kind"] == "batch"))
        & workloads["accelerator_id"].notna()
        & (pd.to_numeric(workloads["accelerator_count"], errors="coerce") > 0)
        & (workloads["kind"] != "classic")
    ].reset_index(names="work")
    asked = (
        pd.to_numeric(chosen["requests_per_s"], errors="coerce").notna()
        & chosen["model_id"].notna()
    )
    chosen = chosen[~asked]
    own = offers.reset_index(names="row")
    own = own.loc[own["accelerator_count"] >= 1, ["row", "accelerator_id", "accelerator_count"]]
    joined = own.merge(
        chosen[["work", "kind", "accelerator_id", "accelerator_count", "hours_per_month"]],
        on="accelerator_id",
        suffixes=("", "_asked"),
    )
    if joined.empty:
        return _no_pairs()
    served = (joined["kind"] == "serving").to_numpy()
    count = np.ceil(
        _column(joined, "accelerator_count_asked") / _column(joined, "accelerator_count") - 1e-9
    )
    hours = np.nan_to_num(_column(joined, "hours_per_month"), nan=month)
    return pd.DataFrame(
        {
            "work": joined["work"],
            "row": joined["row"],
            "by_hour": ~served,
            "replicas": 1.0,
            "machines_per_replica": _column(joined, "accelerator_count_asked")
            / _column(joined, "accelerator_count"),
            "machines": np.where(served, np.nan, count),
            "machine_hours": np.where(served, np.nan, count * hours),
            "urgent_machines": np.nan,
            "hours_share": np.where(served, hours / month, 1.0),
        }
    )


def _on_cores(workloads: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of workloads that say how many vCPUs they use and no accelerator."""
    chosen = workloads[
        (pd.to_numeric(workloads["vcpus"], errors="coerce") > 0)
        & workloads["accelerator_id"].isna()
        & workloads["model_id"].isna()
    ].reset_index(names="work")
    own = offers.reset_index(names="row")
    own = own[(own["vcpus"] > 0) & ~(own["accelerator_count"] >= 1)]
    joined = own[["row", "vcpus"]].merge(
        chosen[["work", "kind", "vcpus", "hours_per_month"]], how="cross", suffixes=("", "_asked")
    )
    if joined.empty:
        return _no_pairs()
    batch = (joined["kind"] == "batch").to_numpy()
    needed = _column(joined, "vcpus_asked") / _column(joined, "vcpus")
    hours = np.nan_to_num(_column(joined, "hours_per_month"), nan=730.0)
    return pd.DataFrame(
        {
            "work": joined["work"],
            "row": joined["row"],
            "by_hour": batch,
            "replicas": needed,
            "machines_per_replica": 1.0,
            "machines": np.where(batch, needed, np.nan),
            "machine_hours": np.where(batch, needed * hours, np.nan),
            "urgent_machines": np.nan,
            "hours_share": np.where(batch, 1.0, hours / 730.0),
        }
    )


def _hourly(
    table: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    defaults: HouseDefaults,
) -> tuple[Floats, Floats]:
    """Return USD and kg CO2e per hour of a machine of each offer.

    Where no grid figure is known the worst known one counts, since unknown is never clean.
    """
    price: Floats = table["usd_per_hour"].to_numpy(dtype=np.float64)
    used = energy(
        table.assign(device_hours_per_month=1.0, utilisation=1.0), connection, catalogue, defaults
    )
    kwh = pd.to_numeric(used["kwh_per_month"], errors="coerce").to_numpy(dtype=np.float64)
    per_kwh = pd.to_numeric(used["carbon_gco2e_kwh"], errors="coerce").to_numpy(dtype=np.float64)
    worst = np.nanmax(per_kwh) if np.isfinite(per_kwh).any() else 0.0
    per_kwh = np.where(np.isfinite(per_kwh), per_kwh, worst)
    devices = table["accelerator_count"].astype("float64").fillna(0.0).to_numpy()
    return price, np.nan_to_num(kwh) * per_kwh / 1000.0 * devices


def _tokens(
    workloads: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    month: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cheapest token price of each provider for each workload's model."""
    asked = workloads.reset_index(names="work")
    for column in ("requests_per_s", "input_tokens", "output_tokens", "hours_per_month"):
        asked[column] = pd.to_numeric(asked[column], errors="coerce")
    asked = asked[
        (asked["kind"] == "serving")
        & asked["model_id"].notna()
        & (asked["requests_per_s"] > 0)
        & asked["input_tokens"].notna()
    ]
    listed = fetched(
        connection,
        f"""
        SELECT provider_id, model_id, model, CAST(usd_per_m_input AS DOUBLE) AS input_usd,
          CAST(usd_per_m_output AS DOUBLE) AS output_usd, price_verified AND model_verified
          AS verified FROM {relation(connection, "token_price_facts", catalogue)}
        WHERE model_id IS NOT NULL AND available IS DISTINCT FROM FALSE
          AND usd_per_m_input IS NOT NULL AND usd_per_m_output IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY provider_id, model_id
          ORDER BY usd_per_m_input + usd_per_m_output, model) = 1
        ORDER BY provider_id, model
        """,
    )
    joined = listed.merge(asked, on="model_id", suffixes=("", "_now"))
    if joined.empty:
        return pd.DataFrame(), pd.DataFrame()
    hours = joined["hours_per_month"].fillna(month)
    joined["usd_per_month"] = (
        joined["requests_per_s"]
        * hours
        * _SECONDS
        / 1e6
        * (
            joined["input_tokens"] * joined["input_usd"].astype("float64")
            + joined["output_tokens"].fillna(0.0) * joined["output_usd"].astype("float64")
        )
    )
    joined["offer"] = joined["provider_id"] + "/*/" + joined["model"] + "/token_api"
    offers, number = np.unique(joined["offer"].to_numpy(dtype=str), return_inverse=True)
    first = joined.drop_duplicates("offer").set_index("offer").loc[offers].reset_index()
    table = pd.DataFrame(
        {
            "offer": first["offer"],
            "provider_id": first["provider_id"],
            "region_id": None,
            "country_iso2": None,
            "instance_type": first["model"],
            "term": "token_api",
            "accelerator_id": None,
            "accelerator_count": np.nan,
            "vcpus": np.nan,
            "usd_per_hour": 0.0,
            "verified": first["verified"],
            "regional": False,
            "as_of": None,
            "source": "token_prices",
            "opens": 0,
            "most": np.nan,
            "by_hour": True,
            "kind": METERED,
            "kg_per_hour": 0.0,
        }
    )
    pairs = pd.DataFrame(
        {
            "work": joined["work"],
            "token": number,
            "by_hour": True,
            "replicas": 2.0,
            "usd_per_month": joined["usd_per_month"].astype("float64"),
        }
    )
    return table, pairs


def _left_out(workloads: pd.DataFrame, work: Ints, sized: pd.DataFrame) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in sorted(set(range(len(workloads))) - set(work.tolist())):
        one = workloads.iloc[row]
        name = str(one["workload_id"])
        mine = sized[sized["work"] == row] if len(sized) else sized
        if len(mine) and (mine["refused_because"] != "").all():
            found[name] = str(mine["refused_because"].mode().iloc[0])
        elif pd.isna(one["model_id"]) and pd.isna(one["accelerator_id"]):
            found[name] = "neither a model, an accelerator nor vCPUs are stated"
        elif one["kind"] == "training" and pd.isna(one["tokens_b"]):
            found[name] = "the tokens of a training run are not stated"
        else:
            found[name] = "no offer with a price fits it"
    return found


__all__ = ["OWN", "Candidates", "candidates"]
