"""The configurations a search tries: every chip, precision and way to cut a model over devices."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from freehold.capacity.assumptions import read_table
from freehold.capacity.checks import Tables
from freehold.capacity.columns import numbers
from freehold.errors import InputError

_TENSOR: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_STAGES: Final = (1.0, 2.0, 4.0, 8.0)
_RANKS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_MOST_DEVICES: Final = 64.0
_NODE: Final = 8.0


@dataclass(frozen=True)
class Space:
    """What a search may choose from; None = everything the catalogue has."""

    chips: tuple[str, ...] | None = None
    precisions: tuple[str, ...] | None = None
    tensor: tuple[float, ...] = field(default=_TENSOR)
    stages: tuple[float, ...] = field(default=_STAGES)
    ranks: tuple[float, ...] = field(default=_RANKS)
    most_devices: float = _MOST_DEVICES


def precision_choices(names: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Return the combinations of weights, activations and cache tried (search_precisions.csv).

    Raises:
        InputError: a name is the weights' precision of none of them.
    """
    table = read_table("search_precisions.csv")
    if names is None:
        return table
    known = list(dict.fromkeys(table["weight_precision"]))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(
            "The search knows no such precision",
            where=", ".join(unknown),
            mend=f"Use some of: {', '.join(known)}",
        )
    return pd.DataFrame(table[table["weight_precision"].isin(names)].reset_index(drop=True))


def _chips(space: Space, facts: Tables) -> list[str]:
    if space.chips is None:
        return sorted(facts.chips.ids)
    unknown = sorted(set(space.chips) - set(facts.chips.ids))
    if unknown:
        raise InputError(
            "The catalogue has no such accelerator",
            where=", ".join(unknown),
            mend="See the accelerators on the Catalogue page",
        )
    return list(dict.fromkeys(space.chips))


def _ways(space: Space, experts: float, known: list[str], domains: pd.Series) -> pd.DataFrame:
    """Cross tensor ways, stages and, for experts, attention ranks; too large groups left out."""
    ranks = space.ranks if experts > 0 else (1.0,)
    ways = pd.MultiIndex.from_product(
        [space.tensor, space.stages, ranks], names=["tp", "pp", "dp"]
    ).to_frame(index=False)
    size = ways["tp"] * ways["pp"] * ways["dp"]
    # Attention ranks exist to spread experts; pipeline stages on top of them are not tried.
    ways = ways[(size <= space.most_devices) & ~((ways["dp"] > 1) & (ways["pp"] > 1))]
    chips = pd.DataFrame({"accelerator_id": known, "domain": domains.reindex(known).to_numpy()})
    crossed = chips.merge(ways, how="cross")
    reach = np.maximum(np.nan_to_num(crossed["domain"], nan=1.0), _NODE)
    crossed = crossed[(crossed["tp"] <= reach) & (crossed["tp"] * crossed["dp"] <= 64.0)]
    return pd.DataFrame(crossed.drop(columns="domain").reset_index(drop=True))


def configurations(
    workload: pd.DataFrame, facts: Tables, space: Space, domains: pd.Series
) -> pd.DataFrame:
    """Return one specification row per configuration to try for a workload of one row.

    Tensor ways stay within one node or scale-up domain (`domains` by accelerator), whatever else
    is impossible is refused later by name. Repeated texts are categorical, so that they are read
    once, not per row.

    Raises:
        InputError: a chip or precision asked for does not exist.
    """
    spec = workload.rename(columns={"model_id": "model"})
    experts = float(facts.models.architectures(spec, facts.assumed).experts[0])
    ways = _ways(space, experts, _chips(space, facts), domains)
    grid = ways.merge(precision_choices(space.precisions).drop(columns="note"), how="cross")
    for column in ("accelerator_id", "weight_precision", "activation_precision", "kv_precision"):
        grid[column] = grid[column].astype("category")
    spread = numbers(grid, "dp") > 1
    grid["ep"] = np.where(spread, np.minimum(grid["tp"] * grid["dp"], max(experts, 1.0)), 1.0)
    grid["accelerators"] = grid["tp"] * grid["pp"] * grid["dp"]
    for column in (
        "model",
        "params_b",
        "params_active_b",
        "input_tokens",
        "output_tokens",
        "engine",
        "prefix_hit_share",
        "speculative_tokens",
        "acceptance_rate",
        "lora_adapters",
        "lora_rank",
    ):
        if column in spec:
            value = spec[column].iloc[0]
            text = isinstance(value, str)
            grid[column] = pd.Categorical([value]).repeat(len(grid)) if text else value
    return grid
