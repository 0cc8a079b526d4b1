"""List, check and test rules."""

from pathlib import Path

from freehold.compliance import checking, packs, rule_tests
from freehold.estate import dictionary
from freehold.workflows.results import (
    CheckResult,
    Problem,
    RuleColumn,
    RuleColumns,
    RuleInfo,
    RuleList,
    RuleTests,
)


def list_rules() -> RuleList:
    """List the rules that ship with Freehold."""
    return RuleList(
        rules=[
            RuleInfo(
                id=rule.id,
                pack=pack.id,
                title=rule.title,
                severity=rule.severity,
                subject=rule.subject,
                kind=rule.kind,
                source=rule.source.text if rule.source else "",
                verified=bool(rule.source and rule.source.verified),
            )
            for pack in packs.shipped()
            for rule in pack.rules
        ]
    )


def columns() -> RuleColumns:
    """List the documented columns of the published views."""
    return RuleColumns(
        columns=[
            RuleColumn(
                view=view.name,
                column=column.name,
                type=column.type,
                domain=column.domain or column.references,
                doc=column.doc,
            )
            for view in dictionary.views().values()
            for column in view.documented.values()
        ]
    )


def check(folder: Path) -> CheckResult:
    """Check the form of the packs in a folder: files, predicates, columns and domains."""
    reading = checking.check(folder)
    return CheckResult(
        checked=reading.files,
        problems=[
            Problem(where=problem.where or str(folder), sentence=str(problem))
            for problem in reading.problems
        ],
    )


def test(folder: Path) -> RuleTests:
    """Run the tests that the rules of a folder carry."""
    report = rule_tests.test_pack(folder)
    return RuleTests(
        passed=report.passed,
        failed=report.failed,
        failures=[
            Problem(where=f"{f.rule} test {f.test}", sentence=f.sentence) for f in report.failures
        ],
    )
