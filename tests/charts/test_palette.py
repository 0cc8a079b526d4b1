"""Every text and every mark can be told from its ground (WCAG 2.2, 1.4.3 and 1.4.11)."""

import pytest

from freehold.charts.numbers import format_number, ticks
from freehold.charts.palette import PALETTES, SERIES, ThemeName, contrast, mix, readable_on

THEMES: list[ThemeName] = ["light", "dark", "print"]


def test_the_formula_gives_the_known_ends() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["page", "panel", "rail"])
@pytest.mark.parametrize("ink", ["text", "muted", "accent", "good", "warn", "bad"])
def test_text_reads_on_every_ground(theme: ThemeName, ground: str, ink: str) -> None:
    palette = PALETTES[theme]
    assert contrast(palette.colour(ink), palette.colour(ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_marked_text_reads(theme: ThemeName) -> None:
    palette = PALETTES[theme]
    assert contrast(palette.on_accent, palette.accent) >= 4.5
    assert contrast(palette.accent, palette.accent_soft) >= 4.5
    assert contrast(palette.text, palette.accent_soft) >= 7


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ink", [*SERIES, "unknown", "good", "warn", "bad"])
def test_marks_stand_out(theme: ThemeName, ink: str) -> None:
    palette = PALETTES[theme]
    assert contrast(palette.colour(ink), palette.panel) >= 3
    assert contrast(palette.colour(ink), palette.land) >= 2.5


@pytest.mark.parametrize("theme", THEMES)
def test_heat_map_texts_read_on_every_shade(theme: ThemeName) -> None:
    palette = PALETTES[theme]
    for step in range(11):
        shade = mix(palette.heat_low, palette.heat_high, step / 10)
        assert contrast(readable_on(shade, palette), shade) >= 4


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234567, None, "1\u202f234\u202f567"),
        (-2.1, 1, "\u22122.1"),
        (-0.001, 1, "0.0"),
        (0.0123, None, "0.0123"),
        (None, None, "–"),
    ],
)
def test_numbers_are_written_for_people(
    value: float | None, decimals: int | None, text: str
) -> None:
    assert format_number(value, decimals) == text


def test_ticks_are_round_and_cover() -> None:
    assert ticks(0, 97) == [0, 20, 40, 60, 80, 100]
    assert ticks(-3.4, 4.1) == [-4, -2, 0, 2, 4, 6]
    assert ticks(5, 5)[0] <= 5 <= ticks(5, 5)[-1]
