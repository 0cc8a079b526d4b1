"""Own measurements: the last level of the factors, kept in the document, gone without a trace."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from freehold.__main__ import main
from freehold.capacity import Tables, estimate
from freehold.capacity.calibration.factors import shipped_calibration
from freehold.capacity.calibration.own import check, fitted
from freehold.errors import InputError
from freehold.workflows import capacity_measurements as own
from freehold.workflows.documents import blank, create

SERVED = {
    "model": "llama3.3-70b",
    "accelerator_id": "h100-sxm",
    "accelerators": 4,
    "tp": 4,
    "precision": "fp8",
    "engine": "vllm 0.10",
    "input_tokens": 1024,
    "output_tokens": 512,
}


def rows(figures: dict[float, float]) -> list[dict[str, Any]]:
    return [
        {
            **SERVED,
            "concurrency_or_batch": at,
            "measured_metric": "tpot_ms",
            "measured_value": value,
        }
        for at, value in figures.items()
    ]


def written(path: Path, lines: list[dict[str, Any]]) -> Path:
    names = list(dict.fromkeys(name for line in lines for name in line))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(lines)
    return path


def asked(
    connection: duckdb.DuckDBPyConnection, tables: Tables, **changed: Any
) -> "pd.Series[Any]":
    spec = pd.DataFrame([{**SERVED, "concurrency_or_batch": 16, **changed}]).astype(str)
    return estimate(spec, connection, tables=tables).table.iloc[0]


def test_what_was_measured_moves_its_chip_and_nothing_else(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    before = asked(connection, tables)
    twice = {at: 2.0 * asked(connection, tables, concurrency_or_batch=at)["tpot_ms"]
             for at in (4, 8, 16, 32)}  # fmt: skip
    lines = pd.DataFrame(rows(twice)).astype(str).assign(case_id="own-1")
    usable = check(lines, connection, tables)["bench_infer"].usable
    assert len(usable) == 4
    made = fitted({"bench_infer": usable}, connection, tables)
    with_own = Tables.read(connection, calibration=made)
    after = asked(connection, with_own)
    assert after["tpot_ms"] / before["tpot_ms"] == pytest.approx(2.0, rel=0.12)
    assert after["basis"] == "own measurements"
    assert "own measurements" in after["assumed"]
    sibling = asked(connection, with_own, model="llama3.1-8b", tp=1, accelerators=1)
    alone = asked(connection, tables, model="llama3.1-8b", tp=1, accelerators=1)
    assert 1.1 < sibling["tpot_ms"] / alone["tpot_ms"] < after["tpot_ms"] / before["tpot_ms"]
    for other in ("a100-sxm", "mi300x"):
        old, new = (asked(connection, one, accelerator_id=other) for one in (tables, with_own))
        pd.testing.assert_series_equal(old, new)
    assert shipped_calibration().values.items() <= made.values.items()


def test_a_document_keeps_them_says_so_and_forgets_them_entirely(tmp_path: Path) -> None:
    workspace = blank()
    connection = workspace.connection
    old = asked(connection, Tables.read(connection))
    source = written(tmp_path / "measured.csv", rows({8: 55.0, 32: 80.0}))
    told = own.take_over(workspace, source, "estate")
    assert (told.read, told.added, told.skipped) == (2, 2, [])
    for row in told.rows:
        assert row.predicted_with is not None and row.predicted_without is not None
        assert abs(row.predicted_with - row.measured) < abs(row.predicted_without - row.measured)
        assert row.source.startswith("measured.csv, SHA-256 ")
    assert {factor.operation for factor in told.factors} >= {"decode"}
    new = asked(connection, Tables.read(connection))
    assert new["tpot_ms"] > 1.2 * old["tpot_ms"]
    assert new["basis"] == "own measurements"
    with pytest.raises(InputError, match="in the document already"):
        own.take_over(workspace, source, "estate")
    with pytest.raises(InputError, match="no own measurement own-nought"):
        own.take_out(workspace, ["own-nought"], "estate")
    assert len(own.take_out(workspace, [told.rows[0].case_id], "estate").rows) == 1
    assert own.take_out(workspace, None, "estate").rows == []
    pd.testing.assert_series_equal(asked(connection, Tables.read(connection)), old)
    with pytest.raises(InputError, match="no measurements of its own"):
        own.take_out(workspace, None, "estate")


def test_bad_rows_get_a_reason_each_and_the_good_ones_stay(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    good = rows({8: 55.0})[0]
    bad = {
        3: ({"accelerator_id": "abacus"}, "accelerator abacus is not in the catalogue"),
        4: ({"measured_value": "-1"}, "'-1' is not a positive number"),
        5: ({"measured_metric": "zap"}, "'zap' is not one of the model's figures"),
        6: ({"accelerators": ""}, "hardware or work is not stated"),
        7: ({"measured_value": 99999.0}, "times away from the prediction"),
        8: ({"tp": 3}, "tp 3 does not divide"),
        9: ({"measured_metric": "ttft_p99_ms"}, "percentiles are not fitted"),
        10: ({"output_tokens": ""}, "output_tokens is not stated"),
        11: ({}, "the same row stands above"),
    }
    lines = [good, *({**good, **changed} for changed, _ in bad.values())]
    found = own.planned_addition(connection, written(tmp_path / "mixed.csv", lines))
    assert (found.read, len(found.changes)) == (len(lines), 1)
    assert [row.line for row in found.skipped] == list(bad)
    for row in found.skipped:
        assert bad[row.line][1] in row.reason
    only_bad = written(tmp_path / "bad.csv", [{**good, "accelerator_id": "abacus"}])
    with pytest.raises(InputError, match="No row of this table can be used") as told:
        own.planned_addition(connection, only_bad)
    assert told.value.where == "bad.csv, line 2"


def test_the_command_adds_lists_and_removes_in_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "estate.freehold"
    create(document)
    good = written(tmp_path / "good.csv", rows({8: 55.0}))
    assert main(["capacity", "measurements", str(document), "--add", str(good), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 1
    assert main(["capacity", "measurements", str(document), "--remove-all", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["removed"], told["rows"], told["factors"]) == (1, [], [])


def test_training_runs_teach_too(connection: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    run = {
        "model": "llama3.1-8b", "phase": "pretrain", "accelerator_id": "h100-sxm",
        "accelerators": 64, "parallelism": "fsdp=64", "seq_len": 8192, "global_batch": 128,
        "precision": "bf16",
    }  # fmt: skip
    spec = pd.DataFrame([run]).astype(str)
    before = estimate(spec, connection, tables=tables).table["tokens_per_s_per_gpu"].iloc[0]
    lines = [
        {**run, "global_batch": batch, "measured_metric": "tokens_per_s_per_gpu",
         "measured_value": before * 0.7}
        for batch in (128, 256, 512)
    ]  # fmt: skip
    usable = check(pd.DataFrame(lines).astype(str), connection, tables)["bench_train"].usable
    made = fitted({"bench_train": usable.assign(case_id="own-2")}, connection, tables)
    with_own = Tables.read(connection, calibration=made)
    after = estimate(spec, connection, tables=with_own).table.iloc[0]
    assert after["tokens_per_s_per_gpu"] / before == pytest.approx(0.7, rel=0.08)
    assert after["basis"] == "own measurements"
