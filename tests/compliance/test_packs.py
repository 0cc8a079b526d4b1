"""Rule files that follow the format, and those that must be refused in one sentence."""

from pathlib import Path

import pytest

from freehold.compliance import packs, rule_tests
from freehold.compliance.compiled import compile_rule
from freehold.errors import RuleError

GOOD = """
id: RES-1
version: 2
title: Data stay in the EEA
severity: high
weight: 10
basis: law
source: {text: A law, as_of: 2026-01, verified: yes}
valid_from: 2018-05-25
subject: transfers
per: data_sets
quantifier: every
params: {allowed: [eea, adequate]}
applies: is_personal
fails: transfer_basis NOT IN $allowed
evidence: [data_set, country]
says: "{data_set} goes to {country}"
fix: Move it.
tests:
  - {given: {country: NO, is_personal: true, transfer_basis: none}, expect: fail}
  - {given: {country: null, is_personal: true}, expect: unknown}
"""


def write(folder: Path, text: str, name: str = "RES-1.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def problem(folder: Path, text: str) -> str:
    """Return the one sentence that refuses a rule, from its file, its predicates or its tests."""
    write(folder, text)
    report = rule_tests.test_pack(folder)
    assert report.failed, "the rule was taken"
    return str(report.failures[0])


def test_a_rule_file_is_read_whole(tmp_path: Path) -> None:
    (pack,) = packs.load(write(tmp_path / "mine", GOOD))
    (rule,) = pack.rules
    assert (pack.id, rule.id, rule.version) == ("mine", "RES-1", 2)
    assert rule.source is not None
    assert rule.source.verified is True
    assert rule.source.as_of == "2026-01"
    # YAML 1.2: NO is Norway.
    assert rule.tests[0].all_rows[0]["country"] == "NO"
    assert rule_tests.test_pack(tmp_path / "mine").failures == ()


def test_a_folder_of_packs_with_headings_and_maps(tmp_path: Path) -> None:
    write(tmp_path / "a", GOOD)
    write(tmp_path / "a", "id: alpha\nversion: 1.2.0\nviews: 1\nproposal: true\n", "pack.yaml")
    write(
        tmp_path / "_frameworks",
        "id: LAW\nname: The law\nversion: 2018\nsource: {text: x}\nclauses:\n"
        "  - {id: Art. 1, title: t, decided_by: rules, rules: [RES-1, RES-9]}\n",
        "law.yaml",
    )
    reading = packs.read(tmp_path)
    assert [(pack.id, pack.head.proposal) for pack in reading.packs] == [("alpha", True)]
    assert [str(error) for error in reading.problems] == [
        f"Clause Art. 1 of LAW names a rule that is not there: RES-9 ({tmp_path / '_frameworks'})."
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("severity: high", "severity: hgih", "'severity' must be"),
        ("severity: high\n", "", "needs severity"),
        ("title: Data stay in the EEA\n", "", "'title' is missing"),
        ("fails: transfer_basis NOT IN $allowed\n", "", "needs fails"),
        ("fix: Move it.", "fixx: Move it.", "'fixx' is not part of the format"),
        ("weight: 10", "weight: .inf", "finite"),
        ("weight: 10", "weight: -1", "greater than or equal to 0"),
        ("valid_from: 2018-05-25", "valid_from: May 2018", "day"),
        ("subject: transfers", "subject: transfer", "no view 'transfer'"),
        ("per: data_sets", "per: services", "has no column service"),
        ("evidence: [data_set, country]", "evidence: [data_sets]", "no column 'data_sets'"),
        ('"{data_set} goes to {country}"', '"{data} goes"', "no column 'data'"),
        ('"{data_set} goes to {country}"', '"{data_set goes"', "brace"),
        ("[eea, adequate]", "[eea, adequat]", "adequat"),
        ("[eea, adequate]", "eea", "list"),
        ("[eea, adequate]", "[]", "empty"),
        ("[eea, adequate]", "[eea, null]", "without null"),
        ("[eea, adequate]", "[eea, true]", "true or false"),
        ("[eea, adequate]", "[eea, 1]", "strings or numbers only"),
        ("is_personal\nfails", "is_personl\nfails", "is_personl"),
        ("is_personal\nfails", "country = 'XX'\nfails", "XX"),
        ("is_personal\nfails", "transfer_basis = 'Adequate'\nfails", "Adequate"),
        ("is_personal\nfails", "coalesce(is_personal, TRUE)\nfails", "not allowed"),
        ("is_personal\nfails", "is_personal IS NOT NULL\nfails", "not allowed"),
        ("is_personal\nfails", "country IN (SELECT country FROM regions)\nfails", "not allowed"),
        ("is_personal\nfails", "tia_date < current_date\nfails", "."),
        ("is_personal\nfails", "country = $missing\nfails", "missing"),
        ("is_personal\nfails", "is_personal; DROP TABLE x\nfails", "';'"),
        ("is_personal\nfails", "key_custody > 9\nfails", "domain"),
        ("is_personal\nfails", "*x\nfails", "."),
        ("[eea, adequate]", "&a [eea, adequate]", "anchor"),
        ("[eea, adequate]", "!!python/tuple [eea, adequate]", "tag"),
        ("id: RES-1\n", "id: RES-1\nid: RES-2\n", "duplicate key"),
        ("\nid: RES-1", "%YAML 1.1\n---\nid: RES-1", "directive"),
        ("country: NO", "country: XX", "XX"),
        ("country: NO", "land: NO", "no column 'land'"),
        ("country: NO", "country: false", "cannot be False"),
        ("is_personal: true, transfer", "is_personal: 1, transfer", "cannot be 1"),
        ("expect: fail", "expect: pass", "expected pass, got fail"),
        ("expect: fail", "expect: failed", "expect"),
        ("expect: fail", "expect: 3", "option number"),
    ],
)
def test_what_is_wrong_is_refused_in_one_sentence(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in GOOD
    sentence = problem(tmp_path / "mine", GOOD.replace(old, new, 1))
    assert says in sentence
    assert "\n" not in sentence.strip()
    assert "Traceback" not in sentence


@pytest.mark.parametrize(
    "text",
    ["", "- a\n- b\n", "a: [1\n", "a: " + "[" * 40 + "]" * 40, "\x00", "id: X\n---\nid: Y\n"],
)
def test_files_that_are_no_rule(tmp_path: Path, text: str) -> None:
    folder = write(tmp_path / "mine", text)
    with pytest.raises(RuleError):
        packs.load(folder)


def test_bytes_that_are_no_text_and_files_too_large(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00id")
    (tmp_path / "b.yaml").write_text("id: X\n" + "# padding\n" * 40_000)
    sentences = [str(error) for error in packs.read(tmp_path).problems]
    assert "UTF-8" in sentences[0]
    assert "256 kB" in sentences[1]


def test_a_folder_that_is_not_there_or_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such folder"):
        packs.read(tmp_path / "nowhere")
    with pytest.raises(RuleError, match="no rule files"):
        packs.read(tmp_path)


def test_the_same_rule_twice_is_told(tmp_path: Path) -> None:
    write(tmp_path / "a", GOOD)
    write(tmp_path / "b", GOOD)
    assert "stands twice" in str(packs.read(tmp_path).problems[0])


def test_a_second_reading_says_the_same(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", GOOD)
    first = packs.load(folder)
    assert packs.load(folder) == first
    write(folder, GOOD.replace("weight: 10", "weight: 20"))
    assert packs.load(folder)[0].rules[0].weight == 20


def test_a_parameter_may_be_changed_but_not_invented(tmp_path: Path) -> None:
    (pack,) = packs.load(write(tmp_path / "mine", GOOD))
    compiled = compile_rule(pack.rules[0], "mine", None, {"allowed": ["scc"]})
    assert "'scc'" in compiled.fails.sql(dialect="duckdb")
    with pytest.raises(RuleError, match="no parameter"):
        compile_rule(pack.rules[0], "mine", None, {"other": 1})


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("fails: transfer_basis NOT IN", "fails: transfer_bases NOT IN", "transfer_bases"),
        ("subject: transfers", "subject: transfer", "no view 'transfer'"),
        ("fix: Move it.", "fixx: Move it.", "'fixx'"),
    ],
)
def test_checking_a_folder_parses_its_predicates(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    folder = write(tmp_path / "mine", GOOD)
    assert packs.read(folder).problems == ()
    write(folder, GOOD.replace(old, new))
    (found,) = packs.read(folder).problems
    assert says in str(found)
