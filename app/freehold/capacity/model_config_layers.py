"""Which layers of a model attend to everything, to a window, keep a state, or hold experts."""

from dataclasses import dataclass
from typing import Any

from freehold.errors import InputError

_FULL = frozenset({"full_attention", "attention", "full", "global", "global_attention"})
_WINDOW = frozenset({"sliding_attention", "chunked_attention", "local", "sliding", "swa"})
_STATE = frozenset({"linear_attention", "mamba", "mamba2", "ssm", "recurrent"})
_NEITHER = frozenset({"mlp", "moe", "ffn"})
_LETTERS = {"M": "mamba", "*": "full_attention", "-": "mlp", "E": "moe"}


@dataclass(frozen=True)
class Layers:
    """Counts of layers; in `single` models a layer is either attention, state or feed-forward."""

    full: int
    window_layers: int
    window: int | None
    state_layers: int
    dense: int
    moe: int
    flags: tuple[str, ...]

    @property
    def attention(self) -> int:
        """Layers that attend at all."""
        return self.full + self.window_layers


def layers_of(sizes: dict[str, Any], model_type: str, where: str) -> Layers:
    """Return the kinds of layers of a config's values.

    Sets heads, kv_heads and head_dim in `sizes`.

    Raises:
        InputError: heads are missing, or a kind of layer is not understood.
    """
    count = int(sizes["layers"])
    flags: list[str] = []
    kinds = _kinds(sizes, model_type, count, where)
    full = sum(kind in _FULL for kind in kinds)
    windowed = sum(kind in _WINDOW for kind in kinds)
    state = sum(kind in _STATE for kind in kinds)
    window = sizes.get("chunk") or sizes.get("window")
    if windowed and not window:
        flags.append("the size of the sliding window is not stated: counted in full")
        full, windowed = full + windowed, 0
    if full + windowed:
        _heads(sizes, model_type, where, flags)
    single = bool(sizes.get("pattern")) or any(kind in _NEITHER for kind in kinds)
    if single:
        # Each layer is one thing: attention and state layers hold no feed-forward part.
        moe = sum(kind == "moe" for kind in kinds)
        dense = sum(kind in {"mlp", "ffn"} for kind in kinds)
    elif not full + windowed and not sizes.get("ffn_layers"):
        moe = dense = 0
    else:
        moe = _expert_layers(sizes, count)
        dense = count - moe
    if moe and not sizes.get("experts_active"):
        raise InputError(
            "config.json states experts but not how many answer a token",
            where=where,
            mend="One of its names is num_experts_per_tok, moe_top_k or experts_per_token",
        )
    return Layers(full, windowed, window if windowed else None, state, dense, moe, tuple(flags))


def _kinds(sizes: dict[str, Any], model_type: str, count: int, where: str) -> list[str]:
    """Return the kind of each layer, by whichever field says it."""
    stated = sizes.get("layer_types")
    if isinstance(stated, list) and stated:
        kinds = [str(kind).lower() for kind in stated]
    elif isinstance(sizes.get("pattern"), str):
        kinds = [_LETTERS.get(letter, letter) for letter in sizes["pattern"] if letter != "|"]
    elif sizes.get("full_interval"):
        every = int(sizes["full_interval"])
        kinds = ["full" if (at + 1) % every == 0 else "linear_attention" for at in range(count)]
    elif sizes.get("attention_period"):
        every, offset = int(sizes["attention_period"]), int(sizes.get("attention_offset") or 0)
        kinds = ["full" if at % every == offset else "mamba" for at in range(count)]
    elif model_type in {"mamba", "mamba2", "falcon_mamba"}:
        kinds = ["mamba"] * count
    else:
        kinds = _windows(sizes, model_type, count)
    unknown = sorted(set(kinds) - _FULL - _WINDOW - _STATE - _NEITHER)
    if unknown:
        raise InputError(
            f"config.json has kinds of layers that are not understood: {', '.join(unknown)}",
            where=where,
        )
    if len(kinds) != count:
        raise InputError(
            f"config.json states {count} layers and lists the kinds of {len(kinds)}", where=where
        )
    return kinds


def _windows(sizes: dict[str, Any], model_type: str, count: int) -> list[str]:
    """Return full or sliding for each layer of a model without state layers."""
    if sizes.get("chunk"):
        # Llama 4: layers without rotary positions attend to everything, the others to a chunk.
        without = sizes.get("no_rope_layers")
        every = int(sizes.get("no_rope_interval") or 4)
        if not (isinstance(without, list) and len(without) == count):
            without = [int((at + 1) % every != 0) for at in range(count)]
        return ["chunked_attention" if turns else "full" for turns in without]
    if not sizes.get("window") or sizes.get("use_window") is False:
        return ["full"] * count
    if sizes.get("window_pattern"):
        every = int(sizes["window_pattern"])
        return ["full" if (at + 1) % every == 0 else "sliding" for at in range(count)]
    if sizes.get("window_from") is not None and sizes.get("use_window"):
        first = int(sizes["window_from"])
        return ["full" if at < first else "sliding" for at in range(count)]
    if model_type.startswith("gemma2"):
        return ["sliding" if at % 2 == 0 else "full" for at in range(count)]
    if model_type.startswith("gemma3"):
        return ["full" if (at + 1) % 6 == 0 else "sliding" for at in range(count)]
    if model_type == "gpt_oss":
        return ["sliding" if at % 2 == 0 else "full" for at in range(count)]
    return ["sliding"] * count


def _heads(sizes: dict[str, Any], model_type: str, where: str, flags: list[str]) -> None:
    heads = sizes.get("heads")
    if not heads:
        raise InputError(
            "config.json does not state the attention heads",
            where=where,
            mend="One of its names is num_attention_heads, n_head or n_heads",
        )
    kv = sizes.get("kv_heads")
    if (model_type == "falcon" and not sizes.get("falcon_new")) or kv is None:
        kv = 1 if sizes.get("multi_query") else heads
    if not kv or heads % kv:
        raise InputError(f"{kv} key-value heads do not divide {heads} heads", where=where)
    sizes["kv_heads"] = kv
    if not sizes.get("head_dim"):
        if sizes.get("kv_lora_rank"):
            sizes["head_dim"] = int(sizes.get("v_head_dim") or 128)
        elif sizes["hidden"] % heads:
            raise InputError(
                f"the {heads} heads do not divide the hidden size {sizes['hidden']} and no "
                "head_dim is stated",
                where=where,
            )
        else:
            sizes["head_dim"] = sizes["hidden"] // heads


def _expert_layers(sizes: dict[str, Any], count: int) -> int:
    """Return how many layers hold experts."""
    if int(sizes.get("experts") or 0) <= 1:
        return 0
    listed = sizes.get("moe_layers")
    if isinstance(listed, list) and listed:
        return len(listed)
    frequency = sizes.get("moe_freq")
    if isinstance(frequency, list):
        return sum(1 for one in frequency if one)
    if sizes.get("expert_period"):
        every, offset = int(sizes["expert_period"]), int(sizes.get("expert_offset") or 0)
        return sum(at % every == offset for at in range(count))
    first = int(sizes.get("first_dense") or 0)
    every = int(sizes.get("moe_step") or frequency or 1)
    dense = {int(at) for at in sizes.get("dense_layers") or () if isinstance(at, int)}
    return sum(at >= first and (at + 1) % every == 0 and at not in dense for at in range(count))
