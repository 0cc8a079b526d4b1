"""The map of places for Plotly, on outlines that ship with the program."""

from freehold.charts.figure import PointMap
from freehold.charts.palette import Palette
from freehold.charts.plotly_layout import Json, amount, diameter, safe


def map_traces(figure: PointMap, palette: Palette) -> tuple[list[Json], Json]:
    """Return one trace for each group of places, and the map they lie on."""
    largest = max(place.size for place in figure.places)
    data = []
    for group in figure.groups:
        places = sorted((p for p in figure.places if p.group == group.name), key=lambda p: -p.size)
        if not places:
            continue
        data.append(
            {
                "type": "scattergeo",
                "name": safe(group.name),
                "lat": [place.latitude for place in places],
                "lon": [place.longitude for place in places],
                "customdata": [place.key for place in places],
                "hovertext": [
                    f"<b>{safe(p.label)}</b><br>{amount(p.size, figure)}"
                    + (f"<br>{safe(p.detail)}" if p.detail else "")
                    for p in places
                ],
                "hoverinfo": "text",
                "marker": {
                    "color": palette.colour(group.colour),
                    "size": [diameter(place.size, largest, 9, 34) for place in places],
                    "opacity": 0.82,
                    "line": {"color": palette.panel, "width": 1.5},
                },
            }
        )
    geo: Json = {
        "bgcolor": palette.water,
        "showland": True,
        "landcolor": palette.land,
        "showocean": True,
        "oceancolor": palette.water,
        "showlakes": False,
        "showcountries": True,
        "countrycolor": palette.border,
        "countrywidth": 0.7,
        "coastlinecolor": palette.border,
        "coastlinewidth": 0.7,
        "showframe": False,
        "fitbounds": False,
    }
    if figure.shown_scope == "europe":
        geo |= {
            "scope": "europe",
            "resolution": 50,
            "lonaxis": {"range": [-13, 36]},
            "lataxis": {"range": [35, 66]},
        }
    else:
        geo |= {
            "scope": "world",
            "resolution": 110,
            "projection": {"type": "natural earth"},
            "lataxis": {"range": [-56, 80]},
        }
    layout = {
        "geo": geo,
        "showlegend": True,
        "margin": {"l": 0, "r": 0, "t": 4, "b": 28},
        "legend": {"orientation": "h", "x": 0.5, "xanchor": "center", "y": -0.01, "yanchor": "top"},
    }
    return data, layout
