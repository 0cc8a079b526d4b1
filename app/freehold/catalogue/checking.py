"""Check the integrity of the loaded catalogue: keys, references, domains, ranges, sources."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
from pydantic import BaseModel, ConfigDict

from freehold.catalogue.dictionary import Column, Table, shipped_tables
from freehold.catalogue.reading import literal, quoted


class CatalogueProblem(BaseModel):
    """One row that breaks one check; `row` is its key, values joined by |."""

    model_config = ConfigDict(frozen=True)

    table: str
    row: str
    column: str
    check: str
    value: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class _Composite:
    """A reference over several columns, checked where `where` holds."""

    table: str
    columns: tuple[str, ...]
    target: str
    where: str = "TRUE"
    target_columns: tuple[str, ...] = ()


_REGION = ("provider_id", "region_id")
COMPOSITE_REFERENCES = (
    _Composite("prices", _REGION, "regions", "region_id <> '*'"),
    _Composite("prices", ("provider_id", "instance_type"), "skus"),
    _Composite("grid", _REGION, "regions", "region_id IS NOT NULL"),
    _Composite("certification_scopes", _REGION, "regions", "region_id IS NOT NULL"),
    _Composite("certification_scopes", ("provider_id", "scheme", "scope"), "certifications"),
    _Composite("certifications", ("provider_id", "scheme", "scope"), "certification_scopes"),
    _Composite("region_spellings", _REGION, "regions"),
    _Composite("token_prices", ("provider_id", "model"), "token_price_models"),
    _Composite("token_price_models", ("provider_id", "model"), "token_prices"),
    _Composite("csf_weights", ("objective",), "frameworks", "TRUE", ("control_id",)),
)
"""References that need more than one column, beside those of the data dictionary."""

_DATE_PATTERN = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"


def check(
    connection: duckdb.DuckDBPyConnection,
    schema: str = "catalogue",
    tables: Iterable[str] | None = None,
) -> list[CatalogueProblem]:
    """Return every problem that no row of `check_exceptions` decides; an empty list is clean.

    Checked are: duplicate keys, missing values that must be there (source, as_of and verified
    among them), values outside their domain, references (ISO country codes among them), partial
    dates, and periods that end before they begin. An exception that no longer covers exactly the
    rows it says is a problem itself.
    """
    known = shipped_tables()
    loaded = {
        str(row[0])
        for row in connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = ?", [schema]
        ).fetchall()
    }
    wanted = [name for name in (known if tables is None else tables) if name in loaded]
    found: list[CatalogueProblem] = []
    for name in wanted:
        table = known[name]
        parts = [*_row_checks(schema, table), *_reference_checks(schema, table, loaded)]
        together = " UNION ALL ".join(f"({sql})" for sql in parts)
        found += [_problem(name, row) for row in connection.execute(together).fetchall()]
    if "check_exceptions" in loaded:
        return _without_exceptions(connection, schema, found, set(wanted))
    return found


def _problem(table: str, row: Sequence[object]) -> CatalogueProblem:
    key, column, name, value, reason = (None if part is None else str(part) for part in row)
    return CatalogueProblem(
        table=table,
        row=key or "",
        column=column or "",
        check=name or "",
        value=value,
        sentence=f"{table}, row {key}: {reason}.",
    )


def _key(table: Table, alias: str = "t") -> str:
    parts = (f"coalesce(CAST({alias}.{quoted(name)} AS VARCHAR), '')" for name in table.key)
    return "concat_ws('|', " + ", ".join(parts) + ")"


def _select(schema: str, table: Table, column: str, name: str, *, reason: str, where: str) -> str:
    value = "NULL" if "," in column else f"CAST(t.{quoted(column)} AS VARCHAR)"
    return (
        f"SELECT {_key(table)}, {literal(column)}, {literal(name)}, {value}, {reason}"
        f" FROM {quoted(schema)}.{quoted(table.name)} t WHERE {where} ORDER BY 1, 2"
    )


def _row_checks(schema: str, table: Table) -> list[str]:
    key = ",".join(table.key)
    same = ", ".join(f"t.{quoted(name)}" for name in table.key)
    checks = [
        f"SELECT {_key(table)}, {literal(key)}, 'duplicate_key', NULL,"
        f" 'the key ({', '.join(table.key)}) stands ' || count(*) || ' times'"
        f" FROM {quoted(schema)}.{quoted(table.name)} t GROUP BY {same} HAVING count(*) > 1"
        " ORDER BY 1"
    ]
    for column in table.columns:
        name = f"t.{quoted(column.name)}"
        if column.required:
            reason = literal(f"{column.name} is blank")
            where = f"{name} IS NULL" if column.type != "text" else f"coalesce({name}, '') = ''"
            checks.append(
                _select(schema, table, column.name, "missing", reason=reason, where=where)
            )
        if column.domain:
            reason = f"'{column.name} = ' || {name} || {literal(f' lies outside {column.domain}')}"
            outside = f"NOT ({_inside(column, name)})"
            checks.append(
                _select(schema, table, column.name, "domain", reason=reason, where=outside)
            )
        if column.name == "as_of":
            reason = f"'as_of = ' || {name} || ' is no ISO date, whole or partial'"
            wrong = f"NOT regexp_full_match({name}, {literal(_DATE_PATTERN)})"
            checks.append(_select(schema, table, "as_of", "date", reason=reason, where=wrong))
    names = set(table.column_names)
    for first, last in (("valid_from", "valid_to"), ("eu_from", "eu_to"), ("from_gb", "to_gb")):
        if {first, last} <= names:
            reason = literal(f"{last} lies before {first}")
            where = f"t.{last} < t.{first}"
            checks.append(_select(schema, table, last, "order", reason=reason, where=where))
    return checks


def _inside(column: Column, name: str) -> str:
    """Return the condition that a value lies in the column's domain; NULL does not fail it."""
    domain = column.domain
    if ".." in domain:
        low, high = domain.split("..")
        return f"{name} BETWEEN {low} AND {high}"
    if domain.startswith((">=", "<=")):
        return f"{name} {domain[:2]} {domain[2:]}"
    if domain.startswith((">", "<")):
        return f"{name} {domain[0]} {domain[1:]}"
    return f"{name} IN ({', '.join(literal(value) for value in domain.split(';'))})"


