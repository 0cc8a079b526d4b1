"""Serving rows of a specification -> figures."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from freehold.capacity import serving
from freehold.capacity.assumptions import Assumptions
from freehold.capacity.benchmark_limits import WITHIN_LIMITS, benchmark_limits
from freehold.capacity.calibration.factors import RESTS_ON_OWN, SERVING
from freehold.capacity.calibration.levels import (
    Levels,
    class_unmeasured,
    common_levels,
    own_levels,
    serving_levels,
    stack_unmeasured,
)
from freehold.capacity.checks import Tables, ask_common, refuse_common
from freehold.capacity.chips import Precisions
from freehold.capacity.columns import Bools, Floats, Ints, Words, numbers, rows_of, words
from freehold.capacity.layout import ServingLayout, serving_layout
from freehold.capacity.memory import GIB, ServingMemory, serving_memory
from freehold.capacity.predictions import Doubts
from freehold.capacity.remarks import Notes, Refusals, refuse_unreadable
from freehold.capacity.request_lengths import read_lengths
from freehold.capacity.serving_options import read_options


@dataclass(frozen=True)
class Prepared:
    """Serving configurations ready to be evaluated; refused rows hold harmless numbers."""

    layout: ServingLayout
    engine: serving.Engine
    memory: ServingMemory
    load: serving.Load
    refusals: Refusals
    notes: Notes
    doubts: Doubts
    unfit: Bools
    ceiling: Floats
    levels: Levels
    device_w: Floats
    precision: Precisions
    falls_back: Bools
    own: Bools

    def rows(self, where: Bools | Ints) -> "Prepared":
        """Return the chosen configurations; a position may be chosen several times."""
        kept = rows_of(self, where)
        return replace(kept, refusals=self.refusals.rows(where), notes=self.notes.rows(where))

    def arriving(self, where: Bools) -> "Prepared":
        """Return the rows with requests that come by themselves and wait, where chosen."""
        load = replace(
            self.load,
            backlog=self.load.backlog & ~where,
            correlation=np.where(where, 0.0, self.load.correlation),
        )
        return replace(self, load=load)


def _backlog(spec: pd.DataFrame, scenario: Words) -> Bools:
    """Rows with a queue outside, so that no place stays empty: the largest load, offline runs.

    The requests of an offline run all come at once; how many there are is no loop of clients.
    """
    stated = np.isfinite(numbers(spec, "concurrency_or_batch"))
    offline = scenario.contain("offline") & ~scenario.contain("static")
    return offline | (~stated & ~np.isfinite(numbers(spec, "qps")))


def prepare(spec: pd.DataFrame, tables: Tables) -> Prepared:
    """Check every row and return what the step model needs, whole columns at once."""
    assumed = tables.assumed
    refusals, notes = Refusals(len(spec)), Notes(len(spec))
    common = ask_common(spec, tables, notes)
    refuse_common(spec, common, refusals)
    local = words(spec, "engine").contain("llama.cpp")
    a, precision = common.architecture, common.precision
    chips = tables.chips.accumulating_in_16_bit(common.chips, local)
    scenario = words(spec, "scenario").lower()
    lengths = read_lengths(spec, a, scenario, assumed=assumed, refusals=refusals, notes=notes)
    prompt, output = lengths.prompt, lengths.output
    for column in ("concurrency_or_batch", "qps"):
        refuse_unreadable(spec, column, refusals, "max")
        value = numbers(spec, column)
        refusals.add(
            (value <= 0) | np.isinf(value) | (value > 1e9),
            f"{column} cannot be {{value}}",
            value=value,
        )
    layout = serving_layout(
        spec, a, chips, precision, assumed=assumed, refusals=refusals, notes=notes
    )
    options = read_options(spec, a, layout.devices, assumed=assumed, refusals=refusals, notes=notes)
    chunk = np.where(local, assumed["llama_cpp_batched_tokens"], assumed["max_batched_tokens"])
    memory = serving_memory(
        a,
        chips,
        precision,
        tp=layout.tp,
        attention_dp=layout.attention_dp,
        pp=layout.pp,
        longest_context=prompt + output,
        batched_tokens=np.minimum(chunk, np.maximum(prompt, 1.0)),
        local=local,
        assumed=assumed,
        adapter_bytes=options.adapter_bytes,
    )
    unfit = (memory.largest_batch < 1) & ~refusals.any
    needed = memory.weights + memory.kv_per_sequence + memory.activations + memory.reserve
    refusals.add(
        unfit,
        "does not fit: one device needs {needed} GiB (weights {weights}, cache of one sequence "
        "{kv}, activations {activations}, reserve {reserve}) but {usable} GiB are usable",
        needed=np.round(needed / GIB, 1),
        weights=np.round(memory.weights / GIB, 1),
        kv=np.round(memory.kv_per_sequence / GIB, 1),
        activations=np.round(memory.activations / GIB, 1),
        reserve=np.round(memory.reserve / GIB, 1),
        usable=np.round(memory.usable / GIB, 1),
    )
    efficiency = tables.efficiency.of(chips)
    load = serving.Load(
        prompt=prompt,
        output=np.nan_to_num(output),
        chunk_tokens=chunk,
        # Only the clients of a closed loop start together; a stream knows nothing of itself.
        correlation=np.where(
            np.isfinite(numbers(spec, "concurrency_or_batch")),
            assumed["ttft_arrival_correlation"],
            0.0,
        ),
        static=scenario.contain("static"),
        separate=scenario.contain("disaggregated") | np.isfinite(options.prefill_share),
        decoders=_decoders(1.0 - options.prefill_share),
        backlog=_backlog(spec, scenario),
        server_s=np.where(
            scenario.contain("single stream") | scenario.contain("llama-bench"),
            0.0,
            assumed["first_token_overhead_s"],
        ),
    )
    told = np.isfinite(options.prefill_share)
    notes.add(load.separate & ~told, "split between prefill and decode devices assumed")
    levels = serving_levels(
        spec,
        common_levels(
            spec,
            a,
            chip=chips.accelerator_id,
            family=chips.family,
            compute_class=chips.compute_class,
            stated=precision.stated,
        ),
        prompt=prompt,
        output=load.output,
        ways=layout.replica_devices,
        host_link=chips.link_assumed,
        scenario=scenario,
    )
    if tables.calibration.own:
        levels.categories |= own_levels(chips.accelerator_id, a.model_id)
    own = tables.calibration.rests_on_own(chips.accelerator_id, SERVING)
    notes.add(own, RESTS_ON_OWN)
    seen = chips.accelerator_id.where(tables.calibration.knows("chip", SERVING).__contains__)
    fitted = {op: tables.calibration.factor(op, levels, len(spec)) for op in SERVING}
    doubts = Doubts(
        chip_unmeasured=((~efficiency.measured & ~seen) | chips.peak_derived) & ~own,
        class_unmeasured=class_unmeasured(a, "serving"),
        stack_unmeasured=stack_unmeasured(spec),
        architecture_generic=a.generic,
        input_assumed=lengths.assumed | ~precision.stated | load.separate,
    )
    doubts.told(notes)
    return Prepared(
        layout=layout,
        engine=serving.engine(
            a,
            chips,
            precision,
            layout=layout,
            efficiency=efficiency,
            table=tables.efficiency,
            assumed=assumed,
            fitted=serving.ServingFactors(**fitted),
            options=options,
            unfused=local,
        ),
        memory=memory,
        load=load,
        refusals=refusals,
        notes=notes,
        doubts=doubts,
        unfit=np.asarray(unfit, dtype=np.bool_),
        ceiling=np.maximum(memory.largest_batch, 1.0),
        levels=levels,
        device_w=chips.tdp_w,
        precision=precision,
        falls_back=chips.falls_back,
        own=own,
    )


@dataclass(frozen=True)
class ServingFigures:
    """Figures and flags of the serving rows."""

    values: dict[str, Floats]
    running: Floats
    overloaded: Bools
    memory_limited: Bools


def figures(spec: pd.DataFrame, ready: Prepared, tables: Tables) -> ServingFigures:
    """Evaluate prepared rows: closed loop, arrival rate, or the largest load.

    `concurrency_or_batch` = number: that many requests in flight; `qps` without it: arrivals;
    `max`, an offline scenario or neither: the largest batch that memory allows. A benchmark whose
    rules limit latencies is driven to those limits.
    """
    assumed, e, load = tables.assumed, ready.engine, ready.load
    layout, ceiling = ready.layout, ready.ceiling
    scenario = words(spec, "scenario").lower()
    concurrency, rate = numbers(spec, "concurrency_or_batch"), numbers(spec, "qps")
    offline = scenario.contain("offline") & ~np.isfinite(concurrency)
    single = scenario.contain("single")
    concurrency = np.where(single & ~np.isfinite(concurrency), 1.0, concurrency)
    limits = benchmark_limits(e.architecture.model_id, scenario)
    to_limits = np.isfinite(limits[1]) & ~np.isfinite(concurrency)
    ready.notes.add(to_limits, WITHIN_LIMITS)
    open_loop = np.isfinite(rate) & ~np.isfinite(concurrency) & ~offline & ~to_limits
    largest = ~np.isfinite(concurrency) & ~open_loop & ~to_limits
    ready.notes.add(largest & ~offline, "load not stated: the largest that memory allows")

    share = _decode_share(ready, np.where(np.isfinite(concurrency), concurrency, 1.0))
    load = replace(load, decoders=_decoders(share), backlog=load.backlog & ~to_limits)
    replicas = layout.replicas * share
    asked = np.where(largest, ceiling, np.where(np.isfinite(concurrency), concurrency, 1.0))
    per_replica = np.where(largest, ceiling, asked / replicas)
    running = np.clip(per_replica, 1.0, ceiling)
    overloaded = np.zeros(len(spec), dtype=np.bool_)
    if open_loop.any():
        found, over = serving.batch_at_rate(
            rows_of(e, open_loop),
            rows_of(load, open_loop),
            ceiling[open_loop],
            (rate / replicas)[open_loop],
            assumed,
        )
        running[open_loop] = np.maximum(found, 1.0)
        per_replica = np.where(open_loop, running, per_replica)
        overloaded[open_loop] = over
    if to_limits.any():
        running[to_limits] = _within(ready, load, to_limits, limits, assumed)
        per_replica = np.where(to_limits, running, per_replica)
    state = serving.steady(e, load, running, assumed)
    all_busy = largest | open_loop | to_limits
    active = np.where(all_busy, replicas, np.minimum(replicas, asked))
    busy_rate = state.requests_per_s * active
    stated = np.isfinite(rate) & (to_limits | (open_loop & ~overloaded))
    served = np.where(stated, rate, busy_rate)
    queued = np.maximum(per_replica - ceiling, 0.0) * ~all_busy
    wait = np.divide(
        queued,
        state.requests_per_s,
        out=np.zeros_like(queued),
        where=state.requests_per_s > 0,
    )
    ttft = state.ttft_s + wait
    output = load.output
    decodes = output > 1
    tpot = np.where(decodes, state.tpot_s, np.nan)
    e2e = ttft + np.maximum(output - 1, 0.0) * state.tpot_s
    tail = ttft + (assumed["e2e_tail_99"] - 1.0) * (state.wait_s + wait)
    in_flight = running * active
    alone = single | (asked <= 1)
    decode_rate, prefill_rate = _phase_rates(ready, load, state, in_flight, alone)
    per_user = np.divide(1.0, tpot, out=np.full_like(ttft, np.nan), where=tpot != 0)
    hidden = np.where(overloaded, np.nan, 1.0)
    tokens = np.where(output > 0, served * output, np.nan)
    values = {
        "ttft_ms": ttft * 1e3 * hidden,
        "ttft_p99_ms": tail * 1e3 * hidden,
        "tpot_ms": tpot * 1e3 * hidden,
        "tpot_mean_ms": tpot * 1e3 * hidden,
        "e2e_latency_ms": e2e * 1e3 * hidden,
        "output_tokens_per_s_total": tokens,
        "output_tokens_per_s_per_gpu": tokens / layout.devices,
        "output_tokens_per_s_per_gpu_derived": in_flight * per_user / layout.devices * hidden,
        "output_tokens_per_s_per_user": per_user * hidden,
        "input_tokens_per_s_total": served * load.prompt,
        "requests_per_s": served,
        "samples_per_s_total": served,
        "decode_tokens_per_s": decode_rate,
        "prefill_tokens_per_s": prefill_rate,
        "largest_concurrency": ceiling * layout.replicas,
    }
    return ServingFigures(
        values, running, overloaded, np.asarray(per_replica > ceiling, dtype=np.bool_)
    )


def _within(
    ready: Prepared,
    load: serving.Load,
    where: Bools,
    limits: tuple[Floats, Floats],
    assumed: Assumptions,
) -> Floats:
    """Sequences per replica, at least one, at the edge of the 99th percentiles' limits."""
    most = serving.largest_batch_within(
        rows_of(ready.engine, where),
        rows_of(load, where),
        ready.ceiling[where],
        ttft_s=limits[0][where],
        tpot_s=limits[1][where],
        assumed=assumed,
        wait_tail=assumed["e2e_tail_99"],
        tpot_tail=assumed["tpot_tail_99"],
    )
    return np.maximum(most, 1.0)


