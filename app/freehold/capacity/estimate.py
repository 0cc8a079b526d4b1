"""A table of configurations -> a table of predictions."""

import time
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.assumptions import Assumptions
from freehold.capacity.checks import Tables
from freehold.capacity.columns import Bools, Floats, texts, words
from freehold.capacity.predictions import Predictions, basis_of, with_ranges
from freehold.capacity.remarks import Notes, Refusals
from freehold.capacity.serving_estimate import figures, memory_parts, prepare
from freehold.capacity.training_estimate import training_figures
from freehold.errors import InputError

_TRAINING_COLUMNS = ("phase", "tokens_b", "samples", "global_batch", "recompute")
_SERVING_COLUMNS = ("scenario", "input_tokens", "output_tokens", "concurrency_or_batch", "qps")

_READ = {
    "config_id", "model", "params_b", "params_active_b", "accelerator_id", "accelerators", "tp",
    "pp", "dp", "ep", "cp", "parallelism", "precision", "weight_precision", "activation_precision",
    "kv_precision", "engine", "scenario", "input_tokens", "output_tokens", "concurrency_or_batch",
    "qps", "prefix_hit_share", "speculative_tokens", "acceptance_rate", "lora_adapters",
    "lora_rank", "prefill_accelerators", "phase", "tokens_b", "samples", "seq_len", "global_batch",
    "micro_batch", "interleave", "zero", "recompute", "device_mtbf_h", "checkpoint_s", "restart_s",
    "as_of",
}  # fmt: skip
_BESIDE = {
    "case_id", "family", "measured_metric", "measured_value", "source", "verified", "notes",
}  # fmt: skip


def unused_columns(spec: pd.DataFrame) -> list[str]:
    """Return the columns of a specification that no estimate reads, in their order.

    Those that the benchmark tables have beside the configuration are not told.
    """
    return [str(name) for name in spec.columns if name not in _READ | _BESIDE]


def estimate(
    spec: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    assumed: Assumptions | None = None,
    tables: Tables | None = None,
    catalogue: str = "catalogue",
) -> Predictions:
    """Predict every row of a specification, training and serving, in its order.

    Args:
        spec: columns of bench_train.csv or bench_infer.csv without measured_*; a row is training
            if `phase` is filled or the table has only training columns.
        connection: holds the schema `catalogue`.
        assumed: the user's own assumptions instead of the shipped ones.
        tables: facts already read, for repeated calls.
        catalogue: a scenario's schema, whose tables come before the base catalogue's.

    Raises:
        InputError: if the table has the columns of neither kind.

    A row that cannot be answered has `refused_because` and no figures; it never stops the rest.
    """
    started = time.perf_counter()
    facts = tables or Tables.read(connection, assumed, catalogue)
    spec = spec.reset_index(drop=True)
    training = training_rows(spec)
    parts = []
    for chosen, is_training in ((training, True), (~training, False)):
        if chosen.any():
            rows = spec if chosen.all() else spec[chosen].reset_index(drop=True)
            part = _frame(rows, answered(rows, facts, training=is_training))
            part.index = pd.Index(np.flatnonzero(chosen))
            parts.append(part)
    if not parts:
        nothing = _frame(spec, answered(spec, facts, training=False))
        return Predictions(nothing, time.perf_counter() - started)
    table = parts[0] if len(parts) == 1 else pd.concat(parts).sort_index()
    return Predictions(table, time.perf_counter() - started)


def training_rows(spec: pd.DataFrame) -> Bools:
    """Return which rows of a specification are training.

    Raises:
        InputError: the table has the columns of neither kind.
    """
    has_training = any(column in spec for column in _TRAINING_COLUMNS)
    has_serving = any(column in spec for column in _SERVING_COLUMNS)
    if not has_training and not has_serving:
        raise InputError(
            "This table has the columns of neither a training nor a serving specification",
            where=", ".join(map(str, spec.columns[:8])),
            mend="Give phase, tokens_b, seq_len, global_batch or scenario, input_tokens, "
            "output_tokens, concurrency_or_batch",
        )
    if not has_serving:
        return np.ones(len(spec), dtype=np.bool_)
    if "phase" not in spec:
        return np.zeros(len(spec), dtype=np.bool_)
    return ~words(spec, "phase").equal("")


