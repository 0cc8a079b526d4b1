"""FOCUS cost and usage exports, version 1.0 and later, CSV or Parquet.

FinOps Open Cost and Usage Specification: one record per charge and period. Usage is added up to
resources: (provider, sub account, region, resource id, currency); usage without a resource id
becomes one line per service and region; purchases, taxes, credits and adjustments are charges, not
resources. `cost_monthly` = effective cost x 30.4375 / days of the file's whole charge period.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from freehold.errors import InputError
from freehold.importers import places
from freehold.importers.account import ImportAccount, ImportResult, skipped_entries, unknown_entries
from freehold.importers.csvfile import (
    literal,
    quoted,
    refuse_cut_off,
    renumber,
    scan,
    take_rejects,
)
from freehold.importers.focus_sql import (
    CHARGES_SQL,
    COMMITMENTS_SQL,
    GROUPS_SQL,
    RESOURCES_SQL,
    UNKNOWN_SQL,
)
from freehold.importers.job import Job
from freehold.importers.lookups import data_frame
from freehold.importers.opened import Opened
from freehold.importers.source import Source

KIND = "focus"
TITLE = "FOCUS cost and usage (1.0 and later)"

_SIGNATURE = {"BilledCost", "ChargeCategory", "BillingCurrency", "ChargePeriodStart"}
_PROVIDERS = {"ProviderName", "ServiceProviderName"}


def recognise(opened: Opened) -> bool:
    """Tell by the column names whether this is a FOCUS cost and usage file."""
    names = set(opened.names)
    return names >= _SIGNATURE and bool(_PROVIDERS & names)


def read(opened: Opened, job: Job) -> ImportResult:
    """Read one FOCUS file into resources, provenance, commitments and an account.

    Raises:
        InputError: the file is not FOCUS, is cut off, or cannot be read.
    """
    source, connection = opened.source, job.connection
    layout = _layout(opened)
    _load(source, connection, layout)
    connection.execute("""
    CREATE OR REPLACE TABLE named AS
    SELECT DISTINCT provider_text, host_text, region_text, name_text, zone_text,
           NULL::VARCHAR AS arn_text, NULL::VARCHAR AS block_text
    FROM charge WHERE skip_reason IS NULL
    """)
    places.resolve(connection)
    connection.register("focus_categories", data_frame("focus_categories.csv"))
    connection.execute(GROUPS_SQL)
    days = _days(connection)
    connection.execute(
        RESOURCES_SQL.format(
            days="NULL" if days is None else f"{days:.10f}",
            prefix=literal(f"{job.import_id}:{job.number}:"),
        )
    )
    connection.execute(COMMITMENTS_SQL)
    return _result(source, job, layout, days)


@dataclass(frozen=True)
class _Layout:
    names: list[str]
    relation: str
    version: str
    cost_column: str
    ignored: list[str]
    text: bool


def _layout(opened: Opened) -> _Layout:
    names, source = list(opened.names), opened.source
    text = opened.shape == "csv"
    relation = (
        scan(source, names, opened.delimiter)
        if text
        else f"read_parquet({literal(str(source.text_path))})"
    )
    known = data_frame("focus_columns.csv")
    present = known[known["column"].isin(names)]
    version = max(present["since"], key=lambda text: tuple(int(n) for n in text.split(".")))
    defined = set(known["column"])
    ignored = [name for name in names if name not in defined]
    cost_column = "EffectiveCost" if "EffectiveCost" in names else "BilledCost"
    return _Layout(names, relation, version, cost_column, ignored, text)


def _load(source: Source, connection: duckdb.DuckDBPyConnection, layout: _Layout) -> None:
    """Stream the file once into `charge`, one row per readable record."""
    known = data_frame("focus_columns.csv")
    picked = []
    for name in known.loc[known["used"] == "yes", "column"]:
        if name in layout.names:
            text = f"nullif(trim({quoted(name)}::VARCHAR), '')"
            picked.append(f"nullif({text}, 'NULL') AS {name}")
        else:
            picked.append(f"NULL::VARCHAR AS {name}")
    # A join would shuffle the records, whose position is their number: hence a CASE.
    whens = " ".join(
        f"WHEN {literal(category.lower())} THEN {literal(because)}"
        for category, because in data_frame("focus_charges.csv").itertuples(index=False, name=None)
    )
    try:
        connection.execute(
            CHARGES_SQL.format(
                picked=",\n    ".join(picked),
                relation=layout.relation,
                cost=layout.cost_column,
                because=f"CASE lower(ChargeCategory) {whens} END",
            )
        )
        rejects = take_rejects(connection, from_text=layout.text)
    except duckdb.Error as error:
        raise InputError(
            "The records cannot be read", where=source.name, mend="Export the file again"
        ) from error
    if rejects:
        refuse_cut_off(connection, source, "charge")
        connection.execute("""
        CREATE OR REPLACE TABLE numbered AS SELECT * FROM charge;
        CREATE OR REPLACE VIEW charge AS SELECT * FROM numbered
        """)
        renumber(connection, "numbered")


def _scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return connection.execute(sql).fetchall()[0][0]


def _days(connection: duckdb.DuckDBPyConnection) -> float | None:
    """Return the length of the whole charge period in days, NULL if no record tells."""
    seconds = _scalar(
        connection,
        "SELECT epoch(max(period_end)) - epoch(min(period_start)) FROM charge "
        "WHERE period_start IS NOT NULL AND period_end > period_start",
    )
    return None if not seconds or seconds <= 0 else float(seconds) / 86400


def _totals(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Decimal]:
    return {row[0]: row[1] for row in connection.execute(sql).fetchall() if row[1] is not None}


def _result(source: Source, job: Job, layout: _Layout, days: float | None) -> ImportResult:
    connection = job.connection
    skipped = connection.execute(
        "SELECT skip_reason, count(*) FROM charge WHERE skip_reason IS NOT NULL GROUP BY 1 "
        "UNION ALL SELECT 'not understood: ' || reason, count(*) FROM malformed GROUP BY reason"
    ).fetchall()
    unknown = connection.execute(UNKNOWN_SQL.format(cost=layout.cost_column)).fetchall()
    unknown = [(name, places.REASONS.get(reason, reason), count) for name, reason, count in unknown]
    read = _scalar(connection, "SELECT (SELECT count(*) FROM charge) + count(*) FROM malformed")
    imported = _scalar(connection, "SELECT count(*) FROM charge WHERE skip_reason IS NULL")
    span = connection.execute(
        "SELECT min(period_start)::DATE, (max(period_end) - INTERVAL 1 MICROSECOND)::DATE + 1 "
        "FROM charge"
    ).fetchall()[0]
    resources = connection.execute("SELECT * FROM resource ORDER BY resource_id").df()
    commitments = connection.execute(
        "SELECT * EXCLUDE (records) FROM commitment ORDER BY commitment_id"
    ).df()
    provenance = connection.execute(
        "SELECT provenance_id, ? AS import_id, ? AS source_name, ? AS sha256, "
        "first_record AS record, records, ? AS importer FROM grouped ORDER BY first_record",
        [job.import_id, source.name, source.sha256, f"{KIND} {job.version}"],
    ).df()
    rejected = connection.execute(
        "SELECT ? AS source, record, reason, raw FROM malformed UNION ALL "
        "SELECT ?, record, skip_reason, raw FROM charge WHERE raw IS NOT NULL ORDER BY record",
        [source.name, source.name],
    ).df()
    account = ImportAccount(
        kind=KIND,
        source_name=source.name,
        sha256=source.sha256,
        format_version=layout.version,
        read=read,
        imported=imported,
        skipped=skipped_entries(skipped),
        resources=len(resources),
        rows={"resources": len(resources), "commitments": len(commitments)},
        unknown=unknown_entries(unknown),
        cost_column=layout.cost_column,
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
        ignored_columns=layout.ignored,
        rejected=len(rejected),
        notes=_notes(connection, source, layout, days),
    )
    frames = {"resources": resources, "provenance": provenance}
    if len(commitments):
        frames["commitments"] = commitments
    return ImportResult(account=account, frames=frames, rejected=rejected)


def _notes(
    connection: duckdb.DuckDBPyConnection, source: Source, layout: _Layout, days: float | None
) -> list[str]:
    lines = []
    without = _scalar(connection, "SELECT count(*) FROM grouped WHERE pseudo")
    if without:
        lines.append(
            f"{without} resources stand for usage without a resource id: one per service and region"
        )
    if layout.ignored:
        lines.append("columns FOCUS does not define were not used: " + ", ".join(layout.ignored))
    if days is not None:
        lines.append(
            f"monthly cost is {layout.cost_column} over {days:.2f} days scaled to 30.4375 days"
        )
    if source.encoding not in (None, "utf-8", "utf-8-sig"):
        lines.append(f"the text was converted from {source.encoding}")
    return lines
