"""Tables of unknown layout, in a file or a database, read with a saved column mapping."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from freehold.errors import InputError
from freehold.importers import places, workbook
from freehold.importers.account import ImportAccount, ImportResult, skipped_entries, unknown_entries
from freehold.importers.cells import Cell, cell_of
from freehold.importers.csvfile import (
    quoted,
    refuse_cut_off,
    renumber,
    take_rejects,
)
from freehold.importers.csvfile import unique_names as distinct
from freehold.importers.job import Job
from freehold.importers.lookups import NORMAL
from freehold.importers.opened import Opened
from freehold.importers.profile import Profile, suggest_mapping, table_keys, target_columns
from freehold.importers.records import records_of

KIND = "table"
TITLE = "a CSV, XLSX, Parquet, Arrow or DuckDB table with a column mapping"
COSTS = ("effective_cost", "billed_cost", "cost_monthly", "annual_cost", "value")

__all__ = ["KIND", "TITLE", "read", "recognise", "suggest_mapping"]


def recognise(opened: Opened) -> bool:
    """Tell whether this is a table at all; any table is one, so this is asked last."""
    return opened.shape in ("workbook", "parquet") or len(opened.names) > 1


def read(opened: Opened, job: Job) -> ImportResult:
    """Read a table through the job's column mapping.

    Raises:
        InputError: there is no mapping, it does not fit, or the table cannot be read.
    """
    profile: Profile | None = job.profile
    if opened.shape == "json":
        raise InputError(
            "A column mapping reads tables, and this is JSON",
            where=opened.source.name,
            mend="Leave --map out",
        )
    if opened.shape == "workbook":
        opened = _from_workbook(opened, job.workroom / f"{job.number}-sheet.csv", profile)
    if profile is None:
        raise InputError(
            "The columns of this table are not known to Freehold",
            where=opened.source.name,
            mend=_advice(opened.names),
        )
    cells = _cells(opened, profile)
    _load(opened, job.connection, cells, profile)
    if profile.table == "resources":
        return _resources(opened, job, cells, profile)
    return _rows(opened, job, cells, profile)


def _advice(names: tuple[str, ...]) -> str:
    suggested = suggest_mapping(names)
    shown = ", ".join(f"{target}: {name}" for target, name in suggested.columns.items())
    start = "Import it with --map PROFILE, a YAML file with 'columns:' naming the source column"
    if shown:
        return f"{start} of each estate column; its names suggest {{{shown}}}"
    return f"{start} of each estate column; the table has {', '.join(names[:12])}"


def _from_workbook(opened: Opened, target: Path, profile: Profile | None) -> Opened:
    """Write the sheet as CSV beside, so that it is read the same way as any other table."""
    rows = workbook.rows_of(opened.source, profile.sheet if profile else None)
    header: list[str] = []
    width = 0
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        for row in rows:
            if not any(row):
                continue
            if not header:
                width = max(position for position, cell in enumerate(row, 1) if cell)
                header = distinct([(cell or "").strip() for cell in row[:width]])
                writer.writerow(header)
                continue
            padded = [cell or "" for cell in row[:width]]
            writer.writerow(padded + [""] * (width - len(padded)))
    if not header:
        raise InputError("The sheet is empty", where=opened.source.name)
    return Opened(
        replace(opened.source, text_path=target, content="text"), "csv", tuple(header), ","
    )


def _cells(opened: Opened, profile: Profile) -> list[Cell]:
    """Return how each mapped estate column is read.

    Raises:
        InputError: a mapped column is not in the table, or the table's key is not mapped.
    """
    lower = {name.lower(): name for name in opened.names}
    known = target_columns()[profile.table]
    cells = []
    for target in [*profile.columns, *(c for c in profile.constants if c not in profile.columns)]:
        kind, domain = known[target]
        column = None
        if target in profile.columns:
            wanted = profile.columns[target]
            column = wanted if wanted in opened.names else lower.get(wanted.strip().lower())
            if column is None:
                raise InputError(
                    f"The table has no column '{wanted}', which the mapping names",
                    where=opened.source.name,
                    mend="It has " + ", ".join(opened.names[:20]),
                )
        cells.append(cell_of(target, kind, domain, column, profile))
    mapped = {cell.target for cell in cells}
    if profile.table == "resources":
        if not mapped & {"resource_id", "name"}:
            raise InputError(
                "The mapping fills neither resource_id nor name", where=opened.source.name
            )
    else:
        missing = [key for key in table_keys()[profile.table] if key not in mapped]
        if missing:
            raise InputError(
                f"The mapping does not fill {', '.join(missing)}, the key of {profile.table}",
                where=opened.source.name,
            )
    return cells


def _load(
    opened: Opened, connection: duckdb.DuckDBPyConnection, cells: list[Cell], profile: Profile
) -> None:
    """Stream the table into `typed`: each mapped column as text and as its estate type."""
    source = opened.source
    records = records_of(opened)
    if profile.table == "resources":
        key = [cell.text for cell in cells if cell.target in ("resource_id", "name")]
        keys = [f"coalesce({', '.join(key)})"]
    else:
        keys = [c.text for c in cells if c.target in table_keys()[profile.table]]
    lacking = " OR ".join(f"({key}) IS NULL" for key in keys)
    picked = ", ".join(
        f"{cell.text} AS {quoted(cell.target + '__text')}, {cell.value} AS {quoted(cell.target)}"
        for cell in cells
    )
    try:
        connection.execute(f"""
        CREATE OR REPLACE TABLE typed AS
        SELECT * REPLACE (CASE WHEN skip_reason IS NOT NULL
            THEN left(to_json(raw)::VARCHAR, 2000) END AS raw) FROM (
            SELECT record, {picked},
                CASE WHEN {lacking} THEN 'not understood: no identifier'
                     WHEN row_number() OVER (PARTITION BY {", ".join(keys)} ORDER BY record) > 1
                     THEN 'a record with the same identifier came before' END AS skip_reason,
                line AS raw
            FROM (SELECT row_number() OVER () AS record, line, line.*
                  FROM {records.relation} line) cells)
        ORDER BY record
        """)
        rejects = take_rejects(connection, from_text=records.from_text)
    except duckdb.Error as error:
        raise InputError(
            "The records cannot be read", where=source.name, mend="Save the table again"
        ) from error
    if rejects:
        refuse_cut_off(connection, source, "typed")
        renumber(connection, "typed")


_RESOURCE_COLUMNS = (
    ("provider_id", "provider_text"),
    ("host_provider_id", "host_text"),
    ("region_id", "region_text"),
    ("zone", "zone_text"),
)


def _resources(opened: Opened, job: Job, cells: list[Cell], profile: Profile) -> ImportResult:
    connection = job.connection
    mapped = {cell.target for cell in cells}
    text = {
        name: f"{quoted(target + '__text')}" if target in mapped else "NULL::VARCHAR"
        for target, name in _RESOURCE_COLUMNS
    }
    connection.execute(f"""
    CREATE OR REPLACE TABLE asked AS SELECT *,
        {", ".join(f"{sql} AS {name}" for name, sql in text.items())},
        NULL::VARCHAR AS name_text, NULL::VARCHAR AS arn_text, NULL::VARCHAR AS block_text
    FROM typed WHERE skip_reason IS NULL;
    CREATE OR REPLACE TABLE named AS SELECT DISTINCT {", ".join(places.TEXTS)} FROM asked;
    """)
    places.resolve(connection)
    own = {"provider_id", "host_provider_id", "region_id", "resource_id", "name", "country_iso2",
           "accelerator_id", "accelerator_count", "cost_monthly", "tags", "status",
           "service_category", "provenance_id"}  # fmt: skip
    plain = "".join(f"a.{quoted(name)}, " for name in mapped if name not in own)

    def given(name: str, other: str = "NULL") -> str:
        return f"a.{quoted(name)}" if name in mapped else other

    cost = f"coalesce({given('effective_cost')}, {given('billed_cost')})"
    days = (
        f"date_diff('day', {given('charge_from', 'NULL::DATE')}, "
        f"{given('charge_to', 'NULL::DATE')})"
    )
    instance = given("instance_type", "NULL::VARCHAR")
    chip = given("accelerator_id", "NULL::VARCHAR")
    resources = connection.execute(f"""
    SELECT {plain}
        coalesce({given("resource_id")}, {given("name")})::VARCHAR AS resource_id,
        coalesce({given("name")}, {given("resource_id")})::VARCHAR AS name,
        p.provider_id, p.host_provider_id, p.region_id,
        CASE WHEN p.region_id IS NULL THEN {given("country_iso2", "NULL::VARCHAR")} END
            AS country_iso2,
        coalesce(x.accelerator_id, s.accelerator_id) AS accelerator_id,
        coalesce({given("accelerator_count")}, s.accelerator_count)::DOUBLE AS accelerator_count,
        coalesce({given("service_category")},
            CASE WHEN s.accelerator_id IS NOT NULL THEN 'gpu' END)::VARCHAR AS service_category,
        coalesce({given("cost_monthly")},
            {cost}::DOUBLE * 30.4375 / nullif(greatest({days}, 0), 0))::DECIMAL(38,4)
            AS cost_monthly,
        coalesce({given("status")}, 'active')::VARCHAR AS status,
        {_tags(mapped)} AS tags,
        '{job.import_id}:{job.number}:' || a.record AS provenance_id,
        a.record AS source_record, p.found
    FROM asked a JOIN placed p ON {places.match("a")}
    LEFT JOIN sku_lookup s ON s.provider_id = p.provider_id
        AND s.instance_type = lower({instance})
    LEFT JOIN accelerator_lookup x ON x.key = {NORMAL.format(chip)}
    ORDER BY a.record
    """).df()
    account = _account(opened, job, cells, profile, len(resources))
    found = resources.groupby("found").size().to_dict()
    extra = [
        ("region_id", places.REASONS[how], count)
        for how, count in found.items()
        if how in ("missing", "unresolved", "no_provider")
    ]
    extra += _lacking(resources, "provider_id", text["provider_text"] == "NULL::VARCHAR")
    account.unknown = unknown_entries(
        [(u.field, u.reason, u.count) for u in account.unknown] + extra
    )
    account.derived = unknown_entries(
        ("region_id", places.REASONS[how], count) for how, count in found.items() if how == "zone"
    )
    account.resources = len(resources)
    provenance = pd.DataFrame(
        {
            "provenance_id": resources["provenance_id"],
            "import_id": job.import_id,
            "source_name": opened.source.name,
            "sha256": opened.source.sha256,
            "record": resources["source_record"],
            "records": 1,
            "importer": f"{KIND} {job.version}",
        }
    )
    frames = {
        "resources": resources.drop(columns=["source_record", "found"]),
        "provenance": provenance,
        "import_profiles": profile.row(),
    }
    return ImportResult(account=account, frames=frames, rejected=_rejected(opened, job))


def _lacking(resources: pd.DataFrame, column: str, unmapped: bool) -> list[tuple[str, str, int]]:
    count = int(resources[column].isna().sum())
    reason = places.PROVIDER_MISSING if unmapped else "empty or not in the catalogue"
    return [(column, reason, count)] if count else []


def _tags(mapped: set[str]) -> str:
    base = (
        "TRY_CAST(TRY_CAST(a.tags AS JSON) AS MAP(VARCHAR, JSON))" if "tags" in mapped else "NULL"
    )
    raw = "a.tags" if "tags" in mapped else "NULL::VARCHAR"
    return f"""nullif(to_json(map_from_entries(list_sort(map_entries(map_concat(
        coalesce({base}, MAP {{}}::MAP(VARCHAR, JSON)),
        map_from_entries(list_filter([
            {{'k': 'freehold:provider_text', 'v': to_json(CASE WHEN p.provider_id IS NULL
                THEN a.provider_text END)}},
            {{'k': 'freehold:region_text', 'v': to_json(p.unresolved_text)}},
            {{'k': 'freehold:tags_text', 'v': to_json(CASE WHEN {base} IS NULL
                THEN {raw} END)}}
        ], lambda e: e.v IS NOT NULL AND e.v::VARCHAR <> 'null')))))))::VARCHAR, '{{}}')"""


def _rows(opened: Opened, job: Job, cells: list[Cell], profile: Profile) -> ImportResult:
    columns = ", ".join(quoted(cell.target) for cell in cells)
    frame = job.connection.execute(
        f"SELECT {columns} FROM typed WHERE skip_reason IS NULL ORDER BY record"
    ).df()
    account = _account(opened, job, cells, profile, len(frame))
    frames = {profile.table: frame, "import_profiles": profile.row()}
    return ImportResult(account=account, frames=frames, rejected=_rejected(opened, job))


def _rejected(opened: Opened, job: Job) -> pd.DataFrame:
    return job.connection.execute(
        "SELECT ? AS source, record, reason, raw FROM malformed UNION ALL "
        "SELECT ?, record, skip_reason, raw FROM typed WHERE skip_reason IS NOT NULL "
        "ORDER BY record",
        [opened.source.name, opened.source.name],
    ).df()


def _account(
    opened: Opened, job: Job, cells: list[Cell], profile: Profile, imported: int
) -> ImportAccount:
    connection = job.connection
    skipped = connection.execute(
        "SELECT skip_reason, count(*) FROM typed WHERE skip_reason IS NOT NULL GROUP BY 1 "
        "UNION ALL SELECT 'not understood: ' || reason, count(*) FROM malformed GROUP BY reason"
    ).fetchall()
    read = connection.execute(
        "SELECT (SELECT count(*) FROM typed) + count(*) FROM malformed"
    ).fetchall()[0][0]
    rejected = connection.execute(
        "SELECT (SELECT count(*) FROM typed WHERE skip_reason IS NOT NULL) + count(*) "
        "FROM malformed"
    ).fetchall()[0][0]
    unknown: list[tuple[str, str, int]] = []
    for cell in cells:
        if cell.target in ("provider_id", "region_id", "host_provider_id"):
            continue
        name = quoted(cell.target)
        given = quoted(cell.target + "__text")
        empty, bad = connection.execute(
            f"SELECT count(*) FILTER ({given} IS NULL), "
            f"count(*) FILTER ({given} IS NOT NULL AND {name} IS NULL) "
            "FROM typed WHERE skip_reason IS NULL"
        ).fetchall()[0]
        unknown += [(cell.target, "empty in the source", empty), (cell.target, cell.bad, bad)]
    mapped = {cell.target for cell in cells}
    cost = next((name for name in COSTS if name in mapped), None)
    currency = next((name for name in ("cost_currency", "currency") if name in mapped), None)
    column = profile.columns.get(cost) if cost else None
    totals, carried = (
        _totals(connection, cost, currency, ""),
        _totals(connection, cost, currency, "WHERE skip_reason IS NULL"),
    )
    if cost and currency is None:
        unknown.append((cost, "no currency is mapped; totals stand under XXX", imported))
    notes = [f"read with the column mapping '{profile.name}' into {profile.table}"]
    if opened.source.encoding not in (None, "utf-8", "utf-8-sig"):
        notes.append(f"the text was converted from {opened.source.encoding}")
    used = {cell.column for cell in cells}
    return ImportAccount(
        kind=KIND,
        source_name=opened.source.name,
        sha256=opened.source.sha256,
        read=read,
        imported=imported,
        skipped=skipped_entries(skipped),
        rows={profile.table: imported},
        unknown=unknown_entries(unknown),
        cost_column=column,
        currency_totals=totals,
        resource_totals=carried if profile.table == "resources" else {},
        ignored_columns=[name for name in opened.names if name not in used],
        rejected=rejected,
        notes=notes,
    )


def _totals(
    connection: duckdb.DuckDBPyConnection, cost: str | None, currency: str | None, where: str
) -> dict[str, Decimal]:
    if cost is None:
        return {}
    code = f"coalesce({quoted(currency)}, 'XXX')" if currency else "'XXX'"
    rows: list[tuple[Any, ...]] = connection.execute(
        f"SELECT {code} AS code, sum({quoted(cost)}) FROM typed {where} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {code: total for code, total in rows if total is not None}
