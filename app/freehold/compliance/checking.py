"""Checking rules against the published views: predicates, columns, domains, and the database."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb

from freehold.compliance.compiled import Compiled, compile_rule
from freehold.compliance.domains import literal
from freehold.compliance.engine import quoted
from freehold.compliance.evaluating import by_view
from freehold.compliance.fuse import Source, codes, grades
from freehold.compliance.packs import Pack, Reading, read_files
from freehold.errors import RuleError

_ANY_DAY = date(2026, 1, 1)


def check(folder: Path | str) -> Reading:
    """Read a pack or a folder of packs, with a RuleError for everything wrong in files and rules.

    Raises:
        RuleError: there is no such folder, or it holds no rules.
    """
    reading = read_files(folder)
    found = (*reading.problems, *problems(reading.packs))
    return Reading(reading.packs, reading.frameworks, found, reading.files)


def problems(packs: Iterable[Pack]) -> list[RuleError]:
    """Return a RuleError for each rule that cannot be judged."""
    found: list[RuleError] = []
    sound: list[Compiled] = []
    for pack in packs:
        for rule in pack.rules:
            try:
                sound.append(compile_rule(rule, pack.id, rule.valid_from or _ANY_DAY))
                found += _misgiven(sound[-1])
                for test in rule.tests:
                    if test.params:
                        compile_rule(rule, pack.id, test.as_of or _ANY_DAY, test.params)
            except RuleError as error:
                found.append(error)
    with duckdb.connect() as connection:
        for view, rules in by_view(sound).items():
            documented = rules[0].view.documented
            columns = ", ".join(f"{quoted(n)} {c.sql_type}" for n, c in documented.items())
            connection.execute(f"CREATE TABLE {quoted(view)} ({columns})")
            found += [no for rule in rules if (no := _refused(connection, rule)) is not None]
    return found


def _misgiven(compiled: Compiled) -> list[RuleError]:
    """Return a RuleError for each test that gives a column or value that there cannot be."""
    found: list[RuleError] = []
    documented = compiled.view.documented
    for number, test in enumerate(compiled.rule.tests, start=1):
        where = f"{compiled.pack}, rule {compiled.rule.id}, test {number}"
        for name, value in (given for row in test.all_rows for given in row.items()):
            if name not in documented:
                text = f"{compiled.view.name} has no column '{name}'"
                found.append(RuleError(text, where=where))
                continue
            try:
                literal(documented[name], value, compiled.view.name)
            except RuleError as error:
                found.append(RuleError(error.what, where=where, mend=error.mend))
    return found


def _refused(connection: duckdb.DuckDBPyConnection, compiled: Compiled) -> RuleError | None:
    """Return what the database says against the rule, tried on no rows at all."""
    source = Source(quoted(compiled.view.name), quoted(compiled.view.key[0]), {})
    try:
        if compiled.rule.kind == "graded":
            connection.execute(grades([compiled], source, frozenset())).fetchall()
        else:
            connection.execute(codes([compiled], source, frozenset())[0]).fetchall()
    except duckdb.Error as error:
        return RuleError(
            f"The predicate cannot be evaluated: {str(error).splitlines()[0]}",
            where=f"{compiled.pack}, rule {compiled.rule.id}",
        )
    return None
