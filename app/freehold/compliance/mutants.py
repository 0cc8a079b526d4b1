"""Every single change of a rule's logic that its tests must notice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import sqlglot
from sqlglot import exp

from freehold.compliance.compiled import Compiled, compile_rule
from freehold.compliance.rule import Parameter, Rule
from freehold.errors import RuleError
from freehold.estate.predicate import render

LONG_LIST = 10
"""Of a longer list only the first three members are dropped, one at a time."""

_EDGES: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
}

Trees = list[tuple[int, exp.Expr]]


@dataclass(frozen=True)
class Mutant:
    """One change: its name, the trees it gives for each test, and the quantifier."""

    change: str
    trees: list[Trees]
    quantifier: str


def mutants(rule: Rule, pack: str, compiled: Sequence[Compiled]) -> Iterator[Mutant]:
    """Yield the mutants of a rule; `compiled` is the rule as each of its tests reads it.

    Conditions are negated, terms of AND and OR dropped, edges moved (> to >=), thresholds and
    days shifted, members of lists dropped, `applies` dropped, and the quantifier turned.
    """
    whole = [_trees(one) for one in compiled]
    for part, (number, tree) in enumerate(whole[0]):
        name = _name(rule, number, part)
        for path, change in _changes(tree):
            trees = [_changed(one, part, path, change) for one in whole]
            yield Mutant(f"{name}: {_told(trees[0][part][1])}", trees, rule.quantifier)
    if isinstance(rule.applies, str):
        dropped: list[Trees] = [[(0, exp.Boolean(this=True)), *one[1:]] for one in whole]
        yield Mutant("applies dropped", dropped, rule.quantifier)
    for change, other in _rewritten(rule):
        if (rewritten := _recompiled(other, rule, pack)) is not None:
            yield Mutant(change, rewritten, rule.quantifier)
    if rule.per:
        turned = "some" if rule.quantifier == "every" else "every"
        yield Mutant(f"quantifier {turned}", whole, turned)


def _trees(compiled: Compiled) -> Trees:
    return list(compiled.options) or [(0, compiled.applies), (1, compiled.fails)]


def _name(rule: Rule, number: int, part: int) -> str:
    return f"option {number}" if rule.options else ("applies", "fails")[part]


def _told(tree: exp.Expr) -> str:
    text = render(tree).replace('"', "")
    return text if len(text) <= 200 else text[:199] + "…"


Path = tuple[int, ...]


def _changes(tree: exp.Expr, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield where a tree can be changed and how: 'not', 'edge', 'low', 'high', 'drop N'."""
    if isinstance(tree, exp.Paren | exp.Not):
        yield from _changes(tree.this, (*path, 0))
    elif isinstance(tree, exp.And | exp.Or):
        for number, part in enumerate(terms(tree)):
            yield path, f"drop {number}"
            yield from _changes(part, (*path, number))
    elif isinstance(tree, exp.Between):
        yield path, "not"
        yield path, "low"
        yield path, "high"
    elif not isinstance(tree, exp.Boolean):
        yield path, "not"
        if type(tree) in _EDGES:
            yield path, "edge"


def _changed(trees: Trees, part: int, path: Path, change: str) -> Trees:
    number, tree = trees[part]
    return [*trees[:part], (number, _replaced(tree, path, change)), *trees[part + 1 :]]


def _replaced(tree: exp.Expr, path: Path, change: str) -> exp.Expr:
    """Return the tree changed at `path`; what is not changed is shared, not copied."""
    if not path:
        return _mutated(tree, change)
    if isinstance(tree, exp.Paren | exp.Not):
        return type(tree)(this=_replaced(tree.this, path[1:], change))
    parts = terms(tree)
    parts[path[0]] = _replaced(parts[path[0]], path[1:], change)
    return _joined(type(tree), parts)


def terms(tree: exp.Expr) -> list[exp.Expr]:
    """Return the terms of an AND or an OR, those of like ones inside it included.

    Trees share parts here, so that a part's parent says nothing: only the way down counts.
    """
    found: list[exp.Expr] = []
    for side in (tree.this, tree.expression):
        inner = side.unnest()
        found += terms(inner) if type(inner) is type(tree) else [side]
    return found


