"""Approve, revise and revoke waivers: the typed changes of the estate that do so."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date

import duckdb
from pydantic import JsonValue

from freehold.compliance import waivers
from freehold.compliance.engine import Judged, quoted
from freehold.compliance.waivers import Waiver
from freehold.errors import InputError
from freehold.estate.changes import Change
from freehold.estate.sql import literal

TABLE = "estate.waivers"
CATEGORIES = ("accepted", "mitigated", "false_positive", "transition")
_REVISABLE = (
    "category",
    "reason",
    "requester",
    "owner",
    "approver",
    "approved_on",
    "expires_on",
    "compensating_control",
    "evidence",
    "matched_count",
    "matched_hash",
    "rule_version_from",
    "rule_version_to",
    "revoked_on",
    "revoked_by",
)


def next_id(connection: duckdb.DuckDBPyConnection, estate: str = "estate") -> str:
    """Return a waiver id that is not taken: WV-01, WV-02 and so on."""
    taken = {
        str(row[0])
        for row in connection.execute(f"SELECT waiver_id FROM {quoted(estate)}.waivers").fetchall()
    }
    number = len(taken) + 1
    while f"WV-{number:02}" in taken:
        number += 1
    return f"WV-{number:02}"


def scope_of(key: str, subject_ids: Sequence[str]) -> str:
    """Return the predicate that chooses these subjects of a view by its key column."""
    return f"{key} IN ({', '.join(literal(name) for name in sorted(set(subject_ids)))})"


def approved(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    waiver: Waiver,
    longest_days: Mapping[str, int] | None = None,
) -> Waiver:
    """Return the waiver as approved now: with its date, rule version, match count and hash.

    Raises:
        InputError: something mandatory is missing, the approver is the owner or the requester, it
            ends too late or has ended, or nothing that fails lies within its reach.
        RuleError: the rule was not evaluated, or the scope is not a predicate over its subjects.
    """
    rule = judged.rule(waiver.rule_id)
    version = rule.rule.version
    made = replace(
        waiver,
        approved_on=waiver.approved_on or judged.as_of,
        rule_version_from=waiver.rule_version_from or version,
        rule_version_to=waiver.rule_version_to or version,
    )
    where = f"waiver {waiver.waiver_id} of {waiver.rule_id}"
    for value, name in ((made.reason, "reason"), (made.category, "category")):
        if not (value or "").strip():
            raise InputError(f"It has no {name}", where=where, mend=f"Give a {name}")
    if not (made.requester or "").strip():
        raise InputError("It does not say who asks for it", where=where, mend="Name the requester")
    if made.category not in CATEGORIES:
        known = ", ".join(CATEGORIES)
        raise InputError(
            f"There is no category '{made.category}'", where=where, mend=f"Use one of {known}"
        )
    wrong = waivers.flaw(made) or waivers.too_long(made, (longest_days or {}).get(rule.pack))
    if wrong is None and made.expires_on is not None and made.expires_on < judged.as_of:
        wrong = f"It has expired on {made.expires_on}, before {judged.as_of}"
    if wrong is None and not made.covers_version(version):
        wrong = f"It is not for version {version}, the one that the rule has"
    if wrong is not None:
        raise InputError(wrong, where=where, mend="Correct it and approve it again")
    found = waivers.matches(connection, made, rule, judged)
    if not found:
        raise InputError(
            "Nothing that fails lies within its reach, and only a fail can be waived", where=where
        )
    count, digest = waivers.fingerprint(found)
    return replace(made, matched_count=count, matched_hash=digest)


def added(waiver: Waiver, *, author: str | None = None) -> list[Change]:
    """Return the change that adds an approved waiver."""
    row = {
        field.name: _json(getattr(waiver, field.name))
        for field in fields(waiver)
        if getattr(waiver, field.name) is not None
    }
    return [Change(target=TABLE, op="add_row", row=row, reason=waiver.reason, author=author)]


def revised(before: Waiver, after: Waiver, *, author: str | None = None) -> list[Change]:
    """Return the changes that turn one waiver into another of the same id, rule and reach."""
    return [
        Change(
            target=TABLE,
            op="set",
            key={"waiver_id": before.waiver_id},
            column=name,
            value=_json(getattr(after, name)),
            author=author,
        )
        for name in _REVISABLE
        if getattr(before, name) != getattr(after, name)
    ]


def revoked(waiver: Waiver, on: date, by: str) -> list[Change]:
    """Return the changes that revoke a waiver from a day on; the row itself stays.

    Raises:
        InputError: nobody is named, or it is revoked already.
    """
    where = f"waiver {waiver.waiver_id}"
    if not by.strip():
        raise InputError("Nobody is named who revokes it", where=where, mend="Give a name")
    if waiver.revoked_on is not None:
        raise InputError(f"It was revoked on {waiver.revoked_on} already", where=where)
    return revised(waiver, replace(waiver, revoked_on=on, revoked_by=by.strip()), author=by.strip())


def _json(value: str | int | date | None) -> JsonValue:
    return value.isoformat() if isinstance(value, date) else value
