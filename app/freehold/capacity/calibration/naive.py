"""What a spreadsheet would say: the baselines that a fitted model has to beat.

Constant MFU: training at the median utilisation of the other sources. Weights read once: a token
takes as long as reading the weights its batch touches at datasheet bandwidth. Arithmetic at
peak: 2 FLOPs per active weight and token (Kaplan et al. 2020, arXiv 2001.08361, section 2.1) at
datasheet peak. Datasheet roofline: the slower of the two for each step, prompts on top.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from freehold.capacity.calibration.bench import Bench
from freehold.capacity.calibration.factors import Calibration
from freehold.capacity.checks import Tables, ask_common
from freehold.capacity.columns import Floats, numbers
from freehold.capacity.remarks import Notes
from freehold.capacity.serving import experts_touched
from freehold.capacity.serving_estimate import prepare
from freehold.capacity.training_estimate import training_figures


def naive(bench: Bench, left_out: "pd.Series[str]", tables: Tables) -> Floats:
    """Return the baseline of each row's figure, NaN where the row says too little for it.

    Args:
        bench: measurements, all of training or all of serving.
        left_out: the fold of each row; a constant MFU is that of the other folds' rows.
        tables: the catalogue's facts; fitted factors are not used.
    """
    plain = replace(tables, calibration=Calibration())
    with np.errstate(all="ignore"):
        if bench.is_training:
            return _training(bench, left_out, plain)
        return _serving(bench, plain)


def _training(bench: Bench, left_out: "pd.Series[str]", tables: Tables) -> Floats:
    """Physics only lends its FLOPs per token and its peak: figure at MFU 1, times one MFU."""
    values = training_figures(bench.spec, tables).values
    figure = np.full(len(bench.value), np.nan)
    for name in bench.figure.unique():
        rows = (bench.figure == name).to_numpy(dtype=np.bool_)
        at_full = values[name] / values["mfu"]
        if name in ("minutes", "gpu_hours"):
            at_full = values[name] * values["mfu"]
        figure[rows] = at_full[rows]
    slower = bench.figure.isin(["minutes", "gpu_hours"]).to_numpy(dtype=np.bool_)
    reached = np.where(slower, figure / bench.value, bench.value / figure)
    reached = np.where(bench.eligible, reached, np.nan)
    found = np.full(len(figure), np.nan)
    for fold in left_out.unique():
        own = (left_out == fold).to_numpy(dtype=np.bool_)
        mfu = float(np.nanmedian(np.where(own, np.nan, reached)))
        found[own] = np.where(slower, figure / mfu, figure * mfu)[own]
    return found


@dataclass(frozen=True)
class _Bounds:
    """Seconds per token or prompt, by the datasheet alone."""

    token_s: Floats
    prompt_s: Floats
    requests_per_s: Floats
    devices: Floats
    prompt: Floats
    output: Floats


def _serving(bench: Bench, tables: Tables) -> Floats:
    bounds = _bounds(bench.spec, tables)
    found = np.full(len(bench.value), np.nan)
    for name in bench.figure.unique():
        if name in _SERVED:
            rows = (bench.figure == name).to_numpy(dtype=np.bool_)
            found[rows] = _SERVED[str(name)](bounds)[rows]
    return found


def _bounds(spec: pd.DataFrame, tables: Tables) -> _Bounds:
    ready = prepare(spec, tables)
    chips = ask_common(spec, tables, Notes(len(spec))).chips
    e, layout = ready.engine, ready.layout
    a = e.architecture
    # Stages of a pipeline work one after the other on a token, so they save it no time.
    ways = layout.tp * layout.attention_dp
    stated = numbers(spec, "concurrency_or_batch")
    held = ready.ceiling * layout.replicas
    running = np.where(np.isfinite(stated), stated, held)
    touched = experts_touched(a.experts, a.experts_active, running / layout.replicas)
    read = a.body_weights + a.head_weights + touched * a.experts * a.expert_weights
    flops = 2 * a.active_weights / (chips.peak * ways)
    token_s = e.weight_value_bytes * read / (chips.bandwidth * ways)
    prompt_s, output = flops * ready.load.prompt, ready.load.output
    batch = running / layout.replicas
    request_s = prompt_s + output * np.maximum(token_s / batch, flops)
    refused = ready.refusals.any
    return _Bounds(
        token_s=np.where(refused, np.nan, token_s),
        prompt_s=np.where(refused, np.nan, prompt_s),
        requests_per_s=np.where(refused, np.nan, layout.replicas / request_s),
        devices=layout.devices,
        prompt=ready.load.prompt,
        output=output,
    )


_SERVED: dict[str, Callable[[_Bounds], Floats]] = {
    "tpot_ms": lambda b: b.token_s * 1e3,
    "tpot_mean_ms": lambda b: b.token_s * 1e3,
    "output_tokens_per_s_total": lambda b: b.requests_per_s * b.output,
    "output_tokens_per_s_per_gpu": lambda b: b.requests_per_s * b.output / b.devices,
    "output_tokens_per_s_per_gpu_derived": lambda b: b.requests_per_s * b.output / b.devices,
    "samples_per_s_total": lambda b: b.requests_per_s,
    "decode_tokens_per_s": lambda b: 1.0 / b.token_s,
    "prefill_tokens_per_s": lambda b: b.prompt / b.prompt_s,
    "ttft_ms": lambda b: b.prompt_s * 1e3,
    "ttft_p99_ms": lambda b: b.prompt_s * 1e3,
}
