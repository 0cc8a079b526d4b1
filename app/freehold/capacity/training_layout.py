"""How a training job is cut over devices: stated ways, the parallelism text, or a choice."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from freehold.capacity.assumptions import Assumptions
from freehold.capacity.chips import Chips
from freehold.capacity.columns import Bools, Floats, numbers, words
from freehold.capacity.layout import check_ways, refuse_uneven_heads
from freehold.capacity.models import Architecture
from freehold.capacity.remarks import Notes, Refusals, refuse_unreadable

_TRIED: Final = tuple(float(2**power) for power in range(1, 11))
_COUNTS: Final = (
    "accelerators",
    "tp",
    "pp",
    "dp",
    "ep",
    "cp",
    "seq_len",
    "global_batch",
    "micro_batch",
    "interleave",
)


@dataclass(frozen=True)
class TrainingJob:
    """The work and the layout of each training configuration; batches in sequences."""

    devices: Floats
    tp: Floats
    pp: Floats
    cp: Floats
    ep: Floats
    dp: Floats
    zero: Floats
    seq_len: Floats
    global_batch: Floats
    micro_batch: Floats
    interleave: Floats
    tokens: Floats
    trainable_share: Floats
    chosen: Bools

    @property
    def micro_batches(self) -> Floats:
        """Micro-batches one data-parallel rank runs per step."""
        return np.maximum(self.global_batch / (self.dp * self.micro_batch), 1.0)


@dataclass(frozen=True)
class _Stated:
    """What the row says about its layout; NaN where it says nothing."""

    counts: dict[str, Floats]
    sharded: Floats
    fully_sharded: Bools
    gradients_only: Bools
    any: Bools


def _filled(values: Floats, fallback: Floats | float) -> Floats:
    finite = np.isfinite(values)
    if finite.all():
        return values
    if not finite.any():
        return np.array(np.broadcast_to(np.asarray(fallback, dtype=np.float64), values.shape))
    return np.where(finite, values, fallback)


def _stated(spec: pd.DataFrame, refusals: Refusals) -> _Stated:
    """Read the ways from their columns, then from the `parallelism` text."""
    counts = check_ways(spec, _COUNTS, refusals)
    text = words(spec, "parallelism").lower()

    def written(key: str) -> Floats:
        pattern = re.compile(rf"(?:^|[;,\s]){key}=(\d+)")

        def ways(value: str) -> float:
            found = pattern.search(value)
            return float(found[1]) if found else np.nan

        return text.numbers(ways)

    for key in ("tp", "pp", "dp", "ep", "cp"):
        counts[key] = _filled(counts[key], written(key))
    fully = text.contain("fsdp")
    says = fully | np.isfinite(counts["tp"]) | np.isfinite(counts["pp"])
    return _Stated(
        counts=counts,
        sharded=written("fsdp"),
        fully_sharded=fully,
        gradients_only=text.contain("shard_grad_op"),
        any=np.asarray(says | np.isfinite(counts["dp"]), dtype=np.bool_),
    )


def _work(spec: pd.DataFrame, refusals: Refusals) -> tuple[Floats, Floats]:
    """Return tokens and samples of each row, NaN where the columns say nothing."""
    for column in ("tokens_b", "samples"):
        refuse_unreadable(spec, column, refusals)
        value = numbers(spec, column)
        refusals.add(
            (value <= 0) | np.isinf(value), f"{column} must be positive, not {{value}}", value=value
        )
        refusals.add(value > 1e12, f"{column} {{value}} is more than any run has", value=value)
    return numbers(spec, "tokens_b") * 1e9, numbers(spec, "samples")


def _zero_level(spec: pd.DataFrame, refusals: Refusals) -> Floats:
    """Return the ZeRO level of each row, NaN where the column says nothing."""
    refuse_unreadable(spec, "zero", refusals)
    level = numbers(spec, "zero")
    refusals.add(
        np.isfinite(level) & ~np.isin(level, (0.0, 1.0, 2.0, 3.0)),
        "zero {level} is not one of the levels 0 to 3",
        level=level,
    )
    return level


def _model_parallel(
    devices: Floats,
    batch: Floats,
    trainable: Floats,
    *,
    architecture: Architecture,
    chips: Chips,
    assumed: Assumptions,
) -> Floats:
    """Return the least power of two of ways at which state fits and every rank has work."""
    limit = assumed["training_usable_memory_share"] * chips.memory_bytes
    ways = np.ones_like(devices)
    for tried in _TRIED:
        ranks = np.maximum(devices / ways, 1.0)
        share = architecture.total_weights / ways
        resident = share * (4.0 * trainable + 2.0 * (1 - trainable))
        resident = resident + share * 12.0 * trainable / ranks
        grow = ((resident > 0.7 * limit) | (ranks > batch)) & (tried <= devices)
        ways = np.where(grow, tried, ways)
    return ways


def _tensor_ways(ways: Floats, architecture: Architecture, chips: Chips) -> Floats:
    """Return the part of the model-parallel ways that a node's links and the heads allow."""
    node = np.minimum(np.maximum(chips.domain, 1.0), 8.0)
    heads = _filled(architecture.heads, 1.0)
    split = np.ones_like(ways)
    for tried in _TRIED[:3]:
        split = np.where((heads % tried == 0) & (tried <= np.minimum(ways, node)), tried, split)
    return split


