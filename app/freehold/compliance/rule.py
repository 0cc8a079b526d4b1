"""The rule format: one rule, its tests, a pack's heading and a framework's map, as models."""

import math
import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

Severity = Literal["critical", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
"""The severities, the worst first."""

Expected = Literal["pass", "fail", "unknown", "not_applicable"]

Identifier = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Name = Annotated[StrictStr, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Text = Annotated[StrictStr, Field(max_length=4000)]
Predicate = Annotated[StrictStr, Field(min_length=1, max_length=20_000)]


def _yes_no(value: Any) -> Any:
    # YAML 1.2 reads yes and no as text.
    return {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value


def _iso_day(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return date.fromisoformat(value)
    if type(value) is not date:
        raise ValueError("must be a day such as 2026-01-27")
    return value


def _partial_day(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.isoformat() if type(value) is date else value


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


def _plain_parameter(value: Any) -> Any:
    if isinstance(value, list):
        if not value:
            raise ValueError("a list parameter must not be empty")
        texts = [isinstance(item, str) for item in value]
        numbers = [type(item) in (int, float) for item in value]
        if not (all(texts) or all(numbers)):
            raise ValueError(
                "a list parameter holds strings or numbers only, without null, true or false"
            )
        for item in value:
            _finite(item)
    elif value is None or isinstance(value, dict):
        raise ValueError("a parameter is a string, a number, true or false, a day, or a list")
    return _finite(value)


YesNo = Annotated[StrictBool, BeforeValidator(_yes_no)]
Day = Annotated[date, BeforeValidator(_iso_day)]
Scalar = StrictBool | StrictInt | StrictFloat | date | StrictStr
Parameter = Annotated[
    Scalar | list[StrictInt | StrictFloat | StrictStr], BeforeValidator(_plain_parameter)
]
Parameters = dict[Name, Parameter]
Row = dict[Name, StrictBool | StrictInt | StrictFloat | date | StrictStr | None]


class Model(BaseModel):
    """Base of all parts of the format: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Model):
    """Where a rule or a clause comes from; `verified` = read in the text itself."""

    text: Text
    url: Text | None = None
    as_of: Annotated[StrictStr, BeforeValidator(_partial_day)] | None = None
    verified: YesNo = False


class Option(Model):
    """One option of a graded rule, taken where `when` is the first to hold."""

    option: Annotated[StrictInt, Field(ge=1, le=20)]
    when: Predicate


class RuleTest(Model):
    """Given rows, and what the rule must say of them."""

    given: Row | None = None
    rows: Annotated[list[Row], Field(min_length=1, max_length=200)] | None = None
    as_of: Day | None = None
    params: Parameters = {}
    expect: Expected | Annotated[StrictInt, Field(ge=1, le=20)]
    why: Text = ""

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.given is None) == (self.rows is None):
            raise ValueError("a test has either given (one row) or rows")
        return self

    @property
    def all_rows(self) -> list[Row]:
        """The rows, whichever way they are written."""
        return self.rows if self.rows is not None else [self.given or {}]


class Rule(Model):
    """One rule file."""

    id: Identifier
    version: Annotated[StrictInt, Field(ge=1)] = 1
    title: Text
    kind: Literal["row", "graded"] = "row"
    severity: Severity = "medium"
    weight: Annotated[StrictInt | StrictFloat, BeforeValidator(_finite), Field(ge=0)] = 10
    basis: Literal["law", "standard", "guidance", "house_default"] = "house_default"
    source: Source | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    subject: Name
    per: Name | None = None
    quantifier: Literal["every", "some"] = "every"
    base: Name | None = Field(
        default=None, description="a money or number column that weighs the subjects"
    )
    params: Parameters = {}
    applies: Predicate | StrictBool = True
    fails: Predicate | None = None
    criterion: Identifier | None = Field(
        default=None, description="the criterion that a graded rule answers; its id by default"
    )
    options: list[Option] = []
    evidence: list[Name] = []
    says: Text = ""
    fix: Text = ""
    tags: list[Text] = []
    tests: Annotated[list[RuleTest], Field(max_length=200)] = []

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise ValueError("valid_from is later than valid_to")
        if "as_of" in self.params:
            raise ValueError("as_of is given by the run and cannot be a parameter")
        return self._row() if self.kind == "row" else self._graded()

    def _row(self) -> Self:
        if self.fails is None:
            raise ValueError("a row rule needs fails")
        if self.options or self.criterion:
            raise ValueError("options and criterion are for graded rules")
        if "severity" not in self.model_fields_set:
            raise ValueError("a row rule needs severity")
        if self.per is None and "quantifier" in self.model_fields_set:
            raise ValueError("quantifier needs per")
        if any(isinstance(test.expect, int) for test in self.tests):
            raise ValueError("only the tests of a graded rule expect an option number")
        return self

    def _graded(self) -> Self:
        if self.fails is not None or self.applies is not True or self.per is not None:
            raise ValueError("a graded rule has options in place of applies, fails and per")
        if not self.options:
            raise ValueError("a graded rule needs options")
        numbers = [option.option for option in self.options]
        if numbers != sorted(set(numbers), reverse=True):
            raise ValueError("options stand highest first, each once")
        if any(test.expect in ("pass", "fail", "not_applicable") for test in self.tests):
            raise ValueError("a graded test expects an option number or unknown")
        return self

    @property
    def answers(self) -> str:
        """The criterion that a graded rule answers."""
        return self.criterion or self.id

    @property
    def masks(self) -> bool:
        """Whether unverified facts count as not told (critical and high rules)."""
        return self.severity in ("critical", "high")

    def in_force(self, as_of: date) -> bool:
        """Whether `as_of` lies within the rule's own validity."""
        return (self.valid_from is None or self.valid_from <= as_of) and (
            self.valid_to is None or as_of <= self.valid_to
        )


class PackHead(Model):
    """A pack's `pack.yaml`."""

    id: Identifier
    version: Annotated[
        StrictStr,
        BeforeValidator(lambda value: str(value) if type(value) in (int, float) else value),
        Field(pattern=r"^\d+(\.\d+){0,2}([-+][0-9A-Za-z.+-]+)?$"),
    ] = Field(default="0.0.0", validation_alias=AliasChoices("version", "semver"))
    title: Text = Field(default="", validation_alias=AliasChoices("title", "name"))
    description: Text = ""
    published: Day | None = None
    requires: list[Text] | dict[str, Text] = []
    publisher: Text = ""
    licence: Text = ""
    valid_from: Day | None = None
    valid_to: Day | None = None
    views: StrictInt | StrictFloat | StrictStr = Field(
        default=1, validation_alias=AliasChoices("views", "views_version")
    )
    proposal: YesNo = Field(
        default=False, description="law not yet in force: not enabled in a new document"
    )
    changelog: list[Text] = []
    waiver_max_days: Annotated[StrictInt, Field(ge=1)] | None = Field(
        default=None, description="most days from approval to expiry of a waiver of its rules"
    )


class Clause(Model):
    """One clause of a framework and what decides it."""

    id: Annotated[StrictStr, Field(min_length=1, max_length=64)]
    title: Text
    rules: list[Identifier] = []
    decided_by: Literal["rules", "attested", "out_of_scope"]
    asked_of: Literal["provider", "every_party"] = Field(
        default="provider", description="whether it is asked of every party of the delivery chain"
    )
    note: Text = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.decided_by == "rules") != bool(self.rules):
            raise ValueError("a clause names rules exactly where decided_by is rules")
        return self


class FrameworkMap(Model):
    """A framework's clauses and the rules that decide them."""

    id: Identifier
    name: Text
    version: Annotated[
        StrictStr,
        BeforeValidator(_partial_day),
        BeforeValidator(lambda value: str(value) if isinstance(value, float) else value),
    ]
    source: Source
    level: Literal["none", "seal"] = "none"
    asked_by: list[Identifier] = Field(
        default=[],
        description="rules that apply only where the framework is asked; without any, no score",
    )
    clauses: Annotated[list[Clause], Field(min_length=1)]

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """All rules that decide a clause, each once."""
        return tuple(dict.fromkeys(rule for clause in self.clauses for rule in clause.rules))
