"""Publishing builds what changed, and the views are those that building all anew gives."""

from collections.abc import Callable, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples

from freehold.estate import Workspace, dictionary, publish
from freehold.estate.changes import Change
from freehold.estate.publishing import part_of
from freehold.estate.resolving import VIEW_KEYS
from freehold.estate.scenario_schema import build_schema


@pytest.fixture(scope="module")
def sample(open_sample: Callable[[str], Workspace]) -> Workspace:
    workspace = open_sample("bank")
    workspace.publish()
    workspace.connection.execute("CREATE SCHEMA first")
    for name in dictionary.views():
        workspace.connection.execute(f'CREATE TABLE first."{name}" AS FROM views."{name}"')
    return workspace


def _assert_as_anew(workspace: Workspace, estate: str, views: str, as_of: date) -> None:
    publish(workspace.connection, estate=estate, schema="anew", as_of=as_of)
    _assert_same(workspace, views, "anew")
    workspace.connection.execute("DROP SCHEMA anew CASCADE")


def _assert_same(workspace: Workspace, views: str, others: str) -> None:
    for name in dictionary.views():
        one, other = (f'"{schema}"."{name}"' for schema in (views, others))
        unlike = workspace.connection.execute(
            f"SELECT (SELECT (count(*), sum(hash(t))) FROM {one} t)"
            f" IS DISTINCT FROM (SELECT (count(*), sum(hash(t))) FROM {other} t)"
        ).fetchall()
        assert unlike == [(False,)], name


def test_nothing_changed_builds_nothing(sample: Workspace) -> None:
    assert publish(sample.connection, as_of=sample.as_of) == ()


@pytest.mark.parametrize(
    "changes",
    [
        [Change(target="contracts", op="set", where="TRUE", column="end_date", value="2026-11-01")],
        [Change(target="resources", op="set", where="TRUE", column="provider_id", value="hetzner")],
        [Change(target="placements", op="remove_row", where="TRUE")],
    ],
    ids=["contracts end", "resources move", "placements go"],
)
def test_views_after_an_edit_are_those_built_anew(
    sample: Workspace, changes: Sequence[Change]
) -> None:
    applied = sample.apply(changes)
    built = publish(sample.connection, as_of=sample.as_of)
    _assert_as_anew(sample, "estate", "views", sample.as_of)
    assert "models" not in built
    sample.undo(applied)
    publish(sample.connection, as_of=sample.as_of)
    _assert_same(sample, "views", "first")


def test_a_scenario_shares_the_views_its_changes_leave_alone(sample: Workspace) -> None:
    sample.publish()
    moved = Change(
        target="contracts", op="set", where="TRUE", column="end_date", value="2027-05-05"
    )
    built = build_schema(sample, "later", [moved], sample.as_of)
    kinds = dict(
        sample.connection.execute(
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = ?",
            [built.views],
        ).fetchall()
    )
    assert (kinds["models"], kinds["contracts"]) == ("VIEW", "BASE TABLE")
    _assert_as_anew(sample, built.estate, built.views, sample.as_of)


def test_another_date_builds_what_depends_on_it(sample: Workspace) -> None:
    later = date(2027, 6, 1)
    sample.publish()
    built = publish(sample.connection, as_of=later)
    assert "obligations" in built
    assert "applications" not in built
    _assert_as_anew(sample, "estate", "views", later)
    sample.publish()


def test_a_part_of_a_view_sees_what_was_changed_in_tables_and_in_views_it_reads(
    sample: Workspace,
) -> None:
    sample.publish()
    applied = sample.apply(
        [
            Change(target="resources", op="set", where="provider = 'aws'",
                   column="application_id", value="APP-CORE"),
            Change(target="services", op="set", where="provider = 'azure'", column="provider_id",
                   value="ovhcloud"),
            Change(target="regions", op="set", where="region_id = 'eu-west-3'",
                   column="country_iso2", value="US"),
            Change(target="contracts", op="remove_row", where="parent_country = 'FR'"),
        ]
    )  # fmt: skip
    publish(sample.connection, schema="anew", as_of=sample.as_of)
    columns = [(view, name) for view in VIEW_KEYS for name in dictionary.views()[view].documented]

    @settings(max_examples=examples(12), deadline=None)
    @given(st.sampled_from(columns))
    def has_the_values_of_the_view(column: tuple[str, str]) -> None:
        view, name = column
        sql = part_of(sample.connection, view, {VIEW_KEYS[view], name}, as_of=sample.as_of)
        names = f'"{VIEW_KEYS[view]}", "{name}" AS asked'
        assert (
            sample.connection.execute(f"SELECT DISTINCT {names} FROM ({sql}) ORDER BY ALL")
        ).fetchall() == (
            sample.connection.execute(f'SELECT {names} FROM anew."{view}" ORDER BY ALL').fetchall()
        )

    has_the_values_of_the_view()
    sample.connection.execute("DROP SCHEMA anew CASCADE")
    sample.undo(applied)
    sample.publish()


def test_a_predicate_is_answered_without_building_what_it_does_not_read(sample: Workspace) -> None:
    sql = part_of(
        sample.connection, "resources", {"resource", "provider"}, as_of=sample.as_of, schema="none"
    )
    assert sample.connection.execute(f"SELECT count(*) FROM ({sql})").fetchone() == (
        sample.row_count("resources"),
    )
    built = sample.connection.execute("SELECT * FROM duckdb_tables() WHERE schema_name = 'none'")
    assert built.fetchall() == []
