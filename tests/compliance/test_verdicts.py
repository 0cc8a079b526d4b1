"""The verdict contract: three-valued logic, roll-ups, unverified facts, validity windows."""

from datetime import date
from itertools import product

import duckdb
import pytest

from freehold.compliance import Pack, Rule, judge
from freehold.compliance.rule import PackHead
from freehold.errors import RuleError

from .helpers import named, publish, rule, verdicts

TODAY = date(2026, 11, 23)
TRUTHS = (True, False, None)


def expected(applies: bool | None, fails: bool | None) -> str:
    if applies is False or fails is False:
        return "pass" if applies is True else "not_applicable"
    if applies is True and fails is True:
        return "fail"
    return "unknown"


def test_every_pair_of_truths(connection: duckdb.DuckDBPyConnection) -> None:
    pairs = list(product(TRUTHS, TRUTHS))
    publish(connection, "placements", named([{"critical": a, "exposed": f} for a, f in pairs]))
    found = judge(connection, [rule(applies="critical", fails="exposed")], TODAY, frameworks=[])
    stored = verdicts(connection)
    for number, (applies, fails) in enumerate(pairs):
        got = stored.get(("R-1", f"p{number}"), "not_applicable")
        assert got == expected(applies, fails), (applies, fails)
    assert sum(found.verdicts.values()) == len(pairs)
    assert found.verdicts["not_applicable"] == 4


