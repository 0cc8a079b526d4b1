"""Results in words, for people at a terminal."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from freehold.catalogue import CatalogueInfo
from freehold.cli import (
    actuals,
    capacity_load,
    capacity_measurements,
    capacity_search,
    inventory,
    levels,
    planning,
    text_capacity,
    text_facts,
    text_register,
    text_scenarios,
    text_score,
    uncertainty,
)
from freehold.cli.tables import level, percent, table
from freehold.compliance.csf import CsfResult
from freehold.workflows import results as r
from freehold.workflows.results_facts import FactList


def render(result: BaseModel) -> str:
    """Return a result as text; results without a layout of their own print as JSON."""
    for kind, layout in LAYOUTS.items():
        if type(result) is kind:
            return layout(result)
    return result.model_dump_json(by_alias=True, indent=2)


def _samples(result: r.SampleList) -> str:
    return table(("sample", "title"), [(s.name, s.title) for s in result.samples])


def _new(result: r.NewDocument) -> str:
    origin = f" from the sample '{result.sample}'" if result.sample else ""
    return (
        f"Made {result.path}{origin}: {result.resources} resources, "
        f"packs {', '.join(result.packs)}, as of {result.as_of}."
    )


def _import(result: r.ImportSummary) -> str:
    parts = [
        f"Read {result.read} records ({result.kind}): {result.imported} taken over, "
        f"{result.read - result.imported} skipped; {result.resources} resources.",
    ]
    if result.currency_totals:
        totals = ", ".join(f"{c} {float(t):,.2f}" for c, t in result.currency_totals.items())
        parts.append(f"Cost ({result.cost_column}): {totals}")
    if result.added is not None:
        parts.append(
            f"Rows: {result.added} added, {result.updated} updated, {result.unchanged} unchanged, "
            f"{result.vanished} no longer in the source."
        )
    parts.append(
        table(("no longer in the source", "row"), [(v.table, v.row) for v in result.vanished_rows])
    )
    parts.append(
        table(
            ("sources differ", "field", "in force", "said by", "other", "said by"),
            [
                (c.row, c.field, c.value, c.source, c.other_value, c.other_source)
                for c in result.conflicts
            ],
        )
    )
    parts.append(
        table(("skipped because", "records"), [(s.reason, s.count) for s in result.skipped])
    )
    parts.append(
        table(("not told", "why", "rows"), [(u.field, u.reason, u.count) for u in result.unknown])
    )
    parts += result.notes
    if result.rejected_file:
        parts.append(f"Records not understood: {result.rejected_file}")
    if result.conflicts_file:
        parts.append(f"Fields on which sources differ: {result.conflicts_file}")
    return _paragraphs(parts)


def _compare(result: r.Comparison) -> str:
    return _paragraphs(
        [
            table(
                (
                    "scenario",
                    "level",
                    "score",
                    "coverage",
                    "USD/month",
                    "kg CO2e/month",
                    "fails",
                    "lost",
                ),
                [
                    (
                        s.name,
                        level(s.seal, s.seal_low, s.seal_high),
                        s.score,
                        percent(s.coverage),
                        s.cost_usd,
                        s.carbon_kg,
                        s.fails,
                        s.critical_functions_lost,
                    )
                    for s in result.scenarios
                ],
            ),
            table(
                ("scenario", "what moves it", "measure", "difference"),
                [(d.scenario, d.what, d.measure, d.delta) for d in result.drivers],
            ),
            "\n".join(f"{s.name}: {note}" for s in result.scenarios for note in s.notes),
            "lost = critical functions without storage or processing and without failover\n"
            "Workloads count with the middle of what capacity estimates, which is not measured; "
            "a report tells their 80 % ranges.",
        ]
    )


def _scenarios(result: r.ScenarioList) -> str:
    if not result.scenarios:
        return "No scenarios yet. Add one: freehold scenario add FILE NAME CHANGES.yaml"
    return "\n".join(
        "\n".join(
            [s.name + (f": {s.description}" if s.description else "")]
            + [f"  - {change}" for change in s.changes]
        )
        for s in result.scenarios
    )


def _report(result: r.ReportResult) -> str:
    lines = [f"{f.sha256}  {f.path}" for f in result.files]
    return "\n".join([*lines, f"Run {result.run_id}", f"Report folder: {result.folder}"])


def _explained(result: r.Explained) -> str:
    words = {True: "true", False: "false", None: "unknown"}
    parts = [
        f"{result.rule} {result.title} ({result.severity})",
        f"{result.subject}: {result.verdict.upper()}. {result.says}",
        table(
            ("value read", "is", "from"),
            [(v.column, v.value, v.source or "nobody has said") for v in result.values],
        ),
        table(
            ("condition", "part", "holds"),
            [(a.sql, a.part, words[a.result]) for a in result.atoms],
        ),
    ]
    if change := result.smallest_change:
        verb = "Confirm" if change.kind == "confirm" else "Change"
        old = "unknown" if change.old is None else change.old
        to = "" if change.kind == "confirm" else f" from {old} to {change.new}"
        parts.append(f"Smallest change that would pass: {verb} {change.column}{to}")
    if result.fix:
        parts.append(f"To mend: {result.fix}")
    if result.source:
        parts.append(f"Source: {result.source}")
    return _paragraphs(parts)


def _explained_subject(result: r.ExplainedSubject) -> str:
    counts = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in result.verdicts.items())
    order = ("fail", "waived", "unknown", "pass")
    told = sorted(
        (rule for rule in result.rules if rule.verdict in order),
        key=lambda rule: order.index(rule.verdict),
    )
    rows = [(rule.rule, rule.severity, rule.verdict, _because(rule), rule.title) for rule in told]
    return _paragraphs(
        [
            f"{result.subject} at {result.as_of}: {counts}",
            table(("rule", "severity", "result", "because", "title"), rows),
            "More about one of them: freehold explain FILE RULE SUBJECT_ID",
        ]
    )


def _because(rule: r.RuleOnSubject) -> str:
    """Return the values that the result rests on: those not told where it is unknown."""
    unknown = rule.verdict == "unknown"
    read = {
        name
        for atom in rule.atoms
        if (atom.result is None) == unknown and (unknown or atom.part == "fails")
        for name in rule.values
        if f'"{name}"' in atom.sql
    }
    named = [f"{name} {_said(rule.values[name])}" for name in rule.values if name in read]
    return ", ".join(named[:3]) or (rule.reason or "")


def _said(value: object) -> str:
    return "not told" if value is None else str(value)


def _csf(result: CsfResult) -> str:
    parts = [
        f"Weights {result.weights}: level {level(result.seal, result.seal_low, result.seal_high)}; "
        f"score {_figure(result.score, result.score_low, result.score_high)} of 100; "
        f"{result.decided} of {result.decided + len(result.undecided)} criteria answered",
        table(
            ("objective", "level", "points", "of", "answered"),
            [
                (
                    name,
                    level(o.seal, o.seal_low, o.seal_high),
                    _figure(o.points, o.points_low, o.points_high),
                    float(o.maximum),
                    f"{o.decided} of {o.criteria}",
                )
                for name, o in result.objectives.items()
            ],
        ),
    ]
    if result.capped_by:
        parts.append(f"Held down by {', '.join(result.capped_by)}")
    if result.undecided:
        parts.append(f"Not answered: {', '.join(result.undecided)}")
    return _paragraphs(parts)


def _figure(value: Decimal | None, low: Decimal, high: Decimal) -> str:
    return f"{value:.2f}" if value is not None else f"{low:.2f} to {high:.2f}"


def _facts(result: CatalogueInfo) -> str:
    rows = [(name, t.rows, t.verified, t.newest_as_of) for name, t in result.tables.items()]
    return _paragraphs(
        [
            f"Catalogue {result.snapshot}: {result.rows:,} rows, {result.verified:,} verified, "
            f"SHA-256 {result.sha256}",
            table(("table", "rows", "verified", "newest"), rows),
        ]
    )


def _rule_list(result: r.RuleList) -> str:
    return table(
        ("rule", "pack", "severity", "view", "title"),
        [(x.id, x.pack, x.severity, x.subject, x.title) for x in result.rules],
    )


def _rule_columns(result: r.RuleColumns) -> str:
    parts = [_view_columns(view, result.columns) for view in result.views]
    return _paragraphs([*parts, "v = COLUMN__verified tells whether the fact is confirmed"])


def _view_columns(view: r.RuleView, columns: list[r.RuleColumn]) -> str:
    rows = [
        (c.column, c.type, c.domain, c.unit or "", _meaning(c))
        for c in columns
        if c.view == view.view
    ]
    listed = table(("column", "type", "domain", "unit", "meaning"), rows)
    return f"{view.view}: {view.doc}\n\n{listed}"


def _meaning(column: r.RuleColumn) -> str:
    return f"{column.doc}{' (v)' if column.verified else ''}"


def _schemas(result: r.WrittenSchemas) -> str:
    advice = "Begin a rule file with this line, so that your editor completes it:"
    return "\n".join([*result.files, "", advice, *result.first_lines[:1]])


def _check(result: r.CheckResult) -> str:
    if not result.problems:
        return f"{result.checked} checked, no problems."
    lines = [f"{p.where}: {p.sentence}" for p in result.problems]
    return "\n".join([*lines, f"{len(result.problems)} problems in {result.checked} checked."])


def _rule_tests(result: r.RuleTests) -> str:
    lines = [f"{p.where}: {p.sentence}" for p in result.failures]
    lines += [f"{rule}: no test yet" for rule in result.untested]
    for rule in dict.fromkeys(s.rule for s in result.survivors):
        mine = [s for s in result.survivors if s.rule == rule]
        lines += ["", f"{mine[0].file or rule}: no test notices"]
        for survivor in mine:
            lines.append(f"  {survivor.change}")
            if survivor.missing_test:
                lines.append(f"    this would: {survivor.missing_test}")
    if result.survivors:
        lines.append("")
    lines.append(f"{result.passed} passed, {result.failed} failed")
    if result.mutants is not None:
        lines.append(f"{result.mutants} changes tried, {len(result.survivors)} not noticed")
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _accuracy(result: r.CapacityAccuracy) -> str:
    def times(value: float | None) -> str:
        return "" if value is None else f"{value:.1f}"

    errors = ("median error", "p90 error")
    tail = ("in 80 % range", "baseline", *(f"its {name}" for name in errors), "times off")

    def metrics(found: dict[str, r.MetricAccuracy], what: str) -> str:
        rows = [
            (
                name, m.groups, m.rows, _share(m.answered), _share(m.median_ape),
                _share(m.p90_ape), _share(m.target_median_ape), _share(m.coverage80),
                m.naive or "", _share(m.naive_median_ape), _share(m.naive_p90_ape),
                times(m.naive_times_off),
            )
            for name, m in found.items()
        ]  # fmt: skip
        return table(("metric", what, "rows", "answered", *errors, "aim", *tail), rows)

    def groups(found: list[r.LeftOutError], what: str) -> str:
        rows = [
            (
                row.left_out, row.metric, row.rows, row.predicted, _share(row.median_ape),
                _share(row.p90_ape), _share(row.bias), _share(row.coverage80),
                _share(row.naive_median_ape), times(row.naive_times_off),
            )
            for row in found
        ]  # fmt: skip
        head = (what, "metric", "rows", "predicted", *errors, "bias", tail[0])
        return table((*head, "baseline's median error", tail[-1]), rows)

    return _paragraphs(
        [
            "Sources left out of the fit, each in turn:",
            metrics(result.by_metric, "sources"),
            "Chips left out of the fit, each in turn:",
            metrics(result.by_metric_accelerator, "chips"),
            "Simulated request by request, sources left out:",
            metrics(result.by_metric_simulated, "sources"),
            groups(result.families, "source left out"),
            groups(result.accelerators, "chip left out"),
            "Only rows that state hardware and amount of work count; means are over sources or "
            "chips with at least five of them. Fitted on "
            + ", ".join(
                f"{one.rows} rows of {one.table} (SHA-256 {one.sha256})" for one in result.fitted_on
            ),
        ]
    )


def _validation(result: r.CapacityValidation) -> str:
    share = _share
    families = [
        (
            row.family,
            row.metric,
            row.rows,
            row.predicted,
            share(row.median_ape),
            share(row.p90_ape),
            share(row.bias),
            share(row.coverage80),
        )
        for row in result.families
    ]
    metrics = [
        (name, m.families, share(m.median_ape), share(m.p90_ape), share(m.answered),
         share(m.coverage80))
        for name, m in result.by_metric.items()
    ]  # fmt: skip
    head = ("metric", "sources", "median error", "p90 error", "answered", "in 80 % range")
    return _paragraphs(
        [
            table(("source", "metric", "rows", "predicted", *head[2:4], "bias", head[5]), families),
            table(head, metrics),
            f"The throughput of {result.given_rows} rows follows from the arrival rate that they "
            "state: they tell nothing of capacity and make its error look smaller. `freehold "
            "capacity validate` without a file leaves them out."
            if result.given_rows
            else "",
            f"{result.left_out_rows} rows were predicted by factors fitted without their source, "
            f"{result.new_rows} rows are new to the factors. Basis: {result.basis}",
        ]
    )


def _paragraphs(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)


LAYOUTS: dict[type[BaseModel], Callable[[Any], str]] = {
    CatalogueInfo: _facts,
    FactList: text_facts.facts,
    CsfResult: _csf,
    r.Explained: _explained,
    r.ExplainedSubject: _explained_subject,
    r.SampleList: _samples,
    r.NewDocument: _new,
    r.ImportSummary: _import,
    r.ScoreResult: text_score.score,
    r.Comparison: _compare,
    r.ScenarioList: _scenarios,
    r.ReportResult: _report,
    r.RuleList: _rule_list,
    r.RuleColumns: _rule_columns,
    r.CheckResult: _check,
    r.RuleTests: _rule_tests,
    r.WrittenSchemas: _schemas,
    r.CapacityRows: text_capacity.estimates,
    **capacity_search.LAYOUTS,
    **levels.LAYOUTS,
    **capacity_load.LAYOUTS,
    **capacity_measurements.LAYOUTS,
    **uncertainty.LAYOUTS,
    **actuals.LAYOUTS,
    **inventory.LAYOUTS,
    **text_register.LAYOUTS,
    **text_scenarios.LAYOUTS,
    **planning.LAYOUTS,
    r.CapacityValidation: _validation,
    r.CapacityAccuracy: _accuracy,
}
