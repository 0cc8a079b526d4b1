"""A changed rule is judged again alone, and the whole tells what judging all anew tells."""

from datetime import date
from typing import Any

import duckdb
import pytest

from freehold.compliance import Waiver, judge, judge_again, judge_rules, rescore
from freehold.errors import RuleError

from .helpers import named, publish, rule, verdicts

TODAY = date(2026, 11, 23)
LIMIT: dict[str, Any] = {"fails": "key_custody < $least", "params": {"least": 3}, "weight": 2}


@pytest.mark.parametrize("fewest", [0, 1000], ids=["by signature", "by row"])
def test_a_threshold_judges_its_own_rule_again(
    connection: duckdb.DuckDBPyConnection, fewest: int
) -> None:
    publish(
        connection,
        "placements",
        named([{"key_custody": n % 5 + 1, "is_eea": n % 3 > 0} for n in range(30)]),
    )
    first = judge_rules(connection, [rule("R-1"), rule("R-2", **LIMIT)], TODAY, fewest=fewest)
    looser = rule("R-2", **(LIMIT | {"params": {"least": 2}}))
    again = judge_again(connection, first, [looser], fewest=fewest)
    waiver = Waiver(
        waiver_id="w", rule_id="R-2", subject_id="p0", owner="a", approver="b",
        expires_on=date(2027, 1, 1),
    )  # fmt: skip
    found = rescore(connection, again, [rule("R-1"), looser], [waiver], [])
    shown = verdicts(connection)
    anew = judge(connection, [rule("R-1"), looser], TODAY, waivers=[waiver], frameworks=[])
    assert shown == verdicts(connection)
    assert found.rules == anew.rules
    assert found.rule("R-2").waived == 1


def test_a_weight_changes_the_score_and_no_verdict(connection: duckdb.DuckDBPyConnection) -> None:
    publish(connection, "placements", named([{"key_custody": 1, "is_eea": True}]))
    first = judge_rules(connection, [rule("R-1"), rule("R-2", **LIMIT)], TODAY)
    heavier = rule("R-2", **(LIMIT | {"weight": 9}))
    again = judge_again(connection, first, [heavier])
    assert again.stored == first.stored
    assert rescore(connection, again, [rule("R-1"), heavier], (), []).rule("R-2").weight == 9


def test_only_a_rule_that_was_judged_can_be_judged_again(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    publish(connection, "placements", named([{"is_eea": True}]))
    judged = judge_rules(connection, [rule("R-1")], TODAY)
    with pytest.raises(RuleError, match="R-2"):
        judge_again(connection, judged, [rule("R-2")])
