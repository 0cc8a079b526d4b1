"""Latency and throughput: properties that must hold whatever the efficiencies are."""

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.capacity import Tables, estimate
from freehold.capacity.roofline import ring_s, step_s
from freehold.capacity.serving import experts_touched

_CHIPS = ["nvidia-h100-sxm", "amd-mi300x", "google-tpu-v5p", "nvidia-l40s", "intel-gaudi3"]
_MODELS = ["llama3.1-8b", "qwen3-30b-a3b", "mistral-7b-v0.3", "qwen3-14b"]


def _spec(**columns: object) -> pd.DataFrame:
    base = {
        "model": "llama3.1-8b",
        "accelerator_id": "nvidia-h100-sxm",
        "accelerators": 1.0,
        "tp": 1.0,
        "precision": "bf16",
        "input_tokens": 1000.0,
        "output_tokens": 200.0,
        "concurrency_or_batch": 8.0,
        "scenario": "closed loop aggregated",
    }
    frame = pd.DataFrame({**base, **columns}, index=range(_length(columns)))
    return frame.assign(config_id=[str(place) for place in range(len(frame))])


def _length(columns: dict[str, object]) -> int:
    return max([1, *(len(value) for value in columns.values() if isinstance(value, list))])


def _answer(
    connection: duckdb.DuckDBPyConnection, tables: Tables, **columns: object
) -> pd.DataFrame:
    return estimate(_spec(**columns), connection, tables=tables).table


