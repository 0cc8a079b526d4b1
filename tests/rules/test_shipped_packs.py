"""The shipped packs: their own tests, their sources, and what the framework maps claim."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from freehold.catalogue import open_catalogue
from freehold.compliance import packs, rule_tests
from freehold.compliance.rule import FrameworkMap, Rule

FACTS = {
    "gdpr": "GDPR",
    "dora": "DORA",
    "secnumcloud": "SECNUMCLOUD",
    "bsi-c5": "BSI-C5",
    "bsi-c3a": "BSI-C3A",
    "ens": "ENS",
    "hds": "HDS",
    "acn": "ACN",
    "gaia-x": "GAIA-X",
    "iso27001": "ISO27001",
    "iso27017": "ISO27017",
    "iso27018": "ISO27018",
    "nis2": "NIS2",
    "data-act": "DATA-ACT",
    "ai-act": "AI-ACT",
    "cada": "CADA",
}
PACKS = {
    pack.id: pack for pack in packs.shipped() if all(rule.kind == "row" for rule in pack.rules)
}
RULES = [rule for pack in PACKS.values() for rule in pack.rules]
MAPS = {frame.id: frame for frame in packs.shipped_frameworks()}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        open_catalogue(opened)
        yield opened


def by_id(rule: Rule) -> str:
    return rule.id


def test_packs_of_row_rules_are_many_and_open() -> None:
    assert {"residency", "ownership", "concentration", "dora", "gdpr"} <= set(PACKS)
    assert len(RULES) >= 76
    assert all(pack.head.licence == "Apache-2.0" for pack in PACKS.values())


@pytest.mark.parametrize("pack", sorted(PACKS))
def test_every_rule_passes_its_own_tests(pack: str) -> None:
    report = rule_tests.run_packs([PACKS[pack]])
    assert [str(failure) for failure in report.failures] == []
    assert report.passed >= 4 * len(PACKS[pack].rules)


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_each_rule_is_tested_for_every_result_it_can_give(rule: Rule) -> None:
    expected = {test.expect for test in rule.tests}
    wanted = {"pass", "fail", "unknown"} | (
        {"not_applicable"} if rule.applies is not True else set()
    )
    assert wanted <= expected


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_each_rule_says_where_it_comes_from_and_what_to_do(rule: Rule) -> None:
    assert rule.source is not None
    assert rule.source.text
    assert rule.source.as_of
    assert rule.source.url is None or rule.source.url.startswith("https://")
    assert rule.fix.endswith(".")
    assert "{" in rule.says
    assert rule.evidence


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.basis == "law"], ids=by_id)
def test_law_is_dated_unless_the_rows_carry_the_date(rule: Rule) -> None:
    assert rule.valid_from is not None or "in_force" in str(rule.applies)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.subject == "shares"], ids=by_id)
def test_shares_never_claim_a_law(rule: Rule) -> None:
    assert rule.basis == "house_default"


def test_the_example_of_the_format_stands_as_written() -> None:
    rule = next(rule for rule in RULES if rule.id == "RES-EU-001")
    assert rule.params == {"allowed": ["eea", "adequate", "scc", "bcr", "derogation"]}
    assert (rule.subject, rule.per, rule.quantifier) == ("transfers", "data_sets", "every")
    assert (rule.applies, rule.fails) == ("is_personal", "transfer_basis NOT IN $allowed")
    assert rule.valid_from == date(2018, 5, 25)


def test_switching_fees_are_judged_only_from_the_day_they_are_banned() -> None:
    rule = next(rule for rule in RULES if rule.id == "DATA-SWI-003")
    assert not rule.in_force(date(2027, 1, 11))
    assert rule.in_force(date(2027, 1, 12))


@pytest.mark.parametrize("frame", sorted(FACTS))
def test_framework_maps_name_every_clause_of_the_catalogue(
    connection: duckdb.DuckDBPyConnection, frame: str
) -> None:
    known = connection.execute(
        "SELECT control_id FROM catalogue.frameworks WHERE framework_id = ?"
        " AND control_id <> 'COUNT'",
        [FACTS[frame]],
    ).fetchall()
    clauses = [clause.id for clause in MAPS[frame].clauses]
    assert len(clauses) == len(set(clauses))
    assert {name for (name,) in known} <= set(clauses)


@pytest.mark.parametrize("frame", [*FACTS, "concentration"])
def test_clauses_decided_by_rules_have_rules_and_the_rest_say_so(frame: str) -> None:
    found: FrameworkMap = MAPS[frame]
    assert {clause.decided_by for clause in found.clauses} <= {"rules", "attested", "out_of_scope"}
    assert set(found.rule_ids) <= {rule.id for rule in RULES}
    assert all(clause.note for clause in found.clauses if clause.decided_by == "out_of_scope")


def test_residency_rules_name_laws_as_the_catalogue_spells_them(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    laws = {
        name
        for (name,) in connection.execute("SELECT law FROM catalogue.residency_laws").fetchall()
    }
    named: set[str] = set()
    for rule in RULES:
        if rule.subject != "obligations":
            continue
        for name in (
            "law", "laws", "not_national", "not_places", "judged_elsewhere", "recognises_eea",
            "accountable",
        ):  # fmt: skip
            value = rule.params.get(name, [])
            named |= {str(item) for item in (value if isinstance(value, list) else [value])}
    assert named
    assert named <= laws


def test_home_of_the_jurisdiction_rules_is_the_eea_of_the_catalogue(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    members = connection.execute(
        "SELECT country_iso2 FROM catalogue.countries WHERE eea_member"
    ).fetchall()
    for rule in RULES:
        if "home" in rule.params:
            assert sorted(rule.params["home"]) == sorted(code for (code,) in members)  # type: ignore[arg-type]


def test_every_kind_of_requirement_in_the_table_is_judged(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    kinds = connection.execute(
        "SELECT DISTINCT requirement FROM catalogue.residency_laws"
    ).fetchall()
    judged = " ".join(str(rule.applies) for rule in RULES if rule.subject == "obligations")
    assert {kind for (kind,) in kinds if f"requirement = '{kind}'" not in judged} == set()


def test_a_law_left_to_a_rule_of_its_own_has_one_or_is_named_as_not_judged() -> None:
    own: set[str] = set()
    left: set[str] = set()
    for rule in RULES:
        if rule.subject != "obligations":
            continue
        for name in ("law", "laws", "accountable"):
            value = rule.params.get(name, [])
            own |= {str(item) for item in (value if isinstance(value, list) else [value])}
        for name in ("not_national", "judged_elsewhere"):
            left |= {str(item) for item in rule.params.get(name, [])}  # type: ignore[union-attr]
    not_judged = {
        "TKG section 176",  # not applied after court rulings
        "Cloud au centre circular 2023 and SREN Act 2024 Art. 31",  # asks for a qualification
        "Hosting Certification Framework",  # asks for a certificate of the host
        "GDPR Chapter V",  # judged over transfers
        "European Health Data Space Reg. 2025/327 Art. 86-88",  # leaves it to member states
    }
    assert left - own == not_judged


def test_a_proposal_is_marked_and_left_off() -> None:
    heads = {pack.id: pack.head for pack in packs.shipped()}
    assert heads["cada"].proposal
    assert not any(head.proposal for name, head in heads.items() if name != "cada")


@pytest.mark.parametrize(
    ("name", "before", "first"),
    [
        ("DATA-SWI-007", date(2027, 1, 11), date(2027, 1, 12)),
        ("AIA-BAN-001", date(2025, 2, 1), date(2025, 2, 2)),
        ("AIA-TRA-001", date(2026, 8, 1), date(2026, 8, 2)),
        ("AIA-DOC-001", date(2027, 12, 1), date(2027, 12, 2)),
        ("NIS2-SUP-001", date(2024, 10, 17), date(2024, 10, 18)),
    ],
)
def test_a_duty_is_judged_from_its_first_day(name: str, before: date, first: date) -> None:
    rule = next(rule for rule in RULES if rule.id == name)
    assert not rule.in_force(before)
    assert rule.in_force(first)


def test_what_a_later_duty_replaces_ends_the_day_before_it() -> None:
    dates = {rule.id: rule for rule in RULES}
    for old, new in (("DATA-SWI-006", "DATA-SWI-007"), ("AIA-RDY-001", "AIA-DOC-001")):
        last, first = dates[old].valid_to, dates[new].valid_from
        assert last is not None
        assert first is not None
        assert (first - last).days == 1
