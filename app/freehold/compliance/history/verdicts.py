"""The verdicts of a run as one Parquet file: a row a subject, a small number a rule.

Column `judged` names the view judged (and the parents it was rolled up to), `subject_id` the
subject; each rule has a column of its id that holds RESULTS' place plus 8 x REASONS' place, and is
NULL for subjects of other views.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from freehold.compliance.engine import Judged, quoted
from freehold.compliance.store import Stored, meanings
from freehold.errors import DocumentError
from freehold.estate import snapshots
from freehold.estate.sandbox import sandbox
from freehold.estate.sql import literal

RESULTS = ("not_applicable", "pass", "unknown", "fail", "waived")
REASONS = ("", "missing", "error", "unverified")
BASE = 8
"""What one step of the reason adds; a verdict is result + BASE x reason."""

_SUBJECT = ("judged", "subject_id")


def write(connection: duckdb.DuckDBPyConnection, judged: Judged, folder: Path) -> bytes:
    """Return the verdicts of what was judged; equal verdicts give equal bytes."""
    store = quoted(judged.store)
    codes = f"CAST([{', '.join(str(code) for code in _small_codes())}] AS UTINYINT[])"
    parts = []
    for name, alike in _by_subjects(judged).items():
        # Groups of rules that share a table of subjects are one row there too.
        joined, columns = f"{alike[0].rows} t", []
        for number, stored in enumerate(alike):
            place = "t"
            if stored.lookup is not None:
                place = f"l{number}"
                joined += f" JOIN {stored.lookup} {place} ON {place}.sig = t.{stored.signature}"
            columns += [
                f"{codes}[{place}.{item.column} + 1] AS {quoted(item.rule_id)}"
                for item in stored.rules
            ]
        parts.append(
            f"SELECT {literal(name[0])} AS judged, t.subject_id, {', '.join(columns)} FROM {joined}"
        )
    # One table, so that a run is one file; a rule's column is empty outside its own view.
    table = f"{store}.kept"
    empty = "SELECT NULL::VARCHAR AS judged, NULL::VARCHAR AS subject_id WHERE FALSE"
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS {' UNION ALL BY NAME '.join(parts) or empty}"
    )
    waived = RESULTS.index("waived") - RESULTS.index("fail")
    rules = connection.execute(f"SELECT DISTINCT rule_id FROM {store}.waived ORDER BY 1").fetchall()
    for (rule,) in rules:
        column = quoted(str(rule))
        connection.execute(
            f"UPDATE {table} SET {column} = {column} + {waived} FROM {store}.waived AS w"
            f" WHERE w.rule_id = ? AND w.subject_id = {table}.subject_id"
            f" AND {column} % {BASE} = {RESULTS.index('fail')}",
            [rule],
        )
    try:
        with sandbox() as private:
            query = f"SELECT * FROM {table}"
            return snapshots.write(connection, private, query, folder, order=", ".join(_SUBJECT))
    finally:
        connection.execute(f"DROP TABLE {table}")


def lay_out(
    private: duckdb.DuckDBPyConnection, files: Mapping[str, bytes], folder: Path, where: str
) -> dict[str, list[str]]:
    """Make a view of each run's verdicts by name in a sandbox; return the rules of each.

    Raises:
        DocumentError: a file is not what `write` makes.
    """
    rules: dict[str, list[str]] = {}
    for number, (name, data) in enumerate(files.items()):
        path = folder / f"verdicts_{number}.parquet"
        path.write_bytes(data)
        source = f"read_parquet({literal(str(path))}, hive_partitioning = false)"
        try:
            described = private.execute(f"DESCRIBE FROM {source}").fetchall()
        except duckdb.Error as error:
            raise DocumentError("The verdicts of a kept run cannot be read", where=where) from error
        types = {str(row[0]): str(row[1]) for row in described}
        rules[name] = [column for column in types if column not in _SUBJECT]
        if [types.get(column) for column in _SUBJECT] != ["VARCHAR", "VARCHAR"] or any(
            types[column] != "UTINYINT" for column in rules[name]
        ):
            raise DocumentError("A kept run does not hold verdicts", where=where)
        private.execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS SELECT * FROM {source}")
    return rules


def word_sql(code: str) -> str:
    """Return SQL of a stored number's result in words; NULL stays NULL."""
    words = ", ".join(literal(word) for word in RESULTS)
    return f"[{words}][{code} % {BASE} + 1]"


def _by_subjects(judged: Judged) -> dict[tuple[str, str], list[Stored]]:
    """Return what is stored by the name of what was judged and the table of its subjects."""
    found: dict[tuple[str, str], list[Stored]] = {}
    for stored in judged.stored:
        if stored.rules:
            view, subjects = stored.view, stored.subjects
            name = view if view == subjects else f"{view}/{subjects}"
            found.setdefault((name, stored.rows), []).append(stored)
    return found


def _small_codes() -> list[int]:
    """Return, by the engine's code, the small number kept for it."""
    found = {
        code: RESULTS.index(result) + BASE * REASONS.index(reason or "")
        for code, result, reason, _confirmed in meanings()
    }
    return [found.get(code, RESULTS.index("unknown")) for code in range(max(found) + 1)]
