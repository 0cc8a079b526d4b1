"""The figures as lines for people."""

from collections.abc import Iterator
from typing import Any


def heading(environment: dict[str, Any]) -> str:
    """Return one line about the machine."""
    load = environment["load_average"]
    busy = "" if load is None else f", load {load[0]:.1f} at the start"
    return (
        f"Python {environment['python']}, DuckDB {environment['duckdb']},"
        f" {environment['cpu_usable']} of {environment['cpu_count']} CPUs{busy}"
    )


def lines(measured: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of one size: its figures, or why there are none."""
    yield f"  {measured['size']:>11,} {measured['counts']}"
    if measured["failed"] is not None:
        yield f"              failed: {measured['failed'].strip().splitlines()[-1]}"
    for figure in measured["figures"]:
        spread = ""
        if len(figure["runs"]) > 1:
            spread = f"   ({number(min(figure['runs']))} to {number(max(figure['runs']))})"
        yield f"              {figure['name']:<18}{number(figure['median']):>12} " + (
            f"{figure['unit']}{spread}"
        )


def growth_line(growth: dict[str, float], last: dict[str, float]) -> str:
    """Return how the figures grow over all sizes and over the last two: 1 is linear."""
    told = ", ".join(
        f"{name} {exponent:.2f} (last step {last[name]:.2f})" for name, exponent in growth.items()
    )
    return f"  grows with size to the power of: {told}"


def number(value: float) -> str:
    """Return a figure with about four digits."""
    if value == int(value):
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"
