"""Typed changes: what they do, what they refuse, and that undoing them is exact."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from freehold import catalogue
from freehold.errors import InputError
from freehold.estate import History, Workspace, build_schema, dictionary, scenario_schema
from freehold.estate.changes import Change
from freehold.estate.stored_changes import changes_of, clear, record

RESOURCES = [
    {"resource_id": "a", "provider_id": "aws", "region_id": "eu-west-3", "cost_monthly": "100.10",
     "cost_currency": "USD", "quantity": 2},
    {"resource_id": "b", "provider_id": "azure", "cost_monthly": None, "quantity": 3},
    {"resource_id": "c", "provider_id": "ovhcloud", "region_id": "GRA", "cost_monthly": "7"},
]  # fmt: skip


@pytest.fixture(scope="module")
def opened() -> Iterator[Workspace]:
    workspace = Workspace.new(date(2026, 11, 1))
    yield workspace
    workspace.close()


@pytest.fixture
def estate(opened: Workspace) -> Workspace:
    for table in ("resources", "contracts", "scenarios", "changes"):
        opened.connection.execute(f"DELETE FROM estate.{table}")
    opened.append("resources", pd.DataFrame(RESOURCES, dtype=object))
    opened.append(
        "contracts",
        pd.DataFrame([{"contract_id": "k", "provider_id": "aws", "start_date": "2025-01-01"}]),
    )
    return opened


def column(workspace: Workspace, name: str, schema: str = "estate") -> dict[str, Any]:
    return dict(
        workspace.connection.execute(
            f"SELECT resource_id, {name} FROM {schema}.resources ORDER BY 1"
        ).fetchall()
    )


def contents(workspace: Workspace) -> dict[str, list[Any]]:
    return {
        table: workspace.connection.execute(f"SELECT * FROM estate.{table} ORDER BY ALL").fetchall()
        for table in dictionary.tables()
    }


def test_set_by_key(estate: Workspace) -> None:
    applied = estate.apply(
        [Change(target="resources", op="set", key={"resource_id": "b"}, column="zone", value="z")]
    )
    assert column(estate, "zone") == {"a": None, "b": "z", "c": None}
    assert (applied.row_count, applied.tables) == (1, {"estate.resources"})


def test_set_where_a_column_only_the_view_has(estate: Workspace) -> None:
    estate.apply(
        [Change(target="estate.resources", op="set", where="parent_country = $country",
                parameters={"country": "US"}, column="available", value=False)]
    )  # fmt: skip
    assert column(estate, "available") == {"a": False, "b": False, "c": None}


def test_later_changes_see_what_earlier_ones_did(estate: Workspace) -> None:
    estate.apply(
        [
            Change(target="resources", op="set", where="provider_id = 'aws'",
                   column="provider_id", value="ovhcloud"),
            Change(target="resources", op="set", where="parent_country = 'FR'", column="zone",
                   value="moved"),
        ]
    )  # fmt: skip
    assert column(estate, "zone") == {"a": "moved", "b": None, "c": "moved"}


def test_multiply_keeps_money_exact_and_unknown_unknown(estate: Workspace) -> None:
    estate.apply(
        [Change(target="resources", op="multiply", where="TRUE", column="cost_monthly", value=1.1)]
    )
    assert column(estate, "cost_monthly") == {
        "a": Decimal("110.1100"), "b": None, "c": Decimal("7.7000"),
    }  # fmt: skip


def test_rows_come_and_go(estate: Workspace) -> None:
    applied = estate.apply(
        [
            Change(target="resources", op="remove_row", key={"resource_id": "a"}),
            Change(target="resources", op="add_row", parameters={"p": "hetzner"},
                   row={"resource_id": "d", "provider_id": "$p", "available": True}),
        ]
    )  # fmt: skip
    assert column(estate, "provider_id") == {"b": "azure", "c": "ovhcloud", "d": "hetzner"}
    estate.undo(applied)
    assert list(column(estate, "provider_id")) == ["a", "b", "c"]


def test_a_disabled_change_does_nothing(estate: Workspace) -> None:
    change = Change(target="resources", op="remove_row", where="TRUE", enabled=False)
    assert estate.apply([change]).row_count == 0
    assert estate.row_count("resources") == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"target": "nowhere", "op": "remove_row", "where": "TRUE"}, "no table nowhere"),
        ({"column": "nothing", "value": 1}, "no column nothing"),
        ({"column": "resource_id", "value": "x"}, "is the key"),
        ({"key": {"name": "x"}, "where": None, "column": "zone", "value": "z"}, "The key of"),
        ({"key": {"resource_id": "x"}, "where": None, "column": "zone", "value": 1}, "no row"),
        ({"column": "status", "value": "gone"}, "does not fit"),
        ({"column": "quantity", "value": -1}, "does not fit"),
        ({"column": "charge_from", "value": "soon"}, "does not fit"),
        ({"column": "available", "value": "maybe"}, "does not fit"),
        ({"column": "zone", "value": ["a"]}, "cannot hold a list"),
        ({"column": "zone", "value": "$z"}, "$z has no value"),
        ({"op": "multiply", "column": "zone", "value": 2}, "is no number"),
        ({"op": "multiply", "column": "quantity", "value": "2"}, "is no number"),
        ({"op": "multiply", "column": "quantity", "value": -2}, "does not fit"),
        ({"column": "zone", "value": "z", "where": "zone IS NULL"}, "not allowed"),
        ({"column": "zone", "value": "z", "where": "status = 'activ'"}, "not a value"),
        ({"column": "zone", "value": "z", "where": "provider = 'awz'"}, "not a value"),
        ({"op": "add_row", "where": None, "row": {"resource_id": "a"}}, "there twice"),
        ({"op": "add_row", "where": None, "row": {"name": "n"}}, "key"),
        ({"op": "add_row", "where": None, "row": {"resource_id": "e", "status": "x"}}, "outside"),
    ],
)
def test_what_cannot_be_applied_changes_nothing(
    estate: Workspace, change: dict[str, Any], says: str
) -> None:
    before = contents(estate)
    full = {"target": "estate.resources", "op": "set", "where": "TRUE"} | change
    first = Change(target="resources", op="set", where="TRUE", column="zone", value="first")
    with pytest.raises(InputError) as caught:
        estate.apply([first, Change.model_validate(full)])
    assert says in str(caught.value)
    assert contents(estate) == before


@pytest.mark.parametrize(
    "change",
    [
        {"op": "set", "where": "TRUE"},
        {"op": "set", "column": "zone"},
        {"op": "set", "where": "TRUE", "key": {"resource_id": "a"}, "column": "zone"},
        {"op": "add_row"},
        {"op": "drop", "where": "TRUE"},
        {"op": "remove_row", "where": "TRUE", "sql": "DROP TABLE x"},
    ],
)
def test_malformed_changes_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Change.model_validate({"target": "resources"} | change)


def test_a_fact_of_the_catalogue_is_kept_with_the_document_and_undone(estate: Workspace) -> None:
    fact = Change(
        target="catalogue.providers", op="set", key={"provider_id": "aws"}, column="verified",
        value=True, author="me", source="register", made_at=datetime(2026, 1, 2, 3, 4, 5),
    )  # fmt: skip
    applied = estate.apply([fact])
    assert changes_of(estate, None) == [fact]
    estate.undo(applied)
    assert changes_of(estate, None) == []


def test_a_fact_kept_with_the_document_is_laid_over_the_catalogue_on_opening(
    tmp_path: Path,
) -> None:
    from freehold.estate import document

    workspace = Workspace.new(date(2026, 11, 1))
    workspace.append("resources", pd.DataFrame(RESOURCES, dtype=object))
    workspace.apply(
        [Change(target="catalogue.providers", op="set", key={"provider_id": "aws"},
                column="ultimate_parent", value="NewCo")]
    )  # fmt: skip
    path = tmp_path / "x.freehold"
    document.save(workspace, path)
    workspace.close()
    again = document.load(path)
    for _ in range(2):
        again.publish()
        assert column_of_views(again) == "NewCo"
    document.close(again)


def column_of_views(workspace: Workspace) -> str:
    found = workspace.connection.execute(
        "SELECT provider_group FROM views.resources WHERE resource = 'a'"
    ).fetchall()
    return str(found[0][0])


def test_every_shipped_shock_finds_its_tables_and_columns(estate: Workspace) -> None:
    import json

    from freehold.estate.changes import resolve

    shocks = estate.connection.execute("SELECT shock_id, changes FROM catalogue.shocks").fetchall()
    assert len(shocks) >= 69, "the researched shocks, and the project's own"
    for _, text in shocks:
        for change in json.loads(text):
            resolve(Change.model_validate(change))


def test_history_undoes_and_redoes(estate: Workspace) -> None:
    history = History(estate)
    change = Change(target="resources", op="set", where="TRUE", column="zone", value="z")
    history.do("Zone", [change])
    assert (history.undo_title, history.redo_title) == ("Zone", None)
    assert history.undo() == "Zone"
    assert set(column(estate, "zone").values()) == {None}
    assert history.redo() == "Zone"
    assert set(column(estate, "zone").values()) == {"z"}
    assert history.redo() is None
    history.undo()
    history.do("Other", [change])
    assert history.redo_title is None


_CHANGES = st.lists(
    st.one_of(
        st.builds(
            lambda where, value: Change(
                target="resources", op="set", where=where, column="zone", value=value
            ),
            st.sampled_from(["TRUE", "provider_id = 'aws'", "quantity > 2", "cost_monthly < 50"]),
            st.sampled_from(["x", "y", None]),
        ),
        st.builds(
            lambda factor: Change(
                target="resources", op="multiply", where="TRUE", column="cost_monthly", value=factor
            ),
            st.sampled_from([0, 0.5, 1.1, 3]),
        ),
        st.builds(
            lambda where: Change(target="resources", op="remove_row", where=where),
            st.sampled_from(["provider_id = 'azure'", "quantity >= 3", "zone = 'x'"]),
        ),
        st.builds(
            lambda: Change(
                target="catalogue.adequacy",
                op="set",
                where="country_iso2 = 'US'",
                column="eu_adequacy",
                value="no",
            )
        ),
    ),
    max_size=6,
)


@settings(max_examples=8, deadline=None)
@given(lists=st.lists(_CHANGES, max_size=3))
def test_undo_restores_every_row(lists: list[list[Change]]) -> None:
    workspace = _shared()
    adequacy = "SELECT * FROM catalogue.adequacy ORDER BY ALL"
    before = contents(workspace), workspace.connection.execute(adequacy).fetchall()
    done = [workspace.apply(changes) for changes in lists]
    for applied in reversed(done):
        workspace.undo(applied)
    assert (contents(workspace), workspace.connection.execute(adequacy).fetchall()) == before


_SHARED: list[Workspace] = []


def _shared() -> Workspace:
    if not _SHARED:
        workspace = Workspace.new(date(2026, 11, 1))
        workspace.append("resources", pd.DataFrame(RESOURCES, dtype=object))
        _SHARED.append(workspace)
    return _SHARED[0]


def test_a_scenario_copies_only_what_it_changes(estate: Workspace) -> None:
    estate.append(
        "scenarios",
        pd.DataFrame(
            [
                {"scenario_id": "move", "name": "Move", "parent_id": None, "as_of": "2027-01-01"},
                {"scenario_id": "more", "name": "More", "parent_id": "move", "as_of": None},
            ]
        ),
    )
    record(estate, "move", [Change(target="resources", op="set", where="provider = 'aws'",
                                   column="region_id", value="eu-central-1")])  # fmt: skip
    record(estate, "more", [
        Change(target="catalogue.regions", op="set", where="region_id = 'eu-central-1'",
               column="country_iso2", value="US"),
        Change(target="catalogue.prices", op="multiply", where="accelerator_count > 0",
               column="usd_per_hour", value=2),
    ])  # fmt: skip
    before = contents(estate)
    estate.publish()
    move, more = scenario_schema(estate, "move"), scenario_schema(estate, "more")
    assert contents(estate) == before
    assert (move.as_of, more.as_of) == (date(2027, 1, 1), date(2027, 1, 1))
    assert (move.changed, move.catalogue) == (frozenset({"estate.resources"}), "catalogue")
    query = "SELECT region, country FROM {}.resources WHERE resource = 'a'"
    assert [
        estate.connection.execute(query.format(schema)).fetchall()
        for schema in ("views", move.views, more.views)
    ] == [[("eu-west-3", "FR")], [("eu-central-1", "DE")], [("eu-central-1", "US")]]
    kinds = dict(
        estate.connection.execute(
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = ?",
            [more.catalogue],
        ).fetchall()
    )
    copied = {name for name, kind in kinds.items() if kind == "BASE TABLE"}
    assert copied == {"regions", "prices"}
    assert set(catalogue.dictionary()) <= set(kinds)
    doubled = estate.connection.execute(
        f"SELECT max(a.usd_per_hour / b.usd_per_hour) FROM {more.catalogue}.offers a"
        " JOIN catalogue.offers b USING (provider_id, region_id, instance_type, term)"
    ).fetchall()
    assert doubled[0][0] == pytest.approx(2)


def test_a_circle_of_scenarios_is_refused(estate: Workspace) -> None:
    estate.append(
        "scenarios",
        pd.DataFrame([{"scenario_id": "x", "parent_id": "y"}, {"scenario_id": "y",
                                                                "parent_id": "x"}]),
    )  # fmt: skip
    with pytest.raises(InputError, match="branches from itself"):
        scenario_schema(estate, "x")
    with pytest.raises(InputError, match="no scenario"):
        scenario_schema(estate, "z")


def test_a_scenario_that_does_not_fit_leaves_nothing(estate: Workspace) -> None:
    schemas = "SELECT count(*) FROM information_schema.schemata"
    before = estate.connection.execute(schemas).fetchall()
    with pytest.raises(InputError):
        build_schema(
            estate,
            "bad",
            [Change(target="resources", op="set", where="TRUE", column="status", value="x")],
            date(2026, 1, 1),
        )
    assert estate.connection.execute(schemas).fetchall() == before


def test_stored_changes_come_back_as_they_were(estate: Workspace) -> None:
    changes = [
        Change(target="estate.resources", op="add_row", row={"resource_id": "é", "quantity": 1.5},
               reason="why"),
        Change(target="resources", op="set", where="provider IN $p", parameters={"p": ["aws"]},
               column="available", value=False, enabled=False),
        Change(target="resources", op="set", key={"resource_id": "a"}, column="zone", value=None),
    ]  # fmt: skip
    record(estate, "s", changes[:1])
    record(estate, "s", changes[1:])
    assert changes_of(estate, "s") == changes
    clear(estate, "s")
    assert changes_of(estate, "s") == []
