"""Plain-text tables for a terminal."""

from collections.abc import Sequence

WIDEST = 60


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows as aligned columns; numbers to the right, long texts cut with an ellipsis."""
    if not rows:
        return ""
    cells = [[_cell(value) for value in row] for row in rows]
    right = [
        all(isinstance(row[i], int | float) or row[i] is None for row in rows)
        for i in range(len(header))
    ]
    widths = [max(len(header[i]), *(len(row[i]) for row in cells)) for i in range(len(header))]
    lines = [_line(list(header), widths, right), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths, right) for row in cells]
    return "\n".join(lines)


def percent(share: float | None) -> str:
    """Return a fraction as a percentage, or 'unknown'."""
    return "unknown" if share is None else f"{100 * share:.0f} %"


def number(value: float | None, unit: str = "") -> str:
    """Return a number with its unit, or 'unknown'."""
    return "unknown" if value is None else f"{value:,.1f}{' ' + unit if unit else ''}"


def significant(value: float) -> str:
    """Return a number with three significant digits, written out and never as a power of ten."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:g}"


def level(seal: int | None, low: int | None, high: int | None) -> str:
    """Return a SEAL, or the range it lies in while criteria are undecided."""
    if seal is not None:
        return f"SEAL-{seal}"
    if low is None or high is None:
        return "not determined"
    return f"not determined (SEAL-{low} to SEAL-{high})"


def _cell(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}"
    text = " ".join(str(value).split())
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    padded = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()
