"""Scores before and after waivers and at worst; what a waiver covers and when it ends."""

from datetime import date
from typing import Any

import duckdb
import pytest

from freehold.compliance import FrameworkMap, Judgement, Pack, Waiver, judge, rescore, waivers
from freehold.compliance.rule import PackHead

from .helpers import named, publish, rule, verdicts

TODAY = date(2026, 11, 23)


def waiver(**parts: Any) -> Waiver:
    whole: dict[str, Any] = {
        "waiver_id": "w1",
        "rule_id": "R-1",
        "subject_id": "p0",
        "owner": "Ada",
        "approver": "Grace",
        "approved_on": date(2026, 1, 1),
        "expires_on": date(2026, 12, 31),
    }
    return Waiver(**(whole | parts))


@pytest.fixture
def four(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Two fail, one passes, one is unknown, one is out of reach."""
    facts = [(True, False), (True, False), (True, True), (True, None), (False, False)]
    publish(
        connection,
        "placements",
        named([{"critical": c, "is_eea": e, "country": "US"} for c, e in facts]),
    )
    return connection


REACHED = rule(applies="critical")


def judged(connection: duckdb.DuckDBPyConnection, *given: Waiver) -> Judgement:
    return judge(connection, [REACHED], TODAY, waivers=given, frameworks=[])


def test_three_scores_stand_side_by_side(four: duckdb.DuckDBPyConnection) -> None:
    found = judged(four, waiver())
    one = found.rule("R-1")
    assert (one.passed, one.fail, one.waived, one.unknown, one.not_applicable) == (1, 1, 1, 1, 1)
    assert sum(found.verdicts.values()) == one.subjects == 5
    assert one.score == pytest.approx(100 / 3)
    assert one.score_after_waivers == pytest.approx(200 / 3)
    assert one.score_worst_case == pytest.approx(25)
    assert one.coverage == 0.75
    assert verdicts(four)["R-1", "p0"] == "waived"


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        ({}, "active"),
        ({"expires_on": TODAY}, "active"),
        ({"expires_on": date(2026, 11, 22)}, "expired"),
        ({"expires_on": None}, "invalid"),
        ({"approver": " ada "}, "invalid"),
        ({"approver": None}, "invalid"),
        ({"owner": ""}, "invalid"),
        ({"requester": "GRACE"}, "invalid"),
        ({"requester": "Ada"}, "active"),
        ({"rule_version_from": 1, "rule_version_to": 1}, "active"),
        ({"rule_version_from": 2}, "void"),
        ({"revoked_on": TODAY}, "revoked"),
        ({"revoked_on": date(2026, 11, 24)}, "active"),
        ({"approved_on": date(2026, 12, 1)}, "not_yet"),
        ({"subject_id": None}, "invalid"),
        ({"scope": "is_eea"}, "invalid"),
        ({"subject_id": None, "scope": "nothing_like_it"}, "invalid"),
        ({"subject_id": "p2"}, "unmatched"),
        ({"subject_id": "p3"}, "unmatched"),
        ({"rule_id": "R-9"}, "not_evaluated"),
    ],
)
def test_when_a_waiver_counts(
    four: duckdb.DuckDBPyConnection, parts: dict[str, Any], state: str
) -> None:
    found = judged(four, waiver(**parts))
    assert found.waivers[0].state == state
    assert found.waivers[0].sentence
    assert found.rule("R-1").waived == (1 if state == "active" else 0)
    assert found.rule("R-1").passed == 1


def test_a_waiver_does_not_grow(four: duckdb.DuckDBPyConnection) -> None:
    count, digest = waivers.fingerprint(["p0"])
    assert count == 1
    scoped = waiver(
        subject_id=None, scope="country = 'US'", matched_count=count, matched_hash=digest
    )
    found = judged(four, scoped)
    assert verdicts(four)["R-1", "p0"] == "waived"
    assert verdicts(four)["R-1", "p1"] == "fail"
    assert (found.waivers[0].state, found.waivers[0].left_failing) == ("grown", 1)
    both = waivers.fingerprint(["p1", "p0"])
    whole = waiver(
        subject_id=None, scope="country = 'US'", matched_count=both[0], matched_hash=both[1]
    )
    assert judged(four, whole).waivers[0].waived == 2


def test_without_ids_nobody_can_tell_which_are_new(four: duckdb.DuckDBPyConnection) -> None:
    scope: dict[str, Any] = {"subject_id": None, "scope": "country = 'US'"}
    plain = waivers.fingerprint(["p0", "p1"])[1].partition(";")[0]
    states = [
        (waiver(**scope, matched_count=2, matched_hash=plain), "active", 2),
        (waiver(**scope, matched_count=2), "active", 2),
        (waiver(**scope, matched_count=3, matched_hash="0" * 64), "active", 2),
        (waiver(**scope, matched_count=1, matched_hash="0" * 64), "grown", 0),
        (waiver(**scope, matched_count=2, matched_hash="0" * 64), "grown", 0),
        (waiver(**scope), "active", 2),
    ]
    for given, state, n in states:
        found = judged(four, given).waivers[0]
        assert (found.state, found.waived) == (state, n), given


def test_waivers_can_change_without_judging_again(four: duckdb.DuckDBPyConnection) -> None:
    first = judged(four)
    assert first.rule("R-1").waived == 0
    second = rescore(four, first.judged, [REACHED], [waiver()], [])
    assert second.rule("R-1").waived == 1
    assert rescore(four, first.judged, [REACHED], [], []).rules == first.rules


def test_two_waivers_of_one_subject_count_once(four: duckdb.DuckDBPyConnection) -> None:
    found = judged(four, waiver(), waiver(waiver_id="w2"))
    assert found.rule("R-1").waived == 1
    assert sum(found.verdicts.values()) == 5


def test_a_waiver_over_parents_reads_the_parents_view(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    publish(connection, "placements", named([{"data_set": "d0", "is_eea": False}]))
    publish(connection, "data_sets", [{"data_set": "d0", "classification": "public"}])
    scoped = waiver(subject_id=None, scope="classification = 'public'")
    found = judge(connection, [rule(per="data_sets")], TODAY, waivers=[scoped], frameworks=[])
    assert found.rule("R-1").waived == 1


def test_a_base_weighs_the_subjects(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [
        {"resource": "a", "is_eea": True, "cost_usd": 90},
        {"resource": "b", "is_eea": False, "cost_usd": 10},
    ]
    publish(connection, "resources", rows)
    weighed = rule(subject="resources", base="cost_usd")
    found = judge(connection, [weighed], TODAY, frameworks=[]).rule("R-1")
    assert (found.score, found.coverage) == (90.0, 1.0)
    publish(connection, "resources", [*rows, {"resource": "c", "is_eea": True}])
    found = judge(connection, [weighed], TODAY, frameworks=[]).rule("R-1")
    assert (found.score, found.passed) == (None, 2)


def framework(*rules: str) -> FrameworkMap:
    return FrameworkMap.model_validate(
        {
            "id": "LAW",
            "name": "The law",
            "version": "1",
            "source": {"text": "The law"},
            "clauses": [
                {"id": "1", "title": "t", "decided_by": "rules", "rules": list(rules)},
                {"id": "2", "title": "t", "decided_by": "attested"},
                {"id": "3", "title": "t", "decided_by": "out_of_scope"},
            ],
        }
    )


def test_a_framework_is_the_mean_of_its_rules_by_weight(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    publish(
        connection,
        "placements",
        named([{"critical": True, "exposed": False}, {"critical": False, "exposed": None}]),
    )
    rules = [
        rule("GOOD", weight=30, fails="exposed", severity="high", applies="critical"),
        rule("BAD", weight=10, fails="critical OR exposed", severity="low"),
        rule("IDLE", weight=99, fails="exposed", applies="country = 'US' AND FALSE"),
        rule("OPEN", weight=20, fails="tia_date < $as_of"),
    ]
    pack = Pack(PackHead(id="mine", title="Mine"), tuple(rules))
    chart = framework("GOOD", "BAD", "IDLE", "OPEN")
    found = judge(connection, [pack], TODAY, frameworks=[chart])
    (law,) = found.frameworks
    # GOOD 100 at weight 30, BAD 0 at weight 10; IDLE and OPEN have no score.
    assert law.score == pytest.approx(75)
    # GOOD 1, BAD 0.5, OPEN 0; IDLE has no subject it applies to.
    assert law.coverage == pytest.approx((30 * 1 + 10 * 0.5 + 20 * 0) / 60)
    assert (law.level, law.worst_failing, law.capped_by) == (None, "low", ("BAD",))
    assert (law.clauses, law.clauses_by_rules, law.clauses_attested) == (3, 1, 1)
    (own,) = found.packs
    assert (own.id, own.title, own.score) == ("mine", "Mine", law.score)


def test_nothing_decided_has_no_score(connection: duckdb.DuckDBPyConnection) -> None:
    publish(connection, "placements", named([{}]))
    found = judge(connection, [rule()], TODAY, frameworks=[framework("R-1")])
    assert (found.frameworks[0].score, found.frameworks[0].coverage) == (None, 0.0)
