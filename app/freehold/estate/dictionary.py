"""The two data dictionaries: tables of a document, and the views published over them."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from freehold.catalogue.dictionary import datasets_folder

SQL_TYPES = {
    "text": "VARCHAR",
    "bool": "BOOLEAN",
    "int": "INTEGER",
    "num": "DOUBLE",
    "money": "DECIMAL(18,4)",
    "price": "DECIMAL(18,8)",
    "share": "DECIMAL(9,6)",
    "date": "DATE",
    "time": "TIMESTAMP",
}
"""SQL type of each type name; counts (`*_count`) are BIGINT. `price` occurs in the catalogue."""

_RANGE = re.compile(
    r"^(?:(?P<open>>=?)(?P<bound>-?[\d.]+)|(?P<low>-?[\d.]+)\.\.(?P<high>-?[\d.]+))$"
)


@dataclass(frozen=True, slots=True)
class Range:
    """A numeric domain; a missing end is open."""

    low: float | None
    high: float | None
    low_included: bool = True

    def holds(self, value: float) -> bool:
        """Return whether the value lies in the range."""
        if self.low is not None and (
            value < self.low or (value == self.low and not self.low_included)
        ):
            return False
        return self.high is None or value <= self.high


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `verified` says that the view also publishes BOOLEAN `NAME__verified`."""

    name: str
    type: str
    domain: str = ""
    references: str = ""
    verified: bool = False
    doc: str = ""

    @property
    def sql_type(self) -> str:
        """The column's DuckDB type."""
        if self.type == "int" and self.name.endswith("_count"):
            return "BIGINT"
        return SQL_TYPES[self.type]

    @property
    def values(self) -> tuple[str, ...]:
        """The values of a closed list, else empty."""
        return closed_values(self.domain)

    @property
    def range(self) -> Range | None:
        """The numeric domain, if there is one."""
        return numeric_range(self.domain)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the document or a published view; the key of a view is one text column."""

    name: str
    key: tuple[str, ...]
    doc: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column of that name; raises KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def documented(self) -> dict[str, Column]:
        """Every column a predicate may name, `NAME__verified` included, by name."""
        found = {column.name: column for column in self.columns}
        for column in self.columns:
            if column.verified:
                name = f"{column.name}__verified"
                doc = f"Every catalogue row that {column.name} was built from is verified"
                found[name] = Column(name=name, type="bool", doc=doc)
        return found


@cache
def tables() -> dict[str, Table]:
    """Return the tables of a document by name, in the dictionary's order."""
    return _read(Path(__file__).with_name("tables.csv"), "table", ())


@cache
def views(classes: tuple[str, ...] | None = None) -> dict[str, Table]:
    """Return the published views by name, in the dictionary's order.

    Args:
        classes: the data classes for which there is an `is_CLASS` column; those shipped if None.
    """
    chosen = classes if classes is not None else data_classes()
    return _read(Path(__file__).with_name("views.csv"), "view", chosen)


@cache
def data_classes() -> tuple[str, ...]:
    """Return the ids of the shipped data classes, in the catalogue's order."""
    path = datasets_folder() / "tables" / "data_classes.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(line["class_id"] for line in csv.DictReader(file))


@cache
def closed_values(domain: str) -> tuple[str, ...]:
    """Return the values of a closed list `a;b;c`, else an empty tuple."""
    return tuple(domain.split(";")) if domain and not _RANGE.match(domain) else ()


@cache
def numeric_range(domain: str) -> Range | None:
    """Return the range of a domain such as `0..4`, `>=0` or `>0`, else None."""
    found = _RANGE.match(domain)
    if found is None:
        return None
    if found["open"]:
        return Range(float(found["bound"]), None, low_included=found["open"] == ">=")
    return Range(float(found["low"]), float(found["high"]))


def _read(path: Path, head: str, classes: tuple[str, ...]) -> dict[str, Table]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    columns: dict[str, list[Column]] = {}
    for line in lines:
        if line["column"]:
            columns.setdefault(line[head], []).extend(_columns(line, classes))
    return {
        line[head]: Table(
            name=line[head],
            key=tuple(line["key"].split(",")),
            doc=line["doc"],
            columns=tuple(columns[line[head]]),
        )
        for line in lines
        if not line["column"]
    }


def _columns(line: dict[str, str], classes: tuple[str, ...]) -> Iterable[Column]:
    names = [f"is_{name}" for name in classes] if line["column"] == "is_*" else [line["column"]]
    for name in names:
        yield Column(
            name=name,
            type=line["type"],
            domain=line["domain"],
            references="" if line["column"] == "is_*" else line["references"],
            verified=line.get("verified") == "yes",
            doc=line["doc"],
        )
