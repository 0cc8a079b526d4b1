"""Workloads of an estate -> devices, latency, time and energy per month."""

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.checks import Tables
from freehold.capacity.columns import Bools, Floats, numbers, texts
from freehold.capacity.estimate import estimate
from freehold.capacity.predictions import BASIS
from freehold.capacity.sizing import size_serving
from freehold.capacity.training_presets import with_presets
from freehold.costing.facts import HouseDefaults, house_defaults
from freehold.costing.power import energy

_CARRIED = (
    "workload_id",
    "kind",
    "provider_id",
    "region_id",
    "country_iso2",
    "instance_type",
    "term",
    "accelerator_id",
    "model_id",
    "vcpus",
    "input_tokens",
    "output_tokens",
)
_SECONDS_PER_HOUR = 3600.0
_MOST_REQUESTS_PER_S = 1e12
_LARGEST = {"hours_per_month": 744.0, "utilisation": 1.0, "runs_per_month": 1e6, "vcpus": 1e9}
"""Largest sensible value of the columns that scale a month; anything above is not used."""


def size_workloads(
    workloads: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    tables: Tables | None = None,
    catalogue: str = "catalogue",
    changed_defaults: dict[str, float] | None = None,
) -> pd.DataFrame:
    """Size every workload of an estate, in its order; ready for `costing.cost_workloads`.

    Args:
        workloads: columns of the estate's `workloads` table; missing ones count as NULL.
        connection: holds the catalogue.
        tables: facts already read.
        catalogue: a scenario's schema.
        changed_defaults: the user's own house defaults.

    Returns, beside the columns it carries over, `devices_needed` (with range), `devices` (held,
    or needed where nothing is said), `fits`, `overloaded`, latency, throughput and training
    figures with ranges, `gpu_hours_per_run`, `gpu_hours_per_month`, `device_hours_per_month`
    (hours for which devices are held), `requests_per_month`, energy and carbon, `refused_because`
    and `assumed`. Classic workloads and token-priced ones need no accelerator and are not sized.
    """
    facts = tables or Tables.read(connection, catalogue=catalogue)
    defaults = house_defaults(connection, catalogue, changed_defaults)
    rows, unused = _cleaned(workloads.reset_index(drop=True))
    kind = texts(rows, "kind").str.lower()
    priced = np.asarray(texts(rows, "term") == "token_api", dtype=np.bool_)
    training = np.asarray(kind == "training", dtype=np.bool_)
    served = np.asarray(kind.isin(["serving", "batch"]), dtype=np.bool_) & ~priced
    parts = []
    for chosen, answer in ((training, _training), (served, _serving)):
        if chosen.any():
            subset = rows[chosen].reset_index(drop=True)
            part = answer(subset, connection, facts, defaults)
            part.index = pd.Index(np.flatnonzero(chosen))
            parts.append(part)
    sized = pd.concat(parts).reindex(rows.index).copy() if parts else pd.DataFrame(index=rows.index)
    carried = pd.DataFrame({column: rows.get(column) for column in _CARRIED}, index=rows.index)
    sized = pd.concat([sized.drop(columns=_CARRIED, errors="ignore"), carried], axis=1)
    sized = _completed(
        sized, rows, answered=training | served, priced=priced, month=defaults["hours_per_month"]
    )
    for column, rows_unused in unused.items():
        remark = f"{column} is out of range and not used"
        sized["assumed"] = _joined(sized["assumed"], rows_unused, remark)
    with_energy = pd.concat(
        [sized, energy(sized, connection, catalogue, defaults).drop(columns=_grid_only())], axis=1
    )
    with_energy = with_energy.copy()  # one block, so that adding columns stays cheap
    for side in ("low80", "high80"):
        held = numbers(sized, "device_hours_per_month")
        share = numbers(sized, f"device_hours_per_month_{side}") / np.where(held > 0, held, np.nan)
        kwh = pd.to_numeric(with_energy["kwh_per_month"], errors="coerce").to_numpy(dtype=float)
        with_energy[f"kwh_per_month_{side}"] = kwh * share
    front = [*_CARRIED, "fits", "refused_because", "overloaded"]
    rest = [column for column in with_energy if column not in front]
    ordered = with_energy[front + rest]
    ordered.index = workloads.index
    return ordered


def _grid_only() -> list[str]:
    return ["pue", "carbon_gco2e_kwh", "industrial_price_usd_kwh"]


def _cleaned(rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Bools]]:
    """Return the rows with impossible amounts as NULL, and which rows that befell."""
    unused: dict[str, Bools] = {}
    cleaned = rows.copy()
    for column, most in _LARGEST.items():
        values = numbers(rows, column)
        wrong = np.asarray((values < 0) | (values > most), dtype=np.bool_)
        if wrong.any():
            unused[column] = wrong
            cleaned[column] = np.where(wrong, np.nan, values)
    return cleaned, unused


