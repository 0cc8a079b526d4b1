"""Look at, check and refresh the facts."""

from pathlib import Path

import duckdb

from freehold import catalogue as facts
from freehold.workflows.results import CheckResult, Problem


def open_facts() -> duckdb.DuckDBPyConnection:
    """Return a connection that holds the catalogue and nothing else."""
    connection = duckdb.connect()
    facts.open_catalogue(connection)
    return connection


def info() -> facts.CatalogueInfo:
    """Count the facts: rows, how many are verified, and the newest date, table by table."""
    with open_facts() as connection:
        return facts.info(connection)


def check() -> CheckResult:
    """Check keys, references, codes and ranges of every fact."""
    with open_facts() as connection:
        problems = facts.check(connection)
        return CheckResult(
            checked=facts.info(connection).rows,
            problems=[Problem(where=f"{p.table} {p.row}", sentence=p.sentence) for p in problems],
        )


def refresh(csv: Path, *, dry_run: bool = False) -> facts.RefreshResult:
    """Take newer facts over as a layer above what ships, or only show the differences."""
    return facts.refresh(csv, dry_run=dry_run)
