"""The commands around shocks, blast radius and the editing of scenarios."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

Command = Callable[[str, str], argparse.ArgumentParser]


def add(
    command: Command,
    day: Callable[[str], object],
    weights: Sequence[str],
) -> None:
    """Add the commands `shock` and `blast`."""
    shock = command("shock", "Set shocks of the library on an estate and tell what they do.")
    shock.add_argument("file", type=Path, metavar="FILE")
    shock.add_argument("names", nargs="*", metavar="NAME", help="several are combined")
    shock.add_argument("--list", action="store_true", help="list the library")
    shock.add_argument(
        "--set",
        action="append",
        default=[],
        type=_setting,
        metavar="PARAM=VALUE",
        help="a parameter, for every shock named that has it, or SHOCK.PARAM=VALUE",
    )
    shock.add_argument("--no-recovery", action="store_true", help="look for no way back")
    shock.add_argument("--weights", choices=weights, default=None)
    blast = command("blast", "Take a node out of an estate: what dies, and through which path.")
    blast.add_argument("file", type=Path, metavar="FILE")
    blast.add_argument("dimension", nargs="?", metavar="DIMENSION", help="as provider or region")
    blast.add_argument("member", nargs="?", metavar="MEMBER", help="as aws, or aws/eu-west-3")
    blast.add_argument("--rank", action="store_true", help="rank all nodes (of the dimension)")
    blast.add_argument("--most", type=int, default=None, metavar="N", help="only the first N")
    blast.add_argument("--scenario", metavar="NAME", default=None)
    blast.add_argument("--as-of", type=day, default=None, metavar="DATE")


def add_verbs(verb: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the verbs of `scenario` that edit what is there; steps are counted from 1."""
    for name, text in (
        ("rename", "give a scenario another name"),
        ("copy", "copy a scenario"),
        ("branch", "add a scenario that goes on from another and follows it"),
    ):
        made = verb(name, text)
        made.add_argument("name", metavar="NAME")
        made.add_argument("new_name", metavar="NEW_NAME")
    verb("remove", "remove a scenario").add_argument("name", metavar="NAME")
    for name, text in (
        ("enable", "switch a step on"),
        ("disable", "switch a step off; it stays in the list"),
        ("drop", "take a step out"),
        ("move", "put a step at another place"),
    ):
        made = verb(name, text)
        made.add_argument("name", metavar="NAME")
        made.add_argument("number", type=int, metavar="STEP")
        if name == "move":
            made.add_argument("to", type=int, metavar="TO")
    shocks = verb("add-shock", "add a scenario made of shocks of the library")
    shocks.add_argument("name", metavar="NAME")
    shocks.add_argument("shocks", nargs="+", metavar="SHOCK")
    shocks.add_argument("--set", action="append", default=[], type=_setting, metavar="PARAM=VALUE")


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise argparse.ArgumentTypeError(f"'{text}' is not PARAM=VALUE")
    return name, value
