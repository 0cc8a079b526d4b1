"""The part of a view's query that a few of its columns need.

A change chooses rows by columns of a view as earlier changes left them. The whole view joins far
more than such a column reads: its part joins only that, so that it can be asked without building
the view. A LEFT JOIN that no kept column reads goes. It may repeat rows, never drop one, so a part
has the rows of its view and, where the view counts on it, some of them more than once.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache

import sqlglot
from sqlglot import exp

_PLAIN = {"expressions", "from_", "joins", "where", "with_"}


@lru_cache(maxsize=256)
def part(query: str, columns: tuple[str, ...]) -> str:
    """Return a query for some columns of another, with only the joins and helpers they need.

    Args:
        query: a SELECT in DuckDB's SQL, perhaps with a WITH before it.
        columns: names of the columns to keep.
    """
    tree = sqlglot.parse_one(query, read="duckdb")
    clause = tree.args.get("with_")
    tree.set("with_", None)  # set aside, so that the query's own names are told from its helpers'
    helpers = {helper.alias: helper for helper in clause.expressions} if clause else {}
    needed: dict[str, set[str] | None] = {}
    _narrow(tree, columns, helpers, needed)
    for name, helper in reversed(helpers.items()):  # each reads only those before it
        if name in needed:
            _narrow(helper.this, needed[name], helpers, needed)
    if clause and needed:
        clause.set("expressions", [h for name, h in helpers.items() if name in needed])
        tree.set("with_", clause)
    return tree.sql(dialect="duckdb", comments=False)


def _narrow(
    query: exp.Expr,
    columns: Collection[str] | None,
    helpers: Collection[str],
    needed: dict[str, set[str] | None],
) -> None:
    """Take from a query what its `columns` do not need (None: all), and note what it reads."""
    arms = list(_arms(query))
    if columns is None or not all(_is_plain(arm) for arm in arms):
        for table in _tables(query):
            if table.name in helpers:
                needed[table.name] = None
        return
    names = [item.alias_or_name for item in arms[0].expressions]
    places = [place for place, name in enumerate(names) if name in columns]
    for arm in arms:
        # An empty list would be no query: any column stands for the rows.
        arm.set("expressions", [arm.expressions[place] for place in places or [0]])
        _drop_joins(arm)
        _note(arm, helpers, needed)


def _arms(query: exp.Expr) -> Iterable[exp.Expr]:
    """Return the SELECTs of a UNION ALL, or the query itself."""
    if isinstance(query, exp.Union) and not query.args.get("distinct"):
        yield from _arms(query.this)
        yield from _arms(query.expression)
    else:
        yield query


def _is_plain(query: exp.Expr) -> bool:
    """Return whether each row of a SELECT is made of one row of what it joins."""
    if not isinstance(query, exp.Select) or {k for k, v in query.args.items() if v} - _PLAIN:
        return False
    for item in query.expressions:
        for node in item.walk(prune=lambda node: isinstance(node, exp.Select)):
            # A function that is not known by name may be a macro that gathers rows.
            if isinstance(node, exp.AggFunc | exp.Window | exp.Anonymous | exp.Star):
                return False
    return True


def _drop_joins(select: exp.Expr) -> None:
    """Take away each LEFT JOIN that nothing reads, the last first, for it may read the others."""
    for join in reversed(select.args.get("joins") or []):
        read, alias = _read(select), join.this.alias_or_name
        if any(not column.table for column in read):
            return  # it may belong to any of them
        left = join.side == "LEFT" and join.kind in {"", "OUTER"} and not join.args.get("using")
        used = sum(column.table == alias for column in read)
        if left and used == sum(column.table == alias for column in _read(join)):
            join.pop()


def _note(select: exp.Expr, helpers: Collection[str], needed: dict[str, set[str] | None]) -> None:
    read = _read(select)
    direct = [select.args["from_"].this, *(join.this for join in select.args.get("joins") or [])]
    for table in _tables(select):
        if table.name not in helpers:
            continue
        known = needed.get(table.name, set())
        own = any(table is joined for joined in direct)
        # Within a subquery, or by names without a table, any of its columns may be meant.
        if known is None or not own or any(not column.table for column in read):
            needed[table.name] = None
        else:
            alias = table.alias_or_name
            needed[table.name] = known | {c.name for c in read if c.table == alias}


def _read(query: exp.Expr) -> list[exp.Column]:
    """Return the columns that a query reads, less those within a query that it joins."""

    def joined(node: exp.Expr) -> bool:
        parent = isinstance(node.parent, exp.From | exp.Join)
        return isinstance(node, exp.Subquery) and parent and node.arg_key == "this"

    return [node for node in query.walk(prune=joined) if isinstance(node, exp.Column)]


def _tables(query: exp.Expr) -> list[exp.Table]:
    """Return the tables that a query names without a schema, among which are its helpers."""
    return [table for table in query.find_all(exp.Table) if not table.db]
