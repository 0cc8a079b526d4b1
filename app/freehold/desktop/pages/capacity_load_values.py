"""A simulated load as the Capacity page shows it: rows, figures and sentences."""

from freehold.charts import LineChart
from freehold.charts.figure import LineSeries, Reference
from freehold.desktop.numbers import show
from freehold.desktop.pages.capacity_values import Line, figure, translate
from freehold.desktop.tables import Column
from freehold.workflows.results_load import LoadSimulation

OVER_TIME = "in_flight"
_STATISTICS = ("p50", "p90", "p95", "p99")
_MOST_CURVE_SHARE = 0.995
_SECONDS_FROM_MS = 10_000.0
_GOOD = 0.95
"""A latency target is usually agreed for 95 of 100 requests."""


def titles() -> dict[str, str]:
    """Return the latencies by their words."""
    return {
        "ttft_ms": translate("capacity", "First token"),
        "tpot_ms": translate("capacity", "Per token"),
        "itl_ms": translate("capacity", "Token gap"),
        "e2e_latency_ms": translate("capacity", "Last token"),
        "queue_ms": translate("capacity", "In the queue"),
    }


def latency_columns() -> list[Column]:
    """Return the columns of the percentiles."""
    return [
        Column("name", translate("capacity", "Latency, ms"), width=108),
        *(
            Column(
                name,
                f"{name[1:]} %",
                width=56,
                help=translate("capacity", "Share of requests that are at most as slow"),
            )
            for name in _STATISTICS
        ),
        Column("range", translate("capacity", "95 %, range"), width=112, help=_range_help()),
    ]


def _range_help() -> str:
    return translate("capacity", "80 % range of what 95 % of requests are not above")


def latency_rows(found: LoadSimulation) -> list[Line]:
    """Return one row for each latency that the workload has."""
    rows: list[Line] = []
    for name, words in titles().items():
        values = found.percentiles[name]
        if values["p50"] is None:
            continue
        high = values["p95_high80"]
        slow = _short(high) if high is not None else translate("capacity", "overloaded")
        rows.append(
            {
                "name": words,
                **{statistic: _short(values[statistic]) for statistic in _STATISTICS},
                "range": f"{_short(values['p95_low80'])} – {slow}",
            }
        )
    return rows


def _short(ms: float | None) -> str:
    """Return ms, or seconds where ms would not fit."""
    return f"{figure(ms / 1e3)} s" if ms is not None and ms >= _SECONDS_FROM_MS else figure(ms)


def broken_columns() -> list[Column]:
    """Return the columns of the rows of a trace that were not taken."""
    return [
        Column("line", translate("capacity", "Line"), "integer", width=88),
        Column("reason", translate("capacity", "Why it was not taken"), width=520),
    ]


def state(found: LoadSimulation) -> tuple[str, str]:
    """Return a sign and the outcome in one sentence."""
    if found.overloaded:
        return "fail", f"{found.overload}."
    met = [target for target in found.slo if target.met_share is not None]
    parts = [
        translate("capacity", "{0} of requests within {1} ms ({2})").format(
            show(target.met_share, "share"),
            figure(target.target_ms),
            titles()[target.metric].lower(),
        )
        for target in met
    ]
    if found.overloaded_at_slow_end:
        parts.append(
            translate("capacity", "too much if steps are as slow as the 80 % range allows")
        )
    if not parts:
        return "pass", translate("capacity", "No latency target is stated.")
    worst = min((target.met_share or 0.0 for target in met), default=1.0)
    good = worst >= _GOOD and not found.overloaded_at_slow_end
    return "pass" if good else "warn", "; ".join(parts) + "."


def facts(found: LoadSimulation) -> str:
    """Return what was simulated, in one or two lines."""
    replicas = found.replicas
    number = show(replicas.least, "integer")
    if replicas.most != replicas.least:
        number += "–" + show(replicas.most, "integer")
    return translate(
        "capacity", "Simulated: {0} requests ({1}) in {2} s on {3} replicas; offered load {4}."
    ).format(
        show(found.requests, "integer"),
        found.arrivals,
        show(found.seconds, "integer"),
        number,
        figure(found.offered_load),
    )


def detail_columns() -> list[Column]:
    """Return the columns of everything a simulation tells."""
    return [
        Column("name", translate("capacity", "Figure"), width=216),
        Column("value", translate("capacity", "Value"), width=168),
        Column("definition", translate("capacity", "Definition"), width=480),
    ]


