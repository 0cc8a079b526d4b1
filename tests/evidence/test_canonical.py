"""Equal values give equal bytes; unequal ones do not."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.evidence import canonical_json, run_id, sha256_bytes, sha256_object, sorted_rows

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_writes_the_agreed_form() -> None:
    value = {
        "b": Decimal("12.500"),
        "a": datetime(2026, 1, 27, 9, 5, tzinfo=timezone(timedelta(hours=1))),
        "c": date(2026, 1, 27),
        "é": {"x", "a"},
        "path": Path("a/b"),
    }
    assert canonical_json(value).decode() == (
        '{"a":"2026-01-27T08:05:00Z","b":"12.5","c":"2026-01-27","path":"a/b","é":["a","x"]}'
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("1E+3"), Decimal("1000.00")),
        (Decimal("-0.00"), Decimal("0")),
        (0.0, -0.0),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1)),
        ((1, 2), [1, 2]),
    ],
)
def test_equal_values_give_equal_bytes(one: object, other: object) -> None:
    assert canonical_json(one) == canonical_json(other)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")])
def test_refuses_what_has_no_form(value: object) -> None:
    with pytest.raises(ValueError, match="canonical JSON"):
        canonical_json(value)


@pytest.mark.parametrize("value", [b"raw", {1: "a"}])
def test_refuses_other_types(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


@given(JSON_VALUES)
def test_reading_back_and_writing_again_changes_nothing(value: object) -> None:
    once = canonical_json(value)
    assert canonical_json(json.loads(once)) == once


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_key_order_does_not_matter(value: dict[str, int]) -> None:
    assert sha256_object(value) == sha256_object(dict(reversed(list(value.items()))))


def test_rows_are_ordered_by_text_with_missing_first() -> None:
    rows = [{"id": "b"}, {"id": None}, {"id": "10"}, {"id": "9"}]
    assert [row["id"] for row in sorted_rows(rows, ["id"])] == [None, "10", "9", "b"]


def test_run_identity_depends_on_each_part() -> None:
    parts = {"data_sha256": "a", "rules_sha256": "b", "params_sha256": "c", "version": "1"}
    assert run_id(**parts) == sha256_bytes(b"abc1")
    assert len({run_id(**{**parts, name: "z"}) for name in parts}) == len(parts)
