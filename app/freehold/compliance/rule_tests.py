"""Running the tests that rules carry, through the same engine that judges an estate."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from freehold.compliance.compiled import Compiled, compile_rule, unverified_name
from freehold.compliance.domains import literal
from freehold.compliance.engine import by_view, evaluate, quoted, unverified_columns
from freehold.compliance.fuse import Source, grades
from freehold.compliance.packs import Pack, Reading, read
from freehold.compliance.rule import Rule, RuleTest
from freehold.compliance.store import create_verdicts
from freehold.errors import FreeholdError, RuleError


@dataclass(frozen=True)
class Failure:
    """A test that did not go as expected, or could not be run."""

    rule: str
    test: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.rule}, test {self.test}: {self.sentence}" if self.test else self.sentence


@dataclass(frozen=True)
class TestReport:
    """How the tests of rules went; a rule that cannot be read counts as one failure."""

    __test__ = False

    passed: int
    failed: int
    failures: tuple[Failure, ...] = ()


@dataclass
class _Case:
    """One test with the rule compiled at its date and parameters; `id` is its subjects' prefix."""

    id: str
    number: int
    test: RuleTest
    compiled: Compiled
    original: Rule
    rows: list[str] = field(default_factory=list)


def test_pack(folder: Path | str) -> TestReport:
    """Run the tests of every rule in a pack or a folder of packs.

    Raises:
        RuleError: there is no such folder, or it holds no rules.
    """
    return run_reading(read(folder))


def run_reading(reading: Reading) -> TestReport:
    """Run the tests of what was read; each problem of reading is a failure too."""
    report = run_packs(reading.packs)
    unread = tuple(Failure("", 0, str(problem)) for problem in reading.problems)
    return TestReport(report.passed, report.failed + len(unread), unread + report.failures)


def run_packs(packs: Iterable[Pack]) -> TestReport:
    """Run the tests of the rules of `packs`."""
    cases: list[_Case] = []
    failures: list[Failure] = []
    for pack in packs:
        for rule in pack.rules:
            failures += _unsound(rule, pack.id)
            for number, test in enumerate(rule.tests, start=1):
                try:
                    cases.append(_case(f"t{len(cases)}", number, test, rule, pack.id))
                except FreeholdError as error:
                    failures.append(Failure(rule.id, number, str(error)))
    with duckdb.connect() as connection:
        results = _run(connection, cases)
    passed = 0
    for case in cases:
        got = results.get(case.id, set())
        if got == {str(case.test.expect)}:
            passed += 1
        else:
            said = " and ".join(sorted(got)) or "nothing"
            sentence = f"expected {case.test.expect}, got {said}"
            failures.append(Failure(case.original.id, case.number, sentence))
    failures.sort(key=lambda failure: (failure.rule, failure.test))
    return TestReport(passed, len(failures), tuple(failures))


def _unsound(rule: Rule, pack: str) -> list[Failure]:
    if rule.tests:
        return []
    try:
        compile_rule(rule, pack, None if not _reads_as_of(rule) else rule.valid_from)
    except RuleError as error:
        return [Failure(rule.id, 0, str(error))]
    return []


def _reads_as_of(rule: Rule) -> bool:
    texts = [str(rule.applies), rule.fails or "", *(option.when for option in rule.options)]
    return any("$as_of" in text for text in texts)


def _case(case_id: str, number: int, test: RuleTest, rule: Rule, pack: str) -> _Case:
    if test.as_of is None and _reads_as_of(rule):
        raise RuleError("The rule reads $as_of, so the test needs as_of")
    renamed = rule.model_copy(update={"id": case_id})
    try:
        compiled = compile_rule(renamed, pack, test.as_of, test.params)
    except RuleError as error:
        where = (error.where or "").replace(f"rule {case_id}", f"rule {rule.id}")
        raise RuleError(error.what, where=where, mend=error.mend) from error
    case = _Case(case_id, number, test, compiled, rule)
    # Literals are made here, so that a value outside its domain fails this test alone.
    case.rows = [_row(case, index) for index in range(len(test.all_rows))]
    return case


