"""The commands that search for capacity: `capacity search` and what stands beside it."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from freehold.capacity import OBJECTIVES, TRAINING_OBJECTIVES
from freehold.cli.tables import significant, table
from freehold.errors import InputError
from freehold.workflows import results_capacity as r

TERMS = ("on_demand", "spot", "reserved_1y", "reserved_3y", "any")
_SHOWN = 25


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs to those of `capacity`."""
    search = verbs.add_parser(
        "search",
        help="best parallelism, precision and batch for a serving workload on each machine",
        parents=[common],
    )
    search.add_argument("file", type=Path, metavar="FILE")
    search.add_argument("workload", metavar="WORKLOAD", help="a workload's id")
    search.add_argument("--by", choices=OBJECTIVES, default="cost", help="what is best")
    search.add_argument("--chip", action="append", default=None, metavar="ACCELERATOR")
    search.add_argument("--precision", action="append", default=None, metavar="PRECISION")
    search.add_argument(
        "--places", action="store_true", help="tell where the document's rules forbid it"
    )
    search.add_argument("--term", choices=TERMS, default="on_demand", help="prices of this term")

    layouts = verbs.add_parser(
        "layouts",
        help="best TP, PP, DP, EP, CP, ZeRO, recomputation and micro-batch of training runs",
        parents=[common],
    )
    layouts.add_argument(
        "file", type=Path, metavar="SPEC.csv|FILE", help="runs as CSV, or a document"
    )
    layouts.add_argument("workload", nargs="?", metavar="WORKLOAD", help="of the document")
    layouts.add_argument("--devices", type=int, action="append", metavar="N", default=None)
    layouts.add_argument("--by", choices=TRAINING_OBJECTIVES, default="time", help="what is best")
    layouts.add_argument("--term", choices=TERMS, default="on_demand", help="prices of this term")
    layouts.add_argument("--top", type=int, default=20, metavar="N", help="layouts per run")

    router = verbs.add_parser(
        "router",
        help="a small model before a large one or an API: cost, latency, break-even",
        parents=[common],
    )
    router.add_argument(
        "file", nargs="?", type=Path, metavar="ROUTERS.csv|FILE",
        help="routers as CSV, or a document; the shipped example if left out",
    )  # fmt: skip
    router.add_argument("workload", nargs="?", metavar="WORKLOAD", help="of the document")
    router.add_argument("--small", metavar="MODEL", help="small model for the workload")
    router.add_argument("--precision", default="", metavar="PRECISION", help="of the models")
    router.add_argument("--share", type=float, default=0.8, help="share tried by the small model")
    router.add_argument("--fallback", type=float, default=0.1, help="share of those tried again")
    router.add_argument("--peak", type=float, default=2.0, help="peak load over mean load")
    router.add_argument("--api", nargs=2, metavar=("PROVIDER", "MODEL"), default=None)
    router.add_argument("--term", choices=TERMS, default="on_demand", help="prices of this term")

    model = verbs.add_parser(
        "model", help="read a model's config.json, into a document if one is given",
        parents=[common],
    )  # fmt: skip
    model.add_argument("config", type=Path, metavar="CONFIG.json")
    model.add_argument("--name", metavar="MODEL", help="what workloads will call it")
    model.add_argument("--into", type=Path, metavar="FILE", help="add it to this document")
    model.add_argument("--developer", metavar="NAME")
    model.add_argument("--replace", action="store_true", help="replace a model of that name")


def _search(options: Namespace) -> tuple[BaseModel, int]:
    from freehold.workflows import capacity_search

    found = capacity_search.search_serving(
        options.file,
        options.workload,
        by=options.by,
        chips=options.chip,
        precisions=options.precision,
        term=None if options.term == "any" else options.term,
        places=options.places,
    )
    return found, 0


def _layouts(options: Namespace) -> tuple[BaseModel, int]:
    from freehold.workflows import capacity_training

    found = capacity_training.search_layouts(
        options.file,
        workload=options.workload,
        devices=options.devices,
        by=options.by,
        term=None if options.term == "any" else options.term,
        top=max(options.top, 1),
    )
    return found, 0


