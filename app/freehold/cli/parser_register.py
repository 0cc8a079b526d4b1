"""The commands around waivers, kept runs, the findings register and the calendar."""

import argparse
from collections.abc import Callable
from pathlib import Path

Command = Callable[[str, str], argparse.ArgumentParser]

CATEGORIES = ("accepted", "mitigated", "false_positive", "transition")
STATUSES = ("open", "in_progress", "resolved", "accepted", "false_positive")


def add(command: Command, common: argparse.ArgumentParser, day: Callable[[str], object]) -> None:
    """Add the commands `waivers`, `runs`, `findings` and `calendar`."""
    _waivers(command("waivers", "List, approve and revoke waivers."), common, day)
    _runs(command("runs", "List, compare and remove kept runs."), common)
    _findings(command("findings", "List findings, and say who does what about them."), common, day)
    calendar = command("calendar", "List what expires, begins or is due, and when.")
    calendar.add_argument("file", type=Path, metavar="FILE")
    calendar.add_argument("--within", type=int, default=365, metavar="DAYS")
    calendar.add_argument("--kind", action="append", default=None, metavar="KIND")
    calendar.add_argument("--as-of", type=day, default=None, metavar="DATE")
    calendar.add_argument("--ics", type=Path, default=None, metavar="FILE.ics")


def _waivers(
    parser: argparse.ArgumentParser,
    common: argparse.ArgumentParser,
    day: Callable[[str], object],
) -> None:
    verb = _verbs(parser, common)
    listing = verb("list", "list the waivers with their state")
    listing.add_argument("--scenario", metavar="NAME", default=None)
    listing.add_argument("--as-of", type=day, default=None, metavar="DATE")
    add = verb("add", "approve a waiver of failing subjects")
    add.add_argument("rule", metavar="RULE")
    add.add_argument("--subject", action="append", default=[], metavar="SUBJECT_ID")
    add.add_argument("--scope", default=None, metavar="PREDICATE")
    add.add_argument("--id", dest="waiver_id", default="", metavar="WAIVER_ID")
    add.add_argument("--category", choices=CATEGORIES, required=True)
    for name in ("reason", "requester", "owner", "approver"):
        add.add_argument(f"--{name}", required=True, metavar="TEXT")
    add.add_argument("--approved", type=day, default=None, metavar="DATE")
    add.add_argument("--expires", type=day, required=True, metavar="DATE")
    add.add_argument("--control", default=None, metavar="TEXT", help="compensating control")
    add.add_argument("--evidence", default=None, metavar="TEXT")
    revoke = verb("revoke", "revoke a waiver; its row stays")
    revoke.add_argument("waiver_id", metavar="WAIVER_ID")
    revoke.add_argument("--by", required=True, metavar="NAME")
    revoke.add_argument("--on", type=day, default=None, metavar="DATE")


def _runs(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    verb = _verbs(parser, common)
    verb("list", "list the kept runs, the newest first")
    compare = verb("compare", "compare two kept runs and tell the causes apart")
    compare.add_argument("before", metavar="RUN_A", help="a run id or its first characters")
    compare.add_argument("after", metavar="RUN_B")
    compare.add_argument("--limit", type=int, default=100, metavar="N")
    remove = verb("remove", "remove a kept run")
    remove.add_argument("run", metavar="RUN")
    retain = verb("retain", "set how many runs the document keeps")
    retain.add_argument("count", type=int, metavar="N")


def _findings(
    parser: argparse.ArgumentParser,
    common: argparse.ArgumentParser,
    day: Callable[[str], object],
) -> None:
    verb = _verbs(parser, common)
    listing = verb("list", "list findings with owner, due date and status")
    for name in ("rule", "owner", "severity"):
        listing.add_argument(f"--{name}", default=None, metavar=name.upper())
    listing.add_argument("--status", choices=STATUSES, default=None)
    listing.add_argument("--overdue", action="store_true", help="only those past their due date")
    listing.add_argument("--registered", action="store_true", help="only those in the register")
    listing.add_argument("--limit", type=int, default=None, metavar="N")
    listing.add_argument("--csv", type=Path, default=None, metavar="FILE.csv", help="write them")
    setting = verb("set", "say who does what about a finding")
    setting.add_argument("rule", metavar="RULE")
    setting.add_argument("subject", metavar="SUBJECT_ID")
    setting.add_argument("--owner", default=None, metavar="NAME")
    setting.add_argument("--due", type=day, default=None, metavar="DATE")
    setting.add_argument("--status", choices=STATUSES, default=None)
    setting.add_argument("--comment", default=None, metavar="TEXT")


def _verbs(
    parser: argparse.ArgumentParser, common: argparse.ArgumentParser
) -> Callable[[str, str], argparse.ArgumentParser]:
    made = parser.add_subparsers(
        dest="verb", metavar="VERB", required=True, parser_class=type(parser)
    )

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        found: argparse.ArgumentParser = made.add_parser(
            name, help=text, description=text, parents=[common]
        )
        found.add_argument("file", type=Path, metavar="FILE")
        return found

    return verb
