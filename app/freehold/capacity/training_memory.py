"""What a training device must hold, and which recomputation makes it fit."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from freehold.capacity.assumptions import Assumptions
from freehold.capacity.chips import Chips, Precisions
from freehold.capacity.columns import Bools, Floats
from freehold.capacity.memory import GIB
from freehold.capacity.models import Architecture
from freehold.capacity.training_layout import TrainingJob

RECOMPUTE: Final = ("none", "selective", "full")


@dataclass(frozen=True)
class TrainingMemory:
    """Bytes per device; `recompute` is the position in RECOMPUTE that was stated or chosen."""

    weights: Floats
    gradients: Floats
    optimizer: Floats
    activations: Floats
    reserve: Floats
    usable: Floats
    recompute: Floats
    chosen: Bools

    @property
    def total(self) -> Floats:
        """Everything a device holds."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.reserve


def activation_bytes(architecture: Architecture, job: TrainingJob, recompute: Floats) -> Floats:
    """Bytes of activations a device keeps for its backward pass.

    s b h L / t x 34 without recomputation (attention scores are never stored by fused kernels),
    24 selective, 2 full plus one live layer: Korthikanti et al. 2022, arXiv 2205.05198,
    table 2, sequence parallelism included. 1F1B keeps as many micro-batches as stages, so the
    first stage holds L layers' worth (ibid., section 4.2.3).
    """
    per_layer = job.seq_len * job.micro_batch * architecture.hidden / (job.tp * job.cp)
    kept = np.where(recompute >= 2, 2.0, np.where(recompute >= 1, 24.0, 34.0))
    live = np.where(recompute >= 1, 34.0, 0.0)
    return per_layer * (kept * architecture.layers + live)


def training_memory(
    architecture: Architecture,
    chips: Chips,
    precision: Precisions,
    job: TrainingJob,
    *,
    stated_recompute: Floats,
    assumed: Assumptions,
) -> TrainingMemory:
    """Return the parts of a training device's memory.

    16 bytes per parameter of mixed-precision Adam (2 weight, 2 gradient, 12 optimiser), each
    divided over the data-parallel ranks from its ZeRO level on: Rajbhandari et al. 2020,
    arXiv 1910.02054, sections 3 and 5. Frozen weights (LoRA, Hu et al. 2021, arXiv 2106.09685)
    carry neither gradient nor optimiser state. Where recomputation is not stated, the least one
    that fits is taken (NaN in `stated_recompute`).
    """
    experts = architecture.expert_weights * architecture.experts
    dense = architecture.total_weights - experts
    share = (dense + experts / job.ep) / (job.tp * job.pp)
    ranks = np.maximum(job.dp * job.cp, 1.0)
    trainable = share * job.trainable_share
    frozen = share - trainable
    weight_bytes = assumed["training_weight_bytes"]
    frozen_bytes = np.where(
        job.trainable_share < 1.0, np.minimum(precision.weight_bytes, weight_bytes), 0.0
    )
    weights = trainable * weight_bytes + frozen * frozen_bytes
    weights = weights / np.where(job.zero >= 3, ranks, 1.0)
    gradients = trainable * assumed["training_gradient_bytes"]
    gradients = gradients / np.where(job.zero >= 2, ranks, 1.0)
    expert_share = experts / np.maximum(architecture.total_weights, 1.0)
    optimizer_ranks = np.maximum(ranks * (1 - expert_share + expert_share / job.ep), 1.0)
    optimizer = trainable * assumed["training_optimizer_bytes"]
    optimizer = optimizer / np.where(job.zero >= 1, optimizer_ranks, 1.0)
    reserve = np.minimum(
        assumed["reserve_gib"] * GIB, assumed["reserve_share"] * chips.memory_bytes
    )
    usable = assumed["training_usable_memory_share"] * chips.memory_bytes
    fixed = weights + gradients + optimizer + reserve
    recompute = np.where(np.isfinite(stated_recompute), stated_recompute, 0.0)
    for level in (1.0, 2.0):
        short = fixed + activation_bytes(architecture, job, recompute) > usable
        recompute = np.where(short & ~np.isfinite(stated_recompute), level, recompute)
    return TrainingMemory(
        weights=weights,
        gradients=gradients,
        optimizer=optimizer,
        activations=activation_bytes(architecture, job, recompute),
        reserve=reserve,
        usable=usable,
        recompute=recompute,
        chosen=~np.isfinite(stated_recompute),
    )
