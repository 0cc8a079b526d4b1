"""Small parts that several pieces of a report's content share."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["critical", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")


class Part(BaseModel):
    """Base of the content model: immutable, and closed to fields nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class VerdictCounts(Part):
    """Verdicts by result; together they are rules x subjects."""

    passed: int = 0
    failed: int = 0
    waived: int = 0
    unknown: int = 0
    not_applicable: int = 0

    @property
    def decided(self) -> int:
        """Verdicts that were decided, waived ones included."""
        return self.passed + self.failed + self.waived

    @property
    def applicable(self) -> int:
        """Verdicts that apply, decided or not."""
        return self.decided + self.unknown


class Score(Part):
    """A score 0-100 three ways: waived counts as failed, as passed, and unknown counts as failed.

    None where nothing was decided.
    """

    before_waivers: float | None
    after_waivers: float | None
    worst_case: float | None
