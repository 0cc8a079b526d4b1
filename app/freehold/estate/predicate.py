"""The predicate grammar that rules, changes, waivers and filters share.

A predicate is one SQL expression over the documented columns of one view: comparison, [NOT] IN,
BETWEEN, LIKE, AND/OR/NOT, + - *, division by a constant, dates and intervals, `$as_of` and
`$params`. Nothing that hides a NULL is allowed, since NULL must be able to become 'unknown'.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from freehold.catalogue.dictionary import datasets_folder
from freehold.errors import RuleError
from freehold.estate.dictionary import Column

LONGEST = 65_536
DEEPEST = 200

Scalar = str | bool | int | float | Decimal | date
Parameters = Mapping[str, Scalar | list[str] | list[int] | list[float] | list[Scalar]]

COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like)

KNOWN_PARTS = {
    "this",
    "expression",
    "expressions",
    "low",
    "high",
    "field",
    "query",
    "unnest",
    "unit",
    "to",
    "is_string",
    "negate",
    "typed",
    "safe",
    "jdbc",
    "widget",
    "kind",
}


@dataclass(frozen=True)
class Predicate:
    """A checked predicate.

    Attributes:
        sql: the expression regenerated from its tree, parameters filled in.
        columns: the documented columns it reads, sorted.
        atoms: the SQL of its distinct conditions without AND, OR and NOT, in order.
        tree: the parsed expression with parameters filled in.
        parameters: names of the parameters used, `as_of` included.
    """

    sql: str
    columns: tuple[str, ...]
    atoms: tuple[str, ...]
    tree: exp.Expression = field(repr=False, compare=False)
    parameters: frozenset[str] = frozenset()


def parse(
    text: str,
    columns: Mapping[str, Column],
    parameters: Parameters | None = None,
    *,
    as_of: date | None = None,
    where: str | None = None,
) -> Predicate:
    """Return the predicate that `text` states over `columns`.

    Args:
        text: one expression of the grammar.
        columns: the documented columns it may read, by name.
        parameters: values of `$name`; a list stands for several values and is used with IN.
        as_of: the value of `$as_of`.
        where: the file or rule concerned, for the error's sentence.

    Values of columns that name countries must be ISO 3166-1 codes.

    Raises:
        RuleError: it is not one expression of the grammar, reads an undocumented column, or
            compares a column with a value outside its domain.
    """
    return _Parser(columns, parameters or {}, as_of, where).parse(text)


class _Parser:
    def __init__(
        self,
        columns: Mapping[str, Column],
        parameters: Parameters,
        as_of: date | None,
        where: str | None,
    ) -> None:
        self.columns = {name.lower(): column for name, column in columns.items()}
        self.parameters, self.as_of, self.where = parameters, as_of, where
        self.used: set[str] = set()
        self.used_parameters: set[str] = set()

    def refuse(self, what: str, mend: str | None = None) -> RuleError:
        return RuleError(what, where=self.where, mend=mend)

    def parse(self, text: str) -> Predicate:
        if len(text) > LONGEST:
            raise self.refuse(f"The predicate is longer than {LONGEST} characters")
        if _nesting(text) > DEEPEST:
            raise self.refuse(f"The predicate nests deeper than {DEEPEST} parentheses")
        try:
            trees = sqlglot.parse(text, dialect="duckdb")
        except (SqlglotError, RecursionError, ValueError) as error:
            reason = str(error).splitlines()[0].split(". Line")[0]
            raise self.refuse(f"The predicate '{_short(text)}' cannot be read: {reason}") from error
        if len(trees) != 1 or trees[0] is None:
            raise self.refuse(f"'{_short(text)}' is not exactly one expression")
        try:
            tree = self._truth(trees[0])  # type: ignore[arg-type]  # sqlglot's base class is narrower
            sql = tree.sql(dialect="duckdb", comments=False)
        except RecursionError as error:
            raise self.refuse("The predicate is too deep") from error
        return Predicate(
            sql,
            tuple(sorted(self.used)),
            tuple(dict.fromkeys(atom.sql(dialect="duckdb") for atom in atoms(tree))),
            tree,
            frozenset(self.used_parameters),
        )

    # An expression that is true, false or unknown.
    def _truth(self, node: exp.Expression) -> exp.Expression:
        self._only_known_parts(node)
        if isinstance(node, exp.And | exp.Or):
            return type(node)(this=self._truth(node.this), expression=self._truth(node.expression))
        if isinstance(node, exp.Not):
            return exp.Not(this=self._truth(node.this))
        if isinstance(node, exp.Paren):
            return exp.Paren(this=self._truth(node.this))
        if isinstance(node, exp.Boolean):
            return node.copy()
        if isinstance(node, exp.Column):
            column = self._column(node)
            if column.type != "bool":
                raise self.refuse(f"{column.name} is not a yes/no column and cannot stand alone")
            return self._named(column)
        if isinstance(node, exp.Parameter | exp.Placeholder):
            value = self._parameter(node)
            if not isinstance(value, exp.Boolean):
                raise self.refuse("A parameter that stands alone must be true or false")
            return value
        if isinstance(node, exp.Like) and node.args.get("negate"):
            plain = exp.Like(this=node.this, expression=node.expression)
            return exp.Not(this=self._truth(plain))
        if isinstance(node, COMPARISONS):
            left, right = self._value(node.this), self._value(node.expression)
            self._compare(left, right, node)
            return type(node)(this=left, expression=right)
        if isinstance(node, exp.Between):
            this = self._value(node.this)
            low, high = self._value(node.args["low"]), self._value(node.args["high"])
            self._compare(this, low, node)
            self._compare(this, high, node)
            return exp.Between(this=this, low=low, high=high)
        if isinstance(node, exp.In):
            return self._membership(node)
        raise self.refuse(
            f"'{_short(node.sql(dialect='duckdb'))}' is not allowed in a predicate",
            "Use comparisons, IN, BETWEEN, LIKE, AND, OR and NOT over documented columns",
        )

    def _membership(self, node: exp.In) -> exp.Expression:
        if node.args.get("query") is not None or node.args.get("unnest") is not None:
            raise self.refuse("A subquery is not allowed in a predicate")
        this = self._value(node.this)
        single = node.args.get("field")
        items = list(node.expressions)
        if single is not None:
            items = [single]
        elif len(items) == 1 and isinstance(items[0], exp.Paren):
            items = [items[0].this]
        values: list[exp.Expression] = []
        for item in items:
            if isinstance(item, exp.Parameter | exp.Placeholder):
                values += self._list_parameter(item)
            else:
                values.append(self._value(item))
        if not values:
            raise self.refuse("IN needs at least one value")
        for value in values:
            self._compare(this, value, node)
        return exp.In(this=this, expressions=values)

    def _only_known_parts(self, node: exp.Expression) -> None:
        """Refuse a node with parts this grammar does not know, so that none is ever lost."""
        extra = {name for name, part in node.args.items() if part} - KNOWN_PARTS
        if extra:
            raise self.refuse(
                f"'{_short(node.sql(dialect='duckdb'))}' is not allowed in a predicate"
            )

    # An expression that has a value: a column, a literal, a parameter or arithmetic of these.
    def _value(self, node: exp.Expression) -> exp.Expression:
        self._only_known_parts(node)
        if isinstance(node, exp.Paren):
            return exp.Paren(this=self._value(node.this))
        if isinstance(node, exp.Column):
            return self._named(self._column(node))
        if isinstance(node, exp.Literal | exp.Boolean):
            return node.copy()
        if isinstance(node, exp.Parameter | exp.Placeholder):
            return self._parameter(node)
        if isinstance(node, exp.Neg):
            return exp.Neg(this=self._value(node.this))
        if isinstance(node, exp.Div):
            divisor = node.expression
            if not (isinstance(divisor, exp.Literal) and not divisor.is_string):
                raise self.refuse("Only division by a constant number is allowed")
            if float(divisor.this) == 0:
                raise self.refuse("Division by zero")
            return exp.Div(this=self._value(node.this), expression=divisor.copy(), typed=False)
        if isinstance(node, exp.Add | exp.Sub | exp.Mul):
            return type(node)(this=self._value(node.this), expression=self._value(node.expression))
        written_date = isinstance(node, exp.Cast) and node.to.is_type("date")
        if written_date and isinstance(node.this, exp.Literal) and node.this.is_string:
            return _date(self._iso(str(node.this.this)))
        if isinstance(node, exp.Date | exp.DateStrToDate) and isinstance(node.this, exp.Literal):
            return _date(self._iso(str(node.this.this)))
        if isinstance(node, exp.Interval):
            return self._interval(node)
        raise self.refuse(
            f"'{_short(node.sql(dialect='duckdb'))}' is not allowed in a predicate",
            "Use documented columns, constants, $parameters and + - *",
        )

    def _interval(self, node: exp.Interval) -> exp.Expression:
        amount = node.this
        unit = str(node.args.get("unit") or "").upper().rstrip("S")
        if not isinstance(amount, exp.Literal) or unit not in {"DAY", "WEEK", "MONTH", "YEAR"}:
            raise self.refuse("An interval is a whole number of days, weeks, months or years")
        if not re.fullmatch(r"\d{1,6}", str(amount.this)):
            raise self.refuse("An interval is a whole number of days, weeks, months or years")
        return exp.Interval(this=exp.Literal.string(str(amount.this)), unit=exp.Var(this=unit))

    def _column(self, node: exp.Column) -> Column:
        if len(node.parts) != 1:
            raise self.refuse(f"'{node.sql(dialect='duckdb')}' is not a plain column name")
        column = self.columns.get(node.name.lower())
        if column is None:
            near = get_close_matches(node.name.lower(), self.columns, n=1)
            hint = f"Did you mean {near[0]}" if near else "See: freehold rules columns"
            raise self.refuse(f"There is no column '{node.name}'", hint)
        self.used.add(column.name)
        return column

    @staticmethod
    def _named(column: Column) -> exp.Column:
        return exp.column(exp.to_identifier(column.name, quoted=True))

    def _name_of(self, node: exp.Expression) -> str:
        inner = node.this
        return str(inner.name if isinstance(inner, exp.Expression) else inner or node.name)

    def _lookup(self, node: exp.Expression) -> tuple[str, object]:
        name = self._name_of(node)
        self.used_parameters.add(name)
        if name == "as_of":
            if self.as_of is None:
                raise self.refuse("The predicate reads $as_of, but no as-of date is given")
            return name, self.as_of
        if name not in self.parameters:
            raise self.refuse(f"There is no parameter ${name}", f"Give params: {{{name}: ...}}")
        return name, self.parameters[name]

    def _parameter(self, node: exp.Expression) -> exp.Expression:
        name, value = self._lookup(node)
        if isinstance(value, list):
            raise self.refuse(f"${name} is a list and can only be used as: column IN ${name}")
        return self._literal(name, value)

    def _list_parameter(self, node: exp.Expression) -> list[exp.Expression]:
        name, value = self._lookup(node)
        if not isinstance(value, list) or not value:
            raise self.refuse(f"${name} is used with IN and must be a list that is not empty")
        if any(
            isinstance(item, bool) or not isinstance(item, str | int | float | Decimal)
            for item in value
        ):
            raise self.refuse(
                f"${name} must hold only texts or only numbers",
                "Quote words that YAML could read otherwise, such as NO or ON",
            )
        return [self._literal(name, item) for item in value]

    def _literal(self, name: str, value: object) -> exp.Expression:
        if isinstance(value, bool):
            return exp.Boolean(this=value)
        if isinstance(value, date):
            return _date(value)
        if isinstance(value, int | float | Decimal):
            number = exp.Literal.number(
                format(abs(value), "f") if isinstance(value, float) else str(abs(value))
            )
            return exp.Neg(this=number) if value < 0 else number
        if isinstance(value, str):
            return exp.Literal.string(value)
        raise self.refuse(f"${name} must be a text, a number, a date, true, false or a list")

    def _iso(self, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise self.refuse(f"'{text}' is not a date like 2026-11-23") from error

    def _country(self, column: Column, code: str, node: exp.Expression) -> None:
        if code not in _country_codes() and not isinstance(node, exp.Like):
            raise self.refuse(
                f"{column.name} never has the value '{code}'", "Use an ISO 3166-1 code"
            )

    def _compare(self, left: exp.Expression, right: exp.Expression, node: exp.Expression) -> None:
        for column_side, other in ((left, right), (right, left)):
            if isinstance(column_side, exp.Column):
                self._in_domain(self.columns[column_side.name.lower()], other, node)

    def _in_domain(self, column: Column, value: exp.Expression, node: exp.Expression) -> None:
        constant = value.this if isinstance(value, exp.Neg) else value
        if not isinstance(constant, exp.Literal | exp.Boolean | exp.Cast):
            return
        kind = column.type
        shown = value.sql(dialect="duckdb")
        is_text = isinstance(constant, exp.Literal) and constant.is_string
        is_number = isinstance(constant, exp.Literal) and not constant.is_string
        fits = {
            "text": is_text,
            "bool": isinstance(constant, exp.Boolean),
            "date": isinstance(constant, exp.Cast) or is_text,
            "time": isinstance(constant, exp.Cast) or is_text,
        }.get(kind, is_number)
        if not fits:
            raise self.refuse(f"{column.name} ({kind}) cannot be compared with {shown}")
        if is_text and column.references == "countries.country_iso2":
            self._country(column, str(constant.this), node)
        if is_text and kind == "date":
            self._iso(str(constant.this))
        listed = is_text and column.values and not isinstance(node, exp.Like)
        if listed and str(constant.this) not in column.values:
            raise self.refuse(
                f"{column.name} never has the value {shown}",
                f"It takes {', '.join(column.values)}",
            )


@cache
def _country_codes() -> frozenset[str]:
    with (datasets_folder() / "tables" / "countries.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        return frozenset(line["country_iso2"] for line in csv.DictReader(file))


def atoms(tree: exp.Expression) -> Iterator[exp.Expression]:
    """Yield the conditions of a predicate that hold no AND, OR or NOT, left to right."""
    if isinstance(tree, exp.And | exp.Or):
        yield from atoms(tree.this)
        yield from atoms(tree.expression)
    elif isinstance(tree, exp.Not | exp.Paren):
        yield from atoms(tree.this)
    else:
        yield tree


def _date(day: date) -> exp.Expression:
    return exp.Cast(this=exp.Literal.string(day.isoformat()), to=exp.DataType.build("DATE"))


def _nesting(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        if sign == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif sign == ")":
            depth -= 1
    return deepest


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:79] + "…"
