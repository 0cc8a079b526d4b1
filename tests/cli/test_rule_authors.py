"""`freehold rules` as an author uses it: columns, tests, mutants and schemas, through the CLI."""

import json
from pathlib import Path

import pytest

from freehold.__main__ import main
from freehold.resources import data_root

RULE = """\
id: MINE-1
title: Storage stays in the EEA
severity: high
subject: placements
applies: role = 'storage'
fails: NOT is_eea
says: "{placement} lies in {country}"
tests:
  - {given: {role: storage, is_eea: false}, expect: fail}
  - {given: {role: storage, is_eea: true}, expect: pass}
  - {given: {role: backup, is_eea: false}, expect: not_applicable}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "pack.yaml").write_text("id: mine\nversion: 1.0.0\n")
    (folder / "MINE-1.yaml").write_text(RULE)
    return folder


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    code = main(["rules", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_columns_tell_domain_and_unit(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = answer(capsys, "columns")
    rows = found["columns"]
    assert code == 0
    assert isinstance(rows, list)
    by_name = {(row["view"], row["column"]): row for row in rows}
    assert by_name["shares", "share"]["unit"] == "fraction 0-1"
    assert by_name["functions", "rto_hours"]["unit"] == "hours"
    assert "storage" in by_name["placements", "role"]["values"]
    assert by_name["placements", "is_eea"]["unit"] is None
    assert all(row["doc"] for row in rows)


def test_columns_of_one_view_and_of_none(capsys: pytest.CaptureFixture[str]) -> None:
    _, found = answer(capsys, "columns", "shares")
    rows = found["columns"]
    assert isinstance(rows, list)
    assert {row["view"] for row in rows} == {"shares"}
    assert main(["rules", "columns", "share"]) == 2
    assert "There is no view 'share'" in capsys.readouterr().err


def test_both_ways_of_failing_name_file_rule_and_test(
    pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = pack / "MINE-1.yaml"
    text = path.read_text().replace("true}, expect: pass", "true}, expect: fail")
    wrong = text.replace("backup", "storage").replace("expect: not_applicable", "expect: pass")
    path.write_text(wrong)
    code, found = answer(capsys, "test", str(pack))
    failures = found["failures"]
    assert isinstance(failures, list)
    assert code == 1
    assert [(f["file"], f["rule"], f["test"], f["kind"]) for f in failures] == [
        (str(path), "MINE-1", 2, "missing"),
        (str(path), "MINE-1", 3, "unexpected"),
    ]


def test_mutants_that_no_test_notices_come_with_the_test_that_would(
    pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = pack / "MINE-1.yaml"
    assert main(["rules", "test", str(pack), "--mutate"]) == 0
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    capsys.readouterr()
    code, found = answer(capsys, "test", str(pack), "--mutate")
    survivors = found["survivors"]
    assert isinstance(survivors, list)
    assert code == 1
    assert [s["change"] for s in survivors] == ["applies dropped"]
    path.write_text(path.read_text() + "  " + survivors[0]["missing_test"] + "\n")
    assert main(["rules", "test", str(pack), "--mutate"]) == 0


def test_every_shipped_file_follows_the_schema_that_editors_get(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    code, found = answer(capsys, "schema", str(tmp_path))
    assert code == 0
    assert isinstance(found["files"], list)
    assert len(found["files"]) == 3
    from freehold.compliance.yaml_file import read_yaml

    rules = data_root() / "rules"
    for kind, pattern in (("rule", "[!_]*/*.yaml"), ("framework", "_frameworks/*.yaml")):
        schema = json.loads((tmp_path / f"{kind}.schema.json").read_text())
        checker = jsonschema.Draft202012Validator(schema)
        for path in sorted(rules.glob(pattern)):
            if path.name == "pack.yaml":
                continue
            loaded = json.loads(json.dumps(read_yaml(path), default=str))
            assert [e.message for e in checker.iter_errors(loaded)] == [], path
    head = jsonschema.Draft202012Validator(json.loads((tmp_path / "pack.schema.json").read_text()))
    for path in sorted(rules.glob("*/pack.yaml")):
        loaded = json.loads(json.dumps(read_yaml(path), default=str))
        assert [e.message for e in head.iter_errors(loaded)] == [], path


def test_the_schema_refuses_what_the_format_refuses(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    main(["rules", "schema", str(tmp_path)])
    checker = jsonschema.Draft202012Validator(
        json.loads((tmp_path / "rule.schema.json").read_text())
    )
    whole = {"id": "A", "title": "A", "subject": "placements", "fails": "NOT is_eea"}
    assert checker.is_valid(whole)
    assert not checker.is_valid({**whole, "subject": "placement"})
    assert not checker.is_valid({**whole, "failz": "TRUE"})
    assert not checker.is_valid({**whole, "severity": "severe"})
