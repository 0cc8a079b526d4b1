"""Waivers, kept runs, the findings register and the calendar on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from freehold.cli import text
from freehold.cli.run import run
from freehold.scenarios import run as judge
from freehold.workflows.documents import reading
from freehold.workflows.results_register import RunComparison, WaiverList
from freehold.workflows.scoring import score


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_HOME", str(tmp_path / "home"))


@pytest.fixture
def bank(bank_of_two_packs: Path) -> Path:
    return bank_of_two_packs


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any, str]:
    code = run([str(item) for item in arguments], lambda *_: 0)
    out, err = capsys.readouterr()
    return code, json.loads(out) if out.startswith("{") else out, err


@pytest.fixture(scope="module")
def failing(two_packs: Path) -> dict[str, list[str]]:
    """Subjects that fail in the bank as it is, by rule."""
    with reading(two_packs) as workspace:
        made = judge(workspace)
        rows = workspace.connection.execute(
            f'SELECT rule_id, list(subject_id ORDER BY subject_id) FROM "{made.store}".verdicts'
            " WHERE result = 'fail' GROUP BY rule_id"
        ).fetchall()
    return {str(rule): [str(subject) for subject in subjects] for rule, subjects in rows}


@pytest.fixture(scope="module")
def scored(two_packs: Path) -> dict[str, Any]:
    """What `score --json` says of the bank as it is."""
    told: dict[str, Any] = json.loads(score(two_packs).model_dump_json(by_alias=True))
    return told


SAID = (
    "--category", "accepted", "--reason", "Moves in spring", "--requester", "Ada",
    "--owner", "Ada", "--approver", "Grace",
)  # fmt: skip


def test_a_waiver_moves_the_score_after_waivers_only(
    bank: Path,
    scored: dict[str, Any],
    failing: dict[str, list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = scored
    ruled = next(r for r in before["rules"] if r["fail"] > 1)
    rule = ruled["id"]
    _, listed, _ = call(capsys, "waivers", "list", bank, "--json")
    assert {w["state"] for w in listed["waivers"]} == {"not_evaluated"}
    subjects = failing[rule][:2]
    code, after, _ = call(
        capsys, "waivers", "add", bank, rule, "--subject", subjects[0], "--subject", subjects[1],
        *SAID, "--expires", "2099-12-31", "--json",
    )  # fmt: skip
    assert code == 0
    made = next(w for w in after["waivers"] if w["requester"] == "Ada")
    assert (made["state"], made["waived"], made["matched_count"]) == ("active", 2, 2)
    _, now, _ = call(capsys, "score", bank, "--json")
    again = next(r for r in now["rules"] if r["id"] == rule)
    assert (again["waived"], again["fail"]) == (ruled["waived"] + 2, ruled["fail"] - 2)
    assert again["score"] == ruled["score"]
    assert again["score_after_waivers"] > ruled["score_after_waivers"]
    assert now["score"] == before["score"]
    assert now["score_after_waivers"] > before["score_after_waivers"]
    assert now["score_worst_case"] <= now["score"]
    code, gone, _ = call(
        capsys, "waivers", "revoke", bank, made["waiver_id"], "--by", "Grace", "--json"
    )
    assert code == 0
    revoked = next(w for w in gone["waivers"] if w["waiver_id"] == made["waiver_id"])
    assert (revoked["state"], revoked["waived"], revoked["left_failing"]) == ("revoked", 0, 2)
    assert gone["scores"]["after_waivers"] == before["score_after_waivers"]
    assert "what it covered fails again" in text.render(WaiverList.model_validate(gone))


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (("--subject", "nothing", *SAID, "--expires", "2099-01-01"), "only a fail can be waived"),
        ((*SAID, "--expires", "2099-01-01"), "either subjects or a scope"),
        (("--subject", "x", *SAID, "--expires", "soon"), "not a date"),
        (("--scope", "what is it", *SAID, "--expires", "2099-01-01"), ""),
    ],
)
def test_a_bad_waiver_changes_nothing(
    bank: Path, capsys: pytest.CaptureFixture[str], extra: tuple[str, ...], words: str
) -> None:
    held = bank.read_bytes()
    code, _, said = call(capsys, "waivers", "add", bank, "RES-EU-001", *extra)
    assert code == 2
    assert words in said
    assert said.count("\n") == 1
    assert bank.read_bytes() == held


def test_two_kept_runs_are_compared_by_their_causes(
    bank: Path,
    scored: dict[str, Any],
    failing: dict[str, list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, none, _ = call(capsys, "runs", "list", bank)
    assert "score FILE --keep" in none
    _, first, _ = call(capsys, "score", bank, "--keep", "--json")
    assert scored["run_id"] == first["run_id"]
    code, _, _ = call(
        capsys, "waivers", "add", bank, "RES-EU-001", "--subject",
        failing["RES-EU-001"][0], *SAID, "--expires", "2099-12-31",
    )  # fmt: skip
    assert code == 0
    _, second, _ = call(capsys, "score", bank, "--keep", "--json")
    _, runs, _ = call(capsys, "runs", "list", bank, "--json")
    assert {run["run_id"] for run in runs["runs"]} == {first["run_id"], second["run_id"]}
    assert all(run["can_be_judged_again"] for run in runs["runs"])
    _, found, _ = call(
        capsys, "runs", "compare", bank, first["run_id"][:10], second["run_id"], "--json"
    )
    assert found["findings"] == 1
    assert [cause["cause"] for cause in found["causes"]] == ["estate"]
    assert found["causes"][0]["changed"] == ["waivers"]
    assert (found["changed"][0]["before"], found["changed"][0]["after"]) == ("fail", "waived")
    assert found["score"] == 0
    assert found["score_after_waivers"] > 0
    assert "1 verdicts differ" in text.render(RunComparison.model_validate(found))
    code, _, said = call(capsys, "runs", "compare", bank, "ffff", second["run_id"])
    assert code == 2
    assert "no kept run" in said
    _, left, _ = call(capsys, "runs", "retain", bank, 1, "--json")
    assert [run["run_id"] for run in left["runs"]] == [second["run_id"]]
    _, left, _ = call(capsys, "runs", "remove", bank, second["run_id"], "--json")
    assert left["runs"] == []


def test_a_finding_gets_an_owner_a_date_and_a_status(
    bank: Path,
    failing: dict[str, list[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    subject = failing["RES-EU-001"][-1]
    code, one, _ = call(
        capsys, "findings", "set", bank, "RES-EU-001", subject, "--owner", "Ada", "--due",
        "2020-01-01", "--status", "open", "--comment", "=1+1", "--json",
    )  # fmt: skip
    assert code == 0
    row = one["findings"][0]
    assert (row["owner"], row["status"], row["overdue"]) == ("Ada", "open", True)
    out = tmp_path / "findings.csv"
    _, found, _ = call(
        capsys, "findings", "list", bank, "--overdue", "--owner", "ada", "--csv", out, "--json"
    )
    assert [item["subject"] for item in found["findings"]] == [subject]
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("rule,subject,title,severity,result,owner")
    assert "'=1+1" in lines[1]
    call(capsys, "findings", "set", bank, "RES-EU-001", subject, "--status", "resolved")
    _, found, _ = call(capsys, "findings", "list", bank, "--overdue", "--json")
    assert subject not in {item["subject"] for item in found["findings"]}
    for arguments, words in (
        ((bank, "RES-EU-001", "nobody", "--owner", "Ada"), "no verdict"),
        ((bank, "RES-EU-001", subject), "Nothing is said"),
    ):
        code, _, said = call(capsys, "findings", "set", *arguments)
        assert code == 2
        assert words in said


def test_the_calendar_lists_and_writes_what_is_due(
    bank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "due.ics"
    _, found, _ = call(capsys, "calendar", bank, "--ics", out, "--json")
    days = [item["days"] for item in found["deadlines"]]
    assert days == sorted(days)
    assert found["within"]["overdue"] == sum(1 for n in days if n < 0)
    assert found["within"]["365_days"] == sum(1 for n in days if n >= 0)
    kinds = {item["kind"] for item in found["deadlines"]}
    assert {"waiver", "finding", "contract_end", "contract_notice", "commitment"} <= kinds
    lines = out.read_bytes().split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines.count(b"BEGIN:VEVENT") == len(found["deadlines"])
    assert max(map(len, lines)) <= 75
    held = out.read_bytes()
    call(capsys, "calendar", bank, "--ics", out)
    assert out.read_bytes() == held
    _, soon, _ = call(capsys, "calendar", bank, "--within", 30, "--kind", "waiver", "--json")
    assert all(d["kind"] == "waiver" and d["days"] <= 30 for d in soon["deadlines"])
    code, _, said = call(capsys, "calendar", bank, "--kind", "birthday")
    assert code == 2
    assert "no kind" in said
