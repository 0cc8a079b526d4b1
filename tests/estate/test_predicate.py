"""The predicate grammar: what it takes, what it refuses, and that it keeps three-valued logic."""

from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.errors import RuleError
from freehold.estate import dictionary, predicate
from freehold.estate.dictionary import Column

COLUMNS = dictionary.views()["placements"].documented | dictionary.views()["contracts"].documented
DOMAINS = {"countries.country_iso2": frozenset({"FR", "DE", "US", "NO"})}


def parse(text: str, **params: Any) -> predicate.Predicate:
    return predicate.parse(text, COLUMNS, params, domains=DOMAINS)


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("critical", '"critical"'),
        ("TRUE", "TRUE"),
        ("role = 'storage'", "\"role\" = 'storage'"),
        ("is_eea = FALSE AND NOT exposed", '"is_eea" = FALSE AND NOT "exposed"'),
        ("role NOT IN ('storage', 'backup')", "NOT \"role\" IN ('storage', 'backup')"),
        ("required_seal BETWEEN 1 AND 3", '"required_seal" BETWEEN 1 AND 3'),
        ("required_seal + 1 * 2 > 3", '"required_seal" + 1 * 2 > 3'),
        ("notice_months / 2 >= 1", '"notice_months" / 2 >= 1'),
        ("country__verified", '"country__verified"'),
        ("end_date < '2026-01-01'", "\"end_date\" < CAST('2026-01-01' AS DATE)"),
        ("end_date < $as_of", '"end_date" < $as_of'),
        ("end_date - $as_of < 180", '"end_date" - $as_of < 180'),
        (
            "tia_date < $as_of - INTERVAL '12 months'",
            "\"tia_date\" < $as_of - INTERVAL '12' MONTHS",
        ),
        ("provider_name LIKE 'A%'", "\"provider_name\" LIKE 'A%'"),
        ("KEY = 'k'", "\"key\" = 'k'"),
    ],
)
def test_what_the_grammar_takes(text: str, sql: str) -> None:
    assert parse(text).sql == sql


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("critical; DROP TABLE x", "';'"),
        ("critical -- all", "'--'"),
        ("coalesce(critical, FALSE)", "not allowed"),
        ("CASE WHEN critical THEN TRUE END", "not allowed"),
        ("country IS NULL", "not allowed"),
        ("country IS NOT NULL", "not allowed"),
        ("country IS NOT DISTINCT FROM 'FR'", "not allowed"),
        ("country = NULL", "not allowed"),
        ("country IN (SELECT 'FR')", "not allowed"),
        ("country IN ('FR', NULL)", "not allowed"),
        ("country = ANY (VALUES ('FR'))", ""),
        ("country ILIKE 'f%'", "not allowed"),
        ("end_date < current_date", "not allowed"),
        ("CAST(required_seal AS VARCHAR) = '1'", "not allowed"),
        ("placements.country = 'FR'", "not allowed"),
        ("(SELECT 1)", ""),
        ("country = 'FR' 'X'", ""),
        ("nonsense = 1", "no documented column nonsense"),
        ("role = 'storaje'", "'storaje' is not a value of role"),
        ("country = 'XX'", "'XX' is not a value of country"),
        ("role LIKE 'stora_e_'", "matches no value of role"),
        ("required_seal > 7", "outside the domain 0..4"),
        ("required_seal > '2'", "compared with a number"),
        ("role = 3", "compared with text"),
        ("role", "not true or false"),
        ("critical > FALSE", "orders true and false"),
        ("required_seal / 0 > 1", "divides by"),
        ("notice_months / required_seal > 1", "divides by"),
        ("end_date < '2026-02-30'", "not a date"),
        ("role IN $roles", "has no value"),
        ("role + 1 = 2", "cannot be reckoned"),
        ("1 < required_seal < 3", "not allowed"),
        ("role IN ()", ""),
        ("(" * 500 + "critical" + ")" * 500, "nested too deeply"),
        ("NOT " * 5000 + "critical", "nested too deeply"),
        ("critical OR " * 8000 + "critical", "longer than 64 KB"),
    ],
)
def test_what_the_grammar_refuses(text: str, says: str) -> None:
    with pytest.raises(RuleError) as caught:
        predicate.parse(text, COLUMNS, {}, domains=DOMAINS, where="rule X")
    assert says in str(caught.value)
    assert "rule X" in str(caught.value)


