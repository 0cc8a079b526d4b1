"""Mutation testing as an author meets it: what survives, and the test that is missing."""

from typing import Any

from freehold.compliance import Pack, mutations, rule_tests
from freehold.compliance.mutations import MutationReport, Survivor
from freehold.compliance.rule import PackHead, Rule, RuleTest

from .helpers import rule


def run(tested: Rule) -> MutationReport:
    return mutations.run_packs([Pack(PackHead(id="mine"), (tested,))])


def changes(tests: list[dict[str, Any]], **parts: Any) -> set[str]:
    return {survivor.change for survivor in run(rule(tests=tests, **parts)).survivors}


def with_test(tested: Rule, survivor: Survivor) -> Rule:
    row = {name: float(v) if hasattr(v, "is_nan") else v for name, v in survivor.row.items()}
    expect = int(survivor.expect) if survivor.expect.isdigit() else survivor.expect
    test = RuleTest(given=row, as_of=survivor.as_of, expect=expect)  # type: ignore[arg-type]
    return tested.model_copy(update={"tests": [*tested.tests, test]})


BOTH = {"applies": "is_eea", "fails": "role = 'storage' AND placement LIKE 'eu-%'"}
FAIL = {"given": {"is_eea": True, "role": "storage", "placement": "eu-1"}, "expect": "fail"}


def test_a_single_fail_leaves_dropped_terms_unnoticed() -> None:
    assert changes([FAIL], **BOTH) == {
        "fails: placement LIKE 'eu-%'",
        "fails: role = 'storage'",
        "applies dropped",
    }


def test_a_threshold_must_be_pinned_from_both_sides() -> None:
    parts = {"subject": "shares", "params": {"limit": 0.4}, "fails": "share > $limit"}
    far = [
        {"given": {"share": 0.9}, "expect": "fail"},
        {"given": {"share": 0.1}, "expect": "pass"},
    ]
    near = [
        {"given": {"share": 0.4}, "expect": "pass"},
        {"given": {"share": 0.41}, "expect": "fail"},
    ]
    assert changes(far, **parts) == {"fails: share >= 0.4", "limit = 0.39", "limit = 0.41"}
    assert changes(near, **parts) == set()


def test_members_of_lists_and_quantifiers_are_changed_too() -> None:
    parts = {
        "params": {"allowed": ["eea", "scc"]},
        "subject": "transfers",
        "fails": "transfer_basis NOT IN $allowed",
        "per": "data_sets",
    }
    tests = [
        {"given": {"transfer_basis": "eea"}, "expect": "pass"},
        {"given": {"transfer_basis": "none"}, "expect": "fail"},
    ]
    assert changes(tests, **parts) == {"allowed without scc", "quantifier some"}


def test_a_change_that_no_row_shows_is_not_held_against_the_author() -> None:
    tests = [
        {"given": {"is_eea": True}, "expect": "pass"},
        {"given": {"is_eea": False}, "expect": "fail"},
    ]
    # The second term says nothing that the first does not.
    assert changes(tests, fails="NOT is_eea AND NOT is_eea") == set()


def test_the_test_proposed_for_a_survivor_is_true_and_notices_it() -> None:
    tested = rule(tests=[FAIL], **BOTH)
    for _ in range(9):
        found = run(tested).survivors
        if not found:
            break
        tested = with_test(tested, found[0])
        report = rule_tests.run_packs([Pack(PackHead(id="mine"), (tested,))])
        assert report.failures == ()
        assert found[0].change not in {survivor.change for survivor in run(tested).survivors}
    assert run(tested).survivors == ()


def test_days_read_from_as_of_are_part_of_the_proposal() -> None:
    parts = {"fails": "tia_date < $as_of - INTERVAL 24 MONTH"}
    tests = [{"given": {"tia_date": "2020-01-31"}, "as_of": "2026-01-31", "expect": "fail"}]
    found = run(rule(tests=tests, **parts)).survivors
    assert found
    assert all("as_of: 2026-01-31" in survivor.test for survivor in found if survivor.test)


def test_a_rule_whose_tests_fail_is_a_problem_not_a_survivor() -> None:
    report = run(rule(tests=[{"given": {"is_eea": True}, "expect": "fail"}]))
    assert report.survivors == ()
    assert "test 1 does not pass" in report.problems[0]