def _phase_rates(
    ready: Prepared, load: serving.Load, state: serving.Steady, in_flight: Floats, alone: Bools
) -> tuple[Floats, Floats]:
    """Tokens per second of decoding and of prefill; one prompt at a time keeps one replica busy."""
    decode, prefill = np.full_like(in_flight, np.nan), np.full_like(in_flight, np.nan)
    np.divide(in_flight, state.decode_s, out=decode, where=state.decode_s > 0)
    prompts = load.prompt * ready.layout.replicas * ready.layout.attention_dp
    np.divide(prompts, state.prefill_s, out=prefill, where=state.prefill_s > 0)
    return decode, np.where(alone, prefill / ready.layout.replicas, prefill)


def memory_parts(ready: Prepared, running: Floats) -> dict[str, Floats]:
    """Return GiB per device by part, the cache at `running` sequences per replica."""
    m, layout = ready.memory, ready.layout
    cache = m.kv_per_sequence * np.maximum(running / layout.attention_dp, 1.0)
    parts = {
        "memory_weights_gib": m.weights,
        "memory_kv_gib": cache,
        "memory_activations_gib": m.activations,
        "memory_reserve_gib": m.reserve,
    }
    total = m.weights + cache + m.activations + m.reserve
    return {name: value / GIB for name, value in {**parts, "memory_total_gib": total}.items()}


def _decoders(share: Floats) -> Floats:
    """Return decoding devices for each that prefills; as many of both where nothing is known."""
    return np.where(np.isfinite(share) & (share < 1.0), share / (1.0 - share), 1.0)


def _decode_share(ready: Prepared, concurrency: Floats) -> Floats:
    """Share of disaggregated devices that decode, balanced by the work of the two phases.

    Splitting by work keeps both pools equally busy (Zhong et al. 2024, DistServe,
    arXiv 2401.09670, section 4); everything else decodes on all devices.
    """
    load, layout = ready.load, ready.layout
    if not load.separate.any():
        return np.ones_like(concurrency)
    batch = np.clip(concurrency / layout.replicas, 1.0, ready.ceiling)
    decode = serving.decode_step_s(ready.engine, batch, load.prompt + load.output / 2)
    pre = serving.prefill_s(ready.engine, load.prompt, load.chunk_tokens)
    work = load.output * decode / batch
    share = work / (work + pre / (layout.attention_dp * layout.pp))
    stated = ready.engine.options.prefill_share
    share = np.where(np.isfinite(stated), 1.0 - stated, np.clip(share, 0.1, 0.9))
    return np.where(load.separate, share, 1.0)
