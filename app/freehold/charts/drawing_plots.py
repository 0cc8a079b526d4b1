"""Plots for print: axes, bars, lines, points, cells."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from freehold.charts.canvas import Area, Canvas
from freehold.charts.figure import (
    BarChart,
    HeatMap,
    LineChart,
    Reference,
    ScatterChart,
    Tornado,
    Waterfall,
    tone,
)
from freehold.charts.heat import heat_colours, shade
from freehold.charts.numbers import format_number, ticks
from freehold.charts.palette import SERIES, readable_on

_LABEL = 7.5


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values to points, linearly or by their logarithm."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Return where a value stands."""
        low, high, value = (
            (math.log10(v) for v in (self.low, self.high, value))
            if self.log
            else (self.low, self.high, value)
        )
        return self.start + (value - low) / ((high - low) or 1) * (self.end - self.start)


def draw_bars(figure: BarChart, canvas: Canvas, area: Area) -> None:
    """Draw grouped or stacked bars."""
    if figure.horizontal:
        _bars_across(figure, canvas, area)
    else:
        _bars_up(figure, canvas, area)


def _bars_up(figure: BarChart, canvas: Canvas, area: Area) -> None:
    low, high = _bar_bounds(figure)
    plot, scale = _value_axis_left(canvas, area, low, high, bottom_room=22)
    slot = plot.width / len(figure.categories)
    for i, category in enumerate(figure.categories):
        left = plot.left + slot * i
        _label_under(canvas, category, left + slot / 2, plot.bottom, slot - 4)
        for start, end, x0, x1, j in _spans(figure, i, left + slot * 0.17, slot * 0.66):
            bar = Area(x0, scale.at(min(start, end)), x1, scale.at(max(start, end)))
            _bar(canvas, figure, bar, i, j)
            if figure.show_values and figure.mode == "grouped":
                text = format_number(end, figure.decimals)
                y = bar.top + 3 if end >= 0 else bar.bottom - 8
                canvas.text((x0 + x1) / 2, y, text, size=6.5, anchor="middle")
    canvas.line((plot.left, scale.at(0)), (plot.right, scale.at(0)), colour="muted")
    for reference in figure.references:
        y = scale.at(reference.value)
        _reference(canvas, reference, (plot.left, y), (plot.right, y))


def _bars_across(figure: BarChart, canvas: Canvas, area: Area) -> None:
    low, high = _bar_bounds(figure)
    widest = max(canvas.text_width(name, _LABEL) for name in figure.categories)
    room = min(widest, area.width * 0.4)
    plot = Area(area.left + room + 6, area.bottom + 14, area.right - 34, area.top - 4)
    scale = _value_axis_below(canvas, plot, low, high)
    slot = plot.height / len(figure.categories)
    for i, category in enumerate(figure.categories):
        bottom = plot.top - slot * (i + 1)
        text = canvas.fitted(category, room, _LABEL)
        middle = bottom + slot / 2 - 2.5
        canvas.text(plot.left - 6, middle, text, size=_LABEL, anchor="end")
        for start, end, y0, y1, j in _spans(figure, i, bottom + slot * 0.17, slot * 0.66):
            bar = Area(scale.at(min(start, end)), y0, scale.at(max(start, end)), y1)
            _bar(canvas, figure, bar, i, j)
            if figure.show_values and figure.mode == "grouped":
                text = format_number(end, figure.decimals)
                canvas.text(bar.right + 3, (y0 + y1) / 2 - 2.3, text, size=6.5)
    canvas.line((scale.at(0), plot.bottom), (scale.at(0), plot.top), colour="muted")
    for reference in figure.references:
        x = scale.at(reference.value)
        _reference(canvas, reference, (x, plot.bottom), (x, plot.top))


def _spans(
    figure: BarChart, i: int, start_at: float, room: float
) -> list[tuple[float, float, float, float, int]]:
    """Return (from, to, near edge, far edge, series) of each bar of a category."""
    spans: list[tuple[float, float, float, float, int]] = []
    if figure.mode == "stacked":
        above = below = 0.0
        for j, series in enumerate(figure.series):
            value = series.values[i]
            if value is None:
                continue
            if value >= 0:
                spans.append((above, above + value, start_at, start_at + room, j))
                above += value
            else:
                spans.append((below, below + value, start_at, start_at + room, j))
                below += value
        return spans
    part = room / len(figure.series)
    # The first series stands at the left, or at the top where bars lie.
    for j, series in enumerate(figure.series):
        place = len(figure.series) - 1 - j if figure.horizontal else j
        value = series.values[i]
        if value is not None:
            near = start_at + part * place
            spans.append((0.0, value, near, near + part * 0.92, j))
    return spans


