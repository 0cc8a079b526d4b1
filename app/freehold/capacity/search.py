"""The best way to serve a workload on each chip and machine of the catalogue."""

import time
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity import serving
from freehold.capacity.checks import Tables
from freehold.capacity.columns import Bools, Floats, Ints, numbers
from freehold.capacity.facts import table
from freehold.capacity.predictions import basis_of, with_ranges
from freehold.capacity.search_offers import cheapest_offers, machine_sizes
from freehold.capacity.search_space import Space, configurations
from freehold.capacity.serving_estimate import Prepared, memory_parts, prepare
from freehold.costing.facts import house_defaults
from freehold.errors import InputError

Objective: TypeAlias = Literal["cost", "latency", "energy"]
OBJECTIVES: Final[tuple[Objective, ...]] = ("cost", "latency", "energy")
_RANKED_BY: Final = {
    "cost": "usd_per_m_tokens",
    "latency": "e2e_latency_ms",
    "energy": "kwh_per_m_tokens",
}
_FRACTIONS: Final = (1.0, 0.5, 0.25, 0.125, 0.0625, 0.0)
"""Shares of the largest batch within the targets that are tried; 0 stands for one request."""


@dataclass(frozen=True)
class Targets:
    """What is asked of a configuration; NaN where nothing is said. Rate in requests per second."""

    rate: float
    ttft_ms: float
    tpot_ms: float


@dataclass(frozen=True)
class Search:
    """What a search found.

    `rows`: one per chip and machine with the best configuration for the objective, best first;
    columns as `serving` figures with ranges, ways, precisions, batch, devices, machines, price.
    `refused`: chip, reason, configurations: why configurations of a chip were not possible.
    """

    rows: pd.DataFrame
    refused: pd.DataFrame
    configurations: int
    evaluated: int
    evaluate_seconds: float


def targets_of(workload: pd.DataFrame) -> Targets:
    """Return demand and latency targets of a workload of one row."""

    def said(column: str) -> float:
        value = float(numbers(workload, column)[0])
        if (np.isfinite(value) and value < 0) or np.isinf(value):
            raise InputError(f"{column} cannot be {value:g}", where="the workload")
        return value if value > 0 else float("nan")

    return Targets(said("requests_per_s"), said("ttft_slo_ms"), said("tpot_slo_ms"))


def search_serving(
    workload: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    by: Objective = "cost",
    space: Space | None = None,
    term: str | None = "on_demand",
    tables: Tables | None = None,
    catalogue: str = "catalogue",
) -> Search:
    """Return the best parallelism, precision and batch for a workload on each chip and machine.

    Args:
        workload: one row of the estate's `workloads`; its model, lengths, load and targets count,
            not where it runs today.
        connection: holds the catalogue.
        by: what is best: USD per million tokens, time to the last token, or kWh per million
            tokens.
        space: what may be chosen from; everything if not given.
        term: prices of this term only; None takes the cheapest of all terms.
        tables: facts already read.
        catalogue: a scenario's schema.

    Every configuration is one row of one table that the usual predictions answer. Each is tried
    at several batches up to the largest that meets both targets; replicas = demand over the rate
    at that batch, rounded up, on whole machines. Without a demand the machine is filled.

    Raises:
        InputError: not exactly one workload, or a chip or precision that does not exist.
    """
    if len(workload) != 1:
        raise InputError("A search is made for one workload at a time")
    started = time.perf_counter()
    facts = tables or Tables.read(connection, catalogue=catalogue)
    targets = targets_of(workload)
    chips = table(connection, "accelerators", catalogue).set_index("accelerator_id")
    spec = configurations(
        workload, facts, space or Space(), pd.to_numeric(chips["scale_up_domain"])
    )
    with np.errstate(all="ignore"):
        ready = prepare(spec, facts).arriving(np.ones(len(spec), dtype=np.bool_))
        _refuse_narrow(ready)
        largest = _largest(ready, targets, facts)
        possible = np.flatnonzero(~ready.refusals.any)
        batches, at = _batches(largest[possible], possible)
        chosen = ready.rows(at)
        state = serving.steady(chosen.engine, chosen.load, batches, facts.assumed)
        defaults = house_defaults(connection, catalogue)
        draw = defaults["power_draw_share"] * (1 + defaults["host_power_share"]) * defaults["pue"]
        narrow = _narrow(spec, at, chosen, state, draw)
    sizes = machine_sizes(connection, term, catalogue)
    best = _best(narrow, sizes, targets, by)
    rows = _rows(best, _Tried(spec, ready, at, batches, state, narrow))
    rows = cheapest_offers(rows, connection, term, catalogue)
    rows = _priced(rows, workload, targets)
    return Search(
        rows=rows.sort_values(
            [_RANKED_BY[by], "usd_per_m_tokens", "accelerator_id", "provider_id", "instance_type"],
            na_position="last",
            ignore_index=True,
        ),
        refused=_refused(spec, ready),
        configurations=len(spec),
        evaluated=len(at),
        evaluate_seconds=time.perf_counter() - started,
    )


