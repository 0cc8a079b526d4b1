"""What `freehold --worker` can be asked to do; one job, then it ends."""

from collections.abc import Callable
from typing import Any

from freehold.sandbox import foreign, serve


def main() -> int:
    """Do the job that stands on standard input and return the exit code."""
    return serve(JOBS)


def _read(request: dict[str, Any]) -> dict[str, Any]:
    from freehold.compliance import outside_jobs

    return outside_jobs.read(request)


def _test(request: dict[str, Any]) -> dict[str, Any]:
    from freehold.compliance import outside_jobs

    return outside_jobs.tested(request)


def _check(request: dict[str, Any]) -> dict[str, Any]:
    from freehold.compliance import outside_jobs

    return outside_jobs.form(request)


def _judge(request: dict[str, Any]) -> dict[str, Any]:
    from freehold.compliance import outside_jobs

    return outside_jobs.judge(request)


JOBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "rules.read": _read,
    "rules.check": _check,
    "rules.test": _test,
    "rules.judge": _judge,
    "database.tables": foreign.list_tables,
    "database.copy": foreign.write_table,
}
