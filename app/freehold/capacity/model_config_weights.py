"""Parameters of a model from its shapes, part by part."""

from dataclasses import dataclass
from typing import Any

from freehold.capacity.model_config_layers import Layers
from freehold.errors import InputError


@dataclass(frozen=True)
class Weights:
    """Parameters (not bytes), the active part, and values of state kept per sequence."""

    total: float
    active: float
    state_values: float


def weights_of(sizes: dict[str, Any], layers: Layers, where: str) -> Weights:
    """Count the parameters of a config's values; norms and biases are left out (under 0.1 %).

    Attention and feed-forward: Vaswani et al. 2017, arXiv 1706.03762; gated feed-forward:
    Shazeer 2020, arXiv 2002.05202; MLA: DeepSeek-V2, arXiv 2405.04434, section 2.1; state
    layers: Gu and Dao 2023, arXiv 2312.00752, Dao and Gu 2024, arXiv 2405.21060; gated delta
    net: Yang et al. 2024, arXiv 2412.06464.

    Raises:
        InputError: a size that a kind of layer needs is not stated.
    """

    def need(name: str, for_what: str) -> int:
        value = sizes.get(name)
        if not value:
            raise InputError(
                f"config.json does not state {name.replace('_', ' ')}, which {for_what} need",
                where=where,
            )
        return int(value)

    hidden = int(sizes["hidden"])
    table = int(sizes["vocab"]) * hidden
    tables = table if sizes.get("tied") else 2 * table
    attention = _attention(sizes, hidden) * layers.attention if layers.attention else 0.0
    state, kept = _state(sizes, layers, hidden, need)
    matrices = 3 if sizes["gated"] else 2
    dense = 0.0
    if layers.dense:
        width = int(sizes.get("dense_ffn") or need("ffn", "feed-forward layers"))
        dense = float(matrices * hidden * width * layers.dense)
    expert, shared, router = 0.0, 0.0, 0.0
    if layers.moe:
        width = int(sizes.get("moe_ffn") or need("ffn", "experts"))
        experts = need("experts", "expert layers")
        expert = float(matrices * hidden * width * layers.moe)
        router = float(experts * hidden * layers.moe)
        extra = int(sizes.get("shared_experts") or 0) * width
        extra = int(sizes.get("shared_ffn") or extra)
        if sizes.get("llama4"):
            extra = width  # every expert layer of Llama 4 has one shared expert
        shared = float(matrices * hidden * extra * layers.moe)
        active_experts = int(sizes["experts_active"])
        if active_experts > experts:
            raise InputError(
                f"{active_experts} experts cannot answer a token where there are {experts}",
                where=where,
            )
    else:
        experts, active_experts = 0, 0
    body = tables + attention + state + dense + shared + router
    return Weights(
        total=body + expert * experts,
        active=body + expert * active_experts,
        state_values=kept,
    )


def _attention(sizes: dict[str, Any], hidden: int) -> float:
    """Return parameters of one attention layer.

    Queries and output are as wide as all heads, keys and values as the grouped ones (Ainslie et
    al. 2023, arXiv 2305.13245); MLA: DeepSeek-V2, arXiv 2405.04434, section 2.1.
    """
    heads, kv, dim = int(sizes["heads"]), int(sizes["kv_heads"]), int(sizes["head_dim"])
    rank = sizes.get("kv_lora_rank")
    if not rank:
        return float(hidden * dim * (2 * heads + 2 * kv))
    rotary, plain = int(sizes.get("qk_rope") or 64), int(sizes.get("qk_nope") or dim)
    value = int(sizes.get("v_head_dim") or dim)
    queries = heads * (plain + rotary)
    low = sizes.get("q_lora_rank")
    ask = hidden * low + low * queries if low else hidden * queries
    keys = hidden * (rank + rotary) + rank * heads * (plain + value)
    return float(ask + keys + heads * value * hidden)


def _state(sizes: dict[str, Any], layers: Layers, hidden: int, need: Any) -> tuple[float, float]:
    """Return parameters of all state layers and the values they keep per sequence.

    Projections, convolution and state of a gated delta net (Yang et al. 2024, arXiv 2412.06464),
    of Mamba-2 (Dao and Gu 2024, arXiv 2405.21060) or of Mamba (Gu and Dao 2023, arXiv 2312.00752).
    """
    if not layers.state_layers:
        return 0.0, 0.0
    taps = int(sizes.get("conv") or 4)
    if sizes.get("linear_v_heads"):
        value = int(sizes["linear_v_heads"]) * need("linear_v_dim", "linear layers")
        key = need("linear_k_heads", "linear layers") * need("linear_k_dim", "linear layers")
        inner = 2 * key + value
        weights = hidden * (2 * key + 2 * value + 2 * int(sizes["linear_v_heads"]))
        weights += value * hidden + taps * inner
        kept = value * int(sizes["linear_k_dim"]) + taps * inner
    elif sizes.get("mamba_heads"):
        inner = int(sizes["mamba_heads"]) * need("mamba_head_dim", "state layers")
        size, groups = need("state_size", "state layers"), int(sizes.get("mamba_groups") or 1)
        mixed = inner + 2 * groups * size
        weights = hidden * (2 * inner + 2 * groups * size + int(sizes["mamba_heads"]))
        weights += inner * hidden + taps * mixed
        kept = inner * size + taps * mixed
    else:
        inner = int(sizes.get("expand") or 2) * hidden
        if not layers.attention and sizes.get("ffn"):
            inner = int(sizes["ffn"])
        size = need("state_size", "state layers")
        stated = sizes.get("dt_rank")
        rank = stated if isinstance(stated, int) else -(-hidden // 16)
        weights = hidden * 2 * inner + inner * (taps + rank + 2 * size + rank + size + hidden)
        kept = inner * (size + taps)
    return float(weights * layers.state_layers), float(kept * layers.state_layers)
