"""Step time, utilisation and device hours of a training job."""

from dataclasses import dataclass

import numpy as np

from freehold.capacity.assumptions import Assumptions
from freehold.capacity.chips import Chips
from freehold.capacity.columns import Floats
from freehold.capacity.efficiency import Efficiency, EfficiencyTable
from freehold.capacity.models import Architecture
from freehold.capacity.roofline import ring_s
from freehold.capacity.training_layout import TrainingJob

MFU_DEFINITION = (
    "Model FLOPs utilisation: tokens per second per device x (6 x active parameters + 12 x layers "
    "x attention width per layer x sequence length) over the device's dense peak at the compute "
    "precision. Attention is counted without the causal half, recomputation is not counted "
    "(Chowdhery et al. 2022, appendix B). For LoRA the full model's FLOPs are counted."
)


@dataclass(frozen=True)
class TrainingFactors:
    """Fitted time over physics of each operation; 1 is physics alone."""

    matmul: Floats
    attention: Floats
    overhead: Floats
    links: Floats


@dataclass(frozen=True)
class TrainingStep:
    """Seconds of one optimiser step by part, and the rates that follow."""

    compute_s: Floats
    bubble_share: Floats
    tensor_s: Floats
    expert_s: Floats
    context_s: Floats
    data_s: Floats
    step_s: Floats
    tokens_per_s_per_device: Floats
    model_flops_per_token: Floats
    mfu: Floats


def model_flops_per_token(architecture: Architecture, seq_len: Floats) -> Floats:
    """FLOPs per token of forward and backward pass: 6 N + 12 L H Q T.

    Chowdhery et al. 2022 (PaLM), arXiv 2204.02311, appendix B; N is the active parameters.
    """
    weights = 6 * architecture.active_weights
    return weights + 12 * architecture.training_reach(seq_len)


def _pass_s(
    a: Architecture,
    chips: Chips,
    job: TrainingJob,
    *,
    recompute: Floats,
    efficiency: Efficiency,
    assumed: Assumptions,
    fitted: TrainingFactors,
) -> Floats:
    """Seconds of forward, backward and recomputation of one micro-batch on one device.

    Forward 2 FLOPs per weight and token, backward twice that (Kaplan et al. 2020, arXiv
    2001.08361, section 2.1), once where weights are frozen and only inputs need gradients (Hu et
    al. 2021, arXiv 2106.09685); attention backward 2.5 times forward, five matrix products for two
    (Dao 2023, arXiv 2307.08691, section 4).
    """
    tokens = job.seq_len * job.micro_batch / (job.cp * job.tp)
    body = (a.body_weights + a.experts_active * a.expert_weights + a.head_weights) / job.pp
    layers = a.layers / job.pp
    imbalance = np.where(job.ep > 1, assumed["expert_imbalance"], 1.0)
    gemm = 2 * tokens * body * imbalance / (chips.peak * efficiency.gemm)
    attention = 2 * tokens * a.training_reach(job.seq_len) / job.pp
    attention = attention / (chips.peak16 * efficiency.prefill_attention)
    moved = tokens * layers * a.hidden * assumed["training_elementwise_values"] * 2.0
    elementwise = moved / (chips.bandwidth * efficiency.streaming)
    gemm, elementwise = gemm * fitted.matmul, elementwise * fitted.matmul
    attention = attention * fitted.attention
    forward = gemm + attention + elementwise
    backward = np.where(job.trainable_share < 1.0, gemm, 2 * gemm)
    backward = backward + 2.5 * attention + 2 * elementwise
    again = np.where(
        recompute >= 2, forward, np.where(recompute >= 1, attention + 0.5 * elementwise, 0.0)
    )
    pass_s = (forward + backward + again) / assumed["training_kernel_share"]
    held_experts = np.where(a.experts > 0, a.experts / job.ep, 0.0)
    kernels = 1.0 + held_experts * assumed["expert_kernel_share"]
    return pass_s + 3 * layers * kernels * assumed["layer_overhead_s"] * fitted.overhead


