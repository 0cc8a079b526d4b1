"""Plain text made safe for the PDF: escaped, wrapped, and with every sign the font can draw."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph
from reportlab.platypus import Table as ReportLabTable

from freehold.reports.blocks import Cell
from freehold.reports.pdf_style import has_glyph, style, tone_hex

_SIGN_POINTS = 6.0
_SPLITS_IN_ROW = 30
"""Lines above which a cell may be taller than a page, so that its row must split."""
_SEPARATORS = re.compile(r"([/:._\-=@])(?=[^\s/:._\-=@]{3})")


@lru_cache(maxsize=4096)
def _drawable(character: str) -> str:
    """Return the character, or its code point in brackets where the font cannot draw it."""
    if character in {"\n", "\u00a0"}:
        return character
    if character == "\u202f":  # ReportLab would break a line at the narrow one
        return "\u00a0"
    if character == "\t":
        return " "
    category = unicodedata.category(character)
    if category in {"Cc", "Cs", "Co", "Cn", "Cf"} or not has_glyph(character):
        return f"[U+{ord(character):04X}]"
    return character


def safe(text: str) -> str:
    """Return text in which every character can be drawn."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_drawable, text))


def markup(text: str) -> str:
    """Return text as ReportLab's mark-up: escaped, with line breaks kept."""
    return escape(safe(text)).replace("\n", "<br/>")


class Draft(Canvas):  # type: ignore[misc]
    """A canvas of the passes that only settle which page everything stands on."""


class SetOnce(Paragraph):  # type: ignore[misc]
    """A paragraph that breaks its lines once for a width.

    ReportLab asks for them several times in each pass of the layout, of which a report takes three.
    """

    _width_max: float
    _splitLongWordCount: int  # noqa: N815 - ReportLab's name

    def breakLines(self, width: float | Sequence[float]) -> Any:  # noqa: N802 - ReportLab's name
        """Return the lines for `width`, as they were broken before where they were."""
        widths = tuple(width) if isinstance(width, list | tuple) else (width,)
        known = self.__dict__.setdefault("_broken", {})
        if widths not in known:
            lines = super().breakLines(width)
            known[widths] = lines, self._width_max, self._splitLongWordCount
        lines, self._width_max, self._splitLongWordCount = known[widths]
        return lines

    def draw(self) -> None:
        """Draw the lines, unless only their places are sought."""
        if not isinstance(self.canv, Draft):
            super().draw()


class Grid(ReportLabTable):  # type: ignore[misc]
    """A table that is drawn only where not its place alone is sought."""

    def draw(self) -> None:
        """Draw rows, unless only their places are sought."""
        if not isinstance(self.canv, Draft):
            super().draw()


def paragraph(text: str, style_name: str) -> Paragraph:
    """Return a paragraph of plain text."""
    return SetOnce(markup(text), style(style_name))


def breakable(text: str, chosen: ParagraphStyle, width: float) -> str:
    """Return text with spaces of no width in words too long for `width`.

    ReportLab breaks such words at any letter; a break after a separator reads better.
    """
    words = text.split(" ")
    for number, word in enumerate(words):
        long = "\n" not in word and len(word) > 12
        if long and stringWidth(word, chosen.fontName, chosen.fontSize) > width:
            words[number] = _lines(word, chosen, width)
    return " ".join(words)


def _lines(word: str, chosen: ParagraphStyle, width: float) -> str:
    """Return one long word cut into lines after separators where that fits."""
    lines: list[str] = []
    line = ""
    for piece in _SEPARATORS.sub("\\1\0", word).split("\0"):
        fits = stringWidth(line + piece, chosen.fontName, chosen.fontSize) <= width
        if line and not fits:
            lines.append(line)
            line = piece
        else:
            line += piece
    return "\n".join([*lines, line])


def cell_paragraph(cell: Cell, base: str, width: float, right: bool = False) -> Paragraph:
    """Return a cell as a paragraph: sign, word and, on top, the colour of its tone."""
    name = base + ("-right" if right else "") + ("-strong" if cell.strong else "")
    chosen = style(name)
    plain = breakable(safe(cell.text), chosen, width)
    first, *rest = escape(plain).split("\n")
    if cell.sign:
        first = f"{escape(cell.sign)}\u00a0{first}"
    if cell.tone != "neutral":
        first = f'<font color="{tone_hex(cell.tone)}">{first}</font>'
    return SetOnce("<br/>".join([first, *rest]), chosen)


def may_outgrow_page(cell: Cell, width: float) -> bool:
    """Tell whether a cell's text may be taller than a page in a column of `width` points."""
    lines = len(safe(cell.text)) * _SIGN_POINTS / width + cell.text.count("\n")
    return lines > _SPLITS_IN_ROW


@lru_cache(maxsize=256)
def fitted(text: str, font: str, size: float, width: float) -> str:
    """Return text that fits one line, with an ellipsis where it had to be shortened."""
    text = safe(text).replace("\n", " ")
    if stringWidth(text, font, size) <= width:
        return text
    kept = bisect_right(
        range(1, len(text)), width, key=lambda n: stringWidth(text[:n] + "…", font, size)
    )
    return text[:kept] + "…"
