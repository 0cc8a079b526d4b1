"""What aiconfigurator is asked for a measured row: only what it can be asked without guessing.

Its names of chips, models and precisions are those of version 0.12. Rows are left out whose chip,
engine or model it has no data of, or that leave open how the model is cut, how long requests are
or how many there are: what it would be told instead would be our guess, not its answer.
"""

from typing import Any, Final

import numpy as np
import pandas as pd

from freehold.capacity.calibration.bench import Bench
from freehold.capacity.columns import numbers, texts

SYSTEMS: Final = {
    "a100-sxm-80gb": "a100_sxm",
    "arc-pro-b60": "b60",
    "b200-sxm": "b200_sxm",
    "b300-sxm": "b300_sxm",
    "gb200": "gb200",
    "gb300": "gb300",
    "h100-pcie": "h100_pcie",
    "h100-sxm": "h100_sxm",
    "h200-sxm": "h200_sxm",
    "l4": "l4",
    "l40s": "l40s",
    "rtx-pro-6000-se": "rtx_pro_6000_server",
}
_ENGINES: Final = (
    ("trtllm", "trtllm"),
    ("tensorrt", "trtllm"),
    ("sglang", "sglang"),
    ("vllm", "vllm"),
)
_BF16: Final = {
    "deepseek-r1": "deepseek-ai/DeepSeek-R1",
    "llama3.1-405b": "meta-llama/Meta-Llama-3.1-405B",
    "llama3.1-70b": "meta-llama/Meta-Llama-3.1-70B",
    "llama3.1-8b": "meta-llama/Meta-Llama-3.1-8B",
    "llama3.3-70b": "meta-llama/Meta-Llama-3.1-70B",
    "minimax-m2.5": "MiniMaxAI/MiniMax-M2.5",
    "mixtral-8x7b": "mistralai/Mixtral-8x7B-v0.1",
    "qwen3-30b-a3b": "Qwen/Qwen3-30B-A3B",
    "qwen3-32b": "Qwen/Qwen3-32B",
}
_CHECKPOINTS: Final = {
    ("deepseek-r1", "fp4"): "nvidia/DeepSeek-V3.1-NVFP4",
    ("llama3.1-70b", "fp8"): "nvidia/Llama-3.1-70B-Instruct-FP8",
    ("llama3.3-70b", "fp8"): "nvidia/Llama-3.1-70B-Instruct-FP8",
    ("minimax-m2.5", "fp4"): "nvidia/MiniMax-M2.5-NVFP4",
    ("qwen3-30b-a3b", "fp8"): "Qwen/Qwen3-30B-A3B-FP8",
    ("qwen3-32b", "fp8"): "Qwen/Qwen3-32B-FP8",
}
"""Checkpoints in that precision among the models it ships; others are told as modes."""

_BLOCK_FP8: Final = frozenset({"deepseek-r1", "minimax-m2.5"})
"""Published in 8 bit: the plain checkpoint is the quantised one."""

_MODES: Final = {
    "fp8": {"gemm_quant_mode": "fp8", "moe_quant_mode": "fp8"},
    "fp4": {"gemm_quant_mode": "nvfp4", "moe_quant_mode": "nvfp4"},
}
_CACHE: Final = {"trtllm": {"kvcache_quant_mode": "fp8"}}
"""Rows do not tell the cache's precision: the engine's usual one for quantised weights."""

FIGURES: Final = {
    "ttft_ms": "ttft_ms",
    "tpot_ms": "tpot_ms",
    "output_tokens_per_s_per_gpu_derived": "tokens_per_s_per_gpu",
    "output_tokens_per_s_total": "tokens_per_s",
}
"""Its figure for each metric; its TPOT leaves the first token out as ours does."""

_POOLS: Final = (
    r"prefill (?P<prefill_pools>\d+)x\d+ GPUs \(tp(?P<prefill_tp>\d+) dp(?P<prefill_dp>\d+)"
    r" ep(?P<prefill_ep>\d+)\), decode (?P<decode_pools>\d+)x\d+ GPUs \(tp(?P<decode_tp>\d+)"
    r" dp(?P<decode_dp>\d+) ep(?P<decode_ep>\d+)\)"
)


