"""The layout that all Plotly figures share: fonts, axes, legend, titles, reference lines."""

import math
from html import escape
from typing import Any

from freehold.charts.figure import Figure, Reference
from freehold.charts.numbers import NARROW_SPACE, format_number
from freehold.charts.palette import Palette

FONT = "DejaVu Sans"
Json = dict[str, Any]


def safe(text: str) -> str:
    """Return text that Plotly shows as it is: names from an import must not become markup."""
    return escape(text, quote=False)


def amount(value: float | None, figure: Figure) -> str:
    """Return a value with the figure's unit."""
    return f"{format_number(value, figure.decimals)} {figure.unit}".strip()


def diameter(size: float | None, largest: float, least: float, most: float) -> float:
    """Return a diameter in pixels whose circle's area follows the size."""
    if size is None or largest <= 0:
        return least
    return round(max(most * math.sqrt(max(size, 0) / largest), least), 2)


def with_references(
    layout: Json, references: tuple[Reference, ...], palette: Palette, *, vertical: bool
) -> Json:
    """Add a dotted line with its label for each reference."""
    along, across = ("y", "x") if vertical else ("x", "y")
    layout["shapes"] = [
        {
            "type": "line",
            f"{along}ref": "paper",
            f"{along}0": 0,
            f"{along}1": 1,
            f"{across}0": reference.value,
            f"{across}1": reference.value,
            "line": {"color": palette.colour(reference.colour), "width": 1.5, "dash": "dot"},
        }
        for reference in references
    ]
    layout["annotations"] = [
        {
            f"{along}ref": "paper",
            along: 1,
            across: reference.value,
            "text": safe(reference.label),
            "showarrow": False,
            "xanchor": "left" if vertical else "right",
            "yanchor": "bottom",
            "font": {"size": 11, "color": palette.colour(reference.colour)},
        }
        for reference in references
    ]
    return layout


def base_layout(figure: Figure, palette: Palette) -> Json:
    """Return what every figure's layout begins with."""
    axis = {
        "gridcolor": palette.line,
        "zerolinecolor": palette.line,
        "linecolor": palette.line,
        "tickcolor": palette.line,
        "tickfont": {"color": palette.text, "size": 11},
        "automargin": True,
        "fixedrange": False,
    }
    return {
        "autosize": True,
        "font": {"family": FONT, "size": 12, "color": palette.text},
        "paper_bgcolor": palette.panel,
        "plot_bgcolor": palette.panel,
        "separators": "." + NARROW_SPACE,
        "margin": {"l": 16, "r": 24, "t": 24, "b": 16},
        "hoverlabel": {
            "bgcolor": palette.panel,
            "bordercolor": palette.border,
            "font": {"family": FONT, "size": 12, "color": palette.text},
            "align": "left",
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 11, "color": palette.text},
            "bgcolor": "rgba(0,0,0,0)",
            "itemsizing": "constant",
        },
        "modebar": {
            "bgcolor": "rgba(0,0,0,0)",
            "color": palette.muted,
            "activecolor": palette.accent,
        },
        "xaxis": {**axis, "title": {"font": {"size": 11, "color": palette.muted}}},
        "yaxis": {**axis, "title": {"font": {"size": 11, "color": palette.muted}}},
        "meta": {"title": figure.title},
    }


def empty_layout(figure: Figure, palette: Palette) -> Json:
    """Return a layout that says in a sentence why nothing is drawn."""
    return {
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
        "annotations": [
            {
                "text": safe(figure.empty),
                "xref": "paper",
                "yref": "paper",
                "x": 0.5,
                "y": 0.5,
                "showarrow": False,
                "font": {"size": 13, "color": palette.muted},
            }
        ],
    }


def titles(figure: Figure, palette: Palette) -> Json:
    """Return title, subtitle and source line for a picture that leaves the window."""
    subtitle = safe(figure.subtitle)
    notes = [
        {
            "text": safe(figure.footer),
            "xref": "paper",
            "yref": "paper",
            "x": 0,
            "y": 0,
            "yshift": -64,
            "xanchor": "left",
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": 10, "color": palette.muted},
        }
    ]
    return {
        "title": {
            "text": safe(figure.title),
            "x": 0.02,
            "xanchor": "left",
            "font": {"size": 16, "color": palette.text},
            "subtitle": {"text": subtitle, "font": {"size": 12, "color": palette.muted}},
        },
        "margin": {"l": 24, "r": 24, "t": 96, "b": 72},
        "annotations": notes,
    }


def merge(layout: Json, extra: Json) -> None:
    """Lay `extra` over `layout`: objects merge, lists of annotations and shapes add up."""
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(layout.get(key), dict):
            merge(layout[key], value)
        elif isinstance(value, list) and isinstance(layout.get(key), list):
            layout[key] = layout[key] + value
        else:
            layout[key] = value
