"""A figure description becomes a vector drawing for PDF, the same bytes each time."""

from collections.abc import Sequence
from functools import singledispatch

from reportlab.graphics.shapes import Drawing

from freehold.charts.canvas import Area, Canvas
from freehold.charts.drawing_map import draw_map
from freehold.charts.drawing_plots import (
    draw_bars,
    draw_heat_map,
    draw_lines,
    draw_scatter,
    draw_tornado,
    draw_waterfall,
)
from freehold.charts.figure import (
    BarChart,
    Figure,
    HeatMap,
    LineChart,
    PointMap,
    ScatterChart,
    Tornado,
    Waterfall,
)
from freehold.charts.palette import PALETTES, SERIES, ThemeName

_GAP = 8.0


def drawing(
    figure: Figure,
    width: float,
    height: float,
    *,
    font: str = "DejaVuSans",
    bold: str = "DejaVuSans-Bold",
    theme: ThemeName = "print",
    titled: bool = True,
) -> Drawing:
    """Return a ReportLab drawing of the figure.

    Args:
        figure: what to draw.
        width: width in points.
        height: height in points.
        font: name of the text font; it must be registered with ReportLab, so that it is embedded.
        bold: name of the bold font.
        theme: the palette to take colours from.
        titled: also draw title and subtitle (the source line is always drawn).
    """
    canvas = Canvas(width, height, PALETTES[theme], font, bold)
    area = _frame(canvas, figure, titled=titled)
    if figure.is_empty:
        centre = (area.left + area.width / 2, area.bottom + area.height / 2)
        canvas.text(*centre, figure.empty, size=9, colour="muted", anchor="middle")
    else:
        _draw(figure, canvas, area)
    return canvas.drawing


def _frame(canvas: Canvas, figure: Figure, *, titled: bool) -> Area:
    """Draw title, subtitle, legend and source line and return the area left."""
    top, bottom = canvas.height, 0.0
    if titled:
        top -= 11
        canvas.text(
            0, top, canvas.fitted(figure.title, canvas.width, 10, bold=True), size=10, bold=True
        )
        is_said = figure.unit in figure.subtitle or isinstance(figure, PointMap)
        unit = "" if is_said else figure.unit
        subtitle = ", ".join(part for part in (figure.subtitle, unit) if part)
        if subtitle:
            top -= 12
            canvas.text(0, top, canvas.fitted(subtitle, canvas.width, 8), size=8, colour="muted")
        top -= _GAP
    if figure.footer:
        lines = canvas.wrapped(figure.footer, canvas.width, 6.5, most=2)
        for number, line in enumerate(reversed(lines)):
            canvas.text(0, 2 + number * 8, line, size=6.5, colour="muted")
        bottom = 8.0 * len(lines) + 6
    entries = [] if figure.is_empty else _legend(figure)
    if len(entries) > 1:
        top = _draw_legend(canvas, entries, top)
    return Area(0, bottom, canvas.width, top)


def _draw_legend(canvas: Canvas, entries: Sequence[tuple[str, str]], top: float) -> float:
    x, y = 0.0, top - 8
    for name, colour in entries:
        width = 12 + canvas.text_width(name, 7.5) + 14
        if x and x + width > canvas.width:
            x, y = 0.0, y - 12
        canvas.box(Area(x, y - 0.5, x + 7, y + 6.5), colour=colour)
        canvas.text(x + 11, y, name, size=7.5)
        x += width
    return y - _GAP


def _legend(figure: Figure) -> list[tuple[str, str]]:
    """Return names and colours of the figure's series or groups."""
    match figure:
        case BarChart():
            return [
                (series.name, series.colour or SERIES[i % len(SERIES)])
                for i, series in enumerate(figure.series)
            ]
        case LineChart():
            return [
                (line.name, line.colour or SERIES[i % len(SERIES)])
                for i, line in enumerate(figure.lines)
            ]
        case ScatterChart():
            return [(group.name, group.colour) for group in figure.groups]
        case PointMap():
            used = {place.group for place in figure.places}
            return [(g.name, g.colour) for g in figure.groups if g.name in used]
        case _:
            return []


@singledispatch
def _draw(figure: Figure, _canvas: Canvas, _area: Area) -> None:
    raise TypeError(f"no drawing for {type(figure).__name__}")


_draw.register(BarChart, draw_bars)
_draw.register(Waterfall, draw_waterfall)
_draw.register(LineChart, draw_lines)
_draw.register(ScatterChart, draw_scatter)
_draw.register(HeatMap, draw_heat_map)
_draw.register(PointMap, draw_map)
_draw.register(Tornado, draw_tornado)
