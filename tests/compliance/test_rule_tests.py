"""Tests that rules carry: defaults, roll-ups, dates, parameters, graded rules."""

from pathlib import Path
from typing import Any

from freehold.compliance import Pack, Rule, rule_tests
from freehold.compliance.rule import PackHead

from .helpers import rule


def run(tested: Rule) -> rule_tests.TestReport:
    return rule_tests.run_packs([Pack(PackHead(id="mine"), (tested,))])


def passes(tests: list[dict[str, Any]], **parts: Any) -> None:
    report = run(rule(tests=tests, **parts))
    assert report.failures == ()
    assert report.passed == len(tests)


def test_columns_not_given_are_null_and_verified() -> None:
    passes(
        [
            {"given": {"is_eea": False}, "expect": "fail"},
            {"given": {"is_eea": True}, "expect": "pass"},
            {"given": {}, "expect": "unknown"},
            {"given": {"is_eea": False, "is_eea__verified": "no"}, "expect": "unknown"},
            {"given": {"is_eea": False, "is_eea__verified": "yes"}, "expect": "fail"},
        ],
        severity="critical",
    )


def test_rows_of_one_parent_and_of_a_parent_named() -> None:
    tests = [
        {"given": {"is_eea": False}, "expect": "fail"},
        {"rows": [{"is_eea": True}, {"is_eea": None}], "expect": "unknown"},
        {"rows": [{"is_eea": True}, {"is_eea": False}], "expect": "fail"},
        {
            "rows": [{"data_set": "d", "is_eea": True}, {"data_set": None, "is_eea": False}],
            "expect": "pass",
        },
    ]
    passes(tests, per="data_sets", quantifier="every")
    passes(
        [{"rows": [{"is_eea": True}, {"is_eea": False}], "expect": "pass"}],
        per="data_sets",
        quantifier="some",
    )


def test_as_of_is_needed_where_it_is_read() -> None:
    given = {"tia_date": "2024-01-31"}
    parts = {"fails": "tia_date < $as_of - INTERVAL $months MONTH"}
    fixed = {"fails": "tia_date < $as_of - INTERVAL 24 MONTH"}
    passes(
        [
            {"given": given, "as_of": "2026-01-31", "expect": "pass"},
            {"given": given, "as_of": "2026-02-01", "expect": "fail"},
        ],
        **fixed,
    )
    report = run(rule(tests=[{"given": given, "expect": "fail"}], **fixed))
    assert "as_of" in report.failures[0].sentence
    assert run(rule(tests=[{"given": given, "expect": "fail"}], **parts)).failed == 1


def test_a_test_may_set_parameters() -> None:
    shares = {
        "subject": "shares",
        "params": {"limit": 0.4},
        "fails": "share > $limit OR (share + undecided_share > $limit AND undecided)",
    }
    passes(
        [
            {"given": {"share": 0.5}, "expect": "fail"},
            {"given": {"share": 0.5}, "params": {"limit": 0.6}, "expect": "unknown"},
            {"given": {"share": 0.4, "undecided_share": 0, "undecided": False}, "expect": "pass"},
            {"given": {"share": 0.3, "undecided_share": 0.2}, "expect": "unknown"},
            {"given": {"share": 0.1, "undecided_share": 0.2}, "expect": "pass"},
        ],
        **shares,
    )


GRADED: dict[str, Any] = {
    "id": "SOV-7.4",
    "title": "Logs",
    "kind": "graded",
    "subject": "chain",
    "options": [
        {"option": 5, "when": "log_customer_access AND log_immutable"},
        {"option": 4, "when": "log_customer_access"},
        {"option": 1, "when": "NOT log_customer_access"},
    ],
}


def test_graded_rules_take_the_first_that_holds_unless_an_earlier_may() -> None:
    tests = [
        ({"log_customer_access": True, "log_immutable": True}, 5),
        ({"log_customer_access": True, "log_immutable": False}, 4),
        ({"log_customer_access": True}, "unknown"),
        ({"log_customer_access": False}, 1),
        ({}, "unknown"),
    ]
    graded = Rule.model_validate(
        GRADED | {"tests": [{"given": given, "expect": expect} for given, expect in tests]}
    )
    assert run(graded).failures == ()


def test_a_failing_test_says_what_came_out() -> None:
    report = run(rule(tests=[{"given": {"is_eea": True}, "expect": "fail"}]))
    assert (report.passed, report.failed) == (0, 1)
    assert str(report.failures[0]) == (
        "R-1, test 1: expected fail, got pass: the finding did not come"
    )
    assert report.failures[0].kind == "missing"


def test_a_finding_that_nobody_expected_is_a_failure_too() -> None:
    report = run(
        rule(
            tests=[
                {"given": {"is_eea": False}, "expect": "pass"},
                {"given": {}, "expect": "pass"},
                {"rows": [{"is_eea": False}, {"is_eea": True}], "expect": "fail"},
            ]
        )
    )
    assert [(f.test, f.kind) for f in report.failures] == [
        (1, "unexpected"),
        (2, "other"),
        (3, "other"),
    ]


def test_an_unsound_rule_without_tests_is_a_failure() -> None:
    assert run(rule(fails="nothing_like_it")).failed == 1
    assert run(rule()).failed == 0


def test_a_pack_that_cannot_be_read_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("id: A\n")
    report = rule_tests.test_pack(tmp_path)
    assert report.passed == 0
    assert any("'title' is missing" in str(failure) for failure in report.failures)
