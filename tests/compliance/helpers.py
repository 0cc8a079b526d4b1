"""Views and rules made by hand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from freehold.compliance import Rule
from freehold.compliance.domains import literal
from freehold.estate.dictionary import views as published


def publish(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    rows: Sequence[Mapping[str, Any]],
    schema: str = "views",
) -> None:
    """Create a whole published view holding `rows`; what is not given is NULL, but verified."""
    table = published()[view]
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    columns = ", ".join(
        f'"{name}" {c.sql_type}' + (" DEFAULT TRUE" if name.endswith("__verified") else "")
        for name, c in table.documented.items()
    )
    connection.execute(f'CREATE OR REPLACE TABLE "{schema}"."{view}" ({columns})')
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        values = ", ".join(
            literal(table.documented[name], value, view) for name, value in row.items()
        )
        connection.execute(f'INSERT INTO "{schema}"."{view}" ({names}) VALUES ({values})')


def rule(rule_id: str = "R-1", **parts: Any) -> Rule:
    """Return a rule over placements unless `parts` say otherwise."""
    whole: dict[str, Any] = {
        "id": rule_id,
        "title": rule_id,
        "severity": "medium",
        "subject": "placements",
        "fails": "NOT is_eea",
    }
    return Rule.model_validate(whole | parts)


def verdicts(
    connection: duckdb.DuckDBPyConnection, store: str = "results"
) -> dict[tuple[str, str], str]:
    """Return every stored verdict by rule and subject."""
    rows = connection.execute(
        f"SELECT rule_id, subject_id, result FROM {store}.verdicts ORDER BY ALL"
    ).fetchall()
    assert len({row[:2] for row in rows}) == len(rows), "a verdict stands twice"
    return {(row[0], row[1]): row[2] for row in rows}


def named(rows: Iterable[Mapping[str, Any]], key: str = "placement") -> list[dict[str, Any]]:
    """Return rows with keys p0, p1 and so on."""
    return [{key: f"p{number}"} | dict(row) for number, row in enumerate(rows)]
