"""What the results rest on: completeness, unverified facts, waivers."""

from freehold.reports import formats
from freehold.reports.blocks import Cell, Column, Facts, Section, Table, Text
from freehold.reports.content import AuditContent, Completeness
from freehold.reports.content_findings import Waiver
from freehold.reports.signs import said, severity_cell
from freehold.reports.wording import text, text_or, title


def completeness(content: AuditContent) -> list[Section]:
    """Return the chapter that ties the estate to its invoices and imports."""
    part = content.completeness
    share = part.resources_judged / part.resources if part.resources else None
    resources = text(
        "complete.resources.text",
        judged=formats.count(part.resources_judged),
        resources=formats.count(part.resources),
        share=formats.percent(share),
        without_cost=formats.count(part.resources_without_cost),
    )
    return [
        Section(
            "complete",
            text("complete.title"),
            1,
            (Text(text("complete.lead")), Text(resources)),
            new_page=True,
        ),
        Section("complete-cost", text("complete.cost"), 2, (_currencies(part),)),
        Section(
            "complete-imports",
            text("complete.accounts"),
            2,
            (_accounts(part), _skipped(part), _unknown(part)),
        ),
    ]


def _currencies(part: Completeness) -> Table:
    return Table(
        text("complete.cost.caption"),
        (
            Column(title("Currency"), 0.16),
            Column(title("Invoiced"), 0.22, "right"),
            Column(title("On resources"), 0.22, "right"),
            Column(title("Judged"), 0.22, "right"),
            Column(title("Share judged"), 0.18, "right"),
        ),
        [
            (
                Cell(line.currency, strong=True),
                Cell(formats.money(line.invoiced, line.currency, 2)),
                Cell(formats.money(line.carried, line.currency, 2)),
                Cell(formats.money(line.judged, line.currency, 2)),
                Cell(formats.percent(line.judged_share, 1), strong=True),
            )
            for line in part.currencies
        ],
        note=text("complete.cost.note"),
        empty=text("complete.cost.empty"),
    )


def _accounts(part: Completeness) -> Table:
    return Table(
        text("complete.accounts.caption"),
        (
            Column(title("Import"), 0.42),
            Column(title("Kind"), 0.16),
            Column(title("Read"), 0.10, "right"),
            Column(title("Imported"), 0.11, "right"),
            Column(title("Skipped"), 0.10, "right"),
            Column(title("As of"), 0.11),
        ),
        [
            (
                Cell(
                    f"{row.source_name}\nSHA-256 {row.sha256}" if row.sha256 else row.source_name,
                ),
                said(row.kind),
                Cell(formats.count(row.read)),
                Cell(formats.count(row.imported)),
                Cell(formats.count(sum(r.count for r in row.skipped))),
                Cell(formats.day(row.imported_at)),
            )
            for row in part.accounts
        ],
        note=text("complete.accounts.note"),
        empty=text("complete.accounts.empty"),
    )


def _skipped(part: Completeness) -> Table:
    return Table(
        text("complete.skipped.caption"),
        (
            Column(title("Import"), 0.36),
            Column(title("Reason"), 0.50),
            Column(title("Records"), 0.14, "right"),
        ),
        [
            (Cell(row.source_name), Cell(reason.reason), Cell(formats.count(reason.count)))
            for row in part.accounts
            for reason in row.skipped
        ],
        empty=text("complete.skipped.empty"),
    )


def _unknown(part: Completeness) -> Table:
    return Table(
        text("complete.unknown.caption"),
        (
            Column(title("Import"), 0.30),
            Column(title("Field"), 0.20),
            Column(title("Reason"), 0.37),
            Column(title("Records"), 0.13, "right"),
        ),
        [
            (
                Cell(row.source_name),
                Cell(reason.field or formats.MISSING, code=True),
                Cell(reason.reason),
                Cell(formats.count(reason.count)),
            )
            for row in part.accounts
            for reason in row.unknown
        ],
        empty=text("complete.unknown.empty"),
    )


