"""The answers sheet of one service: what is asked, what is known, and what a filled one changes."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from freehold.compliance.csf.answers import read_rows
from freehold.compliance.csf.framework import Framework
from freehold.compliance.csf.levels import CriterionState, ServiceLevel
from freehold.compliance.engine import quoted
from freehold.errors import InputError
from freehold.estate.changes import Change

BASES = ("attested", "published", "contractual", "certified", "audited", "assumed")
"""What an answer given by a person may rest on; an assumed one never counts as proven."""

COLUMNS = (
    "criterion",
    "title",
    "option",
    "basis",
    "evidence",
    "dated",
    "answered_by",
    "now",
    "options",
)


@dataclass(frozen=True)
class SheetRow:
    """One criterion of a sheet.

    `option` to `answered_by` are the answer given, if any; `now` says what decides at present
    (derived from the estate, an answer, a starting answer of the offer, or nothing yet).
    """

    criterion: str
    title: str
    option: int | None
    basis: str | None
    evidence: str | None
    dated: date | None
    answered_by: str | None
    now: str
    options: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class SheetAnswer:
    """What a person answers to one criterion; an `option` of None is undecided."""

    option: int | None
    basis: str | None = None
    evidence: str | None = None
    dated: date | None = None
    answered_by: str | None = None


@dataclass(frozen=True)
class SheetAccount:
    """What a filled sheet changes in the document, counted in criteria."""

    added: int
    changed: int
    removed: int
    unchanged: int


def sheet(
    connection: duckdb.DuckDBPyConnection,
    service: ServiceLevel,
    frame: Framework,
    estate: str = "estate",
) -> list[SheetRow]:
    """Return the 48 criteria of a service with the answers given so far."""
    given = _given(connection, estate, service.service)
    states = {state.criterion: state for state in service.criteria if state.rank in (None, 1)}
    rows = []
    for criterion in frame.criteria.values():
        answer = given.get(criterion.id, {})
        rows.append(
            SheetRow(
                criterion.id,
                criterion.title,
                answer.get("option"),
                answer.get("basis"),
                answer.get("evidence"),
                answer.get("dated"),
                answer.get("answered_by"),
                _now(states.get(criterion.id)),
                tuple((option.number, option.label) for option in criterion.options),
            )
        )
    return rows


def _now(state: CriterionState | None) -> str:
    if state is None:
        return "undecided"
    choice = "" if state.option is None else f"option {state.option}, "
    source = f" by {state.rule_id}" if state.rule_id else ""
    return f"{choice}{state.basis}{source}"


def write_sheet(rows: list[SheetRow]) -> str:
    """Return a sheet as CSV; `freehold csf` evaluates it, and it can be filled and read back."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        options = "; ".join(f"{number}: {label}" for number, label in row.options)
        answer = (row.option, row.basis, row.evidence, row.dated, row.answered_by)
        told = ["" if value is None else str(value) for value in answer]
        writer.writerow([row.criterion, row.title, *told, row.now, options])
    return text.getvalue()


def changes_of_sheet(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    service: str,
    frame: Framework,
    estate: str = "estate",
) -> tuple[list[Change], SheetAccount]:
    """Return the typed changes that a filled sheet asks for, and their account.

    Raises:
        InputError: the sheet cannot be read, or a criterion, option, basis or date is wrong.
    """
    return changes_of_answers(connection, read_sheet(path, frame), service, estate)


def read_sheet(path: Path, frame: Framework) -> dict[str, SheetAnswer]:
    """Return the answers of a filled sheet by criterion; one that is left out is not there.

    Raises:
        InputError: the sheet cannot be read, or a criterion, option, basis or date is wrong.
    """
    return {
        record.criterion: SheetAnswer(
            record.option,
            _basis(record.fields.get("basis", ""), record.where),
            record.fields.get("evidence") or None,
            _day(record.fields.get("dated", ""), record.where),
            record.fields.get("answered_by") or None,
        )
        for record in read_rows(path, frame)
    }


def changes_of_answers(
    connection: duckdb.DuckDBPyConnection,
    answers: Mapping[str, SheetAnswer],
    service: str,
    estate: str = "estate",
) -> tuple[list[Change], SheetAccount]:
    """Return the typed changes that bring a service's answers to those given, by criterion.

    A criterion whose option is None loses its answer; one that is left out keeps it.
    """
    given = _given(connection, estate, service)
    changes: list[Change] = []
    counts = dict.fromkeys(("added", "changed", "removed", "unchanged"), 0)
    for criterion, answer in answers.items():
        told = vars(answer)
        old = given.get(criterion)
        if answer.option is None:
            if old is not None:
                changes.append(_remove(old["answer_id"]))
            counts["removed" if old is not None else "unchanged"] += 1
        elif old is None:
            changes.append(_add(service, criterion, told))
            counts["added"] += 1
        else:
            steps = _set(old, told)
            changes += steps
            counts["changed" if steps else "unchanged"] += 1
    return changes, SheetAccount(**counts)


def _add(service: str, criterion: str, told: Mapping[str, Any]) -> Change:
    row = {"answer_id": f"{service}/{criterion}", "service_id": service, "criterion": criterion}
    values = {name: _plain(value) for name, value in told.items() if value is not None}
    return Change(target="answers", op="add_row", row={**row, **values}, reason="answers sheet")


def _set(old: Mapping[str, Any], told: Mapping[str, Any]) -> list[Change]:
    return [
        Change(
            target="answers",
            op="set",
            key={"answer_id": old["answer_id"]},
            column=name,
            value=_plain(value),
            reason="answers sheet",
        )
        for name, value in told.items()
        if value != old[name]
    ]


def _remove(answer_id: str) -> Change:
    return Change(
        target="answers", op="remove_row", key={"answer_id": answer_id}, reason="answers sheet"
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _basis(text: str, where: str) -> str:
    basis = text.strip().lower() or "attested"
    if basis not in BASES:
        raise InputError(
            f"There is no basis '{text[:40]}'", where=where, mend=f"Use one of: {', '.join(BASES)}"
        )
    return basis


def _day(text: str, where: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(
            f"'{text[:40]}' is not a date", where=where, mend="Write it as 2026-11-27"
        ) from error


def _given(
    connection: duckdb.DuckDBPyConnection, estate: str, service: str
) -> dict[str, dict[str, Any]]:
    names = ("answer_id", "criterion", "option", "basis", "evidence", "dated", "answered_by")
    rows = connection.execute(
        f"SELECT {', '.join(names)} FROM {quoted(estate)}.answers"
        " WHERE service_id = ? AND provider_id IS NULL ORDER BY dated NULLS FIRST, answer_id",
        [service],
    ).fetchall()
    return {row[1]: dict(zip(names, row, strict=True)) for row in rows}
