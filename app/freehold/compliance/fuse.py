"""Many rules as few SQL statements: each distinct atom is one column, rules are made from those.

Verdicts are held as small numbers, ordered so that a roll-up is a maximum.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from freehold.compliance.compiled import Compiled, atoms_of, unverified_name
from freehold.estate.predicate import render

NOT_APPLICABLE, PASS, UNKNOWN, ERROR, FAIL = range(5)
"""Verdict codes; ERROR = unknown because an atom could not be evaluated."""

RESULTS = ("not_applicable", "pass", "unknown", "unknown", "fail")
"""The result that each code stands for."""

CONFIRMED = 8
"""Added per step to a code: the verdict if unverified facts were confirmed, plus one."""

FLAGGED = 64
"""Added to a code that rests on an unverified fact."""

MASKED = "__masked"


@dataclass
class Atoms:
    """The distinct conditions of a group of rules, each one column of the statement."""

    names: dict[str, str] = field(default_factory=dict)
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _seen: dict[tuple[int, frozenset[str]], tuple[exp.Expr, str]] = field(default_factory=dict)

    def truth(self, node: exp.Expr, masked: frozenset[str]) -> str:
        """Return SQL for `node`, its atoms replaced by column names; reads `masked` as NULL."""
        if isinstance(node, exp.Paren):
            return self.truth(node.this, masked)
        if isinstance(node, exp.Boolean):
            return "TRUE" if node.this else "FALSE"
        if isinstance(node, exp.Not):
            return f"(NOT {self.truth(node.this, masked)})"
        if isinstance(node, exp.And | exp.Or):
            parts = [self.truth(part, masked) for part in node.flatten()]
            return f"({(' AND ' if isinstance(node, exp.And) else ' OR ').join(parts)})"
        if isinstance(node, exp.Between):
            low = exp.GTE(this=node.this, expression=node.args["low"])
            high = exp.LTE(this=node.this, expression=node.args["high"])
            return f"({self.truth(low, masked)} AND {self.truth(high, masked)})"
        return self._atom(node, masked)

    def failed(self, nodes: Iterable[exp.Expr], masked: frozenset[str]) -> str:
        """Return SQL that is true where an atom had all its values and yet gave none."""
        texts = []
        for node in nodes:
            for atom in atoms_of(node):
                name = self._atom(atom, masked)
                if name in self.columns and not is_safe(atom):
                    read = " AND ".join(f"{c} IS NOT NULL" for c in self.columns[name])
                    texts.append(f"({name} IS NULL AND {read})" if read else f"{name} IS NULL")
        return " OR ".join(dict.fromkeys(texts))

    def _atom(self, node: exp.Expr, masked: frozenset[str]) -> str:
        seen = self._seen.get((id(node), masked))
        if seen is None:
            # The node is held too, so that its id cannot pass to another one.
            seen = self._seen[id(node), masked] = (node, self._named(node, masked))
        return seen[1]

    def _named(self, node: exp.Expr, masked: frozenset[str]) -> str:
        if masked:
            node = masked_tree(node, masked)
        sql = render(node)
        if isinstance(node, exp.Column):
            return sql
        if sql not in self.names:
            name = f"a{len(self.names)}"
            self.names[sql] = name
            found = dict.fromkeys(render(c) for c in node.find_all(exp.Column))
            self.columns[name] = tuple(found)
        return self.names[sql]

    @property
    def selected(self) -> list[str]:
        """The select list that makes the atoms' columns; an evaluation error gives NULL."""
        return [f"TRY({sql}) AS {name}" for sql, name in self.names.items()]


@dataclass(frozen=True)
class Source:
    """Where the rows of one published view are read from.

    `key` and `parents` are SQL for the subject's id and, per roll-up, for the parent's id.
    """

    relation: str
    key: str
    parents: dict[str, str]


_MOST_HELD = 500
_HELD: dict[tuple[object, ...], tuple[tuple[Compiled, ...], str, list[tuple[str, str]]]] = {}


def codes(
    rules: Sequence[Compiled], source: Source, unverified: frozenset[str]
) -> tuple[str, list[tuple[str, str]]]:
    """Return the statement of `_codes`, written once per group of rules and source.

    Scenarios judge the same rules over the same views again and again.
    """
    # The rules are held too, so that their ids cannot pass to others.
    key = (tuple(map(id, rules)), source.relation, source.key, *source.parents.items(), unverified)
    held = _HELD.get(key)
    if held is None:
        if len(_HELD) >= _MOST_HELD:
            _HELD.clear()
        held = _HELD[key] = (tuple(rules), *_codes(rules, source, unverified))
    return held[1], list(held[2])


def _codes(
    rules: Sequence[Compiled], source: Source, unverified: frozenset[str]
) -> tuple[str, list[tuple[str, str]]]:
    """Return the statement that judges row `rules` of one view, and its two columns per rule.

    The first column reads unverified facts as told, the second as not told; they are the same
    column where that makes no difference. `unverified` are the columns with unverified rows.
    """
    atoms = Atoms()
    made: dict[str, str] = {}
    columns: list[tuple[str, str]] = []
    for rule in rules:
        masked = unverified & frozenset(rule.columns)
        told = made.setdefault(_code(rule, atoms, frozenset()), f"r{len(made)}")
        kept = made.setdefault(_code(rule, atoms, masked), f"r{len(made)}") if masked else told
        columns.append((told, kept))
    inner = _rows(rules, source, unverified)
    between = ", ".join(["*", *atoms.selected])
    outer = ", ".join(
        [*_carried(source), *(f"CAST({sql} AS UTINYINT) AS {name}" for sql, name in made.items())]
    )
    return f"SELECT {outer} FROM (SELECT {between} FROM ({inner}))", columns