def unverified(content: AuditContent) -> list[Section]:
    """Return the chapter on unverified, assumed and confirmed facts."""
    rules = Table(
        text("facts.rules.caption"),
        (
            Column(title("Severity"), 0.12),
            Column(title("Rule"), 0.36),
            Column(title("Would fail"), 0.10, "right"),
            Column(title("Would pass"), 0.10, "right"),
            Column(title("Flagged †"), 0.10, "right"),
            Column(title("Facts"), 0.22),
        ),
        [
            (
                severity_cell(row.severity),
                Cell(f"{row.rule_id} {row.title}"),
                Cell(formats.count(row.would_fail), strong=row.would_fail > 0),
                Cell(formats.count(row.would_pass)),
                Cell(formats.count(row.flagged)),
                Cell(", ".join(row.columns) or formats.MISSING, code=True),
            )
            for row in content.unverified
        ],
        empty=text("facts.rules.empty"),
    )
    assumed = Table(
        text("facts.assumed.caption"),
        (
            Column(title("Service"), 0.25),
            Column(title("Criterion"), 0.15),
            Column(title("Option"), 0.10, "right"),
            Column(title("Basis"), 0.15),
            Column(title("Evidence"), 0.35),
        ),
        [
            (
                Cell(row.service),
                Cell(row.criterion),
                Cell(str(row.option)),
                Cell(row.basis),
                said(row.evidence),
            )
            for row in content.assumed
        ],
        empty=text("facts.assumed.empty"),
    )
    confirmed = Table(
        text("facts.confirmed.caption"),
        (
            Column(title("What"), 0.32),
            Column(title("Value"), 0.18),
            Column(title("Who and when"), 0.22),
            Column(title("Source"), 0.28),
        ),
        [
            (
                Cell(f"{row.target}.{row.column}\n{row.key}", code=True),
                Cell(row.value if row.value is not None else formats.MISSING),
                Cell(f"{row.author or text('not_recorded')}, {formats.day(row.made_at)}"),
                said("; ".join(part for part in (row.source, row.reason) if part)),
            )
            for row in content.confirmations
        ],
        empty=text("facts.confirmed.empty"),
    )
    return [
        Section("facts", text("facts.title"), 1, (Text(text("facts.lead")),)),
        Section("facts-rules", text("facts.rules"), 2, (rules,)),
        Section("facts-assumed", text("facts.assumed"), 2, (assumed,)),
        Section("facts-confirmed", text("facts.confirmed"), 2, (confirmed,)),
    ]


def waivers(content: AuditContent) -> list[Section]:
    """Return the chapter that lists every waiver."""
    lead = Text(text("waivers.lead"))
    if not content.waivers:
        blocks = (lead, Text(text("waivers.empty")))
        return [Section("waivers", text("waivers.title"), 1, blocks)]
    overview = Table(
        text("waivers.caption"),
        (
            Column(title("Waiver"), 0.18),
            Column(title("Rule"), 0.44),
            Column(title("State"), 0.20),
            Column(title("Expires"), 0.18),
        ),
        [
            (
                Cell(row.waiver_id, code=True),
                Cell(" ".join(part for part in (row.rule_id, row.rule_title) if part)),
                _state(row),
                Cell(formats.day(row.expires_on)),
            )
            for row in content.waivers
        ],
    )
    return [
        Section("waivers", text("waivers.title"), 1, (lead,)),
        Section("waivers-overview", text("waivers.overview"), 2, (overview,)),
        *(
            Section(f"waiver-{row.waiver_id}", row.waiver_id, 3, (_waiver_facts(row),))
            for row in content.waivers
        ),
    ]


def _state(row: Waiver) -> Cell:
    label = text_or(f"waiver.{row.state}", row.state)
    match row.state:
        case "active":
            return Cell(label, "warn", "◇")
        case "expired" | "grown" | "invalid" | "revoked" | "void":
            return Cell(label, "bad", "✕")
        case _:
            return Cell(label, "unknown", "?")


def _waiver_facts(row: Waiver) -> Facts:
    matches = text(
        "waivers.matches",
        now=formats.count(row.matched_now),
        then=formats.count(row.matched_at_approval),
    )
    return Facts(
        (
            (text("waiver.field.rule"), Cell(f"{row.rule_id} {row.rule_title or ''}".strip())),
            (text("waiver.field.state"), _state(row)),
            (text("waiver.field.scope"), said(row.subject_id or row.scope)),
            (text("waiver.field.category"), said(row.category)),
            (text("waiver.field.reason"), said(row.reason)),
            (text("waiver.field.requester"), said(row.requester)),
            (text("waiver.field.owner"), said(row.owner)),
            (text("waiver.field.approver"), said(row.approver)),
            (
                text("waiver.field.dates"),
                Cell(f"{formats.day(row.approved_on)} / {formats.day(row.expires_on)}"),
            ),
            (text("waiver.field.control"), said(row.compensating_control)),
            (text("waiver.field.evidence"), said(row.evidence)),
            (text("waiver.field.matches"), Cell(matches)),
            (text("waiver.field.effect"), said(row.sentence)),
        )
    )
