"""Findings, unknowns and waivers of a report's content.

Rows are plain frozen data classes: an estate may have hundreds of thousands of them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from freehold.reports.content_parts import Part, Severity, VerdictCounts

Scalar = str | int | float | bool | None
WaiverState = Literal[
    "active",
    "grown",
    "unmatched",
    "expired",
    "revoked",
    "void",
    "not_yet",
    "not_evaluated",
    "invalid",
]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One failing subject of a rule; `evidence` follows the group's evidence columns.

    `name` is what the estate calls the subject, `more_failing` how many further rows of it fail.
    `result` is fail or waived; `unverified` means that the verdict was decided on a fact that
    nobody has verified.
    """

    subject_id: str
    result: Literal["fail", "waived"]
    says: str
    evidence: tuple[Scalar, ...] = ()
    waiver_id: str | None = None
    owner: str | None = None
    due_on: date | None = None
    status: str | None = None
    unverified: bool = False
    name: str | None = None
    more_failing: int = 0


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """One subject that a rule could not decide; `reason` is a missing field or a code."""

    rule_id: str
    severity: Severity
    subject_id: str
    reason: str
    if_confirmed: str | None = None


class FindingGroup(Part):
    """All findings of one rule, with the rule's own text and source."""

    rule_id: str
    version: str
    pack_id: str
    title: str
    severity: Severity
    weight: float
    basis: Literal["law", "standard", "guidance", "house_default"]
    source_text: str
    source_url: str | None = None
    source_as_of: str | None = None
    source_verified: bool | None = None
    frameworks: tuple[str, ...] = ()
    predicate: str
    applies: str | None = None
    parameters: dict[str, str] = Field(default_factory=dict)
    fix: str
    subject: str
    evidence_columns: tuple[str, ...]
    counts: VerdictCounts
    rows: tuple[FindingRow, ...]


class MissingField(Part):
    """A field whose absence left verdicts undecided."""

    field: str
    description: str | None = None
    verdicts: int
    rules: tuple[str, ...]
    subjects: int
    worst_severity: Severity


class RuleNotEvaluated(Part):
    """A rule of a chosen pack that was not evaluated at the as-of date."""

    rule_id: str
    title: str
    reason: str
    detail: str | None = None


class Waiver(Part):
    """An accepted exception and what it does at the as-of date."""

    waiver_id: str
    rule_id: str
    rule_title: str | None = None
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
    matched_at_approval: int | None = None
    matched_now: int | None = None
    left_failing: int | None = None
    state: WaiverState
    sentence: str = ""
