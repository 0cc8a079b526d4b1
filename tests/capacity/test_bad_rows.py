"""A bad row gets a named reason; its neighbours are answered."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.capacity import Tables, estimate, metrics
from freehold.errors import InputError

_SERVING = {
    "model": "llama3.1-8b",
    "params_b": np.nan,
    "accelerator_id": "nvidia-h100-sxm",
    "accelerators": 1.0,
    "tp": 1.0,
    "precision": "bf16",
    "input_tokens": 1000.0,
    "output_tokens": 200.0,
    "concurrency_or_batch": 8.0,
}
_TRAINING = {
    "model": "llama3-8b",
    "phase": "pretrain",
    "accelerator_id": "nvidia-h100-sxm",
    "accelerators": 64.0,
    "parallelism": "fsdp=64",
    "precision": "bf16",
    "seq_len": 8192.0,
    "global_batch": 512.0,
    "tokens_b": 10.0,
}


def _reasons(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    good: dict[str, object],
    **bad: object,
) -> list[str]:
    spec = pd.DataFrame([good, {**good, **bad}, good])
    table = estimate(spec, connection, tables=tables).table
    assert len(table) == 3
    return [str(reason) for reason in table["refused_because"]]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"tp": 3.0, "accelerators": 3.0}, "tp 3 does not divide the 32 attention heads"),
        ({"tp": 64.0, "accelerators": 64.0}, "tp 64 does not divide"),
        ({"tp": 8.0}, "needs more than the 1 devices given"),
        ({"model": "nobody-9b"}, "model nobody-9b is not in the catalogue"),
        ({"model": ""}, "no model is named"),
        ({"accelerator_id": "abacus"}, "accelerator abacus is not in the catalogue"),
        ({"accelerator_id": None}, "no accelerator is named"),
        ({"accelerator_id": "hailo-8"}, "the catalogue has no memory size for hailo-8"),
        ({"precision": "int3"}, "precision int3 is not known"),
        ({"accelerators": 1e12}, "accelerators 1e+12 is more than any cluster has"),
        ({"accelerators": 0.0}, "accelerators must be positive"),
        ({"accelerators": -4.0}, "accelerators must be positive"),
        ({"accelerators": np.inf}, "accelerators is not a finite number"),
        ({"tp": 1.5}, "tp must be a whole number"),
        ({"input_tokens": -5.0}, "input_tokens cannot be -5"),
        ({"input_tokens": np.inf}, "input_tokens cannot be inf"),
        ({"output_tokens": np.nan}, "output_tokens is not stated"),
        ({"input_tokens": 0.0, "output_tokens": 0.0}, "are both zero"),
        ({"input_tokens": 200_000.0}, "beyond the 131072 tokens context of llama3.1-8b"),
        ({"concurrency_or_batch": 0.0}, "concurrency_or_batch cannot be 0"),
        ({"ep": 4.0}, "ep 4 is given but llama3.1-8b has no experts"),
        ({"pp": 33.0, "accelerators": 33.0}, "pp 33 is more than the 32 layers"),
        ({"model": "unheard", "params_b": -3.0}, "params_b of unheard cannot be right"),
    ],
)
def test_a_bad_serving_row_is_named_and_the_others_answered(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    bad: dict[str, object],
    reason: str,
) -> None:
    first, named, last = _reasons(connection, tables, _SERVING, **bad)
    assert reason in named
    assert (first, last) == ("", "")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"accelerators": 1e12}, "more than any cluster has"),
        ({"tokens_b": -1.0}, "tokens_b must be positive"),
        ({"tokens_b": 1e30}, "tokens_b 1e+30 is more than any run has"),
        ({"seq_len": 0.0}, "seq_len must be positive"),
        ({"global_batch": 8.0}, "smaller than the 64 data-parallel ranks"),
        ({"recompute": "sometimes"}, "recompute sometimes is not"),
        ({"parallelism": "tp=5;pp=1"}, "tp 5 does not divide"),
        ({"parallelism": "tp=8;pp=16;dp=8"}, "needs more than the 64 devices given"),
        ({"parallelism": "tp=1;pp=64"}, "pp 64 is more than the 32 layers"),
        ({"model": "llama3.1-405b", "accelerators": 8.0, "parallelism": "fsdp=8"}, "does not fit"),
    ],
)
def test_a_bad_training_row_is_named_and_the_others_answered(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    bad: dict[str, object],
    reason: str,
) -> None:
    first, named, last = _reasons(connection, tables, _TRAINING, **bad)
    assert reason in named
    assert (first, last) == ("", "")


@pytest.mark.parametrize(
    ("good", "column", "word"),
    [
        (_SERVING, "tp", "several"),
        (_SERVING, "input_tokens", "many"),
        (_SERVING, "output_tokens", "nan"),
        (_SERVING, "concurrency_or_batch", "NaN"),
        (_SERVING, "qps", "some"),
        (_SERVING, "prefix_hit_share", "half"),
        (_SERVING, "params_b", "NaN"),
        (_TRAINING, "tokens_b", "few"),
        (_TRAINING, "seq_len", "NaN"),
        (_TRAINING, "zero", "all"),
    ],
)
def test_a_word_where_a_number_belongs_is_named_and_a_blank_says_nothing(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    good: dict[str, object],
    column: str,
    word: str,
) -> None:
    blank = {"params_b": "", "qps": "", "prefix_hit_share": "", "zero": ""}
    spec = pd.DataFrame([{**good, **blank}, {**good, **blank, column: word}]).astype(str)
    table = estimate(spec, connection, tables=tables).table
    assert table["refused_because"].tolist() == ["", f"{column} is not a number: {word}"]


def test_a_model_known_only_by_size_is_answered_flagged_and_wider(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    spec = pd.DataFrame([{**_SERVING, "model": "house-8b", "params_b": 8.03}, _SERVING])
    table = estimate(spec, connection, tables=tables).table
    assert table["refused_because"].tolist() == ["", ""]
    assert "generic architecture" in table["assumed"].iloc[0]
    ratio = table["tpot_ms"].iloc[0] / table["tpot_ms"].iloc[1]
    assert 0.8 < ratio < 1.25
    width = table["tpot_ms_high80"] / table["tpot_ms_low80"]
    assert width.iloc[0] > width.iloc[1]


@pytest.mark.parametrize(
    ("unseen", "said"),
    [
        ({"accelerator_id": "google-tpu-v6e"}, "chip not measured"),
        ({"model": "falcon-mamba-7b", "input_tokens": 500.0}, "class of model not measured"),
        ({"model": "qwen3-vl-8b"}, "class of model not measured"),
        ({"engine": "homegrown 0.1"}, "software stack not measured"),
    ],
)
def test_what_nobody_measured_is_answered_said_and_wider(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    unseen: dict[str, object],
    said: str,
) -> None:
    rows = [{**_SERVING, "engine": "vllm 0.12"}, {**_SERVING, "engine": "", **unseen}]
    table = estimate(pd.DataFrame(rows), connection, tables=tables).table
    assert table["refused_because"].tolist() == ["", ""]
    assert table["assumed"].iloc[0] == ""
    assert said in table["assumed"].iloc[1]
    width = table["tpot_ms_high80"] / table["tpot_ms_low80"]
    assert width.iloc[1] > 1.2 * width.iloc[0]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "model": st.sampled_from(["llama3.1-8b", "deepseek-r1", "x", "", None]),
                "params_b": st.floats() | st.none(),
                "accelerator_id": st.sampled_from(["nvidia-h100-sxm", "hailo-8", "", None]),
                "accelerators": st.floats() | st.integers(-5, 10**12) | st.none(),
                "tp": st.floats() | st.integers(-1, 300) | st.none(),
                "dp": st.integers(-1, 300) | st.none(),
                "ep": st.integers(-1, 300) | st.none(),
                "precision": st.sampled_from(["bf16", "fp4", "q4_k_m", "zz", ""]),
                "input_tokens": st.floats() | st.text(max_size=3),
                "output_tokens": st.floats() | st.none(),
                "concurrency_or_batch": st.sampled_from(["max", "1", "-1", "1e400", "", "64"]),
                "qps": st.floats() | st.none(),
                "scenario": st.text(max_size=8),
                "phase": st.sampled_from(["", "pretrain", "lora", "?"]),
                "seq_len": st.floats() | st.none(),
                "global_batch": st.floats() | st.none(),
                "tokens_b": st.floats() | st.none(),
            },
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_row_whatever_stops_the_table(
    connection: duckdb.DuckDBPyConnection, tables: Tables, rows: list[dict[str, object]]
) -> None:
    spec = pd.DataFrame([{**row, "scenario": row.get("scenario", "")} for row in rows])
    table = estimate(spec, connection, tables=tables).table
    assert len(table) == len(rows)
    names = [name for name in metrics() if name in table and not name.startswith("memory_")]
    refused = table["refused_because"] != ""
    assert table.loc[refused, names].isna().all(axis=None)
    answered = table.loc[~refused]
    figures = answered[names].to_numpy(dtype=float)
    assert not np.isinf(figures).any()
    assert not (figures < 0).any()


def test_a_table_of_neither_kind_is_refused(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    with pytest.raises(InputError, match="neither a training nor a serving"):
        estimate(pd.DataFrame({"colour": ["red"]}), connection, tables=tables)
