"""An audit report's content as sections of text, tables and figures."""

from dataclasses import replace

from freehold.reports import (
    chapters_basis,
    chapters_findings,
    chapters_levels,
    chapters_method,
    chapters_money,
    chapters_plan,
    formats,
)
from freehold.reports.blocks import Cell, CoverPage, Document, Notice, Section
from freehold.reports.content import AuditContent, Cover, SignOff
from freehold.reports.signs import code, said
from freehold.reports.wording import text, text_or

ROWS_PER_RULE = 20
"""How many finding rows of a rule the PDF and the page print; the tables hold all."""


def audit_document(content: AuditContent, rows_per_rule: int = ROWS_PER_RULE) -> Document:
    """Return the audit report of `content`, ready to be drawn as PDF or HTML."""
    cover = content.cover
    sections = [
        *chapters_levels.summary(content),
        *chapters_levels.levels(content),
        *chapters_findings.findings(content, rows_per_rule),
        *chapters_findings.not_assessed(content),
        *chapters_basis.completeness(content),
        *chapters_basis.unverified(content),
        *chapters_basis.waivers(content),
        *chapters_money.dependency(content),
        *chapters_plan.blast(content),
        *chapters_money.capacity(content),
        *chapters_plan.plan(content),
        *chapters_money.scenarios(content),
        *chapters_method.method(content),
        *chapters_method.glossary(content),
        *chapters_method.sources(content),
    ]
    return Document(
        title=f"{text('report.title')}: {_organisation(cover)}",
        language="en",
        header=text(
            "report.header", organisation=_organisation(cover), as_of=formats.day(cover.as_of)
        ),
        footer=text(
            "report.footer", run_id=formats.short_id(cover.run_id), scenario=cover.scenario
        ),
        cover=_cover_page(cover),
        contents_title=text("report.contents"),
        sections=tuple(_numbered(sections)),
        footnote=text("report.footnote"),
        page_label=text("report.page", page="{page}", total="{total}"),
        subject=text("report.subtitle"),
    )


def _numbered(sections: list[Section]) -> list[Section]:
    """Number chapters 1, 2 ... and their parts 1.1, 1.2 ...; level 3 carries its rule id."""
    chapter = part = 0
    numbered: list[Section] = []
    for section in sections:
        if section.level == 1:
            chapter, part = chapter + 1, 0
            number = str(chapter)
        elif section.level == 2:
            part += 1
            number = f"{chapter}.{part}"
        else:
            number = ""
        numbered.append(replace(section, number=number))
    return numbered


def _organisation(cover: Cover) -> str:
    return cover.organisation or text("report.unnamed")


def _cover_page(cover: Cover) -> CoverPage:
    scope = ", ".join(
        f"{formats.count(item.count)} {text_or(f'kind.{item.kind}', item.kind)}"
        for item in cover.scope
    )
    seat = ", ".join(part for part in (cover.sector, cover.country) if part)
    versions = cover.versions
    packs = "\n".join(
        text("cover.pack", pack_id=pack.pack_id, version=pack.version, rules=pack.rules)
        for pack in versions.packs
    )
    hashes = cover.hashes
    return CoverPage(
        kicker="FREEHOLD",
        title=text("report.title"),
        subtitle=text("report.subtitle"),
        facts=(
            (text("cover.organisation"), Cell(_organisation(cover), strong=True)),
            (text("cover.lei"), code(cover.lei)),
            (text("cover.sector"), said(seat)),
            (text("cover.regimes"), said(", ".join(cover.regimes))),
            (text("cover.scope"), said(scope)),
            (text("cover.as_of"), Cell(formats.day(cover.as_of), strong=True)),
            (text("cover.scenario"), Cell(cover.scenario)),
            (text("cover.document"), Cell(cover.document_name)),
            (text("cover.prepared"), _people(cover.prepared_by)),
            (text("cover.reviewed"), _people(cover.reviewed_by)),
        ),
        versions=(
            (text("cover.run"), code(cover.run_id)),
            (text("cover.app"), Cell(versions.app)),
            (text("cover.engine"), Cell(versions.engine)),
            (text("cover.catalogue"), Cell(versions.catalogue_snapshot)),
            (text("cover.packs"), said(packs)),
            (text("cover.weights"), Cell(versions.weight_set)),
        ),
        hashes=(
            (text("cover.hash.estate"), code(hashes.estate)),
            (text("cover.hash.catalogue"), code(hashes.catalogue)),
            (text("cover.hash.rules"), code(hashes.rules)),
            (text("cover.hash.findings"), code(hashes.findings)),
            (text("cover.command"), code(cover.command)),
        ),
        notices=tuple(_notices(cover)),
    )


def _people(people: tuple[SignOff, ...]) -> Cell:
    if not people:
        return Cell(text("not_recorded"), "unknown", "?")
    return Cell(
        "; ".join(
            (f"{p.person}, {formats.day(p.signed_on)}" if p.signed_on else p.person)
            + ("" if p.of_this_run else text("cover.earlier"))
            for p in people
        )
    )


def _notices(cover: Cover) -> list[Notice]:
    notices = [Notice(notice) for notice in cover.notices]
    prepared = {p.person for p in cover.prepared_by}
    reviewed = {p.person for p in cover.reviewed_by if p.of_this_run}
    if not reviewed:
        notices.append(Notice(text("cover.not_reviewed")))
    elif prepared & reviewed:
        notices.append(Notice(text("cover.same_person")))
    notices.append(Notice(text("cover.self_score"), "neutral", "·"))
    return notices
