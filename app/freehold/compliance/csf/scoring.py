"""SEAL and score of one set of answers, with the range that undecided criteria leave open.

SEAL is the minimum of the criteria, the score the sum over objectives of points / maximum x
weight (Cloud Sovereignty Framework, implementation guidance and calculator of 1 June 2026).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

from freehold.compliance.csf.framework import (
    DEFAULT_WEIGHTS,
    TOP_SEAL,
    Criterion,
    Framework,
    shipped,
)
from freehold.errors import InputError

Figure = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]

Possible = Mapping[str, frozenset[int]]
"""For each criterion the options that are still possible; one option = decided."""


class ObjectiveResult(BaseModel):
    """SEAL and points of one objective; null = an undecided criterion could change it."""

    model_config = ConfigDict(frozen=True)

    seal: int | None
    seal_low: int
    seal_high: int
    points: Figure | None
    points_low: Figure
    points_high: Figure
    maximum: Figure
    decided: int
    criteria: int


class CsfResult(BaseModel):
    """The framework's result; score runs from 0 to 100, coverage from 0 to 1."""

    model_config = ConfigDict(frozen=True)

    weights: str
    objectives: dict[str, ObjectiveResult]
    seal: int | None
    seal_low: int
    seal_high: int
    score: Figure | None
    score_low: Figure
    score_high: Figure
    coverage: float
    decided: int
    capped_by: list[str]
    undecided: list[str]


def evaluate(
    answers: Mapping[str, int | None],
    weights: str | Mapping[str, Decimal] = DEFAULT_WEIGHTS,
    framework: Framework | None = None,
) -> CsfResult:
    """Return SEAL, points and score of `answers` (criterion -> option; None = undecided).

    Raises:
        InputError: a criterion, an option or a weight set does not exist.
    """
    frame = framework or shipped()
    return evaluate_possible(possible(answers, frame), weights, frame)


def possible(answers: Mapping[str, int | None], framework: Framework) -> dict[str, frozenset[int]]:
    """Return the options that `answers` leave possible for each of the 48 criteria.

    Raises:
        InputError: a criterion or an option does not exist.
    """
    for name, option in answers.items():
        criterion = framework.criteria.get(name)
        if criterion is None:
            raise InputError(f"There is no criterion '{name}'", mend="Criteria run from SOV-1.1")
        if option is not None and option not in criterion.numbers:
            raise InputError(
                f"{name} has no option {option}", mend=f"It has 1 to {len(criterion.options)}"
            )
    return {
        name: criterion.numbers if (taken := answers.get(name)) is None else frozenset({taken})
        for name, criterion in framework.criteria.items()
    }


def evaluate_possible(
    left: Possible,
    weights: str | Mapping[str, Decimal] = DEFAULT_WEIGHTS,
    framework: Framework | None = None,
) -> CsfResult:
    """Return the result for criteria with several possible options each (see `Possible`)."""
    return evaluate_parties({key: [options] for key, options in left.items()}, weights, framework)


def evaluate_parties(
    left: Mapping[str, Sequence[frozenset[int]]],
    weights: str | Mapping[str, Decimal] = DEFAULT_WEIGHTS,
    framework: Framework | None = None,
) -> CsfResult:
    """Return the result where several parties answer a criterion.

    The lowest SEAL and the lowest points of the parties count; the framework's guidance does not
    say how to combine points, so this is Freehold's decision.
    """
    frame = framework or shipped()
    name, chosen = frame.weights(weights)
    ranges = {key: _Range(frame.criteria[key], left[key]) for key in frame.criteria}
    objectives: dict[str, ObjectiveResult] = {}
    score_low = score_high = Fraction(0)
    total = sum((Fraction(chosen[objective]) for objective in frame.objectives), Fraction(0))
    for objective in frame.objectives:
        result = _objective([r for r in ranges.values() if r.criterion.objective == objective])
        objectives[objective] = result
        factor = Fraction(chosen[objective]) * 100 / total / Fraction(result.maximum)
        score_low += Fraction(result.points_low) * factor
        score_high += Fraction(result.points_high) * factor
    seal_low = min(result.seal_low for result in objectives.values())
    seal_high = min(result.seal_high for result in objectives.values())
    undecided = [key for key, r in ranges.items() if not r.decided]
    decided = len(ranges) - len(undecided)
    return CsfResult(
        weights=name,
        objectives=objectives,
        seal=seal_low if seal_low == seal_high else None,
        seal_low=seal_low,
        seal_high=seal_high,
        score=_rounded(score_low) if score_low == score_high else None,
        score_low=_rounded(score_low),
        score_high=_rounded(score_high),
        coverage=decided / len(ranges),
        decided=decided,
        capped_by=_caps(ranges.values(), seal_high),
        undecided=undecided,
    )


class _Range:
    """What the possible options of one criterion allow, over all parties."""

    def __init__(self, criterion: Criterion, parties: Sequence[frozenset[int]]) -> None:
        options = [[criterion.option(number) for number in left] for left in parties]
        self.criterion = criterion
        self.seal_low = min(min(option.seal for option in own) for own in options)
        self.seal_high = min(max(option.seal for option in own) for own in options)
        self.points_low = min(min(option.points for option in own) for own in options)
        self.points_high = min(max(option.points for option in own) for own in options)
        self.decided = all(len(own) == 1 for own in options) or (
            self.seal_low == self.seal_high and self.points_low == self.points_high
        )


def _objective(ranges: list[_Range]) -> ObjectiveResult:
    seal_low = min(r.seal_low for r in ranges)
    seal_high = min(r.seal_high for r in ranges)
    low = sum((r.points_low for r in ranges), Decimal(0))
    high = sum((r.points_high for r in ranges), Decimal(0))
    return ObjectiveResult(
        seal=seal_low if seal_low == seal_high else None,
        seal_low=seal_low,
        seal_high=seal_high,
        points=low if low == high else None,
        points_low=low,
        points_high=high,
        maximum=sum((r.criterion.maximum for r in ranges), Decimal(0)),
        decided=sum(r.decided for r in ranges),
        criteria=len(ranges),
    )


def _caps(ranges: Iterable[_Range], seal_high: int) -> list[str]:
    if seal_high >= TOP_SEAL:
        return []
    return [r.criterion.id for r in ranges if r.seal_high == seal_high]


def _rounded(value: Fraction) -> Decimal:
    # Half up on the exact fraction: a Decimal of 28 digits in between could tip a tie.
    hundredths = (value * 200 + 1) // 2
    return (Decimal(int(hundredths)) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
