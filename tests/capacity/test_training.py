"""Training: FLOPs, memory and goodput by hand, and what must never change for the better."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.capacity import Tables, estimate
from freehold.capacity.assumptions import shipped
from freehold.capacity.columns import Floats
from freehold.capacity.memory import GIB
from freehold.capacity.training import goodput, model_flops_per_token


def _kept(devices: Floats) -> Floats:
    assumed = shipped()
    return goodput(
        devices,
        device_mtbf_h=assumed["device_mtbf_h"],
        checkpoint_s=assumed["checkpoint_s"],
        restart_s=assumed["restart_s"],
    ).share


def _answer(
    connection: duckdb.DuckDBPyConnection, tables: Tables, **columns: object
) -> pd.DataFrame:
    base = {
        "model": "llama3-8b",
        "phase": "pretrain",
        "accelerator_id": "nvidia-h100-sxm",
        "accelerators": 64.0,
        "parallelism": "fsdp=64;strategy=FULL_SHARD",
        "precision": "bf16",
        "seq_len": 8192.0,
        "global_batch": 512.0,
        "micro_batch": 1.0,
        "tokens_b": 10.0,
    }
    rows = max([1, *(len(value) for value in columns.values() if isinstance(value, list))])
    return estimate(
        pd.DataFrame({**base, **columns}, index=range(rows)), connection, tables=tables
    ).table


def test_flops_per_token_of_llama_3_8b(tables: Tables) -> None:
    a = tables.models.architectures(pd.DataFrame({"model": ["llama3-8b"]}), tables.assumed)
    by_hand = 6 * 8.03e9 + 12 * 32 * 32 * 128 * 8192
    assert model_flops_per_token(a, np.array([8192.0]))[0] == pytest.approx(by_hand)


def test_rates_times_hours_give_the_work_back(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    row = _answer(connection, tables).iloc[0]
    lasting = _kept(np.array([64.0]))[0]
    done = row["tokens_per_s_per_gpu"] * row["gpu_hours"] * 3600 * lasting
    assert done == pytest.approx(10e9)
    assert row["minutes"] * 60 * row["tokens_per_s_total"] == pytest.approx(10e9)
    steps = 10e9 / (512 * 8192)
    assert row["step_time_s"] * steps == pytest.approx(row["minutes"] * 60)
    assert 0.2 < row["mfu"] < 0.75
    assert row["tflops_per_gpu"] == pytest.approx(row["mfu"] * 989)


def test_full_sharding_divides_sixteen_bytes_per_parameter(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    row = _answer(connection, tables).iloc[0]
    state = ["memory_weights_gib", "memory_gradients_gib", "memory_optimizer_gib"]
    assert sum(row[state]) == pytest.approx(16 * 8.03e9 / 64 / GIB)


def test_zero_levels_hold_less_and_less(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    table = _answer(
        connection,
        tables,
        model="llama3.2-1b",
        parallelism=["tp=1;pp=1;dp=64", "fsdp=64;strategy=SHARD_GRAD_OP", "fsdp=64"],
    )
    assert (np.diff(table["memory_total_gib"]) < 0).all()


@pytest.mark.parametrize("metric", ["tokens_per_s_per_gpu", "memory_activations_gib"])
def test_recomputation_trades_time_for_memory(
    connection: duckdb.DuckDBPyConnection, tables: Tables, metric: str
) -> None:
    table = _answer(connection, tables, recompute=["none", "selective", "full"])
    assert (np.diff(table[metric]) < 0).all()


def test_a_pipeline_of_few_micro_batches_idles(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    table = _answer(
        connection,
        tables,
        parallelism="tp=1;pp=4;dp=16",
        global_batch=[16.0, 64.0, 1024.0],
    )
    assert (np.diff(table["mfu"]) > 0).all()


def test_lora_needs_far_less_memory_than_full_training(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    table = _answer(
        connection, tables, model="llama3-70b", phase=["sft", "lora"], parallelism="fsdp=64"
    )
    held = table["memory_optimizer_gib"] + table["memory_gradients_gib"]
    assert held.iloc[1] < 0.01 * held.iloc[0]


@given(devices=st.floats(1, 1e6), more=st.floats(1, 100))
def test_goodput_falls_with_the_number_of_devices(devices: float, more: float) -> None:
    shares = _kept(np.array([devices, devices * more]))
    assert 0 < shares[1] <= shares[0] <= 1


def test_the_layout_is_chosen_and_flagged_where_none_is_stated(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    row = _answer(
        connection, tables, model="llama3.1-405b", parallelism="", accelerators=1024.0
    ).iloc[0]
    assert row["refused_because"] == ""
    assert "parallel layout assumed" in row["assumed"]
