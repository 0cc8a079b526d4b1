"""Land and borders as rings of longitude and latitude, decoded from the shipped TopoJSON."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

Point = tuple[float, float]
Ring = tuple[Point, ...]
OutlineName = Literal["world_110m", "europe_50m"]
_FOLDER = Path(__file__).parent / "outlines"


@cache
def rings(name: OutlineName, layer: str = "countries") -> tuple[Ring, ...]:
    """Return every ring of a layer's polygons, outer rings and holes alike.

    Raises:
        KeyError: the outlines have no such layer.
    """
    topology = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    arcs = _arcs(topology)
    found: list[Ring] = []
    for geometry in topology["objects"][layer]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else []
        if geometry["type"] == "Polygon":
            polygons = [geometry["arcs"]]
        found += [_ring(ring, arcs) for polygon in polygons for ring in polygon]
    return tuple(found)


def _arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """Undo the steps and the scaling that TopoJSON stores arcs with."""
    scale_x, scale_y = topology["transform"]["scale"]
    move_x, move_y = topology["transform"]["translate"]
    decoded = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append((x * scale_x + move_x, y * scale_y + move_y))
        decoded.append(points)
    return decoded


def _ring(numbers: list[int], arcs: list[list[Point]]) -> Ring:
    """Join arcs end to end; a negative number is an arc walked backwards."""
    points: list[Point] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return tuple(points)
