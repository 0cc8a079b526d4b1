"""Datasheet figures of each configuration's accelerator, and which precision it computes in."""

from dataclasses import dataclass, replace
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from freehold.capacity.assumptions import Assumptions, read_table
from freehold.capacity.columns import Bools, Floats, Ints, Words, numbers, take, texts
from freehold.capacity.facts import table as facts

CLASSES: Final = ("fp32", "bf16", "fp16", "fp8", "int8", "fp4")
_PEAK_COLUMNS: Final = (
    "fp32_tflops",
    "bf16_dense_tflops",
    "fp16_dense_tflops",
    "fp8_dense_tflops",
    "int8_dense_tops",
    "fp4_dense_tflops",
)
_FP32, _BF16, _FP16, _FP8, _INT8, _FP4 = range(6)


@dataclass(frozen=True)
class Chips:
    """Datasheet columns, one entry per configuration; SI units, link figures one way.

    `compute_class` is the position in CLASSES of the precision the chip computes in.
    """

    accelerator_id: Words
    index: Ints
    known: Bools
    memory_bytes: Floats
    memory_assumed: Bools
    bandwidth: Floats
    peak: Floats
    peak16: Floats
    peak_derived: Bools
    compute_class: Ints
    falls_back: Bools
    link: Floats
    link_assumed: Bools
    domain: Floats
    tdp_w: Floats
    family: Words


@dataclass(frozen=True)
class Precisions:
    """Storage and arithmetic of each configuration's precision.

    `name` is that of the weights, `index` that of the arithmetic in the table of precisions;
    -1 where one of the three is not known, and `unknown` is then its spelling.
    """

    name: Words
    unknown: Words
    index: Ints
    stated: Bools
    weight_bytes: Floats
    embedding_bytes: Floats
    kv_bytes: Floats


class PrecisionTable:
    """Bytes per weight and cache value, and the order in which compute precisions are tried."""

    def __init__(self) -> None:
        table = read_table("precisions.csv")
        self.names = pd.Index(table["precision"])
        self._weight = numbers(table, "weight_bytes")
        self._embedding = numbers(table, "embedding_bytes")
        self._kv = numbers(table, "kv_bytes")
        self.chains = [chain.split(">") for chain in table["compute"]]
        self._aliases = {
            alias: name
            for name, aliases in zip(table["precision"], table["aliases"], strict=True)
            for alias in [name, *aliases.split(";")]
        }

    def read(
        self, weights: Words, activations: Words | None = None, cache: Words | None = None
    ) -> Precisions:
        """Return the precision of each row; a blank one is taken as bf16 and not `stated`.

        Activations and cache follow the weights where they are not told apart: arithmetic by the
        table's `compute`, the cache by its `kv_bytes`.
        """
        stated = ~weights.equal("")
        names = self._named(weights, "bf16")
        index = names.among(self.names)
        unknown, wrong = names, index < 0
        compute, kv_bytes = index, take(self._kv, index)
        for said, is_cache in ((activations, False), (cache, True)):
            if said is None or said.equal("").all():
                continue
            apart = self._named(said, "")
            place = apart.among(self.names)
            told = ~apart.equal("")
            if is_cache:
                kv_bytes = np.where(told, take(self._weight, place), kv_bytes)
            else:
                compute = np.where(told, place, compute)
            bad = told & (place < 0) & ~wrong
            unknown, wrong = unknown.replaced(bad, apart), wrong | bad
        return Precisions(
            name=names,
            unknown=unknown,
            index=np.where(wrong, -1, compute),
            stated=stated,
            weight_bytes=take(self._weight, index),
            embedding_bytes=take(self._embedding, index),
            kv_bytes=kv_bytes,
        )

    def _named(self, values: Words, blank: str) -> Words:
        return values.mapped(lambda name: self._aliases.get(name.lower(), name) or blank)


