"""What every configuration must state, and the tables all estimates read."""

from collections import OrderedDict
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.assumptions import Assumptions, shipped
from freehold.capacity.calibration.factors import Calibration, shipped_calibration
from freehold.capacity.chips import CLASSES, Chips, ChipTable, Precisions, PrecisionTable
from freehold.capacity.columns import different_rows, rows_of, words
from freehold.capacity.efficiency import EfficiencyTable
from freehold.capacity.facts import digest
from freehold.capacity.models import Architecture, ModelTable
from freehold.capacity.remarks import Notes, Refusals, refuse_unreadable


@dataclass(frozen=True)
class Tables:
    """The catalogue's facts and the assumptions, read once and used for many estimates."""

    models: ModelTable
    precisions: PrecisionTable
    chips: ChipTable
    efficiency: EfficiencyTable
    assumed: Assumptions
    calibration: Calibration

    @classmethod
    def read(
        cls,
        connection: duckdb.DuckDBPyConnection,
        assumed: Assumptions | None = None,
        catalogue: str = "catalogue",
        calibration: Calibration | None = None,
    ) -> "Tables":
        """Read the catalogue of a connection; `assumed` replaces the shipped assumptions.

        `calibration` replaces the shipped factors and those of the user's own measurements; an
        empty one is physics alone.

        `catalogue` names a scenario's schema; tables it lacks come from the base catalogue.
        """
        from freehold.capacity.calibration.own import fitted_to_own

        if assumed is not None:
            tables = cls._read(connection, assumed, catalogue)
        else:
            said = digest(connection, _READ, catalogue)
            if said not in _known:
                _known[said] = cls._read(connection, shipped(), catalogue)
                while len(_known) > _MOST_KNOWN:
                    _known.popitem(last=False)
            tables = _known[said]
        if calibration is not None:
            return replace(tables, calibration=calibration)
        return fitted_to_own(tables, connection, catalogue)

    @classmethod
    def _read(
        cls, connection: duckdb.DuckDBPyConnection, assumed: Assumptions, catalogue: str
    ) -> "Tables":
        precisions = PrecisionTable()
        chips = ChipTable(connection, precisions, assumed, catalogue)
        return cls(
            models=ModelTable(connection, catalogue),
            precisions=precisions,
            chips=chips,
            efficiency=EfficiencyTable(connection, chips.ids, assumed, catalogue),
            assumed=assumed,
            calibration=shipped_calibration(),
        )


_READ = ("accelerators", "models", "bench_model_aliases", "model_caches", "efficiency_factors")
_MOST_KNOWN = 8
_known: OrderedDict[str, Tables] = OrderedDict()
"""Tables by what the catalogue says: a session asks for the same ones very often."""


@dataclass(frozen=True)
class Common:
    """Model, chip and precision of each row."""

    architecture: Architecture
    chips: Chips
    precision: Precisions


_ASKED = (
    "model",
    "params_b",
    "params_active_b",
    "accelerator_id",
    "precision",
    "weight_precision",
    "activation_precision",
    "kv_precision",
)


def _looked_up(spec: pd.DataFrame, tables: Tables) -> Common:
    """Return the facts of each row; of many rows that ask alike, only the first is looked up."""
    first, place = different_rows(spec, _ASKED)
    if 2 * len(first) > len(spec):
        return _look_up(spec, tables)
    return rows_of(_look_up(spec.iloc[first].reset_index(drop=True), tables), place)


def _look_up(spec: pd.DataFrame, tables: Tables) -> Common:
    architecture = tables.models.architectures(spec, tables.assumed)
    whole, weights = words(spec, "precision").lower(), words(spec, "weight_precision").lower()
    precision = tables.precisions.read(
        whole.replaced(~weights.equal(""), weights),
        words(spec, "activation_precision").lower(),
        words(spec, "kv_precision").lower(),
    )
    chips = tables.chips.figures(words(spec, "accelerator_id"), precision)
    return Common(architecture, chips, precision)


def ask_common(spec: pd.DataFrame, tables: Tables, notes: Notes) -> Common:
    """Look up model, accelerator and precision of each row and note what was assumed."""
    common = _looked_up(spec, tables)
    architecture, chips, precision = common.architecture, common.chips, common.precision
    notes.add(architecture.generic, "generic architecture from the model's size")
    notes.add(architecture.kv_upper_bound, "cache counted in full: an upper bound for this model")
    notes.add(architecture.caches_unverified, "which layers cache the whole context: unverified")
    notes.add(~precision.stated, "precision assumed bf16")
    for place, name in enumerate(CLASSES):
        wider = chips.falls_back & (chips.compute_class == place)
        notes.add(wider, f"chip lacks this precision: stored in it, computed in {name}")
    notes.add(chips.peak_derived, "peak derived from another precision or from similar chips")
    notes.add(chips.memory_assumed, "memory size assumed")
    return common


def refuse_common(spec: pd.DataFrame, common: Common, refusals: Refusals) -> None:
    """Refuse rows whose model, accelerator or precision is missing, unknown or has no figures."""
    a, chips, precision = common.architecture, common.chips, common.precision
    for column in ("params_b", "params_active_b"):
        refuse_unreadable(spec, column, refusals)
    named = ~words(spec, "model").equal("")
    refusals.add(~named & ~np.isfinite(a.total_weights), "no model is named and no size given")
    refusals.add(
        ~np.isfinite(a.total_weights),
        "model {model} is not in the catalogue and params_b is not given",
        model=a.model_id,
    )
    refusals.add(
        ~(a.total_weights > 0) | ~(a.active_weights > 0) | (a.total_weights > 1e16),
        "params_b of {model} cannot be right",
        model=a.model_id,
    )
    refusals.add(
        ~(np.isfinite(a.layers) & np.isfinite(a.hidden)),
        "the catalogue has no layers or width for {model}",
        model=a.model_id,
    )
    accelerator = words(spec, "accelerator_id")
    unnamed = accelerator.equal("")
    refusals.add(unnamed, "no accelerator is named")
    refusals.add(
        ~chips.known, "accelerator {chip} is not in the catalogue", chip=chips.accelerator_id
    )
    for value, what in ((chips.memory_bytes, "memory size"), (chips.bandwidth, "memory bandwidth")):
        refusals.add(
            ~np.isfinite(value),
            f"the catalogue has no {what} for {{chip}}",
            chip=chips.accelerator_id,
        )
    refusals.add(
        precision.index < 0, "precision {precision} is not known", precision=precision.unknown
    )
    refusals.add(
        ~np.isfinite(chips.peak),
        "the catalogue has no peak for {chip} at {precision} or a wider precision",
        chip=chips.accelerator_id,
        precision=precision.name,
    )
