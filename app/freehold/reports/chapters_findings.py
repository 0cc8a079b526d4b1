"""Findings by severity and rule, and what was not assessed."""

from freehold.reports import formats
from freehold.reports.blocks import Block, Cell, Column, Facts, Section, Table, Text
from freehold.reports.chapters_levels import picture
from freehold.reports.content import AuditContent
from freehold.reports.content_findings import FindingGroup, FindingRow
from freehold.reports.content_parts import SEVERITIES, Severity
from freehold.reports.figures import severity_picture
from freehold.reports.signs import UNVERIFIED, field_label, result_cell, severity_cell
from freehold.reports.wording import text, text_or, title

_MOST_SUBJECTS_NAMED = 6


def findings(content: AuditContent, rows_per_rule: int) -> list[Section]:
    """Return the chapter on findings."""
    sections = [
        Section(
            "findings",
            text("findings.title"),
            1,
            (
                Text(text("findings.lead", limit=rows_per_rule)),
                *picture(severity_picture(content)),
            ),
            new_page=True,
        ),
        Section("findings-overview", text("findings.overview"), 2, (_overview(content),)),
    ]
    for severity in SEVERITIES:
        groups = [group for group in content.findings if group.severity == severity]
        if groups:
            sections.append(_severity_section(severity, groups))
            sections += [_rule_section(group, rows_per_rule) for group in groups]
    return sections


def _overview(content: AuditContent) -> Table:
    return Table(
        text("findings.overview.caption"),
        (
            Column(title("Severity"), 0.13),
            Column(title("Rule"), 0.16),
            Column(title("Title"), 0.35),
            Column(title("Fail"), 0.08, "right"),
            Column(title("Waived"), 0.09, "right"),
            Column(title("Pass"), 0.08, "right"),
            Column(title("Unknown"), 0.11, "right"),
        ),
        [
            (
                severity_cell(group.severity),
                Cell(group.rule_id, code=True),
                Cell(group.title + _mark(group)),
                Cell(formats.count(group.counts.failed), strong=True),
                Cell(formats.count(group.counts.waived)),
                Cell(formats.count(group.counts.passed)),
                Cell(formats.count(group.counts.unknown)),
            )
            for group in content.findings
        ],
        empty=text("findings.overview.empty"),
    )


def _mark(group: FindingGroup) -> str:
    return f" {UNVERIFIED}" if any(row.unverified for row in group.rows) else ""


def _severity_section(severity: Severity, groups: list[FindingGroup]) -> Section:
    lead = text(
        "findings.severity.lead",
        rules=len(groups),
        fails=formats.count(sum(g.counts.failed for g in groups)),
        waived=formats.count(sum(g.counts.waived for g in groups)),
    )
    word = text(f"severity.{severity}")
    return Section(
        f"findings-{severity}", text("findings.severity", severity=word), 2, (Text(lead),)
    )


def _rule_section(group: FindingGroup, limit: int) -> Section:
    return Section(
        f"rule-{group.rule_id}",
        text("findings.rule", rule_id=group.rule_id, title=group.title),
        3,
        (_rule_facts(group), *_rows(group, limit)),
    )


def _rule_facts(group: FindingGroup) -> Facts:
    mark = f" {UNVERIFIED}" if group.source_verified is False else ""
    source = text(
        "findings.rule.source.text",
        text=group.source_text,
        as_of=group.source_as_of or text("not_recorded"),
        mark=mark,
        basis=text_or(f"basis.{group.basis}", group.basis),
    )
    counts = group.counts
    rows: list[tuple[str, Cell]] = [
        (text("findings.rule.fix"), Cell(group.fix)),
        (
            text("findings.rule.source"),
            Cell(f"{source}\n{group.source_url}" if group.source_url else source),
        ),
        (text("findings.rule.test"), Cell(group.predicate, code=True)),
    ]
    if group.applies:
        rows.append((text("findings.rule.applies"), Cell(group.applies, code=True)))
    if group.parameters:
        written = "; ".join(f"{name} = {value}" for name, value in group.parameters.items())
        rows.append((text("findings.rule.parameters"), Cell(written, code=True)))
    rows.append(
        (
            text("findings.rule.pack"),
            Cell(
                text(
                    "findings.rule.pack.text",
                    version=group.version,
                    pack=group.pack_id,
                    weight=formats.quantity(group.weight),
                    subject=text_or(f"kind.{group.subject}", group.subject),
                )
            ),
        )
    )
    if group.frameworks:
        rows.append((text("findings.rule.frameworks"), Cell("; ".join(group.frameworks))))
    rows.append(
        (
            text("findings.rule.counts"),
            Cell(
                text(
                    "findings.rule.counts.text",
                    fail=formats.count(counts.failed),
                    waived=formats.count(counts.waived),
                    passed=formats.count(counts.passed),
                    unknown=formats.count(counts.unknown),
                    not_applicable=formats.count(counts.not_applicable),
                )
            ),
        )
    )
    return Facts(tuple(rows))