def _usual_length(spec: pd.DataFrame, assumed: Assumptions) -> Floats:
    """Tokens of one training sample where none are stated."""
    images = words(spec, "phase").lower().contain("diffusion")
    return np.where(images, assumed["diffusion_tokens"], assumed["default_seq_len"])


def _check(
    job: TrainingJob, stated: Bools, given: Floats, architecture: Architecture, refusals: Refusals
) -> None:
    """Refuse layouts that cannot be run."""
    product = job.tp * job.pp * job.cp * np.where(stated, np.maximum(job.dp, 1.0), 1.0)
    refusals.add(
        stated & np.isfinite(given) & (product > given * 1.0001),
        "tp x pp x cp x dp = {product} needs more than the {devices} devices given",
        product=product,
        devices=given,
    )
    refuse_uneven_heads(architecture, np.where(stated, job.tp, np.nan), refusals)
    refusals.add(
        job.pp > architecture.layers,
        "pp {pp} is more than the {layers} layers of {model}",
        pp=job.pp,
        layers=architecture.layers,
        model=architecture.model_id,
    )
    refusals.add(
        (job.pp > 1) & (job.interleave > 1) & (job.pp * job.interleave > architecture.layers),
        "pp {pp} x interleave {interleave} is more than the {layers} layers of {model}",
        pp=job.pp,
        interleave=job.interleave,
        layers=architecture.layers,
        model=architecture.model_id,
    )
    refusals.add(
        (job.ep > 1) & ((job.ep > architecture.experts) | ~(architecture.experts > 0)),
        "ep {ep} is more than the {experts} experts of {model}",
        ep=job.ep,
        experts=architecture.experts,
        model=architecture.model_id,
    )
    refusals.add(
        stated & (job.dp > job.global_batch * 1.0001),
        "global batch {batch} is smaller than the {dp} data-parallel ranks",
        batch=job.global_batch,
        dp=job.dp,
    )


