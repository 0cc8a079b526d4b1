"""The command `capacity measurements`: options, calls and texts."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from freehold.cli.tables import percent, significant, table
from freehold.workflows import results_capacity as r


def add(verbs: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    """Add the verb `measurements`."""
    own = verbs.add_parser(
        "measurements",
        help="own measurements of a document: list, add, remove",
        parents=[common],
    )
    own.add_argument("file", type=Path, metavar="FILE")
    doing = own.add_mutually_exclusive_group()
    doing.add_argument(
        "--add", type=Path, metavar="CSV", help="columns of bench_train.csv or bench_infer.csv"
    )
    doing.add_argument("--remove", nargs="+", metavar="ID")
    doing.add_argument("--remove-all", action="store_true")


def _measurements(options: Namespace) -> tuple[BaseModel, int]:
    from freehold.workflows import capacity_measurements as own

    if options.add:
        return own.add_measurements(options.file, options.add), 0
    if options.remove or options.remove_all:
        return own.remove_measurements(options.file, options.remove or None), 0
    return own.list_measurements(options.file), 0


HANDLERS: dict[str, Callable[[Namespace], tuple[BaseModel, int]]] = {
    "capacity measurements": _measurements,
}


def _told(result: r.Measurements) -> str:
    def error(predicted: float | None, measured: float) -> str:
        return "" if predicted is None else percent(predicted / measured - 1)

    rows = [
        (
            row.case_id, row.model, row.accelerator, row.metric, significant(row.measured),
            error(row.predicted_without, row.measured), error(row.predicted_with, row.measured),
        )
        for row in result.rows
    ]  # fmt: skip
    head = ("id", "model", "accelerator", "metric", "measured", "error without", "error with")
    done = []
    if result.read:
        done.append(f"{result.read} rows read, {result.added} added.")
    if result.removed:
        done.append(f"{result.removed} removed.")
    return "\n\n".join(
        part
        for part in (
            " ".join(done),
            "\n".join(f"Left out, line {row.line}: {row.reason}" for row in result.skipped),
            table(head, rows) or f"{result.document} has no measurements of its own.",
            table(
                ("operation", "level", "of", "time over the shipped factors"),
                [(f.operation, f.level, f.name, f"{f.factor:.2f}") for f in result.factors],
            ),
        )
        if part
    )


LAYOUTS: dict[type[BaseModel], Callable[[Any], str]] = {r.Measurements: _told}