def test_lists_and_single_values_are_told_apart() -> None:
    assert parse("role IN $r", r=["storage", "backup"]).sql == "\"role\" IN ('storage', 'backup')"
    assert parse("role IN ($a,$b)", a="storage", b="backup").params_used == ("a", "b")
    assert parse("required_seal >= $n", n=-0).sql == '"required_seal" >= 0'
    assert parse("end_date < $as_of", as_of=date(2026, 1, 2)).sql.endswith(
        "CAST('2026-01-02' AS DATE)"
    )
    for bad in ("storage", [], [None], ["storage", None], [True], ["storaje"], [["storage"]]):
        with pytest.raises(RuleError):
            parse("role IN $r", r=bad)
    for bad in (["storage"], None, True, 3, float("nan")):
        with pytest.raises(RuleError):
            parse("role = $r", r=bad)


def test_a_value_cannot_break_out_of_its_literal() -> None:
    found = parse("provider_name = $p", p="x' OR TRUE OR 'a' = '")
    assert found.atoms == (found.sql,)
    connection = duckdb.connect()
    row = connection.execute(f"SELECT {found.sql} FROM (SELECT 'x' AS provider_name)").fetchone()
    assert row == (False,)


def test_a_long_chain_is_taken() -> None:
    found = parse(" OR ".join(["critical", "exposed"] * 2000))
    assert found.atoms == ('"critical"', '"exposed"')
    assert found.columns == ("critical", "exposed")


def test_atoms_compose_back_to_the_same_logic() -> None:
    found = parse("NOT (critical OR role = 'storage') AND (exposed OR role = 'storage')")
    assert found.atoms == ('"critical"', "\"role\" = 'storage'", '"exposed"')
    composed = found.compose(lambda atom: f"TRY({atom})")
    assert composed == (
        '((NOT (TRY("critical") OR TRY("role" = \'storage\')))'
        ' AND (TRY("exposed") OR TRY("role" = \'storage\')))'
    )


_BOOLS = st.sampled_from([True, False, None])
_SMALL = {
    "a": Column("a", "bool"),
    "b": Column("b", "bool"),
    "n": Column("n", "int", "0..9"),
    "t": Column("t", "text", "x;y;z"),
}
_ATOMS = st.sampled_from(
    ["a", "b", "n > 3", "n BETWEEN 2 AND 5", "n NOT IN (1, 2)", "t IN ('x','y')", "t NOT LIKE 'x%'"]
)
_TREES = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT {}".format, inner),
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(
    text=_TREES,
    row=st.tuples(
        _BOOLS, _BOOLS, st.none() | st.integers(0, 9), st.sampled_from(["x", "y", "z", None])
    ),
)
def test_regenerated_sql_means_what_was_written(text: str, row: tuple[Any, ...]) -> None:
    found = predicate.parse(text, _SMALL)
    source = "(SELECT ?::BOOLEAN AS a, ?::BOOLEAN AS b, ?::INTEGER AS n, ?::VARCHAR AS t)"
    composed = found.compose(lambda atom: f"TRY({atom})")
    answer = duckdb.execute(f"SELECT {text}, {found.sql}, {composed} FROM {source}", row).fetchone()
    assert answer is not None
    assert answer[0] is answer[1] is answer[2]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused_with_a_sentence(text: str) -> None:
    try:
        predicate.parse(text, _SMALL)
    except RuleError as error:
        assert str(error)