def _router(options: Namespace) -> tuple[BaseModel, int]:
    from freehold.workflows import capacity_router

    term = None if options.term == "any" else options.term
    if options.workload is None:
        return capacity_router.route(options.file, term=term), 0
    if options.small is None:
        raise InputError("A router needs a small model", mend="Give --small MODEL")
    found = capacity_router.route_workload(
        options.file,
        options.workload,
        small=options.small,
        share=options.share,
        fallback=options.fallback,
        precision=options.precision,
        api=tuple(options.api) if options.api else None,
        peak=options.peak,
        term=term,
    )
    return found, 0


def _model(options: Namespace) -> tuple[BaseModel, int]:
    from freehold.workflows import capacity_model

    found = capacity_model.import_model(
        options.config,
        model_id=options.name,
        into=options.into,
        developer=options.developer,
        replace=options.replace,
    )
    return found, 0


HANDLERS: dict[str, Callable[[Namespace], tuple[BaseModel, int]]] = {
    "capacity search": _search,
    "capacity layouts": _layouts,
    "capacity router": _router,
    "capacity model": _model,
}


def ranged(row: dict[str, Any], name: str) -> str:
    """Return a figure with its 80 % range."""
    value, low, high = row.get(name), row.get(f"{name}_low80"), row.get(f"{name}_high80")
    if value is None:
        return "unknown"
    shown = significant(value)
    return (
        shown
        if low is None or high is None
        else f"{shown} ({significant(low)} to {significant(high)})"
    )


def _ways(row: dict[str, Any]) -> str:
    parts = [f"{name}{row[name]:g}" for name in ("tp", "pp", "dp", "ep") if row[name] > 1]
    return " ".join(parts) or "1 device"


def _precision(row: dict[str, Any]) -> str:
    names = (row["weight_precision"], row["activation_precision"], row["kv_precision"])
    return "/".join(names)


def _place(row: dict[str, Any]) -> str:
    """Return what the rules say of a row's place."""
    if row["provider_id"] is None:
        return ""
    if row["place_allowed"] is None:
        return f"undecided by {len(row['place_undecided_by'].split('; '))} rules"
    return "allowed" if row["place_allowed"] else f"forbidden by {row['place_forbidden_by']}"


def _serving(found: r.ServingSearch) -> str:
    shown = [
        (
            row["accelerator_id"] + ("" if row["chip_measured"] else " *"),
            row["provider_id"] or "",
            row["instance_type"] or "",
            _precision(row),
            _ways(row),
            f"{row['batch_per_replica']:g}",
            f"{row['devices']:g}",
            ranged(row, "usd_per_m_tokens"),
            ranged(row, "ttft_ms"),
            ranged(row, "tpot_ms"),
            ranged(row, "kwh_per_m_tokens"),
            *((_place(row),) if found.places_judged else ()),
        )
        for row in found.rows[:_SHOWN]
    ]
    head = ("chip", "provider", "machine", "weights/compute/cache", "ways", "batch", "devices",
            "USD per M tokens", "TTFT ms", "TPOT ms", "kWh per M tokens",
            *(("place",) if found.places_judged else ()))  # fmt: skip
    answered = {row["accelerator_id"] for row in found.rows}
    chips = {one.accelerator_id for one in found.refused} - answered
    worst = {
        one.accelerator_id: one.reason
        for one in sorted(found.refused, key=lambda one: one.configurations)
        if one.accelerator_id in chips
    }
    parts = [
        f"{found.workload}: {found.model}, best by {found.by}. {found.as_held.sentence}.",
        table(head, shown),
        "* nobody has measured this chip: class medians and a wider range. Brackets: 80 % range.",
        f"{len(found.rows)} machines; {found.configurations} configurations, "
        f"{found.evaluated} evaluated at several batches in {found.evaluate_seconds:.2f} s.",
    ]
    if not found.places_judged:
        parts.append("Machines are listed wherever they are offered; --places judges the places.")
    if worst:
        parts.append("Not possible on:")
        parts.append(table(("chip", "most frequent reason"), sorted(worst.items())))
    parts.append("\n".join(f"{name}: {text}" for name, text in found.definitions.items()
                           if name in ("usd_per_m_tokens", "ttft_ms", "tpot_ms",
                                       "kwh_per_m_tokens")))  # fmt: skip
    return "\n\n".join(parts)


