"""The engine against a naive three-valued evaluation, on random tables and predicates."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freehold.compliance import judge
from tests.examples import examples

from .helpers import named, publish, rule, verdicts

TODAY = date(2026, 11, 23)
Row = dict[str, Any]
Test = Callable[[Row], bool | None]
Predicate = tuple[str, Test]

COUNTRIES = ["US", "FR", "NO"]
CUSTODY = [1, 3, 5]
DAYS = [TODAY - timedelta(days=400), TODAY - timedelta(days=1), TODAY]


def both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def compared(column: str, sign: str, value: Any) -> Test:
    signs: dict[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: a == b,
        "<>": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        ">=": lambda a, b: a >= b,
    }
    return lambda row: None if row[column] is None else signs[sign](row[column], value)


def shown(value: Any) -> str:
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return f"'{value}'" if isinstance(value, str) else str(value)


def member(column: str, values: list[Any]) -> Predicate:
    text = f"{column} IN ({', '.join(map(shown, values))})"
    return text, lambda row: None if row[column] is None else row[column] in values


def flag(column: str) -> Predicate:
    return column, lambda row: row[column]


def span(low: int, high: int) -> Predicate:
    def holds(row: Row) -> bool | None:
        value = row["key_custody"]
        return None if value is None else low <= value <= high

    return f"key_custody BETWEEN {low} AND {high}", holds


def against_column() -> Predicate:
    def holds(row: Row) -> bool | None:
        left, low, high = row["key_custody"], row["required_seal"], 4
        return both(
            None if left is None or low is None else left >= low,
            None if left is None else left <= high,
        )

    return "key_custody BETWEEN required_seal AND 4", holds


def long_ago() -> Predicate:
    def holds(row: Row) -> bool | None:
        day = row["tia_date"]
        return None if day is None else bool(day < TODAY - timedelta(days=30))

    return "tia_date < $as_of - INTERVAL 30 DAY", holds


def comparison(column: str, values: list[Any]) -> st.SearchStrategy[Predicate]:
    return st.tuples(st.sampled_from(["=", "<>", "<", ">="]), st.sampled_from(values)).map(
        lambda pair: (
            f"{column} {pair[0]} {shown(pair[1])}",
            compared(column, pair[0], pair[1]),
        )
    )


ATOMS = st.one_of(
    st.sampled_from(["critical", "exposed"]).map(flag),
    comparison("country", COUNTRIES),
    comparison("key_custody", CUSTODY),
    comparison("tia_date", DAYS),
    st.lists(st.sampled_from(COUNTRIES), min_size=1, max_size=3).map(
        lambda values: member("country", values)
    ),
    st.tuples(st.integers(1, 5), st.integers(1, 5)).map(lambda pair: span(*pair)),
    st.just(against_column()),
    st.just(long_ago()),
)


def conjunction(parts: list[Predicate]) -> Predicate:
    def holds(row: Row) -> bool | None:
        result: bool | None = True
        for _, test in parts:
            result = both(result, test(row))
        return result

    return "(" + " AND ".join(text for text, _ in parts) + ")", holds


def disjunction(parts: list[Predicate]) -> Predicate:
    opposite = conjunction([opposed(part) for part in parts])[1]
    text = "(" + " OR ".join(text for text, _ in parts) + ")"
    return text, lambda row: negated(opposite(row))


def opposed(part: Predicate) -> Predicate:
    return f"NOT ({part[0]})", lambda row: negated(part[1](row))


PREDICATES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(opposed),
        st.lists(inner, min_size=2, max_size=3).map(conjunction),
        st.lists(inner, min_size=2, max_size=3).map(disjunction),
    ),
    max_leaves=6,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "critical": st.sampled_from([True, False, None]),
            "exposed": st.sampled_from([True, False, None]),
            "country": st.sampled_from([*COUNTRIES, None]),
            "key_custody": st.sampled_from([*CUSTODY, None]),
            "required_seal": st.sampled_from([0, 4, None]),
            "tia_date": st.sampled_from([*DAYS, None]),
            "data_set": st.sampled_from(["d0", "d1", None]),
        }
    ),
    max_size=8,
)
SLOW_HERE = settings(
    max_examples=examples(14),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def verdict(applies: bool | None, fails: bool | None) -> str:
    value = both(applies, fails)
    if value is True:
        return "fail"
    if value is None:
        return "unknown"
    return "pass" if applies is True else "not_applicable"


@given(ROWS, st.lists(st.tuples(PREDICATES, PREDICATES), min_size=1, max_size=4))
@SLOW_HERE
def test_fused_rules_say_what_each_says_alone(
    rows: list[Row], pairs: list[tuple[Predicate, Predicate]]
) -> None:
    rules = [
        rule(f"R{number}", applies=applies[0], fails=fails[0])
        for number, (applies, fails) in enumerate(pairs)
    ]
    with duckdb.connect() as connection:
        publish(connection, "placements", named(rows))
        found = judge(connection, rules, TODAY, frameworks=[])
        stored = verdicts(connection)
    for number, (applies, fails) in enumerate(pairs):
        for place, row in enumerate(rows):
            got = stored.get((f"R{number}", f"p{place}"), "not_applicable")
            assert got == verdict(applies[1](row), fails[1](row)), rules[number]
    assert sum(found.verdicts.values()) == len(rows) * len(rules)


@given(ROWS, PREDICATES, st.sampled_from(["every", "some"]))
@SLOW_HERE
def test_roll_ups_say_what_their_rows_say(
    rows: list[Row], fails: Predicate, quantifier: str
) -> None:
    order = ["fail", "unknown", "pass", "not_applicable"]
    if quantifier == "some":
        order = ["pass", "unknown", "fail", "not_applicable"]
    rolled = rule(applies="critical", fails=fails[0], per="data_sets", quantifier=quantifier)
    with duckdb.connect() as connection:
        publish(connection, "placements", named(rows))
        publish(connection, "data_sets", [{"data_set": "d0"}, {"data_set": "d1"}])
        judge(connection, [rolled], TODAY, frameworks=[])
        stored = verdicts(connection)
    empty: Row = dict.fromkeys(
        ["critical", "exposed", "country", "key_custody", "required_seal", "tia_date"]
    )
    for parent in ("d0", "d1"):
        children = [row for row in rows if row["data_set"] == parent] or [empty]
        results = {verdict(row["critical"], fails[1](row)) for row in children}
        want = next(name for name in order if name in results)
        assert stored.get(("R-1", parent), "not_applicable") == want, rolled.fails
