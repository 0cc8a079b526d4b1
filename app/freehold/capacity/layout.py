"""How a model is cut over devices: as stated, or chosen and flagged where nothing is stated."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from freehold.capacity.assumptions import Assumptions
from freehold.capacity.chips import Chips, Precisions
from freehold.capacity.columns import Bools, Floats, numbers, words
from freehold.capacity.memory import weight_bytes
from freehold.capacity.models import Architecture
from freehold.capacity.remarks import Notes, Refusals, refuse_unreadable

MOST_DEVICES = 10_000_000.0


@dataclass(frozen=True)
class ServingLayout:
    """Devices and ways of each configuration; a replica is tp x attention_dp x pp devices."""

    devices: Floats
    tp: Floats
    attention_dp: Floats
    pp: Floats
    replicas: Floats
    expert_parallel: Bools

    @property
    def replica_devices(self) -> Floats:
        """Devices of one replica."""
        return self.tp * self.attention_dp * self.pp


def check_ways(
    spec: pd.DataFrame, columns: tuple[str, ...], refusals: Refusals
) -> dict[str, Floats]:
    """Return the stated ways, refusing zero, negative, fractional and absurd ones."""
    ways: dict[str, Floats] = {}
    for column in columns:
        values = numbers(spec, column)
        if column not in spec:
            ways[column] = values
            continue
        refuse_unreadable(spec, column, refusals)
        refusals.add(values <= 0, f"{column} must be positive, not {{value}}", value=values)
        broken = np.isfinite(values) & (values != np.floor(values))
        refusals.add(broken, f"{column} must be a whole number, not {{value}}", value=values)
        refusals.add(
            values > MOST_DEVICES, f"{column} {{value}} is more than any cluster has", value=values
        )
        ways[column] = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    return ways


def refuse_uneven_heads(architecture: Architecture, tp: Floats, refusals: Refusals) -> None:
    """Refuse tensor parallelism that does not divide the attention heads or exceeds them."""
    with np.errstate(invalid="ignore"):
        uneven = np.isfinite(architecture.heads) & (np.mod(architecture.heads, tp) != 0)
    refusals.add(
        uneven & np.isfinite(tp),
        "tp {tp} does not divide the {heads} attention heads of {model}",
        tp=tp,
        heads=architecture.heads,
        model=architecture.model_id,
    )


def _smallest_group(need: Floats, held: Floats, room: Floats, heads: Floats) -> Floats:
    """Return the least power of two of devices in the room that holds what is needed."""
    chosen = np.ones_like(need)
    with np.errstate(invalid="ignore"):
        for tried in (2.0, 4.0, 8.0, 16.0, 32.0, 64.0):
            divides = ~np.isfinite(heads) | (heads % tried == 0)
            chosen = np.where((need / chosen > held) & (tried <= room) & divides, tried, chosen)
    return chosen


def serving_layout(
    spec: pd.DataFrame,
    architecture: Architecture,
    chips: Chips,
    precision: Precisions,
    *,
    assumed: Assumptions,
    refusals: Refusals,
    notes: Notes,
) -> ServingLayout:
    """Return the layout of each serving row.

    With `ep` above 1 the data-parallel ranks share the experts and form one replica (attention
    data parallelism); otherwise `dp` are independent replicas. Without `tp`, the smallest power
    of two whose group holds the weights with headroom is taken; llama.cpp splits by layers.
    """
    ways = check_ways(spec, ("accelerators", "tp", "pp", "dp", "ep"), refusals)
    by_layers = words(spec, "engine").contain("llama.cpp")
    stated = np.isfinite(ways["tp"])
    product = np.where(stated, ways["tp"], 1.0)
    for column in ("pp", "dp"):
        product = product * np.where(np.isfinite(ways[column]), ways[column], 1.0)
    devices = np.where(np.isfinite(ways["accelerators"]), ways["accelerators"], product)
    pp = np.where(np.isfinite(ways["pp"]), ways["pp"], 1.0)
    pp = np.where(by_layers & ~stated & ~np.isfinite(ways["pp"]), devices, pp)
    dp = np.where(np.isfinite(ways["dp"]), ways["dp"], 1.0)
    ep = np.where(np.isfinite(ways["ep"]), ways["ep"], 1.0)
    refuse_uneven_heads(architecture, ways["tp"], refusals)
    refusals.add(
        stated & (product > devices),
        "tp x pp x dp = {product} needs more than the {devices} devices given",
        product=product,
        devices=devices,
    )
    refusals.add(
        (ep > 1) & ~(architecture.experts > 0),
        "ep {ep} is given but {model} has no experts",
        ep=ep,
        model=architecture.model_id,
    )
    refusals.add(
        (ep > 1) & (ep > architecture.experts),
        "ep {ep} is more than the {experts} experts of {model}",
        ep=ep,
        experts=architecture.experts,
        model=architecture.model_id,
    )
    refusals.add(
        pp > architecture.layers,
        "pp {pp} is more than the {layers} layers of {model}",
        pp=pp,
        layers=architecture.layers,
        model=architecture.model_id,
    )
    free = ~stated & ~np.isfinite(ways["accelerators"])
    room = np.maximum(devices / pp, 1.0)
    room = np.where(free, np.clip(chips.domain, 8.0, 64.0), room)
    chosen = np.ones(len(spec))
    if not stated.all():
        need = weight_bytes(architecture, precision) * assumed["tp_memory_headroom"]
        held = assumed["usable_memory_share"] * chips.memory_bytes
        chosen = _smallest_group(need / pp, held, room, architecture.heads)
    chosen = np.where(by_layers, 1.0, chosen)
    tp = np.where(stated, ways["tp"], chosen)
    notes.add(~stated & ~free & (devices > 1) & ~by_layers, "tensor-parallel ways assumed")
    devices = np.where(free, tp * pp * dp, devices)
    notes.add(free, "tensor-parallel ways chosen: the smallest group that holds the model")
    shared = (ep > 1) & (dp > 1)
    attention_dp = np.where(shared, dp, 1.0)
    return ServingLayout(
        devices=devices,
        tp=tp,
        attention_dp=attention_dp,
        pp=pp,
        replicas=np.maximum(devices / (tp * attention_dp * pp), 1e-9),
        expert_parallel=np.asarray(ep > 1, dtype=np.bool_),
    )
