"""A scenario's views and verdicts, of which it shares most with the base, are those made anew."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from freehold.compliance import Judgement, Place, judge, judge_together, packs
from freehold.errors import InputError
from freehold.estate import Workspace, build_schema, dictionary, publish
from freehold.estate.changes import Change
from freehold.estate.scenario_schema import drop_schema

_PACKS = ("concentration", "gdpr", "keys-identity")
_TABLES = (
    "resources", "placements", "flows", "data_sets", "services", "applications", "functions",
    "keys", "contracts", "organisation",
)  # fmt: skip
Rows = list[dict[str, JsonValue]]


class Estate:
    """A judged sample, and the rows of its tables as JSON."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.workspace.publish()
        self.packs = [pack for pack in packs.shipped() if pack.id in _PACKS]
        self.base = self.judge("views", "base")
        self.rows = {name: self._rows(name) for name in _TABLES}

    def judge(self, views: str, store: str, base: Judgement | None = None) -> Judgement:
        workspace = self.workspace
        return judge(
            workspace.connection,
            self.packs,
            workspace.as_of,
            views=views,
            store=store,
            base=base.judged if base else None,
        )

    def _rows(self, name: str) -> Rows:
        columns = dictionary.tables()[name].columns
        texts = ", ".join(
            f'"{c.name}"' if c.type in ("bool", "int", "text") else f'CAST("{c.name}" AS VARCHAR)'
            for c in columns
        )
        found = self.workspace.connection.execute(
            f"SELECT {texts} FROM estate.{name} ORDER BY ALL LIMIT 40"
        ).fetchall()
        return [{c.name: v for c, v in zip(columns, row, strict=True)} for row in found]


@pytest.fixture(scope="module")
def estate(open_sample: Callable[[str], Workspace]) -> Iterator[Estate]:
    found = Estate(open_sample("bank"))
    yield found
    found.workspace.connection.close()


def _drawn(draw: st.DataObject, rows: dict[str, Rows]) -> Change:
    """Draw a change whose values all stand somewhere in the estate."""
    table = draw.draw(st.sampled_from([name for name in _TABLES if rows[name]]))
    columns, (key, *_) = dictionary.tables()[table].column_names, dictionary.tables()[table].key
    row = draw.draw(st.sampled_from(rows[table]))
    match draw.draw(st.sampled_from(("set", "set", "set", "remove_row", "add_row"))):
        case "remove_row":
            return Change(target=table, op="remove_row", key={key: row[key]})
        case "add_row":
            new = {name: value for name, value in row.items() if value is not None}
            return Change(target=table, op="add_row", row=new | {key: "new"})
    column = draw.draw(st.sampled_from([name for name in columns if name != key]))
    value = draw.draw(st.sampled_from(rows[table]))[column]
    if table in ("resources", "placements") and draw.draw(st.booleans()):
        where = f"{key} LIKE '%{draw.draw(st.integers(0, 9))}'"
        return Change(target=table, op="set", where=where, column=column, value=value)
    return Change(target=table, op="set", key={key: row[key]}, column=column, value=value)


def _differ(workspace: Workspace, one: str, other: str) -> int:
    found = workspace.connection.execute(
        f"SELECT (SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other}))"
        f" + (SELECT count(*) FROM (FROM {other} EXCEPT ALL FROM {one}))"
    ).fetchall()
    return int(found[0][0])


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_judging_what_moved_tells_what_judging_all_tells(
    estate: Estate, data: st.DataObject
) -> None:
    workspace = estate.workspace
    changes = [_drawn(data, estate.rows) for _ in range(data.draw(st.integers(1, 4)))]
    try:
        built = build_schema(workspace, "moved", changes, workspace.as_of)
    except InputError:
        return  # two changes that do not go together
    publish(workspace.connection, estate=built.estate, schema="anew", as_of=workspace.as_of)
    for name in dictionary.views():
        assert not _differ(workspace, f"{built.views}.{name}", f"anew.{name}"), name
    moved = estate.judge(built.views, "moved", estate.base)
    whole = estate.judge("anew", "whole")
    assert not _differ(workspace, "moved.verdicts", "whole.verdicts")
    assert (moved.rules, moved.packs) == (whole.rules, whole.packs)
    places = [Place(workspace.as_of, built.views, store) for store in ("twin", "other_twin")]
    base = estate.base.judged
    for twin in judge_together(workspace.connection, estate.packs, places, base):
        assert not _differ(workspace, f"{twin.judged.store}.verdicts", "whole.verdicts")
        assert twin.rules == whole.rules
    drop_schema(workspace, "moved")


def test_a_scenario_builds_and_judges_only_the_rows_it_moves(estate: Estate) -> None:
    workspace = estate.workspace
    row = next(row for row in estate.rows["resources"] if row["region_id"])
    change = Change(
        target="resources",
        op="set",
        key={"resource_id": row["resource_id"]},
        column="region_id",
        value=None,
    )
    built = build_schema(workspace, "moved", [change], workspace.as_of)
    moved = workspace.connection.execute(f"SELECT resource FROM {built.views}_moved.resources")
    assert moved.fetchall() == [(row["resource_id"],)]
    judged = estate.judge(built.views, "moved", estate.base).judged
    assert any(
        stored.table in {s.table for s in estate.base.judged.stored} and stored.gone
        for stored in judged.stored
    )
    drop_schema(workspace, "moved")


def test_subjects_judged_and_shared_are_counted_together(estate: Estate) -> None:
    workspace = estate.workspace
    used = workspace.connection.execute("SELECT max(key) FROM views.placements").fetchall()[0][0]
    gone = Change(target="keys", op="remove_row", key={"key_id": used})
    built = build_schema(workspace, "moved", [gone], workspace.as_of)
    publish(workspace.connection, estate=built.estate, schema="anew", as_of=workspace.as_of)
    moved = estate.judge(built.views, "moved", estate.base)
    assert any(stored.gone for stored in moved.judged.stored)  # some subjects are shared
    assert moved.rules == estate.judge("anew", "whole").rules
    drop_schema(workspace, "moved")
