"""What is described is what is drawn: on screen, in print and as a table."""

import json
from typing import Any

import plotly.graph_objects as go
import pytest
from pydantic import TypeAdapter, ValidationError

from freehold.charts import AnyFigure, BarChart, Figure, Place, Series, as_table
from freehold.charts.palette import ThemeName
from freehold.charts.plotly_figure import plotly_figure
from tests.charts.examples import ALL, BARS, EUROPE, HEAT_MAP, LINES, TORNADO, WATERFALL, WORLD

NAMES = sorted(ALL)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_plotly_accepts_every_figure(name: str, theme: ThemeName) -> None:
    made = plotly_figure(ALL[name], theme, titled=True)
    go.Figure(json.loads(json.dumps(made)))  # raises on any unknown or invalid property


@pytest.mark.parametrize("name", NAMES)
def test_a_description_survives_json(name: str) -> None:
    figure = ALL[name]
    adapter: TypeAdapter[Figure] = TypeAdapter(AnyFigure)
    assert adapter.validate_json(figure.model_dump_json()) == figure


def test_names_never_become_markup() -> None:
    trace = plotly_figure(BARS)["data"][0]
    assert "Provider &lt;b&gt;B&lt;/b&gt; SE" in trace["y"]
    assert "<b>B" not in json.dumps(plotly_figure(BARS))


def custom_data(figure: Figure) -> list[Any]:
    return [key for trace in plotly_figure(figure)["data"] for key in trace.get("customdata") or []]


def test_marks_carry_their_row_keys() -> None:
    assert custom_data(BARS) == ["a", "b", "own", "none"]
    assert custom_data(HEAT_MAP) == [list(row) for row in HEAT_MAP.keys]
    assert sorted(custom_data(EUROPE)) == ["dub", "fra", "par", "sto"]
    assert custom_data(LINES) == ["1", "2", "3", "4"]


def test_missing_values_stay_gaps() -> None:
    assert plotly_figure(BARS)["data"][0]["x"][-1] is None
    assert as_table(BARS).rows[-1] == ("Not assigned", None)


def test_tables_hold_every_mark_and_its_key() -> None:
    table = as_table(TORNADO)
    assert [row[0] for row in table.rows] == [d.label for d in TORNADO.ordered()]
    assert table.keys == ("growth", "gpu", "power")
    assert as_table(EUROPE).keys == ("par", "fra", "dub", "sto")
    assert len(as_table(LINES).rows) == 8


def test_a_bridge_adds_up() -> None:
    assert WATERFALL.spans()[-1] == (0.0, pytest.approx(41.8))
    assert as_table(WATERFALL).rows[1] == ("Reserved GPUs", -2.1, pytest.approx(36.1))


def test_the_map_widens_only_when_a_place_lies_outside() -> None:
    assert EUROPE.shown_scope == "europe"
    assert WORLD.shown_scope == "world"
    assert plotly_figure(EUROPE)["layout"]["geo"]["resolution"] == 50
    assert "UN Geodata" in EUROPE.footer


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValidationError):
        Series(name="a", values=(1, 2), keys=("x",))
    with pytest.raises(ValidationError):
        BarChart(title="t", categories=("a",), series=(Series(name="s", values=(1, 2)),))
    with pytest.raises(ValidationError):
        Place(latitude=91, longitude=0, label="", group="")


def test_an_empty_figure_says_why() -> None:
    layout = plotly_figure(ALL["empty"])["layout"]
    assert layout["annotations"][0]["text"] == "Import a bill first."
