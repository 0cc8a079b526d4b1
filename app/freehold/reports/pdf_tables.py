"""Blocks as ReportLab flowables: tables, cards, facts, bullets, notices."""

from collections.abc import Sequence

from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer

from freehold.reports.blocks import Bullets, Cards, Cell, Facts, Notice, Table, Text
from freehold.reports.pdf_style import FONT, WIDTH, colour, style, tone_fill, tone_hex
from freehold.reports.pdf_text import (
    Grid,
    SetOnce,
    breakable,
    cell_paragraph,
    markup,
    may_outgrow_page,
    paragraph,
    safe,
)

ROWS_PER_SLICE = 500
"""ReportLab measures the rest of a table at each page break, so long tables are sliced."""
EMBEDDED = ("FONTNAME", (0, 0), (-1, -1), FONT)
"""Without it ReportLab names Helvetica, which is not embedded, in every cell."""
_PAD = 4.0
_LABEL_WIDTH = 0.24


def text_flowables(block: Text) -> list[Flowable]:
    """Return a paragraph."""
    return [paragraph(block.text, block.style)]


def table_flowables(block: Table) -> list[Flowable]:
    """Return a table with its caption and note, or the sentence that says it is empty."""
    caption = paragraph(block.caption, "caption")
    if not block.rows:
        return [caption, paragraph(block.empty, "body")]
    base = "dense" if block.dense else "cell"
    total = sum(column.width for column in block.columns)
    widths = [WIDTH * column.width / total for column in block.columns]
    head = [
        cell_paragraph(Cell(column.title), "head", width - 2 * _PAD, column.align == "right")
        for column, width in zip(block.columns, widths, strict=True)
    ]
    flowables: list[Flowable] = [CondPageBreak(90), caption]
    for start in range(0, len(block.rows), ROWS_PER_SLICE):
        rows = block.rows[start : start + ROWS_PER_SLICE]
        body = [
            [
                cell_paragraph(cell, base, width - 2 * _PAD, column.align == "right")
                for cell, column, width in zip(row, block.columns, widths, strict=True)
            ]
            for row in rows
        ]
        flowables.append(_grid([head, *body], widths, rows))
    if block.note:
        flowables.append(paragraph(block.note, "note"))
    else:
        flowables.append(Spacer(1, 8))
    return flowables


def _grid(
    body: list[list[Flowable]], widths: list[float], rows: Sequence[tuple[Cell, ...]]
) -> Grid:
    tall = any(
        may_outgrow_page(cell, width - 2 * _PAD)
        for row in rows
        for cell, width in zip(row, widths, strict=True)
    )
    return Grid(
        body,
        colWidths=widths,
        repeatRows=1,
        hAlign="LEFT",
        splitInRow=40 if tall else 0,
        style=[
            EMBEDDED,
            ("BACKGROUND", (0, 0), (-1, 0), colour("rail")),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, colour("border")),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, colour("line")),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("VALIGN", (0, 1), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), _PAD),
            ("RIGHTPADDING", (0, 0), (-1, -1), _PAD),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ],
    )


def facts_flowables(
    block: Facts, width: float = WIDTH, label_share: float = _LABEL_WIDTH
) -> list[Flowable]:
    """Return labelled values in two columns."""
    widths = [width * label_share, width * (1 - label_share)]
    rows = [
        [
            paragraph(label, "label"),
            cell_paragraph(cell, "value", widths[1] - 2 * _PAD),
        ]
        for label, cell in block.rows
    ]
    tall = any(may_outgrow_page(cell, widths[1] - 2 * _PAD) for _, cell in block.rows)
    grid = Grid(
        rows,
        colWidths=widths,
        hAlign="LEFT",
        splitInRow=40 if tall else 0,
        style=[
            EMBEDDED,
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.3, colour("line")),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("LEFTPADDING", (1, 0), (1, -1), _PAD),
            ("RIGHTPADDING", (0, 0), (-1, -1), _PAD),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ],
    )
    return [grid, Spacer(1, 6)]


def bullets_flowables(block: Bullets) -> list[Flowable]:
    """Return statements, each behind its sign."""
    sign_width = 22.0
    width = WIDTH - sign_width - 2 * _PAD
    rows = []
    for item in block.items:
        sign = f'<font color="{tone_hex(item.tone)}"><b>{markup(item.sign)}</b></font>'
        chosen = style("bullet")
        text = breakable(safe(item.text), chosen, width)
        rows.append([SetOnce(sign, chosen), paragraph(text, "bullet")])
    if not rows:
        return []
    grid = Grid(
        rows,
        colWidths=[sign_width, WIDTH - sign_width],
        hAlign="LEFT",
        splitInRow=40 if any(may_outgrow_page(item, width) for item in block.items) else 0,
        style=[
            EMBEDDED,
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ],
    )
    return [grid, Spacer(1, 8)]


def cards_flowables(block: Cards) -> list[Flowable]:
    """Return headline figures side by side, each with a bar in its tone on the left."""
    gap = 8.0
    number = len(block.cards)
    width = (WIDTH - gap * (number - 1)) / number
    cells: list[object] = []
    widths: list[float] = []
    commands: list[tuple[object, ...]] = [
        EMBEDDED,
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 9),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 7),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
    ]
    for position, card in enumerate(block.cards):
        if position:
            cells.append("")
            widths.append(gap)
        column = len(cells)
        cells.append(
            [
                paragraph(card.label, "card-label"),
                SetOnce(
                    f'<font color="{tone_hex(card.tone)}">{markup(card.value)}</font>',
                    style("card-value"),
                ),
                paragraph(card.detail, "card-detail"),
            ]
        )
        widths.append(width)
        area = ((column, 0), (column, 0))
        commands += [
            ("BOX", *area, 0.6, colour("border")),
            ("LINEBEFORE", *area, 2.4, colour(tone_hex(card.tone))),
        ]
    return [Grid([cells], colWidths=widths, style=commands, hAlign="LEFT"), Spacer(1, 12)]


def notice_flowables(block: Notice, width: float = WIDTH) -> list[Flowable]:
    """Return a statement in a box with its sign."""
    sign = cell_paragraph(Cell(block.sign, block.tone, strong=True), "value", 20)
    text = paragraph(block.text, "value")
    grid = Grid(
        [[sign, text]],
        colWidths=[20, width - 20],
        hAlign="LEFT",
        style=[
            EMBEDDED,
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, -1), tone_fill(block.tone)),
            ("LINEBEFORE", (0, 0), (0, -1), 2.4, colour(tone_hex(block.tone))),
            ("TOPPADDING", (0, 0), (-1, -1), 4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
            ("LEFTPADDING", (0, 0), (0, -1), 8),
        ],
    )
    return [KeepTogether([grid, Spacer(1, 7)])]
