"""Mutation testing: change a rule's logic in one place; some test of the rule must notice.

Each distinct condition of a rule and of its mutants is evaluated once over the rows that its
tests give, in one statement; every mutant is then a three-valued combination of those columns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import duckdb
from sqlglot import exp

from freehold.compliance.compiled import Compiled, unverified_name
from freehold.compliance.mutants import Mutant, mutants, terms
from freehold.compliance.packs import Pack
from freehold.compliance.rule import Rule
from freehold.compliance.rule_tests import Case, Variants, case_of, create_rows
from freehold.compliance.witness import candidate_rows
from freehold.errors import FreeholdError
from freehold.estate.predicate import render

Truth = bool | None
_WORST = {"not_applicable": 0, "pass": 1, "unknown": 2, "fail": 3}
_BEST = {"not_applicable": 0, "fail": 1, "unknown": 2, "pass": 3}


@dataclass(frozen=True)
class Survivor:
    """A change of a rule that none of its tests notices, and a row that would tell them apart."""

    rule: str
    change: str
    file: str = ""
    row: dict[str, Any] = field(default_factory=dict)
    expect: str = ""
    as_of: date | None = None

    @property
    def test(self) -> str:
        """The missing test as a line of YAML, or "" where no single row shows the difference."""
        given = ", ".join(f"{name}: {_yaml(value)}" for name, value in self.row.items())
        day = f"as_of: {self.as_of}, " if self.as_of else ""
        return f"- {{given: {{{given}}}, {day}expect: {self.expect}}}" if self.expect else ""


@dataclass(frozen=True)
class MutationReport:
    """How many changes were tried and which of them no test noticed.

    A change that no row of the columns' domains tells from the rule is not counted. `problems`
    are rules whose tests cannot be run or do not pass as they stand.
    """

    tried: int
    survivors: tuple[Survivor, ...] = ()
    problems: tuple[str, ...] = ()


def run_packs(packs: Iterable[Pack]) -> MutationReport:
    """Try every mutant of every rule of `packs` against the rule's own tests."""
    tried = 0
    survivors: list[Survivor] = []
    problems: list[str] = []
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute("SET disabled_optimizers = 'in_clause'")
        for pack in packs:
            for rule in pack.rules:
                try:
                    count, unnoticed = _try_rule(connection, rule, pack)
                except FreeholdError as error:
                    problems.append(f"{rule.id}: {error}")
                    continue
                tried += count
                survivors += [replace(s, file=pack.file_of(rule.id)) for s in unnoticed]
    return MutationReport(tried, tuple(survivors), tuple(problems))


