"""The tables of an xBRL-CSV report package, both layouts brought to one: a row of column codes.

Wide: one row a record, columns `c0010`, `c0020` ... Facts: one row a fact, `datapoint,factValue`
beside the key columns; the facts with the same keys make one record.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field

from freehold.errors import InputError
from freehold.importers.csvfile import MAX_FIELD_CHARS
from freehold.importers.source import Source
from freehold.importers.zipfiles import text_of

_TABLE = re.compile(r"(?:^|/)b_(\d\d\.\d\d)\.csv$", re.IGNORECASE)
_COLUMN = re.compile(r"^(?:.*[^0-9a-z])?c?(\d{4})[^0-9a-z]*$", re.IGNORECASE)
WIDTH = "not understood: record has too few or too many fields"
NUMBERED = (
    "not understood: the fact names its column by a datapoint number, which only the EBA's "
    "taxonomy explains"
)
KEYS_ONLY = "the row holds key columns only"


@dataclass
class Row:
    """One record: `number` of its first source row in the package, how many rows made it."""

    template: str
    number: int
    cells: dict[str, str]
    rows: int = 1


@dataclass
class Package:
    """Everything in a package: records in order, rows left out, and what the package is about."""

    rows: list[Row] = field(default_factory=list)
    left: list[tuple[int, str, str]] = field(default_factory=list)
    read: int = 0
    layouts: set[str] = field(default_factory=set)
    parameters: dict[str, str] = field(default_factory=dict)


def templates_of(members: tuple[str, ...]) -> dict[str, str]:
    """Return template code (`02.02`) -> member of the register's tables."""
    found = {}
    for member in members:
        match = _TABLE.search(member.replace("\\", "/"))
        if match:
            found[match[1]] = member
    return dict(sorted(found.items()))


def read_package(source: Source, members: tuple[str, ...]) -> Package:
    """Read all tables of the register.

    Raises:
        InputError: a table is damaged, or stands in the package twice.
    """
    package = Package()
    tables = templates_of(members)
    given = [m for m in members if _TABLE.search(m.replace("\\", "/"))]
    if len(given) > len(tables):
        raise InputError("The package holds a table twice", where=source.name, mend="Remove one")
    for member in members:
        if member.lower().endswith("parameters.csv"):
            package.parameters = {
                line[0]: line[1] for line in _lines(source, member)[1:] if len(line) == 2
            }
    for template, member in tables.items():
        lines = _lines(source, member)
        if lines:
            _take(package, template, lines)
    return package


def _lines(source: Source, member: str) -> list[list[str]]:
    csv.field_size_limit(MAX_FIELD_CHARS)
    text = text_of(source, member)
    try:
        delimiter = ";" if ";" in text.partition("\n")[0] else ","
        return [
            line
            for line in csv.reader(io.StringIO(text), delimiter=delimiter)
            if any(cell.strip() for cell in line)
        ]
    except csv.Error as error:
        raise InputError(
            "A table of the package cannot be split into fields", where=f"{source.name}, {member}"
        ) from error


def code_of(name: str) -> str | None:
    """Return the column code of a heading or datapoint: `c0010`, `B_02.02.0010` -> `0010`."""
    match = _COLUMN.match(name.strip())
    return match[1] if match else None


def _take(package: Package, template: str, lines: list[list[str]]) -> None:
    header = [name.strip() for name in lines[0]]
    lower = [name.lower() for name in header]
    if "datapoint" in lower and "factvalue" in lower:
        package.layouts.add("facts")
        _take_facts(package, template, header, lines[1:])
        return
    package.layouts.add("wide")
    codes = [code_of(name) for name in header]
    for line in lines[1:]:
        package.read += 1
        if len(line) != len(header):
            package.left.append((package.read, WIDTH, ",".join(line)[:2000]))
            continue
        cells = {
            code: cell.strip()
            for code, cell in zip(codes, line, strict=True)
            if code and cell.strip()
        }
        package.rows.append(Row(template, package.read, cells))


def _take_facts(package: Package, template: str, header: list[str], lines: list[list[str]]) -> None:
    lower = [name.lower() for name in header]
    point, value = lower.index("datapoint"), lower.index("factvalue")
    records: dict[tuple[str, ...], Row] = {}
    for line in lines:
        package.read += 1
        if len(line) != len(header):
            package.left.append((package.read, WIDTH, ",".join(line)[:2000]))
            continue
        code = None if re.match(r"(?i)^dp\d+$", line[point].strip()) else code_of(line[point])
        if code is None:
            package.left.append((package.read, NUMBERED, ",".join(line)[:2000]))
            continue
        keys = tuple(line[n].strip() for n in range(len(line)) if n not in (point, value))
        row = records.get(keys)
        if row is None:
            cells = {
                column: line[n].strip()
                for n, name in enumerate(header)
                if n not in (point, value) and (column := code_of(name)) and line[n].strip()
            }
            row = records[keys] = Row(template, package.read, cells, rows=0)
        row.rows += 1
        if line[value].strip():
            row.cells[code] = line[value].strip()
    package.rows += records.values()
