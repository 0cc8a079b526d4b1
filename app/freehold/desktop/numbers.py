"""Values as the window writes them, all through one locale."""

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from PySide6.QtCore import QCoreApplication, QLocale

Kind = Literal["text", "number", "integer", "money", "share", "date", "time", "flag", "sign"]
NUMERIC: frozenset[Kind] = frozenset({"number", "integer", "money", "share"})
UNKNOWN = "–"
NARROW_SPACE = "\u202f"


def grouped(text: str, locale: QLocale) -> str:
    """Put narrow spaces between thousands, as charts and reports do: no sign reads two ways."""
    return text.replace(locale.groupSeparator(), NARROW_SPACE)


def show(value: object, kind: Kind, decimals: int | None = None) -> str:
    """Return a value as text; an undecided one is a dash, never a zero."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return UNKNOWN
    locale = QLocale()
    if kind in NUMERIC and isinstance(value, int | float | Decimal):
        return _number(float(value), kind, decimals, locale)
    if isinstance(value, bool):
        yes, no = (
            QCoreApplication.translate("values", "yes"),
            QCoreApplication.translate("values", "no"),
        )
        return yes if value else no
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def plain(value: object, kind: Kind) -> str:
    """Return a value for a spreadsheet: all digits, the locale's decimal sign, no grouping."""
    if value is None:
        return ""
    if kind in NUMERIC and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value).replace(".", QLocale().decimalPoint())
    return show(value, kind)


def _number(value: float, kind: Kind, decimals: int | None, locale: QLocale) -> str:
    if kind == "share":
        digits = locale.toString(value * 100, "f", 1 if decimals is None else decimals)
        return grouped(digits, locale) + NARROW_SPACE + "%"
    places = {"integer": 0, "money": 0}.get(kind, 2) if decimals is None else decimals
    return grouped(locale.toString(value, "f", places), locale)
