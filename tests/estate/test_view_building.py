"""Publishing builds what changed, and the views are those that building all anew gives."""

from collections.abc import Sequence
from datetime import date

import pytest

from freehold.estate import Workspace, dictionary, publish, samples
from freehold.estate.changes import Change
from freehold.estate.scenario_schema import build_schema


@pytest.fixture(scope="module")
def sample() -> Workspace:
    workspace = samples.load(samples.available()[0].name)
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
        one, other = (
            workspace.connection.execute(f'FROM "{schema}"."{name}" ORDER BY ALL').fetchall()
            for schema in (views, others)
        )
        assert one == other, name


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
    publish(sample.connection, schema="dated", as_of=sample.as_of)
    built = publish(sample.connection, schema="dated", as_of=later)
    assert "obligations" in built
    assert "applications" not in built
    _assert_as_anew(sample, "estate", "dated", later)
    sample.connection.execute("DROP SCHEMA dated CASCADE")
