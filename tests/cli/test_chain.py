"""The main job on the command line: new, import, score, compare, report."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from freehold.__main__ import main
from freehold.cli import text
from freehold.workflows.results import Explained

FOCUS = """\
BilledCost,BillingAccountId,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,\
ChargePeriodEnd,ChargePeriodStart,EffectiveCost,ProviderName,RegionId,RegionName,ResourceId,\
ResourceName,ResourceType,ServiceCategory,ServiceName,SubAccountId
10.00,001234567890,USD,2026-11-01T00:00:00Z,2026-10-01T00:00:00Z,Usage,2026-10-02T00:00:00Z,\
2026-10-01T00:00:00Z,9.00,AWS,us-east-1,US East (N. Virginia),i-1,web,Instance,Compute,EC2,0042
20.00,001234567890,USD,2026-11-01T00:00:00Z,2026-10-01T00:00:00Z,Usage,2026-10-03T00:00:00Z,\
2026-10-02T00:00:00Z,18.00,AWS,us-east-1,US East (N. Virginia),i-1,web,Instance,Compute,EC2,0042
5.50,001234567890,USD,2026-11-01T00:00:00Z,2026-10-01T00:00:00Z,Usage,2026-10-03T00:00:00Z,\
2026-10-02T00:00:00Z,5.50,AWS,eu-west-3,Europe (Paris),b-1,bucket,Bucket,Storage,S3,0042
7.00,001234567890,EUR,2026-11-01T00:00:00Z,2026-10-01T00:00:00Z,Usage,2026-10-03T00:00:00Z,\
2026-10-02T00:00:00Z,7.00,Oracle,NULL,NULL,o-1,database,Database,Databases,Autonomous,0042
3.00,001234567890,USD,2026-11-01T00:00:00Z,2026-10-01T00:00:00Z,Tax,2026-10-03T00:00:00Z,\
2026-10-02T00:00:00Z,3.00,AWS,NULL,NULL,NULL,NULL,NULL,Other,Tax,0042
"""


def freehold(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any]]:
    """Run a command with --json; return its exit code and its one JSON object."""
    code = main([*map(str, arguments), "--json"])
    printed = capsys.readouterr()
    return code, json.loads(printed.out) if printed.out else {"stderr": printed.err}


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bill") / "bill.csv"
    path.write_text(FOCUS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory, bill: Path) -> Path:
    document = tmp_path_factory.mktemp("imported") / "estate.freehold"
    assert main(["new", str(document)]) == 0
    assert main(["import", str(document), str(bill)]) == 0
    return document


@pytest.fixture
def judged(imported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(imported, tmp_path))


def test_import_account_adds_up(
    tmp_path: Path, bill: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "estate.freehold"
    freehold(capsys, "new", document)
    code, account = freehold(capsys, "import", document, bill)
    assert code == 0
    assert account["kind"] == "focus"
    assert account["read"] == 5
    assert account["read"] == account["imported"] + sum(s["count"] for s in account["skipped"])
    assert account["resources"] == 3
    totals = {currency: float(total) for currency, total in account["currency_totals"].items()}
    assert totals == {"USD": 35.5, "EUR": 7.0}
    assert any(u["field"] == "region_id" and u["count"] == 1 for u in account["unknown"])


def test_imported_bill_is_judged_with_honest_unknowns(
    judged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, score = freehold(capsys, "score", judged)
    assert code == 0
    assert score["verdicts"]["unknown"] > 0
    for rule in score["rules"]:
        assert {"id", "pack", "severity", "pass", "fail", "unknown"} <= rule.keys()
    for framework in score["frameworks"]:
        assert framework["score"] is None or 0 <= framework["score"] <= 100
        assert 0 <= framework["coverage"] <= 1


def test_score_in_words_lists_the_worst_first_and_counts_the_rest(
    bank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(bank)]) == 0
    words = capsys.readouterr().out
    assert words.index("critical fails") < words.index("high fails")
    assert "medium fails" not in words
    assert "more rules of medium or low severity fail; list them with --pack ID" in words
    assert "Nothing decided or not asked: ACN qualification" in words
    assert main(["score", str(bank), "--pack", "exit-portability"]) == 0
    words = capsys.readouterr().out
    assert words.index("high fails") < words.index("medium fails") < words.index("low fails")
    assert words.index("EXI-COM-003") < words.index("undecided") < words.index("EXI-ESC-001")


def test_scenario_moves_and_is_compared(
    judged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = tmp_path / "move.yaml"
    changes.write_text(
        "changes:\n"
        "  - target: resources\n"
        "    op: set\n"
        "    where: provider_id = 'aws' AND region_id = 'us-east-1'\n"
        "    column: region_id\n"
        "    value: eu-central-1\n"
        "    reason: Keep compute in the EU\n",
        encoding="utf-8",
    )
    assert freehold(capsys, "scenario", "add", judged, "move", changes)[0] == 0
    code, listed = freehold(capsys, "scenario", "list", judged)
    assert [s["name"] for s in listed["scenarios"]] == ["move"]
    code, comparison = freehold(capsys, "compare", judged, "move")
    assert code == 0
    assert [s["name"] for s in comparison["scenarios"]] == ["base", "move"]
    for scenario in comparison["scenarios"]:
        assert {"seal", "score", "coverage", "cost_usd", "carbon_kg"} <= scenario.keys()
    assert comparison["drivers"]


def test_report_is_the_same_bytes_twice(
    judged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hashes = []
    for folder in ("one", "two"):
        code, report = freehold(
            capsys,
            "report",
            judged,
            "--kind",
            "audit",
            "--format",
            "pdf,csv",
            "--pack",
            "residency",
            "--out",
            tmp_path / folder,
        )
        assert code == 0
        assert report["run_id"]
        hashes.append({Path(f["path"]).name: f["sha256"] for f in report["files"]})
    assert hashes[0] == hashes[1]
    assert "report.pdf" in hashes[0]


def test_new_refuses_to_overwrite(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = judged.read_bytes()
    code, answer = freehold(capsys, "new", judged)
    assert code == 2
    assert len(answer["stderr"].strip().splitlines()) == 1
    assert judged.read_bytes() == before


def test_bad_source_changes_nothing(
    judged: Path, bill: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"\x00\xff\x00\xfe" * 50)
    before = judged.read_bytes()
    code, answer = freehold(capsys, "import", judged, bill, broken)
    assert code == 2
    assert "broken.csv" in answer["stderr"]
    assert judged.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", "missing.freehold"],
        ["score", "{document}", "--pack", "no-such-pack"],
        ["score", "{document}", "--scenario", "no-such-scenario"],
        ["explain", "{document}", "NO-RULE", "subject"],
        ["compare", "{document}", "no-such-scenario"],
        ["import", "{document}", "missing.csv"],
        ["csf", "missing.csv"],
        ["capacity", "estimate", "missing.csv"],
        ["rules", "test", "missing"],
        ["new", "{folder}/absent/estate.freehold"],
        ["new", "{folder}/other.freehold", "--sample", "no-such-sample"],
        ["score", "{document}", "--as-of", "yesterday"],
        ["no-such-command"],
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(
    arguments: list[str], judged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [a.format(document=judged, folder=tmp_path) for a in arguments]
    code = main(filled)
    printed = capsys.readouterr()
    assert code == 2
    assert printed.out == ""
    assert len(printed.err.strip().splitlines()) == 1
    assert "Traceback" not in printed.err


def test_explain_tells_values_conditions_and_the_smallest_change(
    bank_of_two_packs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = freehold(capsys, "explain", bank_of_two_packs, "KEY-CUS-001", "PL-016")
    assert code == 0
    assert told["verdict"] == "fail"
    assert {"column", "value", "source"} <= told["values"][0].keys()
    assert all({"sql", "result"} <= atom.keys() for atom in told["atoms"])
    assert told["smallest_change"]["column"] == "key_custody"
    assert "Smallest change" in text.render(Explained.model_validate(told))


def test_explain_all_tells_every_rule_of_a_subject(
    bank: Path, bank_of_two_packs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = freehold(capsys, "explain", bank, "all", "PL-016")
    assert code == 0
    rules = {rule["rule"]: rule for rule in told["rules"]}
    assert sum(told["verdicts"].values()) == len(rules) > 10
    one = rules["KEY-CUS-001"]
    assert (one["verdict"], one["values"]["key_custody"]) == ("fail", 2)
    assert any(atom["result"] for atom in one["atoms"])
    assert main(["explain", str(bank_of_two_packs), "all", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err
