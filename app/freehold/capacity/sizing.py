"""How many devices a serving demand needs within its latency targets."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity import serving
from freehold.capacity.checks import Tables
from freehold.capacity.columns import Bools, Floats, numbers
from freehold.capacity.predictions import basis_of, with_ranges
from freehold.capacity.serving_estimate import Prepared, memory_parts, prepare


@dataclass(frozen=True)
class _Demand:
    """What is asked and what there is; NaN where nothing is said."""

    rate: Floats
    concurrency: Floats
    ttft_s: Floats
    tpot_s: Floats
    held: Floats


@dataclass(frozen=True)
class _Need:
    """Replicas for a demand: the largest batch within the targets and the rate it gives."""

    batch: Floats
    rate: Floats
    rate_low: Floats
    rate_high: Floats
    replicas: Floats
    stated: Bools


@dataclass(frozen=True)
class _Served:
    """What the demand gets on the devices held, or on those needed where none are held."""

    devices: Floats
    state: serving.Steady
    running: Floats
    rate: Floats
    utilisation: Floats
    overloaded: Bools
    meets_targets: Bools


def _positive(demand: pd.DataFrame, column: str, ready: Prepared) -> Floats:
    values = numbers(demand, column)
    ready.refusals.add(
        (values < 0) | np.isinf(values) | (values > 1e12),
        f"{column} cannot be {{value}}",
        value=values,
    )
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)


def _replicas(demand: _Demand, batch: Floats, rate: Floats) -> Floats:
    """Replicas for the arrivals, else for the requests in flight; NaN if neither is said."""
    by_rate = demand.rate / rate
    by_flight = demand.concurrency / np.maximum(batch, 1.0)
    asked = np.where(np.isfinite(demand.rate), by_rate, by_flight)
    return np.maximum(np.ceil(asked - 1e-9), np.where(np.isfinite(asked), 1.0, np.nan))


def _need(ready: Prepared, demand: _Demand, facts: Tables) -> _Need:
    e, load, assumed = ready.engine, ready.load, facts.assumed
    batch = serving.largest_batch_within(
        e, load, ready.ceiling, ttft_s=demand.ttft_s, tpot_s=demand.tpot_s, assumed=assumed
    )
    alone = serving.steady(e, load, np.ones_like(batch), assumed)
    ready.refusals.add(
        batch < 1,
        "the targets cannot be met: one request alone takes {ttft} ms to its first token "
        "and {tpot} ms per further token",
        ttft=np.round(alone.ttft_s * 1e3, 1),
        tpot=np.round(alone.tpot_s * 1e3, 2),
    )
    batch = np.maximum(batch, 1.0)
    rate = serving.steady(e, load, batch, assumed).requests_per_s
    ranged = with_ranges({"requests_per_s": rate}, ready.doubts)
    replicas = _replicas(demand, batch, rate)
    stated = np.asarray(np.isfinite(replicas), dtype=np.bool_)
    whole = np.maximum(np.floor(demand.held / ready.layout.replica_devices), 1.0)
    fallback = np.where(np.isfinite(demand.held), whole, 1.0)
    ready.notes.add(~stated & np.isfinite(demand.held), "demand not stated: devices held, full")
    ready.notes.add(~stated & ~np.isfinite(demand.held), "demand not stated: one full replica")
    return _Need(
        batch=batch,
        rate=rate,
        rate_low=ranged["requests_per_s_low80"],
        rate_high=ranged["requests_per_s_high80"],
        replicas=np.where(stated, replicas, fallback),
        stated=stated,
    )


def _serve(ready: Prepared, demand: _Demand, need: _Need, facts: Tables) -> _Served:
    e, load, assumed = ready.engine, ready.load, facts.assumed
    per_replica = ready.layout.replica_devices
    held = np.where(np.isfinite(demand.held), demand.held, need.replicas * per_replica)
    replicas = np.floor(held / per_replica + 1e-9)
    too_few = replicas < 1
    replicas = np.maximum(replicas, 1.0)
    has_rate = np.isfinite(demand.rate)
    found, over = serving.batch_at_rate(
        e, load, ready.ceiling, np.where(has_rate, demand.rate, 0.0) / replicas, assumed
    )
    in_flight = np.where(np.isfinite(demand.concurrency), demand.concurrency, need.batch * replicas)
    closed = in_flight / replicas
    running = np.where(has_rate, found, closed)
    running = np.where(need.stated, running, need.batch)
    overloaded = np.where(has_rate, over, need.stated & (closed > ready.ceiling)) | too_few
    running = np.clip(running, 1.0, ready.ceiling)
    state = serving.steady(e, load, running, assumed)
    capacity = need.rate * replicas
    rate = np.where(has_rate & ~overloaded, demand.rate, state.requests_per_s * replicas)
    rate = np.where(too_few, 0.0, rate)
    late = (state.ttft_s > demand.ttft_s * 1.0001) | (state.tpot_s > demand.tpot_s * 1.0001)
    return _Served(
        devices=held,
        state=state,
        running=running,
        rate=rate,
        utilisation=np.minimum(rate / capacity, 1.0),
        overloaded=np.asarray(overloaded, dtype=np.bool_),
        meets_targets=np.asarray(~(late | overloaded), dtype=np.bool_),
    )


def size_serving(
    demand: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    tables: Tables | None = None,
    catalogue: str = "catalogue",
) -> pd.DataFrame:
    """Return the devices each serving demand needs and what it then gets.

    Args:
        demand: columns of a serving specification (model, params_b, precision, accelerator_id,
            tp, pp, dp, ep, engine, input_tokens, output_tokens) and requests_per_s or
            concurrency, ttft_slo_ms, tpot_slo_ms, accelerator_count (what there is).
        connection: holds the catalogue.
        tables: facts already read.
        catalogue: a scenario's schema.

    A replica is loaded up to the largest batch that meets both targets; replicas = demand over
    its rate, rounded up; `devices_needed` has a range from that of the rate. Latency is at the
    demand spread evenly over the devices held. Where fewer are held than the demand can run on,
    `overloaded` is true and no latency is given. `refused_because` says why a row has no answer.
    """
    facts = tables or Tables.read(connection, catalogue=catalogue)
    demand = demand.reset_index(drop=True)
    spec = demand.drop(columns=["accelerators", "qps"], errors="ignore")
    with np.errstate(all="ignore"):
        ready = prepare(spec, facts)
        asked = _Demand(
            rate=_positive(demand, "requests_per_s", ready),
            concurrency=_positive(demand, "concurrency", ready),
            ttft_s=_positive(demand, "ttft_slo_ms", ready) / 1e3,
            tpot_s=_positive(demand, "tpot_slo_ms", ready) / 1e3,
            held=_positive(demand, "accelerator_count", ready),
        )
        ready = ready.arriving(np.isfinite(asked.rate) | np.isfinite(asked.concurrency))
        unanswerable = ready.refusals.any
        need = _need(ready, asked, facts)
        served = _serve(ready, asked, need, facts)
        table = _table(ready, asked, need, served)
    fits = np.where(ready.unfit, 0.0, np.where(unanswerable, np.nan, 1.0))
    table.insert(0, "fits", pd.Series(fits, dtype="Float64").astype("boolean"))
    return table


def _table(ready: Prepared, asked: _Demand, need: _Need, served: _Served) -> pd.DataFrame:
    refused, load, state = ready.refusals.any, ready.load, served.state
    per_replica = ready.layout.replica_devices
    hidden = refused | served.overloaded
    decodes = load.output > 1
    e2e = state.ttft_s + np.maximum(load.output - 1, 0.0) * state.tpot_s
    tokens = np.where(load.output > 0, served.rate * load.output, np.nan)
    shown = {
        "ttft_ms": np.where(hidden, np.nan, state.ttft_s * 1e3),
        "tpot_ms": np.where(hidden | ~decodes, np.nan, state.tpot_s * 1e3),
        "e2e_latency_ms": np.where(hidden, np.nan, e2e * 1e3),
        "output_tokens_per_s_total": np.where(refused, np.nan, tokens),
        "output_tokens_per_s_per_gpu": np.where(refused, np.nan, tokens / served.devices),
        "output_tokens_per_s_per_user": np.where(hidden | ~decodes, np.nan, 1 / state.tpot_s),
        "requests_per_s": np.where(refused, np.nan, served.rate),
    }
    parts = memory_parts(ready, served.running)
    gone = refused & ~ready.unfit
    parts = {name: np.where(gone, np.nan, value) for name, value in parts.items()}
    few = _replicas(asked, need.batch, need.rate_high)
    many = _replicas(asked, need.batch, need.rate_low)
    devices = {
        "devices_needed": need.replicas * per_replica,
        "devices_needed_low80": np.where(need.stated, few, need.replicas) * per_replica,
        "devices_needed_high80": np.where(need.stated, many, need.replicas) * per_replica,
        "devices": served.devices,
        "replica_devices": per_replica,
        "tp": ready.layout.tp,
        "pp": ready.layout.pp,
        "batch_per_replica": need.batch,
        "requests_per_s_possible": need.rate
        * np.maximum(np.floor(served.devices / per_replica + 1e-9), 0.0),
        "utilisation": served.utilisation,
    }
    return pd.DataFrame(
        {
            "refused_because": ready.refusals.reasons,
            "overloaded": served.overloaded & ~refused,
            "meets_targets": pd.array(
                np.where(refused, np.nan, served.meets_targets), dtype="Float64"
            ).astype("boolean"),
            **{name: np.where(refused, np.nan, value) for name, value in devices.items()},
            **with_ranges({**shown, **parts}, ready.doubts),
            "assumed": ready.notes.joined(),
            "basis": basis_of(ready.own),
        }
    )
