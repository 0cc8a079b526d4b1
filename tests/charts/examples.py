"""One figure of each kind, with gaps, long names and markup that must stay text."""

from datetime import date

from freehold.charts import (
    BarChart,
    Driver,
    Figure,
    Group,
    HeatMap,
    LineChart,
    LineSeries,
    Mark,
    Place,
    PointMap,
    Reference,
    ScatterChart,
    Series,
    Tornado,
    bridge,
)

AS_OF = date(2026, 1, 27)

BARS = BarChart(
    title="Spend by parent company",
    subtitle="Last twelve months",
    unit="k EUR",
    source="Import accounts",
    as_of=AS_OF,
    categories=("Hyperscaler A Inc.", "Provider <b>B</b> SE", "Own data centre", "Not assigned"),
    series=(
        Series(
            name="Share",
            values=(1240.5, 380.0, 210.25, None),
            colours=("warn", "accent", "good", "unknown"),
            keys=("a", "b", "own", "none"),
            hatched=(False, False, True, False),
        ),
    ),
    horizontal=True,
    references=(Reference(value=800, label="Limit of the rule", colour="bad"),),
)

STACKED = BarChart(
    title="Verdicts by pack",
    unit="subjects",
    categories=("Residency", "Ownership", "Concentration"),
    series=(
        Series(name="Pass", values=(320, 210, 40), colour="good"),
        Series(name="Fail", values=(14, 66, 3), colour="bad"),
        Series(name="Unknown", values=(40, 90, None), colour="unknown"),
    ),
    mode="stacked",
)

GROUPED = BarChart(
    title="GPU hours by quarter",
    unit="1 000 h",
    decimals=0,
    categories=("Q1", "Q2", "Q3", "Q4"),
    series=(
        Series(name="Base", values=(12, 15, 19, 22)),
        Series(name="EU hybrid", values=(12, 14, 17, 18)),
    ),
)

WATERFALL = bridge(
    "Cost from base to EU hybrid",
    ("Base", 38.2),
    [("Reserved GPUs", -2.1), ("EU storage", 1.9), ("Egress", 0.7), ("Migration", 3.1)],
    "EU hybrid",
    unit="M EUR",
    good_when="lower",
)

LINES = LineChart(
    title="Demand for GPU hours",
    x_title="Month",
    y_title="GPU hours",
    lines=(
        LineSeries(
            name="Expected",
            x=("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"),
            y=(100, 130, None, 190),
            low=(90, 110, 120, 150),
            high=(110, 150, 180, 240),
            keys=("1", "2", "3", "4"),
        ),
        LineSeries(
            name="Available",
            x=("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"),
            y=(120, 120, 160, 160),
            stepped=True,
            dashed=True,
            colour="muted",
        ),
    ),
    references=(Reference(value=200, label="Quota"),),
)

SCATTER = ScatterChart(
    title="Price of sovereignty",
    x_title="Score",
    y_title="Cost per month, k EUR",
    joined=True,
    label_marks=True,
    groups=(Group(name="Proven", colour="good"), Group(name="Assumed", colour="warn")),
    marks=(
        Mark(x=42, y=310, label="SEAL 0", group="Proven", key="0"),
        Mark(x=58, y=340, label="SEAL 1", group="Proven", key="1"),
        Mark(x=71, y=420, label="SEAL 2", group="Assumed", key="2", size=3),
    ),
)

HEAT_MAP = HeatMap(
    title="Score by objective and service",
    rows=("SOV-1 Strategic", "SOV-2 Legal", "SOV-3 Data & AI"),
    columns=("Payments", "Core bank", "Analytics"),
    values=((80, 55, 20), (None, 62, 35), (90, 71, 44)),
    keys=(("p1", "c1", "a1"), ("p2", "c2", "a2"), ("p3", "c3", "a3")),
    low=0,
    high=100,
    scale="bad_to_good",
)


def _place(
    latitude: float, longitude: float, label: str, group: str, *, size: float, key: str
) -> Place:
    return Place(
        latitude=latitude, longitude=longitude, label=label, group=group, size=size, key=key
    )


GROUPS = (
    Group(name="EU law only", colour="good"),
    Group(name="Foreign law reaches it", colour="bad"),
    Group(name="Not known", colour="unknown"),
)

EUROPE = PointMap(
    title="Where data and compute sit",
    subtitle="Placements by the law that reaches them",
    unit="placements",
    source="Placements",
    as_of=AS_OF,
    groups=GROUPS,
    places=(
        _place(48.9, 2.4, "Paris", "EU law only", size=120, key="par"),
        _place(50.1, 8.7, "Frankfurt", "Foreign law reaches it", size=90, key="fra"),
        _place(53.3, -6.3, "Dublin", "Foreign law reaches it", size=60, key="dub"),
        _place(59.3, 18.1, "Stockholm", "Not known", size=8, key="sto"),
    ),
)

WORLD = EUROPE.model_copy(
    update={
        "places": (
            *EUROPE.places,
            _place(39.0, -77.5, "Virginia", "Foreign law reaches it", size=40, key="iad"),
            _place(1.35, 103.8, "Singapore", "Foreign law reaches it", size=10, key="sin"),
        )
    }
)

TORNADO = Tornado(
    title="What moves the cost of EU hybrid",
    unit="M EUR",
    base=41.8,
    drivers=(
        Driver(label="Power price ±20 %", low=41.4, high=42.3, key="power"),
        Driver(label="Inference growth ±30 %", low=38.4, high=45.9, key="growth"),
        Driver(label="GPU price ±15 %", low=39.6, high=44.1, key="gpu"),
    ),
)

ALL: dict[str, Figure] = {
    "bars": BARS,
    "stacked": STACKED,
    "grouped": GROUPED,
    "waterfall": WATERFALL,
    "lines": LINES,
    "scatter": SCATTER,
    "heat_map": HEAT_MAP,
    "europe": EUROPE,
    "world": WORLD,
    "tornado": TORNADO,
    "empty": BarChart(title="Nothing", categories=(), series=(), empty="Import a bill first."),
}
