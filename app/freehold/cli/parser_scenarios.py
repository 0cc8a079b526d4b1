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


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise argparse.ArgumentTypeError(f"'{text}' is not PARAM=VALUE")
    return name, value