def _reference_checks(schema: str, table: Table, loaded: set[str]) -> list[str]:
    checks = []
    for column in table.columns:
        if not column.references:
            continue
        target, _, target_column = column.references.partition(".")
        if target not in loaded:
            continue
        name = f"t.{quoted(column.name)}"
        reason = f"'{column.name} = ' || {name} || ' is not in {column.references}'"
        where = (
            f"{name} IS NOT NULL AND {name} NOT IN (SELECT {quoted(target_column)}"
            f" FROM {quoted(schema)}.{quoted(target)} WHERE {quoted(target_column)} IS NOT NULL)"
        )
        checks.append(_select(schema, table, column.name, "reference", reason=reason, where=where))
    for reference in COMPOSITE_REFERENCES:
        if reference.table != table.name or reference.target not in loaded:
            continue
        theirs = reference.target_columns or reference.columns
        same = " AND ".join(
            f"t.{quoted(a)} IS NOT DISTINCT FROM o.{quoted(b)}"
            for a, b in zip(reference.columns, theirs, strict=True)
        )
        reason = literal(f"({', '.join(reference.columns)}) is not in {reference.target}")
        where = (
            f"({reference.where}) AND NOT EXISTS"
            f" (SELECT 1 FROM {quoted(schema)}.{quoted(reference.target)} o WHERE {same})"
        )
        columns = ",".join(reference.columns)
        checks.append(_select(schema, table, columns, "reference", reason=reason, where=where))
    return checks


def _without_exceptions(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    found: list[CatalogueProblem],
    checked: set[str],
) -> list[CatalogueProblem]:
    exceptions = connection.execute(
        "SELECT table_name, column_name, check_name, row_key, rows"
        f" FROM {quoted(schema)}.check_exceptions ORDER BY ALL"
    ).fetchall()
    left = list(found)
    for table, column, name, key, rows in exceptions:
        if table not in checked:
            continue
        covered = [
            problem
            for problem in left
            if (problem.table, problem.column, problem.check) == (table, column, name)
            and key in ("*", problem.row)
        ]
        left = [problem for problem in left if problem not in covered]
        if len(covered) != rows:
            row_key = f"{table}|{column}|{name}|{key}"
            left.append(
                CatalogueProblem(
                    table="check_exceptions",
                    row=row_key,
                    column="rows",
                    check="exception",
                    value=str(rows),
                    sentence=f"check_exceptions, row {row_key}: it speaks of {rows} rows,"
                    f" the check finds {len(covered)}.",
                )
            )
    return left
