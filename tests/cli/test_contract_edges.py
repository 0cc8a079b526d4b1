"""What callers of the command line rely on where input is odd: one object or one sentence."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from freehold.__main__ import main
from freehold.cli import run as command_line
from freehold.cli.text import render
from freehold.compliance import packs
from freehold.workflows.results_load import LoadSimulation


def freehold(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([*map(str, arguments)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_new_sample_is_dated_today_with_every_pack_but_proposals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = freehold(capsys, "new", tmp_path / "a.freehold", "--sample", "agency", "--json")
    made = json.loads(out)
    assert code == 0
    assert made["as_of"] == date.today().isoformat()
    assert made["packs"] == [pack.id for pack in packs.shipped() if not pack.head.proposal]


@pytest.mark.parametrize("factor", [".nan", ".inf", "1.0e+300", "100000000000"])
def test_a_factor_that_money_cannot_hold_is_one_sentence(
    factor: str, bank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = tmp_path / "changes.yaml"
    changes.write_text(
        f"- {{target: resources, op: multiply, where: 'TRUE', column: cost_monthly,"
        f" value: {factor}}}\n",
        encoding="utf-8",
    )
    before = bank.read_bytes()
    code, out, err = freehold(capsys, "scenario", "add", bank, "too much", changes, "--json")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "own" not in err
    assert bank.read_bytes() == before


def test_a_fault_of_the_program_is_one_sentence_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_options: Any) -> Any:
        raise ZeroDivisionError("first line\nsecond line")

    monkeypatch.delenv("FREEHOLD_DEBUG", raising=False)
    monkeypatch.setitem(command_line.HANDLERS, "samples", broken)
    code, out, err = freehold(capsys, "samples", "--json")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "ZeroDivisionError: first line" in err
    assert "second line" not in err


def test_a_configuration_that_is_answered_gives_no_reason_for_refusal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "spec.csv"
    row = {
        "config_id": "c1",
        "model": "llama3-8b",
        "accelerator_id": "nvidia-h100-sxm",
        "accelerators": "1",
        "tp": "1",
        "precision": "bf16",
        "engine": "vllm",
        "scenario": "offline",
        "input_tokens": "512",
        "output_tokens": "128",
        "concurrency_or_batch": "8",
        "concurency": "9",
    }
    with spec.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerows([row, {**row, "config_id": "c2", "accelerator_id": "no-such-chip"}])
    code, out, _ = freehold(capsys, "capacity", "estimate", spec, "--json")
    answered, refused = json.loads(out)["rows"]
    assert code == 0
    assert answered["fits"] is True
    assert answered["refused_because"] is None
    assert "no-such-chip" in refused["refused_because"]
    _, out, _ = freehold(capsys, "capacity", "estimate", spec)
    assert "not measured. Brackets: 80 % range." in out
    assert f"{answered['tpot_ms_low80']:.3g} to {answered['tpot_ms_high80']:.3g}" in out
    assert f"c2: {refused['refused_because']}" in out
    assert "Columns not used: concurency" in out


def test_a_document_of_a_newer_format_is_named_beside_the_object(
    bank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import zipfile

    newer = tmp_path / "newer.freehold"
    with zipfile.ZipFile(bank) as old, zipfile.ZipFile(newer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json":
                manifest = json.loads(content)
                version = next(key for key in manifest if "format" in key)
                content = json.dumps({**manifest, version: 999}).encode()
            new.writestr(name, content)
    code, out, err = freehold(capsys, "score", newer, "--pack", "residency", "--json")
    assert code == 0
    assert json.loads(out)["verdicts"]
    assert "newer version" in err


def test_facts_that_are_not_there_are_said_to_be_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = freehold(capsys, "catalogue", "refresh", tmp_path / "none.csv", "--json")
    assert (code, out) == (2, "")
    assert "no such file" in err


def test_a_simulation_is_one_object_and_the_same_seed_gives_it_again(
    bank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("capacity", "simulate", bank, "W-ASSIST", "--requests", "400", "--seed", "7", "--json")
    code, out, _ = freehold(capsys, *asked)
    found, again = json.loads(out), json.loads(freehold(capsys, *asked)[1])
    assert code == 0
    assert found.pop("evaluate_seconds") > 0 and again.pop("evaluate_seconds") > 0
    assert found == again
    assert (found["workload"], found["requests"], found["served"]) == ("W-ASSIST", 400, 400)
    assert found["overloaded"] is False
    ttft = found["percentiles"]["ttft_ms"]
    assert ttft["p50"] < ttft["p90"] < ttft["p95"] < ttft["p99"]
    assert ttft["p95_low80"] < ttft["p95"] < ttft["p95_high80"]
    assert [target["metric"] for target in found["slo"]] == ["ttft_ms", "tpot_ms"]
    assert all(0 <= target["met_share"] <= 1 for target in found["slo"])
    assert found["replicas"]["over_time"] == [{"second": 0.0, "replicas": 2.0}]
    told = render(LoadSimulation.model_validate({**found, "evaluate_seconds": 1.0}))
    assert f"{ttft['p99']:,.2f}" in told and "simulated" in told


def test_a_trace_is_accounted_row_by_row_and_overload_has_no_latency(
    bank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "trace.csv"
    good = [f"2023-11-16 18:15:{second:02}.5,3000,400" for second in range(60)] * 6
    bad = ["2023-11-16 18:16:01,-5,3", "2023-11-16 18:16:02,900000,10", "noon,1,1"]
    lines = ["TIMESTAMP,ContextTokens,GeneratedTokens", *good, *bad]
    trace.write_text("\n".join(lines), encoding="utf-8")
    asked = ("capacity", "simulate", bank, "W-ASSIST", "--trace", trace, "--json")
    code, out, _ = freehold(capsys, *asked)
    found = json.loads(out)
    assert code == 0
    told = found["trace"]
    assert (told["rows"], told["used"], told["broken"], told["too_long"]) == (363, 360, 2, 1)
    assert [row["line"] for row in told["broken_rows"]] == [362, 364]
    assert found["overloaded"] is True
    assert "more work arrives" in found["overload"]
    assert found["percentiles"]["ttft_ms"]["p95"] is None


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["W-NONE"], "There is no workload 'W-NONE'"),
        (["W-LARGE"], "bought by the token"),
        (["W-ASSIST", "--trace", "absent.csv"], "no such trace"),
        (["W-ASSIST", "--autoscale", "3"], "not MIN:MAX"),
        (["W-ASSIST", "--burstiness", "nan"], "burstiness of nan"),
        (["W-ASSIST", "--seed", "-1"], "--seed cannot be -1"),
    ],
)
def test_what_cannot_be_simulated_is_one_sentence(
    more: list[str], says: str, bank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = freehold(capsys, "capacity", "simulate", bank, *more, "--json")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert says in err
