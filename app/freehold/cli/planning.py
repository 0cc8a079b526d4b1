"""The plan command: its options, its run and its answer in words."""

import argparse
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from freehold.cli.tables import percent, table
from freehold.workflows.results_plan import PlanResult

OBJECTIVES = ("cost", "carbon", "both")


def add(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the plan command."""
    plan = command("plan", "Plan where workloads run: places, machines, terms, cost, SEAL.")
    plan.add_argument("file", type=Path, metavar="FILE")
    plan.add_argument("--scenario", metavar="NAME", default=None)
    plan.add_argument("--minimise", choices=OBJECTIVES, default="cost")
    plan.add_argument("--min-seal", type=int, choices=range(5), default=None, metavar="N")
    plan.add_argument("--months", type=int, default=12, metavar="N", help="horizon, 12 by default")
    plan.add_argument(
        "--gap", type=float, default=0.01, metavar="G", help="share of the cost that may be left"
    )
    plan.add_argument("--time-limit", type=float, default=60.0, metavar="S", help="seconds")
    plan.add_argument("--seed", type=int, default=0, metavar="N")
    plan.add_argument("--discount-rate", type=float, default=0.0, metavar="R", help="a year")
    plan.add_argument(
        "--unknown",
        choices=("allow", "exclude"),
        default="allow",
        help="places on which a rule cannot decide",
    )
    plan.add_argument(
        "--limit",
        action="append",
        type=_limit,
        default=[],
        metavar="KIND=VALUE",
        help="of this plan alone, as in budget=2e6, budget_month=1e5, power_kw=40, carbon_kg=1e4, "
        "share:provider_group=0.4",
    )
    plan.add_argument(
        "--without", action="append", default=[], metavar="RULE", help="a rule not to keep"
    )
    plan.add_argument("--save-as", metavar="NAME", help="take the plan over as a scenario")
    plan.add_argument(
        "--keep", action="store_true", help="with the document, for its reports and the window"
    )
    plan.add_argument("--pareto", action="store_true", help="the price of each step of SEAL")


def _limit(text: str) -> tuple[str, str | None, float]:
    what, _, value = text.partition("=")
    kind, _, dimension = what.strip().partition(":")
    try:
        return kind, dimension or None, float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not KIND=VALUE, as in budget=2000000"
        ) from error


def _run(options: Namespace) -> tuple[BaseModel, int]:
    from freehold.planning import Ceiling, PlanOptions
    from freehold.workflows import planning

    asked = PlanOptions(
        minimise=options.minimise,
        min_seal=options.min_seal,
        months=options.months,
        gap=options.gap,
        time_limit=options.time_limit,
        seed=options.seed,
        discount_rate=options.discount_rate,
        unknown=options.unknown,
        ceilings=tuple(Ceiling(kind, value, dimension) for kind, dimension, value in options.limit),
        lifted=tuple(options.without),
    )
    tell = _progress if sys.stderr.isatty() else None
    made = planning.make(
        options.file,
        options=asked,
        scenario=options.scenario,
        pareto=options.pareto,
        save_as=options.save_as,
        keep=options.keep,
        tell=tell,
    )
    return made, 0


def _progress(seconds: float, objective: float | None, bound: float) -> None:
    found = "no plan yet" if objective is None else f"{objective:,.0f}"
    print(f"\r{seconds:5.1f} s  {found}  bound {bound:,.0f}   ", end="", file=sys.stderr)


def _money(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.0f} {'USD'}"


def _words(result: PlanResult) -> str:
    head = f"{result.document}, {result.scenario}, as of {result.as_of}: {result.status}"
    if result.cost_usd is None:
        lines = [head, *result.conflict]
    else:
        lines = [
            f"{head}, {_money(result.cost_usd)} over {result.months} months (gap "
            f"{percent(result.gap)}), {result.carbon_kg:,.0f} kg CO2e; "
            f"SEAL {result.seal} (proven {result.seal_proven}, at best {result.seal_best_case})",
            "Cost: "
            + ", ".join(
                f"{name} {value:,.0f}" for name, value in result.cost_parts.items() if value
            ),
        ]
    placed = table(
        ("workload", "provider", "region", "machine", "term", "months", "share", "machines",
         "USD", "SEAL", "marks"),
        [
            (r.workload, r.provider, r.region or r.country or "-", r.instance_type, r.term,
             f"{r.from_month}-{r.to_month}", r.share, r.machines, r.cost_usd, r.seal, _marks(r))
            for r in result.placements
        ],
    )  # fmt: skip
    binding = table(
        ("requirement", "costs USD", "share", "by relaxed prices", "meaning"),
        [(b.constraint, b.price, b.share, b.estimate, b.says) for b in result.binding],
    )
    curve = table(
        ("SEAL", "proven", "at best", "score", "USD", "what it takes"),
        [
            (p.seal, p.seal_proven, p.seal_best_case, p.score, p.cost_usd,
             "; ".join(p.conflict or p.changes))
            for p in result.pareto
        ],
    )  # fmt: skip
    moves = table(
        ("order", "moves", "from", "to", "month", "USD", "GB", "contract", "notice months",
         "ends", "committed"),
        [
            (m.order, _what(m), m.moves_from, m.moves_to, m.month, m.cost_usd, m.egress_gb,
             m.contract or "-", m.notice_months, m.contract_ends or "-", ", ".join(m.commitments))
            for m in result.migration
        ],
    )  # fmt: skip
    data = table(
        ("data set", "provider", "region", "months", "read by", "USD a month", "USD once"),
        [
            (c.data_set, c.provider, c.region or c.country or "-",
             f"{c.from_month}-{c.to_month}", ", ".join(c.readers), c.usd_per_month, c.once_usd)
            for c in result.data_sets
        ],
    )  # fmt: skip
    rules = [
        f"The plan breaks {rule}, judged again: {', '.join(subjects)}"
        for rule, subjects in (result.broken or {}).items()
    ]
    if result.obeyed:
        rules.append(f"Rules that shape the plan and are kept: {', '.join(result.obeyed)}")
    if result.undecided:
        named = ", ".join(f"{rule} ({count})" for rule, count in result.undecided.items())
        rules.append(f"Rules that cannot decide on rows of the plan: {named}")
    rules += [f"No place cures {rule}: {n} workloads" for rule, n in result.independent.items()]
    rules += [f"Not modelled: {rule}, {why}" for rule, why in result.unmodelled.items()]
    rules += [f"Not planned: {name}, {why}" for name, why in result.not_planned.items()]
    parts = [
        "\n".join(lines),
        placed,
        data,
        binding,
        curve,
        moves,
        "\n".join(rules),
        "\n".join(result.notes),
    ]
    return "\n\n".join(part for part in parts if part)


def _what(move: Any) -> str:
    return str(move.workload) if move.kind == "workload" else f"{move.kind} {move.workload}"


def _marks(row: Any) -> str:
    marks = []
    if not row.price_verified:
        marks.append("price not verified")
    if not row.price_regional:
        marks.append("price not regional")
    return ", ".join(marks)


HANDLERS: dict[str, Callable[[Namespace], tuple[BaseModel, int]]] = {"plan": _run}
LAYOUTS: dict[type[BaseModel], Callable[[Any], str]] = {PlanResult: _words}
