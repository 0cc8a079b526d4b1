"""The packs that ship, and the SQL that rules become."""

from datetime import date

import duckdb
import pytest

from freehold.compliance import csf, packs, rule_tests
from freehold.compliance.compiled import compile_packs, compile_rule
from freehold.compliance.fuse import Source, codes
from freehold.resources import data_root

from .helpers import rule

TODAY = date(2026, 11, 23)


def test_every_shipped_rule_passes_its_tests() -> None:
    report = rule_tests.test_pack(data_root() / "rules")
    assert [str(failure) for failure in report.failures] == []
    assert report.passed > 100


def test_every_shipped_rule_is_sound_and_complete() -> None:
    for compiled in compile_packs(packs.shipped(), TODAY):
        shipped = compiled.rule
        expected = {test.expect for test in shipped.tests}
        assert shipped.source is not None, shipped.id
        assert shipped.fix, shipped.id
        if shipped.kind == "row":
            assert {"pass", "fail", "unknown"} <= expected, shipped.id
            assert shipped.says, shipped.id
        else:
            assert {option.option for option in shipped.options} <= expected, shipped.id
            assert "unknown" in expected, shipped.id


def test_each_rule_file_is_named_after_its_rule() -> None:
    for pack in packs.shipped():
        assert pack.folder is not None
        names = {path.stem for path in pack.folder.glob("*.yaml")} - {"pack"}
        assert names == {shipped.id for shipped in pack.rules}
        assert pack.folder.name == pack.id


def test_the_csf_map_names_all_criteria_and_its_rules() -> None:
    (chart,) = (item for item in packs.shipped_frameworks() if item.id == "EU-CSF")
    frame = csf.shipped_framework()
    assert [clause.id for clause in chart.clauses] == list(frame.criteria)
    graded = {
        shipped.answers: shipped.id
        for pack in packs.shipped()
        for shipped in pack.rules
        if shipped.kind == "graded"
    }
    assert {clause.id: clause.rules[0] for clause in chart.clauses if clause.rules} == graded
    for pack in packs.shipped():
        for shipped in pack.rules:
            if shipped.kind == "graded":
                numbers = frame.criteria[shipped.answers].numbers
                assert {option.option for option in shipped.options} <= numbers


def test_unknown_packs_are_refused() -> None:
    assert [pack.id for pack in packs.choose(["residency", "residency"])] == ["residency"]
    with pytest.raises(Exception, match="no pack 'nothing'"):
        packs.choose(["nothing"])


SIMPLE = (
    'SELECT subject_id, CAST(CASE WHEN (NOT "is_eea") THEN 4 WHEN (NOT "is_eea") IS NULL'
    ' THEN 2 ELSE 1 END AS UTINYINT) AS r0 FROM (SELECT * FROM (SELECT "placement" AS subject_id,'
    ' "is_eea" FROM views.placements))'
)
MASKED = (
    'SELECT subject_id, CAST(CASE WHEN ("critical" AND (a0 AND a1)) THEN 4'
    ' WHEN ("critical" AND (a0 AND a1)) IS NULL THEN CASE WHEN (a1 IS NULL AND "key_custody"'
    ' IS NOT NULL AND "required_seal" IS NOT NULL) THEN 3 ELSE 2 END WHEN "critical" THEN 1'
    ' ELSE 0 END AS UTINYINT) AS r0, CAST(CASE WHEN ("critical" AND (a2 AND a1)) THEN 4'
    ' WHEN ("critical" AND (a2 AND a1)) IS NULL THEN CASE WHEN (a1 IS NULL AND "key_custody"'
    ' IS NOT NULL AND "required_seal" IS NOT NULL) THEN 3 ELSE 2 END WHEN "critical" THEN 1'
    " ELSE 0 END AS UTINYINT) AS r1 FROM (SELECT *, TRY(\"country\" = 'US') AS a0,"
    ' TRY("key_custody" < "required_seal" + 1) AS a1, TRY("country__masked" = \'US\') AS a2'
    ' FROM (SELECT "placement" AS subject_id, "country", "critical", "key_custody",'
    ' "required_seal", CASE WHEN "country__verified" = FALSE THEN NULL ELSE "country" END'
    ' AS "country__masked" FROM views.placements))'
)


def test_rules_become_this_sql() -> None:
    source = Source("views.placements", '"placement"', {})
    simple = compile_rule(rule(), "mine", TODAY)
    assert codes([simple], source, frozenset()) == (SIMPLE, [("r0", "r0")])
    masked = compile_rule(
        rule(
            severity="high",
            applies="critical",
            fails="country = 'US' AND key_custody < required_seal + 1",
        ),
        "mine",
        TODAY,
    )
    assert codes([masked], source, frozenset({"country"})) == (MASKED, [("r0", "r1")])


def test_equal_conditions_are_worked_out_once(connection: duckdb.DuckDBPyConnection) -> None:
    source = Source("views.placements", '"placement"', {})
    rules = [
        compile_rule(rule(f"R-{n}", fails=f"country = 'US' AND key_custody = {n}"), "m", TODAY)
        for n in range(1, 6)
    ]
    statement, columns = codes(rules, source, frozenset())
    assert statement.count("TRY(\"country\" = 'US')") == 1
    assert statement.count("TRY(") == 6
    assert len(columns) == 5
