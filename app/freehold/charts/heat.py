"""The colours of heat map cells, the same on screen and in print."""

from typing import Literal

from freehold.charts.palette import Palette, mix


def heat_colours(scale: Literal["amount", "bad_to_good"], palette: Palette) -> list[str]:
    """Return the colours from the low to the high end of a scale."""
    if scale == "amount":
        return [palette.heat_low, palette.heat_high]
    soft = [mix(palette.panel, colour, 0.75) for colour in (palette.bad, palette.good)]
    return [soft[0], mix(palette.panel, palette.warn, 0.3), soft[1]]


def shade(
    value: float | None, low: float, high: float, colours: list[str], palette: Palette
) -> str:
    """Return the colour of a cell; an undecided one is the panel itself."""
    if value is None:
        return palette.panel
    place = min(max((value - low) / (high - low), 0.0), 1.0) * (len(colours) - 1)
    first = min(int(place), len(colours) - 2)
    return mix(colours[first], colours[first + 1], place - first)
