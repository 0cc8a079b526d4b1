"""The findings register: what is being done about a finding, by whom and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from freehold.compliance.engine import quoted
from freehold.estate.changes import Change

TABLE = "estate.findings_register"
STATUSES = ("open", "in_progress", "resolved", "accepted", "false_positive")
DONE = ("resolved", "accepted", "false_positive")
"""Statuses in which nothing is due any more."""

_COLUMNS = "rule_id, subject_id, owner, due_on, status, comment, first_seen, last_seen"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the estate's `findings_register`."""

    rule_id: str
    subject_id: str
    owner: str | None = None
    due_on: date | None = None
    status: str | None = None
    comment: str | None = None
    first_seen: date | None = None
    last_seen: date | None = None


def read(
    connection: duckdb.DuckDBPyConnection, estate: str = "estate", rule_id: str | None = None
) -> dict[tuple[str, str], Entry]:
    """Return the register, or its entries for one rule, by rule and subject."""
    only, values = (" WHERE rule_id = ?", [rule_id]) if rule_id is not None else ("", [])
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM {quoted(estate)}.findings_register{only} ORDER BY ALL", values
    ).fetchall()
    return {(str(row[0]), str(row[1])): Entry(*row) for row in rows}


def is_overdue(entry: Entry, as_of: date) -> bool:
    """Return whether its due date is past and it is not done."""
    return entry.due_on is not None and entry.due_on < as_of and entry.status not in DONE


def changes_of(
    before: Entry | None,
    rule_id: str,
    subject_id: str,
    values: Mapping[str, str | date | None],
    *,
    author: str | None = None,
) -> list[Change]:
    """Return the typed changes after which the entry holds these values.

    Args:
        before: the entry there is, if any.
        rule_id: the finding's rule.
        subject_id: the finding's subject.
        values: by column: owner, due_on, status, comment; None takes a value away.
        author: who says so.
    """
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
    key = {"rule_id": rule_id, "subject_id": subject_id}
    if before is None:
        row = {**key, "status": "open", **plain}
        return [Change(target=TABLE, op="add_row", row=dict(row), author=author)]
    return [
        Change(target=TABLE, op="set", key=dict(key), column=name, value=value, author=author)
        for name, value in plain.items()
        if value != _plain(getattr(before, name))
    ]


def _plain(value: str | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value
