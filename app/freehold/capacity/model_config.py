"""A model's config.json, as model hubs carry it -> the facts from which Freehold sizes it."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from freehold.capacity.assumptions import read_table
from freehold.capacity.model_config_layers import Layers, layers_of
from freehold.capacity.model_config_weights import Weights, weights_of
from freehold.errors import InputError

_LARGEST_FILE: Final = 4_000_000
_STRUCTURAL: Final = re.compile(
    r"expert|moe|layer|head|hidden|intermediate|ffn|lora|rank|window|ssm|mamba|state|kv|vocab|width"
    r"|dim|depth|block|embed|num_|attn|attention|memory|codebook",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ModelFacts:
    """What a config.json says; `flags` name what was not understood, assumed or left out."""

    model_type: str
    kind: str
    attention: str
    values: dict[str, Any]
    layers: Layers
    weights: Weights
    precision: str
    flags: tuple[str, ...]


@cache
def _meanings() -> dict[str, str]:
    table = read_table("model_config_fields.csv")
    return dict(zip(table["field"], table["means"], strict=True))


@cache
def _ignored() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(pattern) for pattern in read_table("model_config_ignored.csv")["pattern"]
    )


@cache
def _gated() -> dict[str, bool]:
    """Return for each known model type whether its feed-forward part has a gate."""
    table = read_table("model_config_types.csv")
    return dict(zip(table["model_type"], table["gated"] == "yes", strict=True))


def read_config(path: Path) -> ModelFacts:
    """Read a config.json.

    Raises:
        InputError: it is no JSON object, a size is missing or impossible, or a field that would
            change the model's size is not understood; the sentence names the field.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError("This is too large for a model's config.json", where=str(path))
        said = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InputError("There is no such file", where=str(path)) from error
    except (UnicodeError, ValueError, RecursionError) as error:
        raise InputError(
            "This is not a JSON file", where=str(path), mend="Give a model's config.json"
        ) from error
    if not isinstance(said, dict):
        raise InputError("A config.json holds one object", where=str(path))
    return facts_of(said, where=str(path))


def facts_of(config: dict[str, Any], *, where: str = "config.json") -> ModelFacts:
    """Return the facts of a config that is already read.

    Raises:
        InputError: see `read_config`.
    """
    named, flags = _named(config, where)
    text = named.pop("text", None)
    vision, audio = named.pop("vision", None), named.pop("audio", None)
    if isinstance(text, dict):
        # A composite model: the language part says the shapes, the outer part only the rest.
        inner, more = _named(text, where)
        flags += [flag for flag in more if flag not in flags]
        named = {**{k: v for k, v in named.items() if v is not None}, **inner}
    for one in ("ffn_config", "attn_config"):
        nested = named.pop(one, None)
        if isinstance(nested, dict):
            inner, more = _named(nested, where)
            named |= {k: v for k, v in inner.items() if k != "model_type"}
            flags += more
    model_type = str(named.get("model_type") or "").lower()
    if not model_type:
        flags.append("model_type is not stated")
    sizes = _sizes(named, where)
    gated = _gated().get(model_type.removesuffix("_text"))
    if model_type and gated is None:
        flags.append(f"model type {model_type} is not known: feed-forward layers taken as gated")
    sizes["gated"] = gated is not False
    sizes["llama4"] = model_type.startswith("llama4")
    layers = layers_of(sizes, model_type, where)
    weights = weights_of(sizes, layers, where)
    flags += list(layers.flags)
    if isinstance(vision, dict) or isinstance(audio, dict):
        flags.append("vision or audio part is not counted in the parameters")
    if named.get("mtp_layers"):
        flags.append("layers for predicting several tokens are not counted")
    quantised = named.get("quantization")
    method = quantised.get("quant_method") if isinstance(quantised, dict) else None
    precision = str(method or named.get("dtype") or "").replace("bfloat16", "bf16")
    return ModelFacts(
        model_type=model_type or "unknown",
        kind=_kind(model_type, named, vision, audio),
        attention=_attention(sizes, layers),
        values=sizes,
        layers=layers,
        weights=weights,
        precision=precision.replace("float16", "fp16").replace("float32", "fp32"),
        flags=tuple(dict.fromkeys(flags)),
    )


