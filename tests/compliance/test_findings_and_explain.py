"""Findings with their evidence, and the explanation of one verdict."""

from datetime import date
from typing import Any

import duckdb
import pytest

from freehold.catalogue import open_catalogue
from freehold.compliance import Rule, Waiver, explain, findings, judge
from freehold.errors import InputError, RuleError

from .helpers import named, publish, rule

TODAY = date(2026, 11, 23)

TRANSFER: dict[str, Any] = {
    "subject": "transfers",
    "severity": "high",
    "applies": "is_personal",
    "fails": "transfer_basis NOT IN $allowed",
    "params": {"allowed": ["eea", "adequate", "scc"]},
    "evidence": ["data_set", "country", "transfer_basis"],
    "says": "{data_set}: it's in {country}, basis {transfer_basis}, personal {is_personal}",
    "fix": "Move it.",
    "source": {"text": "GDPR Art. 44", "verified": True},
}


def transfer(key: str, **parts: Any) -> dict[str, Any]:
    return {"transfer": key, "data_set": "crm", "is_personal": True} | parts


def test_a_finding_carries_its_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    publish(
        connection,
        "transfers",
        [
            transfer("t0", country="US", transfer_basis="none"),
            transfer("t1", country=None, transfer_basis="none"),
            transfer("t2", country="FR", transfer_basis="eea"),
            transfer("t3", country="US"),
            transfer("t4", country="US", transfer_basis="none", transfer_basis__verified=False),
        ],
    )
    found = judge(connection, [rule(**TRANSFER)], TODAY, frameworks=[])
    page = findings(connection, found)
    assert (page.total, page.by_rule) == (2, {"R-1": 2})
    first, second = page.rows
    assert first.says == "crm: it's in US, basis none, personal yes"
    assert second.says == "crm: it's in unknown, basis none, personal yes"
    assert first.evidence == {"data_set": "crm", "country": "US", "transfer_basis": "none"}
    assert (first.severity, first.fix, first.subject_id) == ("high", "Move it.", "t0")
    assert first.source is not None
    assert first.source.text == "GDPR Art. 44"
    missing, unsure = findings(connection, found, results=("unknown",)).rows
    assert (missing.subject_id, missing.missing, missing.reason) == (
        "t3",
        ("transfer_basis",),
        "missing",
    )
    assert (unsure.missing, unsure.unverified) == ((), ("transfer_basis",))
    assert (unsure.if_confirmed, unsure.rests_on_unverified) == ("fail", True)


def test_pages_follow_each_other_without_gaps(connection: duckdb.DuckDBPyConnection) -> None:
    publish(connection, "placements", named([{"is_eea": False, "exposed": True}] * 7))
    rules = [
        rule("LOW", severity="low"),
        rule("TOP", severity="critical", fails="exposed"),
        rule("MID", fails="NOT is_eea", weight=20),
        rule("FINE", fails="is_eea"),
    ]
    found = judge(connection, rules, TODAY, frameworks=[])
    whole = findings(connection, found, limit=None)
    assert [(f.rule_id, f.subject_id) for f in whole.rows] == [
        (name, f"p{n}") for name in ("TOP", "MID", "LOW") for n in range(7)
    ]
    pages = [findings(connection, found, limit=4, offset=4 * n).rows for n in range(6)]
    assert [f for page in pages for f in page] == list(whole.rows)
    assert findings(connection, found, severities=["low"]).total == 7
    assert findings(connection, found, rules=["MID"], subject_id="p3").total == 1
    assert findings(connection, found, results=("waived",)).rows == ()


def test_numbers_are_said_plainly(connection: duckdb.DuckDBPyConnection) -> None:
    publish(
        connection,
        "shares",
        [{"share_key": "s", "share": 0.5, "hhi": 1.0, "member": "{x}", "undecided": False}],
    )
    told = rule(subject="shares", fails="share > 0.4", says="{member}: {share}, {hhi}, {undecided}")
    found = judge(connection, [told], TODAY, frameworks=[])
    assert findings(connection, found).rows[0].says == "{x}: 50 %, 1, no"