def grades(rules: Sequence[Compiled], source: Source, unverified: frozenset[str]) -> str:
    """Return the statement that grades rows: per rule a list of the options still possible.

    NULL in the list of `g{n}` stands for 'none of the options holds for certain'; a rule whose
    first TRUE has no earlier NULL gives exactly one option.
    """
    atoms = Atoms()
    outer = list(_carried(source))
    for number, rule in enumerate(rules):
        masked = unverified & frozenset(rule.columns) if rule.rule.masks else frozenset[str]()
        outer.append(f"{_possible(rule, atoms, masked)} AS g{number}")
    inner = _rows(rules, source, unverified)
    between = ", ".join(["*", *atoms.selected])
    return f"SELECT {', '.join(outer)} FROM (SELECT {between} FROM ({inner}))"


def rolled_up(column: str, quantifier: str) -> str:
    """Return the aggregate over a parent's rows: every = worst first, some = best first."""
    if quantifier == "every":
        return f"max({column})"
    swapped = f"CASE {column} WHEN {PASS} THEN {FAIL} WHEN {FAIL} THEN {PASS} ELSE {column} END"
    best = f"max({swapped})"
    return f"CASE {best} WHEN {PASS} THEN {FAIL} WHEN {FAIL} THEN {PASS} ELSE {best} END"


def combined(told: str, kept: str, *, masks: bool) -> str:
    """Return SQL for the stored code of a rule from its two columns (see `codes`)."""
    if told == kept:
        return told
    if masks:
        return f"CASE WHEN {told} = {kept} THEN {kept} ELSE {kept} + {CONFIRMED} * ({told} + 1) END"
    return f"CASE WHEN {told} = {kept} THEN {told} ELSE {told} + {FLAGGED} END"


def _rows(rules: Sequence[Compiled], source: Source, unverified: frozenset[str]) -> str:
    read = sorted({name for rule in rules for name in rule.columns})
    selected = [f"{source.key} AS subject_id"]
    selected += [f"{sql} AS parent_{name}" for name, sql in source.parents.items()]
    selected += [f'"{name}"' for name in read]
    selected += [
        f'CASE WHEN "{unverified_name(name)}" = FALSE THEN NULL ELSE "{name}" END'
        f' AS "{name}{MASKED}"'
        for name in read
        if name in unverified
    ]
    return f"SELECT {', '.join(selected)} FROM {source.relation}"


def _carried(source: Source) -> list[str]:
    return ["subject_id", *(f"parent_{name}" for name in source.parents)]


def _code(rule: Compiled, atoms: Atoms, masked: frozenset[str]) -> str:
    applies = atoms.truth(rule.applies, masked)
    fails = atoms.truth(rule.fails, masked)
    failed = atoms.failed((rule.applies, rule.fails), masked)
    unknown = f"CASE WHEN {failed} THEN {ERROR} ELSE {UNKNOWN} END" if failed else str(UNKNOWN)
    if applies == "TRUE":
        return f"CASE WHEN {fails} THEN {FAIL} WHEN {fails} IS NULL THEN {unknown} ELSE {PASS} END"
    both = f"({applies} AND {fails})"
    return (
        f"CASE WHEN {both} THEN {FAIL} WHEN {both} IS NULL THEN {unknown}"
        f" WHEN {applies} THEN {PASS} ELSE {NOT_APPLICABLE} END"
    )


def _possible(rule: Compiled, atoms: Atoms, masked: frozenset[str]) -> str:
    # An option is possible up to the first that holds; one that may hold stays open.
    parts = []
    earlier: list[str] = []
    for number, when in rule.options:
        truth = atoms.truth(when, masked)
        open_still = " AND ".join(f"({other}) IS NOT TRUE" for other in earlier)
        may_hold = f"({truth}) IS NOT FALSE" + (f" AND {open_still}" if open_still else "")
        parts.append(f"CASE WHEN {may_hold} THEN {number} END")
        earlier.append(truth)
    none_holds = " AND ".join(f"({other}) IS NOT TRUE" for other in earlier)
    parts.append(f"CASE WHEN {none_holds} THEN 0 END")
    return f"list_filter([{', '.join(parts)}], lambda option: option IS NOT NULL)"


def is_safe(node: exp.Expr) -> bool:
    """Tell whether the atom compares one column with constants, which cannot go wrong."""
    if isinstance(node, exp.Column):
        return True
    sides = [node.this, node.args.get("expression"), *node.expressions]
    plain = (exp.Column, exp.Literal, exp.Boolean, exp.Cast)
    return sum(isinstance(side, exp.Column) for side in sides) <= 1 and all(
        side is None or isinstance(side, plain) for side in sides
    )


def masked_tree(node: exp.Expr, masked: frozenset[str]) -> exp.Expr:
    """Return a copy of `node` that reads the columns `masked` as not told."""
    copy = node.copy()
    for column in list(copy.find_all(exp.Column)):
        if column.name in masked:
            hidden = exp.column(exp.to_identifier(column.name + MASKED, quoted=True))
            if column is copy:
                return hidden
            column.replace(hidden)
    return copy
