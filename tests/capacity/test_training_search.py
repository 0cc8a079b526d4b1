"""The search for training layouts: what it returns can run, and nothing it tried is faster."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from freehold.capacity import TrainingSearch, estimate, presets, search_training
from freehold.capacity.checks import Tables
from freehold.errors import InputError

_RUN = {
    "model": "llama3.1-70b",
    "accelerator_id": "nvidia-h100-sxm",
    "phase": "pretrain",
    "precision": "bf16",
    "seq_len": 8192.0,
    "global_batch": 2048.0,
    "tokens_b": 1000.0,
}
_WAYS = ["tp", "pp", "cp", "ep", "dp", "zero", "interleave", "micro_batch", "recompute"]


@pytest.fixture(scope="module")
def found(connection: duckdb.DuckDBPyConnection, tables: Tables) -> TrainingSearch:
    return search_training(
        pd.DataFrame([_RUN]), connection, devices=(2048.0,), tables=tables, top=10_000
    )


def test_every_layout_uses_all_devices_and_fits(found: TrainingSearch) -> None:
    rows = found.rows
    used = rows["tp"] * rows["pp"] * rows["cp"] * rows["dp"]
    assert (used == 2048).all()
    assert (rows["memory_total_gib"] <= 80).all()
    parts = rows[[f"memory_{part}_gib" for part in
                  ("weights", "gradients", "optimizer", "activations", "reserve")]]  # fmt: skip
    np.testing.assert_allclose(parts.sum(axis=1), rows["memory_total_gib"])
    assert found.refused["configurations"].sum() + len(rows) == found.configurations
    assert rows["mfu"].between(0, 1).all() and rows["goodput"].between(0, 1).all()


def test_the_first_layout_is_the_fastest_and_the_estimate_says_the_same(
    found: TrainingSearch, connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    rows = found.rows
    assert rows["step_time_s"].iloc[0] == pytest.approx(rows["step_time_s"].min())
    again = pd.DataFrame([{**_RUN, "accelerators": 2048.0, **rows[_WAYS].iloc[0].to_dict()}])
    said = estimate(again, connection, tables=tables).table.iloc[0]
    assert said["refused_because"] == ""
    for name in ("step_time_s", "mfu", "memory_total_gib", "gpu_hours_high80"):
        assert said[name] == pytest.approx(rows[name].iloc[0])


def test_zero_and_recomputation_trade_memory_as_they_should(found: TrainingSearch) -> None:
    rows = found.rows.set_index(_WAYS)["memory_total_gib"].unstack("zero")
    assert (rows[1.0] <= rows[0.0]).loc[rows[0.0].notna() & rows[1.0].notna()].all()
    again = found.rows.set_index(_WAYS)[["memory_total_gib", "step_time_s"]].unstack("recompute")
    both = again.dropna()
    assert (both["memory_total_gib"]["full"] < both["memory_total_gib"]["none"]).all()
    assert (both["step_time_s"]["full"] > both["step_time_s"]["none"]).all()


def test_experts_are_spread_and_the_cost_follows_the_price(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    job = pd.DataFrame([{**_RUN, "model": "qwen3-30b-a3b", "global_batch": 1024.0}])
    rows = search_training(
        job, connection, devices=(256.0, 512.0), by="cost", tables=tables, top=500
    ).rows
    assert (rows["ep"] > 1).any()
    np.testing.assert_allclose(
        rows["usd_per_run"], rows["gpu_hours"] * rows["usd_per_device_hour"], rtol=1e-9
    )
    assert rows["usd_per_run"].iloc[0] == pytest.approx(rows["usd_per_run"].min(), rel=1e-6)


@pytest.mark.parametrize("phase", ["pretrain", "continued", "sft", "lora", "qlora"])
def test_a_phase_alone_is_enough(
    connection: duckdb.DuckDBPyConnection, tables: Tables, phase: str
) -> None:
    job = {"model": "llama3.1-8b", "accelerator_id": "nvidia-h100-sxm", "phase": phase}
    rows = search_training(
        pd.DataFrame([job]), connection, devices=(16.0,), tables=tables, top=5
    ).rows
    assert not rows.empty
    assert rows["assumed"].str.contains(f"preset for {phase}").all()
    assert phase in set(presets()["phase"])


def test_adapters_need_less_memory_than_full_weights(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    spec = pd.DataFrame([{**_RUN, "accelerators": 8.0, "tp": 8.0, "phase": phase,
                          "precision": precision, "model": "llama3.1-8b", "global_batch": 8.0}
                         for phase, precision in (("sft", "bf16"), ("lora", "bf16"),
                                                  ("qlora", "int4"))])  # fmt: skip
    memory = estimate(spec, connection, tables=tables).table["memory_total_gib"]
    assert memory[2] < memory[1] < memory[0]


def test_what_cannot_be_is_said_by_name(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    job = pd.DataFrame([{**_RUN, "model": "nobody-9b"}])
    nobody = search_training(job, connection, devices=(64.0,), tables=tables)
    assert nobody.rows.empty
    assert nobody.refused["reason"].str.contains("nobody-#b is not in the catalogue").any()
    for count in (0.0, -8.0, 1.5, 1e12, float("nan")):
        with pytest.raises(InputError, match="cannot have"):
            search_training(pd.DataFrame([_RUN]), connection, devices=(count,), tables=tables)
    spec = pd.DataFrame([{**_RUN, "accelerators": 64.0, "zero": 4.0},
                         {**_RUN, "accelerators": 64.0, "pp": 32.0, "interleave": 4.0, "dp": 2.0},
                         {**_RUN, "accelerators": 64.0, "checkpoint_s": -1.0}])  # fmt: skip
    reasons = estimate(spec, connection, tables=tables).table["refused_because"]
    assert "zero 4 is not one of" in reasons[0]
    assert "interleave 4 is more than the 80 layers" in reasons[1]
    assert "checkpoint_s must be positive" in reasons[2]
