"""The commands `actuals import` and `actuals compare`: options, calls and texts."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from freehold.cli.tables import percent, table
from freehold.workflows import results_actuals as r

Command = Callable[[str, str], argparse.ArgumentParser]


def add(command: Command, common: argparse.ArgumentParser) -> None:
    """Add the command `actuals`."""
    actuals = command("actuals", "Take measured use over, and hold it against what was expected.")
    verbs = actuals.add_subparsers(
        dest="verb", metavar="VERB", required=True, parser_class=type(actuals)
    )
    taking = verbs.add_parser(
        "import", help="take measured use over: CSV or Prometheus range query", parents=[common]
    )
    taking.add_argument("file", type=Path, metavar="FILE")
    taking.add_argument("source", type=Path, metavar="SOURCE")
    taking.add_argument("--map", dest="profile", metavar="PROFILE", help="saved column mapping")
    taking.add_argument("--workload", metavar="WORKLOAD", help="what everything in it is about")
    taking.add_argument("--label", metavar="NAME", help="Prometheus label that names the workload")
    comparing = verbs.add_parser(
        "compare", help="forecast error of the demand curve", parents=[common]
    )
    comparing.add_argument("file", type=Path, metavar="FILE")
    comparing.add_argument("--scenario", metavar="NAME", default=None)
    comparing.add_argument("--by", choices=("day", "week", "month"), default="week")


def _import(options: Namespace) -> tuple[BaseModel, int]:
    from freehold.workflows import actuals

    result = actuals.import_actuals(
        options.file,
        options.source,
        profile=options.profile,
        workload=options.workload,
        label=options.label,
    )
    return result, 0


def _compare(options: Namespace) -> tuple[BaseModel, int]:
    from freehold.workflows import actuals

    return actuals.compare(options.file, scenario=options.scenario, by=options.by), 0


def _imported(result: r.ActualsImport) -> str:
    parts = [
        f"{result.source}: {result.read:,} records read, {result.imported:,} imported; "
        f"{result.added:,} periods added, {result.updated:,} replaced, "
        f"{result.first} to {result.last}, of {', '.join(result.workloads)}.",
        table(("left out because", "records"), [(s.reason, s.count) for s in result.skipped]),
        f"Listed with their text in {result.rejected_file}" if result.rejected_file else "",
        "\n".join(result.notes),
    ]
    return "\n\n".join(part for part in parts if part)


def _compared(result: r.ForecastErrors) -> str:
    rows = [
        (e.workload_id, e.figure, e.periods, e.first, e.last, e.measured, e.expected,
         percent(e.mape), percent(e.wape), percent(e.bias))
        for e in result.errors
    ]  # fmt: skip
    head = ("workload", "figure", f"{result.by}s", "first", "last", "measured", "expected",
            "mean error", "of the sum", "bias")  # fmt: skip
    left = [f"{x['workload_id']} {x['figure']}: {x['reason']}" for x in result.not_compared]
    parts = [
        f"{result.document}, {result.scenario}, {result.as_of}: {result.rows:,} measured periods "
        f"by {result.by}. Bias above 0: more was expected than came.",
        table(head, rows) or "Nothing measured could be compared.",
        "Not compared:\n" + "\n".join(left) if left else "",
    ]
    return "\n\n".join(part for part in parts if part)


HANDLERS: dict[str, Callable[[Namespace], tuple[BaseModel, int]]] = {
    "actuals import": _import,
    "actuals compare": _compare,
}
LAYOUTS: dict[type[BaseModel], Callable[[Any], str]] = {
    r.ActualsImport: _imported,
    r.ForecastErrors: _compared,
}
