"""Numbers as charts write them, and round steps for their axes."""

import math

NARROW_SPACE = "\u202f"
MINUS = "\u2212"


def format_number(value: float | None, decimals: int | None = None, *, signed: bool = False) -> str:
    """Return a number with narrow spaces between thousands; a missing one is a dash.

    Without `decimals`, about three significant digits are kept.
    """
    if value is None:
        return "–"
    places = _places(value) if decimals is None else decimals
    text = f"{abs(value):,.{places}f}".replace(",", NARROW_SPACE)
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    is_zero = not text.strip("0." + NARROW_SPACE)
    sign = "" if is_zero else MINUS if value < 0 else "+" if signed else ""
    return sign + text


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round values that span from at most `low` to at least `high`."""
    if high <= low:
        high = low + 1
    raw = (high - low) / max(most - 1, 1)
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 12) for n in range(first, last + 1)]


def _places(value: float) -> int:
    if value == 0:
        return 0
    return min(max(2 - math.floor(math.log10(abs(value))), 0), 4)
