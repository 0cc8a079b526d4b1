"""Accepted exceptions: which failing subjects a waiver covers at a given day.

Only a fail can be waived. A waiver ends with its expiry day, needs an approver other than the
owner and the requester, is void for another version of its rule than it was approved for, and
covers no subject that it did not cover when it was approved.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from freehold.compliance.compiled import Compiled
from freehold.compliance.domains import CATALOGUE_DOMAINS
from freehold.compliance.engine import Judged, quoted
from freehold.errors import RuleError
from freehold.estate import predicate

_COLUMNS = (
    "waiver_id, rule_id, subject_id, scope, category, reason, requester, owner, approver,"
    " approved_on, expires_on, compensating_control, evidence, matched_count, matched_hash,"
    " rule_version_from, rule_version_to, revoked_on, revoked_by"
)
_SHORT = 12


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """One row of the estate's `waivers`: for one subject, or for those that `scope` holds for."""

    waiver_id: str
    rule_id: str
    subject_id: str | None = None
    scope: str | None = None
    category: str | None = None
    reason: str | None = None
    requester: str | None = None
    owner: str | None = None
    approver: str | None = None
    approved_on: date | None = None
    expires_on: date | None = None
    compensating_control: str | None = None
    evidence: str | None = None
    matched_count: int | None = None
    matched_hash: str | None = None
    rule_version_from: int | None = None
    rule_version_to: int | None = None
    revoked_on: date | None = None
    revoked_by: str | None = None

    def covers_version(self, version: int) -> bool:
        """Whether it was approved for that version of its rule."""
        return (self.rule_version_from or version) <= version <= (self.rule_version_to or version)


@dataclass(frozen=True)
class WaiverState:
    """What became of a waiver at the as-of date.

    `state` is active, grown (some or all matches are newer than its approval), unmatched, expired,
    revoked, void (the rule has another version), not_yet, not_evaluated or invalid; `waived` and
    `left_failing` count subjects.
    """

    waiver: Waiver
    state: str
    sentence: str
    waived: int = 0
    left_failing: int = 0


def read(connection: duckdb.DuckDBPyConnection, estate: str = "estate") -> list[Waiver]:
    """Return the waivers of an estate, ordered by id."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM {quoted(estate)}.waivers ORDER BY waiver_id"
    ).fetchall()
    names = [name.strip() for name in _COLUMNS.split(",")]
    return [Waiver(**dict(zip(names, row, strict=True))) for row in rows]


def fingerprint(subject_ids: Iterable[str]) -> tuple[int, str]:
    """Return `matched_count` and `matched_hash` to record when a waiver is approved.

    The hash is the SHA-256 of the sorted ids, one a line, followed by a short hash per id, by which
    a later match is told to be new.
    """
    ids = sorted(set(subject_ids))
    return len(ids), f"{_digest(ids)};{','.join(_short(item) for item in ids)}"


def matches(
    connection: duckdb.DuckDBPyConnection, waiver: Waiver, rule: Compiled, judged: Judged
) -> list[str]:
    """Return the failing subjects within the waiver's reach, sorted.

    Raises:
        RuleError: its scope is not a predicate over the view of the rule's subjects.
    """
    verdicts = f"{quoted(judged.store)}.verdicts"
    failing = (
        f"SELECT subject_id FROM {verdicts} WHERE rule_id = ? AND result IN ('fail', 'waived')"
    )
    if waiver.subject_id is not None:
        found = connection.execute(
            f"{failing} AND subject_id = ? ORDER BY subject_id", [rule.rule.id, waiver.subject_id]
        )
    else:
        parsed = predicate.parse(
            waiver.scope or "",
            rule.subjects.documented,
            {"as_of": judged.as_of},
            domains=CATALOGUE_DOMAINS,
            where=f"waiver {waiver.waiver_id}",
        )
        key = quoted(rule.subjects.key[0])
        view = f"{quoted(judged.views)}.{quoted(rule.subjects.name)}"
        found = connection.execute(
            f"{failing} AND subject_id IN (SELECT {key} FROM {view} WHERE TRY({parsed.sql}))"
            " ORDER BY subject_id",
            [rule.rule.id],
        )
    return [str(row[0]) for row in found.fetchall()]


def apply(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    waivers: Sequence[Waiver],
    longest_days: Mapping[str, int] | None = None,
) -> list[WaiverState]:
    """Mark the waived fails in the store and say what became of each waiver.

    Args:
        connection: the workspace's connection.
        judged: what was judged.
        waivers: the waivers of the estate.
        longest_days: the longest a waiver may run, in days from its approval, by pack.
    """
    waived = f"{quoted(judged.store)}.waived"
    connection.execute(f"DELETE FROM {waived}")
    states: list[WaiverState] = []
    taken: set[tuple[str, str]] = set()
    rows: list[tuple[str, str, str]] = []
    for waiver in sorted(waivers, key=lambda item: item.waiver_id):
        state, covered = _state(connection, judged, waiver, longest_days or {})
        states.append(state)
        for subject in covered:
            if (waiver.rule_id, subject) not in taken:
                taken.add((waiver.rule_id, subject))
                rows.append((waiver.rule_id, subject, waiver.waiver_id))
    if rows:
        marks = ", ".join(["(?, ?, ?)"] * len(rows))
        connection.execute(f"INSERT INTO {waived} VALUES {marks}", [v for row in rows for v in row])
    return states


def same_person(one: str | None, other: str | None) -> bool:
    """Return whether two names, as written, are the same but for case and outer spaces."""
    return bool(one and other) and str(one).strip().casefold() == str(other).strip().casefold()


def too_long(waiver: Waiver, longest_days: int | None) -> str | None:
    """Return why it runs longer than its rule's pack allows, or None."""
    if longest_days is None or waiver.expires_on is None:
        return None
    if waiver.approved_on is None:
        return f"It has no approval date, and the pack allows {longest_days} days"
    days = (waiver.expires_on - waiver.approved_on).days
    return f"It runs {days} days, the pack allows {longest_days}" if days > longest_days else None


