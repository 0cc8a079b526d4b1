"""Currencies are never mixed, and every conversion says its rate and day."""

from datetime import date
from decimal import Decimal

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.costing import Money, Rate, convert, exchange_rate
from freehold.errors import InputError

_MARCH = date(2026, 3, 15)


def test_amounts_of_two_currencies_cannot_be_added() -> None:
    with pytest.raises(InputError, match="USD and EUR cannot be added"):
        Money(Decimal(1), "USD") + Money(Decimal(1), "EUR")
    assert Money(Decimal("1.1"), "EUR") + Money(Decimal("2.2"), "EUR") == Money(
        Decimal("3.3"), "EUR"
    )


def test_a_rate_converts_only_its_own_currency() -> None:
    rate = Rate("EUR", "USD", Decimal("1.2"), _MARCH)
    assert Money(Decimal("10"), "EUR").converted(rate) == Money(Decimal("12.0000"), "USD")
    with pytest.raises(InputError, match="cannot convert an amount in GBP"):
        Money(Decimal("10"), "GBP").converted(rate)


@pytest.mark.parametrize(
    ("base", "quote", "day", "rate", "published"),
    [
        ("EUR", "USD", _MARCH, "1.2", date(2026, 2, 28)),
        ("EUR", "USD", date(2026, 2, 10), "1.25", date(2026, 1, 31)),
        ("USD", "EUR", _MARCH, "0.83333333", date(2026, 2, 28)),
        ("GBP", "EUR", _MARCH, "1.25", date(2026, 2, 28)),
        ("CHF", "CHF", _MARCH, "1", _MARCH),
    ],
)
def test_the_latest_rate_of_the_day_is_taken(
    small: duckdb.DuckDBPyConnection,
    base: str,
    quote: str,
    *,
    day: date,
    rate: str,
    published: date,
) -> None:
    found = exchange_rate(small, base, quote, day)
    assert found is not None
    assert abs(found.rate - Decimal(rate)) < Decimal("0.00000002")
    assert found.day == published


@pytest.mark.parametrize(
    ("base", "day"), [("EUR", date(2025, 12, 31)), ("CHF", _MARCH), ("GBP", date(2026, 1, 31))]
)
def test_without_a_rate_there_is_no_conversion(
    small: duckdb.DuckDBPyConnection, base: str, day: date
) -> None:
    assert exchange_rate(small, base, "USD", day) is None


def test_a_table_converts_row_by_row_and_says_why_not(small: duckdb.DuckDBPyConnection) -> None:
    amounts = pd.DataFrame(
        {
            "amount": [Decimal("10"), Decimal("10"), Decimal("10"), Decimal("10"), None],
            "currency": ["EUR", "USD", "CHF", None, "EUR"],
        }
    )
    answer = convert(amounts, small, to="USD", as_of=_MARCH)
    assert answer["amount"].iloc[0] == Decimal("12.0000")
    assert answer["amount"].iloc[1] == Decimal("10.0000")
    assert answer["amount"].iloc[2:].isna().all()
    assert answer["reason"].tolist()[2:4] == [
        "no exchange rate from CHF to USD by 2026-03-15",
        "currency not stated",
    ]
    assert answer["fx_basis"].iloc[0] == "1 EUR = 1.2 USD (2026-02-28)"
    assert answer["fx_basis"].iloc[1] == ""


def test_an_empty_table_converts_to_an_empty_table(small: duckdb.DuckDBPyConnection) -> None:
    amounts = pd.DataFrame({"amount": [], "currency": []})
    assert convert(amounts, small, to="EUR").empty


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_converting_there_and_back_loses_less_than_a_ten_thousandth_part(amount: Decimal) -> None:
    there = Rate("EUR", "USD", Decimal("1.1172"), _MARCH)
    back = Rate("USD", "EUR", 1 / Decimal("1.1172"), _MARCH)
    again = Money(amount, "EUR").converted(there).converted(back)
    assert abs(again.amount - amount) <= Decimal("0.0002") + amount * Decimal("1e-12")