def test_the_row_that_decides_stands_for_its_parent(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    publish(
        connection,
        "transfers",
        [
            transfer("t0", country="FR", transfer_basis="eea"),
            transfer("t1", country="US", transfer_basis="none"),
            transfer("t2", country=None, transfer_basis=None),
        ],
    )
    publish(connection, "data_sets", [{"data_set": "crm"}, {"data_set": "void"}])
    rolled = rule(**(TRANSFER | {"per": "data_sets", "applies": True}))
    found = judge(connection, [rolled], TODAY, frameworks=[])
    (failing,) = findings(connection, found).rows
    assert (failing.subject_id, failing.row_id, failing.rows) == ("crm", "t1", 3)
    (childless,) = findings(connection, found, results=("unknown",)).rows
    assert (childless.subject_id, childless.row_id, childless.rows) == ("void", None, 0)
    assert childless.evidence["data_set"] == "void"
    told = explain(connection, found, "R-1", "crm")
    assert (told.row_id, told.rows, told.verdict) == ("t1", 3, "fail")
    assert explain(connection, found, "R-1", "void").verdict == "unknown"


def test_an_explanation_goes_down_to_the_atoms(connection: duckdb.DuckDBPyConnection) -> None:
    publish(
        connection,
        "transfers",
        [
            transfer("t0", country="US", transfer_basis="none"),
            transfer("t1", country="US", transfer_basis="none", transfer_basis__verified=False),
            transfer("t2", is_personal=False),
            transfer("t3", transfer_basis="eea"),
        ],
    )
    found = judge(connection, [rule(**TRANSFER)], TODAY, frameworks=[])
    told = explain(connection, found, "R-1", "t0")
    assert {value.column: value.value for value in told.values} == {
        "is_personal": True,
        "transfer_basis": "none",
    }
    assert [(atom.part, atom.result) for atom in told.atoms] == [
        ("applies", True),
        ("fails", False),
    ]
    assert told.atoms[1].sql == "\"transfer_basis\" IN ('eea', 'adequate', 'scc')"
    assert told.smallest_change is not None
    assert (told.smallest_change.column, told.smallest_change.new) == ("transfer_basis", "eea")
    unsure = explain(connection, found, "R-1", "t1")
    assert (unsure.verdict, unsure.reason, unsure.if_confirmed) == (
        "unknown",
        "unverified",
        "fail",
    )
    assert unsure.atoms[1].result is None
    assert explain(connection, found, "R-1", "t2").verdict == "not_applicable"
    passing = explain(connection, found, "R-1", "t3")
    assert (passing.verdict, passing.smallest_change) == ("pass", None)


def changed(connection: duckdb.DuckDBPyConnection, judged_rule: Rule, view: str, row: Any) -> Any:
    publish(connection, view, [row])
    found = judge(connection, [judged_rule], TODAY, frameworks=[])
    key = next(iter(row.values()))
    change = explain(connection, found, judged_rule.id, key).smallest_change
    assert change is not None
    return change.column, change.kind, change.new


@pytest.mark.parametrize(
    ("parts", "row", "want"),
    [
        (
            {"subject": "keys", "fails": "custody < $least", "params": {"least": 3}},
            {"key": "k", "custody": 1},
            ("custody", "set", 3),
        ),
        (
            {"subject": "contracts", "fails": "end_date < $as_of + INTERVAL 30 DAY"},
            {"contract": "c", "end_date": date(2026, 12, 1)},
            ("end_date", "set", date(2026, 12, 23)),
        ),
        (
            {"subject": "placements", "fails": "NOT is_eea", "applies": "critical"},
            {"placement": "p", "critical": True, "is_eea": None},
            ("is_eea", "set", True),
        ),
        (
            {"subject": "placements", "fails": "NOT is_eea", "severity": "critical"},
            {"placement": "p", "is_eea": True, "is_eea__verified": False},
            ("is_eea", "confirm", True),
        ),
        (
            {"subject": "contracts", "fails": "audit_rights <> 'unrestricted'"},
            {"contract": "c", "audit_rights": "none"},
            ("audit_rights", "set", "unrestricted"),
        ),
    ],
)
def test_the_smallest_change_makes_it_pass(
    connection: duckdb.DuckDBPyConnection, parts: Any, row: Any, want: Any
) -> None:
    assert changed(connection, rule(**parts), parts["subject"], row) == want


def test_sources_and_waivers_are_named(connection: duckdb.DuckDBPyConnection) -> None:
    open_catalogue(connection, tables=("regions", "providers"), layers=False)
    connection.execute("CREATE SCHEMA estate")
    connection.execute(
        "CREATE TABLE estate.resources AS SELECT 'r' AS resource_id, 'x' AS provenance_id"
    )
    connection.execute(
        "CREATE TABLE estate.provenance AS"
        " SELECT 'x' AS provenance_id, 'bill.csv' AS source_name, 7 AS record"
    )
    provider, region, country = connection.execute(
        "SELECT provider_id, region_id, country_iso2 FROM catalogue.regions"
        " WHERE verified AND country_iso2 = 'US' ORDER BY ALL LIMIT 1"
    ).fetchall()[0]
    publish(
        connection,
        "resources",
        [
            {
                "resource": "r",
                "provider": provider,
                "region": region,
                "country": country,
                "environment": "production",
            }
        ],
    )
    read = rule(subject="resources", fails="country = 'US' AND environment = 'production'")
    waiver = Waiver(
        waiver_id="w",
        rule_id="R-1",
        subject_id="r",
        owner="a",
        approver="b",
        expires_on=TODAY,
    )
    found = judge(connection, [read], TODAY, waivers=[waiver], frameworks=[])
    told = explain(connection, found, "R-1", "r")
    assert told.verdict == "waived"
    assert told.waiver is not None
    assert told.waiver.state == "active"
    sources = {value.column: value.source for value in told.values}
    assert sources["country"] is not None
    assert sources["country"].startswith(f"catalogue regions {provider}, {region}")
    assert sources["environment"] == "estate resources r, bill.csv, record 7"


def test_what_was_not_judged_cannot_be_explained(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    publish(connection, "placements", named([{}]))
    found = judge(connection, [rule()], TODAY, frameworks=[])
    with pytest.raises(RuleError, match="R-9"):
        explain(connection, found, "R-9", "p0")
    with pytest.raises(InputError, match="p9"):
        explain(connection, found, "R-1", "p9")