def _completed(
    sized: pd.DataFrame,
    rows: pd.DataFrame,
    *,
    answered: Bools,
    priced: Bools,
    month: float,
) -> pd.DataFrame:
    """Fill flags for rows that were not sized and the columns every row has."""
    sized = sized.copy()
    for column in ("device_hours_per_month", "devices", "utilisation"):
        if column not in sized:
            sized[column] = np.nan
    for column in ("refused_because", "assumed"):
        sized[column] = sized[column].fillna("") if column in sized else ""
    for column in ("overloaded", "fits"):
        if column not in sized:
            sized[column] = None
    reasons = np.where(
        priced,
        "",
        np.where(texts(rows, "kind").str.lower() == "classic", "", "kind of workload not stated"),
    )
    sized["refused_because"] = np.where(answered, sized["refused_because"], reasons)
    hours = numbers(rows, "hours_per_month")
    sized["hours_per_month"] = hours
    rate = numbers(rows, "requests_per_s")
    rate = np.where((rate >= 0) & (rate <= _MOST_REQUESTS_PER_S), rate, np.nan)
    always = np.where(np.isfinite(hours), hours, month)
    sized["requests_per_month"] = rate * always * _SECONDS_PER_HOUR
    stated = numbers(rows, "utilisation")
    found = numbers(sized, "utilisation")
    by_work = np.asarray(texts(rows, "kind").str.lower() == "training", dtype=np.bool_)
    sized["utilisation"] = np.where(np.isfinite(stated) & ~by_work, stated, found)
    sized["basis"] = sized["basis"].fillna(BASIS) if "basis" in sized else BASIS
    return sized


def _spec(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.rename(columns={"model_id": "model", "workload_id": "config_id"})


def _serving(
    rows: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    facts: Tables,
    defaults: HouseDefaults,
) -> pd.DataFrame:
    """Devices follow from the demand; they are held for the stated hours of the month."""
    answer = size_serving(_spec(rows), connection, tables=facts)
    hours = numbers(rows, "hours_per_month")
    always = ~np.isfinite(hours)
    hours = np.where(always, defaults["hours_per_month"], hours)
    held = numbers(answer, "devices")
    answer["device_hours_per_month"] = held * hours
    stated = np.isfinite(numbers(rows, "accelerator_count"))
    for side in ("low80", "high80"):
        needed = numbers(answer, f"devices_needed_{side}")
        answer[f"device_hours_per_month_{side}"] = np.where(stated, held, needed) * hours
    answer["gpu_hours_per_month"] = answer["device_hours_per_month"]
    answer["gpu_hours_per_month_low80"] = answer["device_hours_per_month_low80"]
    answer["gpu_hours_per_month_high80"] = answer["device_hours_per_month_high80"]
    answer["assumed"] = _joined(answer["assumed"], always, "hours not stated: all of the month")
    return answer


def _training(
    rows: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    facts: Tables,
    defaults: HouseDefaults,
) -> pd.DataFrame:
    """Hours follow from the work of a run, times the runs of a month.

    Devices are held for the stated hours of the month, or for the hours of the runs.
    """
    spec = _spec(rows).rename(columns={"accelerator_count": "accelerators", "task": "phase"})
    if "phase" not in spec:
        spec["phase"] = "pretrain"
    spec["phase"] = texts(spec, "phase").replace("", "pretrain")
    spec = with_presets(spec)
    answer = estimate(spec, connection, tables=facts).table.drop(columns=["config_id", "kind"])
    devices = numbers(rows, "accelerator_count")
    refused = np.asarray(answer["refused_because"] != "", dtype=np.bool_)
    runs = numbers(rows, "runs_per_month")
    once = ~np.isfinite(runs)
    runs = np.where(once, 1.0, runs)
    held = np.where(refused, np.nan, devices * numbers(rows, "hours_per_month"))
    for side in ("", "_low80", "_high80"):
        per_run: Floats = numbers(answer, f"gpu_hours{side}")
        answer[f"gpu_hours_per_run{side}"] = per_run
        answer[f"gpu_hours_per_month{side}"] = per_run * runs
        answer[f"device_hours_per_month{side}"] = np.where(np.isfinite(held), held, per_run * runs)
    answer = answer.drop(columns=["gpu_hours", "gpu_hours_low80", "gpu_hours_high80"])
    answer["devices"] = np.where(refused, np.nan, devices)
    answer["devices_needed"] = np.where(refused, np.nan, devices)
    answer["devices_needed_low80"] = answer["devices_needed"]
    answer["devices_needed_high80"] = answer["devices_needed"]
    no_work = ~np.isfinite(numbers(answer, "gpu_hours_per_run")) & ~refused
    answer["assumed"] = _joined(
        answer["assumed"], once & ~no_work, "runs per month not stated: one"
    )
    answer["assumed"] = _joined(answer["assumed"], no_work, "training tokens not stated")
    # A training job keeps its devices busy for its own hours and idle for the others held.
    hours = numbers(answer, "device_hours_per_month")
    busy = numbers(answer, "gpu_hours_per_month") / np.where(hours > 0, hours, np.nan)
    answer["utilisation"] = np.where(np.isfinite(busy), np.minimum(busy, 1.0), 1.0)
    room = np.where(np.isfinite(held), held, defaults["hours_per_month"] * devices)
    longer = numbers(answer, "gpu_hours_per_month") > room
    answer["overloaded"] = np.asarray(longer, dtype=np.bool_)
    answer["assumed"] = _joined(
        answer["assumed"], longer, "the hours held are not enough for the runs"
    )
    return answer


def _joined(texts_so_far: "pd.Series[str]", where: Bools, remark: str) -> "pd.Series[str]":
    added = (texts_so_far + "; " + remark).str.removeprefix("; ")
    return texts_so_far.where(~where, added)
