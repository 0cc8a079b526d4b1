"""The command `capacity simulate`: its options, its call and its text."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from freehold.cli.tables import number, percent, table
from freehold.workflows.results_load import LoadSimulation, Target

_FIGURES = (
    ("requests_per_s", "requests/s served"),
    ("output_tokens_per_s_total", "output tokens/s"),
    ("input_tokens_per_s_total", "prompt tokens/s"),
    ("utilisation", "utilisation (time in steps)"),
    ("batch_mean", "sequences per step"),
    ("cache_share_mean", "cache in use, mean"),
    ("cache_share_peak", "cache in use, most"),
    ("waiting_mean", "requests waiting, mean"),
    ("waiting_peak", "requests waiting, most"),
)
_SHARES = {"utilisation", "cache_share_mean", "cache_share_peak"}


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb `simulate`."""
    text = "simulate a serving workload event by event, under drawn or recorded requests"
    verb = verbs.add_parser(
        "simulate", help=text, description=text[:1].upper() + text[1:] + ".", parents=[common]
    )
    verb.add_argument("file", type=Path, metavar="FILE")
    verb.add_argument("workload", metavar="WORKLOAD")
    verb.add_argument(
        "--trace",
        type=Path,
        default=None,
        metavar="TRACE.csv",
        help="recorded requests: TIMESTAMP,ContextTokens,GeneratedTokens (Azure), or "
        "timestamp,input_length,output_length,hash_ids (Mooncake), CSV or one JSON a line",
    )
    verb.add_argument(
        "--pace", type=float, default=1.0, metavar="X", help="replay a trace X times faster"
    )
    verb.add_argument("--scenario", metavar="NAME", default=None)
    verb.add_argument("--requests", type=int, default=None, metavar="N", help="drawn (10,000)")
    verb.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same figures")
    verb.add_argument(
        "--burstiness",
        type=float,
        default=1.0,
        metavar="CV",
        help="variation of the gaps between requests: 1 Poisson, more is bursty",
    )
    verb.add_argument("--fixed-lengths", action="store_true", help="all of the mean lengths")
    verb.add_argument("--replicas", type=int, default=None, metavar="N")
    verb.add_argument(
        "--routing",
        default="least_outstanding",
        metavar="POLICY",
        help="round_robin, least_outstanding, least_cache, session or prefix",
    )
    verb.add_argument(
        "--autoscale", type=_range, default=None, metavar="MIN:MAX", help="replicas by load"
    )
    verb.add_argument("--failures", action="store_true", help="replicas fail and are repaired")
    verb.add_argument("--token-budget", type=int, default=None, metavar="N", help="per step")
    verb.add_argument(
        "--cached-share", type=float, default=0.0, metavar="X", help="of each prompt, 0 to 1"
    )


def _range(text: str) -> tuple[int, int]:
    least, sign, most = text.partition(":")
    if not (sign and least.isdigit() and most.isdigit()):
        raise argparse.ArgumentTypeError(f"'{text}' is not MIN:MAX, as in 1:8")
    return int(least), int(most)


def _simulate(options: Namespace) -> tuple[BaseModel, int]:
    from freehold.capacity.load import Question
    from freehold.errors import InputError
    from freehold.workflows import simulating

    if options.trace and options.requests is not None:
        raise InputError("--requests says how many to draw, but a trace is given")
    if options.seed < 0:
        raise InputError(f"--seed cannot be {options.seed}", mend="Give 0 or more")
    question = Question(
        requests=10_000 if options.requests is None else options.requests,
        seed=options.seed,
        variation=options.burstiness,
        fixed_lengths=options.fixed_lengths,
        replicas=options.replicas,
        routing=options.routing,
        autoscale=options.autoscale,
        failures=options.failures,
        batched_tokens=options.token_budget,
        cached_share=options.cached_share,
        pace=options.pace,
    )
    result = simulating.simulate(
        options.file, options.workload, question, trace=options.trace, scenario=options.scenario
    )
    return result, 0


