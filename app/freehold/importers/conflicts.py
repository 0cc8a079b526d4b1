"""Where the sources of a document contradict each other, or an edit made here."""

from __future__ import annotations

import json
from dataclasses import dataclass

import duckdb

from freehold.estate import dictionary
from freehold.estate.sql import literal, qualified
from freehold.importers.account import Conflict
from freehold.importers.claims import CLAIMS, fields_sql, key_sql

EDITED = "edited here"
NOT_COMPARED = ("tags", "billed_cost", "effective_cost", "cost_monthly", "cost_currency",
                "charge_from", "charge_to", "status")  # fmt: skip
"""Tags are joined key by key, costs are of their own period, and a status is of its own date."""


def conflicts(connection: duckdb.DuckDBPyConnection, schema: str = "estate") -> list[Conflict]:
    """Return every field of which present sources, or a source and an edit, say different things.

    The value in force comes first. A field that only one of them tells is no conflict.
    """
    found: list[Conflict] = []
    known = dictionary.tables()
    targets = connection.execute(f"SELECT DISTINCT target FROM {CLAIMS} ORDER BY 1").fetchall()
    left_out = ", ".join(literal(name) for name in NOT_COMPARED)
    for (target,) in targets:
        table = known.get(target)
        if table is None:
            continue
        rows = connection.execute(f"""
        WITH present AS (
            SELECT c.*, count(*) OVER (PARTITION BY row_key) AS claims FROM {CLAIMS} c
            WHERE target = {literal(target)} AND present
        ), held AS (
            SELECT {key_sql(table, "t.")} AS row_key, {fields_sql(table, "t.")} AS in_force
            FROM {qualified(schema, target)} t
        ), suspect AS (
            SELECT p.*, h.in_force FROM present p JOIN held h USING (row_key)
            WHERE p.claims > 1 OR p.fields <> h.in_force
        ), told AS (
            SELECT s.row_key, e.key AS field, e.value->>'$' AS value,
                json_extract_string(s.in_force, '$.' || e.key) AS in_force,
                s.source_name || coalesce('#' || v.record, '') AS source,
                s.import_number, s.position
            FROM suspect s LEFT JOIN {qualified(schema, "provenance")} v USING (provenance_id),
                json_each(s.fields) e
            WHERE e.key NOT IN ({left_out})
        ), backed AS (
            SELECT row_key, field, arg_max(source, {{'i': import_number, 'n': -position}}) AS source
            FROM told WHERE value = in_force GROUP BY ALL
        )
        SELECT t.row_key, t.field, t.in_force, coalesce(b.source, '{EDITED}'), t.value, t.source
        FROM told t LEFT JOIN backed b USING (row_key, field)
        WHERE t.value IS DISTINCT FROM t.in_force
        ORDER BY t.row_key, t.field, t.import_number DESC, t.position
        """).fetchall()
        found += [
            Conflict(table=target, row=row, field=name, value=value, source=source,
                     other_value=other, other_source=other_source)
            for row, name, value, source, other, other_source in rows
        ]  # fmt: skip
    return found


@dataclass(frozen=True)
class Claim:
    """What one source last said of a row: the file and record, and its fields as texts."""

    source: str
    present: bool
    fields: dict[str, str]


def claims_of(
    connection: duckdb.DuckDBPyConnection, target: str, row_key: str, schema: str = "estate"
) -> list[Claim]:
    """Return who says what of one row, the newest first."""
    rows = connection.execute(
        f"SELECT c.source_name || coalesce('#' || v.record, ''), c.present, c.fields"
        f" FROM {CLAIMS} c LEFT JOIN {qualified(schema, 'provenance')} v USING (provenance_id)"
        " WHERE target = ? AND row_key = ?"
        " ORDER BY present DESC, import_number DESC, position",
        [target, row_key],
    ).fetchall()
    return [Claim(source, present, json.loads(fields)) for source, present, fields in rows]


def count_by_source(found: list[Conflict]) -> dict[str, list[Conflict]]:
    """Return the conflicts by the file that takes part in them."""
    by_file: dict[str, list[Conflict]] = {}
    for entry in found:
        files = {
            source.rpartition("#")[0] or source for source in (entry.source, entry.other_source)
        }
        for name in files - {EDITED}:
            by_file.setdefault(name, []).append(entry)
    return by_file
