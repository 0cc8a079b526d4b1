"""The benchmark runs: each measure at its smallest size gives numbers to read."""

import importlib
import json
import math
from pathlib import Path

import pandas as pd
import pytest

from freehold.capacity.calibration.bench import read_bench
from freehold.compliance import judge, packs
from freehold.estate.workspace import connect
from tests.bench import estates, reference
from tests.bench.__main__ import main
from tests.bench.aiconfigurator_questions import questions
from tests.bench.estates import AS_OF, generated_workspace
from tests.bench.figures import growth
from tests.bench.floor import floor
from tests.bench.measures import MEASURES, Measure

SIZE = 25
"""Smaller than any size of the benchmark: here it only has to run."""


SHORT = [measure for measure in MEASURES if measure.name != "by_hand"]
"""All measures but one that plans for minutes, whatever its size; the planner has its own tests."""


@pytest.mark.parametrize("measure", SHORT, ids=lambda measure: measure.name)
def test_each_measure_yields_finite_numbers(
    measure: Measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estates, "PACKS", ("concentration", "residency"))
    module = importlib.import_module(f"tests.bench.{measure.module}")
    if measure.prepares:
        module.prepare(SIZE, tmp_path)
    figures = module.measure(SIZE, 1, tmp_path)
    names = [figure.name for figure in figures]
    assert len(set(names)) == len(names)
    assert {*measure.growing, "peak memory"} <= set(names)
    assert all(math.isfinite(run) and run >= 0 for figure in figures for run in figure.runs)
    assert all(figure.median > 0 for figure in figures if figure.unit in {"s", "x", "MiB"})


def test_the_command_writes_figures_environment_and_growth(tmp_path: Path) -> None:
    out = tmp_path / "new" / "bench.json"
    main([str(out), "--only", "rules", "--small", "--runs", "1"])
    told = json.loads(out.read_text(encoding="utf-8"))
    assert {"python", "duckdb", "cpu_count"} <= set(told["environment"])
    (measure,) = told["measures"]
    (size,) = measure["sizes"]
    assert size["failed"] is None
    assert {figure["unit"] for figure in size["figures"]} == {"s", "x", "MiB"}


def test_the_floor_finds_the_same_fails_as_the_engine() -> None:
    connection = connect()
    reference.fill(connection, 500)
    rules = reference.rules(20)
    result = judge(connection, rules, AS_OF, frameworks=[])
    floor(connection, rules, AS_OF)()
    counts = ", ".join(f"count(*) FILTER (r{number} = 4)" for number in range(len(rules)))
    (found,) = connection.execute(f"SELECT {counts} FROM floor.contracts").fetchall()
    assert list(found) == [result.rule(rule.id).fail for rule in rules]
    assert sum(found) > 0


def test_generated_estates_pass_fail_and_stay_unknown() -> None:
    workspace = generated_workspace(400)
    workspace.publish()
    found = judge(workspace.connection, packs.choose(workspace.packs), AS_OF).verdicts
    assert min(found["pass"], found["fail"], found["unknown"]) > 50


def test_growth_is_the_exponent_of_size() -> None:
    assert growth([10, 100, 1000], [0.2, 2.0, 20.0]) == pytest.approx(1.0)
    assert growth([1, 2, 4], [3.0, 12.0, 48.0]) == pytest.approx(2.0)
    assert growth([5], [1.0]) is None


def test_aiconfigurator_is_asked_only_for_rows_that_state_what_it_needs() -> None:
    stated = {
        "family": "inferencex-x", "model": "llama3.1-70b", "accelerator_id": "h200-sxm",
        "accelerators": "4", "tp": "4", "pp": "1", "dp": "1", "ep": "1", "precision": "fp8",
        "engine": "trtllm 1.0", "input_tokens": "1000", "output_tokens": "500",
        "concurrency_or_batch": "16", "qps": "", "scenario": "closed loop aggregated",
        "measured_metric": "tpot_ms", "measured_value": "10", "notes": "",
    }  # fmt: skip
    rows = [
        stated,
        stated | {"concurrency_or_batch": "max"},
        stated | {"engine": "llama.cpp b2824"},
        stated | {"tp": ""},
        stated | {"input_tokens": ""},
        stated | {"accelerators": "8"},  # two replicas: how requests are spread is not told
    ]
    table = pd.DataFrame(rows).assign(config_id=[*"abcdef"], case_id=[*"abcdef"])
    asked = questions(read_bench(table, frozenset({"h200-sxm"})))
    calls = {question["config_id"]: question["call"] for question in asked}
    assert set(calls) == {"a", "b"}
    assert (calls["a"]["batch_size"], calls["b"]["batch_size"]) == (16, "max")
    assert calls["a"]["tp_size"] == 4
    assert calls["a"]["isl"] == 900, "these sources state nominal lengths"
