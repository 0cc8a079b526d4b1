"""A figure description becomes the JSON that Plotly draws; row keys travel as `customdata`."""

from functools import singledispatch

from freehold.charts.figure import (
    BarChart,
    Figure,
    HeatMap,
    LineChart,
    PointMap,
    ScatterChart,
    Tornado,
    Waterfall,
    tone,
)
from freehold.charts.heat import heat_colours, shade
from freehold.charts.numbers import format_number
from freehold.charts.palette import PALETTES, SERIES, Palette, ThemeName, mix, readable_on
from freehold.charts.plotly_layout import (
    Json,
    amount,
    base_layout,
    diameter,
    empty_layout,
    merge,
    safe,
    titles,
    with_references,
)
from freehold.charts.plotly_map import map_traces

_PLAIN = "<extra></extra>"
"""Tells Plotly to leave out the box with the series' name beside a hover text."""


def plotly_figure(figure: Figure, theme: ThemeName = "light", *, titled: bool = False) -> Json:
    """Return `{"data": [...], "layout": {...}}` for Plotly.

    Args:
        figure: what to draw.
        theme: the palette to take colours from.
        titled: also draw title, subtitle and source line, for a picture that leaves the window.
    """
    palette = PALETTES[theme]
    layout = base_layout(figure, palette)
    if figure.is_empty:
        layout |= empty_layout(figure, palette)
        data: list[Json] = []
    else:
        data, extra = _draw(figure, palette)
        merge(layout, extra)
    if titled:
        merge(layout, titles(figure, palette))
    return {"data": data, "layout": layout}


@singledispatch
def _draw(figure: Figure, _palette: Palette) -> tuple[list[Json], Json]:
    raise TypeError(f"no drawing for {type(figure).__name__}")


@_draw.register
def _(figure: BarChart, palette: Palette) -> tuple[list[Json], Json]:
    data = []
    categories = [safe(category) for category in figure.categories]
    for number, series in enumerate(figure.series):
        plain = palette.colour(series.colour or SERIES[number % len(SERIES)])
        colours = [palette.colour(c) for c in series.colours] or plain
        values = list(series.values)
        trace: Json = {
            "type": "bar",
            "name": safe(series.name),
            "orientation": "h" if figure.horizontal else "v",
            "x": values if figure.horizontal else categories,
            "y": categories if figure.horizontal else values,
            "customdata": list(series.keys) or None,
            "marker": {"color": colours, "line": {"width": 0}},
            "hovertext": [
                f"{category}<br>{safe(series.name)}: {amount(v, figure)}"
                for category, v in zip(categories, values, strict=True)
            ],
            "hoverinfo": "text",
            "cliponaxis": False,
        }
        if series.hatched:
            shapes = ["/" if hatched else "" for hatched in series.hatched]
            inks = colours if isinstance(colours, list) else [colours] * len(values)
            trace["marker"]["pattern"] = {
                "shape": shapes,
                "size": 6,
                "solidity": 0.3,
                "bgcolor": [mix(palette.panel, ink, 0.25) for ink in inks],
            }
        if figure.show_values and figure.mode == "grouped":
            trace["text"] = [
                format_number(v, figure.decimals) if v is not None else "" for v in values
            ]
            trace["textposition"] = "outside"
            trace["textfont"] = {"color": palette.text, "size": 11}
        data.append(trace)
    value_axis, name_axis = ("x", "y") if figure.horizontal else ("y", "x")
    layout: Json = {
        "barmode": "group" if figure.mode == "grouped" else "stack",
        "bargap": 0.35,
        "showlegend": len(figure.series) > 1,
        f"{value_axis}axis": {"range": _room(figure), "title": {"text": figure.unit}},
        f"{name_axis}axis": {
            "type": "category",
            "showgrid": False,
            "tickvals": categories,
            "ticktext": [
                _wrapped(name, 28 if figure.horizontal else 14) for name in figure.categories
            ],
        },
    }
    if figure.horizontal:
        layout["yaxis"]["autorange"] = "reversed"
    return data, with_references(layout, figure.references, palette, vertical=figure.horizontal)


