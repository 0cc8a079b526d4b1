"""Training rows of a specification -> figures."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from freehold.capacity.calibration.factors import RESTS_ON_OWN, TRAINING
from freehold.capacity.calibration.levels import (
    Levels,
    class_unmeasured,
    common_levels,
    own_levels,
    training_levels,
)
from freehold.capacity.checks import Tables, ask_common, refuse_common
from freehold.capacity.columns import Bools, Floats, numbers, words
from freehold.capacity.memory import GIB
from freehold.capacity.predictions import Doubts
from freehold.capacity.remarks import Notes, Refusals, refuse_unreadable
from freehold.capacity.training import Goodput, TrainingFactors, goodput, training_step
from freehold.capacity.training_layout import training_job
from freehold.capacity.training_memory import RECOMPUTE, training_memory
from freehold.capacity.training_presets import FILLED, presets


@dataclass(frozen=True)
class TrainingFigures:
    """Figures, refusals and remarks of the training rows."""

    values: dict[str, Floats]
    devices: Floats
    refusals: Refusals
    notes: Notes
    doubts: Doubts
    unfit: Bools
    levels: Levels
    own: Bools


def _goodput(spec: pd.DataFrame, devices: Floats, tables: Tables, refusals: Refusals) -> Goodput:
    """Read failure and checkpoint figures of each row; the stated assumptions fill the rest."""

    def said(column: str) -> Floats:
        refuse_unreadable(spec, column, refusals)
        values = numbers(spec, column)
        refusals.add(
            (values <= 0) | np.isinf(values), f"{column} must be positive, not {{v}}", v=values
        )
        return np.where(np.isfinite(values) & (values > 0), values, tables.assumed[column])

    return goodput(
        devices,
        device_mtbf_h=said("device_mtbf_h"),
        checkpoint_s=said("checkpoint_s"),
        restart_s=said("restart_s"),
    )


def training_figures(spec: pd.DataFrame, tables: Tables) -> TrainingFigures:
    """Check and evaluate training rows, whole columns at once."""
    assumed = tables.assumed
    refusals, notes = Refusals(len(spec)), Notes(len(spec))
    common = ask_common(spec, tables, notes)
    refuse_common(spec, common, refusals)
    a, chips = common.architecture, common.chips
    job = training_job(spec, a, chips, assumed=assumed, refusals=refusals, notes=notes)
    notes.add(
        (job.seq_len > a.max_context) & np.isfinite(a.max_context),
        "sequence longer than the model's context",
    )
    for phase in presets()["phase"]:
        filled = words(spec, FILLED).equal(phase)
        notes.add(filled, f"sequence length, batch or precision from the preset for {phase}")
    phases = (*presets()["phase"], "diffusion-train", "")
    strange = ~words(spec, "phase").lower().equal(*phases)
    notes.add(strange, "phase not known: taken as training of all weights")
    written = words(spec, "recompute").lower()
    unknown = ~written.equal("", *RECOMPUTE)
    refusals.add(unknown, "recompute {value} is not none, selective or full", value=written)
    degrees = {name: float(level) for level, name in enumerate(RECOMPUTE)}
    stated = written.numbers(lambda value: degrees.get(value, np.nan))
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
    levels = training_levels(
        spec,
        common_levels(
            spec,
            a,
            chip=chips.accelerator_id,
            family=chips.family,
            compute_class=chips.compute_class,
            stated=common.precision.stated,
        ),
        seq_len=job.seq_len,
        devices=job.devices,
        tokens_per_device=job.global_batch * job.seq_len / job.devices,
    )
    operations = tuple(f"training_{name}" for name in TRAINING)
    if tables.calibration.own:
        levels.categories |= own_levels(chips.accelerator_id, a.model_id)
    own = tables.calibration.rests_on_own(chips.accelerator_id, operations)
    notes.add(own, RESTS_ON_OWN)
    seen = chips.accelerator_id.where(tables.calibration.knows("chip", operations).__contains__)
    fitted = {op: tables.calibration.factor(f"training_{op}", levels, len(spec)) for op in TRAINING}
    step = training_step(
        a,
        chips,
        job,
        recompute=memory.recompute,
        efficiency=efficiency,
        table=tables.efficiency,
        assumed=assumed,
        fitted=TrainingFactors(**fitted),
    )
    total_rate = step.tokens_per_s_per_device * job.devices
    seconds = job.tokens / total_rate
    kept = _goodput(spec, job.devices, tables, refusals)
    lasting = seconds / kept.share
    values = {
        "tokens_per_s_per_gpu": step.tokens_per_s_per_device,
        "tokens_per_s_total": total_rate,
        "tflops_per_gpu": step.tokens_per_s_per_device * step.model_flops_per_token / 1e12,
        "mfu": step.mfu,
        "step_time_s": step.step_s,
        "minutes": seconds / 60,
        "gpu_hours": lasting * job.devices / 3600,
        "days": lasting / 86400,
        "goodput": kept.share,
        "checkpoint_interval_min": kept.interval_s / 60,
        "bubble_share": step.bubble_share / (1 + step.bubble_share),
        "memory_weights_gib": memory.weights / GIB,
        "memory_gradients_gib": memory.gradients / GIB,
        "memory_optimizer_gib": memory.optimizer / GIB,
        "memory_activations_gib": memory.activations / GIB,
        "memory_reserve_gib": memory.reserve / GIB,
        "memory_total_gib": memory.total / GIB,
    }
    doubts = Doubts(
        chip_unmeasured=((~efficiency.measured & ~seen) | chips.peak_derived) & ~own,
        class_unmeasured=class_unmeasured(a, "training"),
        stack_unmeasured=np.zeros(len(spec), dtype=np.bool_),
        architecture_generic=a.generic,
        input_assumed=np.asarray(job.chosen | ~common.precision.stated, dtype=np.bool_),
    )
    doubts.told(notes)
    return TrainingFigures(
        values, job.devices, refusals, notes, doubts, np.asarray(unfit, dtype=np.bool_), levels, own
    )