def training_job(
    spec: pd.DataFrame,
    architecture: Architecture,
    chips: Chips,
    *,
    assumed: Assumptions,
    refusals: Refusals,
    notes: Notes,
) -> TrainingJob:
    """Return work and layout of each training row.

    Ways come from tp, pp, dp, ep, cp, then from the `parallelism` text (`tp=4;pp=8`, `fsdp=64`).
    Where nothing is stated, the smallest power of two of model parallelism is chosen at which
    the optimiser state fits and no data-parallel rank is without a sequence; the row is flagged.
    """
    work = _work(spec, refusals)
    said = _stated(spec, refusals)
    counts, stated = said.counts, said.any
    tp, pp, cp, ep = (_filled(counts[key], 1.0) for key in ("tp", "pp", "cp", "ep"))
    group = tp * pp * cp
    uncounted = ~np.isfinite(counts["accelerators"])
    from_ways = group * _filled(counts["dp"], _filled(said.sharded, 1.0))
    devices = _filled(
        counts["accelerators"], np.where(stated, from_ways, assumed["default_training_devices"])
    )
    notes.add(uncounted & ~stated, "number of devices assumed")

    adapters = words(spec, "phase").lower().equal("lora", "qlora")
    trainable = np.where(adapters, assumed["lora_trainable_share"], 1.0)
    context = _filled(architecture.max_context, np.inf)
    notes.add(~np.isfinite(counts["seq_len"]), "sequence length assumed")
    seq_len = _filled(counts["seq_len"], np.minimum(_usual_length(spec, assumed), context))
    micro = _filled(counts["micro_batch"], 1.0)
    notes.add(~np.isfinite(counts["global_batch"]), "global batch assumed")
    usual = np.maximum(assumed["default_global_batch_tokens"] / seq_len, 1.0)
    ranks = _filled(counts["dp"], devices / group)
    batch = _filled(
        counts["global_batch"], np.where(stated, np.maximum(usual, ranks * micro), usual)
    )

    if not stated.all():
        ways = _model_parallel(
            devices, batch, trainable, architecture=architecture, chips=chips, assumed=assumed
        )
        split = _tensor_ways(ways, architecture, chips)
        tp = np.where(stated, tp, split)
        pp = np.where(stated, pp, np.minimum(ways / split, np.maximum(architecture.layers, 1.0)))
    notes.add(~stated & (devices > 1), "parallel layout assumed")
    spread = devices / (tp * pp * cp)
    idle = np.isfinite(counts["dp"]) & np.isfinite(counts["accelerators"])
    idle &= counts["dp"] < 0.999 * spread
    notes.add(idle, "devices beyond the stated ways taken as data parallel")
    # Ranks beyond the sequences of a batch can only share a sequence.
    whole = np.where(idle, np.minimum(spread, np.maximum(batch, counts["dp"])), spread)
    cp = np.where(idle, cp * spread / whole, cp)
    dp = np.maximum(np.where(idle, whole, _filled(counts["dp"], spread)), 1e-9)

    micro = np.minimum(micro, np.maximum(batch / dp, 1.0))
    local_batch = batch / (dp * micro) <= 1.0001
    local_batch |= ~np.isfinite(counts["global_batch"]) & np.isfinite(counts["micro_batch"])
    local_batch &= (pp > 1) & (micro > 1)
    notes.add(local_batch, "local batch split into micro-batches of one to fill the pipeline")
    micro = np.where(local_batch, 1.0, micro)

    level = _zero_level(spec, refusals)
    sharded = np.where(said.fully_sharded, np.where(said.gradients_only, 2.0, 3.0), 1.0)
    zero = _filled(level, sharded)
    interleave = _filled(counts["interleave"], assumed["interleave"])
    limit = assumed["training_usable_memory_share"] * chips.memory_bytes
    share = architecture.total_weights / (tp * pp) * (4.0 * trainable + 2.0 * (1 - trainable))
    scattered = ~said.fully_sharded & ~np.isfinite(level) & (share > 0.7 * limit) & (dp > 1)
    notes.add(scattered, "weights sharded over the data-parallel ranks, as nothing else fits")
    job = TrainingJob(
        devices=devices,
        tp=tp,
        pp=pp,
        cp=cp,
        ep=ep,
        dp=dp,
        zero=np.where(scattered, 3.0, zero),
        seq_len=seq_len,
        global_batch=batch,
        micro_batch=micro,
        interleave=np.where(pp > 1, interleave, 1.0),
        tokens=_filled(work[0], work[1] * seq_len),
        trainable_share=trainable,
        chosen=np.asarray(~stated, dtype=np.bool_),
    )
    _check(job, stated, counts["accelerators"], architecture, refusals)
    return job
