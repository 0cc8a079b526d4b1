"""Where the row behind a subject of a rule stands in the window."""

import duckdb

from freehold.compliance.compiled import Compiled
from freehold.compliance.engine import quoted
from freehold.estate import dictionary

_PARTS = (
    ("placement", "placements"),
    ("data_set", "data_sets"),
    ("service", "services"),
    ("contract", "contracts"),
    ("function", "functions"),
)
_OF_DEPENDENCIES = {"shares", "provider_groups", "jurisdictions"}


def place_of(
    connection: duckdb.DuckDBPyConnection, views: str, rule: Compiled, subject: str
) -> tuple[str, str]:
    """Return the place of the rail and the key of the row that a subject stands for.

    A subject of a joined view leads to the estate row that it is about; a placement that only
    follows from its resource leads to that resource.
    """
    view = rule.subjects
    if view.name == "placements":
        is_recorded = _value(connection, views, view, "explicit", subject)
        resource = _value(connection, views, view, "resource", subject)
        if resource is not None and is_recorded == "False":
            return "estate", f"resources:{resource}"
    if view.name in dictionary.tables():
        return "estate", f"{view.name}:{subject}"
    for column, table in _PARTS:
        if column in view.documented:
            found = _value(connection, views, view, column, subject)
            if found is not None:
                return "estate", f"{table}:{found}"
    if view.name in _OF_DEPENDENCIES:
        return "dependencies", subject
    provider = (
        _value(connection, views, view, "provider", subject)
        if "provider" in view.documented
        else None
    )
    return "catalogue", provider or subject


def _value(
    connection: duckdb.DuckDBPyConnection,
    views: str,
    view: dictionary.Table,
    column: str,
    subject: str,
) -> str | None:
    row = connection.execute(
        f"SELECT {quoted(column)} FROM {quoted(views)}.{quoted(view.name)}"
        f" WHERE {quoted(view.key[0])} = ? LIMIT 1",
        [subject],
    ).fetchone()
    return str(row[0]) if row and row[0] is not None else None
