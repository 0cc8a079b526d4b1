"""A document's own measurements: take them over, list what they change, remove them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd

from freehold import catalogue
from freehold.capacity import Tables
from freehold.capacity.calibration.bench import read_bench
from freehold.capacity.calibration.factors import shipped_calibration
from freehold.capacity.calibration.fitting import predicted
from freehold.capacity.calibration.own import MARK, check, own_rows
from freehold.capacity.columns import numbers
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.workflows.capacity import read_spec
from freehold.workflows.documents import editing, reading
from freehold.workflows.results_capacity import (
    Measurement,
    Measurements,
    OwnFactor,
    SkippedMeasurement,
)

_FILLED: Final = {
    "engine": "not stated",
    "scenario": "own measurement",
    "family": "own measurements",
    "phase": "pretrain",
}
"""What stands where a row leaves a column blank that every measured row must have."""


def list_measurements(path: Path) -> Measurements:
    """List the document's own measurements beside what is predicted without and with them.

    Raises:
        DocumentError: the document cannot be opened.
    """
    with reading(path) as workspace:
        workspace.lay_facts()
        return listed(workspace.connection, str(path))


def add_measurements(path: Path, source: Path) -> Measurements:
    """Take a CSV of measurements over into the document; bad rows are left out with a reason.

    Raises:
        DocumentError: the document cannot be changed.
        InputError: the file is no table of measurements, or no row of it can be used.
    """
    with editing(path) as workspace:
        return take_over(workspace, source, str(path))


def remove_measurements(path: Path, ids: Sequence[str] | None = None) -> Measurements:
    """Remove own measurements from the document, all of them if no ids are given.

    Raises:
        DocumentError: the document cannot be changed.
        InputError: there is no own measurement of that id, or none at all.
    """
    with editing(path) as workspace:
        return take_out(workspace, ids, str(path))


@dataclass(frozen=True)
class Planned:
    """The changes that take a file over, and the rows it leaves out."""

    changes: list[Change]
    read: int
    skipped: list[SkippedMeasurement]


def take_over(workspace: Workspace, source: Path, document: str) -> Measurements:
    """Add the usable rows of a file to a workspace; see `add_measurements`."""
    workspace.lay_facts()
    planned = planned_addition(workspace.connection, source)
    workspace.apply(planned.changes)
    return listed(workspace.connection, document).model_copy(
        update={
            "read": planned.read,
            "added": len(planned.changes),
            "skipped": planned.skipped,
        }
    )


def planned_addition(connection: duckdb.DuckDBPyConnection, source: Path) -> Planned:
    """Return the changes that add the usable rows of a file to the catalogue of a connection.

    Raises:
        InputError: the file is no table of measurements, or no row of it can be used.
    """
    table = read_spec(source)
    checked = check(table, connection, Tables.read(connection))
    origin = f"{source.name}, SHA-256 {hashlib.sha256(source.read_bytes()).hexdigest()[:16]}"
    there = {row for rows in own_rows(connection).values() for row in rows["case_id"]}
    changes, skipped = [], []
    for name, part in checked.items():
        changes += [
            Change(
                target=f"catalogue.{name}",
                op="add_row",
                row=row,
                reason="Own measurement",
                source=origin,
                made_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
            )
            for row in _rows(part.usable, name, origin)
            if row["case_id"] not in there
        ]
        skipped += [
            SkippedMeasurement(line=int(line), reason=str(reason))
            for line, reason in part.skipped.itertuples(index=False)
        ]
    skipped.sort(key=lambda row: row.line)
    if not changes:
        first = skipped[0] if skipped else None
        raise InputError(
            "No row of this table can be used"
            if first
            else "These measurements are in the document already",
            where=f"{source.name}, line {first.line}" if first else source.name,
            mend=f"{first.reason[:1].upper()}{first.reason[1:]}" if first else None,
        )
    return Planned(changes, len(table), skipped)


def take_out(workspace: Workspace, ids: Sequence[str] | None, document: str) -> Measurements:
    """Remove own measurements from a workspace; see `remove_measurements`."""
    workspace.lay_facts()
    changes = planned_removal(workspace.connection, ids, document)
    workspace.apply(changes)
    return listed(workspace.connection, document).model_copy(update={"removed": len(changes)})


def planned_removal(
    connection: duckdb.DuckDBPyConnection, ids: Sequence[str] | None, document: str
) -> list[Change]:
    """Return the changes that remove own measurements, all of them if no ids are given.

    Raises:
        InputError: there is no own measurement of that id, or none at all.
    """
    there = {
        str(name): table for table, rows in own_rows(connection).items() for name in rows["case_id"]
    }
    wanted = list(there) if ids is None else list(dict.fromkeys(ids))
    unknown = [name for name in wanted if name not in there]
    if unknown or not wanted:
        raise InputError(
            f"There is no own measurement {unknown[0]}"
            if unknown
            else "The document has no measurements of its own",
            where=document,
            mend="See freehold capacity measurements FILE" if unknown else None,
        )
    return [
        Change(
            target=f"catalogue.{there[name]}",
            op="remove_row",
            key={"case_id": name},
            reason="Own measurement removed",
        )
        for name in wanted
    ]


def listed(connection: duckdb.DuckDBPyConnection, document: str) -> Measurements:
    """Return the own measurements of a catalogue with the predictions without and with them."""
    now = Tables.read(connection)
    without = replace(now, calibration=shipped_calibration())
    rows = []
    for name, table in own_rows(connection).items():
        bench = read_bench(table, now.chips.spellings)
        before, _ = predicted(bench, connection, without)
        after, _ = predicted(bench, connection, now)
        rows += [
            Measurement(
                case_id=str(row["case_id"]),
                table=name,
                model=str(row["model"]),
                accelerator=str(row["accelerator_id"]),
                metric=str(row["measured_metric"]),
                measured=float(row["measured_value"]),
                predicted_without=_plain(before[place]),
                predicted_with=_plain(after[place]),
                source=str(row["source"]),
            )
            for place, row in enumerate(table.to_dict("records"))
        ]
    shipped = shipped_calibration().values
    return Measurements(
        document=document,
        rows=rows,
        factors=[
            OwnFactor(operation=key[0], level=key[1], name=key[2], factor=float(np.exp(value)))
            for key, value in sorted(now.calibration.values.items())
            if key not in shipped and abs(value) > 1e-9
        ],
    )


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _cell(text: str, kind: str) -> object:
    number = numbers(pd.DataFrame({"v": [text]}), "v")[0]
    if kind not in ("num", "int") or not np.isfinite(number):
        return text
    return int(number) if kind == "int" and number == int(number) else float(number)


def _rows(table: pd.DataFrame, name: str, origin: str) -> list[dict[str, Any]]:
    """Return rows as the catalogue keeps them: its columns, what must stand filled in."""
    known = {column.name: column for column in catalogue.dictionary()[name].columns}
    made = []
    for cells in table[[column for column in table if column in known]].to_dict("records"):
        row: dict[str, Any] = {}
        for column in (str(name) for name in cells):
            said = str(cells[column]).strip()
            if said:
                row[column] = _cell(said, known[column].type)
        for column, word in _FILLED.items():
            if column in known and not row.get(column):
                row[column] = word
        told = json.dumps(row, sort_keys=True, default=str)
        digest = hashlib.sha256(told.encode()).hexdigest()[:12]
        configuration = json.dumps(
            {key: value for key, value in row.items() if not key.startswith("measured_")},
            sort_keys=True,
            default=str,
        )
        row["config_id"] = hashlib.sha256(configuration.encode()).hexdigest()[:10]
        row["case_id"] = f"{MARK}{digest}"
        row["source"] = row.get("source") or origin
        row["verified"] = False
        row["as_of"] = row.get("as_of") or datetime.now(UTC).date().isoformat()
        made.append(row)
    return made
