"""The report as one accessible HTML page: the twin of the PDF, without scripts or other files."""

import re
from functools import singledispatch
from html import escape

from reportlab.graphics import renderSVG

from freehold.reports.blocks import (
    Block,
    Bullets,
    Cards,
    Cell,
    CoverPage,
    Document,
    Facts,
    Notice,
    Picture,
    Section,
    Table,
    Text,
)
from freehold.reports.html_style import style_sheet
from freehold.reports.pdf_figures import drawn
from freehold.reports.wording import text

_POINTS_PER_MM = 72 / 25.4
_FIGURE_WIDTH = 560.0
_TAGS = {1: "h2", 2: "h3", 3: "h4"}


def html_page(document: Document) -> str:
    """Return the whole page; the same document gives the same text."""
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{_attribute(document.language)}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="generator" content="Freehold">',
        f"<title>{_text(document.title)}</title>",
        f"<style>\n{style_sheet()}</style>",
        "</head>",
        "<body>",
        f'<a class="skip" href="#content">{_text(text("page.skip"))}</a>',
        '<div class="layout">',
        _cover(document.cover),
        _contents(document),
        '<main id="content">',
        *_chapters(document.sections),
        "</main>",
        f"<footer><p>{_text(document.footer)} · {_text(document.footnote)}</p></footer>",
        "</div>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _text(value: str) -> str:
    """Return text that HTML shows as it is; what HTML cannot hold stands as its code point."""
    shown = "".join(_point(c) if _forbidden(c) else c for c in value if c != "\r")
    return escape(shown, quote=False)


def _forbidden(character: str) -> bool:
    point = ord(character)
    control = point < 0x20 and character not in "\n\t"
    surrogate = 0xD800 <= point <= 0xDFFF
    noncharacter = (point & 0xFFFE) == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return control or surrogate or noncharacter or 0x7F <= point <= 0x9F


