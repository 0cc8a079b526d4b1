"""Predicates over one row: parsed to exactly one expression, checked, regenerated as SQL.

The grammar is comparison, [NOT] IN, BETWEEN, LIKE, AND/OR/NOT, + - *, division by a non-zero
constant, date and interval, `$as_of`, `$parameters`, documented columns, TRUE and FALSE. Anything
that could swallow a NULL or look beyond the row is refused, so that three-valued logic holds.
"""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from freehold.errors import RuleError
from freehold.estate.literals import DocumentedColumn
from freehold.estate.predicate_tree import Builder, Value

LONGEST = 64 * 1024
DEEPEST = 64

_PARTS = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$[A-Za-z_][A-Za-z0-9_]*|--|/\*|.", re.DOTALL
)

# sqlglot logs a warning for words such as `comment` before it gives up; our error says it better.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Predicate:
    """A checked predicate.

    Attributes:
        sql: regenerated SQL, every name quoted, parameters as literals; `$as_of` stays unless
            a value was given for it.
        columns: documented columns it reads, sorted.
        atoms: its comparisons and bare boolean columns as SQL, each once, in order.
        params_used: names of the parameters it reads, sorted, `as_of` included.
        tree: the checked tree.
    """

    sql: str
    columns: tuple[str, ...]
    atoms: tuple[str, ...]
    params_used: tuple[str, ...]
    tree: exp.Expr

    def compose(self, replace: Callable[[str], str]) -> str:
        """Return SQL of the AND/OR/NOT frame with each atom's SQL replaced by `replace(atom)`."""
        return _compose(self.tree, replace)


def parse(
    text: str,
    columns: Mapping[str, DocumentedColumn],
    params: Mapping[str, Value | list[Value] | tuple[Value, ...]] | None = None,
    *,
    domains: Mapping[str, Collection[str]] | None = None,
    where: str | None = None,
) -> Predicate:
    """Parse and check one predicate.

    Args:
        text: the predicate.
        columns: the documented columns it may name.
        params: value of each `$name`; lists are non-empty lists of strings or numbers. `as_of`
            may be given as a date, else `$as_of` stays a parameter of the SQL.
        domains: values allowed where a column refers to TABLE.COLUMN, by that reference.
        where: what to name in an error, such as the rule's id.

    Raises:
        RuleError: the text is not one expression of the grammar, names something undocumented,
            or compares with a literal outside its column's domain.
    """
    if not isinstance(text, str) or not text.strip():
        raise RuleError("The predicate is empty", where=where, mend="Write TRUE or a comparison")
    if len(text.encode()) > LONGEST:
        raise RuleError("The predicate is longer than 64 KB", where=where, mend="Shorten it")
    # To ask whether there are any would read all of them.
    known = domains if domains is not None else {}
    builder = Builder(columns, params or {}, known, where)
    try:
        parsed = sqlglot.parse(_prepared(text, where), read="duckdb")
        if len(parsed) != 1 or parsed[0] is None:
            raise RuleError("The predicate is not exactly one expression", where=where)
        tree = builder.boolean(parsed[0])
        atoms = tuple(dict.fromkeys(render(atom) for atom in _atoms(tree)))
        sql = render(tree)
    except SqlglotError as error:
        raise RuleError(
            f"The predicate cannot be read: {_first_line(error)}",
            where=where,
            mend='Quote a column whose name is an SQL word, such as "exists"',
        ) from error
    except RecursionError as error:
        raise RuleError(
            "The predicate is nested too deeply", where=where, mend="Simplify it"
        ) from error
    return Predicate(
        sql=sql,
        columns=tuple(sorted(builder.columns_used)),
        atoms=atoms,
        params_used=tuple(sorted(builder.params_used)),
        tree=tree,
    )


def render(tree: exp.Expr) -> str:
    """Return a checked tree as DuckDB SQL with every name quoted."""
    return tree.sql(dialect="duckdb", identify=True, comments=False)


def _prepared(text: str, where: str | None) -> str:
    parts: list[str] = []
    depth = 0
    for part in _PARTS.findall(text):
        if part in {"--", "/*", ";", ":", "?", "{", "[", "@", "\x00", "'", '"', "$"}:
            raise RuleError(f"'{part}' has no place in a predicate", where=where, mend="Remove it")
        depth += (part == "(") - (part == ")")
        if depth > DEEPEST:
            raise RuleError("The predicate is nested too deeply", where=where, mend="Simplify it")
        # sqlglot reads `$a,$b` as a quoted string, but `:a,:b` as two parameters.
        parts.append(f":{part[1:]}" if part.startswith("$") else part)
    return "".join(parts)


def _first_line(error: Exception) -> str:
    line = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0]
    return line.strip().rstrip(".")[:200]


def _frame(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.And | exp.Or | exp.Not | exp.Paren)


def _atoms(tree: exp.Expr) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if _frame(node):
            waiting.extend(
                part for part in (node.args.get("expression"), node.this) if part is not None
            )
        else:
            found.append(node)
    return found


def _compose(tree: exp.Expr, replace: Callable[[str], str]) -> str:
    if isinstance(tree, exp.And | exp.Or):
        word = " AND " if isinstance(tree, exp.And) else " OR "
        parts = [_compose(part, replace) for part in tree.flatten()]
        return f"({word.join(parts)})"
    if isinstance(tree, exp.Not):
        return f"(NOT {_compose(tree.this, replace)})"
    if isinstance(tree, exp.Paren):
        return _compose(tree.this, replace)
    return replace(render(tree))