def _refuse_narrow(ready: Prepared) -> None:
    """Refuse arithmetic that the chip does not have: it would run as another row of the search."""
    ready.refusals.add(
        ready.falls_back & (ready.precision.index >= 0),
        "the chip does not compute in this precision",
    )


def _largest(ready: Prepared, targets: Targets, facts: Tables) -> Floats:
    """Return the largest batch within the targets and refuse rows where not even one holds."""
    where = ~ready.refusals.any
    part = ready.rows(where)
    rows = int(where.sum())
    batch = serving.largest_batch_within(
        part.engine,
        part.load,
        part.ceiling,
        ttft_s=np.full(rows, targets.ttft_ms / 1e3),
        tpot_s=np.full(rows, targets.tpot_ms / 1e3),
        assumed=facts.assumed,
    )
    largest = np.zeros(len(where))
    largest[where] = batch
    if np.isfinite(targets.rate):
        # A replica that carries the whole demand alone never runs a larger batch than it brings.
        asked = np.full(rows, targets.rate)
        alone, _ = serving.batch_at_rate(part.engine, part.load, part.ceiling, asked, facts.assumed)
        largest[where] = np.minimum(batch, np.ceil(np.maximum(alone, 1.0)))
    ready.refusals.add(where & (largest < 1), "the latency targets cannot be met by one request")
    return largest


def _batches(largest: Floats, possible: Ints) -> tuple[Floats, Ints]:
    """Return distinct batches to try and the configuration each belongs to."""
    tried = np.floor(np.outer(largest, _FRACTIONS))
    tried = np.maximum(tried, 1.0)
    fresh = np.ones_like(tried, dtype=np.bool_)
    fresh[:, 1:] = tried[:, 1:] < tried[:, :-1]
    row, _column = np.nonzero(fresh)
    return tried[fresh], possible[row]


@dataclass(frozen=True)
class _Tried:
    """Configurations at the batches tried: `at` is the configuration of each batch."""

    spec: pd.DataFrame
    ready: Prepared
    at: Ints
    batches: Floats
    state: serving.Steady
    narrow: pd.DataFrame


def _narrow(
    spec: pd.DataFrame, at: Ints, chosen: Prepared, state: serving.Steady, draw: float
) -> pd.DataFrame:
    """Return what ranking needs of each configuration and batch; `draw` is W used per W of TDP."""
    per_replica = chosen.layout.replica_devices
    tokens = state.requests_per_s * (chosen.load.prompt + chosen.load.output)
    e2e = state.ttft_s + np.maximum(chosen.load.output - 1, 0.0) * state.tpot_s
    return pd.DataFrame(
        {
            "accelerator_id": spec["accelerator_id"].iloc[at].to_numpy(),
            "replica_devices": per_replica,
            "tp": chosen.layout.tp,
            "requests_per_s_per_replica": state.requests_per_s,
            "tokens_per_request": chosen.load.prompt + chosen.load.output,
            "e2e_latency_ms": e2e * 1e3,
            "kwh_per_m_tokens": chosen.device_w * per_replica * draw / 1e3 / tokens / 3600 * 1e6,
        }
    )


def _best(
    narrow: pd.DataFrame, sizes: pd.DataFrame, targets: Targets, by: Objective
) -> pd.DataFrame:
    """Choose the best configuration and batch per chip and size of machine.

    A linked group of devices must lie in one machine, unless the chip's links span machines.
    Machines needed stand for the cost, since one size of machine of a chip has one price.
    """
    narrow = narrow.assign(place=np.arange(len(narrow)))
    crossed = narrow.merge(sizes, on="accelerator_id", how="inner")
    group = np.minimum(crossed["tp"], 8.0)
    inside = crossed["linked_outside"] | (group <= crossed["accelerators_per_machine"])
    crossed = crossed[inside]
    per_machine, per_replica = crossed["accelerators_per_machine"], crossed["replica_devices"]
    rate = crossed["requests_per_s_per_replica"]
    if np.isfinite(targets.rate):
        replicas = np.maximum(np.ceil(targets.rate / rate - 1e-9), 1.0)
        machines = np.ceil(replicas * per_replica / per_machine - 1e-9)
        cost = machines
    else:
        machines = np.ceil(per_replica / per_machine - 1e-9)
        replicas = np.maximum(np.floor(machines * per_machine / per_replica + 1e-9), 1.0)
        cost = machines / (replicas * rate)
    crossed = crossed.assign(replicas=replicas, machines=machines, cost=cost)
    order = {
        "cost": ["cost", "e2e_latency_ms"],
        "latency": ["e2e_latency_ms", "cost"],
        "energy": ["kwh_per_m_tokens", "cost"],
    }[by]
    keys = ["accelerator_id", "accelerators_per_machine", "linked_outside"]
    ranked = crossed.sort_values([*order, "place"])
    return pd.DataFrame(ranked.drop_duplicates(keys))


