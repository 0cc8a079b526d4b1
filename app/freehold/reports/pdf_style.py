"""Fonts, colours, paragraph styles and measures of the PDF."""

from functools import cache
from pathlib import Path

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from freehold.charts.palette import LIGHT, mix
from freehold.reports.content import Tone

FONT, BOLD = "DejaVuSans", "DejaVuSans-Bold"
PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 18 * mm
TOP, BOTTOM = 22 * mm, 20 * mm
WIDTH = PAGE_WIDTH - 2 * MARGIN
HEIGHT = PAGE_HEIGHT - TOP - BOTTOM
_FONTS = Path(__file__).resolve().parents[1] / "fonts"

_TONES: dict[Tone, str] = {
    "good": LIGHT.good,
    "warn": LIGHT.warn,
    "bad": LIGHT.bad,
    "unknown": LIGHT.unknown,
    "neutral": LIGHT.text,
}


def register_fonts() -> None:
    """Register the fonts that every text of the PDF is set in; they are embedded."""
    known = pdfmetrics.getRegisteredFontNames()
    if FONT not in known:
        pdfmetrics.registerFont(TTFont(FONT, str(_FONTS / "DejaVuSans.ttf")))
    if BOLD not in known:
        pdfmetrics.registerFont(TTFont(BOLD, str(_FONTS / "DejaVuSans-Bold.ttf")))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)


def has_glyph(character: str) -> bool:
    """Tell whether the PDF's font can draw a character."""
    register_fonts()
    return ord(character) in pdfmetrics.getFont(FONT).face.charToGlyph


def colour(name: str) -> Color:
    """Return a colour of the print palette, or one written as `#rrggbb`."""
    return HexColor(name if name.startswith("#") else LIGHT.colour(name))


def tone_hex(tone: Tone) -> str:
    """Return a tone's colour as `#rrggbb`."""
    return _TONES[tone]


def tone_fill(tone: Tone) -> Color:
    """Return the pale background that goes with a tone."""
    return HexColor(mix(LIGHT.panel, _TONES[tone], 0.07))


@cache
def style(name: str) -> ParagraphStyle:
    """Return a paragraph style by name.

    Raises:
        KeyError: there is no such style.
    """
    register_fonts()
    return _styles()[name]


@cache
def _styles() -> dict[str, ParagraphStyle]:
    text, muted, accent = colour("text"), colour("muted"), colour("accent")

    def made(name: str, size: float, leading: float, **more: object) -> ParagraphStyle:
        settings: dict[str, object] = {
            "fontName": FONT,
            "textColor": text,
            "alignment": TA_LEFT,
            "splitLongWords": 1,
            "allowWidows": 0,
            "allowOrphans": 0,
        }
        return ParagraphStyle(name, fontSize=size, leading=leading, **(settings | more))

    styles = [
        made("body", 9, 13, spaceAfter=6),
        made("lead", 10, 14.5, spaceAfter=8, textColor=colour(mix(LIGHT.text, LIGHT.muted, 0.3))),
        made("note", 7.2, 10, textColor=muted, spaceBefore=3, spaceAfter=10),
        made("caption", 8, 11, fontName=BOLD, spaceBefore=8, spaceAfter=4),
        made("cell", 7.6, 10),
        made("cell-strong", 7.6, 10, fontName=BOLD),
        made("cell-right", 7.6, 10, alignment=TA_RIGHT),
        made("cell-right-strong", 7.6, 10, alignment=TA_RIGHT, fontName=BOLD),
        made("dense", 7, 9.2),
        made("dense-strong", 7, 9.2, fontName=BOLD),
        made("dense-right", 7, 9.2, alignment=TA_RIGHT),
        made("dense-right-strong", 7, 9.2, alignment=TA_RIGHT, fontName=BOLD),
        made("head", 7.2, 9.4, fontName=BOLD, textColor=muted),
        made("head-right", 7.2, 9.4, fontName=BOLD, textColor=muted, alignment=TA_RIGHT),
        made("label", 7.6, 10.4, textColor=muted),
        made("value", 8, 11),
        made("value-strong", 8, 11, fontName=BOLD),
        made("bullet", 9, 13),
        made("card-label", 7.4, 9.6, textColor=muted),
        made("card-value", 16, 20, fontName=BOLD),
        made("card-detail", 7, 9.2, textColor=muted),
        made("h1", 17, 21, fontName=BOLD, spaceBefore=20, spaceAfter=9),
        made("h2", 12, 15.5, fontName=BOLD, spaceBefore=12, spaceAfter=6),
        made("h3", 9.6, 12.5, fontName=BOLD, spaceBefore=11, spaceAfter=4, textColor=accent),
        made("toc-title", 17, 21, fontName=BOLD, spaceAfter=9),
        made("toc-1", 9, 12, fontName=BOLD, spaceBefore=4),
        made("toc-2", 8.2, 10.8, leftIndent=12),
        made("toc-3", 7.2, 9.4, leftIndent=24, textColor=muted),
        made("cover-kicker", 9, 12, fontName=BOLD, textColor=accent),
        made("cover-title", 30, 36, fontName=BOLD),
        made("cover-subtitle", 11.5, 16, textColor=muted),
        made("cover-organisation", 15, 19, fontName=BOLD, spaceBefore=6),
        made("cover-head", 8, 11, fontName=BOLD, textColor=accent, spaceBefore=9, spaceAfter=3),
    ]
    return {one.name: one for one in styles}
