"""Bills of any provider: charges, one record each, become resources, commitments and an account.

Usage is added up to resources: (provider, account, region, resource id, currency); usage without a
resource id becomes one line per service and region; purchases, taxes, credits, discounts and
adjustments are charges, not resources. `cost_monthly` = effective cost, else billed cost,
x 30.4375 / days of the whole period of the usage.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import duckdb

from freehold.errors import InputError
from freehold.importers import places
from freehold.importers.account import ImportAccount, ImportResult, skipped_entries, unknown_entries
from freehold.importers.bill_sql import (
    CHARGES_SQL,
    COMMITMENTS_SQL,
    GROUPS_SQL,
    RESOURCES_SQL,
    UNKNOWN_SQL,
)
from freehold.importers.csvfile import literal, quoted, refuse_cut_off, renumber, take_rejects
from freehold.importers.job import Job
from freehold.importers.lookups import data_frame
from freehold.importers.opened import Opened
from freehold.importers.records import Records
from freehold.importers.source import Source

TEXTS = (
    "provider_text",
    "host_text",
    "region_text",
    "name_text",
    "zone_given",
    "arn_text",
    "account",
    "given_id",
    "resource_name",
    "resource_type",
    "service_name",
    "service_key",
    "service_group",
    "instance_type",
    "tags_text",
    "currency_text",
    "cost_text",
    "charge_type",
    "commitment_id",
    "commitment_name",
    "commitment_kind",
)
"""What a bill may say of a charge, as text."""

SPOILT = "not understood: the line is not a JSON object"


def money(text: str) -> str:
    """Return SQL that reads an amount to twelve decimals, NULL where it is none."""
    return f"TRY_CAST(TRY_CAST({text} AS DECIMAL(27,12)) AS DECIMAL(38,12))"


def moment(text: str) -> str:
    """Return SQL that reads an ISO 8601 date or time, naive UTC, NULL where it is none."""
    return (
        f"CASE WHEN isfinite(TRY_CAST({text} AS TIMESTAMP)) THEN TRY_CAST({text} AS TIMESTAMP) END"
    )


@dataclass(frozen=True)
class Bill:
    """How the records of one kind of bill are read; every value is SQL.

    `texts` fills `TEXTS` from the columns of the source, and `more` further columns, which
    `billed`, `effective`, `cost`, `start`, `end`, `unlike`, `basis` and `commitment_*` may use
    beside them. `unlike` is a reason why a charge of a usual type is no resource, else NULL.
    `kept` are columns of `more` that the loaded charges keep.
    `columns` names the source's own columns in messages: cost, type, start, end, service, id.
    """

    kind: str
    records: Records
    texts: dict[str, str]
    columns: dict[str, str]
    billed: str
    effective: str
    cost: str
    start: str
    end: str
    more: dict[str, str] = field(default_factory=dict)
    unlike: str = "NULL::VARCHAR"
    basis: str = "NULL::VARCHAR"
    accelerator_count: str = "NULL::DOUBLE"
    commitment_start: str = "NULL::TIMESTAMP"
    commitment_end: str = "NULL::TIMESTAMP"
    commitment_value: str = "NULL::DECIMAL(38,12)"
    odd_service: str = "service in the source is not one Freehold knows the category of"
    version: str | None = None
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    derived: tuple[tuple[str, str], ...] = ()
    kept: tuple[str, ...] = ()


def load(bill: Bill, source: Source, connection: duckdb.DuckDBPyConnection) -> None:
    """Stream the file once into `charge`, one row per readable record.

    Raises:
        InputError: the file is cut off or cannot be read.
    """
    picked = [f"{bill.texts.get(name, 'NULL::VARCHAR')} AS {name}" for name in TEXTS]
    picked += [f"{sql} AS {name}" for name, sql in bill.more.items()]
    # A join would shuffle the records, whose position is their number: hence a CASE.
    charges = data_frame("bill_charges.csv")
    whens = " ".join(
        f"WHEN {literal(charge.lower())} THEN {literal(because)}"
        for kind, charge, because in charges.itertuples(index=False, name=None)
        if kind == bill.kind
    )
    column = bill.columns
    try:
        connection.execute(
            CHARGES_SQL.format(
                picked=",\n    ".join(picked),
                relation=bill.records.relation,
                billed=bill.billed,
                effective=bill.effective,
                cost=bill.cost,
                start=bill.start,
                end=bill.end,
                unlike=bill.unlike,
                basis=bill.basis,
                spoilt=quoted(bill.records.spoilt) if bill.records.spoilt else "NULL::VARCHAR",
                kept="".join(f", {name}" for name in bill.kept),
                accelerator_count=bill.accelerator_count,
                commitment_start=bill.commitment_start,
                commitment_end=bill.commitment_end,
                commitment_value=bill.commitment_value,
                because=f"CASE lower(charge_type) {whens} END",
                spoilt_reason=literal(SPOILT),
                no_type=literal(f"not understood: no {column['type']}"),
                odd_type=literal(f"not understood: {column['type']} is not one Freehold knows"),
                neither=literal(f"usage with neither {column['id']} nor {column['service']}"),
                type_column=literal(column["type"]),
                cost_column=literal(column["cost"]),
            )
        )
        rejects = take_rejects(connection, from_text=bill.records.from_text)
    except duckdb.Error as error:
        raise InputError(
            "The records cannot be read", where=source.name, mend="Export the file again"
        ) from error
    if bill.records.spoilt:
        _refuse_cut_off_line(source, connection)
    if rejects:
        refuse_cut_off(connection, source, "charge")
        connection.execute("""
        CREATE OR REPLACE TABLE numbered AS SELECT * FROM charge;
        CREATE OR REPLACE VIEW charge AS SELECT * FROM numbered
        """)
        renumber(connection, "numbered")


def _refuse_cut_off_line(source: Source, connection: duckdb.DuckDBPyConnection) -> None:
    last = connection.execute("SELECT record FROM charge ORDER BY record DESC LIMIT 1").fetchall()
    if last and scalar(
        connection,
        f"SELECT skip_reason = {literal(SPOILT)} AND starts_with(raw, '{{') FROM charge "
        f"WHERE record = {last[0][0]}",
    ):
        raise InputError(
            "The last line is not valid JSON: the file is cut off",
            where=f"{source.name}, record {last[0][0]}",
            mend="Export or copy it again",
        )


def read_bill(bill: Bill, opened: Opened, job: Job) -> ImportResult:
    """Read a bill into resources, provenance, commitments and an account.

    Raises:
        InputError: the file is cut off or cannot be read.
    """
    load(bill, opened.source, job.connection)
    return add_up(bill, opened, job)


def add_up(
    bill: Bill,
    opened: Opened,
    job: Job,
    *,
    cost_basis: str | None = None,
    lacking: str | None = None,
) -> ImportResult:
    """Add the loaded charges up to resources.

    `cost_basis` is actual, amortised or None; `lacking` is the cost, billed or effective, that a
    bill of this basis does not tell.
    """
    connection = job.connection
    connection.execute("""
    CREATE OR REPLACE TABLE named AS
    SELECT DISTINCT provider_text, host_text, region_text, name_text, zone_text, arn_text,
           NULL::VARCHAR AS block_text
    FROM charge WHERE skip_reason IS NULL
    """)
    places.resolve(connection)
    services = data_frame("bill_services.csv")
    services = services[services["kind"] == bill.kind].drop(columns="kind")
    connection.register("bill_services", services.assign(service=services["service"].str.lower()))
    connection.execute(GROUPS_SQL)
    if lacking is not None:
        connection.execute(f"UPDATE grouped SET {lacking} = NULL")
    days = _days(connection)
    connection.execute(
        RESOURCES_SQL.format(
            days="NULL" if days is None else f"{days:.10f}",
            prefix=literal(f"{job.import_id}:{job.number}:"),
        )
    )
    connection.execute(COMMITMENTS_SQL)
    result = _result(bill, opened.source, job, days, cost_basis)
    if lacking == "billed":
        result.account.billed_totals = {}
    return result


def scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """Return the one value a query gives."""
    return connection.execute(sql).fetchall()[0][0]


def _days(connection: duckdb.DuckDBPyConnection) -> float | None:
    """Return the length of the whole period of the usage in days, None if no record tells."""
    seconds = scalar(
        connection,
        "SELECT epoch(max(period_end)) - epoch(min(period_start)) FROM charge "
        "WHERE skip_reason IS NULL AND period_start IS NOT NULL AND period_end > period_start",
    )
    return None if not seconds or seconds <= 0 else float(seconds) / 86400


def _totals(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Decimal]:
    return {row[0]: row[1] for row in connection.execute(sql).fetchall() if row[1] is not None}


def _result(
    bill: Bill, source: Source, job: Job, days: float | None, cost_basis: str | None
) -> ImportResult:
    connection, columns = job.connection, bill.columns
    skipped = connection.execute(
        "SELECT skip_reason, count(*) FROM charge WHERE skip_reason IS NOT NULL GROUP BY 1 "
        "UNION ALL SELECT 'not understood: ' || reason, count(*) FROM malformed GROUP BY reason"
    ).fetchall()
    unknown = connection.execute(
        UNKNOWN_SQL.format(
            cost_column=literal(columns["cost"]),
            start_column=literal(columns["start"]),
            end_column=literal(columns["end"]),
            odd_service=literal(bill.odd_service),
        )
    ).fetchall()
    unknown = [(name, places.REASONS.get(reason, reason), count) for name, reason, count in unknown]
    read = scalar(connection, "SELECT (SELECT count(*) FROM charge) + count(*) FROM malformed")
    imported = scalar(connection, "SELECT count(*) FROM charge WHERE skip_reason IS NULL")
    span = connection.execute(
        "SELECT min(period_start)::DATE, (max(period_end) - INTERVAL 1 MICROSECOND)::DATE + 1 "
        "FROM charge WHERE skip_reason IS NULL"
    ).fetchall()[0]
    resources = connection.execute("SELECT * FROM resource ORDER BY resource_id").df()
    commitments = connection.execute(
        "SELECT * EXCLUDE (records) FROM commitment ORDER BY commitment_id"
    ).df()
    provenance = connection.execute(
        "SELECT provenance_id, ? AS import_id, ? AS source_name, ? AS sha256, "
        "first_record AS record, records, ? AS importer FROM grouped ORDER BY first_record",
        [job.import_id, source.name, source.sha256, f"{bill.kind} {job.version}"],
    ).df()
    rejected = connection.execute(
        "SELECT ? AS source, record, reason, raw FROM malformed UNION ALL "
        "SELECT ?, record, skip_reason, raw FROM charge WHERE raw IS NOT NULL ORDER BY record",
        [source.name, source.name],
    ).df()
    account = ImportAccount(
        kind=bill.kind,
        source_name=source.name,
        sha256=source.sha256,
        format_version=bill.version,
        read=read,
        imported=imported,
        skipped=skipped_entries(skipped),
        resources=len(resources),
        rows={"resources": len(resources), "commitments": len(commitments)},
        unknown=unknown_entries(unknown),
        derived=unknown_entries(_derived(bill, connection)),
        cost_column=columns["cost"],
        cost_basis=cost_basis,
        currency_totals=_totals(
            connection, "SELECT currency, sum(cost) FROM charge GROUP BY 1 ORDER BY 1"
        ),
        resource_totals=_totals(
            connection,
            "SELECT currency, sum(cost) FROM charge WHERE skip_reason IS NULL "
            "GROUP BY 1 ORDER BY 1",
        ),
        billed_totals=_totals(
            connection, "SELECT currency, sum(billed) FROM charge GROUP BY 1 ORDER BY 1"
        ),
        charge_from=span[0],
        charge_to=span[1],
        ignored_columns=list(bill.ignored),
        rejected=len(rejected),
        notes=_notes(connection, source, bill, days),
    )
    frames = {"resources": resources, "provenance": provenance}
    if len(commitments):
        frames["commitments"] = commitments
    return ImportResult(account=account, frames=frames, rejected=rejected)


def _derived(bill: Bill, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int]]:
    """Return the fields of commitments that were worked out rather than read."""
    found = []
    for column, reason in bill.derived:
        count = scalar(
            connection, f"SELECT count(*) FROM commitment WHERE {quoted(column)} IS NOT NULL"
        )
        found.append((f"commitments.{column}", reason, count))
    return found


def _notes(
    connection: duckdb.DuckDBPyConnection, source: Source, bill: Bill, days: float | None
) -> list[str]:
    lines = list(bill.notes)
    without = scalar(connection, "SELECT count(*) FROM grouped WHERE pseudo")
    if without:
        lines.append(
            f"{without} resources stand for usage without a resource id: one per service and region"
        )
    if days is not None:
        lines.append(f"monthly cost is the cost over {days:.2f} days scaled to 30.4375 days")
    if source.encoding not in (None, "utf-8", "utf-8-sig"):
        lines.append(f"the text was converted from {source.encoding}")
    return lines