def _joined(kind: type[exp.Expr], parts: Sequence[exp.Expr]) -> exp.Expr:
    """Return AND or OR over parts, which other trees may hold too."""
    inner = [exp.Paren(this=p) if isinstance(p, exp.And | exp.Or) else p for p in parts]
    tree = inner[0]
    for part in inner[1:]:
        tree = kind(this=tree, expression=part)
    return tree


def _mutated(tree: exp.Expr, change: str) -> exp.Expr:
    if change.startswith("drop "):
        parts = terms(tree)
        del parts[int(change[5:])]
        return _joined(type(tree), parts)
    if change == "not":
        return exp.Not(this=exp.Paren(this=tree))
    if change == "edge":
        return _EDGES[type(tree)](this=tree.this.copy(), expression=tree.expression.copy())
    low = exp.GT if change == "low" else exp.GTE
    high = exp.LT if change == "high" else exp.LTE
    return exp.And(
        this=low(this=tree.this.copy(), expression=tree.args["low"].copy()),
        expression=high(this=tree.this.copy(), expression=tree.args["high"].copy()),
    )


def _rewritten(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Yield the rule with one parameter or one constant of its text changed."""
    for name, value in rule.params.items():
        for told, moved in _moved_parameter(value):
            params = {**rule.params, name: moved}
            yield f"{name} {told}", rule.model_copy(update={"params": params})
    if rule.options:
        for place, option in enumerate(rule.options):
            for moved in _moved_constants(option.when):
                options = list(rule.options)
                options[place] = option.model_copy(update={"when": moved})
                told = f"option {option.option}: {moved}"
                yield told, rule.model_copy(update={"options": options})
        return
    for part in ("applies", "fails"):
        text = getattr(rule, part)
        if isinstance(text, str):
            for moved in _moved_constants(text):
                yield f"{part}: {moved}", rule.model_copy(update={part: moved})


def _moved_parameter(value: Parameter) -> Iterator[tuple[str, Parameter]]:
    if isinstance(value, list):
        if len(value) > 1:
            for item in value if len(value) <= LONG_LIST else value[:3]:
                yield f"without {item}", [one for one in value if one != item]
    elif isinstance(value, date):
        for days in (-1, 1):
            yield f"= {value + timedelta(days)}", value + timedelta(days)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        step = 1 if isinstance(value, int) else 0.01
        for moved in (round(value - step, 4), round(value + step, 4)):
            yield f"= {moved}", moved


@cache
def _moved_constants(text: str) -> tuple[str, ...]:
    """Return a predicate with one of its numbers, intervals or days moved by one step."""
    found = []
    tree = sqlglot.parse_one(text.replace("$", ":"), dialect="duckdb")
    for place, node in enumerate(tree.walk()):
        if not isinstance(node, exp.Literal):
            continue
        for moved in _moved_literal(node):
            copy = tree.copy()
            list(copy.walk())[place].replace(moved)
            found.append(copy.sql("duckdb"))
    return tuple(found)


def _moved_literal(node: exp.Literal) -> Iterator[exp.Expr]:
    if node.is_string:
        in_interval = isinstance(node.parent, exp.Interval)
        if in_interval and str(node.this).isdigit():
            for step in (-1, 1):
                yield exp.Literal.string(str(int(node.this) + step))
        elif isinstance(node.parent, exp.Cast):
            for days in (-1, 1):
                yield exp.Literal.string(str(date.fromisoformat(node.this) + timedelta(days)))
        return
    number = Decimal(str(node.this))
    step_by = Decimal(1) if number == number.to_integral_value() else Decimal("0.01")
    for moved in (number - step_by, number + step_by):
        literal = exp.Literal.number(str(abs(moved)))
        yield exp.Paren(this=exp.Neg(this=literal)) if moved < 0 else literal


def _recompiled(other: Rule, rule: Rule, pack: str) -> list[Trees] | None:
    """Return the trees of a rewritten rule for each test, or None if it is no sound rule."""
    made: dict[tuple[str, str], Trees] = {}
    found: list[Trees] = []
    try:
        for test in rule.tests:
            key = (str(test.as_of), repr(sorted(test.params.items())))
            if key not in made:
                made[key] = _trees(compile_rule(other, pack, test.as_of, test.params))
            found.append(made[key])
    except RuleError:
        # A constant moved out of its column's domain is found by the check, not by the tests.
        return None
    return found
