"""Summary, and levels and scores by framework, objective and service."""

from freehold.reports import formats
from freehold.reports.blocks import (
    Block,
    Bullets,
    Card,
    Cards,
    Cell,
    Column,
    Picture,
    Section,
    Table,
    Text,
)
from freehold.reports.content import AuditContent, Criterion, Csf, CsfService, Framework
from freehold.reports.figures import score_picture, seal_picture
from freehold.reports.messages import caps_of, key_messages
from freehold.reports.signs import (
    score_tone,
    seal_text,
    seal_tone,
    severity_cell,
    tone_sign,
)
from freehold.reports.wording import text, title


def picture(drawn: Picture | None) -> tuple[Block, ...]:
    """Return a picture as blocks: none where there is nothing to draw."""
    return () if drawn is None else (drawn,)


def summary(content: AuditContent) -> list[Section]:
    """Return the summary chapter."""
    cover = content.cover
    packs = ", ".join(f"{p.title} {p.version}" for p in cover.versions.packs)
    lead = text(
        "summary.lead",
        as_of=formats.day(cover.as_of),
        organisation=cover.organisation or text("report.unnamed"),
        packs=packs or text("none"),
    )
    return [
        Section(
            "summary",
            text("summary.title"),
            1,
            (
                Text(lead, "lead"),
                _cards(content),
                Bullets(key_messages(content)),
            ),
            new_page=True,
        )
    ]


def _cards(content: AuditContent) -> Cards:
    cards: list[Card] = []
    csf = content.csf
    if csf is not None:
        caps = caps_of(csf)
        label = text("summary.card.level")
        if csf.seal is None:
            detail = text("summary.card.level.range", low=csf.seal_low, high=csf.seal_high)
            cards.append(Card(label, text("undecided"), detail, "unknown"))
        else:
            names = ", ".join(cap.criterion for cap in caps[:3]) or text("none")
            detail = text("summary.card.level.capped", criterion=names)
            tone = seal_tone(csf.seal, csf.required_seal)
            cards.append(Card(label, f"SEAL-{csf.seal}", detail, tone))
    score = content.score
    cards.append(
        Card(
            text("summary.card.score"),
            formats.score(score.before_waivers),
            text(
                "summary.card.score.detail",
                after=formats.score(score.after_waivers),
                worst=formats.score(score.worst_case),
            ),
            score_tone(score.before_waivers),
        )
    )
    cards.append(
        Card(
            text("summary.card.coverage"),
            formats.percent(content.coverage),
            text("summary.card.coverage.detail", unknown=formats.count(content.totals.unknown)),
            "good" if content.coverage >= 0.9 else "unknown",
        )
    )
    heavy = [g for g in content.findings if g.severity in {"critical", "high"} and g.counts.failed]
    fails = sum(g.counts.failed for g in heavy)
    cards.append(
        Card(
            text("summary.card.findings"),
            formats.count(fails),
            text("summary.card.findings.detail", rules=len(heavy)),
            "bad" if fails else "good",
        )
    )
    return Cards(tuple(cards))


def levels(content: AuditContent) -> list[Section]:
    """Return the chapter on levels and scores."""
    sections = [
        Section(
            "levels",
            text("levels.title"),
            1,
            (Text(text("levels.lead")),),
            new_page=True,
        ),
        Section(
            "levels-frameworks",
            text("levels.frameworks"),
            2,
            (*picture(score_picture(content)), _frameworks(content), _verdicts(content)),
        ),
    ]
    if content.csf is not None:
        sections += _csf(content, content.csf)
    return sections


def _level_cell(row: Framework, csf: Csf | None) -> Cell:
    if row.level is None and csf is not None and row.framework_id == "EU-CSF":
        return Cell(seal_text(None, csf.seal_low, csf.seal_high), "unknown", "?")
    if row.level is None and row.worst_failing is None:
        if row.coverage == 0:
            return Cell(text("levels.undecided"), "unknown", "?")
        return Cell(text("levels.no_fail"))
    if row.level is None:
        return severity_cell(row.worst_failing)
    name = f" {row.level_name}" if row.level_name else ""
    level = seal_text(row.level) + name if row.framework_id == "EU-CSF" else f"{row.level}{name}"
    return Cell(level, seal_tone(row.level), tone_sign(seal_tone(row.level)))


def _frameworks(content: AuditContent) -> Table:
    return Table(
        text("levels.frameworks.caption"),
        (
            Column(title("Framework"), 0.23),
            Column(title("Level"), 0.12),
            Column(title("Before waivers"), 0.10, "right"),
            Column(title("After waivers"), 0.10, "right"),
            Column(title("Worst case"), 0.09, "right"),
            Column(title("Coverage"), 0.10, "right"),
            Column(title("Clauses judged"), 0.10, "right"),
            Column(title("What caps it"), 0.16),
        ),
        [
            (
                Cell(f"{row.title} {row.version}" if row.version else row.title, strong=True),
                _level_cell(row, content.csf),
                Cell(formats.score(row.score.before_waivers)),
                Cell(formats.score(row.score.after_waivers)),
                Cell(formats.score(row.score.worst_case)),
                Cell(formats.percent(row.coverage)),
                Cell(
                    text("levels.clauses", judged=row.clauses_judged or 0, clauses=row.clauses)
                    if row.clauses
                    else formats.MISSING
                ),
                Cell(", ".join(row.capped_by) or text("none")),
            )
            for row in content.frameworks
        ],
        note=text("levels.frameworks.note"),
        empty=text("levels.frameworks.empty"),
    )


