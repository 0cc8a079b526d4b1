"""Packs from outside: judged in a child with the same result, and one sentence if hostile."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from freehold.__main__ import main
from freehold.compliance import Pack, judge, packs
from freehold.compliance.rule import PackHead
from freehold.errors import InputError, RuleError
from freehold.sandbox import Stopped, run_child

from .helpers import named, publish, rule, verdicts

SOUND = """\
id: MINE-1
title: Storage stays in the EEA
severity: high
subject: placements
applies: role = 'storage'
fails: NOT is_eea
says: "{placement} lies in {country}"
tests:
  - {given: {role: storage, is_eea: false}, expect: fail}
"""


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text("id: mine\nversion: 1.0.0\n")
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def test_a_child_gives_the_verdicts_that_this_process_gives(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = named(
        [
            {"is_eea": True, "role": "storage", "data_set": "d0"},
            {"is_eea": False, "role": "storage", "data_set": "d1"},
            {"is_eea": None, "role": "storage", "data_set": "d1"},
            {"is_eea": False, "is_eea__verified": False, "role": "backup", "data_set": "d2"},
        ]
    )
    publish(connection, "placements", rows)
    publish(connection, "data_sets", [{"data_set": f"d{n}"} for n in range(4)])
    rules = (
        rule("A", severity="critical"),
        rule("B", applies="role = 'storage'"),
        rule("C", per="data_sets", quantifier="every"),
        rule("D", per="data_sets", quantifier="some", severity="low"),
    )
    inside, outside = (
        Pack(PackHead(id="mine"), rules, outside=outside) for outside in (False, True)
    )
    first = judge(connection, [inside], date(2026, 11, 27), store="one")
    second = judge(connection, [outside], date(2026, 11, 27), store="two")
    assert verdicts(connection, "two") == verdicts(connection, "one")
    assert second.verdicts == first.verdicts
    assert second.verdicts["fail"] > 0
    assert second.verdicts["unknown"] > 0


def test_the_users_own_pack_is_found_by_its_id(own_home: Path) -> None:
    write(own_home / "packs" / "mine", **{"MINE-1": SOUND})
    (chosen,) = packs.choose(["mine"])
    assert chosen.outside
    assert [r.id for r in chosen.rules] == ["MINE-1"]
    assert not any(pack.outside for pack in packs.shipped())


def test_a_broken_pack_of_the_users_is_left_out_and_told(own_home: Path) -> None:
    write(own_home / "packs" / "broken", A="id: A\n")
    assert [pack.id for pack in packs.available()] == [pack.id for pack in packs.shipped()]
    assert packs.own().problems
    with pytest.raises(RuleError):
        packs.choose(["mine"])


HOSTILE = {
    "alias bomb": "a: &a [1, 1]\nb: [*a, *a]\n",
    "deep nesting": "id: " + "[" * 500 + "]" * 500 + "\n",
    "huge file": "id: X\ntitle: " + "x" * 300_000 + "\n",
    "no mapping": "- 1\n- 2\n",
    "a tag": "id: !!python/object/apply:os.system [id]\n",
    "path as id": SOUND.replace("MINE-1", "../../etc/passwd"),
    "endless predicate": SOUND.replace("NOT is_eea", "NOT is_eea" + " OR NOT is_eea" * 5000),
    "deep predicate": SOUND.replace("NOT is_eea", "(" * 300 + "is_eea" + ")" * 300),
    "subquery": SOUND.replace("NOT is_eea", "is_eea IN (SELECT TRUE)"),
    "function": SOUND.replace("NOT is_eea", "country = getenv('HOME')"),
    "two statements": SOUND.replace("NOT is_eea", "is_eea; DROP TABLE x"),
    "a pattern of many wildcards": SOUND.replace("NOT is_eea", f"placement LIKE '{'%_a' * 60}'"),
    "wrong types": SOUND.replace("severity: high", "severity: [1, {a: 2}]"),
    "other kind": SOUND.replace("NOT is_eea", "is_eea > 3"),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_pack_gets_one_sentence(tmp_path: Path, text: str) -> None:
    folder = write(tmp_path / "hostile", A=text)
    with pytest.raises(RuleError) as refused:
        packs.choose([str(folder)])
    assert len(str(refused.value).splitlines()) == 1


def test_scoring_with_a_hostile_pack_is_exit_2_with_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "a.freehold"
    assert main(["new", str(document)]) == 0
    capsys.readouterr()
    folder = write(tmp_path / "hostile", A=HOSTILE["alias bomb"])
    assert main(["score", str(document), "--pack", str(folder)]) == 2
    told = capsys.readouterr().err.strip()
    assert len(told.splitlines()) == 1
    assert "anchor" in told


def test_what_takes_too_long_is_stopped_with_a_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path / "slow", A=SOUND)
    with pytest.raises(InputError, match="took longer than 0 seconds and was stopped"):
        run_child("rules.read", {"folder": str(folder)}, what="The pack", seconds=0.01)


def test_what_takes_too_much_memory_is_stopped_with_a_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path / "fat", A=SOUND)
    request = {"folder": str(folder)}
    with pytest.raises(InputError, match="memory and was stopped"):
        run_child("rules.read", request, what="The pack", seconds=60, memory_mib=-1023)


def test_the_user_can_stop_the_child(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", A=SOUND)
    with pytest.raises(Stopped):
        run_child("rules.read", {"folder": str(folder)}, what="The pack", stopped=lambda: True)


def test_a_folder_of_too_many_files_is_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("freehold.compliance.outside.MOST_FILES", 3)
    folder = write(tmp_path / "many", **{f"R{n}": SOUND for n in range(5)})
    assert main(["rules", "check", str(folder), "--json"]) == 2
    assert "Split the pack" in capsys.readouterr().err


def test_check_in_the_child_names_file_and_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "mine", A=SOUND.replace("NOT is_eea", "NOT is_eu_member"))
    assert main(["rules", "check", str(folder), "--json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert "MINE-1" in problem["where"]
    assert "is_eu_member" in problem["sentence"]
