"""Results of the commands around facts that nobody has confirmed."""

from datetime import date, datetime

from freehold.workflows.results import Result


class FactCell(Result):
    """An unverified value: its column and the catalogue row to confirm, where one is named."""

    column: str
    table: str | None
    key: dict[str, str]


class RestingVerdict(Result):
    """A verdict that rests on unverified facts, and what it would be if they are confirmed."""

    rule: str
    severity: str
    title: str
    subject: str
    verdict: str
    if_confirmed: str | None
    facts: list[FactCell]


class FactRow(Result):
    """A catalogue row to confirm, and how many verdicts rest on it."""

    table: str
    key: dict[str, str]
    verdicts: int
    would_fail: int


class Confirmation(Result):
    """A fact that the user has confirmed: who, when and from where."""

    table: str
    key: dict[str, str]
    author: str | None
    source: str | None
    reason: str | None
    made_at: datetime | None


class FactList(Result):
    """Verdicts resting on unverified facts, the rows to confirm, and those confirmed already."""

    document: str
    as_of: date
    would_fail: int
    verdicts: list[RestingVerdict]
    facts: list[FactRow]
    confirmations: list[Confirmation]
