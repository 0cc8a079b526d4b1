"""The commands on what caps a level: `caps`, and `answers` for the sheets of services."""

import argparse
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from freehold.cli.tables import table
from freehold.workflows import lifting as w

Command = Callable[[str, str], argparse.ArgumentParser]


def add(
    command: Command,
    common: argparse.ArgumentParser,
    day: Callable[[str], object],
    weight_sets: tuple[str, ...],
) -> None:
    """Add the commands `caps` and `answers`."""
    caps = command("caps", "Say what caps level and score, and which single changes lift them.")
    caps.add_argument("file", type=Path, metavar="FILE")
    caps.add_argument("--scenario", metavar="NAME", default=None)
    caps.add_argument("--as-of", type=day, default=None, metavar="DATE")
    caps.add_argument("--weights", choices=weight_sets, default=None)
    caps.add_argument("--top", type=int, default=10, metavar="N", help="how many to list")

    answers = command("answers", "Write or read the answers sheet of a service (EU CSF).")
    verbs = answers.add_subparsers(
        dest="verb", metavar="VERB", required=True, parser_class=type(answers)
    )
    for verb, text in (
        ("write", "write the sheet of a service as CSV, to be filled"),
        ("read", "take a filled sheet over into the document"),
    ):
        one = verbs.add_parser(verb, help=text, description=text, parents=[common])
        one.add_argument("file", type=Path, metavar="FILE")
        one.add_argument("service", metavar="SERVICE")
        one.add_argument("sheet", type=Path, metavar="SHEET.csv")


def _progress(done: int, all_of_them: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == all_of_them else "\r"
        print(f"Judging change {done} of {all_of_them}", end=end, file=sys.stderr)


def _caps(options: Namespace) -> tuple[BaseModel, int]:
    result = w.caps(
        options.file,
        scenario=options.scenario,
        as_of=options.as_of,
        weights=options.weights,
        most=max(options.top, 1),
        progress=_progress,
    )
    return result, 0


def _write(options: Namespace) -> tuple[BaseModel, int]:
    return w.write_answers(options.file, options.service, options.sheet), 0


def _read(options: Namespace) -> tuple[BaseModel, int]:
    return w.read_answers(options.file, options.service, options.sheet), 0


HANDLERS: dict[str, Callable[[Namespace], tuple[BaseModel, int]]] = {
    "caps": _caps,
    "answers write": _write,
    "answers read": _read,
}


def _lifted(result: w.Lifted) -> str:
    before = result.before
    seal = _seal(before)
    head = (
        f"{result.document}, {result.scenario}, as of {result.as_of}: {seal} (weights "
        f"{result.weights}), score {_number(before.score)}, {before.fails} fails, "
        f"{before.services_below} services below the SEAL asked"
    )
    capped = f"Held there by: {', '.join(result.capped_by)}" if result.capped_by else ""
    rows = [
        (
            _seal(row.after),
            f"{row.score_gain:+.2f}",
            row.after.fails - before.fails,
            row.addresses,
            row.says,
        )
        for row in result.lifts
    ]
    listed = table(("level then", "score", "fails", "for", "single change"), rows)
    return "\n\n".join(
        part for part in (head, capped, listed or "No single change tried lifts it.") if part
    )


def _seal(figures: w.LiftFigures) -> str:
    low, high = figures.seal_low, figures.seal_high
    if low is None:
        return "no level"
    return f"SEAL {low}" if low == high else f"SEAL {low} to {high}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.1f}"


def _sheet(result: w.AnswersSheet) -> str:
    changed = result.added + result.changed + result.removed
    account = (
        f"{result.added} added, {result.changed} changed, {result.removed} removed, "
        f"{result.unchanged} unchanged; "
        if changed or result.unchanged
        else ""
    )
    return (
        f"{result.service}: {account}{result.answered} of {result.criteria} criteria answered "
        f"({result.path})"
    )


LAYOUTS: dict[type[BaseModel], Callable[[Any], str]] = {
    w.Lifted: _lifted,
    w.AnswersSheet: _sheet,
}
