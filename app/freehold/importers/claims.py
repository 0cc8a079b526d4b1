"""Imported rows meet what the document holds: who said what is kept, and which value is in force.

The rule: an edit made here always wins; else the newest import that says anything of the field, and
within one import the source named first. Costs of the sources of one import are added. What a
source says no longer is no longer known by it; what no source lists any longer stays, with the
status `not_in_source`. A value counts as edited where it differs from what the sources said when
they were imported last.
"""

from __future__ import annotations

import duckdb

from freehold.estate.dictionary import Column, Table
from freehold.estate.sql import literal, qualified, quoted

ADDED = ("billed_cost", "effective_cost", "cost_monthly")
PERIOD = {"charge_from": "min", "charge_to": "max"}
CLAIMS = qualified("estate", "import_claims")
GONE = "not_in_source"


def key_sql(table: Table, alias: str = "") -> str:
    """Return SQL for a row's key as one text."""
    names = [f"{alias}{quoted(name)}" for name in table.key]
    if len(names) == 1:
        return f"{names[0]}::VARCHAR"
    return f"to_json([{', '.join(f'{name}::VARCHAR' for name in names)}])::VARCHAR"


def claimed(table: Table) -> list[Column]:
    """Return the columns that a source can claim something of."""
    return [
        column
        for column in table.columns
        if column.name not in table.key and column.name != "provenance_id"
    ]


def fields_sql(table: Table, alias: str = "") -> str:
    """Return SQL for what a row says, as JSON without the fields it leaves unknown."""
    members = ", ".join(
        f"{literal(column.name)}: {alias}{quoted(column.name)}::VARCHAR"
        for column in claimed(table)
    )
    return f"json_merge_patch('{{}}', to_json({{{members}}}))::VARCHAR"


def stage_claims(connection: duckdb.DuckDBPyConnection, target: str) -> None:
    """Make `told`, the claims about a table, read once: one column per field, as text."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE told AS SELECT * FROM {CLAIMS} WHERE target = ?", [target]
    )


def winners_sql(table: Table, claims: str) -> str:
    """Return the query for the value in force of each field of the rows that `claims` tells of."""
    order = "{'p': present, 'i': import_number, 'n': -position}"
    picks = []
    for column in claimed(table):
        name = quoted(column.name)
        said = f"json_extract_string(fields, {literal('$.' + column.name)})"
        value = f"TRY_CAST({said} AS {column.sql_type})"
        if table.name == "resources" and column.name in ADDED:
            picks.append(
                f"sum({value}) FILTER (import_number = priced)::{column.sql_type} AS {name}"
            )
        elif table.name == "resources" and column.name in PERIOD:
            picks.append(
                f"{PERIOD[column.name]}({value}) FILTER (import_number = priced) AS {name}"
            )
        elif column.name == "tags":
            # Sorted by key, so that equal tags are equal texts.
            merged = (
                f"list_reduce(list({said}::VARCHAR ORDER BY present, import_number, -position) "
                f"FILTER ({said} IS NOT NULL), "
                "lambda a, b: json_merge_patch(a::JSON, b::JSON)::VARCHAR)"
            )
            picks.append(f"fh_sorted({merged}) AS {name}")
        elif table.name == "resources" and column.name == "status":
            picks.append(
                f"CASE WHEN bool_or(present) THEN arg_max({value}, {order}) ELSE '{GONE}' END "
                f"AS {name}"
            )
        else:
            picks.append(f"arg_max({value}, {order}) AS {name}")
    priced = " OR ".join(f"json_extract_string(fields, '$.{name}') IS NOT NULL" for name in ADDED)
    return f"""
    SELECT row_key, {", ".join(picks)}, arg_max(provenance_id, {order}) AS said_by,
        count(*) AS claims
    FROM (SELECT *, max(CASE WHEN {priced} THEN import_number END)
              OVER (PARTITION BY row_key) AS priced FROM {claims})
    GROUP BY row_key"""


def create_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions that the queries of this room use."""
    connection.execute("""
    CREATE OR REPLACE TEMP MACRO fh_sorted(given) AS CASE WHEN given IS NULL THEN NULL ELSE
        to_json(map_from_entries(list_sort(map_entries(
            TRY_CAST(TRY_CAST(given AS JSON) AS MAP(VARCHAR, JSON))))))::VARCHAR END
    """)