def test_null_matters_only_where_it_can_change_the_answer(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    publish(
        connection,
        "placements",
        named([{"country": "US", "exposed": None}, {"country": "FR", "exposed": None}]),
    )
    judge(connection, [rule(fails="country = 'US' OR exposed")], TODAY, frameworks=[])
    assert verdicts(connection) == {("R-1", "p0"): "fail", ("R-1", "p1"): "unknown"}


@pytest.mark.parametrize("quantifier", ["every", "some"])
def test_roll_up_takes_the_worst_or_the_best(
    connection: duckdb.DuckDBPyConnection, quantifier: str
) -> None:
    states = {
        "fail": {"critical": True, "exposed": True},
        "unknown": {"critical": True, "exposed": None},
        "pass": {"critical": True, "exposed": False},
        "not_applicable": {"critical": False, "exposed": True},
    }
    order = ["fail", "unknown", "pass", "not_applicable"]
    if quantifier == "some":
        order = ["pass", "unknown", "fail", "not_applicable"]
    combinations = list(product(states, repeat=3))
    rows = [
        states[name] | {"data_set": f"d{number}"}
        for number, names in enumerate(combinations)
        for name in names
    ]
    publish(connection, "placements", named(rows))
    publish(
        connection, "data_sets", [{"data_set": f"d{number}"} for number in range(len(combinations))]
    )
    judge(
        connection,
        [rule(applies="critical", fails="exposed", per="data_sets", quantifier=quantifier)],
        TODAY,
        frameworks=[],
    )
    stored = verdicts(connection)
    for number, names in enumerate(combinations):
        want = next(name for name in order if name in names)
        assert stored.get(("R-1", f"d{number}"), "not_applicable") == want, names


def test_parents_are_the_subjects_and_childless_ones_are_judged_on_nulls(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    publish(
        connection,
        "placements",
        named([{"data_set": "d0", "is_eea": True}, {"data_set": None, "is_eea": False}]),
    )
    publish(connection, "data_sets", [{"data_set": "d0"}, {"data_set": "d1"}])
    found = judge(connection, [rule(per="data_sets")], TODAY, frameworks=[])
    assert verdicts(connection) == {("R-1", "d0"): "pass", ("R-1", "d1"): "unknown"}
    assert found.rule("R-1").subjects == 2


def test_unverified_facts_do_not_decide_grave_rules(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    facts = [
        {"is_eea": False},
        {"is_eea": False, "is_eea__verified": False},
        {"is_eea": True, "is_eea__verified": False},
        {"is_eea": None, "is_eea__verified": False},
    ]
    publish(connection, "placements", named(facts))
    rules = [rule(f"R-{grade}", severity=grade) for grade in ("critical", "high", "medium", "low")]
    found = judge(connection, rules, TODAY, frameworks=[])
    rows = connection.execute(
        "SELECT rule_id, subject_id, result, reason, if_confirmed FROM results.verdicts"
    ).fetchall()
    stored = {(row[0], row[1]): row[2:] for row in rows}
    for grade in ("critical", "high"):
        assert stored[f"R-{grade}", "p0"] == ("fail", None, None)
        assert stored[f"R-{grade}", "p1"] == ("unknown", "unverified", "fail")
        assert stored[f"R-{grade}", "p2"] == ("unknown", "unverified", "pass")
        assert stored[f"R-{grade}", "p3"] == ("unknown", "missing", None)
        assert found.rule(f"R-{grade}").would_fail == 1
    for grade in ("medium", "low"):
        assert stored[f"R-{grade}", "p0"] == ("fail", None, None)
        assert stored[f"R-{grade}", "p1"] == ("fail", "unverified", None)
        assert stored[f"R-{grade}", "p2"] == ("pass", "unverified", None)
        assert stored[f"R-{grade}", "p3"] == ("unknown", "missing", None)
        assert found.rule(f"R-{grade}").unverified == 2


def test_an_unverified_fact_that_changes_nothing_is_not_held_against_a_verdict(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    row = {"is_eea": False, "is_eea__verified": False, "critical": False}
    publish(connection, "placements", named([row, row | {"critical": True, "exposed": True}]))
    both = rule(severity="high", applies="critical", fails="NOT is_eea OR exposed")
    judge(connection, [both], TODAY, frameworks=[])
    found = connection.execute("SELECT * FROM results.verdicts").fetchall()
    assert found == [("R-1", "p1", "fail", None, None, None)]


def test_unverified_children_of_a_roll_up(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [
        {"data_set": "d0", "is_eea": True},
        {"data_set": "d0", "is_eea": False, "is_eea__verified": False},
        {"data_set": "d1", "is_eea": False},
        {"data_set": "d1", "is_eea": False, "is_eea__verified": False},
    ]
    publish(connection, "placements", named(rows))
    publish(connection, "data_sets", [{"data_set": "d0"}, {"data_set": "d1"}])
    judge(connection, [rule(severity="critical", per="data_sets")], TODAY, frameworks=[])
    found = connection.execute(
        "SELECT subject_id, result, reason, if_confirmed FROM results.verdicts ORDER BY 1"
    ).fetchall()
    assert found == [("d0", "unknown", "unverified", "fail"), ("d1", "fail", None, None)]


def test_an_evaluation_error_is_unknown_with_its_own_reason(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    publish(
        connection,
        "contracts",
        [
            {"contract": "c0", "transition_days": 2_000_000_000, "retrieval_days": 2_000_000_000},
            {"contract": "c1", "transition_days": 1, "retrieval_days": None},
            {"contract": "c2", "transition_days": 1, "retrieval_days": 1},
        ],
    )
    overflowing = rule(subject="contracts", fails="transition_days * retrieval_days * 9 > 100")
    judge(connection, [overflowing], TODAY, frameworks=[])
    found = connection.execute(
        "SELECT subject_id, result, reason FROM results.verdicts ORDER BY 1"
    ).fetchall()
    assert found == [
        ("c0", "unknown", "error"),
        ("c1", "unknown", "missing"),
        ("c2", "pass", None),
    ]


def test_rules_and_packs_outside_their_dates_are_listed_and_not_evaluated(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    publish(connection, "placements", named([{"is_eea": False}]))
    packs = [
        Pack(
            PackHead(id="now"),
            (
                rule("LATER", valid_from=date(2027, 1, 12)),
                rule("EARLIER", valid_to=date(2026, 11, 22)),
                rule("TODAY", valid_from=TODAY, valid_to=TODAY),
            ),
        ),
        Pack(PackHead(id="next", valid_from=date(2028, 1, 1)), (rule("NEXT"),)),
    ]
    found = judge(connection, packs, TODAY, frameworks=[])
    assert verdicts(connection) == {("TODAY", "p0"): "fail"}
    assert {(item.rule, item.pack, item.reason) for item in found.not_evaluated} == {
        ("LATER", "now", "not_yet_valid"),
        ("EARLIER", "now", "no_longer_valid"),
        ("NEXT", "next", "not_yet_valid"),
    }


def test_as_of_stands_for_the_day_of_judging(connection: duckdb.DuckDBPyConnection) -> None:
    publish(connection, "contracts", [{"contract": "c0", "end_date": date(2027, 1, 1)}])
    soon = rule(subject="contracts", fails="end_date < $as_of + INTERVAL 90 DAY")
    judge(connection, [soon], TODAY, frameworks=[])
    assert verdicts(connection) == {("R-1", "c0"): "fail"}
    judge(connection, [soon], date(2026, 1, 1), frameworks=[])
    assert verdicts(connection) == {("R-1", "c0"): "pass"}


def test_judging_another_schema_leaves_the_first_alone(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    publish(connection, "placements", named([{"is_eea": False}]))
    publish(connection, "placements", named([{"is_eea": True}]), schema="views_3")
    judge(connection, [rule()], TODAY, frameworks=[])
    judge(connection, [rule()], TODAY, views="views_3", store="results_3", frameworks=[])
    assert verdicts(connection) == {("R-1", "p0"): "fail"}
    assert verdicts(connection, "results_3") == {("R-1", "p0"): "pass"}


def test_the_order_of_rows_and_rules_changes_nothing(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = named(
        [{"country": c, "exposed": e} for c, e in product(("US", "FR", None), (True, None))]
    )
    rules: list[Rule] = [
        rule("A", fails="country = 'US'"),
        rule("B", fails="exposed", applies="country IN ('US', 'FR')"),
    ]
    publish(connection, "placements", rows)
    first = judge(connection, rules, TODAY, frameworks=[])
    one = verdicts(connection)
    publish(connection, "placements", rows[::-1])
    second = judge(connection, rules[::-1], TODAY, frameworks=[])
    assert verdicts(connection) == one
    assert sorted(first.rules, key=lambda r: r.id) == sorted(second.rules, key=lambda r: r.id)


def test_a_view_that_is_not_published_is_named(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE SCHEMA views")
    with pytest.raises(RuleError, match="placements"):
        judge(connection, [rule()], TODAY, frameworks=[])


def test_a_rule_id_may_stand_once_only(connection: duckdb.DuckDBPyConnection) -> None:
    publish(connection, "placements", [])
    with pytest.raises(RuleError, match="stands twice"):
        judge(connection, [rule("A"), rule("A")], TODAY, frameworks=[])


def test_nothing_published_is_nothing_decided(connection: duckdb.DuckDBPyConnection) -> None:
    publish(connection, "placements", [])
    found = judge(connection, [rule()], TODAY, frameworks=[])
    assert found.rule("R-1").score is None
    assert found.rule("R-1").coverage == 0
    assert sum(found.verdicts.values()) == 0
