"""Achieved share of datasheet peaks: medians of measured kernels, a stated default elsewhere.

These are priors. Calibration will put fitted factors in their place through the same class.
"""

from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.assumptions import Assumptions
from freehold.capacity.chips import CLASSES, Chips
from freehold.capacity.columns import Bools, Floats, codes, numbers, texts
from freehold.capacity.facts import table

_OPERATIONS: Final = (
    "gemm",
    "gemm_weight_streaming",
    "attention_prefill",
    "attention_decode",
)
_LINKS: Final = ("allreduce", "allgather", "alltoall")
_MEASURED_AS: Final = {"fp8_block": "fp8", "nvfp4": "fp4", "any": "bf16"}
_NEAREST: Final = {"fp32": "bf16", "fp16": "bf16", "int8": "fp8", "fp4": "fp8"}


@dataclass(frozen=True)
class Efficiency:
    """Achieved shares of peak, one entry per configuration; `measured` = this chip's kernels."""

    gemm: Floats
    streaming: Floats
    prefill_attention: Floats
    kv_read: Floats
    gemm16: Floats
    measured: Bools


class EfficiencyTable:
    """Shares by chip, operation and precision class from catalogue.efficiency_factors.

    Order: this chip; the median of all chips for the operation and precision; the nearest
    precision; the stated default. Peer-model constants (hbm_read, step MFU) are not used.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        chip_ids: pd.Index,
        assumed: Assumptions,
        catalogue: str = "catalogue",
    ) -> None:
        facts = table(connection, "efficiency_factors", catalogue)
        facts = pd.DataFrame(
            {
                "chip": codes(texts(facts, "accelerator_id"), chip_ids),
                "operation": texts(facts, "operation"),
                "precision": texts(facts, "precision").replace(_MEASURED_AS),
                "share": numbers(facts, "achieved_fraction"),
                "group": numbers(facts, "group_size"),
            }
        )
        rows, default = len(chip_ids), assumed["efficiency_default_compute"]
        shape = (rows + 1, len(CLASSES), len(_OPERATIONS))
        self._shares = np.full(shape, default)
        self._measured = np.zeros((rows + 1, len(CLASSES)), dtype=np.bool_)
        for place, operation in enumerate(_OPERATIONS):
            self._fill(place, facts[facts["operation"] == operation], default)
        self._links = np.full((rows + 1, len(_LINKS), 3), default)
        for place, operation in enumerate(_LINKS):
            self._fill_links(place, facts[facts["operation"] == operation])

    def _fill(self, place: int, facts: pd.DataFrame, default: float) -> None:
        by_class = facts.groupby("precision")["share"].median()
        for column, name in enumerate(CLASSES):
            nearest = _NEAREST.get(name, "bf16")
            source = name if name in by_class.index else nearest
            self._shares[:, column, place] = by_class.get(source, by_class.get("bf16", default))
            of_class = facts[(facts["precision"] == source) & (facts["chip"] >= 0)]
            median = of_class.groupby("chip")["share"].median()
            chips = median.index.to_numpy(dtype=np.int64)
            self._shares[chips, column, place] = median.to_numpy(dtype=np.float64)
            if place == 0:
                self._measured[chips, column] = True

    def _fill_links(self, place: int, facts: pd.DataFrame) -> None:
        sized = facts[np.isin(facts["group"], (2, 4, 8))]
        for column, group in enumerate((2, 4, 8)):
            of_group = sized[sized["group"] == group]
            if of_group.empty:
                continue
            self._links[:, place, column] = of_group["share"].median()
            median = of_group[of_group["chip"] >= 0].groupby("chip")["share"].median()
            chips = median.index.to_numpy(dtype=np.int64)
            self._links[chips, place, column] = median.to_numpy(dtype=np.float64)
            if column == 2:
                continue
            self._links[chips, place, column + 1 :] = median.to_numpy(dtype=np.float64)[:, None]

    def of(self, chips: Chips) -> Efficiency:
        """Return the shares of each configuration's chip and compute precision."""
        compute = np.maximum(chips.compute_class, 0)
        bf16 = CLASSES.index("bf16")
        shares = self._shares[chips.index, compute]
        return Efficiency(
            gemm=shares[:, 0],
            streaming=shares[:, 1],
            prefill_attention=self._shares[chips.index, bf16, 2],
            kv_read=self._shares[chips.index, bf16, 3],
            gemm16=self._shares[chips.index, bf16, 0],
            measured=self._measured[chips.index, compute],
        )

    def link_share(self, chips: Chips, operation: str, group: Floats) -> Floats:
        """Achieved share of the one-way link for a collective over `group` devices."""
        column = np.where(group <= 2, 0, np.where(group <= 4, 1, 2))
        shares = self._links[chips.index, _LINKS.index(operation), column]
        return np.asarray(np.minimum(shares, 1.0), dtype=np.float64)
