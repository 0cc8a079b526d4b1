"""Verdicts that rest on facts nobody has confirmed, and the catalogue rows to confirm."""

from dataclasses import dataclass

import duckdb

from freehold.compliance.compiled import Compiled, unverified_name
from freehold.compliance.engine import Judged, quoted
from freehold.compliance.findings import rows_sql
from freehold.compliance.origins import catalogue_row

MOST_ROWS = 2000
"""How many verdicts are read per rule; an estate of millions has more than anybody reads."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An unverified value: its column, and the catalogue row it stands on where one is named."""

    column: str
    table: str | None = None
    key: tuple[tuple[str, str], ...] = ()

    @property
    def row(self) -> str:
        """The catalogue row in words, as in `providers aws`; empty if none is named."""
        return " ".join([self.table or "", *(value for _, value in self.key)]).strip()


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A verdict and the unverified facts that it rests on."""

    rule_id: str
    severity: str
    title: str
    subject_id: str
    result: str
    if_confirmed: str | None
    facts: tuple[Fact, ...]


def unconfirmed(
    judged: Judged, connection: duckdb.DuckDBPyConnection, *, catalogue: str = "catalogue"
) -> tuple[Unconfirmed, ...]:
    """Return the verdicts resting on unverified facts, those that fail or would fail first."""
    counted = connection.execute(
        f"SELECT DISTINCT rule_id FROM {quoted(judged.store)}.verdicts WHERE reason = 'unverified'"
    ).fetchall()
    found = [
        item for (name,) in counted for item in _of_rule(judged, connection, str(name), catalogue)
    ]
    found.sort(
        key=lambda item: (
            (item.if_confirmed or item.result) != "fail",
            item.rule_id,
            item.subject_id,
        )
    )
    return tuple(found)


def _of_rule(
    judged: Judged, connection: duckdb.DuckDBPyConnection, rule_id: str, catalogue: str
) -> list[Unconfirmed]:
    rule = judged.rule(rule_id)
    documented = rule.view.documented
    columns = [name for name in rule.columns if documented[name].verified]
    places = [_place(rule, name) for name in columns]
    open_rows = [_unverified(connection, catalogue, place) for place in places]
    selected = [
        f"CASE WHEN shown.{quoted(unverified_name(name))} = FALSE THEN {_key_sql(place)} END"
        for name, place in zip(columns, places, strict=True)
    ]
    rows = connection.execute(
        f"SELECT v.subject_id, v.result, v.if_confirmed{''.join(f', {sql}' for sql in selected)}"
        f" FROM {quoted(judged.store)}.verdicts AS v"
        f" LEFT JOIN ({rows_sql(judged, rule)}) AS shown ON shown.finding_subject = v.subject_id"
        " WHERE v.rule_id = ? AND v.reason = 'unverified'"
        " ORDER BY coalesce(v.if_confirmed, v.result) <> 'fail', v.subject_id LIMIT ?",
        [rule_id, MOST_ROWS],
    ).fetchall()
    return [
        Unconfirmed(
            rule_id,
            rule.rule.severity,
            rule.rule.title,
            str(subject),
            str(result),
            confirmed,
            tuple(
                _fact(name, place, values, rows)
                for name, place, values, rows in zip(columns, places, keys, open_rows, strict=True)
                if values is not None
            ),
        )
        for subject, result, confirmed, *keys in rows
    ]


_Place = tuple[str, dict[str, str]]


def _place(rule: Compiled, column: str) -> _Place | None:
    """Return the catalogue table of a column and the view's columns that hold its key."""
    found = catalogue_row(column)
    if found is None or not set(found[1].values()) <= set(rule.view.column_names):
        return None
    return found


def _key_sql(place: _Place | None) -> str:
    values = place[1].values() if place else ()
    return f"[{', '.join(f'CAST(shown.{quoted(name)} AS VARCHAR)' for name in values)}]"


def _unverified(
    connection: duckdb.DuckDBPyConnection, catalogue: str, place: _Place | None
) -> set[tuple[str, ...]]:
    """Return the keys of the unverified rows of a place's table: a column of the same name may
    stand on another table, or on another row than the first it names."""
    if place is None:
        return set()
    keys = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in place[1])
    rows = connection.execute(
        f"SELECT DISTINCT {keys} FROM {quoted(catalogue)}.{quoted(place[0])}"
        " WHERE verified IS DISTINCT FROM TRUE"
    ).fetchall()
    return set(rows)


def _fact(
    column: str, place: _Place | None, values: list[str | None], rows: set[tuple[str, ...]]
) -> Fact:
    if place is None or tuple(values) not in rows:
        return Fact(column)
    key = zip(place[1], map(str, values), strict=True)
    return Fact(column, place[0], tuple(key))
