"""What each command returns; `model_dump_json(by_alias=True)` is its `--json` object.

A share, coverage or error is a fraction from 0 to 1, a score runs from 0 to 100, and undecided is
null, never 0.
"""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from freehold.importers import ImportAccount
from freehold.scenarios import Driver, Measures
from freehold.scenarios.sides import RuleSide


class Result(BaseModel):
    """One command's answer."""

    # Built when first used: a command returns one of the many results there are.
    model_config = ConfigDict(populate_by_name=True, arbitrary_types_allowed=True, defer_build=True)


class SampleInfo(Result):
    """A sample estate that ships with Freehold."""

    name: str
    title: str
    description: str = ""


class SampleList(Result):
    """The sample estates."""

    samples: list[SampleInfo]


class NewDocument(SampleList):
    """A document just made."""

    path: str
    sample: str | None
    as_of: date
    packs: list[str]
    resources: int


class ImportSummary(ImportAccount):
    """The account of an import and where it went."""

    document: str
    rejected_file: str | None = Field(
        default=None, description="CSV of the source records that were not understood"
    )
    conflicts_file: str | None = Field(
        default=None, description="CSV of the fields on which sources, or an edit, differ"
    )


class RuleScore(Result):
    """How one rule decided."""

    id: str
    pack: str
    title: str
    severity: str
    weight: float
    basis: str
    subjects: int
    passed: int = Field(serialization_alias="pass")
    fail: int
    waived: int
    unknown: int
    not_applicable: int
    score: float | None
    score_after_waivers: float | None
    score_worst_case: float | None
    coverage: float
    would_fail: int = Field(description="unknown only because a fact is unconfirmed")
    unverified: int = Field(description="decided on an unconfirmed fact")


class FrameworkScore(Result):
    """Level, score and coverage of one framework or pack."""

    id: str
    kind: str = Field(description="framework or pack")
    title: str
    level: int | None
    level_low: int | None = None
    level_high: int | None = None
    score: float | None
    score_after_waivers: float | None
    score_worst_case: float | None
    coverage: float
    worst_failing: str | None = None
    capped_by: list[str]


class TriedScore(Result):
    """The score with other weights or thresholds, and the rules that were changed for it."""

    changes: list[str]
    verdicts: dict[str, int]
    score: float | None
    coverage: float
    rules: list[RuleScore]


class ScoreResult(Result):
    """A judged document."""

    document: str
    scenario: str
    as_of: date
    weights: str
    verdicts: dict[str, int]
    seal: int | None
    seal_low: int | None
    seal_high: int | None
    score: float | None
    score_after_waivers: float | None = None
    score_worst_case: float | None = None
    coverage: float
    rules: list[RuleScore]
    frameworks: list[FrameworkScore]
    not_evaluated: list[dict[str, str]]
    notices: list[str] = []
    evaluate_seconds: float
    run_id: str
    tried: TriedScore | None = None


class Comparison(Result):
    """Scenarios beside the base, which always comes first."""

    document: str
    scenarios: list[Measures]
    drivers: list[Driver]
    changes: dict[str, list[str]] = {}
    sides: dict[str, list[RuleSide]] = Field(
        default={}, description="rules that decide otherwise, by scenario"
    )


class ScenarioInfo(Result):
    """A scenario of a document."""

    name: str
    description: str = ""
    as_of: date | None = None
    changes: list[str] = []


class ScenarioList(Result):
    """The scenarios of a document."""

    document: str
    scenarios: list[ScenarioInfo]


class WrittenFile(Result):
    """A file of a report."""

    path: str
    sha256: str


class ReportResult(Result):
    """A report just written."""

    folder: str
    files: list[WrittenFile]
    run_id: str


class RuleInfo(Result):
    """A rule, as listed."""

    id: str
    pack: str
    title: str
    severity: str
    subject: str
    kind: str
    source: str
    verified: bool


class RuleList(Result):
    """The shipped rules."""

    rules: list[RuleInfo]


class RuleColumn(Result):
    """A column that rules may read; `verified` says that COLUMN__verified stands beside it."""

    view: str
    column: str
    type: str
    domain: str
    values: list[str] = []
    unit: str | None = None
    references: str | None = None
    verified: bool = False
    doc: str


class RuleView(Result):
    """A view that rules may read."""

    view: str
    key: str
    doc: str


class RuleColumns(Result):
    """The views and columns that rules may read."""

    views: list[RuleView] = []
    columns: list[RuleColumn]


class WrittenSchemas(Result):
    """The JSON Schema files written for editors, and how a file names its schema."""

    files: list[str]
    first_lines: list[str]


class ExplainedValue(Result):
    """A column the rule read, its value (null = nobody has said) and where that came from."""

    column: str
    value: str | int | float | bool | None
    source: str | None
    verified: bool | None


