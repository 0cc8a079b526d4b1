"""Judging by signature tells exactly what judging row by row tells."""

from datetime import date
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freehold.compliance import Rule
from freehold.compliance.compiled import compile_rule
from freehold.compliance.evaluating import by_view, evaluate
from freehold.compliance.fuse import Source
from freehold.compliance.store import create_verdicts
from tests.compliance.helpers import named, publish, rule
from tests.examples import examples

AS_OF = date(2026, 11, 1)
_COUNTRIES = ("US", "FR", "DE", "CN")
_WORDS = st.lists(st.sampled_from(_COUNTRIES), min_size=1, max_size=3, unique=True)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "country": st.sampled_from((*_COUNTRIES, None)),
    "parent_country": st.sampled_from((*_COUNTRIES, None)),
    "is_eea": st.sampled_from((True, False, None)),
    "is_personal": st.sampled_from((True, False, None)),
    "required_seal": st.sampled_from((0, 1, 2, 3, 4, None)),
    "key_custody": st.sampled_from((1, 2, 5, None)),
    "tia_date": st.sampled_from((date(2024, 5, 1), date(2025, 11, 1), AS_OF, None)),
    "workload": st.sampled_from(("a", "b", None)),
}
_VERIFIED = ("parent_country__verified", "is_eea__verified")


def _listed(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


_ATOMS = st.one_of(
    _WORDS.map(lambda words: f"country IN ({_listed(words)})"),
    _WORDS.map(lambda words: f"parent_country NOT IN ({_listed(words)})"),
    st.sampled_from(_COUNTRIES).map(lambda word: f"country <> '{word}'"),
    st.sampled_from(_COUNTRIES).map(lambda word: f"'{word}' = parent_country"),
    st.sampled_from(
        (
            "is_eea",
            "is_eea = FALSE",
            "is_personal",
            "is_eea = is_personal",
            "country = parent_country",
            "country LIKE '%R%'",
            "country < parent_country",
            "required_seal BETWEEN 1 AND 3",
            "required_seal IN (0, 4)",
            "2 < required_seal",
            # An amount that its type cannot hold is an error, which is unknown.
            "key_custody * 2000000000 > required_seal",
            "required_seal > 3000000000 * 2",
            "key_custody = required_seal",
            "tia_date < $as_of - INTERVAL 1 YEAR",
            "tia_date >= DATE '2025-11-01'",
            "tia_date = $as_of",
            "tia_date BETWEEN DATE '2024-01-01' AND $as_of - INTERVAL 1 DAY",
            "TRUE",
        )
    ),
)
_TREES = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} AND {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        inner.map(lambda one: f"NOT ({one})"),
    ),
    max_leaves=4,
)
_ROWS = st.lists(
    st.fixed_dictionaries(
        {**_VALUES, **{name: st.sampled_from((True, False)) for name in _VERIFIED}}
    ),
    min_size=1,
    max_size=16,
)
_KINDS = st.sampled_from(
    (
        {"severity": "high"},
        {"severity": "low"},
        {"severity": "critical", "per": "workloads", "quantifier": "every"},
        {"severity": "medium", "per": "workloads", "quantifier": "some"},
    )
)


def _verdicts(
    connection: duckdb.DuckDBPyConnection, rules: list[Rule], fewest: int
) -> list[tuple[Any, ...]]:
    compiled = [compile_rule(one, "own", AS_OF) for one in rules]
    assert set(by_view(compiled)) == {"placements"}
    source = Source("views.placements", "placement", {"workloads": "workload"})
    stored = evaluate(
        connection, compiled, {"placements": source}, views=None, store="results", fewest=fewest
    )
    create_verdicts(connection, "results", stored)
    return connection.execute("SELECT * FROM results.verdicts ORDER BY ALL").fetchall()


@settings(
    max_examples=examples(9),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    trees=st.lists(st.tuples(_TREES, _TREES, _KINDS), min_size=1, max_size=6),
    rows=_ROWS,
    seed=st.integers(0, 1000),
)
def test_rows_alike_are_judged_alike_and_in_any_order(
    connection: duckdb.DuckDBPyConnection,
    trees: list[tuple[str, str, dict[str, str]]],
    rows: list[dict[str, Any]],
    seed: int,
) -> None:
    rules = [
        rule(f"R-{number}", applies=applies, fails=f"is_personal AND ({fails})", **kind)
        for number, (applies, fails, kind) in enumerate(trees)
    ]
    publish(connection, "placements", named(rows))
    # Few rows differ in everything, so they stand more than once, and in another order each time.
    connection.execute(
        "CREATE OR REPLACE TABLE given_rows AS SELECT p.* REPLACE (placement || '-' || n AS"
        " placement) FROM views.placements p, range(4) AS numbers(n)"
    )
    order = "CREATE OR REPLACE TABLE views.placements AS FROM given_rows ORDER BY "
    connection.execute(f"{order} placement")
    plain = _verdicts(connection, rules, fewest=10**9)
    connection.execute(f"{order} hash(placement, {seed})")
    assert _verdicts(connection, rules, fewest=0) == plain
