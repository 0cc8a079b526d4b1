"""Every shipped rule is pinned by its own tests: no single change of its logic goes unnoticed."""

from collections.abc import Iterator

import pytest
import sqlglot
from sqlglot import exp

from freehold.compliance import packs, rule_tests
from freehold.compliance.packs import Pack
from freehold.compliance.rule import Rule

PACKS = packs.shipped()
EDGES: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
}
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In)


def is_atom(node: exp.Expr) -> bool:
    if isinstance(node, exp.Column):
        parent = node.parent
        return parent is None or isinstance(parent, (exp.And, exp.Or, exp.Not, exp.Paren))
    return isinstance(node, COMPARISONS)


def replaced(tree: exp.Expr, place: int, new: exp.Expr) -> str:
    copy = tree.copy()
    node = list(copy.walk())[place]
    if node is copy:
        return new.sql("duckdb")
    node.replace(new)
    return copy.sql("duckdb")


def logic(predicate: str) -> Iterator[str]:
    """Yield the predicate with one atom negated, one term dropped or one edge moved."""
    tree = sqlglot.parse_one(predicate, dialect="duckdb")
    for place, node in enumerate(tree.walk()):
        if isinstance(node, (exp.And, exp.Or)):
            yield replaced(tree, place, node.this.copy())
            yield replaced(tree, place, node.expression.copy())
        if is_atom(node):
            yield replaced(tree, place, exp.Paren(this=exp.Not(this=exp.Paren(this=node.copy()))))
        if type(node) in EDGES:
            edge = EDGES[type(node)](this=node.this.copy(), expression=node.expression.copy())
            yield replaced(tree, place, edge)


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for field in ("applies", "fails"):
        predicate = getattr(rule, field)
        if isinstance(predicate, str):
            for changed in logic(predicate):
                yield f"{field}: {changed}", rule.model_copy(update={field: changed})
    if isinstance(rule.applies, str):
        yield "applies dropped", rule.model_copy(update={"applies": True})
    for name, value in rule.params.items():
        if isinstance(value, list) and len(value) > 1:
            # Long lists of countries are held to the catalogue elsewhere; a few members do here.
            for item in value if len(value) <= 10 else value[:3]:
                fewer = {**rule.params, name: [one for one in value if one != item]}
                yield f"{name} without {item}", rule.model_copy(update={"params": fewer})
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            step = 1 if isinstance(value, int) else 0.01
            for moved in (value - step, round(value + step, 4)):
                shifted = {**rule.params, name: moved}
                yield f"{name} = {moved}", rule.model_copy(update={"params": shifted})
    if rule.per:
        other = "some" if rule.quantifier == "every" else "every"
        yield f"quantifier {other}", rule.model_copy(update={"quantifier": other})


RULES = [(pack, rule) for pack in PACKS for rule in pack.rules if rule.kind == "row"]


@pytest.mark.slow
@pytest.mark.parametrize(("pack", "rule"), RULES, ids=[rule.id for _, rule in RULES])
def test_no_mutant_survives(pack: Pack, rule: Rule) -> None:
    changed: dict[str, str] = {}
    rules: list[Rule] = []
    for number, (what, mutant) in enumerate(mutants(rule)):
        name = f"{rule.id}.{number}"
        changed[name] = what
        rules.append(mutant.model_copy(update={"id": name}))
    report = rule_tests.run_packs([Pack(pack.head, tuple(rules))])
    noticed = {failure.rule for failure in report.failures}
    assert rules
    assert [what for name, what in changed.items() if name not in noticed] == []
