"""Sizing demands and estate workloads, and the offers they could run on."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples

from freehold.capacity import Tables, candidates, latency_curve, size_serving, size_workloads
from freehold.costing import cost_workloads
from freehold.errors import InputError

_CHAT = {
    "workload_id": "chat",
    "kind": "serving",
    "model_id": "llama3.3-70b",
    "precision": "fp8",
    "provider_id": "nebius",
    "region_id": "eu-north1",
    "term": "on_demand",
    "accelerator_id": "nvidia-h100-sxm",
    "input_tokens": 1500.0,
    "output_tokens": 300.0,
    "requests_per_s": 4.0,
    "ttft_slo_ms": 2000.0,
    "tpot_slo_ms": 50.0,
}
_TUNING = {
    "workload_id": "tuning",
    "kind": "training",
    "task": "lora",
    "model_id": "llama3.1-70b",
    "precision": "bf16",
    "accelerator_id": "nvidia-h100-sxm",
    "accelerator_count": 8.0,
    "tokens_b": 0.5,
    "seq_len": 4096.0,
    "global_batch": 64.0,
    "runs_per_month": 4.0,
}


def _demand(**values: object) -> pd.DataFrame:
    rows = max([1, *(len(value) for value in values.values() if isinstance(value, list))])
    base = {key: value for key, value in _CHAT.items() if key != "model_id"}
    return pd.DataFrame({**base, "model": "llama3.3-70b", **values}, index=range(rows))


def test_devices_grow_with_the_demand_and_shrink_with_looser_targets(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    by_demand = size_serving(
        _demand(requests_per_s=[1.0, 5.0, 25.0, 125.0]), connection, tables=tables
    )
    assert (np.diff(by_demand["devices_needed"]) > 0).all()
    by_target = size_serving(
        _demand(requests_per_s=50.0, tpot_slo_ms=[30.0, 60.0, 120.0]), connection, tables=tables
    )
    assert (np.diff(by_target["devices_needed"]) <= 0).all()
    for table in (by_demand, by_target):
        assert (table["tpot_ms"] <= 120.0 * 1.001).all()
        assert table["meets_targets"].all()
        assert (table["devices_needed_low80"] <= table["devices_needed"]).all()
        assert (table["devices_needed"] <= table["devices_needed_high80"]).all()


def test_targets_below_one_lone_request_are_named(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    row = size_serving(_demand(tpot_slo_ms=0.5), connection, tables=tables).iloc[0]
    assert row["refused_because"].startswith("the targets cannot be met: one request alone")
    assert np.isnan(row["devices_needed"])
    assert row["fits"]


def test_too_few_devices_are_overload_not_a_number(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    table = size_serving(
        _demand(requests_per_s=60.0, accelerator_count=[2.0, 400.0]), connection, tables=tables
    )
    assert table["overloaded"].tolist() == [True, False]
    assert np.isnan(table["ttft_ms"].iloc[0])
    assert np.isfinite(table["ttft_ms"].iloc[1])
    assert table["devices_needed"].iloc[0] > 2
    assert table["requests_per_s"].iloc[0] < 60


def test_an_estate_with_gaps_is_sized_where_it_can_be(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    rows: list[dict[str, object]] = [
        _CHAT,
        _TUNING,
        {"workload_id": "api", "kind": "serving", "term": "token_api", "model_id": "gpt-oss-120b"},
        {"workload_id": "erp", "kind": "classic", "vcpus": 64.0},
        {"workload_id": "blank"},
        {"workload_id": "no model", "kind": "serving", "accelerator_id": "nvidia-l4"},
        {**_TUNING, "workload_id": "no tokens", "tokens_b": np.nan},
    ]
    sized = size_workloads(pd.DataFrame(rows), connection, tables=tables)
    assert sized["workload_id"].tolist() == [row["workload_id"] for row in rows]
    reason = dict(zip(sized["workload_id"], sized["refused_because"], strict=True))
    assert reason["chat"] == reason["tuning"] == reason["api"] == reason["erp"] == ""
    assert reason["blank"] == "kind of workload not stated"
    assert "no model is named" in reason["no model"]
    chat, tuning = sized.iloc[0], sized.iloc[1]
    assert chat["device_hours_per_month"] == chat["devices_needed"] * 730
    assert chat["kwh_per_month"] > 0
    assert tuning["gpu_hours_per_month"] == pytest.approx(4 * tuning["gpu_hours_per_run"])
    assert tuning["gpu_hours_per_month_low80"] < tuning["gpu_hours_per_month"]
    assert "training tokens not stated" in sized.iloc[6]["assumed"]
    assert np.isnan(sized.iloc[6]["gpu_hours_per_month"])


def test_an_empty_estate_is_an_empty_answer(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    empty = pd.DataFrame({name: [] for name in _CHAT})
    assert len(size_workloads(empty, connection, tables=tables)) == 0


def test_candidates_are_ranked_and_nothing_is_dropped_unsaid(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    offers = candidates(pd.DataFrame([_CHAT]), connection, currency="USD", tables=tables)
    priced = offers[offers["cost_per_month"].notna()]
    assert len(priced) > 100
    assert priced["cost_per_month"].is_monotonic_increasing
    assert (offers[offers["cost_per_month"].isna()]["refused_because"] != "").all()
    assert priced["provider_id"].nunique() > 10
    per_machine = priced["accelerators_per_machine"].astype(float)
    assert (priced["machines"] * per_machine >= priced["devices_needed"]).all()


def test_candidates_take_one_workload(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    with pytest.raises(InputError, match="one workload at a time"):
        candidates(pd.DataFrame([_CHAT, _TUNING]), connection, tables=tables)


def test_a_latency_curve_runs_from_one_request_past_the_memory_limit(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    curve = latency_curve(
        pd.DataFrame([{**_CHAT, "accelerator_count": 4.0}]), connection, tables=tables
    )
    assert curve["concurrency"].iloc[0] == 1
    assert (np.diff(curve["concurrency"]) > 0).all()
    assert (np.diff(curve["tpot_ms"]) >= -1e-9).all()
    assert curve["memory_limited"].iloc[-1]
    assert not curve["memory_limited"].iloc[0]
    hopeless = latency_curve(
        pd.DataFrame([{**_CHAT, "accelerator_id": "nvidia-l4", "accelerator_count": 1.0}]),
        connection,
        tables=tables,
    )
    assert hopeless["refused_because"].iloc[0].startswith("does not fit")


def test_a_scenario_may_change_a_chip(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE SCHEMA catalogue_7")
    connection.execute("CREATE TABLE catalogue_7.accelerators AS FROM catalogue.accelerators")
    connection.execute("UPDATE catalogue_7.accelerators SET memory_bw_gb_s = memory_bw_gb_s * 2")
    here = size_workloads(pd.DataFrame([_CHAT]), connection)
    there = size_workloads(pd.DataFrame([_CHAT]), connection, catalogue="catalogue_7")
    connection.execute("DROP SCHEMA catalogue_7 CASCADE")
    assert there["tpot_ms"].iloc[0] < here["tpot_ms"].iloc[0]


@settings(max_examples=examples(10), deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"workload_id": st.text(max_size=3)},
            optional={
                "kind": st.sampled_from(["training", "serving", "batch", "classic", "?", None]),
                "task": st.sampled_from(["chat", "lora", "", None]),
                "model_id": st.sampled_from(["llama3.1-8b", "whisper-large-v3", "x", None]),
                "precision": st.sampled_from(["fp8", "bf16", "int4", None]),
                "accelerator_id": st.sampled_from(["nvidia-l4", "amd-mi300x", "hailo-8", None]),
                "provider_id": st.sampled_from(["aws", "nebius", "on-prem", "x", None]),
                "region_id": st.sampled_from(["eu-west-1", "eu-north1", "x", None]),
                "term": st.sampled_from(["on_demand", "owned", "token_api", "x", None]),
                "accelerator_count": st.floats() | st.none(),
                "tp": st.integers(-1, 300) | st.none(),
                "input_tokens": st.floats() | st.none(),
                "output_tokens": st.floats() | st.none(),
                "requests_per_s": st.floats() | st.none(),
                "concurrency": st.floats() | st.none(),
                "ttft_slo_ms": st.floats() | st.none(),
                "tokens_b": st.floats() | st.none(),
                "runs_per_month": st.floats() | st.none(),
                "hours_per_month": st.floats() | st.none(),
                "utilisation": st.floats() | st.none(),
                "vcpus": st.floats() | st.none(),
            },
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_an_estate_holds_every_workload_is_answered_or_explained(
    connection: duckdb.DuckDBPyConnection, tables: Tables, rows: list[dict[str, object]]
) -> None:
    sized = size_workloads(pd.DataFrame(rows), connection, tables=tables)
    costs = cost_workloads(sized, connection)
    assert sized["workload_id"].tolist() == [row["workload_id"] for row in rows]
    unpriced = costs["cost_per_month"].isna()
    assert costs.loc[unpriced, "cost_reason"].notna().all()
    assert (costs.loc[~unpriced, "cost_per_month"] >= 0).all()
    no_energy = costs["kwh_per_month"].isna()
    assert costs.loc[no_energy, "energy_reason"].notna().all()
    assert (costs.loc[~no_energy, "kwh_per_month"] >= 0).all()


def test_one_impossible_value_in_any_column_is_survived(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    bases: list[dict[str, object]] = [
        {**_CHAT, "accelerator_count": 8.0, "hours_per_month": 700.0, "utilisation": 0.5},
        {**_TUNING, "provider_id": "nebius", "region_id": "eu-north1", "hours_per_month": 700.0},
        {**_CHAT, "term": "owned", "provider_id": "on-prem", "country_iso2": "DE"},
        {**_CHAT, "term": "token_api", "provider_id": "scaleway"},
    ]
    odd_numbers: list[object] = [-1.0, 0.0, np.inf, -np.inf, np.nan, 1e300, 1e12, 1e-300]
    odd_texts: list[object] = [None, "", "zz"]
    rows = [
        {**base, column: value, "workload_id": f"{column}={value}"}
        for base in bases
        for column, usual in base.items()
        if column != "workload_id"
        for value in (odd_numbers if isinstance(usual, float) else odd_texts)
    ]
    sized = size_workloads(pd.DataFrame(rows), connection, tables=tables)
    costs = cost_workloads(sized, connection)
    unpriced = costs["cost_per_month"].isna()
    assert costs.loc[unpriced, "cost_reason"].notna().all()
    assert (costs.loc[~unpriced, "cost_per_month"] >= 0).all()
    figures = ["devices", "devices_needed", "gpu_hours_per_month", "ttft_ms", "kwh_per_month"]
    values = sized[figures].apply(pd.to_numeric).to_numpy(dtype=float)
    assert not np.isinf(values).any()
    assert not (values < 0).any()
    beyond = sized[sized["workload_id"] == "utilisation=1000000000000.0"].iloc[0]
    assert "utilisation is out of range and not used" in beyond["assumed"]
