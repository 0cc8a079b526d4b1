"""What a serving device must hold, and how many sequences then fit."""

from dataclasses import dataclass

import numpy as np

from freehold.capacity.assumptions import Assumptions
from freehold.capacity.chips import Chips, Precisions
from freehold.capacity.columns import Bools, Floats
from freehold.capacity.models import Architecture

GIB = float(2**30)


@dataclass(frozen=True)
class ServingMemory:
    """Bytes per device and the sequences one replica holds at full length."""

    weights: Floats
    kv_per_sequence: Floats
    activations: Floats
    reserve: Floats
    usable: Floats
    largest_batch: Floats


def weight_bytes(architecture: Architecture, precision: Precisions) -> Floats:
    """Bytes of all weights of one copy of the model: parameters x bytes of the precision.

    Embedding and output matrices keep their own width, as quantised checkpoints have them.
    """
    tables = architecture.embedding_weights + architecture.head_weights
    rest = architecture.total_weights - tables
    return rest * precision.weight_bytes + tables * precision.embedding_bytes


def device_weight_bytes(
    architecture: Architecture,
    precision: Precisions,
    *,
    tp: Floats,
    attention_dp: Floats,
    pp: Floats,
    host_embeddings: Bools,
) -> Floats:
    """Bytes of weights one device holds.

    Everything is cut over the tensor-parallel ways (Shoeybi et al. 2019, arXiv 1909.08053) and
    the pipeline stages; experts also over the attention-data-parallel ways. llama.cpp leaves the
    input embeddings in the host's memory (`host_embeddings`).
    """
    experts = architecture.expert_weights * architecture.experts * precision.weight_bytes
    rest = weight_bytes(architecture, precision) - experts
    on_host = architecture.embedding_weights * precision.embedding_bytes
    rest = rest - np.where(host_embeddings, on_host, 0.0)
    return (rest / tp + experts / (tp * attention_dp)) / pp


def kv_shards(architecture: Architecture, tp: Floats) -> Floats:
    """Ways in which the cache is cut: at most one key-value head per device, MLA not at all."""
    heads = np.where(np.isfinite(architecture.kv_heads), architecture.kv_heads, 1.0)
    return np.where(architecture.latent_attention, 1.0, np.minimum(tp, np.maximum(heads, 1.0)))


def serving_memory(
    architecture: Architecture,
    chips: Chips,
    precision: Precisions,
    *,
    tp: Floats,
    attention_dp: Floats,
    pp: Floats,
    longest_context: Floats,
    batched_tokens: Floats,
    local: Bools,
    assumed: Assumptions,
    adapter_bytes: Floats,
) -> ServingMemory:
    """Return the parts of a device's memory and the largest batch of a replica.

    weights + cache x sequences + activations + reserve <= usable share of the device; paged
    caches waste next to nothing (Kwon et al. 2023, arXiv 2309.06180), so the cache is exact.
    A `local` engine (llama.cpp) allocates what it needs and keeps no share free.
    """
    weights = device_weight_bytes(
        architecture,
        precision,
        tp=tp,
        attention_dp=attention_dp,
        pp=pp,
        host_embeddings=local,
    )
    weights = weights + adapter_bytes / (tp * pp)
    per_sequence = (
        architecture.cache_bytes(
            longest_context, precision.kv_bytes, kv_shards(architecture, tp), tp
        )
        / pp
    )
    activations = (
        batched_tokens * architecture.hidden * assumed["activation_values_per_hidden"] * 2.0
    )
    reserve = np.minimum(
        assumed["reserve_gib"] * GIB, assumed["reserve_share"] * chips.memory_bytes
    )
    usable = chips.memory_bytes * np.where(
        local, assumed["local_usable_memory_share"], assumed["usable_memory_share"]
    )
    free = usable - weights - activations - reserve
    ceiling = assumed["max_sequences"]
    with np.errstate(divide="ignore", invalid="ignore"):
        batch = np.where(per_sequence > 0, free / per_sequence, np.where(free >= 0, ceiling, 0.0))
    batch = np.floor(np.clip(batch, 0.0, ceiling)) * attention_dp
    return ServingMemory(weights, per_sequence, activations, reserve, usable, batch)
