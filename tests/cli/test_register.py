"""Waivers, kept runs, the findings register and the calendar on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from freehold.cli.run import run


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_HOME", str(tmp_path / "home"))


@pytest.fixture
def bank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "bank.freehold"
    assert run(["new", str(path), "--sample", "bank"], lambda *_: 0) == 0
    capsys.readouterr()
    return path


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any, str]:
    code = run([str(item) for item in arguments], lambda *_: 0)
    out, err = capsys.readouterr()
    return code, json.loads(out) if out.startswith("{") else out, err


SAID = (
    "--category", "accepted", "--reason", "Moves in spring", "--requester", "Ada",
    "--owner", "Ada", "--approver", "Grace",
)  # fmt: skip


def test_a_waiver_moves_the_score_after_waivers_only(
    bank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, before, _ = call(capsys, "score", bank, "--json")
    ruled = next(r for r in before["rules"] if r["fail"] > 1)
    rule = ruled["id"]
    _, listed, _ = call(capsys, "waivers", "list", bank, "--json")
    assert {"expired", "active"} <= {w["state"] for w in listed["waivers"]}
    subjects = _subjects(bank, rule)[:2]
    code, after, _ = call(
        capsys, "waivers", "add", bank, rule, "--subject", subjects[0], "--subject", subjects[1],
        *SAID, "--expires", "2099-12-31", "--json",
    )  # fmt: skip
    assert code == 0
    made = next(w for w in after["waivers"] if w["requester"] == "Ada")
    assert (made["state"], made["waived"], made["matched_count"]) == ("active", 2, 2)
    _, scored, _ = call(capsys, "score", bank, "--json")
    again = next(r for r in scored["rules"] if r["id"] == rule)
    assert (again["waived"], again["fail"]) == (ruled["waived"] + 2, ruled["fail"] - 2)
    assert again["score"] == ruled["score"]
    assert again["score_after_waivers"] > ruled["score_after_waivers"]
    assert scored["score"] == before["score"]
    assert scored["score_after_waivers"] > before["score_after_waivers"]
    assert scored["score_worst_case"] <= scored["score"]
    code, gone, _ = call(
        capsys, "waivers", "revoke", bank, made["waiver_id"], "--by", "Grace", "--json"
    )
    assert code == 0
    revoked = next(w for w in gone["waivers"] if w["waiver_id"] == made["waiver_id"])
    assert (revoked["state"], revoked["waived"], revoked["left_failing"]) == ("revoked", 0, 2)
    assert gone["scores"]["after_waivers"] == before["score_after_waivers"]
    code, text, _ = call(capsys, "waivers", "list", bank)
    assert code == 0
    assert "what it covered fails again" in text


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
    code, _, said = call(capsys, "waivers", "add", bank, "KEY-CUS-001", *extra)
    assert code == 2
    assert words in said
    assert said.count("\n") == 1
    assert bank.read_bytes() == held


def _subjects(bank: Path, rule: str) -> list[str]:
    from freehold.scenarios import run as judge_run
    from freehold.workflows.documents import reading

    with reading(bank) as workspace:
        made = judge_run(workspace)
        rows = workspace.connection.execute(
            f'SELECT subject_id FROM "{made.store}".verdicts'
            " WHERE rule_id = ? AND result = 'fail' ORDER BY subject_id",
            [rule],
        ).fetchall()
    return [str(row[0]) for row in rows]
