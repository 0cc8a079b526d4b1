"""The unit of a documented column: from its type, its name, or its description."""

import re

from freehold.estate.dictionary import Column

_OF_TYPE = {"share": "fraction 0-1", "date": "day", "time": "UTC"}
_OF_NAME = {
    "usd": "USD",
    "hours": "hours",
    "days": "days",
    "months": "months",
    "years": "years",
    "kw": "kW",
    "kwh": "kWh",
    "gib": "GiB",
    "gb": "GB",
    "tb": "TB",
    "ms": "ms",
    "percent": "%",
    "count": "count",
    "seal": "SEAL 0-4",
}
_TOLD = re.compile(
    r"\b(USD per month|USD|percent|hours|days|months|minutes|seconds|GiB|TB|GB|kWh|kW|%)(?![a-z])"
)


def unit_of(column: Column) -> str | None:
    """Return the unit of a column's values, or None where it has none."""
    if column.type in ("bool", "text"):
        return None
    if (told := _TOLD.search(column.doc)) is not None:
        return {"percent": "%"}.get(told[1], told[1])
    if column.type in _OF_TYPE:
        return _OF_TYPE[column.type]
    return _OF_NAME.get(column.name.rpartition("_")[2])
