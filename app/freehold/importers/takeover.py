"""Take an import over into a document: add, bring up to date, and mark what has vanished."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd
from pydantic import BaseModel

from freehold.estate import Workspace, dictionary
from freehold.estate.dictionary import Table
from freehold.estate.rows import append_rows
from freehold.estate.sql import one, qualified, quoted
from freehold.estate.transactions import transaction
from freehold.estate.workspace import create_table_sql
from freehold.importers.account import ImportResult, Part, RowName
from freehold.importers.claims import (
    CLAIMS,
    claimed,
    create_functions,
    fields_sql,
    key_sql,
    winners_sql,
)
from freehold.importers.conflicts import conflicts, count_by_source
from freehold.importers.identity import identity_sql
from freehold.importers.read import BOOKKEEPING

LISTED = 100
"""How many vanished rows and conflicts an account lists; all stand in the document."""

_STAGE = "freehold_import"
_SCRATCH = ("known_ids", "renamed", "said", "complete", "fresh", "vanishing", "present_keys",
            "mixed", "held", "before", "after", "renewed")  # fmt: skip


@dataclass
class _Step:
    """One source's rows of one table, staged as typed rows in a schema of its own."""

    part: Part
    position: int
    table: Table
    schema: str


def take_over(workspace: Workspace, result: ImportResult) -> None:
    """Take an import over, all of it or nothing; its accounts learn what that did.

    Raises:
        InputError: a row does not fit the document; nothing is changed then.
    """
    connection = workspace.connection
    try:
        with transaction(connection):
            create_functions(connection)
            number = one(connection, f"SELECT coalesce(max(import_number), 0) + 1 FROM {CLAIMS}")[0]
            steps = _stage(connection, result, workspace)
            origins = result.frames.get("provenance", pd.DataFrame({"provenance_id": []}))
            origins = origins.reindex(columns=["provenance_id", "source_id"]).astype("string")
            connection.register("provenance_frame", origins)
            _unite_ids(connection, steps)
            _compare(connection, steps, int(number))
            for name in dict.fromkeys(step.table.name for step in steps):
                _bring_up_to_date(connection, [s for s in steps if s.table.name == name])
            _keep_books(workspace, result)
            _tell(connection, result)
    finally:
        connection.unregister("provenance_frame")
        for name in _SCRATCH:
            connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
        for position in range(len(result.parts)):
            connection.execute(f"DROP SCHEMA IF EXISTS {_STAGE}_{position} CASCADE")
    workspace.changed = True


def _stage(
    connection: duckdb.DuckDBPyConnection, result: ImportResult, workspace: Workspace
) -> list[_Step]:
    steps = []
    for position, part in enumerate(result.parts):
        schema = f"{_STAGE}_{position}"
        connection.execute(f"CREATE SCHEMA {schema}")
        for name, frame in part.frames.items():
            table = dictionary.tables()[name]
            connection.execute(create_table_sql(table, qualified(schema, name)))
            rows = frame.drop(columns=[c for c in frame.columns if c not in table.column_names])
            workspace.notices += append_rows(connection, schema, table, rows)
            ids = frame[[*table.key, "provenance_id"]].astype("string")
            connection.register("fh_ids", ids)
            connection.execute(
                f"CREATE TABLE {schema}.{name}_ids AS SELECT {key_sql(table)} AS row_key, "
                "provenance_id FROM fh_ids"
            )
            connection.unregister("fh_ids")
            steps.append(_Step(part, position, table, schema))
    return steps