def _rows(group: FindingGroup, limit: int) -> list[Block]:
    shown = group.rows[:limit]
    rest = len(group.rows) - len(shown)
    return [
        Table(
            text(
                "findings.rows.caption",
                rule_id=group.rule_id,
                shown=formats.count(len(shown)),
                total=formats.count(len(group.rows)),
            ),
            (
                Column(title("Subject"), 0.22),
                Column(title("What was found"), 0.30),
                Column(title("Evidence"), 0.34),
                Column(title("Status"), 0.14),
            ),
            [
                (
                    Cell(f"{row.subject_id}\n{row.name}" if row.name else row.subject_id),
                    Cell(_said(row)),
                    Cell(evidence_text(group, row)),
                    _status(row),
                )
                for row in shown
            ],
            note=text("findings.rows.rest", rest=formats.count(rest)) if rest else "",
            dense=True,
        )
    ]


def _said(row: FindingRow) -> str:
    more = text("findings.more_rows", count=row.more_failing) if row.more_failing else ""
    return row.says + more + (f" {UNVERIFIED}" if row.unverified else "")


def evidence_text(group: FindingGroup, row: FindingRow) -> str:
    """Return a finding's evidence as name and value, one after the other; names as words."""
    pairs = zip(group.evidence_columns, row.evidence, strict=True)
    return "; ".join(
        f"{column.replace('_', ' ')}\u00a0= {formats.scalar(value)}" for column, value in pairs
    )


def _status(row: FindingRow) -> Cell:
    cell = result_cell(row.result)
    details = [cell.text]
    if row.waiver_id:
        details.append(text("findings.waiver", waiver_id=row.waiver_id))
    if row.status:
        details.append(row.status)
    if row.owner:
        details.append(text("findings.owner", owner=row.owner))
    if row.due_on:
        details.append(text("findings.due", due=formats.day(row.due_on)))
    return Cell("\n".join(details), cell.tone, cell.sign)


def not_assessed(content: AuditContent) -> list[Section]:
    """Return the chapter on unknown verdicts and rules that were not evaluated."""
    fields = Table(
        text("unknown.fields.caption"),
        (
            Column(title("Meaning"), 0.27),
            Column(title("Field"), 0.22),
            Column(title("Verdicts"), 0.10, "right"),
            Column(title("Subjects"), 0.10, "right"),
            Column(title("Worst severity"), 0.12),
            Column(title("Rule"), 0.19),
        ),
        [
            (
                Cell(field_label(field.field, field.description)),
                Cell(field.field, code=True),
                Cell(formats.count(field.verdicts)),
                Cell(formats.count(field.subjects)),
                severity_cell(field.worst_severity),
                Cell(_some(field.rules)),
            )
            for field in content.missing_fields
        ],
        note=text("unknown.fields.note"),
        empty=text("unknown.fields.empty"),
    )
    rules = Table(
        text("unknown.rules.caption"),
        (
            Column(title("Rule"), 0.18),
            Column(title("Title"), 0.42),
            Column(title("Reason"), 0.40),
        ),
        [
            (
                Cell(rule.rule_id, code=True),
                Cell(rule.title),
                Cell(
                    ": ".join(
                        part
                        for part in (text_or(f"reason.{rule.reason}", rule.reason), rule.detail)
                        if part
                    )
                ),
            )
            for rule in content.not_evaluated
        ],
        empty=text("unknown.rules.empty"),
    )
    return [
        Section("unknown", text("unknown.title"), 1, (Text(text("unknown.lead")),), new_page=True),
        Section("unknown-fields", text("unknown.fields"), 2, (fields,)),
        Section("unknown-rules", text("unknown.rules"), 2, (rules,)),
        Section(
            "unknown-clauses",
            text("unknown.clauses"),
            2,
            (Text(text("unknown.clauses.lead")), _clauses_left(content)),
        ),
    ]


def _clauses_left(content: AuditContent) -> Table:
    return Table(
        text("unknown.clauses.caption"),
        (
            Column(title("Framework"), 0.28),
            Column(title("Clause"), 0.12),
            Column(title("Title"), 0.30),
            Column(title("Reason"), 0.30),
        ),
        [
            (
                Cell(framework.title),
                Cell(clause.clause),
                Cell(clause.title),
                Cell(clause.note or text(f"clause.{clause.decided_by}")),
            )
            for framework in content.frameworks
            for clause in framework.clauses_left
        ],
        empty=text("unknown.clauses.empty"),
    )


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_MOST_SUBJECTS_NAMED])
    rest = len(names) - _MOST_SUBJECTS_NAMED
    return f"{shown}, {text('depend.more', count=rest)}" if rest > 0 else shown
