"""The report's tables as plain rows, for spreadsheets and CSV files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from freehold.reports import formats
from freehold.reports.content import AuditContent
from freehold.reports.signs import UNVERIFIED

Value = str | int | float | Decimal | bool | date | None
Kind = Literal["text", "integer", "number", "money", "share", "date", "yes_no"]


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, what kind of value it holds, and its width in characters."""

    name: str
    kind: Kind = "text"
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table; `rows` makes its rows anew each time it is called."""

    name: str
    file_name: str
    fields: tuple[Field, ...]
    rows: Callable[[], Iterator[tuple[Value, ...]]]


def sheets(content: AuditContent) -> tuple[Sheet, ...]:
    """Return every table of the report, findings first."""
    return (
        findings_sheet(content),
        unknown_sheet(content),
        Sheet(
            "Missing values",
            "missing_values",
            (
                Field("field", width=34),
                Field("meaning", width=40),
                Field("verdicts", "integer"),
                Field("subjects", "integer"),
                Field("worst_severity"),
                Field("rules", width=50),
            ),
            lambda: (
                (
                    m.field,
                    m.description,
                    m.verdicts,
                    m.subjects,
                    m.worst_severity,
                    ", ".join(m.rules),
                )
                for m in content.missing_fields
            ),
        ),
        frameworks_sheet(content),
        services_sheet(content),
        waivers_sheet(content),
        unverified_sheet(content),
        completeness_sheet(content),
        concentration_sheet(content),
        spend_sheet(content),
        workloads_sheet(content),
        *plan_sheets(content),
    )


def findings_sheet(content: AuditContent) -> Sheet:
    """Return all findings, in the order of the report."""

    def rows() -> Iterator[tuple[Value, ...]]:
        for group in content.findings:
            for row in group.rows:
                evidence = "; ".join(
                    f"{name} = {formats.scalar(value)}"
                    for name, value in zip(group.evidence_columns, row.evidence, strict=True)
                )
                yield (
                    group.severity, group.rule_id, group.title, row.subject_id, row.result,
                    row.says, evidence, row.waiver_id, row.owner, row.due_on, row.status,
                    UNVERIFIED if row.unverified else None, group.basis, group.source_text,
                    group.fix, group.pack_id,
                )  # fmt: skip

    return Sheet(
        "Findings",
        "findings",
        (
            Field("severity", width=10),
            Field("rule_id", width=14),
            Field("title", width=44),
            Field("subject_id", width=40),
            Field("result", width=9),
            Field("what_was_found", width=60),
            Field("evidence", width=60),
            Field("waiver_id"),
            Field("owner", width=20),
            Field("due_on", "date", 12),
            Field("status", width=12),
            Field("unverified", width=10),
            Field("basis", width=14),
            Field("source", width=40),
            Field("how_to_mend", width=50),
            Field("pack"),
        ),
        rows,
    )


def unknown_sheet(content: AuditContent) -> Sheet:
    """Return every verdict that is unknown."""
    return Sheet(
        "Not assessed",
        "not_assessed",
        (
            Field("severity", width=10),
            Field("rule_id", width=14),
            Field("subject_id", width=44),
            Field("missing_or_reason", width=40),
            Field("if_confirmed", width=14),
        ),
        lambda: (
            (u.severity, u.rule_id, u.subject_id, u.reason, u.if_confirmed)
            for u in content.unknowns
        ),
    )


def frameworks_sheet(content: AuditContent) -> Sheet:
    """Return level, score and coverage per framework."""
    return Sheet(
        "Frameworks",
        "frameworks",
        (
            Field("framework", width=14),
            Field("title", width=40),
            Field("level", "integer"),
            Field("worst_failing"),
            Field("score_before_waivers", "number"),
            Field("score_after_waivers", "number"),
            Field("score_worst_case", "number"),
            Field("coverage", "share"),
            Field("capped_by", width=40),
            Field("pass", "integer"),
            Field("fail", "integer"),
            Field("waived", "integer"),
            Field("unknown", "integer"),
            Field("not_applicable", "integer"),
        ),
        lambda: (
            (
                f.framework_id, f.title, f.level, f.worst_failing, f.score.before_waivers,
                f.score.after_waivers, f.score.worst_case, f.coverage, ", ".join(f.capped_by),
                f.counts.passed, f.counts.failed, f.counts.waived, f.counts.unknown,
                f.counts.not_applicable,
            )
            for f in content.frameworks
        ),
    )  # fmt: skip


def services_sheet(content: AuditContent) -> Sheet:
    """Return the EU Cloud Sovereignty Framework by service."""
    services = content.csf.services if content.csf else ()
    return Sheet(
        "EU CSF services",
        "csf_services",
        (
            Field("service", width=24),
            Field("name", width=30),
            Field("provider", width=24),
            Field("required_seal", "integer"),
            Field("seal", "integer"),
            Field("seal_low", "integer"),
            Field("seal_high", "integer"),
            Field("score_low", "number"),
            Field("score_high", "number"),
            Field("coverage", "share"),
            Field("capped_by", width=50),
        ),
        lambda: (
            (
                s.service, s.name, s.provider, s.required_seal, s.seal, s.seal_low, s.seal_high,
                s.score_low, s.score_high, s.coverage, ", ".join(c.criterion for c in s.capped_by),
            )
            for s in services
        ),
    )  # fmt: skip


def waivers_sheet(content: AuditContent) -> Sheet:
    """Return all waivers."""
    names = [
        "waiver_id",
        "rule_id",
        "state",
        "subject_id",
        "scope",
        "category",
        "reason",
        "requester",
        "owner",
        "approver",
        "approved_on",
        "expires_on",
        "compensating_control",
        "evidence",
        "matched_at_approval",
        "matched_now",
        "left_failing",
        "sentence",
    ]
    kinds: dict[str, Kind] = {
        "approved_on": "date",
        "expires_on": "date",
        "matched_at_approval": "integer",
        "matched_now": "integer",
        "left_failing": "integer",
    }
    return Sheet(
        "Waivers",
        "waivers",
        tuple(Field(name, kinds.get(name, "text"), 20) for name in names),
        lambda: (tuple(getattr(w, name) for name in names) for w in content.waivers),
    )


def unverified_sheet(content: AuditContent) -> Sheet:
    """Return the rules whose results rest on unverified facts."""
    return Sheet(
        "Unverified facts",
        "unverified_facts",
        (
            Field("severity"),
            Field("rule_id"),
            Field("title", width=50),
            Field("would_fail", "integer"),
            Field("would_pass", "integer"),
            Field("flagged", "integer"),
            Field("facts", width=40),
        ),
        lambda: (
            (u.severity, u.rule_id, u.title, u.would_fail, u.would_pass, u.flagged,
             ", ".join(u.columns))
            for u in content.unverified
        ),
    )  # fmt: skip


def completeness_sheet(content: AuditContent) -> Sheet:
    """Return the cost judged, by currency."""
    return Sheet(
        "Completeness",
        "completeness",
        (
            Field("currency"),
            Field("invoiced", "money"),
            Field("on_resources", "money"),
            Field("judged", "money"),
            Field("share_judged", "share"),
        ),
        lambda: (
            (c.currency, c.invoiced, c.carried, c.judged, c.judged_share)
            for c in content.completeness.currencies
        ),
    )


def concentration_sheet(content: AuditContent) -> Sheet:
    """Return shares and concentration indices, one row per member."""
    return Sheet(
        "Concentration",
        "concentration",
        (
            Field("dimension", width=24),
            Field("base", width=20),
            Field("member", width=34),
            Field("share", "share"),
            Field("undecided_share", "share"),
            Field("hhi", "number"),
            Field("hhi_high", "number"),
        ),
        lambda: (
            (c.dimension, c.base, m.member, m.share, c.undecided_share, c.hhi, c.hhi_high)
            for c in content.concentration
            for m in c.members
        ),
    )


def spend_sheet(content: AuditContent) -> Sheet:
    """Return monthly cost by provider."""
    return Sheet(
        "Cost",
        "cost",
        (
            Field("provider"),
            Field("name", width=30),
            Field("parent", width=30),
            Field("parent_country"),
            Field("resources", "integer"),
            Field("without_cost", "integer"),
            Field("usd_per_month", "money"),
        ),
        lambda: (
            (s.provider, s.provider_name, s.parent, s.parent_country, s.resources,
             s.resources_without_cost, s.usd_per_month)
            for s in content.spend
        ),
    )  # fmt: skip


def workloads_sheet(content: AuditContent) -> Sheet:
    """Return workloads with cost, energy and carbon a month."""
    return Sheet(
        "Workloads",
        "workloads",
        (
            Field("workload", width=20),
            Field("name", width=30),
            Field("provider"),
            Field("region"),
            Field("accelerator", width=20),
            Field("accelerators", "number"),
            Field("fits", "yes_no"),
            Field("refused_because", width=50),
            Field("usd_per_month", "number"),
            Field("usd_per_month_low80", "number"),
            Field("usd_per_month_high80", "number"),
            Field("kwh_per_month", "number"),
            Field("kg_co2e_per_month", "number"),
            Field("calibrated", "yes_no"),
        ),
        lambda: (
            (
                w.workload, w.name, w.provider, w.region, w.accelerator, w.accelerators, w.fits,
                w.refused_because, w.usd_per_month.value, w.usd_per_month.low80,
                w.usd_per_month.high80, w.kwh_per_month.value, w.kg_co2e_per_month.value,
                w.calibrated,
            )
            for w in content.capacity.workloads
        ),
    )  # fmt: skip


def plan_sheets(content: AuditContent) -> tuple[Sheet, ...]:
    """Return the rows, the moves and the price curve of a kept plan; none where there is none."""
    plan = content.plan
    if plan is None:
        return ()
    return (
        Sheet(
            "Plan",
            "plan",
            (
                Field("workload", width=20), Field("from_month", "integer"),
                Field("to_month", "integer"), Field("provider"), Field("place"),
                Field("sku", width=24), Field("accelerator", width=24), Field("term"),
                Field("share", "share"),
                Field("machines", "number"), Field("cost_usd", "number"),
                Field("price_verified", "yes_no"), Field("seal", "integer"),
            ),
            lambda: (
                (
                    r.workload, r.from_month, r.to_month, r.provider, r.place, r.sku,
                    r.accelerator, r.term, r.share, r.machines, r.cost_usd, r.verified, r.seal,
                )
                for r in plan.rows
            ),
        ),
        Sheet(
            "Migration list",
            "migration_list",
            (
                Field("order", "integer"), Field("workload", width=20), Field("from", width=28),
                Field("to", width=28), Field("month", "integer"), Field("cost_usd", "number"),
                Field("egress_gb", "number"), Field("contract", width=20),
                Field("notice_months", "number"), Field("contract_ends"),
            ),
            lambda: (
                (
                    m.order, m.workload, m.moves_from, m.moves_to, m.month, m.cost_usd,
                    m.egress_gb, m.contract, m.notice_months, m.contract_ends,
                )
                for m in plan.moves
            ),
        ),
        Sheet(
            "Price of sovereignty",
            "price_of_sovereignty",
            (
                Field("seal", "integer"), Field("seal_proven", "integer"),
                Field("seal_best_case", "integer"), Field("score", "number"),
                Field("cost_usd", "number"), Field("more_usd", "number"),
                Field("rests_on_assumed", "yes_no"), Field("why_none", width=60),
            ),
            lambda: (
                (
                    s.seal, s.seal_proven, s.seal_best_case, s.score, s.cost_usd, s.more_usd,
                    s.rests_on_assumed, "; ".join(s.conflict),
                )
                for s in plan.steps
            ),
        ),
    )  # fmt: skip