@_draw.register
def _(figure: Waterfall, palette: Palette) -> tuple[list[Json], Json]:
    spans = figure.spans()
    colours = [
        palette.colour("accent" if step.is_total else tone(step.value, figure.good_when))
        for step in figure.steps
    ]
    ends = [max(span) for span in spans]
    texts = [
        format_number(step.value, figure.decimals, signed=not step.is_total)
        for step in figure.steps
    ]
    labels = [_wrapped(step.label) for step in figure.steps]
    bars: Json = {
        "type": "bar",
        "x": labels,
        "base": [min(span) for span in spans],
        "y": [max(span) - min(span) for span in spans],
        "customdata": [step.key for step in figure.steps],
        "marker": {"color": colours},
        "hovertext": [
            f"{safe(step.label)}: {text} {figure.unit}".strip()
            for step, text in zip(figure.steps, texts, strict=True)
        ],
        "hoverinfo": "text",
    }
    values: Json = {
        "type": "scatter",
        "mode": "text",
        "x": labels,
        "y": ends,
        "text": texts,
        "textposition": "top center",
        "textfont": {"color": palette.text, "size": 11},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
    joins = [
        {
            "type": "line",
            "x0": i + 0.34,
            "x1": i + 0.66,
            "y0": end,
            "y1": end,
            "line": {"color": palette.muted, "width": 1},
        }
        for i, (_, end) in enumerate(spans[:-1])
    ]
    layout = {
        "bargap": 0.32,
        "showlegend": False,
        "shapes": joins,
        "xaxis": {"type": "category", "showgrid": False},
        "yaxis": {"rangemode": "tozero", "title": {"text": figure.unit}},
    }
    return [bars, values], layout


@_draw.register
def _(figure: LineChart, palette: Palette) -> tuple[list[Json], Json]:
    data: list[Json] = []
    bands: list[Json] = []  # below all lines: a later band must not hide an earlier line
    for number, line in enumerate(figure.lines):
        colour = palette.colour(line.colour or SERIES[number % len(SERIES)])
        x = list(line.x)
        if line.low:
            bands.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": x + x[::-1],
                    "y": list(line.high) + list(line.low)[::-1],
                    "fill": "toself",
                    "fillcolor": mix(palette.panel, colour, 0.18),
                    "line": {"width": 0},
                    "hoverinfo": "skip",
                    "showlegend": False,
                }
            )
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if len(x) <= 40 else "lines",
                "name": safe(line.name),
                "x": x,
                "y": list(line.y),
                "customdata": list(line.keys) or None,
                "line": {
                    "color": colour,
                    "width": 2,
                    "dash": "dash" if line.dashed else "solid",
                    "shape": "hv" if line.stepped else "linear",
                },
                "marker": {"size": 6, "color": colour},
                "hovertemplate": f"{safe(line.name)}<br>%{{x}}: %{{y}} {figure.unit}{_PLAIN}",
            }
        )
    y_title = figure.y_title or figure.unit
    layout = {
        "showlegend": len(figure.lines) > 1,
        "xaxis": {"title": {"text": figure.x_title}},
        "yaxis": {
            "title": {"text": y_title},
            "rangemode": "tozero" if figure.from_zero else "normal",
        },
    }
    return bands + data, with_references(layout, figure.references, palette, vertical=False)


@_draw.register
def _(figure: ScatterChart, palette: Palette) -> tuple[list[Json], Json]:
    colour_of = {group.name: palette.colour(group.colour) for group in figure.groups}
    names = [group.name for group in figure.groups] or sorted({m.group for m in figure.marks})
    largest = max((mark.size or 0 for mark in figure.marks), default=0)
    data: list[Json] = []
    if figure.joined:
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [mark.x for mark in figure.marks],
                "y": [mark.y for mark in figure.marks],
                "line": {"color": palette.muted, "width": 1},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    for number, name in enumerate(names):
        marks = [mark for mark in figure.marks if mark.group == name]
        data.append(
            {
                "type": "scatter",
                "mode": "markers+text" if figure.label_marks else "markers",
                "name": safe(name),
                "x": [mark.x for mark in marks],
                "y": [mark.y for mark in marks],
                "text": [safe(mark.label) for mark in marks],
                "textposition": "top center",
                "customdata": [mark.key for mark in marks],
                "marker": {
                    "color": colour_of.get(name) or palette.colour(SERIES[number % len(SERIES)]),
                    "size": [diameter(mark.size, largest, 9, 30) for mark in marks],
                    "opacity": 0.85,
                    "line": {"color": palette.panel, "width": 1},
                },
                "hovertemplate": "%{text}<br>%{x}, %{y}" + _PLAIN,
            }
        )
    layout = {
        "showlegend": len(names) > 1,
        "xaxis": {"title": {"text": figure.x_title}, "type": "log" if figure.log_x else "linear"},
        "yaxis": {"title": {"text": figure.y_title}, "type": "log" if figure.log_y else "linear"},
    }
    return data, layout


