"""The search for serving: what it chooses is what the estimates say, and nothing better is left."""

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.capacity import Space, Tables, estimate, search_serving
from freehold.errors import InputError

_CHIPS = ("nvidia-h100-sxm", "nvidia-l40s", "amd-mi300x", "google-tpu-v6e", "hailo-8")
_WORKLOAD = {
    "workload_id": "chat",
    "kind": "serving",
    "model_id": "llama3.3-70b",
    "input_tokens": 1000.0,
    "output_tokens": 300.0,
    "requests_per_s": 10.0,
    "ttft_slo_ms": 2000.0,
    "tpot_slo_ms": 50.0,
}


def _row(**changes: object) -> pd.DataFrame:
    return pd.DataFrame([{**_WORKLOAD, **changes}])


@pytest.mark.parametrize("by", ["cost", "latency", "energy"])
def test_every_row_meets_the_targets_and_carries_the_demand(
    connection: duckdb.DuckDBPyConnection, tables: Tables, by: str
) -> None:
    found = search_serving(
        _row(),
        connection,
        by=by,  # type: ignore[arg-type]
        space=Space(chips=_CHIPS),
        tables=tables,
    )
    rows = found.rows
    assert (rows["ttft_ms"] <= 2000.0).all() and (rows["tpot_ms"] <= 50.0).all()
    assert (rows["requests_per_s"] >= 10.0 * (1 - 1e-9)).all()
    assert (rows["memory_total_gib"] > 0).all()
    assert (rows["devices"] <= rows["machines"] * rows["accelerators_per_machine"] + 1e-9).all()
    ranked = {"cost": "usd_per_m_tokens", "latency": "e2e_latency_ms", "energy": "kwh_per_m_tokens"}
    best = rows[ranked[by]].dropna()
    assert best.is_monotonic_increasing
    assert set(found.refused["accelerator_id"]) >= {"hailo-8"}
    assert "hailo-8" not in set(rows["accelerator_id"])


def test_a_found_row_is_what_the_estimate_says_of_the_same_configuration(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    rows = search_serving(_row(), connection, space=Space(chips=_CHIPS), tables=tables).rows
    rows = rows.drop_duplicates("accelerator_id")
    spec = rows[["accelerator_id", "tp", "pp", "weight_precision", "kv_precision"]].assign(
        model="llama3.3-70b",
        activation_precision=rows["activation_precision"],
        input_tokens=1000.0,
        output_tokens=300.0,
        concurrency_or_batch=rows["batch_per_replica"],
        accelerators=rows["tp"] * rows["pp"],
    )
    # A search sizes for requests that arrive by themselves, not for a closed loop of clients.
    apart = replace(tables, assumed=tables.assumed.changed({"ttft_arrival_correlation": 0.0}))
    said = estimate(spec, connection, tables=apart).table
    assert said["refused_because"].tolist() == [""] * len(rows)
    np.testing.assert_allclose(said["tpot_ms"], rows["tpot_ms"], rtol=1e-9)
    np.testing.assert_allclose(said["ttft_ms_high80"], rows["ttft_ms_high80"], rtol=1e-9)


def test_no_configuration_left_out_is_cheaper(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    def cheapest(space: Space) -> float:
        found = search_serving(_row(), connection, space=space, tables=tables)
        return float(found.rows["usd_per_m_tokens"].iloc[0])

    chips = ("nvidia-h100-sxm",)
    whole = cheapest(Space(chips=chips))
    parts = [
        cheapest(Space(chips=chips, precisions=(precision,), tensor=(ways,), stages=(1.0,)))
        for precision in ("fp8", "int4")
        for ways in (2.0,)
    ]
    assert whole <= min(parts) * (1 + 1e-9)


def test_a_chip_nobody_measured_is_named_and_its_range_is_wider(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    chips = ("nvidia-h100-sxm", "google-tpu-v7")
    rows = search_serving(_row(), connection, space=Space(chips=chips), tables=tables).rows
    width = (rows["tpot_ms_high80"] / rows["tpot_ms_low80"]).groupby(rows["chip_measured"]).min()
    assert width[False] > width[True]


def test_impossible_targets_leave_only_reasons(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    found = search_serving(
        _row(ttft_slo_ms=0.001), connection, space=Space(chips=_CHIPS), tables=tables
    )
    assert found.rows.empty
    assert found.refused["configurations"].sum() == found.configurations
    assert found.refused["reason"].str.contains("latency targets cannot be met").any()


def test_chips_and_precisions_that_do_not_exist_are_named(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    with pytest.raises(InputError, match="abacus"):
        search_serving(_row(), connection, space=Space(chips=("abacus",)), tables=tables)
    with pytest.raises(InputError, match="int3"):
        search_serving(_row(), connection, space=Space(precisions=("int3",)), tables=tables)
    with pytest.raises(InputError, match="requests_per_s cannot be -1"):
        search_serving(_row(requests_per_s=-1.0), connection, tables=tables)


@settings(max_examples=3, deadline=None)
@given(rate=st.floats(0.01, 1e4), more=st.floats(1.0, 50.0))
def test_more_demand_never_costs_less_in_all(
    connection: duckdb.DuckDBPyConnection, tables: Tables, rate: float, more: float
) -> None:
    space = Space(chips=("nvidia-h100-sxm", "nvidia-l40s"), precisions=("fp8",))

    def least(demand: float) -> float:
        found = search_serving(_row(requests_per_s=demand), connection, space=space, tables=tables)
        return float(found.rows["usd_per_month"].min())

    assert least(rate * more) >= least(rate) * (1 - 1e-9)


def test_the_three_precisions_count_apart(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    base = {
        "model": "llama3.1-8b",
        "accelerator_id": "nvidia-h100-sxm",
        "tp": 1.0,
        "input_tokens": 1000.0,
        "output_tokens": 200.0,
        "concurrency_or_batch": 8.0,
    }
    spec = pd.DataFrame(
        [
            {**base, "precision": "bf16"},
            {**base, "precision": "bf16", "kv_precision": "fp8"},
            {**base, "precision": "bf16", "weight_precision": "int4"},
            {**base, "weight_precision": "int4", "activation_precision": "fp8"},
            {**base, "precision": "bf16", "kv_precision": "int9"},
        ]
    ).fillna("")
    table = estimate(spec, connection, tables=tables).table
    cache, weights = table["memory_kv_gib"], table["memory_weights_gib"]
    assert cache[1] == pytest.approx(cache[0] / 2)
    assert weights[1] == weights[0] and cache[2] == cache[0]
    assert weights[2] < 0.5 * weights[0] and weights[3] == weights[2]
    assert table["prefill_tokens_per_s"][3] > table["prefill_tokens_per_s"][2]
    assert table["refused_because"][4] == "precision int9 is not known"
