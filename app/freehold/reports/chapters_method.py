"""Method and limits, glossary, sources."""

from freehold.reports import formats
from freehold.reports.blocks import Bullets, Cell, Column, Facts, Section, Table
from freehold.reports.content import AuditContent
from freehold.reports.signs import said
from freehold.reports.wording import text, title
from freehold.reports.wording_method import DECISION_COUNT, METHOD_KEYS, TERMS


def method(content: AuditContent) -> list[Section]:
    """Return the chapter on how results came about and what they do not say."""
    rows = tuple(
        (text(f"method.{key}.title"), Cell(text(f"method.{key}.text"))) for key in METHOD_KEYS
    )
    decisions = tuple(
        Cell(text(f"decision.{number}"), sign=f"{number}.")
        for number in range(1, DECISION_COUNT + 1)
    )
    sections = [
        Section("method", text("method.title"), 1, (Facts(rows),), new_page=True),
        Section("method-decisions", text("method.decisions"), 2, (Bullets(decisions),)),
    ]
    csf = content.csf
    if csf is not None and csf.weight_sets:
        table = Table(
            text("method.weights.caption"),
            (
                Column(title("Weight set"), 0.28),
                *(Column(f"SOV-{number}", 0.09, "right") for number in range(1, 9)),
            ),
            [
                (
                    Cell(f"{name} ✓" if name == csf.weights else name, strong=name == csf.weights),
                    *(Cell(str(weight)) for weight in weights),
                )
                for name, weights in sorted(csf.weight_sets.items())
            ],
            note=text("method.weights.note", weights=csf.weights),
        )
        sections.append(Section("method-weights", text("method.weights"), 2, (table,)))
    return sections


def glossary(content: AuditContent) -> list[Section]:
    """Return the glossary."""
    del content
    rows = tuple((name, Cell(text(f"term.{name}"))) for name in TERMS)
    return [Section("glossary", text("glossary.title"), 1, (Facts(rows),))]


def sources(content: AuditContent) -> list[Section]:
    """Return the list of sources of facts."""
    table = Table(
        text("sources.caption"),
        (
            Column(title("Source"), 0.36),
            Column(title("Tables"), 0.22),
            Column(title("Rows"), 0.09, "right"),
            Column(title("Not verified"), 0.11, "right"),
            Column(title("As of"), 0.11),
            Column(title("Licence"), 0.11),
        ),
        [
            (
                Cell(row.name),
                Cell(", ".join(row.tables)),
                Cell(formats.count(row.rows)),
                Cell(formats.count(row.rows_unverified)),
                said(row.as_of),
                said(row.licence),
            )
            for row in content.sources
        ],
        note=text("sources.note"),
        empty=text("sources.empty"),
        dense=True,
    )
    return [Section("sources", text("sources.title"), 1, (table,))]