def _rows(best: pd.DataFrame, tried: _Tried) -> pd.DataFrame:
    """Return the winners with all figures and their ranges."""
    spec, ready, at, state = tried.spec, tried.ready, tried.at, tried.state
    place = best["place"].to_numpy(dtype=np.int64)
    chosen = ready.rows(at[place])
    batch = tried.batches[place]
    load, layout = chosen.load, chosen.layout
    replicas = best["replicas"].to_numpy(dtype=np.float64)
    rate = state.requests_per_s[place] * replicas
    devices = replicas * layout.replica_devices
    decodes = load.output > 1
    figures = {
        "ttft_ms": state.ttft_s[place] * 1e3,
        "tpot_ms": np.where(decodes, state.tpot_s[place] * 1e3, np.nan),
        "e2e_latency_ms": tried.narrow["e2e_latency_ms"].to_numpy()[place],
        "output_tokens_per_s_total": np.where(load.output > 0, rate * load.output, np.nan),
        "output_tokens_per_s_per_gpu": np.where(
            load.output > 0, rate * load.output / devices, np.nan
        ),
        "output_tokens_per_s_per_user": np.where(decodes, 1.0 / state.tpot_s[place], np.nan),
        "requests_per_s": rate,
        "kwh_per_m_tokens": tried.narrow["kwh_per_m_tokens"].to_numpy()[place],
    }
    with np.errstate(all="ignore"):
        ranged = with_ranges({**figures, **memory_parts(chosen, batch)}, chosen.doubts)
    columns = [
        "accelerator_id",
        "tp",
        "pp",
        "dp",
        "ep",
        "weight_precision",
        "activation_precision",
        "kv_precision",
    ]
    head = spec[columns].iloc[at[place]].reset_index(drop=True)
    keys = best[["accelerators_per_machine", "linked_outside", "machines"]].reset_index(drop=True)
    made: pd.DataFrame = pd.concat(
        [
            head.astype({name: "str" for name in columns if name.endswith(("_id", "precision"))}),
            keys,
            pd.DataFrame(
                {
                    "batch_per_replica": batch,
                    "replicas": replicas,
                    "devices": devices,
                    "tokens_per_request": load.prompt + load.output,
                    "chip_measured": ~chosen.doubts.chip_unmeasured,
                    **ranged,
                    "assumed": chosen.notes.joined(),
                    "basis": basis_of(chosen.own),
                }
            ),
        ],
        axis=1,
    )
    return made


def _priced(rows: pd.DataFrame, workload: pd.DataFrame, targets: Targets) -> pd.DataFrame:
    """Add the cost of a million tokens with its range, and that of a month.

    The machines are paid whether busy or not, so with a stated demand the cost is that of the
    machines over the tokens asked for; without one they are taken as full.
    """
    hours = float(numbers(workload, "hours_per_month")[0])
    hours = hours if 0 < hours <= 744 else 730.0
    capacity = numbers(rows, "requests_per_s")
    asked = np.full(len(rows), targets.rate)
    served = np.where(np.isfinite(asked), np.minimum(asked, capacity), capacity)
    price = numbers(rows, "usd_per_hour") * numbers(rows, "machines")
    tokens = served * numbers(rows, "tokens_per_request") * 3600.0
    cost = price / tokens * 1e6
    made = rows.assign(
        requests_per_s_served=served,
        utilisation=np.minimum(served / capacity, 1.0),
        usd_per_m_tokens=cost,
    )
    # Fewer or more machines follow from the range of the rate; a full machine scales with it.
    for side, other in (("low80", "high80"), ("high80", "low80")):
        ratio = capacity / numbers(rows, f"requests_per_s_{other}")
        made[f"usd_per_m_tokens_{side}"] = cost * ratio
    made["usd_per_month"] = price * hours
    output = numbers(workload, "output_tokens")[0]
    if output > 0:
        made["usd_per_m_output_tokens"] = cost * numbers(rows, "tokens_per_request") / output
    return made.drop(columns=["linked_outside", "tokens_per_request"])


def _refused(spec: pd.DataFrame, ready: Prepared) -> pd.DataFrame:
    refused: Bools = ready.refusals.any
    found = pd.DataFrame(
        {
            "accelerator_id": spec["accelerator_id"].to_numpy()[refused].astype(object),
            "reason": pd.Series(ready.refusals.reasons[refused], dtype="str"),
        }
    )
    counted: pd.DataFrame = (
        found.value_counts(sort=False).sort_index().reset_index(name="configurations")
    )
    return counted
