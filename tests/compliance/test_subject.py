"""All rules of one subject at once say what each says alone."""

from datetime import date
from typing import Any

import duckdb
import pytest

from freehold.compliance import explain, explain_subject, judge_rules
from freehold.errors import InputError

from .helpers import named, publish, rule

TODAY = date(2026, 11, 23)
ROWS: list[dict[str, Any]] = [
    {"workload": "chat", "country": "FR", "is_eea": True, "is_personal": True, "key_custody": 3},
    {"workload": "chat", "country": "US", "is_eea": False, "is_personal": True, "key_custody": 1},
    {"workload": "chat", "is_personal": None, "is_eea": False, "is_eea__verified": False},
    {"workload": "batch", "country": "DE", "is_eea": True, "is_personal": False},
]
RULES = [
    rule("R-1", applies="is_personal", fails="NOT is_eea", severity="high"),
    rule("R-2", fails="country IN ('US', 'CN') OR key_custody < 2"),
    rule("R-3", applies="is_personal", fails="NOT is_eea", per="workloads", severity="high"),
    rule("R-4", fails="key_custody < 3", per="workloads", quantifier="some"),
]


@pytest.mark.parametrize("fewest", [0, 1000], ids=["by signature", "by row"])
@pytest.mark.parametrize(
    ("view", "subject"),
    [("placements", f"p{n}") for n in range(4)] + [("workloads", "chat"), ("workloads", "idle")],
)
def test_a_subject_is_explained_whole(
    connection: duckdb.DuckDBPyConnection, view: str, subject: str, fewest: int
) -> None:
    publish(connection, "placements", named(ROWS))
    publish(connection, "workloads", [{"workload": w} for w in ("chat", "batch", "idle")])
    judged = judge_rules(connection, RULES, TODAY, fewest=fewest)
    whole = explain_subject(connection, judged, view, subject)
    assert [one.rule.rule.id for one in whole] == [
        r.id for r in RULES if (r.per or "placements") == view
    ]
    for one in whole:
        alone = explain(connection, judged, one.rule.rule.id, subject)
        assert (one.verdict.result, one.verdict.reason) == (alone.verdict, alone.reason)
        assert (one.atoms, one.row_id) == (alone.atoms, alone.row_id)
        assert one.values == {value.column: value.value for value in alone.values}


def test_an_unknown_subject_is_named(connection: duckdb.DuckDBPyConnection) -> None:
    publish(connection, "placements", named(ROWS))
    judged = judge_rules(connection, RULES[:2], TODAY)
    with pytest.raises(InputError, match="p9"):
        explain_subject(connection, judged, "placements", "p9")