def _bar(canvas: Canvas, figure: BarChart, bar: Area, i: int, j: int) -> None:
    series = figure.series[j]
    colour = series.colours[i] if series.colours else series.colour or SERIES[j % len(SERIES)]
    canvas.box(bar, colour=colour, hatched=bool(series.hatched and series.hatched[i]))


def _bar_bounds(figure: BarChart) -> tuple[float, float]:
    ends = [0.0, *(reference.value for reference in figure.references)]
    for i in range(len(figure.categories)):
        for start, end, *_ in _spans(figure, i, 0, 1):
            ends += [start, end]
    return min(ends), max(ends)


def draw_waterfall(figure: Waterfall, canvas: Canvas, area: Area) -> None:
    """Draw totals and the steps between them."""
    spans = figure.spans()
    ends = [0.0, *(value for span in spans for value in span)]
    plot, scale = _value_axis_left(canvas, area, min(ends), max(ends), bottom_room=30)
    slot = plot.width / len(figure.steps)
    for i, (step, (start, end)) in enumerate(zip(figure.steps, spans, strict=True)):
        x0 = plot.left + slot * (i + 0.16)
        x1 = x0 + slot * 0.68
        bar = Area(x0, scale.at(min(start, end)), x1, scale.at(max(start, end)))
        colour = "accent" if step.is_total else tone(step.value, figure.good_when)
        canvas.box(bar, colour=colour)
        text = format_number(step.value, figure.decimals, signed=not step.is_total)
        canvas.text((x0 + x1) / 2, bar.top + 3, text, size=7, anchor="middle")
        if i + 1 < len(spans):
            y = scale.at(end)
            canvas.line((x1, y), (x1 + slot * 0.32, y), colour="muted")
        _label_under(canvas, step.label, (x0 + x1) / 2, plot.bottom, slot - 4)
    canvas.line((plot.left, scale.at(0)), (plot.right, scale.at(0)), colour="muted")


def draw_lines(figure: LineChart, canvas: Canvas, area: Area) -> None:
    """Draw lines over numbers, dates or names."""
    y_values = [
        v for line in figure.lines for v in (*line.y, *line.low, *line.high) if v is not None
    ]
    y_values += [reference.value for reference in figure.references]
    if figure.from_zero:
        y_values.append(0.0)
    plot, y_scale = _value_axis_left(
        canvas, area, min(y_values), max(y_values), bottom_room=24, title=figure.y_title
    )
    position, labels = _positions([x for line in figure.lines for x in line.x])
    x_scale = Scale(min(position.values()), max(position.values()), plot.left + 16, plot.right - 24)
    for value, text in labels:
        canvas.text(x_scale.at(value), plot.bottom - 10, text, size=_LABEL, anchor="middle")
    if figure.x_title:
        canvas.text(
            (plot.left + plot.right) / 2, area.bottom + 1, figure.x_title, size=7, colour="muted",
            anchor="middle",
        )  # fmt: skip
    for number, line in enumerate(figure.lines):
        colour = line.colour or SERIES[number % len(SERIES)]
        xs = [x_scale.at(position[x]) for x in line.x]
        if line.low:
            edge = [(x, y_scale.at(v)) for x, v in zip(xs, line.high, strict=True)]
            edge += [(x, y_scale.at(v)) for x, v in zip(xs[::-1], line.low[::-1], strict=True)]
            canvas.shape([edge], fill=colour, opacity=0.16)
        for run in _runs(xs, line.y, y_scale, stepped=line.stepped):
            canvas.lines(run, colour=colour, dash=(4, 3) if line.dashed else None)
        if len(xs) <= 40:
            for x, v in zip(xs, line.y, strict=True):
                if v is not None:
                    canvas.circle(x, y_scale.at(v), 2, colour=colour)
    for reference in figure.references:
        y = y_scale.at(reference.value)
        _reference(canvas, reference, (plot.left, y), (plot.right, y))


