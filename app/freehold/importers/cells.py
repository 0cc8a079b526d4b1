"""How a cell of a mapped column becomes a value of an estate column, as SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass

from freehold.importers.csvfile import literal, quoted
from freehold.importers.profile import Profile

_YES = ("true", "yes", "y", "1", "ja", "oui", "wahr", "vrai", "x")
_NO = ("false", "no", "n", "0", "nein", "non", "falsch", "faux")
_RANGE = re.compile(r"^(-?[0-9.]+)\.\.(-?[0-9.]+)$")
_CURRENCY_COLUMNS = ("cost_currency", "currency")


@dataclass(frozen=True)
class Cell:
    """A mapped estate column: its text in the source and its typed value, both as SQL."""

    target: str
    column: str | None
    text: str
    value: str
    bad: str


def cell_of(target: str, kind: str, domain: str, column: str | None, profile: Profile) -> Cell:
    """Return how `target` is read: NULL where the text is empty or does not fit."""
    text = _text(target, column, profile)
    value, bad = _typed(target, kind, text, profile)
    if kind == "text" and ";" in domain:
        allowed = domain.split(";")
        options = ", ".join(literal(option.lower()) for option in allowed)
        value = f"CASE WHEN lower({text}) IN ({options}) THEN lower({text}) END"
        bad = "not one of " + ", ".join(allowed)
    elif kind in ("int", "num", "money", "share") and domain:
        value = f"CASE WHEN {_within(value, domain)} THEN {value} END"
        bad = f"not a number within {domain}"
    return Cell(target, column, text, value, bad)


def _text(target: str, column: str | None, profile: Profile) -> str:
    constant = profile.constants.get(target)
    if column is None:
        return f"{literal(constant or '')}::VARCHAR"
    text = f"nullif(trim({quoted(column)}::VARCHAR), '')"
    if profile.nulls:
        nulls = ", ".join(literal(word) for word in profile.nulls)
        text = f"CASE WHEN {text} IN ({nulls}) THEN NULL ELSE {text} END"
    replaced = profile.values.get(target)
    if replaced:
        cases = " ".join(
            f"WHEN {literal(given.strip().lower())} THEN {literal(value)}"
            for given, value in replaced.items()
        )
        text = f"(CASE lower({text}) {cases} ELSE {text} END)"
    if constant is not None:
        text = f"coalesce({text}, {literal(constant)})"
    return f"({text})"


def _typed(target: str, kind: str, text: str, profile: Profile) -> tuple[str, str]:
    if kind == "bool":
        yes = ", ".join(literal(word) for word in _YES)
        no = ", ".join(literal(word) for word in _NO)
        value = (
            f"CASE WHEN lower({text}) IN ({yes}) THEN true "
            f"WHEN lower({text}) IN ({no}) THEN false END"
        )
        return value, "neither yes nor no"
    if kind in ("int", "num", "money", "share"):
        number = _number(text, profile.decimal)
        sql = {
            "int": "BIGINT",
            "num": "DOUBLE",
            "money": "DECIMAL(18,4)",
            "share": "DECIMAL(9,6)",
        }[kind]
        value = f"TRY_CAST({number} AS {sql})"
        if kind == "num":
            value = f"CASE WHEN isfinite({value}) THEN {value} END"
        return value, "not a number that fits"
    if kind == "date":
        return f"{_moment(text, profile)}::DATE", "not a date that is understood"
    if kind == "time":
        return _moment(text, profile), "not a date that is understood"
    if target in _CURRENCY_COLUMNS:
        code = f"upper({text})"
        return (
            f"CASE WHEN regexp_matches({code}, '^[A-Z]{{3}}$') THEN {code} END",
            "not an ISO 4217 code",
        )
    if target.endswith("country_iso2"):
        code = f"upper({text})"
        return (
            f"CASE WHEN regexp_matches({code}, '^[A-Z]{{2}}$') THEN {code} END",
            "not an ISO 3166 code of two letters",
        )
    return text, "not understood"


def _number(text: str, decimal: str) -> str:
    """Return SQL that removes thousands signs and puts a point before the decimals."""
    spaces = f"regexp_replace({text}, '[\\s\\x{{00A0}}\\x{{202F}}'']', '', 'g')"
    if decimal == ",":
        return f"replace(replace({spaces}, '.', ''), ',', '.')"
    return f"replace({spaces}, ',', '')"


def _moment(text: str, profile: Profile) -> str:
    """Return SQL that reads a date or time; 'infinity' is none."""
    read = f"TRY_CAST({text} AS TIMESTAMP)"
    if profile.dates is not None:
        read = f"coalesce(try_strptime({text}, {literal(profile.dates)}), {read})"
    return f"CASE WHEN isfinite({read}) THEN {read} END"


def _within(value: str, domain: str) -> str:
    span = _RANGE.match(domain)
    if span:
        return f"{value} BETWEEN {span[1]} AND {span[2]}"
    if domain.startswith((">=", "<=")):
        return f"{value} {domain[:2]} {float(domain[2:])}"
    if domain.startswith((">", "<")):
        return f"{value} {domain[:1]} {float(domain[1:])}"
    return "true"
