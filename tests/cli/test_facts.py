"""Facts that nobody has confirmed: listed with what rests on them, and confirmed."""

import json
from pathlib import Path
from typing import Any

import pytest

from freehold.cli import text
from freehold.cli.run import run
from freehold.workflows.documents import editing
from freehold.workflows.results_facts import FactList


def main(arguments: list[str]) -> int:
    return run(arguments, lambda *_: 0)


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any], str]:
    capsys.readouterr()
    code = main([*map(str, arguments), "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else {}, err


def test_confirming_a_fact_lets_the_verdict_fall(
    manufacturer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Each command judges, and these packs hold rules that rest on unconfirmed facts.
    with editing(manufacturer) as workspace:
        workspace.set_setting("packs", ["bsi-c3a", "residency"])
    code, before, _ = told(capsys, "facts", "list", manufacturer)
    assert code == 0
    assert "would fail if they are confirmed" in text.render(FactList.model_validate(before))
    assert before["would_fail"] == sum(v["if_confirmed"] == "fail" for v in before["verdicts"]) > 0
    masked = [v for v in before["verdicts"] if v["severity"] in ("critical", "high")]
    assert {v["verdict"] for v in masked} == {"unknown"}
    fact = next(f for f in before["facts"] if f["would_fail"])
    key = [f"{name}={value}" for name, value in fact["key"].items()]
    who = ("--by", "Lucie Marchand", "--source", "Register of companies, 2026-11-20")
    code, after, _ = told(capsys, "facts", "confirm", manufacturer, fact["table"], *key, *who)
    assert code == 0
    (made, *_) = after["confirmations"]
    assert (made["table"], made["author"]) == (fact["table"], "Lucie Marchand")
    assert made["source"] == "Register of companies, 2026-11-20"
    assert made["made_at"]
    assert (fact["table"], fact["key"]) not in [(f["table"], f["key"]) for f in after["facts"]]
    resting = [
        v
        for v in before["verdicts"]
        if v["if_confirmed"] == "fail"
        and {json.dumps(f["key"]) for f in v["facts"]} == {json.dumps(fact["key"])}
    ]
    gone = {(v["rule"], v["subject"]) for v in after["verdicts"]}
    assert any((v["rule"], v["subject"]) not in gone for v in resting)
    # It is kept with the document and counts when it is judged again.
    code, again, _ = told(capsys, "facts", "list", manufacturer)
    assert again["confirmations"] == after["confirmations"]
    assert len(again["verdicts"]) == len(after["verdicts"]) < len(before["verdicts"])
    code, explained, _ = told(
        capsys, "explain", manufacturer, resting[0]["rule"], resting[0]["subject"]
    )
    assert explained["verdict"] == "fail"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("providers", "provider_id=nobody"), "There is no such fact"),
        (("nothing", "a=b"), "There is no table of facts 'nothing'"),
        (("providers", "colour=red"), "not named by its key"),
        (("providers", "aws"), "not COLUMN=VALUE"),
    ],
)
def test_what_cannot_be_confirmed_gets_one_sentence(
    manufacturer: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, str],
    sentence: str,
) -> None:
    held = manufacturer.read_bytes()
    code, _, said = told(
        capsys, "facts", "confirm", manufacturer, *arguments, "--by", "A", "--source", "B"
    )
    assert code == 2
    assert sentence in said
    assert manufacturer.read_bytes() == held


def test_a_verified_fact_needs_no_confirmation_and_a_person_must_stand_for_it(
    manufacturer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, said = told(
        capsys, "facts", "confirm", manufacturer, "countries", "country_iso2=FR", "--by", "A",
        "--source", "B",
    )  # fmt: skip
    assert (code, "verified already" in said) == (2, True)
    code, _, said = told(
        capsys, "facts", "confirm", manufacturer, "providers", "provider_id=aws", "--by", " ",
        "--source", "B",
    )  # fmt: skip
    assert (code, "needs who confirms" in said) == (2, True)
