"""List, check and test rules."""

from pathlib import Path
from typing import Any

from freehold.compliance import outside, outside_jobs, packs, schemas
from freehold.errors import InputError
from freehold.estate import dictionary, units
from freehold.resources import data_root
from freehold.sandbox import run_child
from freehold.workflows.results import (
    CheckResult,
    RuleColumn,
    RuleColumns,
    RuleInfo,
    RuleList,
    RuleTests,
    RuleView,
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
        return CheckResult.model_validate(outside_jobs.form({"folder": folder}))
    return CheckResult.model_validate(_apart("rules.check", folder, outside.READ_S))


def test(folder: Path, *, mutate: bool = False) -> RuleTests:
    """Run the tests that the rules of a folder carry, and with `mutate` test the tests too.

    What does not ship with Freehold is tested in a child process.

    Raises:
        RuleError: there is no such folder, it holds no rules, or it took too much to test.
    """
    if _ships(folder):
        told = outside_jobs.tested({"folder": folder, "mutate": mutate})
        return RuleTests.model_validate(told)
    seconds = 300.0 if mutate else 60.0
    return RuleTests.model_validate(_apart("rules.test", folder, seconds, mutate=mutate))


def _ships(folder: Path) -> bool:
    return folder.resolve().is_relative_to((data_root() / "rules").resolve())


def _apart(job: str, folder: Path, seconds: float, **more: bool) -> dict[str, Any]:
    outside.guard(folder)
    request = {"folder": str(folder.absolute()), **more}
    return run_child(job, request, what="The pack", where=str(folder), seconds=seconds)


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
