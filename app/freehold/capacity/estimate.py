"""A table of configurations -> a table of predictions."""

import time

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
    for chosen, answer in ((training, _train), (~training, _serve)):
        if chosen.any():
            rows = spec if chosen.all() else spec[chosen].reset_index(drop=True)
            part = answer(rows, facts)
            part.index = pd.Index(np.flatnonzero(chosen))
            parts.append(part)
    if not parts:
        return Predictions(_serve(spec, facts), time.perf_counter() - started)
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


def _frame(
    spec: pd.DataFrame,
    kind: str,
    *,
    refusals: Refusals,
    notes: Notes,
    unfit: Bools,
    own: Bools,
    flags: dict[str, Bools],
    columns: dict[str, Floats],
) -> pd.DataFrame:
    refused = refusals.any
    fits = np.where(unfit, 0.0, np.where(refused, np.nan, 1.0))
    identifiers = texts(spec, "config_id")
    if "config_id" not in spec:
        identifiers = pd.Series(np.arange(1, len(spec) + 1), index=spec.index).astype("str")
    head: dict[str, object] = {
        "config_id": identifiers,
        "kind": kind,
        "fits": pd.array(fits, dtype="Float64").astype("boolean"),
        "refused_because": refusals.reasons,
        **flags,
        "assumed": notes.joined(),
        "basis": basis_of(own),
    }
    # Each column keeps its own array: copying a hundred of them into one block costs as much as
    # the estimate itself.
    return pd.DataFrame({**head, **columns}, index=spec.index, copy=False)


def _serve(spec: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    with np.errstate(all="ignore"):
        ready = prepare(spec, tables)
        answer = figures(spec, ready, tables)
        refused = ready.refusals.any
        parts = memory_parts(ready, answer.running)
        values = {name: np.where(refused, np.nan, x) for name, x in answer.values.items()}
        parts = {name: np.where(refused & ~ready.unfit, np.nan, x) for name, x in parts.items()}
        columns = with_ranges({**values, **parts}, ready.doubts)
    flags = {
        "overloaded": answer.overloaded & ~refused,
        "memory_limited": answer.memory_limited & ~refused,
    }
    return _frame(
        spec,
        "serving",
        refusals=ready.refusals,
        notes=ready.notes,
        unfit=ready.unfit,
        own=ready.own,
        flags=flags,
        columns=columns,
    )


def _train(spec: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    with np.errstate(all="ignore"):
        answer = training_figures(spec, tables)
        refused = answer.refusals.any
        hidden = {
            name: refused & ~answer.unfit if name.startswith("memory_") else refused
            for name in answer.values
        }
        values = {name: np.where(hidden[name], np.nan, x) for name, x in answer.values.items()}
        columns = with_ranges(values, answer.doubts)
    flags = {
        "overloaded": np.zeros(len(spec), dtype=np.bool_),
        "memory_limited": np.zeros(len(spec), dtype=np.bool_),
    }
    return _frame(
        spec,
        "training",
        refusals=answer.refusals,
        notes=answer.notes,
        unfit=answer.unfit,
        own=answer.own,
        flags=flags,
        columns=columns,
    )
