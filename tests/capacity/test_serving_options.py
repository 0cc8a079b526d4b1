"""Prefix caches, drafted tokens, adapters and prefill devices move figures the way they must."""

import duckdb
import pandas as pd
import pytest

from freehold.capacity import Tables, estimate

_BASE: dict[str, object] = {
    "model": "llama3.1-8b",
    "accelerator_id": "nvidia-h100-sxm",
    "tp": 1.0,
    "precision": "bf16",
    "input_tokens": 4000.0,
    "output_tokens": 200.0,
    "concurrency_or_batch": 8.0,
}


@pytest.fixture(scope="module")
def table(connection: duckdb.DuckDBPyConnection, tables: Tables) -> pd.DataFrame:
    rows: dict[str, dict[str, object]] = {
        "base": {},
        "prefix": {"prefix_hit_share": 0.9},
        "all_prefix": {"prefix_hit_share": 1.0},
        "draft": {"speculative_tokens": 4.0, "acceptance_rate": 0.8},
        "bad_draft": {"speculative_tokens": 4.0, "acceptance_rate": 0.0},
        "guessed_draft": {"speculative_tokens": 4.0},
        "lora": {"lora_adapters": 64.0, "lora_rank": 32.0},
        "one_lora": {"lora_adapters": 1.0, "lora_rank": 16.0},
        "split": {"accelerators": 4.0, "concurrency_or_batch": 32.0, "prefill_accelerators": 2.0},
        "mixed": {"accelerators": 4.0, "concurrency_or_batch": 32.0},
        "no_share": {"prefix_hit_share": 1.5},
        "no_draft": {"speculative_tokens": -1.0},
        "no_rate": {"speculative_tokens": 2.0, "acceptance_rate": 7.0},
        "no_adapters": {"lora_adapters": 1e12},
        "no_decode": {"accelerators": 2.0, "prefill_accelerators": 2.0},
    }
    spec = pd.DataFrame([{**_BASE, **change} for change in rows.values()])
    found = estimate(spec, connection, tables=tables).table
    found.index = pd.Index(list(rows))
    return found


def test_cached_prefixes_spare_prefill_and_nothing_else(table: pd.DataFrame) -> None:
    ttft, tpot = table["ttft_ms"], table["tpot_ms"]
    assert ttft["all_prefix"] < ttft["prefix"] < ttft["base"]
    assert tpot["prefix"] < tpot["base"]
    assert table["memory_kv_gib"]["prefix"] == table["memory_kv_gib"]["base"]


def test_drafted_tokens_pay_only_where_they_are_accepted(table: pd.DataFrame) -> None:
    tpot = table["tpot_ms"]
    assert tpot["draft"] < tpot["guessed_draft"] < tpot["base"] < tpot["bad_draft"]
    assert "acceptance rate" in table["assumed"]["guessed_draft"]


def test_adapters_take_memory_and_a_little_time(table: pd.DataFrame) -> None:
    weights = table["memory_weights_gib"]
    # Llama 3.1 8B, rank 16 on all seven matrices: 41.9 million parameters (PEFT prints 41,943,040).
    adapter = 41_943_040 * 2 / 2**30
    assert weights["one_lora"] - weights["base"] == pytest.approx(adapter, rel=0.01)
    assert weights["lora"] - weights["base"] == pytest.approx(128 * adapter, rel=0.01)
    assert table["tpot_ms"]["base"] < table["tpot_ms"]["lora"] < 1.3 * table["tpot_ms"]["base"]
    assert table["largest_concurrency"]["lora"] < table["largest_concurrency"]["base"]


def test_prefill_devices_keep_prompts_off_the_decoding_ones(table: pd.DataFrame) -> None:
    assert table["tpot_ms"]["split"] < table["tpot_ms"]["mixed"]
    assert "split between" not in table["assumed"]["split"]


def test_impossible_options_are_named_and_the_others_answered(table: pd.DataFrame) -> None:
    reasons = table["refused_because"]
    assert "prefix_hit_share must lie between 0 and 1, not 1.5" in reasons["no_share"]
    assert "speculative_tokens must lie between" in reasons["no_draft"]
    assert "acceptance_rate must lie between 0 and 1, not 7" in reasons["no_rate"]
    assert "lora_adapters must lie between" in reasons["no_adapters"]
    assert "leave none of the 2 devices to decode" in reasons["no_decode"]
    assert (reasons.drop([name for name in table.index if name.startswith("no_")]) == "").all()
