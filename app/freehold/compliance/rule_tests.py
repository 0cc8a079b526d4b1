"""Running the tests that rules carry, through the same engine that judges an estate."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from freehold.compliance.compiled import Compiled, compile_rule, unverified_name
from freehold.compliance.domains import plain_text
from freehold.compliance.engine import quoted
from freehold.compliance.evaluating import by_view, evaluate, unverified_columns
from freehold.compliance.fuse import Source, grades
from freehold.compliance.packs import Pack, Reading, read_files
from freehold.compliance.rule import Rule, RuleTest
from freehold.compliance.store import create_verdicts
from freehold.errors import FreeholdError, RuleError
from freehold.estate.dictionary import Table


@dataclass(frozen=True)
class Failure:
    """A test that did not go as expected, or could not be run.

    `kind` is missing (a finding was expected and none came), unexpected (a finding that nobody
    expected), other (another result came), or error (the test could not be run).
    """

    rule: str
    test: int
    sentence: str
    kind: str = "error"
    file: str = ""

    def __str__(self) -> str:
        return f"{self.rule}, test {self.test}: {self.sentence}" if self.test else self.sentence


@dataclass(frozen=True)
class TestReport:
    """How the tests of rules went; a rule that cannot be read counts as one failure."""

    __test__ = False

    passed: int
    failed: int
    failures: tuple[Failure, ...] = ()
    untested: tuple[str, ...] = ()


@dataclass
class Case:
    """One test; `compiled` is shared by the rule's tests of equal date and parameters.

    `rows` hold the text of each value given, by column, with row_id and parent_id beside.
    """

    id: str
    number: int
    test: RuleTest
    compiled: Compiled
    original: Rule
    file: str = ""
    rows: list[dict[str, str | None]] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)


class Variants:
    """Rules compiled once per date and parameters that their tests give."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, str], Compiled | RuleError] = {}

    def get(self, rule: Rule, pack: str, test: RuleTest) -> Compiled:
        """Return the rule as a test reads it; raises RuleError if it is unsound."""
        as_of = test.as_of if reads_as_of(rule) else None
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
    unread = tuple(
        Failure("", 0, str(problem), file=problem.where or "") for problem in reading.problems
    )
    failed = report.failed + len(unread)
    return TestReport(report.passed, failed, unread + report.failures, report.untested)


def run_packs(packs: Iterable[Pack]) -> TestReport:
    """Run the tests of the rules of `packs`."""
    cases: list[Case] = []
    variants = Variants()
    failures: list[Failure] = []
    untested: list[str] = []
    for pack in packs:
        for rule in pack.rules:
            file = pack.file_of(rule.id)
            if not rule.tests:
                untested.append(rule.id)
                failures += _unsound(rule, pack.id, file)
            for number, test in enumerate(rule.tests, start=1):
                try:
                    compiled = variants.get(rule, pack.id, test)
                    cases.append(case_of(f"t{len(cases)}", number, rule, compiled, file))
                except FreeholdError as error:
                    failures.append(Failure(rule.id, number, str(error), file=file))
    with duckdb.connect() as connection:
        results = _run(connection, cases)
    passed = 0
    for case in cases:
        got = results.get(case.id, set())
        if got == {str(case.test.expect)}:
            passed += 1
        else:
            failures.append(_failure(case, got))
    failures.sort(key=lambda failure: (failure.file, failure.rule, failure.test))
    return TestReport(passed, len(failures), tuple(failures), tuple(untested))


def _failure(case: Case, got: set[str]) -> Failure:
    expected, said = str(case.test.expect), " and ".join(sorted(got)) or "nothing"
    if expected == "fail" and "fail" not in got:
        kind, note = "missing", ": the finding did not come"
    elif expected != "fail" and "fail" in got:
        kind, note = "unexpected", ": a finding that nobody expected"
    else:
        kind, note = "other", ""
    sentence = f"expected {expected}, got {said}{note}"
    return Failure(case.original.id, case.number, sentence, kind, case.file)


def _unsound(rule: Rule, pack: str, file: str) -> list[Failure]:
    try:
        compile_rule(rule, pack, None if not reads_as_of(rule) else rule.valid_from)
    except RuleError as error:
        return [Failure(rule.id, 0, str(error), file=file)]
    return []


