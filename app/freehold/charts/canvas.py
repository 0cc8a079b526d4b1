"""A ReportLab drawing with the few marks that charts need; y grows upwards, in points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reportlab.graphics.shapes import Circle, Drawing, Group, Line, Path, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from freehold.charts.palette import Palette


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle: left, bottom, right, top."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """Its width in points."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Its height in points."""
        return self.top - self.bottom


@dataclass
class Canvas:
    """Where a figure is drawn; `font` and `bold` are names registered with ReportLab."""

    width: float
    height: float
    palette: Palette
    font: str
    bold: str
    drawing: Drawing = field(init=False)

    def __post_init__(self) -> None:
        self.drawing = Drawing(self.width, self.height)
        self.drawing.initialFontName = self.font

    def colour(self, name: str, opacity: float = 1.0) -> Color:
        """Return a palette colour by name, or a `#rrggbb` one."""
        code = name if name.startswith("#") else self.palette.colour(name)
        colour = HexColor(code)
        return Color(colour.red, colour.green, colour.blue, opacity) if opacity < 1 else colour

    def text_width(self, text: str, size: float = 8, *, bold: bool = False) -> float:
        """Return the width of a text in points."""
        return float(stringWidth(text, self.bold if bold else self.font, size))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 8,
        colour: str = "text",
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Write a line of text with its baseline at y."""
        self.drawing.add(
            String(
                _r(x),
                _r(y),
                text,
                fontName=self.bold if bold else self.font,
                fontSize=size,
                fillColor=self.colour(colour),
                textAnchor=anchor,
            )
        )

    def fitted(self, text: str, width: float, size: float = 8, *, bold: bool = False) -> str:
        """Return the text, shortened with an ellipsis where it is wider than `width`."""
        if self.text_width(text, size, bold=bold) <= width:
            return text
        while text and self.text_width(text + "…", size, bold=bold) > width:
            text = text[:-1]
        return text.rstrip() + "…"

    def wrapped(self, text: str, width: float, size: float = 8, most: int = 3) -> list[str]:
        """Return the text broken into at most `most` lines of at most `width`."""
        lines: list[str] = []
        for word in text.split():
            if lines and self.text_width(f"{lines[-1]} {word}", size) <= width:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        if len(lines) > most:
            lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
        return [self.fitted(line, width, size) for line in lines]

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        *,
        colour: str = "line",
        width: float = 0.5,
        dash: Sequence[float] | None = None,
    ) -> None:
        """Draw a straight line."""
        self.drawing.add(
            Line(
                *map(_r, (*start, *end)),
                strokeColor=self.colour(colour),
                strokeWidth=width,
                strokeDashArray=list(dash) if dash else None,
            )
        )

    def lines(
        self,
        points: Iterable[tuple[float, float]],
        *,
        colour: str,
        width: float = 1.2,
        dash: Sequence[float] | None = None,
    ) -> None:
        """Draw a line through points."""
        flat = [_r(value) for point in points for value in point]
        if len(flat) >= 4:
            self.drawing.add(
                PolyLine(
                    flat,
                    strokeColor=self.colour(colour),
                    strokeWidth=width,
                    strokeDashArray=list(dash) if dash else None,
                )
            )

    def box(self, area: Area, *, colour: str, hatched: bool = False) -> None:
        """Fill a rectangle; a hatched one is striped, for figures that rest on assumptions."""
        if not hatched:
            self.drawing.add(_rect(area, fill=self.colour(colour)))
            return
        self.drawing.add(_rect(area, fill=self.colour(colour, 0.25)))
        step, reach = 5.0, area.height
        offset = -reach
        while offset < area.width:
            x0, y0 = area.left + offset, area.bottom
            x1, y1 = x0 + reach, area.top
            if x0 < area.left:
                y0, x0 = y0 + (area.left - x0), area.left
            if x1 > area.right:
                y1, x1 = y1 - (x1 - area.right), area.right
            if x1 > x0:
                self.line((x0, y0), (x1, y1), colour=colour, width=1)
            offset += step

    def circle(
        self, x: float, y: float, radius: float, *, colour: str, opacity: float = 1.0
    ) -> None:
        """Draw a filled circle with a thin rim."""
        self.drawing.add(
            Circle(
                _r(x),
                _r(y),
                _r(radius),
                fillColor=self.colour(colour, opacity),
                strokeColor=self.colour("panel"),
                strokeWidth=0.6,
            )
        )

    def shape(
        self,
        rings: Iterable[Sequence[tuple[float, float]]],
        *,
        fill: str | None,
        stroke: str | None = None,
        width: float = 0.4,
        opacity: float = 1.0,
        into: Group | None = None,
    ) -> None:
        """Draw closed rings as one path."""
        path = Path(
            fillColor=self.colour(fill, opacity) if fill else None,
            strokeColor=self.colour(stroke) if stroke else None,
            strokeWidth=width,
            fillMode=0,
        )
        for ring in rings:
            if len(ring) < 3:
                continue
            path.moveTo(_r(ring[0][0]), _r(ring[0][1]))
            for x, y in ring[1:]:
                path.lineTo(_r(x), _r(y))
            path.closePath()
        if path.points:
            (into or self.drawing).add(path)


def _rect(area: Area, *, fill: Color) -> Rect:
    return Rect(
        _r(area.left),
        _r(area.bottom),
        _r(max(area.width, 0)),
        _r(max(area.height, 0)),
        fillColor=fill,
        strokeColor=None,
        strokeWidth=0,
    )


def _r(value: float) -> float:
    """Round to a hundredth of a point, so that the same figure gives the same bytes."""
    return round(value, 2)
