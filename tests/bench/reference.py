"""The reference estate and its rules: contracts and rules drawn from the data dictionary.

18 categorical columns, a cost and two dates; one country in twenty is missing, and one rule in
five compares a date.
"""

import random

import duckdb

from freehold.compliance import Rule
from freehold.compliance.rule import SEVERITIES
from freehold.estate.dictionary import Column, Table, views

_VIEW = "contracts"
_COUNTRIES = ("US", "FR", "DE", "IE", "CN", "NL", "SE", "GB", "NO", "IT")
_MOST_TEXTS, _MOST_BOOLEANS = 9, 9


def fill(connection: duckdb.DuckDBPyConnection, rows: int, *, unverified: bool = False) -> None:
    """Create views.contracts with that many rows, the same for the same number.

    One fact in fifty is unverified if `unverified`, else none is.
    """
    view = views()[_VIEW]
    texts, booleans, dates = _texts(view), _booleans(view), _dates(view)
    selected = []
    for number, (name, column) in enumerate(view.documented.items()):
        drawn = f"hash(i, {number})"
        if name == view.key[0]:
            sql = "'contract-' || i"
        elif name.endswith("__verified"):
            sql = f"{drawn} % 50 > 0" if unverified else "TRUE"
        elif name in texts:
            words = ", ".join(f"'{word}'" for word in _words(column))
            sql = f"([{words}])[1 + ({drawn} % {len(_words(column))})::INTEGER]"
            if "country" in column.name:
                sql = f"CASE WHEN hash(i, 'missing') % 20 = 0 THEN NULL ELSE {sql} END"
        elif name in booleans:
            sql = f"{drawn} % 3 > 0"
        elif name in dates:
            sql = f"DATE '2025-01-01' + ({drawn} % 900)::INTEGER"
        elif name == "annual_cost_usd":
            sql = f"(({drawn} % 100000) / 100)::{column.sql_type}"
        else:
            sql = f"CAST(NULL AS {column.sql_type})"
        selected.append(f'{sql} AS "{name}"')
    connection.execute("SET enable_progress_bar = false")
    connection.execute("CREATE SCHEMA IF NOT EXISTS views")
    connection.execute(
        f"CREATE OR REPLACE TABLE views.{_VIEW} AS"
        f" SELECT {', '.join(selected)} FROM range({rows}) AS numbers(i)"
    )


def rules(count: int) -> list[Rule]:
    """Return that many rules over the reference estate, the first ones the same for any count."""
    view = views()[_VIEW]
    texts, booleans, dates = _texts(view), _booleans(view), _dates(view)
    draw = random.Random(1)
    found = []
    for number in range(count):
        text = draw.choice(texts)
        words = draw.sample(_words(view.documented[text]), 2)
        fails = f"{text} IN ('{words[0]}', '{words[1]}') AND NOT {draw.choice(booleans)}"
        if number % 5 == 0:
            fails += f" AND {draw.choice(dates)} < $as_of - INTERVAL {draw.randint(1, 24)} MONTH"
        found.append(
            Rule(
                id=f"BENCH-{number:03}",
                title="A generated rule",
                severity=SEVERITIES[number % len(SEVERITIES)],
                subject=_VIEW,
                applies=draw.choice(booleans),
                fails=fails,
            )
        )
    return found


def _words(column: Column) -> list[str]:
    return list(column.values or _COUNTRIES)


def _texts(view: Table) -> list[str]:
    """Return text columns with a domain that offers at least two words."""
    found = [
        column.name
        for column in view.columns
        if column.type == "text" and (len(column.values) > 1 or "countr" in column.references)
    ]
    # Countries come first, as they are what most rules read.
    found.sort(key=lambda name: "country" not in name)
    return found[:_MOST_TEXTS]


def _booleans(view: Table) -> list[str]:
    return [column.name for column in view.columns if column.type == "bool"][:_MOST_BOOLEANS]


def _dates(view: Table) -> list[str]:
    return [column.name for column in view.columns if column.type == "date"][:2]
