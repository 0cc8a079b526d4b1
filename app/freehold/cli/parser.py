"""The command line: its commands, their options and their help."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NoReturn

from freehold import __version__
from freehold.cli import (
    actuals,
    capacity_load,
    capacity_measurements,
    capacity_search,
    inventory,
    levels,
    parser_register,
    parser_scenarios,
    uncertainty,
)
from freehold.cli.planning import add as add_plan
from freehold.errors import InputError

SEVERITIES = ("critical", "high", "medium", "low")
WEIGHT_SETS = ("2025-10", "2026-06")
REPORT_KINDS = ("audit",)
REPORT_FORMATS = ("pdf", "html", "xlsx", "csv")
Command = Callable[[str, str], argparse.ArgumentParser]


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one sentence, like every other error."""

    def error(self, message: str) -> NoReturn:
        """Raise the complaint as an input error."""
        raise InputError(message[:1].upper() + message[1:], mend=f"Try: {self.prog} --help")


def day(text: str) -> date:
    """Read a date written as 2026-11-23."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not a date like 2026-11-23") from error


def formats(text: str) -> list[str]:
    """Read a comma-separated list of report formats."""
    wanted = [part.strip().lower() for part in text.split(",") if part.strip()]
    unknown = [part for part in wanted if part not in REPORT_FORMATS]
    if unknown or not wanted:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a list of report formats; known are {', '.join(REPORT_FORMATS)}"
        )
    return list(dict.fromkeys(wanted))


def pair(text: str) -> tuple[str, str]:
    """Return COLUMN=VALUE as a pair; raises ArgumentTypeError."""
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise argparse.ArgumentTypeError(f"'{text}' is not COLUMN=VALUE")
    return name, value


def build() -> Parser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="freehold",
        description="See which parts of a multi-cloud estate you truly control, "
        "what GPU capacity it needs and what that costs, and prove it.",
    )
    parser.add_argument("--version", action="version", version=f"freehold {__version__}")
    parser.add_argument(
        "--selftest", action="store_true", help="open the sample, draw a chart, write a report page"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    common = Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON object")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[common])

    _document(command)
    _rules(command("rules", "List, check and test rules."))
    _analysis(command, common)
    levels.add(command, common, day, WEIGHT_SETS)
    parser_register.add(command, common, day)
    uncertainty.add(command)
    actuals.add(command, common)
    inventory.add(command)
    parser_scenarios.add(command, day, WEIGHT_SETS)
    add_plan(command)
    _facts(command("facts", "List and confirm facts that nobody has verified."), common)
    _catalogue(command("catalogue", "Look at, check or refresh the facts."))
    return parser


def _document(command: Command) -> None:
    opening = command("open", "Open the window.")
    opening.add_argument("file", nargs="?", type=Path, metavar="FILE")

    new = command("new", "Make a new document, empty or from a sample estate.")
    new.add_argument("file", type=Path, metavar="FILE")
    new.add_argument("--sample", metavar="NAME", help="see: freehold samples")
    command("samples", "List the sample estates.")

    importing = command("import", "Read exports into a document.")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument(
        "sources",
        nargs="+",
        type=Path,
        metavar="SOURCE",
        help="an export; a table of a DuckDB file is FILE.duckdb#TABLE",
    )
    importing.add_argument(
        "--as",
        dest="kind",
        metavar="KIND",
        help="do not recognise; it is KIND, as in aws_cur, terraform_plan or aws_config (a wrong"
        " one is answered with all there are)",
    )
    importing.add_argument("--map", dest="profile", metavar="PROFILE", help="saved column mapping")

    score = command("score", "Judge a document against the rule packs.")
    score.add_argument("file", type=Path, metavar="FILE")
    _judging(score)
    score.add_argument("--keep", action="store_true", help="keep the run, to compare it later")
    score.add_argument("--fail-on", choices=SEVERITIES, help="exit 1 if a rule of it fails")
    score.add_argument(
        "--try",
        dest="tries",
        action="append",
        default=[],
        metavar="RULE:NAME=VALUE",
        help="score with another weight (RULE:weight=5) or threshold too; nothing is changed",
    )

    explain = command("explain", "Say why a rule decided as it did on one subject.")
    explain.add_argument("file", type=Path, metavar="FILE")
    explain.add_argument("rule", metavar="RULE", help="a rule's id, or all for every rule")
    explain.add_argument("subject", metavar="SUBJECT_ID")
    _judging(explain, packs=False)


def _analysis(command: Command, common: Parser) -> None:
    csf = command("csf", "Evaluate answers to the EU Cloud Sovereignty Framework.")
    csf.add_argument("answers", type=Path, metavar="ANSWERS.csv")
    csf.add_argument("--weights", choices=WEIGHT_SETS, default=None)

    capacity = command("capacity", "Estimate memory, latency, throughput and training time.")
    verbs = capacity.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    estimate = verbs.add_parser("estimate", help="predict each configuration", parents=[common])
    estimate.add_argument("spec", type=Path, metavar="SPEC.csv")
    validate = verbs.add_parser(
        "validate",
        help="compare predictions with measured rows; without a file, the shipped cross-validation",
        parents=[common],
    )
    validate.add_argument("bench", type=Path, metavar="BENCH.csv", nargs="?", default=None)
    capacity_search.add(verbs, common)
    capacity_load.add(verbs, common)
    capacity_measurements.add(verbs, common)

    scenario = command("scenario", "List or add scenarios.")
    verbs = scenario.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    listing = verbs.add_parser("list", help="list the scenarios", parents=[common])
    listing.add_argument("file", type=Path, metavar="FILE")
    add = verbs.add_parser("add", help="add a scenario from a list of changes", parents=[common])
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument("name", metavar="NAME")
    add.add_argument("changes", type=Path, metavar="CHANGES.yaml")

    def edit(name: str, text: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=text, parents=[common])
        made.add_argument("file", type=Path, metavar="FILE")
        return made

    parser_scenarios.add_verbs(edit)

    compare = command("compare", "Compare scenarios with the base.")
    compare.add_argument("file", type=Path, metavar="FILE")
    compare.add_argument("names", nargs="*", metavar="SCENARIO")
    compare.add_argument("--all", action="store_true", help="compare every scenario")
    compare.add_argument("--weights", choices=WEIGHT_SETS, default=None)

    report = command("report", "Write a report.")
    report.add_argument("file", type=Path, metavar="FILE")
    report.add_argument("--kind", choices=REPORT_KINDS, default="audit")
    report.add_argument("--format", type=formats, default=["pdf"], metavar="pdf,html,xlsx,csv")
    report.add_argument("--out", type=Path, required=True, metavar="DIR")
    _judging(report)


def _judging(parser: argparse.ArgumentParser, *, packs: bool = True) -> None:
    if packs:
        parser.add_argument(
            "--pack", action="append", default=None, metavar="ID", help="a pack's id, or ./FOLDER"
        )
        parser.add_argument("--weights", choices=WEIGHT_SETS, default=None)
    parser.add_argument("--scenario", metavar="NAME", default=None)
    parser.add_argument("--as-of", type=day, default=None, metavar="DATE")


def _rules(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
        made.add_argument("--json", action="store_true", help="print one JSON object")
        return made

    verb("list", "list the shipped rules")
    columns = verb("columns", "list the views and columns a rule may read")
    columns.add_argument("view", nargs="?", metavar="VIEW", help="only the columns of this view")
    check = verb("check", "check the form of a pack or of a folder of packs")
    check.add_argument("folder", type=Path, metavar="DIR")
    test = verb("test", "run the tests of a pack or of a folder of packs")
    test.add_argument("folder", type=Path, metavar="DIR")
    test.add_argument(
        "--mutate",
        action="store_true",
        help="change each rule in every single place and list what no test notices",
    )
    schema = verb("schema", "write JSON Schema files, by which editors complete rules")
    schema.add_argument("folder", type=Path, metavar="DIR")


def _facts(parser: argparse.ArgumentParser, common: Parser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    listing = verbs.add_parser(
        "list", help="list verdicts resting on unverified facts", parents=[common]
    )
    listing.add_argument("file", type=Path, metavar="FILE")
    _judging(listing, packs=False)
    confirm = verbs.add_parser("confirm", help="confirm a fact, with its source", parents=[common])
    confirm.add_argument("file", type=Path, metavar="FILE")
    confirm.add_argument("table", metavar="TABLE")
    confirm.add_argument("key", nargs="+", type=pair, metavar="COLUMN=VALUE")
    confirm.add_argument("--by", required=True, metavar="NAME", help="who confirms it")
    confirm.add_argument("--source", required=True, metavar="TEXT", help="where it was read")
    confirm.add_argument("--reason", default=None, metavar="TEXT")


def _catalogue(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    for name, text in (("info", "count the facts"), ("check", "check their integrity")):
        verbs.add_parser(name, help=text).add_argument("--json", action="store_true")
    refresh = verbs.add_parser("refresh", help="take over newer facts as a layer")
    refresh.add_argument("csv", type=Path, metavar="CSV")
    refresh.add_argument("--dry-run", action="store_true", help="show the differences only")
    refresh.add_argument("--json", action="store_true")