@dataclass
class _Table:
    """The truth of each condition over the rows of a rule's tests, by the condition's SQL."""

    atoms: dict[str, int] = field(default_factory=dict)
    rows: dict[str, Sequence[Truth]] = field(default_factory=dict)
    texts: dict[int, tuple[exp.Expr, str]] = field(default_factory=dict)

    def text(self, node: exp.Expr) -> str:
        # The node is held too, so that its id cannot pass to another one.
        held = self.texts.get(id(node))
        if held is None:
            held = self.texts[id(node)] = (node, render(node))
        return held[1]

    def collect(self, node: exp.Expr) -> None:
        if isinstance(node, exp.And | exp.Or):
            for part in terms(node):
                self.collect(part)
        elif isinstance(node, exp.Not | exp.Paren):
            self.collect(node.this)
        elif not isinstance(node, exp.Boolean):
            self.atoms.setdefault(self.text(node), len(self.atoms))

    def fill(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        # An atom that cannot be evaluated is unknown, as in the engine.
        selected = ", ".join(["row_id", *(f"TRY({sql})" for sql in self.atoms)])
        found = connection.execute(f"SELECT {selected} FROM {table}").fetchall()
        self.rows = {str(row[0]): row[1:] for row in found}

    def truth(self, node: exp.Expr, row: Sequence[Truth]) -> Truth:
        """Return the node's truth in SQL's three-valued logic."""
        if isinstance(node, exp.Paren):
            return self.truth(node.this, row)
        if isinstance(node, exp.Boolean):
            return bool(node.this)
        if isinstance(node, exp.Not):
            inner = self.truth(node.this, row)
            return None if inner is None else not inner
        if isinstance(node, exp.And | exp.Or):
            decides = isinstance(node, exp.Or)
            found = [self.truth(part, row) for part in terms(node)]
            return decides if decides in found else None if None in found else not decides
        return row[self.atoms[self.text(node)]]


def _try_rule(
    connection: duckdb.DuckDBPyConnection, rule: Rule, pack: Pack
) -> tuple[int, list[Survivor]]:
    variants = Variants()
    cases = [
        case_of(f"t{number}", number, rule, variants.get(rule, pack.id, test))
        for number, test in enumerate(rule.tests, start=1)
    ]
    if not cases:
        return 0, []
    changed = list(mutants(rule, pack.id, [case.compiled for case in cases]))
    table = _Table()
    for one in (None, *changed):
        for place, case in enumerate(cases):
            for _, tree in _parts(case.compiled, place, one):
                table.collect(tree)
    _hide_unverified(cases)
    create_rows(connection, "given", cases[0].compiled.view, cases)
    table.fill(connection, "given")
    if wrong := next((c for c in cases if not _as_expected(c, None, table)), None):
        raise FreeholdError(f"test {wrong.number} does not pass as the rule stands")
    unnoticed = [one for one in changed if all(_as_expected(c, one, table) for c in cases)]
    shown = [_shown(connection, cases, one) for one in unnoticed]
    survivors = [one for one in shown if one is not None]
    return len(changed) - len(shown) + len(survivors), survivors


def _shown(
    connection: duckdb.DuckDBPyConnection, cases: list[Case], mutant: Mutant
) -> Survivor | None:
    """Return a survivor with a row that shows the change, or None if there can be no such row."""
    rule = cases[0].original
    if mutant.quantifier != rule.quantifier:
        # Only several rows of one parent can show it.
        return Survivor(rule.id, mutant.change)
    view = cases[0].compiled.view
    is_proof = True
    # A day may lie anywhere on the calendar, so the tests' own days are all tried.
    for place in {case.test.as_of: n for n, case in enumerate(cases)}.values():
        whole = _parts(cases[place].compiled, place, None)
        other = _parts(cases[place].compiled, place, mutant)
        trees = [tree for _, tree in (*whole, *other)]
        rows, is_complete = candidate_rows(trees, view.documented)
        is_proof = is_proof and is_complete
        case = replace(cases[place], rows=[_as_text(n, row) for n, row in enumerate(rows)])
        if not rows:
            continue
        create_rows(connection, "candidates", view, [case])
        table = _Table()
        for tree in trees:
            table.collect(tree)
        table.fill(connection, "candidates")
        graded = bool(rule.options)
        for number, row in enumerate(rows):
            truth = table.rows[str(number)]
            now = _result([(n, table.truth(tree, truth)) for n, tree in whole], graded=graded)
            then = _result([(n, table.truth(tree, truth)) for n, tree in other], graded=graded)
            if now != then:
                day = cases[place].test.as_of
                return Survivor(rule.id, mutant.change, row=row, expect=now, as_of=day)
    return None if is_proof else Survivor(rule.id, mutant.change)


def _as_text(number: int, row: dict[str, Any]) -> dict[str, str | None]:
    texts = {name: None if value is None else str(value) for name, value in row.items()}
    return {"row_id": str(number), "parent_id": None, **texts}


def _yaml(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f'"{value}"' if isinstance(value, str) and not value.isidentifier() else str(value)


def _hide_unverified(cases: list[Case]) -> None:
    """Read what is not verified as not told, where the rule does so."""
    for case in cases:
        for row in case.rows if case.original.masks else ():
            for name in list(row):
                if row.get(unverified_name(name)) == "FALSE":
                    row[name] = None


def _parts(compiled: Compiled, place: int, mutant: Mutant | None) -> list[tuple[int, exp.Expr]]:
    """Return the numbered trees of a rule: 0 applies, 1 fails, or its options."""
    if mutant is not None:
        return mutant.trees[place]
    return list(compiled.options) or [(0, compiled.applies), (1, compiled.fails)]


def _as_expected(case: Case, mutant: Mutant | None, table: _Table) -> bool:
    parts = _parts(case.compiled, case.number - 1, mutant)
    found: dict[str, list[str]] = {subject: [] for subject in case.subjects}
    for given in case.rows:
        row = table.rows[str(given["row_id"])]
        truths = [(number, table.truth(tree, row)) for number, tree in parts]
        result = _result(truths, graded=bool(case.compiled.options))
        subject = given["row_id"] if case.compiled.parent is None else given["parent_id"]
        if subject in found:
            found[subject].append(result)
    every = (mutant.quantifier if mutant else case.original.quantifier) == "every"
    order = _WORST if every else _BEST
    return {max(results, key=lambda r: order.get(r, 0)) for results in found.values()} == {
        str(case.test.expect)
    }


def _result(truths: list[tuple[int, Truth]], *, graded: bool) -> str:
    if graded:
        return _graded(truths)
    (_, applies), (_, fails) = truths
    if applies is False:
        return "not_applicable"
    if fails is False:
        return "pass" if applies else "not_applicable"
    return "fail" if applies and fails else "unknown"


def _graded(truths: list[tuple[int, Truth]]) -> str:
    for number, truth in truths:
        if truth is None:
            return "unknown"
        if truth:
            return str(number)
    return "unknown"
