"""Uncertainty, measured use and the inventory from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from freehold.cli import text
from freehold.cli.run import run
from freehold.workflows.results_uncertainty import Uncertainty


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any], str]:
    capsys.readouterr()
    code = run([*map(str, arguments), "--json"], lambda *_: 0)
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else {}, err


def test_a_simulation_says_that_it_is_one(
    manufacturer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--draws", 128, "--months", 3, "--budget", 1, "--assume", "price.on_demand.sigma=0")
    code, found, _ = told(capsys, "uncertainty", manufacturer, *options)
    assert code == 0
    assert found["simulated"].startswith("Simulated")
    assert found["over_budget_probability"] == 1.0
    assert found["cost_usd"]["p10"] <= found["cost_usd"]["p50"] <= found["cost_usd"]["p90"]
    assert len(found["by_month"]) == 3
    changed = next(a for a in found["assumptions"] if a["name"] == "price.on_demand.sigma")
    assert (changed["value"], changed["source"]) == (0.0, "set for this run")
    assert "dearest 5 % of draws" in text.render(Uncertainty.model_validate(found))
    code, _, err = told(capsys, "uncertainty", manufacturer, "--draws", "0")
    assert code == 2 and err.count("\n") == 1


def test_measured_use_goes_in_and_is_compared(
    manufacturer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = told(capsys, "actuals", "compare", manufacturer)
    assert code == 2 and "actuals import" in err
    source = tmp_path / "use.csv"
    source.write_text(
        "workload_id,period_start,requests_total\nW-CODE,2026-10-05,30000\nW-NONE,2026-10-05,1\n",
        encoding="utf-8",
    )
    code, taken, _ = told(capsys, "actuals", "import", manufacturer, source)
    assert code == 0
    assert (taken["read"], taken["imported"], taken["rows"]) == (2, 1, 1)
    rejected = Path(taken["rejected_file"]).read_text(encoding="utf-8")
    assert "no workload 'W-NONE'" in rejected
    code, found, _ = told(capsys, "actuals", "compare", manufacturer, "--by", "day")
    assert code == 0
    assert [(e["workload_id"], e["figure"]) for e in found["errors"]] == [
        ("W-CODE", "requests_total")
    ]
    assert run(["actuals", "import", str(manufacturer), str(source)], lambda *_: 0) == 0
    assert "1 replaced" in capsys.readouterr().out
