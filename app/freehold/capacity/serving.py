"""Steps, latency and throughput of a model served with continuous batching."""

from dataclasses import dataclass

import numpy as np

from freehold.capacity.assumptions import Assumptions
from freehold.capacity.chips import CLASSES, Chips, Precisions
from freehold.capacity.columns import Bools, Floats
from freehold.capacity.efficiency import Efficiency, EfficiencyTable
from freehold.capacity.layout import ServingLayout
from freehold.capacity.memory import kv_shards
from freehold.capacity.models import Architecture
from freehold.capacity.predictions import width
from freehold.capacity.roofline import ring_s, step_s
from freehold.capacity.serving_options import Options

_ACTIVATION_BYTES = 2.0
_FLOAT_BYTES = 4.0
_DISPATCHED_BYTES = {"fp8": 1.0, "int8": 1.0, "fp4": 0.5}
"""Bytes of an activation on its way to its experts, by compute precision; else 16 bit."""
_DISPATCHED = tuple(_DISPATCHED_BYTES.get(name, _ACTIVATION_BYTES) for name in CLASSES)

USUAL_BATCH = 16.0
"""Sequences on one rank at which the fitted slope over load leaves the decode step as it is."""


@dataclass(frozen=True)
class ServingFactors:
    """Fitted time over physics of each operation; 1 (slope 0) is physics alone."""

    decode: Floats
    load_slope: Floats
    prefill: Floats
    wait: Floats
    first: Floats
    links: Floats


@dataclass(frozen=True)
class Engine:
    """Achieved rates and work per token of each configuration; one replica's device."""

    architecture: Architecture
    layout: ServingLayout
    weight_value_bytes: Floats
    head_value_bytes: Floats
    kv_value_bytes: Floats
    kv_cut: Floats
    gemm_flops: Floats
    gemm16_flops: Floats
    attention_flops: Floats
    weight_bandwidth: Floats
    kv_bandwidth: Floats
    tp_link: Floats
    expert_link: Floats
    stage_link: Floats
    dispatched_bytes: Floats
    hop_s: float
    imbalance: float
    overhead_s: Floats
    fitted: "ServingFactors"
    options: Options
    sequence_overhead_s: float
    unfused_values: Floats
    unfused_passes: Floats

    def unfused_bytes(self, fresh: Floats, prompt: Floats) -> Floats:
        """Bytes that an engine without fused kernels moves for a prompt, on one device.

        Activations are 32-bit floats read and written by each small kernel; the scores of
        attention are written out and read again (what fused attention avoids: Dao et al. 2022,
        arXiv 2205.14135, section 3.2).
        """
        a = self.architecture
        scores = fresh * (prompt - fresh / 2) * np.where(np.isfinite(a.heads), a.heads, 1.0)
        moved = fresh * a.hidden * self.unfused_values + scores * self.unfused_passes
        return moved * a.layers * _FLOAT_BYTES / self.layout.tp


def engine(
    architecture: Architecture,
    chips: Chips,
    precision: Precisions,
    *,
    layout: ServingLayout,
    efficiency: Efficiency,
    table: EfficiencyTable,
    assumed: Assumptions,
    fitted: "ServingFactors",
    options: Options,
    unfused: Bools,
) -> Engine:
    """Return the achieved rates of each configuration: datasheet peak x achieved share."""
    network = assumed["network_one_way_gb_s"] * 1e9
    inside = np.where(layout.tp <= chips.domain, chips.link, np.minimum(network, chips.link))
    pcie = chips.link_assumed & (layout.tp > 1)
    inside = np.where(pcie, chips.link, inside)
    ways = layout.tp * layout.attention_dp
    experts = np.where(ways <= chips.domain, chips.link, np.minimum(network, chips.link))
    return Engine(
        architecture=architecture,
        layout=layout,
        weight_value_bytes=precision.weight_bytes,
        head_value_bytes=precision.embedding_bytes,
        kv_value_bytes=precision.kv_bytes,
        kv_cut=kv_shards(architecture, layout.tp),
        gemm_flops=chips.peak * efficiency.gemm,
        gemm16_flops=chips.peak16 * efficiency.gemm16,
        attention_flops=chips.peak16 * efficiency.prefill_attention,
        weight_bandwidth=chips.bandwidth * efficiency.streaming,
        kv_bandwidth=chips.bandwidth * efficiency.kv_read,
        tp_link=inside * table.link_share(chips, "allreduce", layout.tp),
        expert_link=experts * table.link_share(chips, "alltoall", ways),
        stage_link=np.minimum(network, chips.link),
        dispatched_bytes=np.array([*_DISPATCHED, _ACTIVATION_BYTES])[chips.compute_class],
        hop_s=assumed["collective_latency_s"],
        imbalance=assumed["expert_imbalance"],
        overhead_s=assumed["step_overhead_s"] + assumed["layer_overhead_s"] * architecture.layers,
        fitted=fitted,
        options=options,
        sequence_overhead_s=assumed["sequence_overhead_s"],
        unfused_values=np.where(unfused, assumed["unfused_values"], 0.0),
        unfused_passes=np.where(unfused, assumed["unfused_score_passes"], 0.0),
    )


