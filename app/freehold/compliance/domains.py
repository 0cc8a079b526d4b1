"""Which values a documented column can take, and turning a test's values into typed SQL."""

import csv
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache

from freehold.errors import RuleError
from freehold.estate.dictionary import Column, views
from freehold.estate.dictionary import tables as estate_tables
from freehold.estate.literals import check_literal
from freehold.resources import data_root, user_data_folder

Given = str | bool | int | float | date | None


@cache
def _values(reference: str) -> frozenset[str]:
    table, _, column = reference.partition(".")
    values: set[str] = set()
    if table in estate_tables():
        # Estate keys are the user's own; only the catalogue's are a closed set.
        return frozenset()
    folders = (data_root() / "datasets" / "tables", user_data_folder() / "catalogue")
    for path in (folder / f"{table}.csv" for folder in folders):
        if path.is_file():
            with path.open(encoding="utf-8-sig", newline="") as file:
                values.update(line.get(column) or "" for line in csv.DictReader(file))
    return frozenset(values - {""})


@cache
def _references() -> tuple[str, ...]:
    found = {c.references for view in views().values() for c in view.columns if c.references}
    return tuple(sorted(name for name in found if _values(name)))


class _CatalogueDomains(Mapping[str, Collection[str]]):
    """Values by TABLE.COLUMN of the catalogue, read when first asked for."""

    def __getitem__(self, reference: str) -> Collection[str]:
        if values := _values(reference):
            return values
        raise KeyError(reference)

    def __iter__(self) -> Iterator[str]:
        return iter(_references())

    def __len__(self) -> int:
        return len(_references())


CATALOGUE_DOMAINS: Mapping[str, Collection[str]] = _CatalogueDomains()
"""The values that catalogue references allow, for the checks of predicates and of test rows."""


def literal(column: Column, value: Given, where: str) -> str:
    """Return a given value as SQL of the column's type.

    Raises:
        RuleError: the value is of another type or outside the column's documented domain.
    """
    text = plain_text(column, value, where)
    quoted = "NULL" if text is None else "'" + text.replace("'", "''") + "'"
    return f"CAST({quoted} AS {column.sql_type})"


def plain_text(column: Column, value: Given, where: str) -> str | None:
    """Return a given value as text that casts to the column's type; raises like `literal`."""
    return None if value is None else _text(column, value, where)


def _text(column: Column, value: Given, where: str) -> str:
    refused = RuleError(f"{column.name} ({column.type}) cannot be {value!r}", where=where)
    if column.type == "bool":
        value = {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value
        if not isinstance(value, bool):
            raise refused
        return "TRUE" if value else "FALSE"
    if column.type == "text":
        if not isinstance(value, str):
            raise refused
        check_literal(column, value, CATALOGUE_DOMAINS, where)
        return value
    if column.type in ("date", "time"):
        day = value.isoformat() if isinstance(value, date) else value
        if not isinstance(day, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}(T[\d:]+)?", day):
            raise refused
        try:
            date.fromisoformat(day[:10])
        except ValueError:
            raise refused from None
        return day
    return _number(column, value, refused, where)


def _number(column: Column, value: Given, refused: RuleError, where: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused
    number = Decimal(repr(value))
    if not number.is_finite() or (column.type == "int" and number != int(number)):
        raise refused
    check_literal(column, value, CATALOGUE_DOMAINS, where)
    return f"{number:f}"
