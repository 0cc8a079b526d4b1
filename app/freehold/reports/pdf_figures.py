"""Charts as vector drawings for the PDF and the page."""

from reportlab.graphics.shapes import Drawing
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer

from freehold.charts.drawing import drawing
from freehold.charts.figure import Figure
from freehold.reports.blocks import Picture
from freehold.reports.pdf_style import WIDTH, register_fonts
from freehold.reports.pdf_text import paragraph


def drawn(figure: Figure, width: float, height: float) -> Drawing:
    """Return a figure as a ReportLab drawing; width and height in points."""
    register_fonts()
    return drawing(figure, width, height)


def picture_flowables(block: Picture) -> list[Flowable]:
    """Return a chart and, under it, the same in words."""
    shape = drawn(block.figure, WIDTH, block.height_mm * mm)
    return [KeepTogether([shape, Spacer(1, 2), paragraph(block.words, "note")])]