def _training(found: r.TrainingSearch) -> str:
    head = ("devices", "TP", "PP", "CP", "EP", "DP", "ZeRO", "interleave", "micro", "recompute",
            "step s", "MFU", "GiB a device", "days", "GPU hours", "goodput", "USD")  # fmt: skip
    parts = []
    for run in found.runs:
        shown = [
            (
                *(f"{row[name]:g}" for name in ("accelerators", "tp", "pp", "cp", "ep", "dp")),
                *(f"{row[name]:g}" for name in ("zero", "interleave", "micro_batch")),
                row["recompute"],
                ranged(row, "step_time_s"),
                ranged(row, "mfu"),
                f"{row['memory_total_gib']:.1f}",
                ranged(row, "days"),
                ranged(row, "gpu_hours"),
                f"{row['goodput']:.1%}",
                ranged(row, "usd_per_run"),
            )
            for row in run.rows
        ]
        title = f"{run.config_id}: {run.phase} of {run.model} on {run.accelerator_id}"
        parts.append(f"{title}, best by {found.by} of {run.configurations} layouts.")
        parts.append(table(head, shown) or "No layout can run.")
        refused = [(one["configurations"], one["reason"]) for one in run.refused]
        parts.append(table(("layouts", "not possible because"), refused))
    parts += [
        f"Brackets: 80 % range. Evaluated in {found.evaluate_seconds:.2f} s.",
        found.mfu_definition,
    ]
    return "\n\n".join(part for part in parts if part)


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0%}"


def _volume(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else f"{value:.2g}"


def _routed(found: r.Routed) -> str:
    head = ("router", "USD a month", "large alone", "times cheaper", "at most", "claim",
            "small used", "ms", "break-even requests a month", "and utilisation")  # fmt: skip
    shown = [
        (
            row["router_id"],
            ranged(row, "usd_per_month"),
            ranged(row, "large_usd_per_month"),
            ranged(row, "times_cheaper"),
            "unknown" if row.get("most_times_cheaper") is None
            else f"{row['most_times_cheaper']:.1f}",
            row["claim"],
            _share(row.get("small_utilisation")),
            ranged(row, "e2e_latency_ms"),
            _volume(row, "break_even_requests_per_month"),
            "" if row.get("break_even_utilisation") is None
            else f"{row['break_even_utilisation']:.1%}",
        )
        for row in found.rows
        if not row["refused_because"]
    ]  # fmt: skip
    why = [(row["router_id"], row.get("title") or "", row.get("because") or row["refused_because"])
           for row in found.rows]  # fmt: skip
    parts = [
        f"{found.claim}: looked into, {found.claim_low:g}x to {found.claim_high:g}x.",
        table(head, shown),
        "\n".join(f"{name}: {title}. {text[:1].upper()}{text[1:]}." for name, title, text in why),
        "\n".join(found.assumptions),
        "Where the claim stands:\n" + "\n".join(found.claim_sources),
        "Brackets: 80 % range.",
    ]
    return "\n\n".join(part for part in parts if part)


def _imported(found: r.ModelImport) -> str:
    layers = found.caches
    lines = [
        f"{found.model_id} ({found.model_type}): {found.params_total_b:,.2f} billion parameters, "
        f"{found.params_active_b:,.2f} active for a token, {found.model['attention']}.",
        f"Layers: {layers['cached_layers']} cache the whole context, {layers['window_layers']} a "
        f"window of {layers['window_tokens'] or 'no'} tokens, {layers['state_layers']} keep a "
        "state.",
        f"Checkpoint in {found.precision}." if found.precision else "",
        *(f"Note: {flag}." for flag in found.flags),
        f"{'Replaced in' if found.replaced else 'Added to'} {found.document}."
        if found.document
        else "Nothing was written; give --into FILE to add it to a document.",
    ]
    return "\n".join(line for line in lines if line)


LAYOUTS: dict[type[BaseModel], Callable[[Any], str]] = {
    r.ServingSearch: _serving,
    r.TrainingSearch: _training,
    r.Routed: _routed,
    r.ModelImport: _imported,
}
