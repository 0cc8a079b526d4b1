"""The command `inventory`: its options, its call and its text."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from freehold.cli.tables import number, percent, table
from freehold.workflows import results_inventory as r

Command = Callable[[str, str], argparse.ArgumentParser]


def add(command: Command) -> None:
    """Add the command `inventory`."""
    one = command("inventory", "List accelerators held and used, spares to keep, training queues.")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--scenario", metavar="NAME", default=None)


def _inventory(options: Namespace) -> tuple[BaseModel, int]:
    from freehold.workflows import inventory

    return inventory.inventory(options.file, scenario=options.scenario), 0


def _text(result: r.Inventory) -> str:
    parts = [
        f"{result.document}, {result.scenario}, {result.as_of}. Out of order: "
        f"{result.out_of_order_share:.2%} of devices, {result.out_of_order_share_own:.2%} of own "
        f"ones; spares for {result.confidence:.0%} confidence.",
        table(
            ("provider", "region", "accelerator", "held", "ordered", "used", "quota", "reserve",
             "short"),
            [
                (h.provider_id, h.region_id, h.accelerator_id, h.held, h.ordered, h.used, h.quota,
                 h.reserve, h.short)
                for h in result.holdings
            ],
        ),
        table(
            ("commitment", "provider", "kind", "from", "to", "value", "currency"),
            [
                (c["commitment_id"], c["provider_id"], c["kind"], c["start_date"], c["end_date"],
                 c["value"], c["currency"])
                for c in result.commitments
            ],
        ),
        table(
            ("training at", "accelerator", "devices", "runs a month", "hours a run", "at once",
             "busy", "wait", "has to wait"),
            [
                (q.provider_id, q.accelerator_id, q.devices, q.runs_per_month, q.run_hours,
                 q.at_once, percent(q.utilisation),
                 "overloaded" if q.wait_hours is None else number(q.wait_hours, "h"),
                 percent(q.waits))
                for q in result.queues
            ],
        ),
        f"{result.basis[:1].upper()}{result.basis[1:]}.",
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


HANDLERS: dict[str, Callable[[Namespace], tuple[BaseModel, int]]] = {"inventory": _inventory}
LAYOUTS: dict[type[BaseModel], Callable[[Any], str]] = {r.Inventory: _text}