@dataclass(frozen=True)
class Answer:
    """What a block of rows of one kind gets, as columns of its length.

    `columns` are the figures and their ranges; `fits` is NaN where it cannot be told.
    """

    kind: str
    fits: Floats
    refusals: Refusals
    notes: Notes
    own: Bools
    overloaded: Bools
    memory_limited: Bools
    columns: dict[str, Floats]


def answered(
    spec: pd.DataFrame, tables: Tables, *, training: bool, figures: frozenset[str] | None = None
) -> Answer:
    """Predict rows of one kind; with `figures`, only those metrics and their ranges."""
    with np.errstate(all="ignore"):
        return _train(spec, tables, figures) if training else _serve(spec, tables, figures)


def _frame(spec: pd.DataFrame, answer: Answer) -> pd.DataFrame:
    if "config_id" in spec:
        identifiers = texts(spec, "config_id")
    else:
        identifiers = pd.Series(np.arange(1, len(spec) + 1), index=spec.index).astype("str")
    head: dict[str, object] = {
        "config_id": identifiers,
        "kind": answer.kind,
        "fits": pd.array(answer.fits, dtype="Float64").astype("boolean"),
        "refused_because": answer.refusals.reasons,
        "overloaded": answer.overloaded,
        "memory_limited": answer.memory_limited,
        "assumed": answer.notes.joined(),
        "basis": basis_of(answer.own),
    }
    # Each column keeps its own array: copying a hundred of them into one block costs as much as
    # the estimate itself.
    return pd.DataFrame({**head, **answer.columns}, index=spec.index, copy=False)


def _fits(refused: Bools, unfit: Bools) -> Floats:
    return np.where(unfit, 0.0, np.where(refused, np.nan, 1.0))


def _told(values: dict[str, Floats], figures: frozenset[str] | None) -> dict[str, Floats]:
    return {name: x for name, x in values.items() if figures is None or name in figures}


def _serve(spec: pd.DataFrame, tables: Tables, wanted: frozenset[str] | None) -> Answer:
    ready = prepare(spec, tables)
    found = figures(spec, ready, tables)
    refused = ready.refusals.any
    parts = _told(memory_parts(ready, found.running), wanted)
    values = {name: np.where(refused, np.nan, x) for name, x in _told(found.values, wanted).items()}
    parts = {name: np.where(refused & ~ready.unfit, np.nan, x) for name, x in parts.items()}
    return Answer(
        kind="serving",
        fits=_fits(refused, ready.unfit),
        refusals=ready.refusals,
        notes=ready.notes,
        own=ready.own,
        overloaded=found.overloaded & ~refused,
        memory_limited=found.memory_limited & ~refused,
        columns=with_ranges({**values, **parts}, ready.doubts),
    )


def _train(spec: pd.DataFrame, tables: Tables, wanted: frozenset[str] | None) -> Answer:
    found = training_figures(spec, tables)
    refused = found.refusals.any
    hidden = {True: refused & ~found.unfit, False: refused}
    values = {
        name: np.where(hidden[name.startswith("memory_")], np.nan, x)
        for name, x in _told(found.values, wanted).items()
    }
    nothing = np.zeros(len(spec), dtype=np.bool_)
    return Answer(
        kind="training",
        fits=_fits(refused, found.unfit),
        refusals=found.refusals,
        notes=found.notes,
        own=found.own,
        overloaded=nothing,
        memory_limited=nothing,
        columns=with_ranges(values, found.doubts),
    )
