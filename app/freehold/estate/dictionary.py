"""The data dictionaries of the estate's tables and of the published views, read from their CSVs."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from freehold.catalogue.dictionary import datasets_folder

DUCKDB_TYPES = {
    "text": "VARCHAR",
    "bool": "BOOLEAN",
    "int": "BIGINT",
    "num": "DOUBLE",
    "money": "DECIMAL(18,4)",
    "share": "DECIMAL(9,6)",
    "date": "DATE",
    "time": "TIMESTAMP",
}
VERIFIED = "__verified"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an estate table or a published view.

    `domain` is a closed list (`a;b;c`), a range (`0..4`, `>=0`) or empty; `references` names the
    catalogue or estate column whose values it takes; `verified` tells that a published view also
    has `NAME__verified` beside it.
    """

    name: str
    type: str
    domain: str
    references: str
    verified: bool
    doc: str

    @property
    def sql_type(self) -> str:
        """The column's DuckDB type."""
        return DUCKDB_TYPES[self.type]

    @property
    def values(self) -> tuple[str, ...]:
        """The closed list of values, or nothing if the domain is not a list."""
        if self.type != "text" or not self.domain:
            return ()
        return tuple(self.domain.split(";"))

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """The smallest and the largest number allowed; None where there is no bound."""
        if match := re.fullmatch(r"(-?[\d.]+)\.\.(-?[\d.]+)", self.domain):
            return float(match[1]), float(match[2])
        if match := re.fullmatch(r">=?(-?[\d.]+)", self.domain):
            return float(match[1]), None
        return None, None


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view with its key columns."""

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
        """Every column a rule may read by name, the `__verified` ones included."""
        found = {column.name: column for column in self.columns}
        for column in self.columns:
            if column.verified:
                name = column.name + VERIFIED
                doc = f"Every fact behind {column.name} is verified"
                found[name] = Column(name, "bool", "", "", False, doc)
        return found


@cache
def tables() -> dict[str, Table]:
    """Return the estate's tables by name, in the file's order."""
    return _read("tables.csv", "table")


@cache
def views() -> dict[str, Table]:
    """Return the published views by name, one `is_CLASS` column per data class included."""
    return _read("views.csv", "view")


def _read(file_name: str, name_column: str) -> dict[str, Table]:
    with (Path(__file__).parent / file_name).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    heads = {line[name_column]: line for line in lines if not line["column"]}
    columns: dict[str, list[Column]] = {name: [] for name in heads}
    for line in lines:
        if line["column"] == "is_*":
            columns[line[name_column]] += _class_columns(line["doc"])
        elif line["column"]:
            columns[line[name_column]].append(
                Column(
                    line["column"],
                    line["type"],
                    line["domain"],
                    line["references"],
                    line.get("verified") == "yes",
                    line["doc"],
                )
            )
    return {
        name: Table(name, tuple(head["key"].split(",")), head["doc"], tuple(columns[name]))
        for name, head in heads.items()
    }


def _class_columns(doc: str) -> list[Column]:
    path = datasets_folder() / "tables" / "data_classes.csv"
    with path.open(encoding="utf-8", newline="") as file:
        classes = [(line["class_id"], line["name"]) for line in csv.DictReader(file)]
    return [
        Column(f"is_{class_id}", "bool", "", "", False, f"{name}. {doc}")
        for class_id, name in classes
    ]
