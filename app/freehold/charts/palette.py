"""The named colours of window, charts and print: one place, checked for contrast.

A figure names colours ("good", "series_2"); the theme decides what they are.
"""

from dataclasses import asdict, dataclass
from functools import cache
from typing import Literal

ThemeName = Literal["light", "dark", "print"]
ColourName = Literal[
    "accent",
    "good",
    "warn",
    "bad",
    "muted",
    "unknown",
    "series_1",
    "series_2",
    "series_3",
    "series_4",
    "series_5",
    "series_6",
]

SERIES: tuple[ColourName, ...] = (
    "series_1",
    "series_2",
    "series_3",
    "series_4",
    "series_5",
    "series_6",
)
"""The order in which colours are given to series that name none."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme as `#rrggbb`, by what they are for."""

    page: str
    panel: str
    rail: str
    line: str
    text: str
    muted: str
    accent: str
    accent_soft: str
    on_accent: str
    good: str
    warn: str
    bad: str
    unknown: str
    land: str
    water: str
    border: str
    series_1: str
    series_2: str
    series_3: str
    series_4: str
    series_5: str
    series_6: str
    heat_low: str
    heat_high: str

    def colour(self, name: str) -> str:
        """Return a named colour.

        Raises:
            KeyError: the palette has no such colour.
        """
        return _colours(self)[name]


@cache
def _colours(palette: Palette) -> dict[str, str]:
    return asdict(palette)


LIGHT = Palette(
    page="#f6f7f9",
    panel="#ffffff",
    rail="#edf1f5",
    line="#dfe3e8",
    text="#1c2430",
    muted="#5b6675",
    accent="#0b5cad",
    accent_soft="#e3eefa",
    on_accent="#ffffff",
    good="#197954",
    warn="#9c5900",
    bad="#b3261e",
    unknown="#6b7685",
    land="#e4e9ee",
    water="#ffffff",
    border="#c3ccd6",
    series_1="#0b5cad",
    series_2="#0f8b8d",
    series_3="#8a5a9e",
    series_4="#9c5900",
    series_5="#4f6d2f",
    series_6="#6b7685",
    heat_low="#eef4fa",
    heat_high="#0b4f94",
)

DARK = Palette(
    page="#14181d",
    panel="#1b2027",
    rail="#171b21",
    line="#2e353f",
    text="#e6eaf0",
    muted="#9aa6b4",
    accent="#6db3ff",
    accent_soft="#1f3247",
    on_accent="#0d1620",
    good="#4cc38a",
    warn="#e0a341",
    bad="#ff8078",
    unknown="#8e9aa8",
    land="#29313b",
    water="#1b2027",
    border="#3d4753",
    series_1="#6db3ff",
    series_2="#4cc3c0",
    series_3="#c79be0",
    series_4="#e0a341",
    series_5="#a3c76d",
    series_6="#8e9aa8",
    heat_low="#222b36",
    heat_high="#6db3ff",
)

PRINT = LIGHT
"""Print and PDF always use the light colours."""

PALETTES: dict[ThemeName, Palette] = {"light": LIGHT, "dark": DARK, "print": PRINT}


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, section 1.4.3)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """Return the colour `share` (0 to 1) of the way from `one` to `other`."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable_on(background: str, palette: Palette) -> str:
    """Return the ink that reads best on `background`."""
    inks = (palette.text, palette.panel, "#0b0f14", "#ffffff")
    return max(inks, key=lambda ink: contrast(ink, background))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Return the relative luminance as WCAG 2.2 defines it."""

    def linear(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