def _text(result: LoadSimulation) -> str:
    replicas = result.replicas
    there = f"{replicas.start} replicas"
    if replicas.least != replicas.most:
        there = f"{replicas.least} to {replicas.most} replicas"
    parts = [
        f"{result.workload} {result.name}: {result.simulated}.\n"
        f"{result.requests:,} requests ({result.arrivals}) in {result.seconds:,.0f} s on {there} "
        f"of {replicas.devices_per_replica} devices, routed by {result.routing}.",
        _trace(result),
        result.overload + "." if result.overload else _latencies(result),
        table(
            ("target", "ms", "met by", "80 % range"),
            [
                (
                    t.metric,
                    t.target_ms,
                    percent(t.met_share),
                    f"{_low(t)} to {percent(t.met_share_high80)}",
                )
                for t in result.slo
            ],
        )
        if not result.overloaded
        else "",
        table(("figure", "value"), _figures(result)),
    ]
    if result.overloaded_at_slow_end and not result.overloaded:
        parts.append(
            "If each step is as slow as the 80 % range allows, this load is too much "
            f"(offered load {result.offered_load_high80:.2f})."
        )
    if result.assumed:
        parts.append(f"Assumed: {'; '.join(result.assumed)}.")
    return "\n\n".join(part for part in parts if part)


def _low(target: Target) -> str:
    return "overloaded" if target.met_share_low80 is None else percent(target.met_share_low80)


def _trace(result: LoadSimulation) -> str:
    trace = result.trace
    if trace is None:
        return ""
    lines = [
        f"{trace.form} {trace.path}: {trace.rows:,} rows, {trace.used:,} used, "
        f"{trace.broken:,} broken, {trace.too_long:,} longer than a replica can hold"
        + ("" if trace.was_ordered else "; put in order of time")
    ]
    lines += [f"  line {row.line}: {row.reason}" for row in trace.broken_rows[:10]]
    if trace.broken > 10:
        lines.append(f"  and {trace.broken - 10:,} more (--json lists 100)")
    return "\n".join(lines)


def _latencies(result: LoadSimulation) -> str:
    rows = []
    for name, values in result.percentiles.items():
        if values["p50"] is None:
            continue
        high = values["p95_high80"]
        slow = f"{high:,.1f}" if high is not None else "overloaded"
        shown = [values[statistic] for statistic in ("mean", "p50", "p90", "p95", "p99")]
        rows.append((name, *shown, f"{values['p95_low80']:,.1f} to {slow}"))
    return table(("latency", "mean", "p50", "p90", "p95", "p99", "80 % range of p95"), rows)


def _figures(result: LoadSimulation) -> list[tuple[str, str]]:
    rows = [
        (
            "offered load",
            f"{result.offered_load:.2f} ({result.offered_load_low80:.2f} to "
            f"{result.offered_load_high80:.2f})",
        )
    ]
    for name, words in _FIGURES:
        value = result.figures[name]
        rows.append((words, percent(value) if name in _SHARES else number(value)))
    rows += [
        ("preemptions", f"{result.preemptions:,}"),
        ("failures of replicas", f"{result.failures:,}"),
        ("requests begun anew", f"{result.retried:,}"),
        ("device hours", f"{result.cost.device_hours:,.2f}"),
    ]
    cost = result.cost
    if cost.cost_usd is None:
        rows.append(("cost", f"unknown: {cost.reason}"))
    else:
        mark = " (price not verified)" if cost.price_verified is False else ""
        rows.append(("cost, USD", f"{cost.cost_usd:,.2f}{mark}"))
        per_million = number(cost.usd_per_m_output_tokens)
        rows.append(("USD per million output tokens", per_million))
    return rows


HANDLERS: dict[str, Callable[[Namespace], tuple[BaseModel, int]]] = {"capacity simulate": _simulate}
LAYOUTS: dict[type[BaseModel], Callable[[Any], str]] = {LoadSimulation: _text}
