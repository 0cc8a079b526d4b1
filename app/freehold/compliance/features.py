"""What of a row a group of rules can tell apart: each such feature is one small number.

Rows that agree in a rule's features agree in the truth of each of its atoms, masked or not, and so
in its verdict: the rule has to be judged only once for all of them. A text column counts as the
classes of words that the rules treat alike, a number or date as how many of the rules' bounds it
lies under, anything else as the truth of the atom itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from freehold.compliance.compiled import Compiled, atoms_of, unverified_name
from freehold.compliance.fuse import is_safe
from freehold.estate.predicate import render

NO_CODE = 255
"""The code of a row whose feature fits no small number: rules that read it are judged by row."""

_MOST = 250

_NUMBERS = frozenset({"int", "num", "money", "share"})
_DATES = frozenset({"date", "time"})
_BELOW = (exp.LT, exp.GTE)
_UP_TO = (exp.GT, exp.LTE)
_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.GT,
    exp.GT: exp.LT,
    exp.LTE: exp.GTE,
    exp.GTE: exp.LTE,
}

Key = tuple[str, str]
"""A feature's kind (text, bool, bounds, atom, masked) and its column, or the atom's SQL."""


@dataclass
class Features:
    """The features of the rules of one view, as SQL of a UTINYINT each."""

    of_rule: dict[str, frozenset[Key]] = field(default_factory=dict)
    _words: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    _bounds: dict[str, dict[str, str]] = field(default_factory=dict)
    _atoms: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def keys(self) -> list[Key]:
        """Every feature once, in a settled order."""
        return sorted(set().union(*self.of_rule.values()))

    def sql(self, key: Key) -> str:
        """Return SQL of the feature's code, 0 to 255."""
        kind, name = key
        column = f'"{name}"'
        if kind == "bool":
            return f"coalesce(CAST({column} AS UTINYINT) + 1, 0)"
        if kind == "masked":
            return f'coalesce(CAST("{unverified_name(name)}" = FALSE AS UTINYINT), 0)'
        if kind == "text":
            return self._classes(name)
        if kind == "bounds":
            bounds = list(self._bounds[name].values())
            if len(bounds) > _MOST:
                return str(NO_CODE)
            # The bounds are nested, so their number says which of them hold.
            under = " + ".join(f"CAST({bound} AS UTINYINT)" for bound in bounds)
            return f"CASE WHEN {column} IS NULL THEN 0 ELSE coalesce(1 + {under}, {NO_CODE}) END"
        told = " AND ".join(f"{column} IS NOT NULL" for column in self._atoms[name]) or "TRUE"
        return f"coalesce(CAST(TRY({name}) AS UTINYINT) + 1, CASE WHEN {told} THEN 3 ELSE 0 END)"

    def add(self, rule: Compiled, unverified: frozenset[str]) -> None:
        """Take up the atoms of a row rule; `unverified` are columns with unverified rows."""
        found = {("masked", name) for name in unverified & frozenset(rule.columns)}
        for tree in (rule.applies, rule.fails):
            found |= {self._feature(atom, rule) for atom in atoms_of(tree)}
        self.of_rule[rule.rule.id] = frozenset(found)

    def _feature(self, atom: exp.Expr, rule: Compiled) -> Key:
        columns = list(atom.find_all(exp.Column))
        if len(columns) == 1:
            name, kind = columns[0].name, rule.view.documented[columns[0].name].type
            if kind == "bool" and is_safe(atom):
                return "bool", name
            if kind == "text" and (words := _words(atom)):
                known = self._words.setdefault(name, [])
                if words not in known:
                    known.append(words)
                return "text", name
            if (kind in _DATES or (kind in _NUMBERS and is_safe(atom))) and (
                bounds := _bounds(atom)
            ):
                self._bounds.setdefault(name, {}).update(bounds)
                return "bounds", name
        sql = render(atom)
        self._atoms[sql] = tuple(dict.fromkeys(render(column) for column in columns))
        return "atom", sql

    def _classes(self, name: str) -> str:
        """Words that stand in the same lists are one class; 1 is any other word."""
        classes: dict[tuple[bool, ...], list[str]] = {}
        for word in sorted(set().union(*self._words[name])):
            place = tuple(word in words for words in self._words[name])
            classes.setdefault(place, []).append(exp.Literal.string(word).sql(dialect="duckdb"))
        if len(classes) > _MOST:
            return str(NO_CODE)
        cases = " ".join(
            f'WHEN "{name}" IN ({", ".join(words)}) THEN {number}'
            for number, words in enumerate(classes.values(), start=2)
        )
        return f'CASE {cases} WHEN "{name}" IS NULL THEN 0 ELSE 1 END'


def features(rules: Sequence[Compiled], unverified: frozenset[str]) -> Features:
    """Return the features of row rules of one view."""
    found = Features()
    for rule in rules:
        found.add(rule, unverified)
    return found


def _words(atom: exp.Expr) -> frozenset[str]:
    """Return the words that the atom compares a text column with, none if it does otherwise."""
    if isinstance(atom, exp.In) and isinstance(atom.this, exp.Column):
        others = list(atom.expressions)
    elif isinstance(atom, exp.EQ | exp.NEQ):
        others = [s for s in (atom.this, atom.expression) if not isinstance(s, exp.Column)]
    else:
        return frozenset()
    if not all(isinstance(other, exp.Literal) and other.is_string for other in others):
        return frozenset()
    return frozenset(str(other.this) for other in others)


def _bounds(atom: exp.Expr) -> dict[str, str]:
    """Return SQL, by its untried text, of the bounds that decide how a column compares."""
    if isinstance(atom, exp.In):
        if not isinstance(atom.this, exp.Column):
            return {}
        return {
            sql: bound
            for item in atom.expressions
            for sql, bound in _bounds(exp.EQ(this=atom.this, expression=item)).items()
        }
    this, other = atom.this, atom.args.get("expression")
    kind = type(atom)
    if isinstance(other, exp.Column):
        this, other, kind = other, this, _MIRRORED.get(kind, kind)
    if not isinstance(this, exp.Column) or other is None:
        return {}
    wanted: list[type[exp.Expr]] = []
    if kind in _BELOW or kind in (exp.EQ, exp.NEQ):
        wanted.append(exp.LT)
    if kind in _UP_TO or kind in (exp.EQ, exp.NEQ):
        wanted.append(exp.LTE)
    texts = [render(make(this=this.copy(), expression=other.copy())) for make in wanted]
    return {text: text if is_safe(atom) else f"TRY({text})" for text in texts}
