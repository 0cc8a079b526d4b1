"""The two dictionaries hold together."""

from freehold import catalogue
from freehold.estate import dictionary
from freehold.estate.publishing import ORDER, register_map


def test_every_key_and_reference_exists() -> None:
    tables, views = dictionary.tables(), dictionary.views()
    for table in (*tables.values(), *views.values()):
        assert set(table.key) <= set(table.column_names), table.name
        assert table.doc
        assert all(column.doc for column in table.columns), table.name
        assert len(set(table.column_names)) == len(table.column_names), table.name
        for column in table.columns:
            if column.references:
                name, referred = column.references.split(".")
                places = [
                    place[name].column_names
                    for place in (catalogue.dictionary(), tables)
                    if name in place
                ]
                assert any(referred in names for names in places), column.references


def test_views_are_keyed_by_one_text_column() -> None:
    for view in dictionary.views().values():
        assert len(view.key) == 1
        assert view.column(view.key[0]).type == "text"


def test_classes_become_columns_where_there_is_a_data_set() -> None:
    views = dictionary.views()
    for name in ("data_sets", "placements", "transfers", "flows"):
        assert {f"is_{item}" for item in dictionary.data_classes()} <= set(views[name].column_names)
    own = dictionary.views(("one", "two"))["data_sets"]
    assert {"is_one", "is_two"} <= set(own.column_names)
    assert "is_health" not in own.column_names


def test_verified_columns_are_documented() -> None:
    documented = dictionary.views()["placements"].documented
    assert documented["country__verified"].type == "bool"
    assert "role__verified" not in documented


def test_domains_are_read() -> None:
    assert dictionary.closed_values("a;b") == ("a", "b")
    assert dictionary.closed_values("0..4") == ()
    seal = dictionary.numeric_range("0..4")
    assert seal is not None
    assert [seal.holds(value) for value in (-1, 0, 4, 4.1)] == [False, True, True, False]
    above = dictionary.numeric_range(">0")
    assert above is not None
    assert (above.holds(0), above.holds(0.1)) == (False, True)


def test_each_view_has_its_query() -> None:
    assert {name for name in ORDER if not name.startswith("_")} == set(dictionary.views())


def test_the_register_map_names_real_columns() -> None:
    codes = [line["control_id"] for line in register_map()]
    assert len(set(codes)) == len(codes)
    for line in register_map():
        if line["table"] in dictionary.tables() and line["table"] != "providers":
            assert line["column"] in dictionary.tables()[line["table"]].column_names, line