def _unite_ids(connection: duckdb.DuckDBPyConnection, steps: list[_Step]) -> None:
    """Give a resource the id the document, or an earlier source, already has for it."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE known_ids AS SELECT {identity_sql('resource_id')} AS same, "
        "resource_id FROM estate.resources"
    )
    for step in steps:
        if step.table.name == "scanner_findings":
            connection.execute(
                f"UPDATE {step.schema}.scanner_findings AS f SET resource_id = k.resource_id "
                "FROM (SELECT same, any_value(resource_id) AS resource_id FROM known_ids "
                "GROUP BY same HAVING count(*) = 1) k "
                f"WHERE k.same = {identity_sql('f.resource_id')} "
                "AND f.resource_id IS NOT NULL"
            )
            continue
        if step.table.name != "resources":
            continue
        connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE renamed AS
        SELECT s.resource_id AS spelt, k.resource_id FROM (
            SELECT resource_id, {identity_sql("resource_id")} AS same FROM {step.schema}.resources
            QUALIFY count(*) OVER (PARTITION BY same) = 1) s
        JOIN (SELECT same, any_value(resource_id) AS resource_id FROM known_ids
              GROUP BY same HAVING count(*) = 1) k USING (same)
        WHERE s.resource_id <> k.resource_id
          AND k.resource_id NOT IN (SELECT resource_id FROM {step.schema}.resources)
        """)
        count = one(connection, "SELECT count(*) FROM renamed")[0]
        if count:
            connection.execute(
                f"UPDATE {step.schema}.resources AS s SET resource_id = r.resource_id "
                "FROM renamed r WHERE s.resource_id = r.spelt"
            )
            connection.execute(
                f"UPDATE {step.schema}.resources_ids AS s SET row_key = r.resource_id "
                "FROM renamed r WHERE s.row_key = r.spelt"
            )
            step.part.account.notes.append(
                f"{count} resources stand in the document under another spelling of their id and "
                "keep it"
            )
        connection.execute(
            f"INSERT INTO known_ids SELECT {identity_sql('resource_id')}, resource_id "
            f"FROM {step.schema}.resources ANTI JOIN known_ids USING (resource_id)"
        )


def _compare(connection: duckdb.DuckDBPyConnection, steps: list[_Step], number: int) -> None:
    """Lay what the sources say now beside what they said before; count, and keep it."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE said AS SELECT * FROM {CLAIMS} LIMIT 0;"
        "CREATE OR REPLACE TEMP TABLE complete (source_id VARCHAR, position INTEGER, named BOOLEAN)"
    )
    for step in steps:
        name = step.table.name
        connection.execute(
            f"""
            INSERT INTO said BY NAME
            SELECT coalesce(p.source_id, ?) AS source_id, ? AS target, {key_sql(step.table, "t.")}
                AS row_key, ? AS import_number, ? AS position, ? AS source_name, i.provenance_id,
                true AS present, {fields_sql(step.table, "t.")} AS fields
            FROM {step.schema}.{name} t
            JOIN {step.schema}.{name}_ids i ON i.row_key = {key_sql(step.table, "t.")}
            LEFT JOIN provenance_frame p ON p.provenance_id = i.provenance_id
            """,
            [step.part.source_id, name, number, step.position, step.part.account.source_name],
        )
    for position, part in {step.position: step.part for step in steps}.items():
        for source_id in part.complete_for:
            named = source_id == f"{part.account.kind}: {part.account.source_name}"
            connection.execute(
                "INSERT INTO complete VALUES (?, ?, ?)", [source_id, position, named]
            )
    # Where only the file's name tells the source, another file of that name is the same source if
    # they have a row in common. Of one row that two files of one source tell, the first counts.
    connection.execute(f"""
    CREATE OR REPLACE TEMP TABLE said AS SELECT * FROM said
    QUALIFY row_number() OVER (PARTITION BY source_id, target, row_key ORDER BY position) = 1;
    CREATE OR REPLACE TEMP TABLE fresh AS
    SELECT s.target, s.row_key, s.position,
        CASE WHEN b.row_key IS NULL THEN 'new' WHEN b.fields = s.fields AND b.present
            THEN 'unchanged' ELSE 'updated' END AS what
    FROM said s LEFT JOIN {CLAIMS} b USING (source_id, target, row_key);
    CREATE OR REPLACE TEMP TABLE vanishing AS
    SELECT b.source_id, b.target, b.row_key, c.position
    FROM {CLAIMS} b JOIN (
        SELECT source_id, min(position) AS position FROM complete
        WHERE NOT named OR source_id IN (
            SELECT o.source_id FROM {CLAIMS} o JOIN said USING (source_id, target, row_key))
        GROUP BY source_id) c USING (source_id)
    ANTI JOIN said s USING (source_id, target, row_key)
    WHERE b.present
    """)


def _bring_up_to_date(connection: duckdb.DuckDBPyConnection, steps: list[_Step]) -> None:
    """Write what is in force now into the rows of one table; edits made here stay.

    Most rows have one source and are new or unchanged: those are added as they were staged, or left
    alone. Only where several sources speak, or one says something new, are claims compared.
    """
    table = steps[0].table
    name, rows = table.name, qualified("estate", table.name)
    key = key_sql(table, "t.")
    mine = f"(SELECT * FROM {CLAIMS} WHERE target = '{name}' AND row_key IN (FROM mixed))"
    connection.execute(f"""
    CREATE OR REPLACE TEMP TABLE present_keys AS SELECT {key} AS row_key FROM {rows} t;
    UPDATE fresh SET what = 'added' WHERE target = '{name}'
        AND row_key NOT IN (FROM present_keys) AND position = (
            SELECT min(o.position) FROM fresh o
            WHERE o.target = fresh.target AND o.row_key = fresh.row_key);
    CREATE OR REPLACE TEMP TABLE mixed AS
    SELECT row_key FROM vanishing WHERE target = '{name}'
    UNION SELECT row_key FROM fresh SEMI JOIN present_keys USING (row_key)
        WHERE target = '{name}' AND what <> 'unchanged'
    UNION SELECT s.row_key FROM said s JOIN {CLAIMS} b USING (target, row_key)
        WHERE s.target = '{name}' AND b.source_id <> s.source_id
    UNION SELECT row_key FROM said WHERE target = '{name}' GROUP BY row_key HAVING count(*) > 1;
    """)
    compared = one(connection, "SELECT count(*) FROM mixed")[0]
    if compared:
        connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE held AS SELECT {key} AS row_key, t.* FROM {rows} t
            WHERE {key} IN (FROM mixed);
        CREATE OR REPLACE TEMP TABLE before AS {winners_sql(table, mine)}
        """)
    connection.execute(f"""
    DELETE FROM {CLAIMS} AS b USING said s WHERE b.source_id = s.source_id
        AND b.target = s.target AND b.row_key = s.row_key AND b.target = '{name}';
    INSERT INTO {CLAIMS} BY NAME SELECT * FROM said WHERE target = '{name}';
    UPDATE {CLAIMS} AS b SET present = false FROM vanishing v WHERE b.source_id = v.source_id
        AND b.target = v.target AND b.row_key = v.row_key AND b.target = '{name}'
    """)
    if compared:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE after AS {winners_sql(table, mine)}")
        _renew(connection, table)
    by_origin = "provenance_id" in table.column_names
    names = [quoted(c) for c in table.column_names if c != "provenance_id"]
    for step in steps:
        origin = ", i.provenance_id" if by_origin else ""
        connection.execute(f"""
        INSERT INTO {rows} ({", ".join(names)}{", provenance_id" if by_origin else ""})
        SELECT {", ".join(f"t.{n}" for n in names)}{origin} FROM {step.schema}.{name} t
        JOIN {step.schema}.{name}_ids i ON i.row_key = {key}
        WHERE {key} NOT IN (FROM present_keys) AND {key} NOT IN (FROM mixed)
        """)
    if by_origin:
        connection.execute(
            f"UPDATE {rows} AS t SET provenance_id = s.provenance_id FROM said s "
            f"WHERE s.target = '{name}' AND {key} = s.row_key AND s.row_key NOT IN (FROM mixed)"
        )