def _point(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def _attribute(value: str) -> str:
    return _text(value).replace('"', "&quot;")


def _span(cell: Cell) -> str:
    sign = f'<span aria-hidden="true">{_text(cell.sign)}</span> ' if cell.sign else ""
    body = _text(cell.text)
    if cell.tone == "neutral":
        return sign + body
    first, break_, rest = body.partition("\n")
    return f'<span class="{cell.tone}">{sign}{first}</span>{break_}{rest}'


def _classes(*names: str) -> str:
    chosen = " ".join(name for name in names if name)
    return f' class="{chosen}"' if chosen else ""


def _cover(cover: CoverPage) -> str:
    groups = [
        _block(Facts(cover.facts)),
        f"<h2>{_text(text('cover.section.versions'))}</h2>",
        _block(Facts(cover.versions)),
        f"<h2>{_text(text('cover.section.hashes'))}</h2>",
        _block(Facts(cover.hashes)),
        *map(_block, cover.notices),
    ]
    return "\n".join(
        [
            '<header class="cover">',
            f'<p class="kicker">{_text(cover.kicker)}</p>',
            f"<h1>{_text(cover.title)}</h1>",
            f'<p class="subtitle">{_text(cover.subtitle)}</p>',
            *groups,
            "</header>",
        ]
    )


def _contents(document: Document) -> str:
    lines = [
        f'<nav aria-label="{_attribute(document.contents_title)}">',
        f"<h2>{_text(document.contents_title)}</h2>",
        "<ol>",
    ]
    open_part = False
    for number, section in enumerate(document.sections):
        link = f'<a href="#s{number}">{_text(section.heading)}</a>'
        if section.level == 1:
            if open_part:
                lines.append("</ol></li>")
            following = document.sections[number + 1 : number + 2]
            open_part = bool(following) and following[0].level > 1
            lines.append(f"<li>{link}" + ("<ol>" if open_part else "</li>"))
        elif section.level == 2:
            lines.append(f"<li>{link}</li>")
    if open_part:
        lines.append("</ol></li>")
    return "\n".join([*lines, "</ol>", "</nav>"])


def _chapters(sections: tuple[Section, ...]) -> list[str]:
    lines: list[str] = []
    for number, section in enumerate(sections):
        if section.level == 1:
            if number:
                lines.append("</section>")
            lines.append(f'<section aria-labelledby="s{number}">')
        tag = _TAGS[section.level]
        lines.append(f'<{tag} id="s{number}">{_text(section.heading)}</{tag}>')
        lines += map(_block, section.blocks)
    if sections:
        lines.append("</section>")
    return lines


@singledispatch
def _block(block: Block) -> str:
    raise TypeError(f"no HTML for {type(block).__name__}")


@_block.register
def _(block: Text) -> str:
    kind = "" if block.style == "body" else block.style
    return f"<p{_classes(kind)}>{_text(block.text)}</p>"


@_block.register
def _(block: Bullets) -> str:
    items = [
        f'<li><span class="sign {item.tone}" aria-hidden="true">{_text(item.sign)}</span>'
        f"{_text(item.text)}</li>"
        for item in block.items
    ]
    return "\n".join(['<ul class="signs">', *items, "</ul>"])


@_block.register
def _(block: Facts) -> str:
    rows = [
        f"<dt>{_text(label)}</dt>"
        f"<dd{_classes('code' if cell.code else '', 'strong' if cell.strong else '')}>"
        f"{_span(cell)}</dd>"
        for label, cell in block.rows
    ]
    return "\n".join(["<dl>", *rows, "</dl>"])


@_block.register
def _(block: Cards) -> str:
    items = [
        f'<li class="{card.tone}"><span class="label">{_text(card.label)}</span>'
        f'<span class="value">{_text(card.value)}</span>'
        f'<span class="detail">{_text(card.detail)}</span></li>'
        for card in block.cards
    ]
    return "\n".join(['<ul class="cards">', *items, "</ul>"])


@_block.register
def _(block: Notice) -> str:
    sign = f'<span class="{block.tone}" aria-hidden="true">{_text(block.sign)}</span>'
    return f'<p class="notice {block.tone}" role="note">{sign} {_text(block.text)}</p>'


@_block.register
def _(block: Table) -> str:
    if not block.rows:
        return f'<p class="strong">{_text(block.caption)}</p>\n<p>{_text(block.empty)}</p>'
    right = ["right" if column.align == "right" else "" for column in block.columns]
    head = "".join(
        f'<th scope="col"{_classes(side)}>{_text(column.title)}</th>'
        for column, side in zip(block.columns, right, strict=True)
    )
    lines = [
        '<div class="wrap"><table>',
        f"<caption>{_text(block.caption)}</caption>",
        f"<thead><tr>{head}</tr></thead>",
        "<tbody>",
    ]
    for row in block.rows:
        cells = []
        for position, (cell, side) in enumerate(zip(row, right, strict=True)):
            classes = _classes(side, "code" if cell.code else "", "strong" if cell.strong else "")
            tag, scope = ("th", ' scope="row"') if position == 0 else ("td", "")
            cells.append(f"<{tag}{scope}{classes}>{_span(cell)}</{tag}>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    lines.append("</tbody></table></div>")
    if block.note:
        lines.append(f'<p class="note">{_text(block.note)}</p>')
    return "\n".join(lines)


@_block.register
def _(block: Picture) -> str:
    svg = _svg(block)
    return f"<figure>{svg}\n<figcaption>{_text(block.words)}</figcaption></figure>"


def _svg(block: Picture) -> str:
    """Return the chart as inline SVG, named for those who cannot see it."""
    shape = drawn(block.figure, _FIGURE_WIDTH, block.height_mm * _POINTS_PER_MM)
    source: str = renderSVG.drawToString(shape)
    start = source.index("<svg")
    opening, body = source[start:].split(">", 1)
    box = re.search(r'viewBox="([^"]*)"', opening)
    view = box.group(1) if box else f"0 0 {shape.width:g} {shape.height:g}"
    label = _attribute(block.figure.title)
    # The prefix keeps the ids of several charts on one page apart.
    prefix = re.sub(r"\W", "", block.figure.title.lower())
    body = re.sub(r'\bid="([^"]*)"', rf'id="{prefix}-\1"', body)
    body = re.sub(r'(href="|url\()#', rf"\1#{prefix}-", body)
    return f'<svg viewBox="{view}" role="img" aria-label="{label}">{body.rstrip()}'