def test_decoding_one_sequence_cannot_beat_reading_the_weights(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    table = _answer(connection, tables, concurrency_or_batch=1.0)
    read_once_ms = 2 * (8.03e9 - 128000 * 4096) / 3350e9 * 1e3  # embeddings are looked up
    assert read_once_ms < table["tpot_ms"].iloc[0] < 3 * read_once_ms


@pytest.mark.parametrize(
    ("model", "weights"), [("bge-m3", 568e6 - 250002 * 1024), ("llama3.1-8b", 6.98e9)]
)
@pytest.mark.parametrize(
    "load",
    [
        {"concurrency_or_batch": [1.0, 8.0, 64.0, 512.0, 1e5]},
        {"concurrency_or_batch": np.nan, "qps": [1.0, 100.0, 1e4, 1e6]},
        {"concurrency_or_batch": np.nan, "scenario": ["offline"]},
    ],
)
def test_requests_without_answers_cannot_beat_the_peak(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    model: str,
    weights: float,
    load: dict[str, object],
) -> None:
    table = _answer(connection, tables, model=model, output_tokens=0.0, input_tokens=500.0, **load)
    assert (table["refused_because"] == "").all()
    rate = table["requests_per_s"][~table["overloaded"]]
    assert (rate > 0).all()
    assert (2 * weights * 500 * rate < 1.03 * 989e12).all()
    # Little's law: no more requests are in flight than asked.
    shown = table.index[~table["overloaded"] & np.isfinite(table["ttft_ms"])]
    if isinstance(load["concurrency_or_batch"], list):
        flight = (table["requests_per_s"] * table["ttft_ms"] / 1e3)[shown]
        assert (flight < 1.05 * np.array(load["concurrency_or_batch"])[shown]).all()


def test_prefill_cannot_beat_the_peak(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    table = _answer(
        connection, tables, input_tokens=8000.0, output_tokens=1.0, concurrency_or_batch=1.0
    )
    at_peak_ms = 2 * 7e9 * 8000 / 989e12 * 1e3
    assert at_peak_ms < table["ttft_ms"].iloc[0] < 4 * at_peak_ms


@settings(max_examples=40, deadline=None)
@given(
    chip=st.sampled_from(_CHIPS),
    model=st.sampled_from(_MODELS),
    precision=st.sampled_from(["bf16", "fp8", "int4"]),
    prompt=st.integers(1, 6000),
    output=st.integers(2, 1500),
)
def test_more_load_never_lowers_latency(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    *,
    chip: str,
    model: str,
    precision: str,
    prompt: int,
    output: int,
) -> None:
    table = _answer(
        connection,
        tables,
        model=model,
        accelerator_id=chip,
        precision=precision,
        accelerators=4.0,
        tp=2.0,
        input_tokens=float(prompt),
        output_tokens=float(output),
        concurrency_or_batch=[1.0, 2.0, 5.0, 16.0, 64.0, 256.0, 1024.0, 5000.0],
    )
    for metric in ("ttft_ms", "tpot_ms", "e2e_latency_ms"):
        values = table[metric].to_numpy()
        assert np.all(np.diff(values) >= -1e-9 * values[:-1]), metric
    total = table["output_tokens_per_s_total"].to_numpy()
    assert np.all(np.diff(total) >= -1e-6 * total[:-1])
    in_flight = table["requests_per_s"] * table["e2e_latency_ms"] / 1e3
    assert (
        in_flight
        <= _spec(concurrency_or_batch=[1.0, 2, 5, 16, 64, 256, 1024, 5000])["concurrency_or_batch"]
        * 1.0001
    ).all()


@settings(max_examples=40, deadline=None)
@given(
    prompt=st.integers(1, 20000),
    longer=st.integers(1, 20000),
    model=st.sampled_from(_MODELS),
    batch=st.sampled_from([1.0, 4.0, 16.0]),
)
def test_longer_context_never_needs_less(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    *,
    prompt: int,
    longer: int,
    model: str,
    batch: float,
) -> None:
    table = _answer(
        connection,
        tables,
        model=model,
        accelerator_id="nvidia-b300",
        input_tokens=[float(prompt), float(prompt + longer)],
        concurrency_or_batch=batch,
    )
    table = table[table["refused_because"] == ""]
    for metric in ("memory_total_gib", "ttft_ms", "tpot_ms"):
        values = table[metric].to_numpy()
        assert np.all(np.diff(values) >= -1e-9), metric


@settings(max_examples=60, deadline=None)
@given(
    flops=st.floats(0, 1e16),
    traffic=st.floats(1, 1e13),
    compute=st.floats(1e12, 1e16),
    bandwidth=st.floats(1e10, 1e14),
    more=st.floats(1.0, 10.0),
)
def test_more_bandwidth_or_compute_is_never_slower(
    flops: float, traffic: float, compute: float, bandwidth: float, more: float
) -> None:
    def seconds(rate: float, width: float) -> float:
        one = np.array
        return float(step_s(one([flops]), one([rate]), one([traffic]), one([width]))[0])

    base = seconds(compute, bandwidth)
    assert seconds(compute, bandwidth * more) <= base * (1 + 1e-12)
    assert seconds(compute * more, bandwidth) <= base * (1 + 1e-12)
    bound = max(flops / compute, traffic / bandwidth)
    assert bound * (1 - 1e-9) <= base <= bound * 2 ** (1 / 3) * (1 + 1e-9)


def test_a_faster_memory_in_the_catalogue_makes_decoding_faster(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    table = _answer(connection, tables, accelerator_id=["nvidia-h100-sxm", "nvidia-h200-sxm"])
    assert table["tpot_ms"].iloc[1] < table["tpot_ms"].iloc[0]


@given(tokens=st.floats(1, 1e6), experts=st.integers(2, 1024), data=st.data())
def test_experts_touched_lie_between_one_token_and_all(
    tokens: float, experts: int, data: st.DataObject
) -> None:
    active = data.draw(st.integers(1, experts))
    share = experts_touched(
        np.array([float(experts)]), np.array([float(active)]), np.array([tokens])
    )[0]
    assert active / experts * (1 - 1e-9) <= share <= 1


def test_a_collective_of_one_device_costs_nothing_and_grows_with_the_ring() -> None:
    ways = np.array([1.0, 2.0, 4.0, 8.0])
    seconds = ring_s(np.full(4, 1e9), ways, np.full(4, 450e9), 1e-5)
    assert seconds[0] == 0
    assert np.all(np.diff(seconds) > 0)
    assert seconds[3] == pytest.approx(3e-5 + 2 * 1e9 * 7 / 8 / 450e9)


def test_overload_is_said_and_no_latency_is_given(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    table = _answer(
        connection, tables, concurrency_or_batch=np.nan, qps=[0.1, 1e5], scenario="open loop"
    )
    assert table["overloaded"].tolist() == [False, True]
    assert table["requests_per_s"].iloc[0] == pytest.approx(0.1)
    assert np.isfinite(table["ttft_ms"].iloc[0])
    assert np.isnan(table["ttft_ms"].iloc[1])
    assert table["requests_per_s"].iloc[1] < 1e5


def test_an_arrival_rate_and_the_batch_it_leads_to_agree(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    # The clients of a closed loop start together, requests that arrive by themselves do not.
    apart = replace(tables, assumed=tables.assumed.changed({"ttft_arrival_correlation": 0.0}))
    closed = _answer(connection, apart, concurrency_or_batch=20.0).iloc[0]
    together = _answer(connection, tables, concurrency_or_batch=20.0).iloc[0]
    assert together["ttft_ms"] > closed["ttft_ms"]
    opened = _answer(
        connection, tables, concurrency_or_batch=np.nan, qps=float(closed["requests_per_s"])
    ).iloc[0]
    assert opened["tpot_ms"] == pytest.approx(closed["tpot_ms"], rel=1e-3)
    assert opened["ttft_ms"] == pytest.approx(closed["ttft_ms"], rel=1e-3)


def test_memory_limits_the_batch_and_the_rest_waits(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    table = _answer(
        connection,
        tables,
        accelerator_id="nvidia-l4",
        input_tokens=6000.0,
        concurrency_or_batch=[2.0, 400.0],
    )
    assert table["memory_limited"].tolist() == [False, True]
    assert table["largest_concurrency"].iloc[0] < 400
    assert table["ttft_ms"].iloc[1] > 10 * table["ttft_ms"].iloc[0]
    assert table["memory_total_gib"].max() <= 24


def test_every_figure_has_a_range_and_says_what_it_rests_on(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    table = _answer(
        connection, tables, accelerator_id=["nvidia-h100-sxm", "tenstorrent-blackhole-p150"]
    )
    assert (table["basis"] == "calibrated physics").all()
    low, mid, high = (table[f"tpot_ms{side}"] for side in ("_low80", "", "_high80"))
    assert ((low < mid) & (mid < high)).all()
    width = high / low
    assert width.iloc[1] > width.iloc[0]


def test_a_missing_precision_falls_back_by_name(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    table = _answer(
        connection, tables, accelerator_id=["nvidia-a100-80", "nvidia-h100-sxm"], precision="fp4"
    )
    assert "chip lacks this precision" in table["assumed"].iloc[0]
    assert "computed in bf16" in table["assumed"].iloc[0]
    assert "computed in fp8" in table["assumed"].iloc[1]
    table = _answer(connection, tables, accelerator_id="nvidia-h100-sxm", precision="fp8")
    assert "chip lacks" not in table["assumed"].iloc[0]


def test_a_benchmark_with_latency_limits_runs_at_their_edge(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    """Its rate is the largest within the limits: whatever rate is stated, the batch is the same."""
    table = _answer(
        connection,
        tables,
        scenario=["mlperf server", "mlperf server", "mlperf interactive", "own load"],
        qps=[10.0, 1e6, 10.0, 1e6],
        concurrency_or_batch=np.nan,
    )
    tail = tables.assumed["tpot_tail_99"]
    assert (table["tpot_ms"].iloc[:3].to_numpy() * tail <= [100.0, 100.0, 30.0]).all()
    assert (table["ttft_p99_ms"].iloc[:3].to_numpy() <= [2000.0, 2000.0, 500.0]).all()
    assert table["tpot_ms"].iloc[0] == table["tpot_ms"].iloc[1] > table["tpot_ms"].iloc[2]
    assert table["overloaded"].tolist() == [False, False, False, True]
    assert table["requests_per_s"].iloc[0] == 10.0
    assert "latency limits" in table["assumed"].iloc[0]
