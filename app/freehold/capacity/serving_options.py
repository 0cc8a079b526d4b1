"""What a serving stack adds to plain decoding: cached prefixes, drafted tokens, adapters."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from freehold.capacity.assumptions import Assumptions
from freehold.capacity.columns import Bools, Floats, numbers
from freehold.capacity.models import Architecture
from freehold.capacity.remarks import Notes, Refusals, refuse_unreadable

_ADAPTER_BYTES = 2.0


@dataclass(frozen=True)
class Options:
    """One entry per configuration; neutral where nothing is stated.

    `prefix_share` of a prompt's tokens are found in a prefix cache; `drafted` tokens are proposed
    per step, of which with the step's own `tokens_per_step` are kept on average; a draft costs
    `draft_cost` of a step. `adapters` are resident, each with `adapter_weights` parameters.
    `prefill_share` of the devices only prefills (NaN = not stated).
    """

    prefix_share: Floats
    drafted: Floats
    tokens_per_step: Floats
    draft_cost: Floats
    adapters: Floats
    adapter_weights: Floats
    prefill_share: Floats

    @property
    def adapter_bytes(self) -> Floats:
        """Bytes of all resident adapters of one copy of the model, in 16 bit."""
        return self.adapters * self.adapter_weights * _ADAPTER_BYTES

    def adapters_read(self, sequences: Floats) -> Floats:
        """Bytes of the adapters that a step of so many sequences reads."""
        return np.minimum(self.adapters, sequences) * self.adapter_weights * _ADAPTER_BYTES


def _between(
    spec: pd.DataFrame,
    column: str,
    bounds: tuple[float, float],
    refusals: Refusals,
    *,
    whole: bool = False,
) -> Floats:
    """Return a column, NaN where blank; refuse values outside the bounds or broken ones."""
    if column not in spec:
        return np.full(len(spec), np.nan)
    refuse_unreadable(spec, column, refusals)
    values = numbers(spec, column)
    bad = np.isfinite(values) & ((values < bounds[0]) | (values > bounds[1]))
    bad |= np.isinf(values)
    if whole:
        bad |= np.isfinite(values) & (values != np.floor(values))
    refusals.add(
        bad, f"{column} must lie between {bounds[0]:g} and {bounds[1]:g}, not {{v}}", v=values
    )
    return np.where(bad, np.nan, values)


def adapter_weights(a: Architecture, rank: Floats) -> Floats:
    """Parameters of one low-rank adapter on every matrix of attention and dense feed-forward.

    r (inputs + outputs) per matrix: Hu et al. 2021, arXiv 2106.09685, section 4.1. The
    feed-forward width follows from the weights outside attention; experts carry no adapter.
    """
    wide = np.where(np.isfinite(a.heads), (a.attention_width + a.window_attention_width), 0.0)
    layers = np.maximum(a.layers, 1.0)
    queries = wide / layers
    keys = (a.kv_values + a.window_kv_values) / 2 / layers
    attention = 2 * (a.hidden + queries) + 2 * (a.hidden + keys)
    dense = a.body_weights / layers - 2 * a.hidden * (queries + keys)
    width = np.maximum(dense, 0.0) / (3 * np.maximum(a.hidden, 1.0))
    forward = np.where(a.experts > 0, 0.0, 3 * (a.hidden + width))
    return rank * layers * (attention + forward)


def _kept(accepted: Floats, drafted: Floats) -> Floats:
    """Tokens kept per step; without drafts its own one."""
    if not drafted.any():
        return np.ones_like(drafted)
    one = accepted >= 1.0 - 1e-9
    return np.where(
        one, drafted + 1, (1 - accepted ** (drafted + 1)) / (1 - np.where(one, 0.0, accepted))
    )


def _or_none(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0.0)


def _held(a: Architecture, adapters: Floats, rank: Floats) -> Floats:
    if not adapters.any():
        return np.zeros_like(adapters)
    return np.where(adapters > 0, adapter_weights(a, rank), 0.0)


def read_options(
    spec: pd.DataFrame,
    a: Architecture,
    devices: Floats,
    *,
    assumed: Assumptions,
    refusals: Refusals,
    notes: Notes,
) -> Options:
    """Read prefix_hit_share, speculative_tokens, acceptance_rate, lora_adapters, lora_rank and
    prefill_accelerators.

    Tokens kept per step = (1 - r^(g + 1)) / (1 - r) for g drafted tokens accepted with rate r:
    Leviathan, Kalman and Matias 2023, arXiv 2211.17192, equation 1.
    """
    prefix = _or_none(_between(spec, "prefix_hit_share", (0.0, 1.0), refusals))
    drafted = _or_none(_between(spec, "speculative_tokens", (0.0, 64.0), refusals, whole=True))
    accepted = _between(spec, "acceptance_rate", (0.0, 1.0), refusals)
    guessed: Bools = np.asarray((drafted > 0) & ~np.isfinite(accepted))
    notes.add(guessed, "acceptance rate of drafted tokens assumed")
    accepted = np.where(np.isfinite(accepted), accepted, assumed["acceptance_rate"])
    kept = _kept(accepted, drafted)
    adapters = _or_none(_between(spec, "lora_adapters", (0.0, 1e5), refusals, whole=True))
    rank = _between(spec, "lora_rank", (1.0, 4096.0), refusals, whole=True)
    notes.add((adapters > 0) & ~np.isfinite(rank), "rank of the adapters assumed")
    rank = np.where(np.isfinite(rank), rank, assumed["lora_rank"])
    prefill = _between(spec, "prefill_accelerators", (1.0, 1e7), refusals, whole=True)
    refusals.add(
        prefill >= devices,
        "prefill_accelerators {p} leave none of the {devices} devices to decode",
        p=prefill,
        devices=devices,
    )
    return Options(
        prefix_share=prefix,
        drafted=drafted,
        tokens_per_step=kept,
        draft_cost=np.full(len(spec), assumed["draft_cost_share"]),
        adapters=adapters,
        adapter_weights=_held(a, adapters, rank),
        prefill_share=prefill / devices,
    )
