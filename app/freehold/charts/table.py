"""The table twin of a figure: the same numbers for those who read rather than look."""

from dataclasses import dataclass, field
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
)

Cell = str | float | None


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Columns, rows and the row key of each row ("" where it opens nothing)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    keys: tuple[str, ...] = field(default=())


@singledispatch
def as_table(figure: Figure) -> FigureTable:
    """Return the figure's numbers as a table.

    Raises:
        TypeError: the figure is of an unknown kind.
    """
    raise TypeError(f"no table for {type(figure).__name__}")


def _with_unit(name: str, figure: Figure) -> str:
    return f"{name} ({figure.unit})" if figure.unit else name


@as_table.register
def _(figure: BarChart) -> FigureTable:
    columns = ("", *(_with_unit(series.name, figure) for series in figure.series))
    rows = tuple(
        (category, *(series.values[i] for series in figure.series))
        for i, category in enumerate(figure.categories)
    )
    keys = tuple(
        next((series.keys[i] for series in figure.series if series.keys), "")
        for i in range(len(figure.categories))
    )
    return FigureTable(columns, rows, keys)


@as_table.register
def _(figure: Waterfall) -> FigureTable:
    rows = tuple(
        (step.label, None if step.is_total else step.value, end)
        for step, (_, end) in zip(figure.steps, figure.spans(), strict=True)
    )
    columns = ("Step", _with_unit("Change", figure), _with_unit("Total", figure))
    return FigureTable(columns, rows, tuple(step.key for step in figure.steps))


@as_table.register
def _(figure: LineChart) -> FigureTable:
    rows: list[tuple[Cell, ...]] = []
    keys: list[str] = []
    for line in figure.lines:
        for i, x in enumerate(line.x):
            band = (line.low[i], line.high[i]) if line.low else (None, None)
            rows.append((line.name, x, line.y[i], *band))
            keys.append(line.keys[i] if line.keys else "")
    y_name = _with_unit(figure.y_title or "Value", figure)
    columns = ("Line", figure.x_title or "At", y_name, "Low", "High")
    return FigureTable(columns, tuple(rows), tuple(keys))


@as_table.register
def _(figure: ScatterChart) -> FigureTable:
    columns = ("Point", "Group", figure.x_title or "x", figure.y_title or "y", "Size")
    rows = tuple((m.label, m.group, m.x, m.y, m.size) for m in figure.marks)
    return FigureTable(columns, rows, tuple(mark.key for mark in figure.marks))


@as_table.register
def _(figure: HeatMap) -> FigureTable:
    rows = tuple((name, *figure.values[i]) for i, name in enumerate(figure.rows))
    keys = tuple(next(iter(row), "") for row in figure.keys)
    return FigureTable(("", *figure.columns), rows, keys or ("",) * len(rows))


@as_table.register
def _(figure: PointMap) -> FigureTable:
    columns = ("Place", "Group", _with_unit("Size", figure), "Latitude", "Longitude", "Detail")
    rows = tuple(
        (p.label, p.group, p.size, p.latitude, p.longitude, p.detail) for p in figure.places
    )
    return FigureTable(columns, rows, tuple(place.key for place in figure.places))


@as_table.register
def _(figure: Tornado) -> FigureTable:
    columns = (
        "Driver",
        _with_unit(figure.low_name, figure),
        _with_unit(figure.high_name, figure),
    )
    drivers = figure.ordered()
    rows = tuple((driver.label, driver.low, driver.high) for driver in drivers)
    return FigureTable(columns, rows, tuple(driver.key for driver in drivers))
