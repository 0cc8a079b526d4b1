"""Charts as vector drawings for the PDF and the page."""

from reportlab.graphics.shapes import Drawing
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer

from freehold.charts.drawing import drawing
from freehold.charts.figure import Figure
from freehold.reports.blocks import Picture
from freehold.reports.pdf_style import WIDTH, register_fonts
from freehold.reports.pdf_text import Draft, paragraph


def drawn(figure: Figure, width: float, height: float) -> Drawing:
    """Return a figure as a ReportLab drawing; width and height in points."""
    register_fonts()
    return drawing(figure, width, height)


class Chart(Flowable):  # type: ignore[misc]
    """A drawing that is drawn only where not its place alone is sought."""

    def __init__(self, shape: Drawing) -> None:
        super().__init__()
        self.width, self.height = shape.width, shape.height
        self._shape = shape

    def draw(self) -> None:
        """Draw the shapes, unless only their places are sought."""
        if not isinstance(self.canv, Draft):
            self._shape.drawOn(self.canv, 0, 0)


def picture_flowables(block: Picture) -> list[Flowable]:
    """Return a chart and, under it, the same in words."""
    shape = Chart(drawn(block.figure, WIDTH, block.height_mm * mm))
    return [KeepTogether([shape, Spacer(1, 2), paragraph(block.words, "note")])]
