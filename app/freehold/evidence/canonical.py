"""Canonical JSON: one value, one sequence of bytes, on every machine."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any


def canonical_json(value: object) -> bytes:
    """Return `value` as canonical JSON in UTF-8.

    Keys are sorted, no spaces are written, decimals are strings without exponent, times are UTC
    with `Z` (a naive time is taken as UTC), dates are ISO, sets are sorted.

    Raises:
        TypeError: a value has no canonical form or a key is not text.
        ValueError: a number is not finite.
    """
    return json.dumps(
        plain(value),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode("utf-8")


def plain(value: object) -> Any:
    """Return `value` built of JSON's own types only, as `canonical_json` will write it."""
    result: Any = value
    match value:
        case Enum():
            result = plain(value.value)
        case None | bool() | int() | str():
            pass
        case float():
            result = _number(value)
        case Decimal():
            result = _decimal(value)
        case datetime():
            result = _time(value)
        case date():
            result = value.isoformat()
        case PurePath():
            result = value.as_posix()
        case Mapping():
            result = _object(value)
        case set() | frozenset():
            result = sorted((plain(item) for item in value), key=_order)
        case _:
            result = _composite(value)
    return result


def sorted_rows(
    rows: Iterable[Mapping[str, object]], key: Sequence[str]
) -> list[Mapping[str, object]]:
    """Return rows ordered by the text of their key columns; a missing value comes first."""

    def order(row: Mapping[str, object]) -> tuple[tuple[bool, str], ...]:
        return tuple((row.get(name) is not None, str(row.get(name))) for name in key)

    return sorted(rows, key=order)


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value!r} has no form in canonical JSON")
    return 0.0 if value == 0 else value


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError(f"{value!r} has no form in canonical JSON")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _time(value: datetime) -> str:
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return aware.replace(tzinfo=None).isoformat() + "Z"


def _object(value: Mapping[Any, Any]) -> dict[str, Any]:
    for name in value:
        if not isinstance(name, str):
            raise TypeError(f"the key {name!r} is not text")
    return {name: plain(item) for name, item in value.items()}


def _composite(value: object) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(item) for item in value]
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return plain(dump())
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    scalar = getattr(value, "item", None)
    if callable(scalar):
        return plain(scalar())
    raise TypeError(f"{type(value).__name__} has no form in canonical JSON")


def _order(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