def questions(bench: Bench) -> list[dict[str, Any]]:
    """Return one question per configuration: config_id and the call of its `cli_estimate`."""
    spec = bench.spec
    told: dict[str, dict[str, Any] | None] = {}
    columns = (
        "accelerators", "tp", "pp", "dp", "ep", "input_tokens", "output_tokens",
        "concurrency_or_batch",
    )  # fmt: skip
    known = pd.DataFrame({column: numbers(spec, column) for column in columns})
    names = ("config_id", "model", "accelerator_id", "engine", "precision", "scenario", "notes")
    words = pd.DataFrame({name: texts(spec, name) for name in names})
    largest = texts(spec, "concurrency_or_batch") == "max"
    pools = words["notes"].str.extract(_POOLS).apply(pd.to_numeric)
    asked = bench.figure.isin(list(FIGURES)) & bench.eligible
    for place in np.flatnonzero(asked.to_numpy(dtype=np.bool_)):
        row = words.iloc[place].to_dict()
        config = str(row["config_id"])
        if config in told:
            continue
        common = _common(row, known.iloc[place].to_dict())
        if common is None:
            told[config] = None
        elif "disaggregated" in str(row["scenario"]):
            told[config] = _two_pools(common, known.iloc[place].to_dict(), pools.iloc[place])
        else:
            told[config] = _one_pool(
                common, known.iloc[place].to_dict(), largest=bool(largest.iloc[place])
            )
    return [
        {"config_id": config, "call": call} for config, call in told.items() if call is not None
    ]


def _common(row: dict[Any, Any], known: dict[Any, float]) -> dict[str, Any] | None:
    model, precision = str(row["model"]), str(row["precision"]).rstrip("?")
    engine = str(row["engine"]).lower()
    backend = next((name for part, name in _ENGINES if part in engine), None)
    system = SYSTEMS.get(str(row["accelerator_id"]))
    lengths = known["input_tokens"], known["output_tokens"]
    if backend is None or system is None or model not in _BF16 or not np.isfinite(lengths).all():
        return None
    path = _CHECKPOINTS.get((model, precision))
    plain = precision == "bf16" or (precision == "fp8" and model in _BLOCK_FP8)
    if path is None and not plain and precision not in _MODES:
        return None
    modes = {} if path or plain else _MODES[precision] | _CACHE.get(backend, {})
    return {
        "model_path": path or _BF16[model],
        "system_name": system,
        "backend_name": backend,
        "isl": round(lengths[0]),
        "osl": round(lengths[1]),
        **modes,
    }


def _one_pool(
    common: dict[str, Any], known: dict[Any, float], *, largest: bool
) -> dict[str, Any] | None:
    tp, pp, ranks, ep = (
        int(known[name]) if np.isfinite(known[name]) and known[name] > 0 else 1
        for name in ("tp", "pp", "dp", "ep")
    )
    if not np.isfinite(known["tp"]):
        return None
    ranks = ranks if ep > 1 else 1
    replicas = known["accelerators"] / (tp * pp * ranks)
    batch = known["concurrency_or_batch"] / replicas / ranks
    if replicas != 1 or not (largest or np.isfinite(batch)):
        return None
    return {
        **common,
        "mode": "agg",
        "tp_size": tp,
        "pp_size": pp,
        "attention_dp_size": ranks,
        "moe_ep_size": ep,
        "batch_size": "max" if largest else max(round(batch), 1),
    }


def _two_pools(
    common: dict[str, Any], known: dict[Any, float], pools: "pd.Series[float]"
) -> dict[str, Any] | None:
    if not np.isfinite(pools).all() or not np.isfinite(known["concurrency_or_batch"]):
        return None
    call = {**common, "mode": "disagg", "prefill_batch_size": 1}
    for pool in ("prefill", "decode"):
        tp, dp, ep = (max(int(pools[f"{pool}_{way}"]), 1) for way in ("tp", "dp", "ep"))
        call |= {
            f"{pool}_tp_size": tp,
            f"{pool}_attention_dp_size": dp,
            f"{pool}_moe_ep_size": ep,
            f"{pool}_num_workers": int(pools[f"{pool}_pools"]),
        }
    ranks = call["decode_num_workers"] * call["decode_attention_dp_size"]
    call["decode_batch_size"] = max(round(known["concurrency_or_batch"] / ranks), 1)
    return call
