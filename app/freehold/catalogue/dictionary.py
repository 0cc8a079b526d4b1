"""The catalogue's data dictionary: every table and column with its type, domain and meaning."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from freehold.errors import CatalogueError
from freehold.resources import data_root

SQL_TYPES = {
    "text": "VARCHAR",
    "bool": "BOOLEAN",
    "int": "INTEGER",
    "num": "DOUBLE",
    "money": "DECIMAL(18,4)",
    "price": "DECIMAL(18,8)",
    "date": "DATE",
}
"""SQL type of each type name used in `dictionary.csv`."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `domain` is a range such as `>=0` or `0..4`, or values divided by semicolons."""

    name: str
    type: str
    key: bool
    unit: str
    domain: str
    references: str
    required: bool
    doc: str

    @property
    def sql_type(self) -> str:
        """The column's DuckDB type."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view; `kind` is table (shipped), view (derived) or loaded (made on opening)."""

    name: str
    kind: str
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


def datasets_folder() -> Path:
    """Return the folder of the shipped data sets."""
    return data_root() / "datasets"


@cache
def dictionary() -> dict[str, Table]:
    """Return every table and view of the catalogue by name, in the file's order.

    Raises:
        CatalogueError: the dictionary file is missing or not in its format.
    """
    path = datasets_folder() / "dictionary.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        heads = {line["table"]: line for line in lines if not line["column"]}
        columns: dict[str, list[Column]] = {name: [] for name in heads}
        for line in lines:
            if line["column"]:
                columns[line["table"]].append(_column(line))
    except (OSError, KeyError) as error:
        raise CatalogueError(
            "The catalogue's data dictionary cannot be read",
            where=str(path),
            mend="Install Freehold again",
        ) from error
    return {
        name: Table(
            name=name,
            kind=head["type"],
            key=tuple(head["key"].split(",")),
            doc=head["doc"],
            columns=tuple(columns[name]),
        )
        for name, head in heads.items()
    }


def shipped_tables() -> dict[str, Table]:
    """Return the tables that are shipped as data, without derived views."""
    return {name: table for name, table in dictionary().items() if table.kind == "table"}


def _column(line: dict[str, str]) -> Column:
    return Column(
        name=line["column"],
        type=line["type"],
        key=line["key"] == "yes",
        unit=line["unit"],
        domain=line["domain"],
        references=line["references"],
        required=line["required"] == "yes",
        doc=line["doc"],
    )
