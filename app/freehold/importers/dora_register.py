"""DORA register of information (ITS (EU) 2024/2956), read from an xBRL-CSV report package.

Contracts, functions, legal entities, the supply chain and exit plans become rows of the estate.
Where the register gives several values for one contract and the estate has room for one, the field
stays unknown and the account says so.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import duckdb
import pandas as pd

from freehold.errors import InputError
from freehold.importers.account import ImportAccount, ImportResult, skipped_entries, unknown_entries
from freehold.importers.dora_package import Package, Row, read_package, templates_of
from freehold.importers.dora_sql import COUNTS, ROWS, UNKNOWN
from freehold.importers.job import Job
from freehold.importers.lookups import data_frame
from freehold.importers.opened import Opened

KIND = "dora_register"
TITLE = "DORA register of information (xBRL-CSV package)"

USED = {
    "01.01": "0010",
    "01.02": "0010",
    "02.01": "0010",
    "02.02": "0010",
    "03.01": "0010",
    "05.01": "0010",
    "05.02": "0010",
    "06.01": "0010",
    "07.01": "0010",
}
"""Template -> the column without which a row of it says nothing."""

UNUSED = {
    "01.03": "B_01.03: the estate has no branches",
    "02.03": "B_02.03: the estate does not link contracts within the group",
    "03.02": "B_03.02: who signs for the provider is read from B_02.02",
    "03.03": "B_03.03: the estate does not link contracts within the group",
    "04.01": "B_04.01: the estate does not list who uses each contract",
    "99.01": "B_99.01: definitions of terms are not part of the estate",
}
NO_KEY = "not understood: the row lacks its identifier"
TWICE = "the same row stands there twice"
UNREFERRED = "B_05.01: no contract or supply chain names this provider"
WIDEST = ["0010", "0020", "0030", "0031", *(f"{n:04}" for n in range(40, 130, 10))]
WIDEST += [f"{n:04}" for n in range(130, 200, 10)]


def recognise(opened: Opened) -> bool:
    """Tell by its members whether the zip file is a register of information."""
    return opened.shape == "package" and bool(templates_of(opened.names))


def read(opened: Opened, job: Job) -> ImportResult:
    """Read a register package into the tables of the estate.

    Raises:
        InputError: a table of the package is damaged.
    """
    source, connection = opened.source, job.connection
    package = read_package(source, opened.names)
    skipped = Counter[str](reason for _, reason, _ in package.left)
    kept = _kept(package, skipped)
    _stage(connection, kept)
    frames, records = {}, {}
    for table, sql in ROWS.items():
        frame = connection.execute(sql).df()
        if len(frame):
            records[table] = [int(number) for number in frame.pop("record")]
            frames[table] = frame
    unreferred = connection.execute(COUNTS).fetchall()[0][0]
    skipped[UNREFERRED] += unreferred
    unknown = connection.execute(UNKNOWN).fetchall()
    rejected = pd.DataFrame(
        [(source.name, n, reason, raw) for n, reason, raw in package.left],
        columns=["source", "record", "reason", "raw"],
    )
    about = package.parameters.get("entityID", "").rpartition(":")[2].partition(".")[0]
    account = ImportAccount(
        kind=KIND,
        source_name=source.name,
        sha256=source.sha256,
        format_version=", ".join(sorted(package.layouts)) or None,
        read=package.read,
        imported=package.read - sum(skipped.values()),
        skipped=skipped_entries(skipped.items()),
        rows={table: len(frame) for table, frame in frames.items()},
        unknown=unknown_entries(unknown),
        rejected=len(rejected),
        notes=_notes(package, frames),
    )
    return ImportResult(
        account=account,
        frames=frames,
        rejected=rejected,
        records=records,
        source_id=f"{KIND}: {about or source.name}",
    )


def _kept(package: Package, skipped: Counter[str]) -> list[Row]:
    """Return the rows of the templates in use, each once; the others are counted."""
    kept, seen = [], set()
    for row in package.rows:
        same = (row.template, tuple(sorted(row.cells.items())))
        if row.template not in USED:
            reason = UNUSED.get(row.template, f"B_{row.template}: not a template of the register")
            skipped[reason] += row.rows
        elif not row.cells.get(USED[row.template]):
            skipped[NO_KEY] += row.rows
            package.left.append((row.number, NO_KEY, str(row.cells)[:2000]))
        elif same in seen:
            skipped[TWICE] += row.rows
        else:
            seen.add(same)
            kept.append(row)
    return kept


def _stage(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> None:
    """Lay the rows out as `cell`, one table with every column code, and the codes as `code`."""
    plain: list[dict[str, Any]] = [
        {
            "template": row.template,
            "record": row.number,
            "rows": row.rows,
            **{f"c{code}": row.cells.get(code) for code in WIDEST},
        }
        for row in rows
    ]
    names = ["template", "record", "rows", *(f"c{code}" for code in WIDEST)]
    frame = pd.DataFrame(plain, columns=names, dtype=object)
    connection.register("cell_frame", frame)
    connection.register("code_frame", data_frame("dora_codes.csv"))
    casts = ", ".join(
        f"{name}::{'BIGINT' if name in ('record', 'rows') else 'VARCHAR'} AS {name}"
        for name in names
    )
    connection.execute(f"CREATE OR REPLACE TABLE cell AS SELECT {casts} FROM cell_frame")
    connection.execute(
        "CREATE OR REPLACE TABLE code AS SELECT list, lower(code) AS code, value FROM code_frame "
        "UNION ALL SELECT list, lower(split_part(code, ':', 2)), value FROM code_frame "
        "WHERE contains(code, ':')"
    )
    connection.unregister("cell_frame")
    connection.unregister("code_frame")


def _notes(package: Package, frames: dict[str, pd.DataFrame]) -> list[str]:
    lines = []
    period = package.parameters.get("refPeriod")
    if period:
        lines.append(f"the register is of {period}")
    if "subcontractors" in frames:
        lines.append("rank 1 of the supply chain is the direct provider itself")
    if "contracts" in frames:
        lines.append("notice periods are days in the register and months of 30.4375 days here")
    return lines


def refuse_other_package(opened: Opened) -> None:
    """Say of a report package that is no register what it is.

    Raises:
        InputError: always, for a package without the register's tables.
    """
    if opened.shape == "package" and not templates_of(opened.names):
        raise InputError(
            "This is an xBRL report package, but not a DORA register of information",
            where=opened.source.name,
            mend="Give the package that holds tables such as b_02.02.csv",
        )