def _verdicts(content: AuditContent) -> Table:
    def cells(name: str, row: Framework | None) -> tuple[Cell, ...]:
        counts = content.totals if row is None else row.counts
        return (
            Cell(name, strong=True),
            Cell(formats.count(counts.passed)),
            Cell(formats.count(counts.failed)),
            Cell(formats.count(counts.waived)),
            Cell(formats.count(counts.unknown)),
            Cell(formats.count(counts.not_applicable)),
        )

    rows = [cells(row.title, row) for row in content.frameworks if row.rules_evaluated]
    rows.append(cells(text("levels.all_rules"), None))
    return Table(
        text("levels.verdicts.caption"),
        (
            Column(title("Framework"), 0.34),
            Column(title("Pass"), 0.12, "right"),
            Column(title("Fail"), 0.12, "right"),
            Column(title("Waived"), 0.12, "right"),
            Column(title("Unknown"), 0.13, "right"),
            Column(title("Not applicable"), 0.17, "right"),
        ),
        rows,
        note=text("levels.verdicts.note"),
    )


def _few(names: list[str], limit: int = 4) -> str:
    """Return names apart by semicolons, as a name may hold a comma; many are counted."""
    if len(names) <= limit:
        return "; ".join(names)
    return "; ".join([*names[: limit - 1], text("depend.more", count=len(names) - limit + 1)])


def _cap_text(cap: Criterion, services: list[str]) -> str:
    return text(
        "cap.criterion",
        criterion=cap.criterion,
        title=cap.title,
        seal=text("cap.open") if cap.seal is None else f"SEAL-{cap.seal}",
        answer=text("cap.answer", answer=cap.answer) if cap.answer else "",
        basis=text("cap.basis", basis=cap.basis) if cap.basis and cap.seal is not None else "",
        service=text("cap.service", service=_few(services)) if services else "",
    )


def _caps(caps: tuple[Criterion, ...], limit: int = 4) -> Cell:
    """Return what caps a level, a line per criterion and answer with the services concerned."""
    services: dict[tuple[str, int | None, str | None], list[str]] = {}
    first: dict[tuple[str, int | None, str | None], Criterion] = {}
    for cap in caps:
        key = (cap.criterion, cap.seal, cap.answer)
        first.setdefault(key, cap)
        named = services.setdefault(key, [])
        if cap.service and cap.service not in named:
            named.append(cap.service)
    lines = [_cap_text(cap, services[key]) for key, cap in first.items()]
    if len(lines) > limit:
        lines = [*lines[:limit], text("depend.more", count=len(lines) - limit)]
    return Cell("\n".join(lines) or text("none"))


def _csf(content: AuditContent, csf: Csf) -> list[Section]:
    line = text(
        "levels.csf.text",
        weights=csf.weights,
        seal=seal_text(csf.seal, csf.seal_low, csf.seal_high),
        score=formats.score(csf.score)
        if csf.score is not None
        else formats.span(csf.score_low, csf.score_high, 1),
        coverage=formats.percent(csf.coverage),
    )
    objectives = Table(
        text("levels.csf.caption"),
        (
            Column(title("Objective"), 0.22),
            Column(title("Weight"), 0.09, "right"),
            Column(title("SEAL"), 0.13),
            Column(title("Points"), 0.14, "right"),
            Column(title("Coverage"), 0.10, "right"),
            Column(title("What caps it"), 0.32),
        ),
        [
            (
                Cell(f"{row.objective} {row.title}", strong=True),
                Cell(f"{row.weight_percent}\u00a0%"),
                Cell(
                    seal_text(row.seal, row.seal_low, row.seal_high),
                    seal_tone(row.seal),
                    tone_sign(seal_tone(row.seal)),
                ),
                Cell(f"{formats.span(row.points_low, row.points_high)} / {row.points_maximum:.0f}"),
                Cell(formats.percent(row.coverage)),
                _caps(row.capped_by),
            )
            for row in csf.objectives
        ],
        note=text("levels.csf.note"),
    )
    services = Table(
        text("levels.services.caption"),
        (
            Column(title("Service"), 0.22),
            Column(title("SEAL asked"), 0.09, "right"),
            Column(title("SEAL"), 0.12),
            Column(title("State"), 0.12),
            Column(title("Score"), 0.10, "right"),
            Column(title("Coverage"), 0.10, "right"),
            Column(title("What caps it"), 0.25),
        ),
        [_service_row(row) for row in csf.services],
        note=text("levels.services.note"),
        empty=text("levels.services.empty"),
    )
    return [
        Section(
            "levels-csf",
            text("levels.csf"),
            2,
            (Text(line), *picture(seal_picture(content)), objectives),
        ),
        Section("levels-services", text("levels.services"), 2, (services,)),
    ]


def _service_row(row: CsfService) -> tuple[Cell, ...]:
    required = row.required_seal
    if required is None:
        state = Cell(text("state.unasked"), "neutral", "·")
    elif row.seal_low >= required:
        state = Cell(text("state.reached"), "good", "✓")
    elif row.seal_high < required:
        state = Cell(text("state.below"), "bad", "✕")
    else:
        state = Cell(text("state.open"), "unknown", "?")
    name = row.name or row.service
    return (
        Cell(f"{name}\n{row.provider}" if row.provider else name),
        Cell(formats.MISSING if required is None else str(required)),
        Cell(
            seal_text(row.seal, row.seal_low, row.seal_high),
            seal_tone(row.seal, required),
            tone_sign(seal_tone(row.seal, required)),
        ),
        state,
        Cell(formats.span(row.score_low, row.score_high, 1)),
        Cell(formats.percent(row.coverage)),
        _caps(row.capped_by, 3),
    )
