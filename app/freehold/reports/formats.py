"""Values as a report prints them: numbers, money, shares, dates, ranges.

Undecided is a word, never a zero.
"""

import math
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from freehold.charts.numbers import format_number
from freehold.reports.content import Range
from freehold.reports.content_findings import Scalar

MISSING = "–"
_SPACE = "\u202f"


def count(value: int | None) -> str:
    """Return a whole number with thousands apart."""
    return MISSING if value is None else format_number(float(value), 0)


def score(value: float | None) -> str:
    """Return a score 0-100 with one decimal."""
    return MISSING if value is None else f"{value:.1f}"


def percent(value: float | None, decimals: int = 0) -> str:
    """Return a fraction as per cent; what is not quite none or all never reads 0 % or 100 %."""
    if value is None or not math.isfinite(value):
        return MISSING
    shown = value * 100
    text = f"{shown:.{decimals}f}"
    edge = 10**-decimals
    if 0 < value < 1 and float(text) >= 100:
        text = f"> {100 - edge:.{decimals}f}"
    elif value > 0 and float(text) == 0:
        text = f"< {edge:.{decimals}f}"
    return f"{text}\u00a0%"


def money(value: Decimal | float | None, currency: str, decimals: int = 0) -> str:
    """Return an amount with its currency."""
    if value is None:
        return MISSING
    amount = value if isinstance(value, Decimal) else Decimal(repr(value))
    rounded = amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    sign = "\u2212" if rounded < 0 else ""
    text = f"{abs(rounded):,.{decimals}f}".replace(",", _SPACE)
    return f"{sign}{text}\u00a0{currency}"


def quantity(value: float | None) -> str:
    """Return a number with about three significant digits."""
    if value is not None and not math.isfinite(value):
        return MISSING
    return format_number(value)


def interval(value: Range, unit: str = "") -> str:
    """Return a figure with its 80 % interval and unit."""
    if value.value is None:
        return MISSING
    text = quantity(value.value)
    if value.low80 is not None and value.high80 is not None:
        text += f" ({quantity(value.low80)} to {quantity(value.high80)})"
    return f"{text} {unit}".strip()


def day(value: date | datetime | None) -> str:
    """Return a date as ISO 8601."""
    if value is None:
        return MISSING
    return value.date().isoformat() if isinstance(value, datetime) else value.isoformat()


def span(low: int | float, high: int | float, decimals: int = 0) -> str:
    """Return a low and a high as one text."""
    if low == high:
        return f"{low:.{decimals}f}"
    return f"{low:.{decimals}f} to {high:.{decimals}f}"


def scalar(value: Scalar) -> str:
    """Return an evidence value; a missing one is the word unknown."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:g}"
        case _:
            return str(value)


def short_id(run_id: str) -> str:
    """Return the first twelve characters of a run id, as file names and footers carry it."""
    return run_id[:12]
