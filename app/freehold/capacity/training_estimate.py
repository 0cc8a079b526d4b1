"""Training rows of a specification -> figures."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from freehold.capacity.checks import Tables, ask_common, refuse_common
from freehold.capacity.columns import Bools, Floats, numbers, words
from freehold.capacity.memory import GIB
from freehold.capacity.predictions import Doubts
from freehold.capacity.remarks import Notes, Refusals
from freehold.capacity.training import goodput, training_step
from freehold.capacity.training_layout import training_job
from freehold.capacity.training_memory import RECOMPUTE, training_memory


@dataclass(frozen=True)
class TrainingFigures:
    """Figures, refusals and remarks of the training rows."""

    values: dict[str, Floats]
    devices: Floats
    refusals: Refusals
    notes: Notes
    doubts: Doubts
    unfit: Bools


def training_figures(spec: pd.DataFrame, tables: Tables) -> TrainingFigures:
    """Check and evaluate training rows, whole columns at once."""
    assumed = tables.assumed
    refusals, notes = Refusals(len(spec)), Notes(len(spec))
    common = ask_common(spec, tables, notes)
    refuse_common(spec, common, refusals)
    a, chips = common.architecture, common.chips
    job = training_job(spec, a, chips, assumed=assumed, refusals=refusals, notes=notes)
    phase = words(spec, "phase").lower()
    images = phase.contain("diffusion") & ~np.isfinite(numbers(spec, "seq_len"))
    refusals.add(images, "diffusion training needs seq_len: latent tokens per sample")
    refusals.add(
        (job.seq_len > a.max_context * 64) & np.isfinite(a.max_context),
        "sequence length {seq_len} is far beyond the context of {model}",
        seq_len=job.seq_len,
        model=a.model_id,
    )
    written = words(spec, "recompute").lower()
    unknown = ~written.equal("", "nan", *RECOMPUTE)
    refusals.add(unknown, "recompute {value} is not none, selective or full", value=written)
    levels = {name: float(level) for level, name in enumerate(RECOMPUTE)}
    stated = written.numbers(lambda value: levels.get(value, np.nan))
    memory = training_memory(
        a, chips, common.precision, job, stated_recompute=stated, assumed=assumed
    )
    notes.add(memory.chosen & (memory.recompute > 0), "activation recomputation assumed")
    unfit = (memory.total > memory.usable) & ~refusals.any
    refusals.add(
        unfit,
        "does not fit: one device needs {total} GiB (weights {weights}, gradients {gradients}, "
        "optimiser {optimizer}, activations {activations}) but {usable} GiB are usable",
        total=np.round(memory.total / GIB, 1),
        weights=np.round(memory.weights / GIB, 1),
        gradients=np.round(memory.gradients / GIB, 1),
        optimizer=np.round(memory.optimizer / GIB, 1),
        activations=np.round(memory.activations / GIB, 1),
        usable=np.round(memory.usable / GIB, 1),
    )
    efficiency = tables.efficiency.of(chips)
    step = training_step(
        a,
        chips,
        job,
        recompute=memory.recompute,
        efficiency=efficiency,
        table=tables.efficiency,
        assumed=assumed,
    )
    total_rate = step.tokens_per_s_per_device * job.devices
    seconds = job.tokens / total_rate
    lasting = seconds / goodput(job.devices, assumed)
    values = {
        "tokens_per_s_per_gpu": step.tokens_per_s_per_device,
        "tokens_per_s_total": total_rate,
        "tflops_per_gpu": step.tokens_per_s_per_device * step.model_flops_per_token / 1e12,
        "mfu": step.mfu,
        "step_time_s": step.step_s,
        "minutes": seconds / 60,
        "gpu_hours": lasting * job.devices / 3600,
        "days": lasting / 86400,
        "memory_weights_gib": memory.weights / GIB,
        "memory_gradients_gib": memory.gradients / GIB,
        "memory_optimizer_gib": memory.optimizer / GIB,
        "memory_activations_gib": memory.activations / GIB,
        "memory_reserve_gib": memory.reserve / GIB,
        "memory_total_gib": memory.total / GIB,
    }
    doubts = Doubts(
        chip_unmeasured=~efficiency.measured | chips.peak_derived,
        architecture_generic=a.generic,
        input_assumed=np.asarray(job.chosen | ~common.precision.stated, dtype=np.bool_),
    )
    return TrainingFigures(
        values, job.devices, refusals, notes, doubts, np.asarray(unfit, dtype=np.bool_)
    )
