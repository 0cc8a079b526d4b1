"""A rule checked against the published views: its predicates parsed, its columns known."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlglot import exp

from freehold.compliance.domains import CATALOGUE_DOMAINS
from freehold.compliance.packs import Pack
from freehold.compliance.rule import Rule
from freehold.errors import RuleError
from freehold.estate import predicate
from freehold.estate.dictionary import Column, Table, views

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""A column's place in the sentence of a finding."""

_NUMBERS = ("int", "num", "money", "share")


@dataclass(frozen=True)
class Condition:
    """One condition of a rule: the part it stands in, its SQL, its tree and what it reads."""

    part: str
    sql: str
    tree: exp.Expr = field(repr=False)
    columns: frozenset[str]


@dataclass(frozen=True)
class Compiled:
    """A rule ready to be judged at one as-of date."""

    rule: Rule
    pack: str
    view: Table = field(repr=False)
    parent: Table | None = field(repr=False)
    applies: exp.Expr = field(repr=False)
    fails: exp.Expr = field(repr=False)
    options: tuple[tuple[int, exp.Expr], ...] = field(repr=False)
    columns: tuple[str, ...]
    parameters: frozenset[str]

    @property
    def subjects(self) -> Table:
        """The view whose rows are the rule's subjects: the parents where it has `per`."""
        return self.parent or self.view

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of `applies` and `fails`, written out once as that takes its time."""
        return tuple(
            Condition(
                part,
                predicate.render(atom),
                atom,
                frozenset(column.name for column in atom.find_all(exp.Column)),
            )
            for part, tree in (("applies", self.applies), ("fails", self.fails))
            for atom in atoms_of(tree)
        )

    @property
    def parent_column(self) -> str | None:
        """The column of the view that names the parent."""
        return self.parent.key[0] if self.parent else None


def compile_rule(
    rule: Rule,
    pack: str,
    as_of: date | None,
    parameters: Mapping[str, Any] | None = None,
) -> Compiled:
    """Return the rule parsed, with `parameters` over its own.

    Raises:
        RuleError: it names an undocumented view or column, or a predicate is outside the grammar.
    """
    where = f"{pack}, rule {rule.id}"
    view = _view(rule.subject, "subject", where)
    parent = _view(rule.per, "per", where) if rule.per else None
    documented = view.documented
    if len(view.key) != 1 or view.key[0] not in documented:
        raise RuleError(f"The view {view.name} cannot be judged", where=where)
    if parent and parent.key[0] not in documented:
        raise RuleError(
            f"{view.name} has no column {parent.key[0]}, so it cannot be judged per {parent.name}",
            where=where,
        )
    if unknown := [name for name in (parameters or {}) if name not in rule.params]:
        raise RuleError(f"The rule has no parameter ${unknown[0]}", where=where)
    values: dict[str, Any] = {**rule.params, **(parameters or {})}
    if as_of is not None:
        values["as_of"] = as_of

    def parsed(text: str | bool, part: str) -> predicate.Predicate:
        if isinstance(text, bool):
            text = "TRUE" if text else "FALSE"
        return predicate.parse(
            text, documented, values, domains=CATALOGUE_DOMAINS, where=f"{where}, {part}"
        )

    applies = parsed(rule.applies, "applies")
    fails = parsed(rule.fails or "FALSE", "fails")
    options = [
        (option.option, parsed(option.when, f"option {option.option}")) for option in rule.options
    ]
    found = [applies, fails, *(option for _, option in options)]
    if rule.kind == "row" and not (applies.columns or fails.columns):
        raise RuleError("The rule reads no column", where=where)
    _check_columns(rule, documented, parent, where)
    return Compiled(
        rule,
        pack,
        view,
        parent,
        applies.tree,
        fails.tree,
        tuple((number, option.tree) for number, option in options),
        tuple(sorted({name for part in found for name in part.columns})),
        frozenset(name for part in found for name in part.params_used),
    )


def compile_packs(packs: Iterable[Pack], as_of: date) -> list[Compiled]:
    """Return every rule of `packs` parsed; raises RuleError for the first that is wrong."""
    return [compile_rule(rule, pack.id, as_of) for pack in packs for rule in pack.rules]


def atoms_of(node: exp.Expr) -> Iterable[exp.Expr]:
    """Yield the conditions that AND, OR and NOT join, a BETWEEN as its two bounds."""
    if isinstance(node, exp.And | exp.Or):
        for part in node.flatten():
            yield from atoms_of(part)
    elif isinstance(node, exp.Not | exp.Paren):
        yield from atoms_of(node.this)
    elif isinstance(node, exp.Between):
        yield exp.GTE(this=node.this, expression=node.args["low"])
        yield exp.LTE(this=node.this, expression=node.args["high"])
    elif not isinstance(node, exp.Boolean):
        yield node


def unverified_name(column: str) -> str:
    """Return the name of the column that tells whether `column` is verified."""
    return f"{column}__verified"


def _view(name: str, part: str, where: str) -> Table:
    table = views().get(name)
    if table is None:
        raise RuleError(
            f"There is no view '{name}' ({part})", where=where, mend="See: freehold rules columns"
        )
    return table


def _check_columns(
    rule: Rule, documented: Mapping[str, Column], parent: Table | None, where: str
) -> None:
    for name in rule.evidence:
        if name not in documented:
            raise RuleError(f"{rule.subject} has no column '{name}' (evidence)", where=where)
    bare = PLACEHOLDER.sub("", rule.says)
    if "{" in bare or "}" in bare:
        raise RuleError("A brace in says must enclose a column's name", where=where)
    for name in PLACEHOLDER.findall(rule.says):
        if name not in documented:
            raise RuleError(f"{rule.subject} has no column '{name}' (says)", where=where)
    if rule.base is not None:
        weighed = parent.documented if parent else documented
        column = weighed.get(rule.base)
        if column is None or column.type not in _NUMBERS:
            raise RuleError(f"'{rule.base}' is not a number column (base)", where=where)
