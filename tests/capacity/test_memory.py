"""Weights and cache against figures worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from freehold.capacity import Tables, estimate
from freehold.capacity.columns import words
from freehold.capacity.memory import GIB, weight_bytes


def _row(**values: object) -> pd.DataFrame:
    row = {
        "config_id": "x",
        "model": "llama3-70b",
        "accelerator_id": "nvidia-h100-sxm",
        "accelerators": 8,
        "tp": 8,
        "precision": "bf16",
        "input_tokens": 1000,
        "output_tokens": 200,
        "concurrency_or_batch": 1,
        "scenario": "closed loop aggregated",
    }
    return pd.DataFrame([{**row, **values}])


def _kv_per_token(tables: Tables, model: str) -> float:
    a = tables.models.architectures(_row(model=model), tables.assumed)
    one = np.ones(1)
    first, second = (a.cache_bytes(n * one, 2 * one, one, one) for n in (1.0, 2.0))
    return float((second - first)[0])


def test_weights_of_llama_3_70b_in_bf16_are_141_gb(tables: Tables) -> None:
    spec = _row()
    a = tables.models.architectures(spec, tables.assumed)
    precision = tables.precisions.read(words(spec, "precision"))
    assert weight_bytes(a, precision)[0] / 1e9 == pytest.approx(141.1, abs=0.1)


def test_a_quantised_checkpoint_keeps_its_embeddings_in_16_bit(tables: Tables) -> None:
    spec = _row(precision="fp8")
    a = tables.models.architectures(spec, tables.assumed)
    precision = tables.precisions.read(words(spec, "precision"))
    by_hand = 70.55e9 + 2 * 128000 * 8192  # one byte each, and one more for the two matrices
    assert weight_bytes(a, precision)[0] == pytest.approx(by_hand, rel=1e-3)


@pytest.mark.parametrize(
    ("model", "bytes_by_hand"),
    [
        ("llama3-70b", 2 * 8 * 128 * 80 * 2),  # grouped: two x key-value heads x width x layers
        ("llama2-7b", 2 * 32 * 128 * 32 * 2),  # every head has its own
        ("falcon-7b", 2 * 1 * 64 * 32 * 2),  # one shared head
        ("deepseek-v3", (512 + 64) * 61 * 2),  # latent rank and rotary part only
        ("bge-m3", 0),  # encoders keep no cache
        ("falcon-mamba-7b", 0),  # state-space layers keep none either
    ],
)
def test_cache_per_token_follows_the_kind_of_attention(
    tables: Tables, model: str, bytes_by_hand: int
) -> None:
    assert _kv_per_token(tables, model) == bytes_by_hand


def test_experts_take_what_the_active_weights_leave(tables: Tables) -> None:
    a = tables.models.architectures(_row(model="deepseek-v3"), tables.assumed)
    assert a.expert_weights[0] == pytest.approx((671e9 - 37e9) / (256 - 8))
    total = a.body_weights + a.head_weights + a.embedding_weights + a.experts * a.expert_weights
    assert total[0] == pytest.approx(671e9)


def test_parts_of_the_memory_add_up_and_cut_with_tensor_parallelism(
    connection: object, tables: Tables
) -> None:
    spec = pd.concat([_row(tp=4, accelerators=4), _row(tp=8)], ignore_index=True)
    table = estimate(spec, connection, tables=tables).table  # type: ignore[arg-type]
    parts = [f"memory_{part}_gib" for part in ("weights", "kv", "activations", "reserve")]
    assert table[parts].sum(axis=1).to_numpy() == pytest.approx(table["memory_total_gib"])
    assert table["memory_weights_gib"].tolist() == pytest.approx(
        [141.1e9 / 4 / GIB, 141.1e9 / 8 / GIB], rel=1e-3
    )


def test_what_does_not_fit_is_refused_with_the_parts_named(
    connection: object, tables: Tables
) -> None:
    table = estimate(_row(tp=1, accelerators=1), connection, tables=tables).table  # type: ignore[arg-type]
    row = table.iloc[0]
    assert row["fits"] is np.False_ or row["fits"] is False
    assert row["refused_because"].startswith("does not fit: one device needs")
    assert "weights 131.4" in row["refused_because"]
    assert np.isnan(row["tpot_ms"])
    assert row["memory_weights_gib"] == pytest.approx(131.4, abs=0.1)


def test_windows_and_states_keep_less_than_the_whole_context(tables: Tables) -> None:
    one = np.ones(1)

    def kept(model: str, context: float) -> float:
        a = tables.models.architectures(_row(model=model), tables.assumed)
        return float(a.cache_bytes(context * one, 2 * one, one, one)[0])

    per_token = 2 * 8 * 64 * 2  # gpt-oss: key and value, 8 heads of 64, 16 bit
    assert kept("gpt-oss-20b", 100.0) == 24 * 100 * per_token
    assert kept("gpt-oss-20b", 10_000.0) == (12 * 10_000 + 12 * 128) * per_token
    assert kept("falcon-mamba-7b", 10.0) == kept("falcon-mamba-7b", 8000.0) > 0
    grown = kept("jamba-1.5-large", 2000.0) - kept("jamba-1.5-large", 1000.0)
    assert grown == 9 * 1000 * 2 * 8 * 128 * 2  # nine of its layers attend
