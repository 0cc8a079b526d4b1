"""Figures as plain immutable descriptions, without any drawing library.

Colours are names of `palette`, numbers are in `unit`, and `keys` are the row keys that a click on
the mark opens. A value that is None is a gap: nobody has said, never zero.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from freehold.charts.palette import ColourName

GoodWhen = Literal["lower", "higher", "neither"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(_Frozen):
    """What every figure has: its texts, its unit and where its numbers come from.

    `decimals` is the number of decimals shown (None: as many as three significant digits need);
    `empty` is the sentence shown instead of a drawing when there is nothing to draw.
    """

    title: str
    subtitle: str = ""
    unit: str = ""
    decimals: int | None = None
    source: str = ""
    as_of: date | None = None
    empty: str = "No data yet."

    @property
    def footer(self) -> str:
        """The source line with the as-of date, as it stands under the figure."""
        dated = f"as of {self.as_of.isoformat()}" if self.as_of else ""
        return ", ".join(part for part in (self.source, dated) if part)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return False


class Reference(_Frozen):
    """A line across the plot, such as a limit."""

    value: float
    label: str
    colour: ColourName = "muted"


class Series(_Frozen):
    """Values of one series, one for each category.

    `colours`, `keys` and `hatched` are per value where given; hatched marks rest on assumptions.
    """

    name: str
    values: tuple[float | None, ...]
    colour: ColourName | None = None
    colours: tuple[ColourName, ...] = ()
    keys: tuple[str, ...] = ()
    hatched: tuple[bool, ...] = ()

    @model_validator(mode="after")
    def _same_length(self) -> "Series":
        for extra in (self.colours, self.keys, self.hatched):
            if extra and len(extra) != len(self.values):
                raise ValueError(f"series {self.name!r}: lists of different length")
        return self


class BarChart(Figure):
    """Bars over categories, side by side or stacked."""

    kind: Literal["bar"] = "bar"
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    mode: Literal["grouped", "stacked"] = "grouped"
    horizontal: bool = False
    references: tuple[Reference, ...] = ()
    show_values: bool = True

    @model_validator(mode="after")
    def _one_value_a_category(self) -> "BarChart":
        if any(len(series.values) != len(self.categories) for series in self.series):
            raise ValueError("each series needs one value for each category")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(v is not None for series in self.series for v in series.values)


class Step(_Frozen):
    """One bar of a waterfall: a total standing on zero, or a change standing on what was before."""

    label: str
    value: float
    is_total: bool = False
    key: str = ""


class Waterfall(Figure):
    """A bridge from one total to another: what each step adds or takes away."""

    kind: Literal["waterfall"] = "waterfall"
    steps: tuple[Step, ...]
    good_when: GoodWhen = "lower"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.steps

    def spans(self) -> list[tuple[float, float]]:
        """Return (from, to) of each bar."""
        level, spans = 0.0, []
        for step in self.steps:
            start = 0.0 if step.is_total else level
            level = step.value if step.is_total else level + step.value
            spans.append((start, level))
        return spans


class LineSeries(_Frozen):
    """One line: x are numbers or ISO dates; `low`/`high` make a band around it."""

    name: str
    x: tuple[float | str, ...]
    y: tuple[float | None, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    colour: ColourName | None = None
    dashed: bool = False
    stepped: bool = False
    keys: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _same_length(self) -> "LineSeries":
        if any(p and len(p) != len(self.x) for p in (self.low, self.high, self.keys)) or len(
            self.x
        ) != len(self.y):
            raise ValueError(f"line {self.name!r}: lists of different length")
        if bool(self.low) != bool(self.high):
            raise ValueError(f"line {self.name!r}: a band needs both low and high")
        return self


class LineChart(Figure):
    """Lines over numbers or dates, with optional bands."""

    kind: Literal["line"] = "line"
    lines: tuple[LineSeries, ...]
    x_title: str = ""
    y_title: str = ""
    from_zero: bool = True
    references: tuple[Reference, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(v is not None for line in self.lines for v in line.y)


class Mark(_Frozen):
    """One point of a scatter chart."""

    x: float
    y: float
    label: str = ""
    group: str = ""
    size: float | None = None
    key: str = ""


class Group(_Frozen):
    """A named group of points with its colour; the order is the legend's."""

    name: str
    colour: ColourName


