"""Which cell of the estate a column of a published view shows, so that a change can name it."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from freehold.estate import dictionary


@dataclass(frozen=True)
class Cell:
    """A column of an estate table; `row_by` is the view's column that names the row."""

    table: str
    column: str
    key: str
    row_by: str


@cache
def _listed() -> dict[tuple[str, str], tuple[str, str, str]]:
    text = files("freehold.scenarios").joinpath("cells.csv").read_text(encoding="utf-8")
    return {
        (line["view"], line["column"]): (line["table"], line["table_column"], line["row_by"])
        for line in csv.DictReader(text.splitlines())
    }


def cell_of(view: dictionary.Table, column: str) -> Cell | None:
    """Return the estate's cell behind a view's column, or None where the column is worked out.

    A view shows its own table's columns under their own names, references without `_id`;
    cells.csv lists what it shows of other tables.
    """
    tables = dictionary.tables()
    own = tables.get(view.name)
    if own is not None and len(own.key) == 1 and len(view.key) == 1:
        for name in (column, f"{column}_id"):
            if name in own.column_names and name not in own.key:
                return Cell(own.name, name, own.key[0], view.key[0])
    listed = _listed().get((view.name, column))
    if listed is None:
        return None
    table, name, row_by = listed
    if row_by not in view.documented or table not in tables:
        return None
    return Cell(table, name, tables[table].key[0], row_by)