def _renew(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Write the rows in `mixed` anew from `before`, `after` and what the document holds."""
    name, rows = table.name, qualified("estate", table.name)
    by_origin = "provenance_id" in table.column_names
    # A row imported before claims were kept belongs to its source; one without was entered here.
    ours = "b.row_key IS NULL" + (" AND h.provenance_id IS NULL" if by_origin else "")
    values = []
    for column in claimed(table):
        c = quoted(column.name)
        edited = (
            f"(b.row_key IS NOT NULL AND h.{c} IS DISTINCT FROM b.{c}) "
            f"OR ({ours} AND h.{c} IS NOT NULL)"
        )
        said = f"CASE WHEN b.row_key IS NULL THEN coalesce(a.{c}, h.{c}) ELSE a.{c} END"
        values.append(f"CASE WHEN {edited} THEN h.{c} ELSE {said} END AS {c}")
    origin = ", a.said_by AS provenance_id" if by_origin else ""
    held_key = ", ".join(f"h.{quoted(k)}" for k in table.key)
    new_key = (
        f"a.row_key AS {quoted(table.key[0])}"
        if len(table.key) == 1
        else ", ".join(
            f"json_extract_string(a.row_key, '$[{n}]') AS {quoted(k)}"
            for n, k in enumerate(table.key)
        )
    )
    columns = ", ".join(f"a.{quoted(column.name)}" for column in claimed(table))
    connection.execute(f"""
    CREATE OR REPLACE TEMP TABLE renewed AS
    SELECT {held_key}, {", ".join(values)}{origin}
    FROM held h JOIN after a USING (row_key) LEFT JOIN before b USING (row_key);
    DELETE FROM {rows} AS t USING held h WHERE {key_sql(table, "t.")} = h.row_key;
    INSERT INTO {rows} BY NAME SELECT * FROM renewed;
    INSERT INTO {rows} BY NAME SELECT {new_key}, {columns}{origin}
    FROM after a ANTI JOIN held h USING (row_key)
    WHERE a.row_key IN (SELECT row_key FROM said WHERE target = '{name}')
    """)


def _keep_books(workspace: Workspace, result: ImportResult) -> None:
    """Keep the accounts, mappings and origins of the import; drop origins nobody refers to."""
    connection = workspace.connection
    for name in sorted(BOOKKEEPING & set(result.frames)):
        keys = [quoted(key) for key in dictionary.tables()[name].key]
        connection.register("fh_books", result.frames[name][[k.strip('"') for k in keys]])
        same = " AND ".join(f"b.{key} = n.{key}" for key in keys)
        connection.execute(f"DELETE FROM estate.{name} AS b USING fh_books n WHERE {same}")
        connection.unregister("fh_books")
        workspace.append(name, result.frames[name].drop_duplicates(dictionary.tables()[name].key))
    holders = [t.name for t in dictionary.tables().values() if "provenance_id" in t.column_names
               and t.name != "provenance"]  # fmt: skip
    used = " UNION ".join(
        f"SELECT provenance_id FROM {qualified('estate', name)} WHERE provenance_id IS NOT NULL"
        for name in holders
    )
    connection.execute(f"DELETE FROM estate.provenance WHERE provenance_id NOT IN ({used})")


def _tell(connection: duckdb.DuckDBPyConnection, result: ImportResult) -> None:
    """Write what the import did into its accounts, in memory and in the document."""
    counts: dict[tuple[int, str], int] = {}
    for position, what, count in connection.execute(
        "SELECT position, CASE what WHEN 'new' THEN 'updated' ELSE what END, count(*) FROM fresh "
        "GROUP BY ALL UNION ALL SELECT position, 'vanished', count(*) FROM vanishing GROUP BY 1"
    ).fetchall():
        counts[position, what] = counts.get((position, what), 0) + int(count)
    vanished = connection.execute(
        "SELECT position, target, row_key FROM vanishing ORDER BY ALL"
    ).fetchall()
    differing = conflicts(connection)
    per_source = count_by_source(differing)
    accounts = [part.account for part in result.parts]
    stored = result.frames["import_accounts"]
    for position, account in enumerate(accounts):
        account.added = counts.get((position, "added"), 0)
        account.updated = counts.get((position, "updated"), 0)
        account.unchanged = counts.get((position, "unchanged"), 0)
        account.vanished = counts.get((position, "vanished"), 0)
        account.vanished_rows = [RowName(table=t, row=r) for p, t, r in vanished if p == position][
            :LISTED
        ]
        mine = per_source.get(account.source_name, [])
        account.conflict_count, account.conflicts = len(mine), mine[:LISTED]
        row = stored.iloc[position]
        connection.execute(
            "UPDATE estate.import_accounts SET added = ?, updated = ?, unchanged = ?, vanished = ?,"
            " conflicts = ?, vanished_rows = ?, conflict_rows = ?"
            " WHERE import_id = ? AND source_name = ?",
            [account.added, account.updated, account.unchanged, account.vanished,
             account.conflict_count, _json(account.vanished_rows), _json(account.conflicts),
             row["import_id"], row["source_name"]],
        )  # fmt: skip
    whole = result.account
    if whole.sources is not None:
        whole.added = sum(account.added or 0 for account in accounts)
        whole.updated = sum(account.updated or 0 for account in accounts)
        whole.unchanged = sum(account.unchanged or 0 for account in accounts)
        whole.vanished = sum(account.vanished or 0 for account in accounts)
        whole.vanished_rows = [RowName(table=t, row=r) for _, t, r in vanished[:LISTED]]
        names = {account.source_name for account in accounts}
        touched = [c for c in differing if {_file(c.source), _file(c.other_source)} & names]
        whole.conflict_count, whole.conflicts = len(touched), touched[:LISTED]


def _json(entries: Sequence[BaseModel]) -> str:
    return json.dumps(
        [entry.model_dump() for entry in entries],
        sort_keys=True, separators=(",", ":"), ensure_ascii=False,
    )  # fmt: skip


def _file(source: str) -> str:
    return source.rpartition("#")[0] or source
