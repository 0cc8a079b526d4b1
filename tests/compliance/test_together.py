"""Scenarios judged in one pass get the verdicts that each would get by itself."""

from datetime import date
from typing import Any

import duckdb
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from freehold.compliance import Place, Waiver, judge, judge_together
from freehold.compliance.engine import judge_rules, judge_rules_together

from .helpers import named, publish, rule, verdicts

TODAY = date(2026, 11, 23)
RULES = [
    rule("R-1", severity="high", applies="is_personal"),
    rule("R-2", fails="key_custody < 3 OR NOT is_eea"),
    rule("R-3", severity="high", per="workloads", quantifier="every"),
    rule("R-4", per="workloads", quantifier="some", fails="key_custody < 2"),
    rule("R-5", subject="workloads", fails="workload = 'w1'"),
]
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "is_eea": st.sampled_from((True, False, None)),
            "is_eea__verified": st.booleans(),
            "is_personal": st.sampled_from((True, False, None)),
            "key_custody": st.sampled_from((1, 2, 4, None)),
            "workload": st.sampled_from(("w0", "w1", "1:w", None)),
        }
    ),
    max_size=6,
)


def _publish(
    connection: duckdb.DuckDBPyConnection, schema: str, rows: list[dict[str, Any]], workloads: int
) -> None:
    publish(connection, "placements", named(rows), schema)
    known = [{"workload": name} for name in ("w0", "w1", "1:w", "idle")[:workloads]]
    publish(connection, "workloads", known, schema)


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # each example takes a while, and shrinking tries hundreds
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    estates=st.lists(st.tuples(_ROWS, st.integers(0, 4)), min_size=3, max_size=3),
    fewest=st.sampled_from((1, 10**9)),
)
def test_one_pass_tells_what_single_passes_tell(
    connection: duckdb.DuckDBPyConnection,
    estates: list[tuple[list[dict[str, Any]], int]],
    fewest: int,
) -> None:
    for number, (rows, workloads) in enumerate(estates):
        _publish(connection, f"views_{number}", rows, workloads)
    base = judge_rules(connection, RULES, TODAY, views="views_0", store="base")
    places = [(TODAY, f"views_{number}", f"together_{number}") for number in (1, 2)]
    # Another date is another judging: it shares no statement with the others.
    places.append((date(2026, 12, 24), "views_2", "together_later"))
    judge_rules_together(connection, RULES, places, base, fewest=fewest)
    for as_of, views, store in places:
        judge_rules(connection, RULES, as_of, views=views, store="alone", fewest=fewest)
        assert verdicts(connection, store) == verdicts(connection, "alone")
        found = "FROM {}.rollup ORDER BY ALL"
        one, other = (connection.execute(found.format(s)).fetchall() for s in (store, "alone"))
        assert one == other


def test_each_scenario_keeps_its_own_waivers_and_scores(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for number in range(3):
        _publish(connection, f"views_{number}", [{"is_eea": n > number} for n in range(4)], 1)
    base = judge(connection, RULES, TODAY, views="views_0", store="base", frameworks=[])
    waiver = Waiver(
        waiver_id="w", rule_id="R-2", subject_id="p0", owner="a", approver="b",
        expires_on=date(2027, 1, 1),
    )  # fmt: skip
    places = [
        Place(TODAY, "views_1", "first", (waiver,)),
        Place(TODAY, "views_2", "second"),
    ]
    found = judge_together(connection, RULES, places, base.judged, frameworks=[])
    assert [one.verdicts["waived"] for one in found] == [1, 0]
    for one, place in zip(found, places, strict=True):
        alone = judge(
            connection, RULES, TODAY, views=place.views, waivers=place.waivers, store="alone",
            frameworks=[],
        )  # fmt: skip
        assert one.rules == alone.rules
