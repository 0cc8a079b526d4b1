"""Where a value of a published view came from: a row of the catalogue or of the estate."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from freehold.compliance.engine import quoted
from freehold.estate import dictionary


@dataclass(frozen=True)
class Origin:
    """The row a value was taken from.

    `text` is the catalogue row's source or the imported file and record; `verified` is None for
    what the estate itself says.
    """

    table: str
    row: str
    text: str | None
    as_of: str | None
    verified: bool | None

    def __str__(self) -> str:
        known = [f"{self.table} {self.row}".strip(), self.text or ""]
        if self.as_of:
            known.append(f"as of {self.as_of}")
        if self.verified is False:
            known.append("not verified")
        return ", ".join(part for part in known if part)


def catalogue_row(column: str) -> tuple[str, dict[str, str]] | None:
    """Return the catalogue table a column stands on, and the view's column for each key part."""
    return _catalogue_origins().get(column)


@cache
def _catalogue_origins() -> dict[str, tuple[str, dict[str, str]]]:
    path = Path(__file__).with_name("origins.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            line["column"]: (
                line["table"],
                dict(part.split("=") for part in line["keys"].split(";")),
            )
            for line in csv.DictReader(file)
        }


_JOINED = ("placements", "contracts", "services", "data_sets", "resources")
"""Tables of the estate of whose rows those of many views are joins."""


def keys_read(columns: Iterable[str]) -> set[str]:
    """Return the columns of a view's row by which the origins of these columns are found."""
    known = _catalogue_origins()
    found = {own for name in columns if name in known for own in known[name][1].values()}
    return found | {dictionary.views()[name].key[0] for name in _JOINED}


@dataclass
class Seen:
    """Looks origins up in a catalogue and an estate, each of their rows once."""

    connection: duckdb.DuckDBPyConnection
    catalogue: str = "catalogue"
    estate: str = "estate"
    _rows: dict[tuple[str, tuple[Any, ...]], Origin | None] = field(default_factory=dict)

    def origin(self, view: dictionary.Table, column: str, row: Mapping[str, Any]) -> Origin | None:
        """Return where `column` of a view's row came from, or None if that is not recorded.

        A value made from several rows names the one that it stands on first.
        """
        documented = view.documented.get(column)
        if documented is not None and documented.verified and column in _catalogue_origins():
            table, keys = _catalogue_origins()[column]
            at = (f"catalogue {table}", tuple(row.get(own) for own in keys.values()))
            if at not in self._rows:
                self._rows[at] = _from_catalogue(self.connection, self.catalogue, column, row)
        else:
            at = (f"view {view.name}", (row.get(view.key[0]),))
            if at not in self._rows:
                self._rows[at] = _from_estate(self.connection, self.estate, view, row)
        return self._rows[at]


def _from_catalogue(
    connection: duckdb.DuckDBPyConnection, catalogue: str, column: str, row: Mapping[str, Any]
) -> Origin | None:
    table, keys = _catalogue_origins()[column]
    values = {key: row.get(own) for key, own in keys.items()}
    if any(value is None for value in values.values()):
        return None
    tests = " AND ".join(f"{quoted(key)} = ?" for key in values)
    try:
        found = connection.execute(
            f"SELECT source, CAST(as_of AS VARCHAR), verified FROM {quoted(catalogue)}."
            f"{quoted(table)} WHERE {tests} ORDER BY verified, source LIMIT 1",
            list(values.values()),
        ).fetchone()
    except duckdb.Error:
        return None
    if found is None:
        return None
    named = ", ".join(str(value) for value in values.values())
    return Origin(f"catalogue {table}", named, found[0], found[1], found[2])


def _from_estate(
    connection: duckdb.DuckDBPyConnection,
    estate: str,
    view: dictionary.Table,
    row: Mapping[str, Any],
) -> Origin | None:
    """Find the estate row of the view's own subject, or of what the row is a join of."""
    tables = dictionary.tables()
    views = dictionary.views()
    for name in (view.name, *_JOINED):
        table = tables.get(name)
        own_key = views[name].key[0] if name in views else None
        value = row.get(own_key) if own_key else None
        if table is None or len(table.key) != 1 or value is None:
            continue
        key = quoted(table.key[0])
        try:
            if "provenance_id" in table.column_names:
                found = connection.execute(
                    f"SELECT p.source_name, p.record FROM {quoted(estate)}.{quoted(name)} t"
                    f" LEFT JOIN {quoted(estate)}.provenance p USING (provenance_id)"
                    f" WHERE t.{key} = ?",
                    [value],
                ).fetchone()
            else:
                found = connection.execute(
                    f"SELECT NULL, NULL FROM {quoted(estate)}.{quoted(name)} WHERE {key} = ?",
                    [value],
                ).fetchone()
        except duckdb.Error:
            continue
        if found is None:
            continue
        text = f"{found[0]}, record {found[1]}" if found[0] else None
        return Origin(f"estate {name}", str(value), text, None, None)
    return None