def detail_rows(found: LoadSimulation) -> list[Line]:
    """Return everything a simulation tells beside the percentiles, with the definitions."""

    def share(value: float | None) -> str:
        return show(value, "share")

    def count(value: float | None) -> str:
        return show(value, "integer")

    told, cost, means = found.figures, found.cost, found.definitions
    doubt = " †" if cost.cost_usd is not None and cost.price_verified is False else ""
    load = (found.offered_load, found.offered_load_low80, found.offered_load_high80)
    rows = [
        ("Offered load", "{} ({}–{})".format(*map(figure, load)), means["offered_load"]),
        ("Utilisation", share(told["utilisation"]), means["utilisation"]),
        ("Requests per second", figure(told["requests_per_s"]), "Served, over the whole time"),
        (
            "Output tokens per second",
            figure(told["output_tokens_per_s_total"]),
            means["output_tokens_per_s_total"],
        ),
        ("Sequences in a step", figure(told["batch_mean"]), "Mean over the time in steps"),
        ("Cache in use, mean", share(told["cache_share_mean"]), "Of the tokens a replica holds"),
        ("Cache in use, most", share(told["cache_share_peak"]), "Of the tokens a replica holds"),
        ("Waiting, mean", figure(told["waiting_mean"]), "Requests whose prompt is not begun"),
        ("Waiting, most", count(told["waiting_peak"]), "Requests whose prompt is not begun"),
        ("Preemptions", count(found.preemptions), "A sequence gave its cache up and began again"),
        ("Failures of replicas", count(found.failures), "A failed replica loses its requests"),
        ("Requests begun anew", count(found.retried), "After a failure"),
        ("Device hours", figure(cost.device_hours), "Of the simulated time, cold starts included"),
        ("Cost, USD", figure(cost.cost_usd) + doubt, cost.reason or "Of the simulated time"),
        ("USD per million output tokens", figure(cost.usd_per_m_output_tokens), "At this load"),
        (
            "Step times",
            found.simulated,
            "The ends of ranges are runs with all steps slower, faster",
        ),
        ("Seed", count(found.seed), "The same seed gives the same figures"),
        *(("Assumed", remark, "") for remark in found.assumed),
        *((titles()[name], "", means[name]) for name in titles()),
    ]
    return [
        {
            "name": translate("capacity", name),
            "value": value or None,
            "definition": translate("capacity", meaning) or None,
        }
        for name, value, meaning in rows
    ]


def account(found: LoadSimulation) -> str:
    """Return how the trace was read."""
    trace = found.trace
    if trace is None:
        return ""
    counts = (trace.rows, trace.used, trace.broken, trace.too_long)
    return translate(
        "capacity", "{0} rows, {1} used, {2} broken, {3} too long for a replica"
    ).format(*(show(count, "integer") for count in counts))


def chart(found: LoadSimulation, shown: str) -> LineChart:
    """Return one latency over the share of requests, or the requests in flight over time."""
    if shown == OVER_TIME:
        return _over_time(found)
    curve = found.curves[shown]
    kept = [place for place, share in enumerate(curve.share) if share <= _MOST_CURVE_SHARE]
    words = titles()[shown]
    low, high = ([side[place] for place in kept] for side in (curve.low80, curve.high80))
    band = bool(kept) and all(value is not None for value in (*low, *high))
    drawn = any(curve.ms[place] is not None for place in kept)
    line = LineSeries(
        name=words,
        x=tuple(curve.share[place] * 100 for place in kept),
        y=tuple(curve.ms[place] for place in kept),
        low=tuple(float(value or 0) for value in low) if band else (),
        high=tuple(float(value or 0) for value in high) if band else (),
    )
    references = tuple(
        Reference(
            value=target.target_ms,
            label=translate("capacity", "target {0} ms").format(figure(target.target_ms)),
            colour="bad",
        )
        for target in found.slo
        if target.metric == shown
    )
    subtitle = translate(
        "capacity", "Share of requests at most as slow; the band is the 80 % range"
    )
    if drawn and not band:
        subtitle = translate("capacity", "Share of requests at most as slow; no upper range")
    return LineChart(
        title=words,
        subtitle=subtitle,
        unit="ms",
        lines=(line,) if drawn else (),
        references=references,
        x_title=translate("capacity", "% of requests"),
        y_title="ms",
        source=translate("capacity", "Simulated event by event"),
        empty=found.overload or translate("capacity", "This workload has no such figure."),
    )


def _over_time(found: LoadSimulation) -> LineChart:
    seconds = tuple(float(row["second"] or 0) for row in found.timeline)

    def line(name: str, words: str, *, stepped: bool = False) -> LineSeries:
        values = tuple(row[name] for row in found.timeline)
        return LineSeries(name=words, x=seconds, y=values, stepped=stepped)

    lines = [
        line("in_flight", translate("capacity", "in flight")),
        line("waiting", translate("capacity", "waiting")),
    ]
    if found.replicas.least != found.replicas.most:
        lines.append(line("replicas", translate("capacity", "replicas"), stepped=True))
    return LineChart(
        title=translate("capacity", "Over time"),
        subtitle=translate("capacity", "At the predicted step times"),
        lines=tuple(lines),
        x_title=translate("capacity", "seconds"),
        source=translate("capacity", "Simulated event by event"),
    )