def _positions(
    xs: Sequence[float | str],
) -> tuple[dict[float | str, float], list[tuple[float, str]]]:
    """Return where each x stands and the labels below the axis."""
    if all(isinstance(x, int | float) for x in xs):
        numbers = [float(x) for x in xs]
        marks = [t for t in ticks(min(numbers), max(numbers)) if min(numbers) <= t <= max(numbers)]
        return {x: float(x) for x in xs}, [(t, format_number(t)) for t in marks]
    names = [str(x) for x in dict.fromkeys(xs)]
    try:
        days = {name: float(date.fromisoformat(name[:10]).toordinal()) for name in names}
        names.sort()
    except ValueError:
        days = {name: float(i) for i, name in enumerate(names)}
    every = max(math.ceil(len(names) / 8), 1)
    return {x: days[str(x)] for x in xs}, [(days[n], n) for n in names[::every]]


def _runs(
    xs: Sequence[float], ys: Sequence[float | None], scale: Scale, *, stepped: bool
) -> list[list[tuple[float, float]]]:
    """Break a line where a value is missing."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(xs, ys, strict=True):
        if y is None:
            runs.append([])
            continue
        if stepped and runs[-1]:
            runs[-1].append((x, runs[-1][-1][1]))
        runs[-1].append((x, scale.at(y)))
    return runs


def draw_scatter(figure: ScatterChart, canvas: Canvas, area: Area) -> None:
    """Draw points over two axes."""
    xs, ys = [mark.x for mark in figure.marks], [mark.y for mark in figure.marks]
    plot, y_scale = _value_axis_left(
        canvas, area, min(ys), max(ys), bottom_room=26, log=figure.log_y, title=figure.y_title
    )
    below = Area(plot.left, plot.bottom, plot.right - 8, plot.top)
    x_scale = _value_axis_below(canvas, below, min(xs), max(xs), log=figure.log_x)
    canvas.text(
        (plot.left + plot.right) / 2, area.bottom + 1, figure.x_title, size=7, colour="muted",
        anchor="middle",
    )  # fmt: skip
    points = [(x_scale.at(mark.x), y_scale.at(mark.y)) for mark in figure.marks]
    if figure.joined:
        canvas.lines(points, colour="muted", width=0.8)
    names = [g.name for g in figure.groups] or sorted({mark.group for mark in figure.marks})
    colours = {g.name: g.colour for g in figure.groups}
    largest = max((mark.size or 0 for mark in figure.marks), default=0)
    for mark, (x, y) in zip(figure.marks, points, strict=True):
        place = names.index(mark.group) if mark.group in names else 0
        colour = colours.get(mark.group, SERIES[place % len(SERIES)])
        radius = (
            3.2 if not mark.size or not largest else max(10 * math.sqrt(mark.size / largest), 2.5)
        )
        canvas.circle(x, y, radius, colour=colour, opacity=0.9)
        if figure.label_marks:
            canvas.text(x, y + radius + 2, mark.label, size=6.5, anchor="middle")


def draw_heat_map(figure: HeatMap, canvas: Canvas, area: Area) -> None:
    """Draw a grid of shaded cells with their values."""
    low, high = figure.bounds()
    colours = heat_colours(figure.scale, canvas.palette)
    room = min(max(canvas.text_width(name, _LABEL) for name in figure.rows), area.width * 0.35)
    plot = Area(area.left + room + 6, area.bottom, area.right, area.top - 14)
    width, height = plot.width / len(figure.columns), plot.height / len(figure.rows)
    for j, column in enumerate(figure.columns):
        text = canvas.fitted(column, width - 2, _LABEL)
        canvas.text(plot.left + width * (j + 0.5), plot.top + 4, text, size=_LABEL, anchor="middle")
    for i, row in enumerate(figure.rows):
        y = plot.top - height * (i + 1)
        name = canvas.fitted(row, room, _LABEL)
        canvas.text(plot.left - 6, y + height / 2 - 2.5, name, size=_LABEL, anchor="end")
        for j in range(len(figure.columns)):
            value = figure.values[i][j]
            colour = shade(value, low, high, colours, canvas.palette)
            x = plot.left + width * j
            canvas.box(Area(x + 0.75, y + 0.75, x + width - 0.75, y + height - 0.75), colour=colour)
            text = figure.texts[i][j] if figure.texts else format_number(value, figure.decimals)
            ink = readable_on(colour, canvas.palette)
            shown = canvas.fitted(text, width - 3, 7)
            canvas.text(
                x + width / 2, y + height / 2 - 2.5, shown, size=7, colour=ink, anchor="middle"
            )


def draw_tornado(figure: Tornado, canvas: Canvas, area: Area) -> None:
    """Draw the changes from the base, the widest first."""
    drivers = figure.ordered()
    room = min(max(canvas.text_width(driver.label, _LABEL) for driver in drivers), area.width * 0.4)
    plot = Area(area.left + room + 6, area.bottom + 14, area.right - 10, area.top - 4)
    changes = [(d.low - figure.base, d.high - figure.base) for d in drivers]
    ends = [0.0, *(value for pair in changes for value in pair)]
    scale = _value_axis_below(canvas, plot, min(ends), max(ends))
    slot = plot.height / len(drivers)
    for i, (driver, pair) in enumerate(zip(drivers, changes, strict=True)):
        y = plot.top - slot * (i + 1)
        text = canvas.fitted(driver.label, room, _LABEL)
        canvas.text(plot.left - 6, y + slot / 2 - 2.5, text, size=_LABEL, anchor="end")
        for change in pair:
            x0, x1 = sorted((scale.at(0), scale.at(change)))
            bar = Area(x0, y + slot * 0.14, x1, y + slot * 0.86)
            canvas.box(bar, colour=tone(change, figure.good_when))
    canvas.line((scale.at(0), plot.bottom), (scale.at(0), plot.top), colour="text")


def _value_axis_left(
    canvas: Canvas,
    area: Area,
    low: float,
    high: float,
    *,
    bottom_room: float,
    log: bool = False,
    title: str = "",
) -> tuple[Area, Scale]:
    """Draw grid lines with values at the left and return the plot and its scale."""
    marks = _marks(low, high, log=log)
    texts = [format_number(mark) for mark in marks]
    room = max(canvas.text_width(text, _LABEL) for text in texts) + 6
    top_room = 14 if not title else 20
    plot = Area(area.left + room, area.bottom + bottom_room, area.right, area.top - top_room)
    scale = Scale(marks[0], marks[-1], plot.bottom, plot.top, log)
    if title:
        canvas.text(area.left, area.top - 8, title, size=7, colour="muted")
    for mark, text in zip(marks, texts, strict=True):
        y = scale.at(mark)
        canvas.line((plot.left, y), (plot.right, y))
        canvas.text(plot.left - 4, y - 2.5, text, size=_LABEL, anchor="end")
    return plot, scale


def _value_axis_below(
    canvas: Canvas, plot: Area, low: float, high: float, *, log: bool = False
) -> Scale:
    """Draw grid lines with values below and return the scale."""
    marks = _marks(low, high, log=log)
    scale = Scale(marks[0], marks[-1], plot.left, plot.right, log)
    for mark in marks:
        x = scale.at(mark)
        canvas.line((x, plot.bottom), (x, plot.top))
        canvas.text(x, plot.bottom - 10, format_number(mark), size=_LABEL, anchor="middle")
    return scale


def _marks(low: float, high: float, *, log: bool) -> list[float]:
    if not log:
        return ticks(low, high)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10.0**power for power in range(first, max(last, first + 1) + 1)]


def _label_under(canvas: Canvas, text: str, x: float, bottom: float, width: float) -> None:
    for number, line in enumerate(canvas.wrapped(text, width, 7, most=2)):
        canvas.text(x, bottom - 10 - number * 8.5, line, size=7, anchor="middle")


def _reference(
    canvas: Canvas, reference: Reference, start: tuple[float, float], end: tuple[float, float]
) -> None:
    canvas.line(start, end, colour=reference.colour, width=0.9, dash=(2, 2))
    is_upright = start[0] == end[0]
    x, y = (end[0] + 3, end[1] - 6) if is_upright else (end[0], end[1] + 2)
    anchor = "start" if is_upright else "end"
    canvas.text(x, y, reference.label, size=6.5, colour=reference.colour, anchor=anchor)