class ChipTable:
    """The catalogue's accelerators and their spellings, ready for lookups."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        precisions: PrecisionTable,
        assumed: Assumptions,
        catalogue: str = "catalogue",
    ) -> None:
        table = facts(connection, "accelerators", catalogue)
        self.ids = pd.Index(texts(table, "accelerator_id"))
        aliases = facts(connection, "accelerator_aliases", catalogue)
        self._aliases = dict(
            zip(texts(aliases, "alias"), texts(aliases, "accelerator_id"), strict=True)
        )
        kind = texts(table, "kind").to_numpy(dtype=object)
        self._kind = kind
        bandwidth = numbers(table, "memory_bw_gb_s") * 1e9
        memory = numbers(table, "memory_gb") * 2**30  # chips are built in powers of two
        cpu = kind == "cpu"
        self._memory_assumed = np.append(cpu & ~np.isfinite(memory), False)
        self._memory = np.where(
            cpu & ~np.isfinite(memory), assumed["cpu_memory_gib"] * 2**30, memory
        )
        self._bandwidth = bandwidth
        self._tdp = numbers(table, "tdp_w")
        link = numbers(table, "chip_to_chip_gb_s") * 1e9 / 2
        self._link_assumed = np.append(~np.isfinite(link), True)
        self._link = np.where(np.isfinite(link), link, assumed["pcie_one_way_gb_s"] * 1e9)
        domain = numbers(table, "scale_up_domain")
        self._domain = np.where(np.isfinite(domain), domain, 1.0)
        peaks = np.stack([numbers(table, column) * 1e12 for column in _PEAK_COLUMNS], axis=1)
        self._peaks, derived = _complete(peaks, bandwidth, kind)
        self._derived = np.append(derived, False)
        self._accumulating = _accumulating(self.ids)
        self._family = _families(texts(table, "vendor"), kind, peaks)
        self._choose(precisions)

    def _choose(self, precisions: PrecisionTable) -> None:
        """Tabulate, per chip and precision, the first compute precision the chip has."""
        rows, kinds = len(self.ids), len(precisions.names)
        chosen = np.full((rows, kinds), -1, dtype=np.int64)
        first = np.zeros(kinds, dtype=np.int64)
        for column, chain in enumerate(precisions.chains):
            first[column] = CLASSES.index(chain[0])
            for name in reversed(chain):
                place = CLASSES.index(name)
                chosen[np.isfinite(self._peaks[:, place]), column] = place
        self._chosen, self._first = chosen, first

    @property
    def spellings(self) -> frozenset[str]:
        """Every name under which an accelerator of the catalogue is known."""
        return frozenset(self.ids) | {alias for alias, name in self._aliases.items() if name}

    def resolve(self, names: Words) -> Words:
        """Return the catalogue's id for each name, the name itself where none is known."""
        return names.mapped(
            lambda name: name if name in self.ids else self._aliases.get(name) or name
        )

    def figures(self, names: Words, precision: Precisions) -> Chips:
        """Return the datasheet figures of each row."""
        ids = self.resolve(names)
        index = ids.among(self.ids)
        safe = np.maximum(index, 0)
        column = np.maximum(precision.index, 0)
        compute = np.where((index >= 0) & (precision.index >= 0), self._chosen[safe, column], -1)
        peak = np.where(compute >= 0, self._peaks[safe, np.maximum(compute, 0)], np.nan)
        sixteen = np.fmax(self._peaks[safe, _BF16], self._peaks[safe, _FP16])
        sixteen = np.where(np.isfinite(sixteen), sixteen, self._peaks[safe, _FP32])
        sixteen = np.where(index >= 0, sixteen, np.nan)
        equal = (compute == self._first[column]) | (
            np.isin(compute, (_BF16, _FP16)) & np.isin(self._first[column], (_BF16, _FP16))
        )
        return Chips(
            accelerator_id=ids,
            index=index,
            known=np.asarray(index >= 0, dtype=np.bool_),
            memory_bytes=take(self._memory, index),
            memory_assumed=self._memory_assumed[index],
            bandwidth=take(self._bandwidth, index),
            peak=peak,
            peak16=np.where(np.isfinite(sixteen), sixteen, peak),
            peak_derived=self._derived[index],
            compute_class=compute,
            falls_back=np.asarray((compute >= 0) & ~equal, dtype=np.bool_),
            link=take(self._link, index),
            link_assumed=self._link_assumed[index],
            domain=take(self._domain, index),
            tdp_w=take(self._tdp, index),
            family=Words(index % len(self._family), self._family),
        )

    def accumulating_in_16_bit(self, chips: Chips, where: Bools) -> Chips:
        """Return the chips with the 16-bit peak of sums kept in 16 bit, where that is so.

        Datasheet peaks count sums in 32 bit, which some chips do at half the rate.
        """
        if not where.any():
            return chips
        ratio = np.where(where, self._accumulating[chips.index], 1.0)
        sixteen = np.isin(chips.compute_class, (_BF16, _FP16))
        return replace(
            chips,
            peak=chips.peak * np.where(sixteen, ratio, 1.0),
            peak16=chips.peak16 * ratio,
        )


def _accumulating(ids: pd.Index) -> Floats:
    """Return the rate in 16 bit with sums in 16 bit over that with sums in 32 bit, by chip."""
    table = read_table("accumulation.csv")
    ratio = dict(zip(table["accelerator_id"], numbers(table, "ratio"), strict=True))
    return np.array([*(ratio.get(name, 1.0) for name in ids), 1.0], dtype=np.float64)


def _families(
    vendor: "pd.Series[str]", kind: npt.NDArray[np.object_], peaks: Floats
) -> tuple[str, ...]:
    """Name each chip's family: vendor, kind and the narrowest float its datasheet computes in.

    A narrower float came with each generation of matrix units, so it stands for the generation.
    The last name, empty, is for chips that are not known.
    """
    narrow = np.where(
        np.isfinite(peaks[:, _FP4]), "fp4", np.where(np.isfinite(peaks[:, _FP8]), "fp8", "16 bit")
    )
    names = (f"{v} {k} {n}" for v, k, n in zip(vendor, kind, narrow, strict=True))
    return (*names, "")


def _complete(
    peaks: Floats, bandwidth: Floats, kind: npt.NDArray[np.object_]
) -> tuple[Floats, Bools]:
    """Fill missing 16-bit peaks: half the 8-bit, a quarter of the 4-bit, else the kind's median.

    Halving the width doubles the rate of a matrix unit; that is how datasheets scale. For CPUs
    and GPUs without any figure, the median ratio of peak to bandwidth of their kind is used.
    """
    peaks = peaks.copy()
    missing = ~np.isfinite(peaks[:, _BF16]) & ~np.isfinite(peaks[:, _FP16])
    eight = np.fmax(peaks[:, _FP8], peaks[:, _INT8])
    peaks[:, _BF16] = np.where(missing, np.fmax(eight / 2, peaks[:, _FP4] / 4), peaks[:, _BF16])
    ratio = peaks[:, _BF16] / bandwidth
    for name in ("cpu", "gpu"):
        of_kind = (kind == name) & np.isfinite(ratio)
        bare = missing & ~np.isfinite(peaks[:, _BF16]) & (kind == name)
        if of_kind.any() and bare.any():
            peaks[bare, _BF16] = np.median(ratio[of_kind]) * bandwidth[bare]
    return peaks, np.asarray(missing & np.isfinite(peaks[:, _BF16]), dtype=np.bool_)
