"""Maps for print: shipped outlines, projected by a few lines of arithmetic."""

import math
from collections.abc import Callable
from functools import cache
from typing import Literal

from freehold.charts.canvas import Area, Canvas
from freehold.charts.figure import PointMap
from freehold.charts.outlines import OutlineName, Point, Ring, rings

Scope = Literal["europe", "world"]
Projection = Callable[[float, float], Point]

_WINDOWS: dict[Scope, tuple[float, float, float, float]] = {
    "europe": (-13.0, 36.0, 36.0, 66.0),
    "world": (-169.0, -56.0, 180.0, 78.0),
}
"""West, south, east, north of what each scope shows, in degrees."""

_OUTLINES: dict[Scope, OutlineName] = {"europe": "europe_50m", "world": "world_110m"}


def draw_map(figure: PointMap, canvas: Canvas, area: Area) -> None:
    """Draw land, borders and the places, the large ones first."""
    scope = figure.shown_scope
    project = _project_for(scope)
    west, south, east, north = _bounds(scope)
    scale = min(area.width / (east - west), area.height / (north - south))
    left = area.left + (area.width - (east - west) * scale) / 2
    bottom = area.bottom + (area.height - (north - south) * scale) / 2

    def on_paper(point: Point) -> Point:
        return left + (point[0] - west) * scale, bottom + (point[1] - south) * scale

    for ring in _land(scope):
        canvas.shape([[on_paper(p) for p in ring]], fill="land", stroke="border", width=0.35)
    largest = max(place.size for place in figure.places)
    colours = {group.name: group.colour for group in figure.groups}
    most = min(area.width, area.height) / 18
    for place in sorted(figure.places, key=lambda p: (-p.size, p.label)):
        x, y = on_paper(project(place.longitude, place.latitude))
        share = max(place.size, 0) / largest if largest > 0 else 0
        radius = max(most * math.sqrt(share), 2.2)
        canvas.circle(x, y, radius, colour=colours[place.group], opacity=0.85)


def _project_for(scope: Scope) -> Projection:
    return _albers_europe if scope == "europe" else _natural_earth


@cache
def _bounds(scope: Scope) -> tuple[float, float, float, float]:
    """Return the projected box of a scope's window: left, bottom, right, top."""
    west, south, east, north = _WINDOWS[scope]
    project = _project_for(scope)
    steps = [i / 24 for i in range(25)]
    edge = [project(west + (east - west) * t, lat) for t in steps for lat in (south, north)]
    edge += [project(lon, south + (north - south) * t) for t in steps for lon in (west, east)]
    xs, ys = [x for x, _ in edge], [y for _, y in edge]
    return min(xs), min(ys), max(xs), max(ys)


@cache
def _land(scope: Scope) -> tuple[Ring, ...]:
    """Return the projected rings of all countries, cut to the box that is shown."""
    project = _project_for(scope)
    box = _bounds(scope)
    shown = []
    for ring in rings(_OUTLINES[scope]):
        cut = _clipped([project(*point) for point in _unwrapped(ring)], box)
        if len(cut) >= 3:
            shown.append(tuple(cut))
    return tuple(shown)


def _unwrapped(ring: Ring) -> Ring:
    """Make a ring that crosses the date line run on past 180° instead of back across the map."""
    points = [ring[0]]
    for longitude, latitude in ring[1:]:
        turns = round((points[-1][0] - longitude) / 360)
        points.append((longitude + 360 * turns, latitude))
    middle = sum(longitude for longitude, _ in points) / len(points)
    shift = -360 * round(middle / 360)
    return tuple((longitude + shift, latitude) for longitude, latitude in points)


def _natural_earth(longitude: float, latitude: float) -> Point:
    """Project by the Natural Earth polynomial (Šavrič, Jenny, Patterson, Petrovič, Hurni 2011)."""
    lam, phi = math.radians(longitude), math.radians(latitude)
    p2 = phi * phi
    p4 = p2 * p2
    x = lam * (0.8707 - 0.131979 * p2 + p4 * (-0.013791 + p4 * (0.003971 * p2 - 0.001529 * p4)))
    y = phi * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)))
    return x, y


def _albers_europe(longitude: float, latitude: float) -> Point:
    """Project by Albers' equal-area conic with parallels 43° and 62° north about 10° east."""
    first, second, middle = math.radians(43), math.radians(62), math.radians(10)
    n = (math.sin(first) + math.sin(second)) / 2
    c = math.cos(first) ** 2 + 2 * n * math.sin(first)
    radius = math.sqrt(max(c - 2 * n * math.sin(math.radians(latitude)), 0)) / n
    angle = n * (math.radians(longitude) - middle)
    return radius * math.sin(angle), -radius * math.cos(angle)


def _clipped(ring: list[Point], box: tuple[float, float, float, float]) -> list[Point]:
    """Cut a ring to a box, side by side (Sutherland and Hodgman 1974)."""
    left, bottom, right, top = box
    for axis, limit, keep_above in (
        (0, left, True),
        (0, right, False),
        (1, bottom, True),
        (1, top, False),
    ):
        kept: list[Point] = []
        for i, point in enumerate(ring):
            before = ring[i - 1]
            inside = (point[axis] >= limit) == keep_above or point[axis] == limit
            was_inside = (before[axis] >= limit) == keep_above or before[axis] == limit
            if inside != was_inside:
                kept.append(_crossing(before, point, axis, limit))
            if inside:
                kept.append(point)
        ring = kept
        if not ring:
            return []
    return ring


def _crossing(a: Point, b: Point, axis: int, limit: float) -> Point:
    t = (limit - a[axis]) / (b[axis] - a[axis])
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t