def flaw(waiver: Waiver) -> str | None:
    """Return why the waiver cannot count at all, or None."""
    if (waiver.subject_id is None) == (waiver.scope is None):
        return "It needs either a subject or a scope"
    if not (waiver.owner or "").strip():
        return "It has no risk owner"
    if not (waiver.approver or "").strip():
        return "It has no approver"
    if same_person(waiver.approver, waiver.owner):
        return "Its approver is its owner"
    if same_person(waiver.approver, waiver.requester):
        return "Its approver is who asked for it"
    if waiver.expires_on is None:
        return "It has no expiry date"
    if waiver.approved_on is not None and waiver.approved_on > waiver.expires_on:
        return "It expires before it was approved"
    return None


def _state(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    waiver: Waiver,
    longest_days: Mapping[str, int],
) -> tuple[WaiverState, list[str]]:
    wrong = flaw(waiver)
    rule = next((r for r in judged.rules if r.rule.id == waiver.rule_id), None)
    if wrong is None and rule is not None:
        wrong = too_long(waiver, longest_days.get(rule.pack))
    if wrong is None and rule is not None:
        try:
            found = matches(connection, waiver, rule, judged)
        except RuleError as error:
            wrong = str(error)
    if wrong is not None:
        return WaiverState(waiver, "invalid", wrong), []
    if rule is None:
        sentence = f"The rule {waiver.rule_id} was not evaluated"
        return WaiverState(waiver, "not_evaluated", sentence), []
    if waiver.revoked_on and waiver.revoked_on <= judged.as_of:
        sentence = f"It was revoked on {waiver.revoked_on}; what it covered fails again"
        return WaiverState(waiver, "revoked", sentence, 0, len(found)), []
    if not waiver.covers_version(rule.rule.version):
        sentence = (
            f"It was approved for {_versions(waiver)} of the rule, which now has version"
            f" {rule.rule.version}; what it covered fails again"
        )
        return WaiverState(waiver, "void", sentence, 0, len(found)), []
    if waiver.expires_on and waiver.expires_on < judged.as_of:
        sentence = f"It expired on {waiver.expires_on}; what it covered fails again"
        return WaiverState(waiver, "expired", sentence, 0, len(found)), []
    if waiver.approved_on and waiver.approved_on > judged.as_of:
        sentence = f"It is approved from {waiver.approved_on}"
        return WaiverState(waiver, "not_yet", sentence, 0, len(found)), []
    if not found:
        return WaiverState(waiver, "unmatched", "Nothing fails that it covers"), []
    covered = _approved(waiver, found)
    if len(covered) < len(found):
        new = len(found) - len(covered)
        sentence = (
            f"It now matches {len(found)} subjects; {new} were not covered when it was approved"
        )
        return WaiverState(waiver, "grown", sentence, len(covered), new), covered
    return WaiverState(waiver, "active", f"It covers {len(covered)}", len(covered)), covered


def _versions(waiver: Waiver) -> str:
    first, last = waiver.rule_version_from, waiver.rule_version_to
    if first == last:
        return f"version {first}"
    if first is None or last is None:
        return f"versions up to {last}" if first is None else f"versions from {first}"
    return f"versions {first} to {last}"


def _approved(waiver: Waiver, found: list[str]) -> list[str]:
    if waiver.subject_id is not None:
        return found
    whole, _, short = (waiver.matched_hash or "").partition(";")
    if short:
        known = set(short.split(","))
        return [subject for subject in found if _short(subject) in known]
    if whole and whole == _digest(found):
        return found
    if waiver.matched_count is None and not whole:
        return found
    # Without a hash per id nobody can tell which of too many are new, so none is waived.
    fewer = waiver.matched_count is not None and len(found) < waiver.matched_count
    same = waiver.matched_count == len(found) and not whole
    return found if fewer or same else []


def _digest(ids: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def _short(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()[:_SHORT]
