"""Rebuild a parsed predicate node by node, letting through only what the grammar allows."""

import math
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn

from sqlglot import exp

from freehold.errors import RuleError
from freehold.estate.literals import (
    KINDS,
    DocumentedColumn,
    check_literal,
    check_pattern,
    iso_date,
)

type_names = {"text": "text", "number": "a number", "bool": "true or false", "date": "a date"}

Value = str | int | float | Decimal | bool | date

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_UNITS = {"DAY", "DAYS", "WEEK", "WEEKS", "MONTH", "MONTHS", "QUARTER", "QUARTERS", "YEAR", "YEARS"}
_DEEPEST = 200


class Builder:
    """Checks one tree; collects the columns and parameters that it names."""

    def __init__(
        self,
        columns: Mapping[str, DocumentedColumn],
        params: Mapping[str, object],
        domains: Mapping[str, Collection[str]],
        where: str | None,
    ) -> None:
        self._columns, self._params, self._domains = columns, params, domains
        self._where = where
        self._lower = {name.lower(): name for name in columns}
        self.columns_used: set[str] = set()
        self.params_used: set[str] = set()

    def boolean(self, node: exp.Expr, depth: int = 0) -> exp.Expr:
        """Return the checked copy of a boolean expression; raises RuleError."""
        if depth > _DEEPEST:
            self._fail("The predicate is nested too deeply", "Simplify it")
        if isinstance(node, exp.And | exp.Or):
            kind = type(node)
            parts = [self.boolean(part, depth + 1) for part in node.flatten(unnest=False)]
            tree = parts[0]
            for part in parts[1:]:
                tree = kind(this=tree, expression=part)
            return tree
        if isinstance(node, exp.Not):
            return exp.Not(this=_wrapped(self.boolean(node.this, depth + 1)))
        if isinstance(node, exp.Paren):
            return exp.Paren(this=self.boolean(node.this, depth + 1))
        if isinstance(node, _COMPARISONS):
            return self._comparison(node, depth)
        if isinstance(node, exp.In):
            return self._membership(node, depth)
        if isinstance(node, exp.Between):
            return self._between(node, depth)
        if isinstance(node, exp.Like):
            return self._like(node, depth)
        tree, kind_of = self._term(node, depth)
        if kind_of != "bool":
            self._fail(
                f"{_shown(node)} is {type_names.get(kind_of, kind_of)}, not true or false",
                "Compare it with something",
            )
        return tree

    def _comparison(self, node: exp.Expr, depth: int) -> exp.Expr:
        left, right = self._pair(node.this, node.expression, depth)
        if self._kind(left) == "bool" and not isinstance(node, exp.EQ | exp.NEQ):
            self._fail(f"{_shown(node)} orders true and false", "Use = or <>")
        self._check(left, right)
        self._check(right, left)
        return type(node)(this=left, expression=right)

    def _between(self, node: exp.Between, depth: int) -> exp.Expr:
        if node.args.get("symmetric") is not None:
            self._refuse(node)
        this, low = self._pair(node.this, node.args["low"], depth)
        _, high = self._pair(node.this, node.args["high"], depth)
        self._check(this, low)
        self._check(this, high)
        return exp.Between(this=this, low=low, high=high)

    def _like(self, node: exp.Like, depth: int) -> exp.Expr:
        this, kind = self._term(node.this, depth)
        pattern, pattern_kind = self._term(node.expression, depth)
        if kind != "text" or pattern_kind != "text" or not isinstance(pattern, exp.Literal):
            self._fail(f"{_shown(node)} is not text LIKE 'pattern'", "Compare text with a pattern")
        if isinstance(this, exp.Column):
            check_pattern(self._column(this), str(pattern.this), self._domains, self._where)
        return exp.Like(this=this, expression=pattern, negate=node.args.get("negate"))

    def _membership(self, node: exp.In, depth: int) -> exp.Expr:
        this, kind = self._term(node.this, depth)
        members: list[exp.Expr] = []
        if any(node.args.get(name) for name in ("query", "unnest")):
            self._refuse(node)
        field = node.args.get("field")
        if field is not None:
            if not isinstance(field, exp.Placeholder):
                self._refuse(node)
            members = self._list_parameter(field)
        for item in node.expressions:
            if isinstance(item, exp.Placeholder) and isinstance(
                self._params.get(str(item.this)), list | tuple
            ):
                members += self._list_parameter(item)
                continue
            member, _ = self._term(item, depth)
            if not _constant(member):
                self._fail(f"{_shown(item)} in an IN list is not a constant", "List constants only")
            members.append(member)
        if not members:
            self._fail("An IN list is empty", "List at least one value")
        members = [self._as_kind(member, kind) for member in members]
        for member in members:
            self._check(this, member)
        return exp.In(this=this, expressions=members)

    def _term(self, node: exp.Expr, depth: int) -> tuple[exp.Expr, str]:
        if depth > _DEEPEST:
            self._fail("The predicate is nested too deeply", "Simplify it")
        if isinstance(node, exp.Column):
            return self._named(node)
        if isinstance(node, exp.Literal):
            return node.copy(), "text" if node.is_string else "number"
        if isinstance(node, exp.Boolean):
            return exp.Boolean(this=bool(node.this)), "bool"
        if isinstance(node, exp.Placeholder):
            return self._parameter(node)
        if isinstance(node, exp.Paren):
            tree, kind = self._term(node.this, depth + 1)
            return exp.Paren(this=tree), kind
        if isinstance(node, exp.Neg):
            tree, kind = self._term(node.this, depth + 1)
            if kind != "number":
                self._fail(f"{_shown(node)} is minus something that is no number", "Use a number")
            return exp.Neg(this=tree), kind
        if isinstance(node, exp.Cast) and type(node) is exp.Cast:
            return self._date_literal(node), "date"
        if isinstance(node, exp.Interval):
            return self._interval(node, depth), "interval"
        if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div):
            return self._arithmetic(node, depth)
        self._refuse(node)

    def _arithmetic(self, node: exp.Binary, depth: int) -> tuple[exp.Expr, str]:
        left, left_kind = self._term(node.this, depth + 1)
        right, right_kind = self._term(node.expression, depth + 1)
        tree = type(node)(this=left, expression=right)
        kinds = (left_kind, right_kind)
        if isinstance(node, exp.Div):
            if not _constant(right) or number_of(right) in {None, 0}:
                self._fail(f"{_shown(node)} divides by what may be zero", "Divide by a constant")
            tree = exp.Div(this=left, expression=right, typed=False, safe=False)
        if kinds == ("number", "number"):
            return tree, "number"
        if isinstance(node, exp.Add | exp.Sub):
            if right_kind == "interval" and left_kind in {"date", "time"}:
                return tree, "time"
            if kinds == ("date", "date") and isinstance(node, exp.Sub):
                return tree, "number"
            if kinds == ("date", "number") and (number_of(right) or 0.5) % 1 == 0:
                return tree, "date"
        self._fail(f"{_shown(node)} cannot be reckoned", "Use numbers, or a date and an interval")

    def _named(self, node: exp.Column) -> tuple[exp.Expr, str]:
        if any(node.args.get(name) for name in ("table", "db", "catalog", "join_mark")):
            self._refuse(node)
        written = node.name
        name = written if written in self._columns else self._lower.get(written.lower())
        if name is None or not isinstance(node.this, exp.Identifier):
            self._fail(
                f"There is no documented column {written}",
                "See `freehold rules columns` for the columns there are",
            )
        self.columns_used.add(name)
        kind = KINDS.get(self._columns[name].type)
        if kind is None:
            self._fail(f"The column {name} cannot stand in a predicate", "Use a scalar column")
        return exp.Column(this=exp.Identifier(this=name, quoted=True)), kind

    def _parameter(self, node: exp.Placeholder) -> tuple[exp.Expr, str]:
        name = str(node.args.get("this") or "")
        if name == "as_of" and name not in self._params:
            self.params_used.add(name)
            return exp.Placeholder(this=name), "date"
        value = self._value(name)
        if isinstance(value, list | tuple):
            self._fail(f"The parameter ${name} is a list", "Use it after IN, or give one value")
        return self._literal(value, name)

    def _list_parameter(self, node: exp.Placeholder) -> list[exp.Expr]:
        name = str(node.args.get("this") or "")
        value = self._value(name)
        if not isinstance(value, list | tuple) or not value:
            self._fail(
                f"The parameter ${name} after IN is not a list of values",
                f"Give {name} a list with at least one value",
            )
        if any(isinstance(item, bool) for item in value):
            self._fail(
                f"The list ${name} holds true or false, where strings or numbers are meant",
                "Quote words such as 'NO'",
            )
        return [self._literal(item, name)[0] for item in value]

    def _value(self, name: str) -> object:
        if name not in self._params:
            self._fail(f"The parameter ${name} has no value", "Add it to the parameters")
        self.params_used.add(name)
        return self._params[name]

    def _literal(self, value: object, name: str) -> tuple[exp.Expr, str]:
        if isinstance(value, bool):
            return exp.Boolean(this=value), "bool"
        if isinstance(value, datetime) or value is None or isinstance(value, list | tuple | dict):
            self._fail(f"The parameter ${name} holds no plain value", "Give text, number or date")
        if isinstance(value, date):
            return _date(value), "date"
        if isinstance(value, int | float | Decimal):
            if not math.isfinite(value):
                self._fail(f"The parameter ${name} is not a finite number", "Give a number")
            number = exp.Literal.number(format(abs(Decimal(str(value))), "f"))
            return (exp.Neg(this=number) if value < 0 else number), "number"
        return exp.Literal.string(str(value)), "text"

    def _date_literal(self, node: exp.Cast) -> exp.Expr:
        target = node.args.get("to")
        if (
            not isinstance(node.this, exp.Literal)
            or not node.this.is_string
            or not isinstance(target, exp.DataType)
            or target.this != exp.DataType.Type.DATE
        ):
            self._refuse(node)
        return _date(iso_date(str(node.this.this), self._where))

    def _interval(self, node: exp.Interval, depth: int) -> exp.Expr:
        unit = node.args.get("unit")
        amount = node.this
        if not isinstance(unit, exp.Var) or str(unit.this).upper() not in _UNITS or amount is None:
            self._fail(f"{_shown(node)} is not an interval", "Write INTERVAL 12 MONTH")
        if isinstance(amount, exp.Literal) and amount.is_string:
            amount = exp.Literal.number(str(amount.this))
        tree, kind = self._term(amount, depth + 1)
        number = number_of(tree) if kind == "number" else None
        if number is None or number % 1:
            self._fail(f"{_shown(node)} is not a whole number of units", "Write INTERVAL 12 MONTH")
        return exp.Interval(
            this=exp.Literal.string(f"{number:.0f}"), unit=exp.Var(this=str(unit.this).upper())
        )

    def _pair(self, left: exp.Expr, right: exp.Expr, depth: int) -> tuple[exp.Expr, exp.Expr]:
        one, one_kind = self._term(left, depth)
        other, other_kind = self._term(right, depth)
        one, other = self._as_kind(one, other_kind), self._as_kind(other, one_kind)
        kinds = {self._kind(one), self._kind(other)}
        if len(kinds) > 1 and kinds != {"date", "time"}:
            self._fail(
                f"{_shown(left)} and {_shown(right)} are not of the same kind",
                "Compare text with text, numbers with numbers, dates with dates",
            )
        return one, other

    def _as_kind(self, node: exp.Expr, wanted: str) -> exp.Expr:
        kind = self._kind(node)
        if kind == "text" and wanted in {"date", "time"} and isinstance(node, exp.Literal):
            return _date(iso_date(str(node.this), self._where))
        if _constant(node) and kind != wanted and {kind, wanted} != {"date", "time"}:
            self._fail(
                f"{_shown(node)} is compared with {type_names.get(wanted, wanted)}",
                f"Write {type_names.get(wanted, wanted)}",
            )
        return node

    def _kind(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Column):
            return KINDS[self._column(node).type]
        if isinstance(node, exp.Placeholder | exp.Cast):
            return "date"
        return self._term(node, 0)[1]

    def _column(self, node: exp.Column) -> DocumentedColumn:
        return self._columns[node.name]

    def _check(self, column: exp.Expr, literal: exp.Expr) -> None:
        column, literal = column.unnest(), literal.unnest()
        if not isinstance(column, exp.Column):
            return
        if isinstance(literal, exp.Literal) and literal.is_string:
            check_literal(self._column(column), str(literal.this), self._domains, self._where)
        elif (number := number_of(literal)) is not None:
            check_literal(self._column(column), number, self._domains, self._where)

    def _refuse(self, node: exp.Expr) -> NoReturn:
        self._fail(
            f"{_shown(node)} is not allowed in a predicate",
            "Use comparisons, IN, BETWEEN, LIKE, AND, OR, NOT, + - * / and documented columns",
        )

    def _fail(self, what: str, mend: str) -> NoReturn:
        raise RuleError(what, where=self._where, mend=mend)


def number_of(node: exp.Expr) -> float | None:
    """Return the value of a numeric constant, else None."""
    node = node.unnest()
    if isinstance(node, exp.Neg):
        inner = number_of(node.this)
        return None if inner is None else -inner
    if isinstance(node, exp.Literal) and not node.is_string:
        try:
            return float(str(node.this))
        except ValueError:
            return None
    return None


def _constant(node: exp.Expr) -> bool:
    return (
        isinstance(node.unnest(), exp.Literal | exp.Boolean | exp.Cast)
        or number_of(node) is not None
    )


def _wrapped(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.And | exp.Or) else node


def _date(value: date) -> exp.Expr:
    return exp.Cast(
        this=exp.Literal.string(value.isoformat()), to=exp.DataType(this=exp.DataType.Type.DATE)
    )


def _shown(node: exp.Expr) -> str:
    text = node.sql(dialect="duckdb", comments=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
