"""What a configuration has in common with others, so that measured ones teach about it.

A level is a named property: categorical (chip family, software stack) or a number (sequence
length). The factor of an operation is the product of the factors of its levels.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from freehold.capacity.assumptions import read_table
from freehold.capacity.chips import CLASSES
from freehold.capacity.columns import Bools, Floats, Ints, Words, words
from freehold.capacity.models import Architecture

UNKNOWN = ""
"""The name of a category that the row does not tell: it has no factor of its own."""

NEWEST = 2026.0
"""The era of a row without a date: a stack as it is now."""

_OLDEST = 2020.0


@dataclass
class Levels:
    """The levels of each row: categories by name, and numbers centred on a usual value."""

    categories: dict[str, Words] = field(default_factory=dict)
    numbers: dict[str, Floats] = field(default_factory=dict)


def _flags(where: Bools, yes: str, no: str = UNKNOWN) -> Words:
    return Words(np.where(where, 0, 1).astype(np.int64), (yes, no))


def _log2(values: Floats, usual: float, most: float = 6.0) -> Floats:
    """Doublings away from a usual value, held within what measurements cover."""
    with np.errstate(divide="ignore", invalid="ignore"):
        doublings = np.clip(np.log2(np.maximum(values, 1e-9) / usual), -most, most)
    unknown = np.isnan(doublings)
    if unknown.any():
        doublings = np.where(unknown, 0.0, doublings)
    return np.asarray(doublings, dtype=np.float64)


def _eras(spec: pd.DataFrame) -> Floats:
    """Year and month of each row as years since 2025, the newest where none is told."""

    def year(text: str) -> float:
        part = text[:7].split("-")
        if not part[0].isdigit():
            return NEWEST
        month = int(part[1]) if len(part) > 1 and part[1].isdigit() else 7
        return float(part[0]) + (month - 1) / 12

    years = np.clip(words(spec, "as_of").numbers(year), _OLDEST, NEWEST)
    return np.asarray(years - 2025.0, dtype=np.float64)


@cache
def _known_stacks() -> tuple[tuple[str, str], ...]:
    table = read_table("stacks.csv")
    return tuple(zip(table["contains"], table["stack"], strict=True))


def stacks(spec: pd.DataFrame) -> Words:
    """Return the software stack of each row by the words that stacks.csv lists."""

    def stack(text: str) -> str:
        return next((name for part, name in _known_stacks() if part in text), UNKNOWN)

    return words(spec, "engine").lower().mapped(stack)


def stack_unmeasured(spec: pd.DataFrame) -> Bools:
    """Return the rows that name a software stack which no measurement knows."""
    return ~words(spec, "engine").equal("") & stacks(spec).equal(UNKNOWN)


@cache
def _measured_classes(task: str) -> frozenset[str]:
    table = read_table("calibration/measured_classes.csv")
    of_task = table[table["task"] == task]
    return frozenset(of_task["kind"] + " " + of_task["layers"])


def class_unmeasured(a: Architecture, task: str) -> Bools:
    """Return the rows whose class of model no measurement of serving or training knows.

    A class is a kind (llm, vision) and the layers it has beside those that keep the whole context:
    with a sliding window, or with a state of fixed size (measured_classes.csv).
    """
    state = (a.state_values > 0) | (a.known & ~a.generic & ~np.isfinite(a.heads))
    layers = np.where(state, 2, np.where(a.window_kv_values > 0, 1, 0))
    names = tuple(f"{kind} {layer}" for kind in a.kind.values for layer in _LAYERS)
    classes = Words((a.kind.positions * len(_LAYERS) + layers).astype(np.int64), names)
    return ~classes.equal(*_measured_classes(task))


_LAYERS = ("full", "window", "state")


def common_levels(
    spec: pd.DataFrame,
    a: Architecture,
    *,
    chip: Words,
    family: Words,
    compute_class: Ints,
    stated: Bools,
) -> Levels:
    """Return the levels that serving and training share."""
    levels = Levels()
    levels.categories = {
        "chip_family": family,
        "chip": chip,
        "precision": Words(np.maximum(compute_class, 0), CLASSES),
        "told": _flags(stated, UNKNOWN, "no precision"),
        "experts": _flags(np.asarray(a.experts > 0), "experts"),
        "attention": _flags(a.latent_attention, "latent"),
    }
    levels.numbers = {
        "era_years": _eras(spec),
        "weights_doublings": _log2(a.active_weights, 20e9),
    }
    return levels


def own_levels(chip: Words, model: Words) -> dict[str, Words]:
    """Return the levels of the user's own measurements: the chip, and the model on that chip."""
    many = len(model.values)
    both = tuple(f"{name}|{what}" for name in chip.values for what in model.values)
    return {
        "own_chip": chip,
        "own_model": Words(chip.positions * many + model.positions, both),
    }


def serving_levels(
    spec: pd.DataFrame,
    levels: Levels,
    *,
    prompt: Floats,
    output: Floats,
    ways: Floats,
    host_link: Bools,
    scenario: Words,
) -> Levels:
    """Add what serving rows share: stack, how they were driven, lengths, devices per replica."""
    levels.categories["stack"] = stacks(spec)
    levels.categories["link"] = _flags(host_link, "host link")
    levels.categories["driven"] = scenario.mapped(_driven)
    levels.numbers["prompt_doublings"] = _log2(prompt, 1024.0)
    levels.numbers["output_doublings"] = _log2(output, 512.0)
    levels.numbers["ways_doublings"] = _log2(ways, 4.0)
    return levels


def _driven(scenario: str) -> str:
    """Name how a measurement was driven; a plan's own workloads carry none of these names."""
    for part in ("mlperf", "offline max load", "static", "disaggregated", "llama-bench"):
        if part in scenario:
            return part
    return UNKNOWN


def training_levels(
    spec: pd.DataFrame,
    levels: Levels,
    *,
    seq_len: Floats,
    devices: Floats,
    tokens_per_device: Floats,
) -> Levels:
    """Add what training rows share: phase, sequence length, devices, work per device and step."""
    levels.categories["phase"] = words(spec, "phase").lower()
    levels.categories["layout"] = words(spec, "parallelism").lower().mapped(_layout)
    levels.numbers["sequence_doublings"] = _log2(seq_len, 4096.0, 8.0)
    levels.numbers["devices_doublings"] = _log2(devices, 128.0, 8.0)
    levels.numbers["work_doublings"] = _log2(tokens_per_device, 16384.0, 8.0)
    return levels


def _layout(parallelism: str) -> str:
    return "fsdp" if "fsdp" in parallelism else UNKNOWN
