"""The level of an estate: derived, attested and starting answers over the delivery chain."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from freehold.catalogue import open_catalogue
from freehold.compliance import csf
from freehold.compliance.csf.facts import Answer, Derived
from freehold.compliance.csf.levels import every_party_criteria, settle

from .helpers import publish

TODAY = date(2026, 11, 23)


@pytest.fixture
def estate(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    open_catalogue(connection, tables=("frameworks", "csf_weights", "csf_profiles"), layers=False)
    publish(connection, "answers", [])
    yield connection


def service(name: str, provider: str, **parts: Any) -> dict[str, Any]:
    return {"service": name, "provider": provider, "in_scope": True} | parts


def link(name: str, provider: str, rank: int = 1, **parts: Any) -> dict[str, Any]:
    return {
        "link": f"{name}/{rank}",
        "service": name,
        "provider": provider,
        "party": provider,
        "rank": rank,
    } | parts


def level(
    connection: duckdb.DuckDBPyConnection,
    services: list[dict[str, Any]],
    chain: list[dict[str, Any]],
) -> csf.EstateLevel:
    publish(connection, "services", services)
    publish(connection, "chain", chain)
    return csf.estate_level(connection, as_of=TODAY)


def state(found: csf.EstateLevel, criterion: str, rank: int = 1) -> csf.CriterionState:
    (one,) = (s for s in found.services[0].criteria if s.criterion == criterion and s.rank == rank)
    return one


def test_no_service_in_scope_has_no_level(estate: duckdb.DuckDBPyConnection) -> None:
    found = level(estate, [service("s", "aws", in_scope=False)], [])
    assert (found.seal, found.seal_low, found.seal_high, found.score_low) == (None,) * 4
    assert (found.coverage, found.services) == (0.0, ())
    assert found.as_framework().score is None


def test_an_offer_starts_from_its_published_answers_only(
    estate: duckdb.DuckDBPyConnection,
) -> None:
    found = level(estate, [service("s", "scaleway")], [link("s", "scaleway")])
    assert found.services[0].profile == "scaleway"
    assert (state(found, "SOV-2.1").option, state(found, "SOV-2.1").basis) == (3, "published")
    # An assumed answer proves nothing, but is kept beside.
    support = state(found, "SOV-4.4")
    assert (support.option, support.basis) == (None, "assumed")
    assert support.assumed_options == {4}
    assert found.seal is None
    assert found.seal_low is not None
    assert found.seal_low <= found.services[0].assumed.seal_low
    assert 0 < found.coverage < 1


def test_an_offer_with_conditions_is_not_taken_for_granted(
    estate: duckdb.DuckDBPyConnection,
) -> None:
    untold = level(estate, [service("s", "aws")], [link("s", "aws")])
    assert untold.services[0].profile is None
    assert untold.coverage == 0
    told = level(estate, [service("s", "aws", offer="aws/eu_region")], [link("s", "aws")])
    named = level(
        estate, [service("s", "aws", offer="EU region of the public cloud")], [link("s", "aws")]
    )
    assert told.services[0].profile == named.services[0].profile == "aws/eu_region"
    assert state(told, "SOV-1.1").option == 1


def test_estate_facts_beat_answers_and_the_disagreement_is_told(
    estate: duckdb.DuckDBPyConnection,
) -> None:
    publish(
        estate,
        "answers",
        [
            {
                "answer": "a1",
                "service": "s",
                "criterion": "SOV-3.1",
                "option": 5,
                "basis": "attested",
            },
            {
                "answer": "a2",
                "service": "s",
                "criterion": "SOV-1.8",
                "option": 4,
                "basis": "audited",
            },
            {
                "answer": "a3",
                "service": "s",
                "criterion": "SOV-1.3",
                "option": 4,
                "basis": "assumed",
            },
        ],
    )
    found = level(estate, [service("s", "vultr")], [link("s", "vultr", key_custody=2)])
    keys = state(found, "SOV-3.1")
    assert (keys.option, keys.basis, keys.rule_id) == (2, "derived", "CSF-SOV-3.1")
    assert keys.disagreement is not None
    assert "option 5" in keys.disagreement
    assert (state(found, "SOV-1.8").option, state(found, "SOV-1.8").basis) == (4, "audited")
    assert state(found, "SOV-1.3").option is None


def test_every_party_counts_with_its_lowest(estate: duckdb.DuckDBPyConnection) -> None:
    chain = [
        link("s", "scaleway", parent_is_eea=True),
        link("s", "aws", rank=2, parent_is_eea=False),
    ]
    found = level(estate, [service("s", "scaleway")], chain)
    assert state(found, "SOV-1.1").option == 4
    assert state(found, "SOV-1.1", rank=2).option == 1
    objective = found.services[0].result.objectives["SOV-1"]
    assert objective.seal_high == 1
    assert found.seal_high == 1
    assert "SOV-1.1" in found.capped_by
    # What is asked once per offer is not asked of a subcontractor.
    assert not [s for s in found.services[0].criteria if s.criterion == "SOV-8.1" and s.rank == 2]
    assert len(every_party_criteria()) == 9


def test_the_estate_is_as_low_as_its_lowest_service(estate: duckdb.DuckDBPyConnection) -> None:
    services = [
        service("a", "scaleway", required_seal=3),
        service("b", "aws", offer="aws/eu_region", required_seal=2),
        service("c", "aws", in_scope=False),
    ]
    found = level(estate, services, [link("a", "scaleway"), link("b", "aws")])
    assert [s.service for s in found.services] == ["a", "b"]
    assert found.seal_high == min(s.result.seal_high for s in found.services) <= 1
    assert found.services[1].below_required is True
    assert found.services[0].below_required is None
    assert found.services[1].capping


def test_an_unverified_fact_does_not_derive(estate: duckdb.DuckDBPyConnection) -> None:
    told = link("s", "vultr", worst_pue=1.1)
    assert state(level(estate, [service("s", "vultr")], [told]), "SOV-8.1").option == 4
    unsure = level(estate, [service("s", "vultr")], [told | {"worst_pue__verified": False}])
    assert state(unsure, "SOV-8.1").option is None


def test_an_answer_that_cannot_be_is_left_out_and_told(
    estate: duckdb.DuckDBPyConnection,
) -> None:
    publish(
        estate,
        "answers",
        [{"answer": "a", "service": "s", "criterion": "SOV-2.1", "option": 5}],
    )
    found = level(estate, [service("s", "vultr")], [link("s", "vultr")])
    assert found.problems == ("s: SOV-2.1 has no option 5",)
    assert state(found, "SOV-2.1").option is None


ALL = frozenset({1, 2, 3, 4, 5})


def answer(option: int) -> Answer:
    return Answer(option, "attested", True, None, None)


@pytest.mark.parametrize(
    ("options", "holds", "given", "want", "noted"),
    [
        ({4}, True, None, {4}, False),
        ({4}, True, 4, {4}, False),
        ({4}, True, 5, {4}, True),
        ({5, 4}, True, None, {5, 4}, False),
        ({5, 4}, True, 5, {5}, False),
        ({5, 4}, True, 2, {5, 4}, True),
        ({5}, False, None, {1, 2, 3, 4, 5}, False),
        ({5}, False, 5, {5}, False),
        ({5}, False, 2, {2}, False),
        ({5}, False, 4, {5, 4}, True),
        (set(), False, None, {1, 2, 3, 4, 5}, False),
    ],
)
def test_what_facts_and_answer_leave_open(
    options: set[int], holds: bool, given: int | None, want: set[int], noted: bool
) -> None:
    derived = Derived("R", frozenset(options), holds, frozenset({5, 4}))
    left, note = settle(derived, None if given is None else answer(given), ALL)
    assert (left, note is not None) == (want, noted)
    assert settle(None, None, ALL) == (ALL, None)
