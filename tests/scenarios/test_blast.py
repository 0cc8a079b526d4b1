"""Blast radius: nothing revives, wholes take what their parts take, indices stay in bounds."""

import pytest

from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.scenarios.blast import DIMENSIONS, blast, members, rank
from freehold.scenarios.schemas import Schemas, schemas_of

GRAVITY = {"erodes": 0, "copy_left": 1, "failover": 1, "lost": 2}


@pytest.fixture(scope="module")
def place(published_bank: Workspace) -> Schemas:
    return schemas_of(published_bank)


def test_hosting_key_and_identity_are_paths(published_bank: Workspace, place: Schemas) -> None:
    gone = {(g.kind, g.id): g for g in blast(
        published_bank.connection, place, "provider", "azure"
    ).gone}  # fmt: skip
    assert gone["function", "F-CREDIT"].state == "lost"
    assert "hosting" in gone["function", "F-CREDIT"].paths
    # Its machines stand elsewhere; only the sign-in is at Azure.
    assert gone["application", "APP-WEB"].paths == "identity"
    assert gone["application", "APP-WEB"].state == "failover"


def test_the_ranking_says_what_the_radius_says(published_bank: Workspace, place: Schemas) -> None:
    connection = published_bank.connection
    ranking = rank(connection, place)
    assert {row.dimension for row in ranking} <= set(DIMENSIONS)
    for row in [*ranking[:6], *ranking[-3:]]:
        found = blast(connection, place, row.dimension, row.member)
        functions = [g for g in found.gone if g.kind == "function"]
        assert row.functions_lost == sum(g.state == "lost" for g in functions)
        assert row.functions_on_failover == sum(g.state == "failover" for g in functions)
        assert row.critical_functions_lost == sum(
            g.state == "lost" and bool(g.critical) for g in functions
        )
    keys = [(row.critical_functions_lost, row.functions_lost) for row in ranking]
    assert keys == sorted(keys, reverse=True)
    assert all(0 < row.share <= 1 for row in ranking)


def test_removing_more_never_revives_what_died_with_less(
    published_bank: Workspace, place: Schemas
) -> None:
    connection = published_bank.connection
    for provider, group in connection.execute(
        "SELECT provider, provider_group FROM views.providers WHERE provider_group IS NOT NULL"
        " AND provider IN ('azure', 'outscale')"
    ).fetchall():
        part = {(g.kind, g.id): GRAVITY[g.state] for g in
                blast(connection, place, "provider", provider).gone}  # fmt: skip
        whole = {(g.kind, g.id): GRAVITY[g.state] for g in
                 blast(connection, place, "provider_group", group).gone}  # fmt: skip
        assert all(whole[thing] >= gravity for thing, gravity in part.items())


def test_concentration_stays_within_its_bounds(published_bank: Workspace) -> None:
    rows = published_bank.connection.execute(
        "SELECT dimension, base, CAST(any_value(hhi) AS DOUBLE),"
        " CAST(any_value(hhi_high) AS DOUBLE), count(*), CAST(sum(share) AS DOUBLE)"
        " FROM views.shares WHERE share IS NOT NULL GROUP BY ALL"
    ).fetchall()
    assert rows
    for _, _, hhi, high, count, total in rows:
        assert total <= 1 + 1e-4
        assert total * total / count - 1e-4 <= hhi <= high + 1e-9
        assert high <= 1


@pytest.mark.parametrize(("dimension", "member"), [("colour", "x"), ("provider", "asure")])
def test_a_node_that_is_not_there_is_named(
    published_bank: Workspace, place: Schemas, dimension: str, member: str
) -> None:
    with pytest.raises(InputError) as caught:
        blast(published_bank.connection, place, dimension, member)
    assert member in str(caught.value) or dimension in str(caught.value)
    if dimension == "provider":
        assert "azure" in str(caught.value)


def test_members_are_what_something_rests_on(published_bank: Workspace, place: Schemas) -> None:
    assert "aws/eu-west-3" in members(published_bank.connection, place, "region")
    assert "NVIDIA" in members(published_bank.connection, place, "chip_vendor")
