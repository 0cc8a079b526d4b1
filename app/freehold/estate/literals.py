"""Check a literal against the documented domain of the column it is compared with."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Protocol

from freehold.errors import RuleError
from freehold.estate.dictionary import closed_values, numeric_range

_LONGEST_PATTERN, _MOST_WILDCARDS = 200, 4

KINDS = {
    "text": "text",
    "bool": "bool",
    "int": "number",
    "num": "number",
    "money": "number",
    "price": "number",
    "share": "number",
    "date": "date",
    "time": "time",
}
"""Kind of value of each type name of the dictionaries."""


class DocumentedColumn(Protocol):
    """What a predicate needs to know of a column: one of the estate's or of the catalogue's."""

    @property
    def name(self) -> str:
        """Name."""

    @property
    def type(self) -> str:
        """Type name."""

    @property
    def domain(self) -> str:
        """Closed list or range."""

    @property
    def references(self) -> str:
        """TABLE.COLUMN whose values it takes."""


def check_literal(
    column: DocumentedColumn,
    value: object,
    domains: Mapping[str, Collection[str]],
    where: str | None,
) -> None:
    """Raise RuleError if the value lies outside the column's documented domain."""
    if isinstance(value, str):
        allowed: Collection[str] = closed_values(column.domain) or domains.get(
            column.references, ()
        )
        if allowed and value not in allowed:
            raise RuleError(
                f"'{value}' is not a value of {column.name}",
                where=where,
                mend=f"Use one of {_few(allowed)}",
            )
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        limits = numeric_range(column.domain)
        if limits is not None and not limits.holds(float(value)):
            raise RuleError(
                f"{value:g} lies outside the domain {column.domain} of {column.name}",
                where=where,
                mend="Compare with a value of that domain",
            )


def check_pattern(
    column: DocumentedColumn,
    pattern: str,
    domains: Mapping[str, Collection[str]],
    where: str | None,
) -> None:
    """Raise RuleError if a LIKE pattern can match no value of the column's documented domain."""
    if len(pattern) > _LONGEST_PATTERN or pattern.count("%") > _MOST_WILDCARDS:
        # Matching takes time with the power of the wildcards.
        raise RuleError(
            f"A LIKE pattern has more than {_MOST_WILDCARDS} % or {_LONGEST_PATTERN} characters",
            where=where,
            mend="Use several conditions",
        )
    allowed = closed_values(column.domain) or domains.get(column.references, ())
    parts = {"%": ".*", "_": "."}
    matcher = re.compile("".join(parts.get(c) or re.escape(c) for c in pattern), re.DOTALL)
    if allowed and not any(matcher.fullmatch(value) for value in allowed):
        raise RuleError(
            f"The pattern '{pattern}' matches no value of {column.name}",
            where=where,
            mend=f"The values are {_few(allowed)}",
        )


def iso_date(text: str, where: str | None) -> date:
    """Return the date of an ISO text; raises RuleError if it is none."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise RuleError(
            f"'{text}' is not a date", where=where, mend="Write dates as YYYY-MM-DD"
        ) from error


def _few(values: Collection[str]) -> str:
    ordered = list(values) if isinstance(values, tuple) else sorted(values)
    more = f" ... ({len(ordered)} in all)" if len(ordered) > 12 else ""
    return ", ".join(ordered[:12]) + more
