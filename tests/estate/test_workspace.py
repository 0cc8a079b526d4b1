"""Rows go into a workspace typed and checked, or not at all."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.errors import InputError
from freehold.estate import Workspace, dictionary
from freehold.estate.domains import reference_domains
from freehold.estate.workspace import connect


@pytest.fixture(scope="module")
def opened() -> Iterator[Workspace]:
    workspace = Workspace.new(date(2026, 11, 1))
    yield workspace
    workspace.close()


@pytest.fixture
def workspace(opened: Workspace) -> Workspace:
    for table in dictionary.tables():
        if table != "settings":
            opened.connection.execute(f"DELETE FROM estate.{table}")
    opened.notices.clear()
    return opened


def add(workspace: Workspace, table: str, *rows: dict[str, Any]) -> None:
    workspace.append(table, pd.DataFrame(rows, dtype=object))


def test_a_new_document_has_every_table_empty_and_typed(workspace: Workspace) -> None:
    for name, table in dictionary.tables().items():
        got = workspace.connection.execute(f"DESCRIBE estate.{name}").fetchall()
        assert [(line[0], line[1]) for line in got] == [
            (column.name, column.sql_type) for column in table.columns
        ]
    assert workspace.as_of == date(2026, 11, 1)


def test_values_are_read_as_their_types(workspace: Workspace) -> None:
    add(
        workspace,
        "resources",
        {"resource_id": "r", "quantity": "2.5", "cost_monthly": "1234567.8901",
         "charge_from": "2026-01-02", "available": "no", "name": ""},
    )  # fmt: skip
    row = workspace.connection.execute(
        "SELECT quantity, cost_monthly, charge_from, available, name, zone FROM estate.resources"
    ).fetchall()[0]
    assert row == (2.5, Decimal("1234567.8901"), date(2026, 1, 2), False, None, None)


def test_numbers_that_are_not_finite_become_unknown_with_a_reason(workspace: Workspace) -> None:
    frame = pd.DataFrame({"resource_id": ["a", "b", "c"], "quantity": [np.nan, np.inf, 1.0]})
    workspace.append("resources", frame)
    assert list(workspace.frame("resources")["quantity"].isna()) == [True, True, False]
    assert workspace.notices == [
        "1 values of resources.quantity were not finite numbers and are now unknown."
    ]


@pytest.mark.parametrize(
    ("table", "row", "says"),
    [
        ("nowhere", {"a": 1}, "no table nowhere"),
        ("keys", {"key_id": "k", "colour": "red"}, "no column colour"),
        ("keys", {"key_id": "k", "custody": 6}, "'6' lies outside 1..5"),
        ("keys", {"key_id": "k", "custody": 2.5}, "not a whole number"),
        ("keys", {"key_id": "k", "hsm_external": "perhaps"}, "not true or false"),
        ("resources", {"resource_id": "r", "status": "Active"}, "outside its values"),
        ("resources", {"resource_id": "r", "quantity": "many"}, "not a number"),
        ("resources", {"resource_id": "r", "quantity": -1}, "lies outside >=0"),
        ("resources", {"resource_id": "r", "charge_to": "31.12.2026"}, "not a date"),
        ("resources", {"name": "r"}, "The key resource_id is missing"),
        ("resources", {"resource_id": ""}, "key is blank"),
        ("fx_rates", {"date": "2026-01-01", "base": "A", "quote": "B", "rate": 0}, "outside >0"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(
    workspace: Workspace, table: str, row: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError) as caught:
        add(workspace, table, row)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_row_at_fault_is_named_and_nothing_is_added(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="column custody, row 2"):
        add(workspace, "keys", {"key_id": "a", "custody": 1}, {"key_id": "b", "custody": 9})
    assert workspace.row_count("keys") == 0


def test_a_key_may_be_there_only_once(workspace: Workspace) -> None:
    add(workspace, "keys", {"key_id": "a"})
    for rows in ([{"key_id": "a"}], [{"key_id": "b"}, {"key_id": "b"}]):
        with pytest.raises(InputError, match="there twice"):
            add(workspace, "keys", *rows)
    add(workspace, "data_set_classes", {"data_set_id": "d", "class_id": "health"},
        {"data_set_id": "d", "class_id": "payment"})  # fmt: skip


def test_replace_keeps_the_old_rows_on_an_error(workspace: Workspace) -> None:
    add(workspace, "keys", {"key_id": "a"})
    with pytest.raises(InputError):
        workspace.replace("keys", pd.DataFrame([{"key_id": "b", "custody": 9}]))
    assert list(workspace.frame("keys")["key_id"]) == ["a"]
    workspace.replace("keys", pd.DataFrame([{"key_id": "b"}, {"key_id": "c"}]))
    assert list(workspace.frame("keys")["key_id"]) == ["b", "c"]


def test_a_half_read_result_does_not_stand_in_the_way(workspace: Workspace) -> None:
    workspace.connection.execute("SELECT * FROM range(100000)").fetchone()
    add(workspace, "keys", {"key_id": "a"})
    assert workspace.row_count("keys") == 1


def test_settings_hold_any_value(workspace: Workspace) -> None:
    for value in ({"a": [1, None, "é"]}, "text", 3, None, True, []):
        workspace.set_setting("thing", value)
        assert workspace.setting("thing", "default" if value is not None else None) == value
    assert workspace.setting("never", "default") == "default"
    workspace.set_setting("packs", ["residency"])
    assert workspace.packs == ["residency"]


def test_reference_domains_hold_the_catalogue_and_what_the_estate_names(
    workspace: Workspace,
) -> None:
    add(workspace, "resources", {"resource_id": "r", "provider_id": "our own cloud"})
    domains = reference_domains(workspace.connection)
    assert {"aws", "our own cloud"} <= domains["providers.provider_id"]
    assert (
        "our own cloud"
        not in reference_domains(workspace.connection, estate=None)["providers.provider_id"]
    )
    assert len(domains["countries.country_iso2"]) == 249


_VALUES = st.one_of(
    st.none(), st.integers(-5, 900), st.floats(), st.text(max_size=8), st.booleans(),
    st.dates(),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"workload_id": st.text(min_size=1, max_size=5)},
            optional={
                "kind": st.sampled_from(["training", "serving"]) | _VALUES,
                "tp": _VALUES,
                "utilisation": _VALUES,
                "hours_per_month": _VALUES,
            },
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_frame_is_taken_whole_or_refused_with_a_sentence(rows: list[dict[str, Any]]) -> None:
    workspace = _shared()
    workspace.connection.execute("DELETE FROM estate.workloads")
    try:
        workspace.append("workloads", pd.DataFrame(rows, dtype=object))
    except InputError as error:
        assert str(error)
        assert workspace.row_count("workloads") == 0
    else:
        assert workspace.row_count("workloads") == len(rows)
        kinds = set(workspace.frame("workloads")["kind"].dropna())
        assert kinds <= {"training", "serving"}


_SHARED: list[Workspace] = []


def _shared() -> Workspace:
    if not _SHARED:
        _SHARED.append(Workspace.new(date(2026, 11, 1)))
    return _SHARED[0]


def test_long_queries_write_nothing_on_standard_output() -> None:
    with connect() as connection:
        shown = connection.execute("SELECT current_setting('enable_progress_bar')").fetchone()
    assert shown == (False,)
