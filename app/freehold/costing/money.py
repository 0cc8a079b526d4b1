"""Amounts of money: exact, in a named currency, converted only at a stated rate and date."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import duckdb
import pandas as pd

from freehold.costing.facts import relation
from freehold.errors import InputError

_CENT4 = Decimal("0.0001")
_RATE8 = Decimal("0.00000001")
_HUB = "USD"


@dataclass(frozen=True)
class Rate:
    """Units of `quote` for one `base`, on the day it was published."""

    base: str
    quote: str
    rate: Decimal
    day: date

    def __str__(self) -> str:
        return f"1 {self.base} = {self.rate.normalize():f} {self.quote} ({self.day.isoformat()})"


@dataclass(frozen=True)
class Money:
    """An amount in one currency; amounts of different currencies are never added."""

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise InputError(
                f"Amounts in {self.currency} and {other.currency} cannot be added",
                mend="Convert one of them at a stated rate first",
            )
        return Money(self.amount + other.amount, self.currency)

    def converted(self, rate: Rate) -> "Money":
        """Return the amount in the rate's quote currency, to four decimals.

        Raises:
            InputError: if the rate is for another currency.
        """
        if rate.base != self.currency:
            raise InputError(f"A rate from {rate.base} cannot convert an amount in {self.currency}")
        value = (self.amount * rate.rate).quantize(_CENT4, rounding=ROUND_HALF_EVEN)
        return Money(value, rate.quote)


def exchange_rate(
    connection: duckdb.DuckDBPyConnection,
    base: str,
    quote: str,
    as_of: date | None = None,
    catalogue: str = "catalogue",
) -> Rate | None:
    """Return the latest published rate on or before `as_of`, or None if there is none.

    Without `as_of` the latest of all; the clock is never read.

    Direct, inverted, or crossed through the US dollar on one and the same day.
    """
    if base == quote:
        return Rate(base, quote, Decimal(1), as_of or date.max)
    rows = connection.execute(
        f"""
        SELECT date, base, quote, CAST(rate AS DECIMAL(18, 8))
        FROM {relation(connection, "fx_rates", catalogue)}
        WHERE date <= ? AND base IN (?, ?, ?) AND quote IN (?, ?, ?) AND rate > 0
        ORDER BY date DESC
        """,
        [as_of or date.max, base, quote, _HUB, base, quote, _HUB],
    ).fetchall()
    by_day: dict[date, dict[tuple[str, str], Decimal]] = {}
    for day, one, other, value in rows:
        legs = by_day.setdefault(day, {})
        legs[one, other] = value
        legs.setdefault((other, one), (Decimal(1) / value).quantize(_RATE8))
    for day in sorted(by_day, reverse=True):
        legs = by_day[day]
        if (base, quote) in legs:
            return Rate(base, quote, legs[base, quote], day)
        if (base, _HUB) in legs and (_HUB, quote) in legs:
            return Rate(base, quote, (legs[base, _HUB] * legs[_HUB, quote]).quantize(_RATE8), day)
    return None


def convert(
    amounts: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    to: str,
    as_of: date | None = None,
    catalogue: str = "catalogue",
) -> pd.DataFrame:
    """Convert a table of `amount` (Decimal), `currency` into one currency.

    Returns `amount`, `currency`, `fx_basis` (the rate and its day, empty if none was needed)
    and `reason` (why the amount is NULL); rows keep their order and index.
    """
    currencies = amounts["currency"].astype("str").where(amounts["currency"].notna(), "")
    rates = {
        name: exchange_rate(connection, name, to, as_of, catalogue)
        for name in currencies.unique()
        if name
    }
    texts = {name: "" if name == to or rate is None else str(rate) for name, rate in rates.items()}
    # An empty table would give a factor of text, with which no amount multiplies.
    factor = currencies.map({name: rate.rate for name, rate in rates.items() if rate}).astype(
        object
    )
    known = factor.notna() & amounts["amount"].notna()
    converted = pd.Series(None, index=amounts.index, dtype=object)
    product = amounts["amount"][known].astype(object) * factor[known]
    converted[known] = product.map(lambda value: Decimal(value).quantize(_CENT4))
    reason = pd.Series("", index=amounts.index, dtype=object)
    reason[currencies == ""] = "currency not stated"
    no_rate = (currencies != "") & factor.isna()
    reason[no_rate] = (
        "no exchange rate from "
        + currencies[no_rate]
        + f" to {to}"
        + (f" by {as_of}" if as_of else "")
    )
    return pd.DataFrame(
        {
            "amount": converted,
            "currency": to,
            "fx_basis": currencies.map(texts).fillna(""),
            "reason": reason,
        },
        index=amounts.index,
    )