@_draw.register
def _(figure: HeatMap, palette: Palette) -> tuple[list[Json], Json]:
    low, high = figure.bounds()
    colours = heat_colours(figure.scale, palette)
    stops = [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)]
    texts = figure.texts or tuple(
        tuple(format_number(value, figure.decimals) for value in row) for row in figure.values
    )
    notes = [
        {
            "x": safe(column),
            "y": safe(row),
            "text": safe(texts[i][j]),
            "showarrow": False,
            "font": {
                "size": 11,
                "color": readable_on(
                    shade(figure.values[i][j], low, high, colours, palette), palette
                ),
            },
        }
        for i, row in enumerate(figure.rows)
        for j, column in enumerate(figure.columns)
    ]
    trace: Json = {
        "type": "heatmap",
        "x": [safe(name) for name in figure.columns],
        "y": [safe(name) for name in figure.rows],
        "z": [list(row) for row in figure.values],
        "zmin": low,
        "zmax": high,
        "colorscale": stops,
        "customdata": [list(row) for row in figure.keys] or None,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": f"%{{y}}, %{{x}}: %{{z}} {figure.unit}{_PLAIN}",
        "hoverongaps": False,
        "showscale": False,
    }
    layout = {
        "annotations": notes,
        "xaxis": {"type": "category", "showgrid": False, "side": "top"},
        "yaxis": {"type": "category", "showgrid": False, "autorange": "reversed"},
    }
    return [trace], layout


@_draw.register
def _(figure: Tornado, palette: Palette) -> tuple[list[Json], Json]:
    drivers = figure.ordered()
    data = []
    for name, values in (
        (figure.low_name, [driver.low for driver in drivers]),
        (figure.high_name, [driver.high for driver in drivers]),
    ):
        changes = [value - figure.base for value in values]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": name,
                "x": changes,
                "y": [safe(driver.label) for driver in drivers],
                "customdata": [driver.key for driver in drivers],
                "marker": {"color": [palette.colour(tone(c, figure.good_when)) for c in changes]},
                "hovertext": [
                    f"{safe(driver.label)}<br>{name}: "
                    f"{format_number(c, figure.decimals, signed=True)} {figure.unit}"
                    for driver, c in zip(drivers, changes, strict=True)
                ],
                "hoverinfo": "text",
            }
        )
    layout = {
        "barmode": "overlay",
        "bargap": 0.25,
        "showlegend": False,
        "xaxis": {
            "title": {"text": figure.unit},
            "zeroline": True,
            "zerolinecolor": palette.text,
            "zerolinewidth": 1,
        },
        "yaxis": {"type": "category", "autorange": "reversed", "showgrid": False},
    }
    return data, layout


def _room(figure: BarChart) -> list[float]:
    """Return the range of the value axis, with room for the values beside the bars."""
    ends = [0.0, *(reference.value for reference in figure.references)]
    for i in range(len(figure.categories)):
        values = [series.values[i] or 0.0 for series in figure.series]
        if figure.mode == "grouped":
            ends += values
        else:
            ends += [sum(v for v in values if v > 0), sum(v for v in values if v < 0)]
    low, high = min(ends), max(ends)
    spare = (high - low or 1.0) * (0.14 if figure.show_values else 0.06)
    return [low - spare if low < 0 else 0.0, high + spare if high > 0 else 0.0]


def _wrapped(label: str, width: int = 14) -> str:
    """Break a long label at a space so that it stays under its bar."""
    lines: list[str] = []
    for word in label.split():
        if lines and len(lines[-1]) + len(word) < width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return "<br>".join(safe(line) for line in lines)


_draw.register(PointMap, map_traces)
