"""What the commands around waivers, kept runs, the findings register and the calendar return."""

from datetime import date, datetime

from pydantic import Field

from freehold.workflows.results import Result


class WaiverInfo(Result):
    """A waiver and what it does at the as-of date."""

    waiver_id: str
    rule_id: str
    subject_id: str | None
    scope: str | None
    category: str | None
    reason: str | None
    requester: str | None
    owner: str | None
    approver: str | None
    approved_on: date | None
    expires_on: date | None
    compensating_control: str | None
    evidence: str | None
    matched_count: int | None
    rule_version_from: int | None
    rule_version_to: int | None
    revoked_on: date | None
    revoked_by: str | None
    state: str
    sentence: str
    waived: int = Field(description="subjects it covers now")
    left_failing: int = Field(description="subjects in its reach that fail all the same")
    days_left: int | None = Field(description="days until it expires; negative = expired")


class WaiverScores(Result):
    """The overall rule score, 0 to 100, in three ways."""

    before_waivers: float | None
    after_waivers: float | None
    worst_case: float | None


class WaiverList(Result):
    """The waivers of a document and what they do to the score."""

    document: str
    as_of: date
    waivers: list[WaiverInfo]
    scores: WaiverScores


class RunInfo(Result):
    """A kept run."""

    run_id: str
    scenario: str
    as_of: date
    made_at: datetime | None
    weights: str
    verdicts: dict[str, int]
    score: float | None
    score_after_waivers: float | None
    score_worst_case: float | None
    coverage: float | None
    seal: int | None
    can_be_judged_again: bool = Field(description="estate and facts of that run are still kept")


class RunList(Result):
    """The kept runs of a document, the newest first."""

    document: str
    runs: list[RunInfo]
    keep: int = Field(description="so many runs are kept; older ones go")


class Moved(Result):
    """How many findings went from one result to another; null = not there in that run."""

    before: str | None
    after: str | None
    count: int


class CauseShare(Result):
    """What one cause did: the parts that differ and how verdicts and score moved."""

    cause: str = Field(description="estate, facts, rules or date")
    changed: list[str]
    findings: int
    verdicts: dict[str, int] = Field(description="change of each count")
    score: float | None = Field(description="change of the score before waivers")
    score_after_waivers: float | None


class ChangedFinding(Result):
    """A rule and subject whose result differs between two runs."""

    rule: str
    subject: str
    before: str | None
    after: str | None
    causes: list[str]


class RunComparison(Result):
    """Two kept runs, what differs between them, and why."""

    document: str
    before: RunInfo
    after: RunInfo
    findings: int
    moved: list[Moved]
    verdicts: dict[str, int]
    score: float | None
    score_after_waivers: float | None
    causes: list[CauseShare]
    attributed: bool
    not_attributed_because: str | None = None
    changed: list[ChangedFinding] = Field(description="the first of them, by rule and subject")
    compare_seconds: float


class RegisteredFinding(Result):
    """A finding with who does what about it until when."""

    rule: str
    subject: str
    title: str | None
    severity: str | None
    result: str | None = Field(description="null = not judged at present")
    owner: str | None
    due_on: date | None
    status: str | None
    comment: str | None
    first_seen: date | None
    last_seen: date | None
    reopened: int
    overdue: bool
    says: str | None = None


class FindingList(Result):
    """Findings with their place in the register."""

    document: str
    as_of: date
    total: int
    findings: list[RegisteredFinding]
    runs: int = Field(description="kept runs from which first and last seen are derived")


class Deadline(Result):
    """A day on which something ends, begins or is due."""

    on: date
    days: int = Field(description="from the as-of date; negative = overdue")
    kind: str
    key: str
    what: str
    provider: str | None
    owner: str | None
    source: str | None
    verified: bool


class Deadlines(Result):
    """What expires, begins or is due."""

    document: str
    as_of: date
    within: dict[str, int] = Field(description="how many within 30, 90 and 365 days; and overdue")
    deadlines: list[Deadline]
    ics: str | None = None