def experts_touched(experts: Floats, active: Floats, tokens: Floats) -> Floats:
    """Expected share of experts that `tokens` tokens reach: 1 - (1 - k/E)^T.

    Each token draws k of E experts; independent draws, as in the expected occupancy problem
    (Feller, An Introduction to Probability Theory, volume 1, section II.5).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = -np.expm1(tokens * np.log1p(-np.minimum(active / experts, 1.0)))
    return np.where(experts > 0, share, 0.0)


def devices_reached(active: Floats, ways: Floats) -> Floats:
    """Expected number of devices that hold the k active experts of a token: n (1 - (1 - 1/n)^k).

    A token is sent once to each of them, however many of its experts they hold (the same expected
    occupancy as `experts_touched`).
    """
    n = np.maximum(ways, 1.0)
    return np.asarray(n * (1.0 - (1.0 - 1.0 / n) ** active), dtype=np.float64)


def _weights_s(e: Engine, rank_tokens: Floats, group_tokens: Floats, head_tokens: Floats) -> Floats:
    """Seconds of the matrix products of one step: dense body, experts, output matrix.

    2 FLOPs per weight and token (Kaplan et al. 2020, arXiv 2001.08361, section 2.1); a step reads
    each weight once, of the experts those that its tokens reach.
    """
    a, tp = e.architecture, e.layout.tp
    body = step_s(
        2 * rank_tokens * a.body_weights / tp,
        e.gemm_flops,
        e.weight_value_bytes * a.body_weights / tp,
        e.weight_bandwidth,
    )
    head = step_s(
        2 * head_tokens * a.head_weights / tp,
        e.gemm16_flops,
        e.head_value_bytes * a.head_weights / tp,
        e.weight_bandwidth,
    )
    if not a.experts.any():
        return body + head
    ways = tp * e.layout.attention_dp
    touched = experts_touched(a.experts, a.experts_active, group_tokens)
    experts = step_s(
        2 * group_tokens * a.experts_active * a.expert_weights * e.imbalance / ways,
        e.gemm_flops,
        e.weight_value_bytes * a.expert_weights * a.experts * touched / ways,
        e.weight_bandwidth,
    )
    return body + experts + head


def _links_s(e: Engine, rank_tokens: Floats) -> Floats:
    """Seconds of the collectives of one step.

    Two all-reduces per layer for tensor parallelism (Shoeybi et al. 2019, arXiv 1909.08053,
    section 3), dispatch and combine per layer for expert parallelism (Lepikhin et al. 2020,
    arXiv 2006.16668), one hand-over per further pipeline stage. Activations go to their experts in
    the precision these compute in and come back in 16 bit (DeepSeek-V3, arXiv 2412.19437, section
    3.3.3).
    """
    a, tp = e.architecture, e.layout.tp
    message = rank_tokens * a.hidden * _ACTIVATION_BYTES
    tensor = 2 * a.layers * ring_s(message, tp, e.tp_link, e.hop_s)
    expert = np.zeros_like(message)
    if e.layout.expert_parallel.any():
        ranks = e.layout.attention_dp
        back = message * devices_reached(a.experts_active, ranks)
        there = back * e.dispatched_bytes / _ACTIVATION_BYTES
        both = (ring_s(way, ranks, e.expert_link, e.hop_s, 1.0) for way in (there, back))
        expert = np.where(e.layout.expert_parallel, a.layers * sum(both), 0.0)
    stages = (e.layout.pp - 1) * (e.hop_s + message / e.stage_link)
    return (tensor + expert + stages) * e.fitted.links


def decode_step_s(e: Engine, batch: Floats, context: Floats) -> Floats:
    """Seconds per token that every one of `batch` sequences of a replica gains.

    `context` is the mean number of cached tokens. With pipeline stages the batch runs as that
    many micro-batches, so a token's time is one pass of a micro-batch over all stages. With
    drafted tokens a step checks all of them at once and costs 1 + g c, c the cost of a draft
    (Leviathan et al. 2023, arXiv 2211.17192, theorem 3.8); several are kept. Adapters of the
    batch's sequences are read on top (Sheng et al. 2023, S-LoRA, arXiv 2311.03285).
    """
    a = e.architecture
    micro = np.maximum(batch / e.layout.pp, 1.0)
    rank = np.maximum(micro / e.layout.attention_dp, 1.0)
    o = e.options
    each = 1.0 + o.drafted
    attention = step_s(
        4 * a.decode_reach(context) * rank * each / e.layout.tp,
        e.attention_flops,
        rank * a.cache_bytes(context, e.kv_value_bytes, e.kv_cut, e.layout.tp),
        e.kv_bandwidth,
    )
    weights = _weights_s(e, rank * each, micro * each, rank * each)
    overhead = e.overhead_s + rank * e.sequence_overhead_s
    physics = weights + attention + _links_s(e, rank * each) + overhead
    if o.adapter_weights.any():
        physics = physics + step_s(
            2 * rank * each * o.adapter_weights / e.layout.tp,
            e.gemm16_flops,
            o.adapters_read(rank) / e.layout.tp,
            e.weight_bandwidth,
        )
    physics = physics * (1.0 + o.drafted * o.draft_cost) / o.tokens_per_step
    return physics * e.fitted.decode * (rank / USUAL_BATCH) ** e.fitted.load_slope


def prefill_s(
    e: Engine, prompt: Floats, chunk_tokens: Floats, together: Floats | float = 1.0
) -> Floats:
    """Seconds of work of one prompt on one attention rank, all stages; 0 for an empty prompt.

    Attention: 4 FLOPs per unit of attention width and pair of tokens (Dao 2023, arXiv
    2307.08691, section 4). Tokens found in a prefix cache cost nothing themselves but are
    attended to (Zheng et al. 2023, SGLang, arXiv 2312.07104, section 3). Prompts that are taken
    in `together` share one reading of the weights, as far as a step's tokens go.
    """
    a = e.architecture
    safe = np.maximum(prompt, 1.0)
    # At least the last token of a prompt is computed, for its logits.
    fresh = np.maximum(safe * (1.0 - e.options.prefix_share), 1.0)
    attention = 4 * a.prefill_reach(safe, safe - fresh)
    attention = attention / (e.layout.tp * e.attention_flops)
    many = np.clip(together, 1.0, np.maximum(chunk_tokens / fresh, 1.0))
    tokens = fresh * many
    weights = _weights_s(e, tokens, tokens * e.layout.attention_dp, many)
    steps_s = np.ceil(tokens / chunk_tokens) * e.overhead_s
    adapters = 2 * fresh * e.options.adapter_weights / (e.layout.tp * e.gemm16_flops)
    total = (weights + _links_s(e, tokens) + steps_s) / many + attention + adapters
    if e.unfused_values.any():
        total = total + e.unfused_bytes(fresh, safe) / e.weight_bandwidth
    return np.where(prompt > 0, total * e.fitted.prefill, 0.0)


def first_pass_s(e: Engine, prefill: Floats, prompt: Floats, chunk_tokens: Floats) -> Floats:
    """Seconds until a prompt has left the last of p stages: its m chunks fill the pipeline.

    (m + p - 1) / (m p) of the work of all stages: Narayanan et al. 2021, arXiv 2104.04473,
    section 2.2, for one pass forward.
    """
    chunks = np.ceil(np.maximum(prompt, 1.0) / chunk_tokens)
    return prefill * (chunks + e.layout.pp - 1) / (chunks * e.layout.pp)


@dataclass(frozen=True)
class Load:
    """What each configuration is asked: request lengths and how requests arrive.

    `static` batches run prefill and decode one after the other; `separate` prefills elsewhere,
    on devices of which `decoders` decode for each that prefills;
    with a `backlog` there is always a next request, so that no place in the batch waits.
    """

    prompt: Floats
    output: Floats
    chunk_tokens: Floats
    correlation: Floats
    static: Bools
    separate: Bools
    decoders: Floats
    backlog: Bools
    server_s: Floats


def cache_transfer_s(e: Engine, prompt: Floats) -> Floats:
    """Seconds in which a prompt's cache moves from a prefill to a decode device.

    Each device sends its shard over its own port (Zhong et al. 2024, DistServe, arXiv 2401.09670,
    section 3.3).
    """
    a = e.architecture
    shard = a.cache_bytes(prompt, e.kv_value_bytes, e.kv_cut, e.layout.tp) / e.layout.pp
    return np.asarray(e.hop_s + shard / e.stage_link, dtype=np.float64)


@dataclass(frozen=True)
class Steady:
    """Seconds and rates of one replica with a given number of sequences in flight."""

    ttft_s: Floats
    tpot_s: Floats
    wait_s: Floats
    requests_per_s: Floats
    decode_s: Floats
    prefill_s: Floats


def steady(e: Engine, load: Load, batch: Floats, assumed: Assumptions) -> Steady:
    """Return the steady state of one replica with `batch` sequences in flight.

    TPOT = decode step + (batch / output) x prefill, since each arriving prompt holds up the
    others. TTFT = first pass + wait + one decode step + overhead of the server. The wait is that
    of a closed loop at one server, R^2 + R (Z - s B) - s Z = 0 with s = prefill, Z = time in
    decode (mean value analysis with the estimate of Schweitzer 1979; Bard 1979; in Lazowska et
    al. 1984, Quantitative System Performance, section 6.4), plus the requests that arrive
    together. Little's law bounds the rate, and so does the work: no more than one
    request in the time that its prompt and its share of the steps take (asymptotic bounds, the
    same, section 5.2).
    """
    output = np.maximum(load.output, 1.0)
    context = load.prompt + load.output / 2
    pre = prefill_s(e, load.prompt, load.chunk_tokens)
    ranks = e.layout.attention_dp * e.layout.pp
    # With a queue outside, as many prompts come in with a step as answers end with it.
    queued = np.where(load.static, batch, np.where(load.backlog, batch / output, 0.0)) / ranks
    crowded = bool((queued > 1.0).any())
    work = prefill_s(e, load.prompt, load.chunk_tokens, queued) if crowded else pre
    shared = work / ranks * np.where(load.separate, load.decoders, 1.0)
    decode = decode_step_s(e, batch, context)
    decode = np.where(load.output > 0, decode, 0.0)
    mixed = load.static | load.separate
    tpot = decode + np.where(mixed, 0.0, batch / output * shared)
    busy = batch * shared
    # Who leaves with the first token never decodes: all requests in flight stand in one line.
    brief = load.output <= 1
    thinking = np.where(brief, 0.0, output * tpot)
    spare = thinking - busy
    response = (np.sqrt(spare * spare + 4 * shared * thinking) - spare) / 2
    line = np.maximum(response - shared, 0.0)
    wait = (line + load.correlation * shared * (batch - 1) / 2) * e.fitted.wait
    wait = np.where(load.backlog, 0.0, np.where(brief, line, wait))
    first = first_pass_s(e, pre, load.prompt, load.chunk_tokens)
    handed = load.separate * cache_transfer_s(e, load.prompt)
    ttft = first + wait + decode + handed + load.server_s * e.fitted.first
    ttft = np.where(load.static, np.maximum(busy, first) + e.overhead_s, ttft)
    own_time = np.where(load.separate, 0.0, (output - 1) * decode)
    whole = np.maximum(ttft + (output - 1) * tpot, busy + own_time)
    rate = np.divide(batch, whole, out=np.zeros_like(whole), where=whole > 0)
    return Steady(ttft, tpot, wait, rate, decode, first)


def largest_batch_within(
    e: Engine,
    load: Load,
    ceiling: Floats,
    *,
    ttft_s: Floats,
    tpot_s: Floats,
    assumed: Assumptions,
    wait_tail: float = 1.0,
    tpot_tail: float = 1.0,
) -> Floats:
    """Sequences in flight per replica at which both targets still hold; 0 if not even one.

    TTFT and TPOT never fall as the batch grows, so 24 vectorised bisections settle it. A NaN
    target asks nothing. Targets of a percentile come with the factors between it and the mean, of
    the wait and of TPOT.
    """

    def holds(batch: Floats) -> Bools:
        state = steady(e, load, batch, assumed)
        first = state.ttft_s + (wait_tail - 1.0) * state.wait_s
        return np.asarray(
            ~(first > ttft_s) & ~(state.tpot_s * tpot_tail > tpot_s) & (batch <= ceiling),
            dtype=np.bool_,
        )

    low, high = np.ones_like(ceiling), np.maximum(ceiling, 1.0)
    first, last = holds(low), holds(high)
    for _ in range(24):
        middle = (low + high) / 2
        good = holds(middle)
        low, high = np.where(good, middle, low), np.where(good, high, middle)
    return np.where(last, np.maximum(ceiling, 1.0), np.where(first, np.floor(low + 1e-6), 0.0))


def batch_at_rate(
    e: Engine, load: Load, ceiling: Floats, requests_per_s: Floats, assumed: Assumptions
) -> tuple[Floats, Bools]:
    """Return sequences in flight per replica at an arrival rate, and which rates are too high.

    Little's law, batch = rate x time in system (Little 1961, Operations Research 9(3)), solved
    by 24 vectorised bisections. A rate above the one at the largest batch by more than the range
    of a predicted rate is overload; up to there the replica is taken as just saturated.
    """
    most = steady(e, load, np.maximum(ceiling, 1.0), assumed).requests_per_s
    certain = most * width("rate")
    overloaded = np.asarray(requests_per_s > certain, dtype=np.bool_)
    low, high = np.full_like(ceiling, 1e-3), np.maximum(ceiling, 1.0)
    for _ in range(24):
        middle = (low + high) / 2
        state = steady(e, load, np.maximum(middle, 1.0), assumed)
        served = state.requests_per_s * np.minimum(middle, 1.0)
        enough = served >= requests_per_s
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high, overloaded