def _named(config: dict[str, Any], where: str) -> tuple[dict[str, Any], list[str]]:
    """Return the values by meaning, and a flag for each field that is not understood.

    Raises:
        InputError: such a field would change the size of the model.
    """
    found: dict[str, Any] = {}
    unknown: list[str] = []
    for field, value in config.items():
        means = _meanings().get(field)
        if means is not None:
            if value is not None or means not in found:
                found[means] = value if value is not None else found.get(means)
        elif not any(pattern.search(field) for pattern in _ignored()):
            unknown.append(field)
    structural = [f for f in unknown if _STRUCTURAL.search(f) and config[f] not in (None, False, 0)]
    if structural:
        raise InputError(
            f"config.json has fields that are not understood and may change the model's size: "
            f"{', '.join(sorted(structural))}",
            where=where,
            mend="Give the model as a row of your own models table instead",
        )
    return found, [f"field not understood: {field}" for field in unknown]


def _sizes(named: dict[str, Any], where: str) -> dict[str, Any]:
    """Check numbers and fill what follows from others."""
    sizes = dict(named)
    words = {"activation", "model_type", "architectures", "dtype", "quantization", "layer_types",
             "pattern", "moe_freq", "dense_layers", "moe_layers", "no_rope_layers", "tied",
             "multi_query", "falcon_new", "use_window", "dt_rank"}  # fmt: skip
    for name, value in named.items():
        if name in words or value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{name} in config.json is not a number: {value!r}"[:160], where=where)
        if not 0 <= value < 1e12 or value != int(value):
            raise InputError(f"{name} in config.json cannot be {value:g}", where=where)
        sizes[name] = int(value)
    for name in ("hidden", "layers", "vocab"):
        if not sizes.get(name):
            raise InputError(
                f"config.json does not state {name.replace('_', ' ')}",
                where=where,
                mend=f"One of its names is {_names(name)}",
            )
    if sizes["layers"] > 10_000:
        raise InputError(f"layers in config.json cannot be {sizes['layers']}", where=where)
    return sizes


def _names(meaning: str) -> str:
    return ", ".join(field for field, means in _meanings().items() if means == meaning)


def _kind(model_type: str, named: dict[str, Any], vision: object, audio: object) -> str:
    if isinstance(audio, dict) or model_type.startswith("whisper"):
        return "asr"
    if isinstance(vision, dict):
        return "vlm"
    architectures = " ".join(map(str, named.get("architectures") or ()))
    encoder = model_type in {"bert", "roberta", "xlm-roberta", "modernbert", "nomic_bert"}
    return "embedding" if encoder and "CausalLM" not in architectures else "llm"


def _attention(sizes: dict[str, Any], layers: Layers) -> str:
    """Write the attention the way the catalogue's models do."""
    if layers.attention == 0:
        return "SSM"
    heads, kv = sizes["heads"], sizes["kv_heads"]
    word = "MHA" if kv == heads else "MQA" if kv == 1 else "GQA"
    if sizes.get("kv_lora_rank"):
        word = "MLA"
    if layers.window_layers:
        word += " (chunked)" if sizes.get("chunk") else "+sliding window"
    if layers.state_layers:
        kinds = "Mamba2" if sizes.get("mamba_heads") else "Mamba"
        kinds = "gated delta net" if sizes.get("linear_v_heads") else kinds
        word = f"hybrid ({kinds} + {word})"
    if sizes.get("model_type") in {"bert", "roberta", "xlm-roberta", "modernbert"}:
        word += " (encoder)"
    return word