def training_step(
    architecture: Architecture,
    chips: Chips,
    job: TrainingJob,
    *,
    recompute: Floats,
    efficiency: Efficiency,
    table: EfficiencyTable,
    assumed: Assumptions,
    fitted: TrainingFactors,
) -> TrainingStep:
    """Return the time of one optimiser step.

    step = micro-batches x (forward + backward + recomputation) x (1 + bubble) + exposed
    tensor-, expert-, context- and data-parallel traffic. Backward costs twice the forward pass
    (frozen weights: once, no weight gradient). Bubble = (p - 1) / (v m) of the interleaved
    schedule: Narayanan et al. 2021, arXiv 2104.04473, section 2.2.
    """
    a = architecture
    layers = a.layers / job.pp
    pass_s = _pass_s(
        a, chips, job, recompute=recompute, efficiency=efficiency, assumed=assumed, fitted=fitted
    )
    compute = job.micro_batches * pass_s
    bubble = (job.pp - 1) / (job.interleave * job.micro_batches)

    network = assumed["network_one_way_gb_s"] * 1e9
    hop = assumed["collective_latency_s"]
    link = np.where(job.tp <= np.maximum(chips.domain, 1), chips.link, network)
    message = job.seq_len * job.micro_batch / job.cp * a.hidden * 2.0
    passes = np.where(recompute >= 2, 6.0, 4.0)
    tensor = (
        passes
        * layers
        * ring_s(message, job.tp, link * table.link_share(chips, "allreduce", job.tp), hop)
    )
    tensor = tensor * job.micro_batches * assumed["tp_exposed_share"]
    reach = job.tp * job.ep
    routed_link = np.where(reach <= chips.domain, chips.link, np.minimum(network, chips.link))
    routed = message * a.experts_active / job.tp
    expert = (
        4
        * layers
        * ring_s(
            routed, job.ep, routed_link * table.link_share(chips, "alltoall", job.ep), hop, 1.0
        )
    )
    expert = expert * job.micro_batches * assumed["ep_exposed_share"]

    # Each rank of a sequence needs the keys and values of the others: gathered once forward and
    # twice backward (Llama 3, arXiv 2407.21783, section 3.3.2).
    keys_values = job.seq_len * job.micro_batch * a.kv_values / job.pp * 2.0 / job.tp
    near = np.where(job.tp * job.cp <= chips.domain, chips.link, np.minimum(network, chips.link))
    context = 3.0 * ring_s(
        keys_values, job.cp, near * table.link_share(chips, "allgather", job.cp), hop, 1.0
    )
    context = context * job.micro_batches * assumed["cp_exposed_share"]

    ranks = np.maximum(job.dp * job.cp, 1.0)
    span = job.tp * ranks
    # All ranks of one node take in the same shards, each over its own network port.
    together = np.maximum(np.minimum(chips.domain, span) / job.tp, 1.0)
    wide = np.where(span <= chips.domain, chips.link, np.minimum(network * together, chips.link))
    experts = a.expert_weights * a.experts
    held = (a.total_weights - experts + experts / job.ep) * 2.0 / (job.tp * job.pp)
    rounds = np.where(job.zero >= 3, 1.0 + 2.0 * np.minimum(job.micro_batches, 4.0), 2.0)
    moved_share = np.where(job.zero >= 3, 1.0, job.trainable_share)
    data = ring_s(
        held * moved_share, ranks, wide * table.link_share(chips, "allgather", ranks), hop, 1.0
    )
    data = data * rounds * fitted.links
    data = data - assumed["dp_overlap_share"] * np.minimum(data, compute)
    state = held / 2.0 * job.trainable_share * 28.0 / np.where(job.zero >= 1, ranks, 1.0)
    optimizer = state / (chips.bandwidth * efficiency.streaming)
    step = compute * (1 + bubble) + (tensor + expert + context) * fitted.links + data + optimizer
    rate = job.global_batch * job.seq_len / (step * job.devices)
    flops = model_flops_per_token(a, job.seq_len)
    return TrainingStep(
        compute_s=compute,
        bubble_share=bubble,
        tensor_s=tensor,
        expert_s=expert,
        context_s=context,
        data_s=data,
        step_s=step,
        tokens_per_s_per_device=rate,
        model_flops_per_token=flops,
        mfu=rate * flops / chips.peak,
    )


@dataclass(frozen=True)
class Goodput:
    """Share of the time that advances the run, and the checkpoint interval and MTBF behind it."""

    share: Floats
    interval_s: Floats
    mtbf_s: Floats


def goodput(
    devices: Floats,
    *,
    device_mtbf_h: Floats | float,
    checkpoint_s: Floats | float,
    restart_s: Floats | float,
) -> Goodput:
    """Return the share of the time left by failures, checkpoints and restarts.

    1 / (1 + C/tau + (tau/2 + R) / MTBF), tau = sqrt(2 C MTBF): Young 1974, Communications of
    the ACM 17(9); Daly 2006, Future Generation Computer Systems 22(3). MTBF falls with devices.
    """
    mtbf = device_mtbf_h * 3600.0 / np.maximum(devices, 1.0)
    interval = np.sqrt(2 * checkpoint_s * mtbf)
    lost = checkpoint_s / np.maximum(interval, 1e-9) + (interval / 2 + restart_s) / mtbf
    return Goodput(np.asarray(1.0 / (1.0 + lost), dtype=np.float64), interval, mtbf)
