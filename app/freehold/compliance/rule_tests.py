"""Running the tests that rules carry, through the same engine that judges an estate."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from freehold.compliance.compiled import Compiled, compile_rule, unverified_name
from freehold.compliance.domains import literal
from freehold.compliance.engine import quoted
from freehold.compliance.evaluating import by_view, evaluate, unverified_columns
from freehold.compliance.fuse import Source, grades
from freehold.compliance.packs import Pack, Reading, read_files
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
    """One test; `compiled` is shared by the rule's tests of equal date and parameters."""

    id: str
    number: int
    test: RuleTest
    compiled: Compiled
    original: Rule
    rows: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)


class _Variants:
    """Rules compiled once per date and parameters that their tests give."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, str], Compiled | RuleError] = {}

    def get(self, rule: Rule, pack: str, test: RuleTest) -> Compiled:
        as_of = test.as_of if _reads_as_of(rule) else None
        key = (f"{pack}/{rule.id}", str(as_of), repr(sorted(test.params.items())))
        if key not in self._made:
            renamed = rule.model_copy(update={"id": f"v{len(self._made)}"})
            try:
                self._made[key] = compile_rule(renamed, pack, as_of, test.params)
            except RuleError as error:
                where = (error.where or "").replace(f"rule {renamed.id}", f"rule {rule.id}")
                self._made[key] = RuleError(error.what, where=where, mend=error.mend)
        made = self._made[key]
        if isinstance(made, RuleError):
            raise made
        return made


def test_pack(folder: Path | str) -> TestReport:
    """Run the tests of every rule in a pack or a folder of packs.

    Raises:
        RuleError: there is no such folder, or it holds no rules.
    """
    return run_reading(read_files(folder))


def run_reading(reading: Reading) -> TestReport:
    """Run the tests of what was read; each problem of reading is a failure too."""
    report = run_packs(reading.packs)
    unread = tuple(Failure("", 0, str(problem)) for problem in reading.problems)
    return TestReport(report.passed, report.failed + len(unread), unread + report.failures)


def run_packs(packs: Iterable[Pack]) -> TestReport:
    """Run the tests of the rules of `packs`."""
    cases: list[_Case] = []
    variants = _Variants()
    failures: list[Failure] = []
    for pack in packs:
        for rule in pack.rules:
            failures += _unsound(rule, pack.id)
            for number, test in enumerate(rule.tests, start=1):
                try:
                    cases.append(
                        _case(
                            f"t{len(cases)}", number, test, rule, variants.get(rule, pack.id, test)
                        )
                    )
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


def _case(case_id: str, number: int, test: RuleTest, rule: Rule, compiled: Compiled) -> _Case:
    if test.as_of is None and _reads_as_of(rule):
        raise RuleError("The rule reads $as_of, so the test needs as_of")
    case = _Case(case_id, number, test, compiled, rule)
    for index in range(len(test.all_rows)):
        # Literals are made here, so that a value outside its domain fails this test alone.
        case.rows.append(_row(case, index))
        subject = f"{case_id}.{index}" if compiled.parent is None else _parent(case, index)
        if subject is not None and subject not in case.subjects:
            case.subjects.append(subject)
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
    parent = _parent(case, index)
    parts.append(f"{'NULL::VARCHAR' if parent is None else _quoted(parent)} AS parent_id")
    for name in case.compiled.columns:
        column = documented[name]
        parts.append(f"{values.get(name) or literal(column, None, '')} AS {quoted(name)}")
        beside = unverified_name(name)
        if column.verified:
            parts.append(f"{values.get(beside, 'TRUE')} AS {quoted(beside)}")
    return "SELECT " + ", ".join(dict.fromkeys(parts))


def _parent(case: _Case, index: int) -> str | None:
    column = case.compiled.parent_column
    if column is None:
        return None
    rows = case.test.all_rows
    if not any(row.get(column) is not None for row in rows):
        return case.id
    named = rows[index].get(column)
    return None if named is None else f"{case.id}.{named}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


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
        rows_of = [case for case in mine if case.original.kind == "row"]
        if rows_of:
            _judge_rows(connection, view, table, rows_of, results)
        graded = [case for case in mine if case.original.kind == "graded"]
        if graded:
            _grade_rows(connection, table, graded, results)
    return results


def _distinct(cases: list[_Case]) -> list[Compiled]:
    return list({case.compiled.rule.id: case.compiled for case in cases}.values())


def _judge_rows(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    table: str,
    cases: list[_Case],
    results: dict[str, set[str]],
) -> None:
    rules = _distinct(cases)
    parents = {rule.parent.name: "parent_id" for rule in rules if rule.parent}
    source = {view: Source(table, "row_id", parents)}
    stored = evaluate(connection, rules, source, views=None, store="results")
    create_verdicts(connection, "results", stored, [rule.rule.id for rule in rules])
    # Every rule judged every row of the view; a test asks only for its own.
    own = ", ".join(
        f"('{case.id}', '{case.compiled.rule.id}', {_quoted(subject)})"
        for case in cases
        for subject in case.subjects
    )
    if not own:
        return
    for case_id, result in connection.execute(
        "SELECT DISTINCT own.case_id, coalesce(v.result, 'not_applicable')"
        f" FROM (VALUES {own}) own(case_id, rule_id, subject_id)"
        " LEFT JOIN results.verdicts v USING (rule_id, subject_id)"
    ).fetchall():
        results.setdefault(case_id, set()).add(result)


def _grade_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    cases: list[_Case],
    results: dict[str, set[str]],
) -> None:
    rules = _distinct(cases)
    source = Source(table, "row_id", {})
    statement = grades(rules, source, unverified_columns(connection, rules, source))
    lists = {row[0]: row[1:] for row in connection.execute(statement).fetchall()}
    place = {rule.rule.id: number for number, rule in enumerate(rules)}
    for case in cases:
        for subject in case.subjects:
            left = lists[subject][place[case.compiled.rule.id]]
            taken = str(left[0]) if len(left) == 1 and left[0] else "unknown"
            results.setdefault(case.id, set()).add(taken)


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