class ExplainedAtom(Result):
    """One condition of the rule and whether it holds; null = unknown."""

    sql: str
    result: bool | None
    part: str


class ExplainedChange(Result):
    """A change of one column after which the subject passes."""

    column: str
    kind: str
    old: str | int | float | bool | None
    new: str | int | float | bool | None
    rows: int


class Explained(Result):
    """Why one rule says what it says of one subject."""

    rule: str
    title: str
    severity: str
    source: str | None
    fix: str
    subject: str
    as_of: date
    verdict: str
    reason: str | None
    if_confirmed: str | None
    says: str
    values: list[ExplainedValue]
    atoms: list[ExplainedAtom]
    smallest_change: ExplainedChange | None
    other_changes: list[ExplainedChange]
    waiver: str | None


class RuleOnSubject(Result):
    """What one rule says of a subject; `row` decides where it rolls several rows up."""

    rule: str
    title: str
    severity: str
    view: str
    verdict: str
    reason: str | None
    if_confirmed: str | None
    row: str | None
    values: dict[str, str | int | float | bool | None]
    atoms: list[ExplainedAtom]
    waiver: str | None


class ExplainedSubject(Result):
    """What every rule says of one subject."""

    subject: str
    as_of: date
    verdicts: dict[str, int]
    rules: list[RuleOnSubject]


class Problem(Result):
    """Something to mend."""

    where: str
    sentence: str


class CheckResult(Result):
    """The problems found; none is good."""

    checked: int
    problems: list[Problem]


class RuleTestFailure(Problem):
    """A test that did not go as expected: a finding is missing, unexpected, or other."""

    file: str = ""
    rule: str = ""
    test: int = 0
    kind: str = "error"


class SurvivingMutant(Result):
    """A change of a rule that none of its tests notices, and a test that would."""

    file: str
    rule: str
    change: str
    missing_test: str


class RuleTests(Result):
    """How the tests of rules went; `survivors` only where mutants were asked for."""

    passed: int
    failed: int
    failures: list[RuleTestFailure]
    untested: list[str] = []
    mutants: int | None = None
    survivors: list[SurvivingMutant] = []


class FamilyError(Result):
    """How far predictions of one metric are from the rows of one source; errors are shares."""

    family: str
    metric: str
    rows: int
    predicted: int
    refused: int
    median_ape: float | None
    p90_ape: float | None
    bias: float | None
    coverage80: float | None


class MetricError(Result):
    """Means over sources of one metric; `answered` is a share of the rows that can be asked."""

    median_ape: float | None
    p90_ape: float | None
    answered: float
    coverage80: float | None
    families: int
    rows: int


class CapacityValidation(Result):
    """Errors of the predictions on measured rows; rows that were fitted on are left out first."""

    families: list[FamilyError]
    by_metric: dict[str, MetricError]
    left_out_rows: int = Field(description="rows predicted by factors fitted without them")
    new_rows: int = Field(description="rows the shipped factors were never fitted on")
    given_rows: int = Field(description="rows whose throughput follows from the rate they state")
    evaluate_seconds: float
    basis: str


class LeftOutError(Result):
    """Errors of one metric where a source or a chip was left out of the fit; shares."""

    left_out: str
    metric: str
    rows: int
    predicted: int
    median_ape: float | None
    p90_ape: float | None
    bias: float | None
    coverage80: float | None
    naive_median_ape: float | None
    naive_p90_ape: float | None
    naive_times_off: float | None


class MetricAccuracy(Result):
    """Means over sources (or chips) left out, the baseline's beside them; errors are shares."""

    groups: int
    rows: int
    answered: float
    median_ape: float | None
    p90_ape: float | None
    coverage80: float | None
    naive: str | None
    naive_median_ape: float | None
    naive_p90_ape: float | None
    naive_times_off: float | None
    target_median_ape: float | None
    target_p90_ape: float | None


class FittedOn(Result):
    """A table that the factors were fitted on."""

    table: str
    sha256: str
    rows: int


class CapacityAccuracy(Result):
    """Cross-validation of the shipped factors as the last fit stored it."""

    by_metric: dict[str, MetricAccuracy] = Field(description="sources left out")
    by_metric_accelerator: dict[str, MetricAccuracy] = Field(description="chips left out")
    by_metric_simulated: dict[str, MetricAccuracy] = Field(
        description="simulated load instead of the closed form, sources left out"
    )
    families: list[LeftOutError]
    accelerators: list[LeftOutError]
    fitted_on: list[FittedOn]
    basis: str


class CapacityRows(Result):
    """One prediction per configuration; a configuration that cannot be answered says why."""

    rows: list[dict[str, Any]]
    unused_columns: list[str] = Field(description="columns of the table that nothing reads")
    evaluate_seconds: float
    basis: str