class ScatterChart(Figure):
    """Points over two axes, coloured by group, optionally joined in order (a front)."""

    kind: Literal["scatter"] = "scatter"
    marks: tuple[Mark, ...]
    groups: tuple[Group, ...] = ()
    x_title: str = ""
    y_title: str = ""
    log_x: bool = False
    log_y: bool = False
    joined: bool = False
    label_marks: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.marks


class HeatMap(Figure):
    """A grid of cells; `texts` stand in the cells, `keys` are opened by a click."""

    kind: Literal["heat_map"] = "heat_map"
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    texts: tuple[tuple[str, ...], ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()
    low: float | None = None
    high: float | None = None
    scale: Literal["amount", "bad_to_good"] = "amount"

    @model_validator(mode="after")
    def _is_grid(self) -> "HeatMap":
        for grid in (self.values, self.texts, self.keys):
            if grid and (
                len(grid) != len(self.rows) or any(len(r) != len(self.columns) for r in grid)
            ):
                raise ValueError("a heat map needs one cell for each row and column")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(v is not None for row in self.values for v in row)

    def bounds(self) -> tuple[float, float]:
        """Return the values at which the colour scale begins and ends."""
        known = [v for row in self.values for v in row if v is not None] or [0.0]
        low = min(known) if self.low is None else self.low
        high = max(known) if self.high is None else self.high
        return (low, high) if high > low else (low, low + 1)


class Place(_Frozen):
    """A point on the map in degrees; `size` sets the area of its circle."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    label: str
    group: str
    size: float = 1.0
    detail: str = ""
    key: str = ""


class PointMap(Figure):
    """Points on a map of Europe or the world, coloured by group."""

    kind: Literal["map"] = "map"
    places: tuple[Place, ...]
    groups: tuple[Group, ...]
    scope: Literal["auto", "europe", "world"] = "auto"
    outline_source: str = "Outlines: UN Geodata by way of plotly.js"

    @model_validator(mode="after")
    def _groups_known(self) -> "PointMap":
        missing = {place.group for place in self.places} - {group.name for group in self.groups}
        if missing:
            raise ValueError(f"places name unknown groups: {sorted(missing)}")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.places

    @property
    def shown_scope(self) -> Literal["europe", "world"]:
        """The scope drawn: Europe where every point lies in it."""
        if self.scope != "auto":
            return self.scope
        inside = all(34 <= p.latitude <= 72 and -25 <= p.longitude <= 40 for p in self.places)
        return "europe" if inside else "world"

    @property
    def footer(self) -> str:
        """The source line, naming the source of the outlines too."""
        return ". ".join(part for part in (super().footer, self.outline_source) if part)


class Driver(_Frozen):
    """One bar of a tornado: the result at the driver's low and at its high setting."""

    label: str
    low: float
    high: float
    key: str = ""


class Tornado(Figure):
    """What moves a result most: the change from `base` at each driver's low and high setting."""

    kind: Literal["tornado"] = "tornado"
    drivers: tuple[Driver, ...]
    base: float = 0.0
    good_when: GoodWhen = "lower"
    low_name: str = "Low setting"
    high_name: str = "High setting"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.drivers

    def ordered(self) -> list[Driver]:
        """Return the drivers with the widest effect first."""
        return sorted(self.drivers, key=lambda d: (-abs(d.high - d.low), d.label))


AnyFigure = Annotated[
    BarChart | Waterfall | LineChart | ScatterChart | HeatMap | PointMap | Tornado,
    Field(discriminator="kind"),
]
"""Any figure, for reading one back from JSON."""


def bridge(
    title: str,
    start: tuple[str, float],
    changes: list[tuple[str, float]],
    end: str,
    *,
    unit: str = "",
    good_when: GoodWhen = "higher",
) -> Waterfall:
    """Return the waterfall from a start total over changes to the end they add up to."""
    total = start[1] + sum(value for _, value in changes)
    return Waterfall(
        title=title,
        unit=unit,
        good_when=good_when,
        steps=(
            Step(label=start[0], value=start[1], is_total=True),
            *(Step(label=label, value=value) for label, value in changes),
            Step(label=end, value=total, is_total=True),
        ),
    )


def tone(change: float, good_when: GoodWhen) -> ColourName:
    """Return the colour name of a change: good, bad, or neither."""
    if change == 0 or good_when == "neither":
        return "muted"
    return "good" if (change > 0) == (good_when == "higher") else "bad"