def _row(case: _Case, index: int) -> str:
    """Return one given row as the SQL of the columns that its rule reads."""
    view = case.compiled.view
    documented = view.documented
    given = case.test.all_rows[index]
    values: dict[str, str] = {}
    for name, value in given.items():
        if name not in documented:
            raise RuleError(f"{view.name} has no column '{name}'")
        values[name] = literal(documented[name], value, view.name)
    parts = [f"'{case.id}' AS case_id", f"'{case.id}.{index}' AS row_id"]
    parts.append(f"{_parent(case, index)} AS parent_id")
    for name in case.compiled.columns:
        column = documented[name]
        parts.append(f"{values.get(name) or literal(column, None, '')} AS {quoted(name)}")
        beside = unverified_name(name)
        if column.verified:
            parts.append(f"{values.get(beside, 'TRUE')} AS {quoted(beside)}")
    return "SELECT " + ", ".join(dict.fromkeys(parts))


def _parent(case: _Case, index: int) -> str:
    column = case.compiled.parent_column
    if column is None:
        return "NULL::VARCHAR"
    rows = case.test.all_rows
    if not any(row.get(column) is not None for row in rows):
        return f"'{case.id}'"
    named = rows[index].get(column)
    if named is None:
        return "NULL::VARCHAR"
    return "'" + f"{case.id}.{named}".replace("'", "''") + "'"


def _run(connection: duckdb.DuckDBPyConnection, cases: list[_Case]) -> dict[str, set[str]]:
    """Return the set of results of each case's subjects."""
    results: dict[str, set[str]] = {}
    connection.execute("SET threads = 2")
    for view, group in by_view([case.compiled for case in cases]).items():
        mine = [case for case in cases if case.compiled.view.name == view]
        table = quoted("rows_" + view)
        rows = " UNION ALL BY NAME ".join(row for case in mine for row in case.rows)
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS {rows}")
        for name in {unverified_name(column) for case in group for column in case.columns}:
            # Rows of rules that do not read the column have nothing unverified in it.
            if name in group[0].view.documented:
                connection.execute(
                    f"UPDATE {table} SET {quoted(name)} = TRUE WHERE {quoted(name)} IS NULL"
                )
        row_rules = [case.compiled for case in mine if case.original.kind == "row"]
        if row_rules:
            _judge_rows(connection, view, table, row_rules, results)
        graded = [case.compiled for case in mine if case.original.kind == "graded"]
        if graded:
            _grade_rows(connection, table, graded, results)
    return results


def _judge_rows(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    table: str,
    rules: list[Compiled],
    results: dict[str, set[str]],
) -> None:
    parents = {rule.parent.name: "parent_id" for rule in rules if rule.parent}
    source = {view: Source(table, "row_id", parents)}
    stored = evaluate(connection, rules, source, views=None, store="results")
    create_verdicts(connection, "results", stored, [rule.rule.id for rule in rules])
    # Every rule judged every row; a test asks only for its own.
    own = "starts_with(subject_id || '.', {rule} || '.')"
    for rule_id, result in connection.execute(
        f"SELECT DISTINCT rule_id, result FROM results.verdicts WHERE {own.format(rule='rule_id')}"
    ).fetchall():
        results.setdefault(rule_id, set()).add(result)
    for part in stored:
        for item in part.rules:
            left_out = connection.execute(
                f"SELECT count(*) FROM {part.table} WHERE {item.column} & 7 = 0"
                f" AND {own.format(rule='?')}",
                [item.rule_id],
            ).fetchone()
            if left_out and left_out[0]:
                results.setdefault(item.rule_id, set()).add("not_applicable")


def _grade_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rules: list[Compiled],
    results: dict[str, set[str]],
) -> None:
    source = Source(table, "row_id", {})
    statement = grades(rules, source, unverified_columns(connection, rules, source))
    for row in connection.execute(statement).fetchall():
        case_id = row[0].partition(".")[0]
        for rule, left in zip(rules, row[1:], strict=True):
            if rule.rule.id == case_id:
                taken = str(left[0]) if len(left) == 1 and left[0] else "unknown"
                results.setdefault(case_id, set()).add(taken)


def main() -> int:
    """Run the tests of the folder named on the command line; 1 = a test failed."""
    if len(sys.argv) != 2:
        print("Usage: python -m freehold.compliance.rule_tests FOLDER", file=sys.stderr)
        return 2
    try:
        report = test_pack(sys.argv[1])
    except FreeholdError as error:
        print(error, file=sys.stderr)
        return 2
    for failure in report.failures:
        print(failure)
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
