"""The commands around waivers, kept runs, the findings register and the calendar."""

import argparse
from collections.abc import Callable
from pathlib import Path

Command = Callable[[str, str], argparse.ArgumentParser]

CATEGORIES = ("accepted", "mitigated", "false_positive", "transition")


def add(command: Command, common: argparse.ArgumentParser, day: Callable[[str], object]) -> None:
    """Add the command `waivers`."""
    _waivers(command("waivers", "List, approve and revoke waivers."), common, day)


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
