"""List, check and test rules."""

from pathlib import Path
from typing import Any

from freehold.compliance import checking, mutations, outside, packs, rule_tests, schemas
from freehold.compliance.packs import read_files
from freehold.errors import InputError
from freehold.estate import dictionary, units
from freehold.resources import data_root
from freehold.sandbox import run_child
from freehold.workflows.results import (
    CheckResult,
    Problem,
    RuleColumn,
    RuleColumns,
    RuleInfo,
    RuleList,
    RuleTestFailure,
    RuleTests,
    RuleView,
    SurvivingMutant,
    WrittenSchemas,
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


def columns(view: str | None = None) -> RuleColumns:
    """List the documented columns of the published views, or of one of them.

    Raises:
        InputError: there is no such view.
    """
    views = dictionary.views()
    if view is not None and view not in views:
        raise InputError(f"There is no view '{view}'", mend=f"There are {', '.join(views)}")
    chosen = [views[view]] if view else list(views.values())
    return RuleColumns(
        views=[RuleView(view=v.name, key=v.key[0], doc=v.doc) for v in chosen],
        columns=[
            RuleColumn(
                view=v.name,
                column=column.name,
                type=column.type,
                domain=column.domain or column.references,
                values=list(column.values),
                unit=units.unit_of(column),
                references=column.references or None,
                verified=column.verified,
                doc=column.doc,
            )
            for v in chosen
            for column in v.columns
        ],
    )


def check(folder: Path) -> CheckResult:
    """Check the form of the packs in a folder: files, predicates, columns and domains.

    What does not ship with Freehold is looked at in a child process.

    Raises:
        RuleError: there is no such folder, it holds no rules, or it took too much to look at.
    """
    if _ships(folder):
        return check_here(folder)
    return CheckResult.model_validate(_apart("rules.check", folder, outside.READ_S))


def check_here(folder: Path) -> CheckResult:
    """Check in this process; see `check`."""
    reading = checking.check(folder)
    return CheckResult(
        checked=reading.files,
        problems=[
            Problem(where=problem.where or str(folder), sentence=str(problem))
            for problem in reading.problems
        ],
    )


def test(folder: Path, *, mutate: bool = False) -> RuleTests:
    """Run the tests that the rules of a folder carry, and with `mutate` test the tests too.

    What does not ship with Freehold is tested in a child process.

    Raises:
        RuleError: there is no such folder, it holds no rules, or it took too much to test.
    """
    if _ships(folder):
        return test_here(folder, mutate=mutate)
    seconds = 300.0 if mutate else 60.0
    return RuleTests.model_validate(_apart("rules.test", folder, seconds, mutate=mutate))


def _ships(folder: Path) -> bool:
    return folder.resolve().is_relative_to((data_root() / "rules").resolve())


def _apart(job: str, folder: Path, seconds: float, **more: bool) -> dict[str, Any]:
    outside.guard(folder)
    request = {"folder": str(folder.absolute()), **more}
    return run_child(job, request, what="The pack", where=str(folder), seconds=seconds)


def test_here(folder: Path, *, mutate: bool = False) -> RuleTests:
    """Run the tests in this process; see `test`."""
    reading = read_files(folder)
    report = rule_tests.run_reading(reading)
    result = RuleTests(
        passed=report.passed,
        failed=report.failed,
        failures=[
            RuleTestFailure(
                where=f"{f.file or folder}, {f.rule} test {f.test}" if f.test else f.file,
                sentence=f.sentence,
                file=f.file,
                rule=f.rule,
                test=f.test,
                kind=f.kind,
            )
            for f in report.failures
        ],
        untested=list(report.untested),
    )
    if not mutate or report.failed:
        return result
    tried = mutations.run_packs(reading.packs)
    survivors = [
        SurvivingMutant(file=s.file, rule=s.rule, change=s.change, missing_test=s.test)
        for s in tried.survivors
    ]
    return result.model_copy(update={"mutants": tried.tried, "survivors": survivors})


def write_schemas(folder: Path) -> WrittenSchemas:
    """Write the JSON Schema of rule, pack and framework files, by which editors complete.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in schemas.texts().items():
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(str(path))
    lines = [f"# yaml-language-server: $schema={Path(path).name}" for path in written]
    return WrittenSchemas(files=written, first_lines=lines)
