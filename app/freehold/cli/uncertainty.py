"""The command `uncertainty`: its options, its call and its text."""

import argparse
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from freehold.cli.tables import number, percent, table
from freehold.workflows import results_uncertainty as r

Command = Callable[[str, str], argparse.ArgumentParser]


def add(command: Command) -> None:
    """Add the command `uncertainty`."""
    one = command(
        "uncertainty", "Let the workloads meet many draws of demand, prices, performance, supply."
    )
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--scenario", metavar="NAME", default=None)
    one.add_argument("--draws", type=int, default=10_000, metavar="N", help="how many (10,000)")
    one.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same figures")
    one.add_argument("--months", type=int, default=24, metavar="N", help="horizon (24)")
    one.add_argument("--discount", type=float, default=0.0, metavar="X", help="share a year")
    one.add_argument(
        "--budget",
        type=float,
        default=None,
        metavar="USD",
        help="over the horizon; else the document's limit",
    )
    one.add_argument(
        "--power",
        type=float,
        default=None,
        metavar="KW",
        help="of own hardware; else the document's limit",
    )
    one.add_argument("--plan", action="store_true", help="the planner's plan, not what is held")
    one.add_argument("--robust", action="store_true", help="also machines for the dearest worlds")
    one.add_argument("--time-limit", type=float, default=30.0, metavar="S", help="of each solve")
    one.add_argument(
        "--assume",
        action="append",
        type=_assumption,
        default=[],
        metavar="NAME=VALUE",
        help="another value of an assumption, as in demand.serving.sigma=0.2",
    )


def _assumption(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not NAME=VALUE, as in demand.serving.sigma=0.2"
        ) from error


def _progress(done: int, all_of_them: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == all_of_them else "\r"
        print(f"Simulating workload {done} of {all_of_them}", end=end, file=sys.stderr)


def _uncertainty(options: Namespace) -> tuple[BaseModel, int]:
    from freehold.workflows import uncertainty as workflow

    question = workflow.Question(
        draws=options.draws,
        seed=options.seed,
        months=options.months,
        discount_rate=options.discount,
        budget_usd=options.budget,
        power_kw=options.power,
        changed=dict(options.assume),
        planned=options.plan,
        robust=options.robust,
        solve_seconds=options.time_limit,
    )
    result = workflow.uncertainty(
        options.file, question, scenario=options.scenario, progress=_progress
    )
    return result, 0


def _text(result: r.Uncertainty) -> str:
    parts = [
        f"{result.document}, {result.scenario}, {result.as_of}: {result.draws:,} draws, seed "
        f"{result.seed}, {result.months} months, discount {result.discount_rate:.1%} a year.\n"
        f"{result.simulated}.",
        table(("over the horizon", "planned", "P10", "P50", "P90", "mean"), _figures(result)),
        table(("chance", "of draws"), _chances(result)),
        table(
            ("alone uncertain", "which", "cost P10, USD", "cost P90, USD", "unserved P90"),
            [
                (s.what, s.which or "all", s.cost_p10_usd, s.cost_p90_usd,
                 "" if s.unserved_p90 is None else percent(s.unserved_p90))
                for s in result.tornado
            ],
        ),
        table(
            ("workload", "kind", "cost P10", "P50", "P90", "unserved P50", "P90", "breaks SLO"),
            [
                (w.workload, w.kind, w.cost_usd.p10, w.cost_usd.p50, w.cost_usd.p90,
                 percent(w.unserved_share.p50), percent(w.unserved_share.p90),
                 percent(w.slo_broken_probability) if w.kind == "serving" else "")
                for w in result.workloads
            ],
        ),
        _robust(result.robust) if result.robust else "",
        "\n".join(result.notes),
        f"{len(result.assumptions)} assumptions, "
        f"{sum(not a.verified for a in result.assumptions)} of them not verified; --json lists "
        "them with their sources.",
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def _robust(chosen: r.RobustChoice) -> str:
    rows = [(x.workload, x.row, x.machines, x.usd_per_month) for x in chosen.machines]
    return (
        f"Robust: the dearest {1 - chosen.level:.0%} of worlds cost {chosen.cvar_usd:,.0f} USD, "
        f"{chosen.mean_usd:,.0f} on average; machines for the least mean cost "
        f"{chosen.average_cvar_usd:,.0f} and {chosen.average_mean_usd:,.0f} "
        f"(chosen by {chosen.draws} draws, judged by others).\n\n"
        + table(("workload", "machines of", "how many", "USD a month"), rows)
    )


def _figures(result: r.Uncertainty) -> list[tuple[object, ...]]:
    cost, lost, power = result.cost_usd, result.unserved_share, result.power_kw
    rows: list[tuple[object, ...]] = [
        ("cost, USD", *(number(x) for x in
         (result.planned_cost_usd, cost.p10, cost.p50, cost.p90, cost.mean))),
        ("unserved demand", *(percent(x) for x in
         (result.planned_unserved_share, lost.p10, lost.p50, lost.p90, lost.mean))),
    ]  # fmt: skip
    if power.p50 is not None:
        rows.append(
            ("power of own hardware, kW", "", *(number(x) for x in
             (power.p10, power.p50, power.p90, power.mean)))
        )  # fmt: skip
    return rows


def _chances(result: r.Uncertainty) -> list[tuple[str, str]]:
    rows = [("a serving workload breaks its targets", percent(result.slo_broken_probability))]
    if result.budget_usd is not None:
        rows.append(
            (f"cost above {result.budget_usd:,.0f} USD", percent(result.over_budget_probability))
        )
    if result.power_limit_kw is not None:
        rows.append(
            (f"power above {result.power_limit_kw:,.0f} kW", percent(result.over_power_probability))
        )
    if result.late_probability is not None:
        rows.append(("capacity over 30 days late", percent(result.late_probability)))
    rows.append(("dearest 5 % of draws, mean cost", f"{result.cost_cvar95_usd:,.0f} USD"))
    return rows


HANDLERS: dict[str, Callable[[Namespace], tuple[BaseModel, int]]] = {"uncertainty": _uncertainty}
LAYOUTS: dict[type[BaseModel], Callable[[Any], str]] = {r.Uncertainty: _text}