def reads_as_of(rule: Rule) -> bool:
    """Tell whether a rule reads `$as_of`."""
    texts = [str(rule.applies), rule.fails or "", *(option.when for option in rule.options)]
    return any("$as_of" in text for text in texts)


def case_of(case_id: str, number: int, rule: Rule, compiled: Compiled, file: str = "") -> Case:
    """Return the rule's test of that number with its rows checked.

    Raises:
        RuleError: a column is not documented, a value is outside its domain, or as_of is missing.
    """
    test = rule.tests[number - 1]
    if test.as_of is None and reads_as_of(rule):
        raise RuleError("The rule reads $as_of, so the test needs as_of")
    case = Case(case_id, number, test, compiled, rule, file)
    for index in range(len(test.all_rows)):
        # Values are checked here, so that one outside its domain fails this test alone.
        case.rows.append(_row(case, index))
        subject = f"{case_id}.{index}" if compiled.parent is None else _parent(case, index)
        if subject is not None and subject not in case.subjects:
            case.subjects.append(subject)
    return case


def _row(case: Case, index: int) -> dict[str, str | None]:
    """Return the text of the values of one given row, for the columns that its rule reads."""
    view = case.compiled.view
    documented = view.documented
    values: dict[str, str | None] = {}
    for name, value in case.test.all_rows[index].items():
        if name not in documented:
            raise RuleError(f"{view.name} has no column '{name}'")
        values[name] = plain_text(documented[name], value, view.name)
    row: dict[str, str | None] = {
        "row_id": f"{case.id}.{index}",
        "parent_id": _parent(case, index),
    }
    for name in case.compiled.columns:
        row[name] = values.get(name)
        if name in documented and documented[name].verified:
            beside = unverified_name(name)
            row[beside] = values.get(beside, "TRUE")
    return row


def create_rows(
    connection: duckdb.DuckDBPyConnection, table: str, view: Table, cases: Sequence[Case]
) -> None:
    """Create the table of the rows that tests over one view give, typed as documented.

    A column that a rule does not read is NULL in its rows, and verified.
    """
    documented = view.documented
    names = list(dict.fromkeys(name for case in cases for row in case.rows for name in row))
    types = [documented[name].sql_type if name in documented else "VARCHAR" for name in names]
    defaults = ["TRUE" if name.endswith("__verified") else None for name in names]
    rows = [row for case in cases for row in case.rows]
    columns = [
        [row.get(name, default) for row in rows]
        for name, default in zip(names, defaults, strict=True)
    ]
    # One list a column: a statement of thousands of constants takes ten times as long to read.
    listed = ", ".join(f"unnest(CAST(? AS VARCHAR[])) AS c{n}" for n in range(len(names)))
    typed = ", ".join(
        f"CAST(c{number} AS {kind}) AS {quoted(name)}"
        for number, (name, kind) in enumerate(zip(names, types, strict=True))
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {typed} FROM (SELECT {listed})", columns
    )


def _parent(case: Case, index: int) -> str | None:
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


def _run(connection: duckdb.DuckDBPyConnection, cases: list[Case]) -> dict[str, set[str]]:
    """Return the set of results of each case's subjects."""
    results: dict[str, set[str]] = {}
    connection.execute("SET threads = 2")
    for view in by_view([case.compiled for case in cases]):
        mine = [case for case in cases if case.compiled.view.name == view]
        table = quoted("rows_" + view)
        create_rows(connection, table, mine[0].compiled.view, mine)
        rows_of = [case for case in mine if case.original.kind == "row"]
        if rows_of:
            _judge_rows(connection, view, table, rows_of, results)
        graded = [case for case in mine if case.original.kind == "graded"]
        if graded:
            _grade_rows(connection, table, graded, results)
    return results


def _distinct(cases: list[Case]) -> list[Compiled]:
    return list({case.compiled.rule.id: case.compiled for case in cases}.values())


def _judge_rows(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    table: str,
    cases: list[Case],
    results: dict[str, set[str]],
) -> None:
    rules = _distinct(cases)
    parents = {rule.parent.name: "parent_id" for rule in rules if rule.parent}
    source = {view: Source(table, "row_id", parents)}
    stored = evaluate(connection, rules, source, views=None, store="results")
    create_verdicts(connection, "results", stored)
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
    cases: list[Case],
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
