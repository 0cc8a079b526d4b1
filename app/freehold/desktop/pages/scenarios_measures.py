"""The comparison of scenarios as rows of a table and as bridges from the base."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from freehold.charts import Waterfall, bridge
from freehold.desktop.numbers import UNKNOWN, Kind, show
from freehold.desktop.tables import Column
from freehold.desktop.tables.columns import Row
from freehold.desktop.translation import QT_TRANSLATE_NOOP
from freehold.scenarios import BASE, Comparison, Measures

translate = QCoreApplication.translate
_SAME = 1e-6
_LONGEST_LABEL = 24
_LONGEST_TITLE = 9


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the comparison: how it is named, written, judged, and where its rows are.

    `good_when` is lower, higher or neither; `place` is the page that lists what is counted.
    """

    name: str
    title: str
    value: Callable[[Measures], float | None]
    kind: Kind
    decimals: int | None
    good_when: str
    place: str


MEASURES: tuple[Measure, ...] = (
    Measure(
        "seal",
        QT_TRANSLATE_NOOP("scenario_measures", "Level (EU CSF)"),
        lambda m: m.seal,
        "integer",
        0,
        "higher",
        "compliance",
    ),
    Measure(
        "score",
        QT_TRANSLATE_NOOP("scenario_measures", "Score, of 100"),
        lambda m: m.score,
        "number",
        2,
        "higher",
        "compliance",
    ),
    Measure(
        "coverage",
        QT_TRANSLATE_NOOP("scenario_measures", "Coverage"),
        lambda m: m.coverage,
        "share",
        1,
        "higher",
        "compliance",
    ),
    Measure(
        "cost_usd",
        QT_TRANSLATE_NOOP("scenario_measures", "Cost, USD a month"),
        lambda m: m.cost_usd,
        "money",
        0,
        "lower",
        "estate",
    ),
    Measure(
        "carbon_kg",
        QT_TRANSLATE_NOOP("scenario_measures", "Carbon, kg CO₂e a month"),
        lambda m: m.carbon_kg,
        "number",
        1,
        "lower",
        "capacity",
    ),
    Measure(
        "fails",
        QT_TRANSLATE_NOOP("scenario_measures", "Fails"),
        lambda m: m.fails,
        "integer",
        0,
        "lower",
        "compliance",
    ),
    Measure(
        "unknowns",
        QT_TRANSLATE_NOOP("scenario_measures", "Unknowns"),
        lambda m: m.unknowns,
        "integer",
        0,
        "lower",
        "compliance",
    ),
    Measure(
        "largest_group_share",
        QT_TRANSLATE_NOOP("scenario_measures", "Largest parent's share"),
        lambda m: m.largest_group_share,
        "share",
        1,
        "lower",
        "dependencies",
    ),
    Measure(
        "outside_eea_share",
        QT_TRANSLATE_NOOP("scenario_measures", "Placed outside the EEA"),
        lambda m: m.outside_eea_share,
        "share",
        1,
        "lower",
        "dependencies",
    ),
    Measure(
        "exposed_share",
        QT_TRANSLATE_NOOP("scenario_measures", "Exposed to non-EU law"),
        lambda m: m.exposed_share,
        "share",
        1,
        "lower",
        "dependencies",
    ),
    Measure(
        "critical_functions_lost",
        QT_TRANSLATE_NOOP("scenario_measures", "Critical functions lost"),
        lambda m: m.critical_functions_lost,
        "integer",
        0,
        "lower",
        "dependencies",
    ),
    Measure(
        "unserved_share",
        QT_TRANSLATE_NOOP("scenario_measures", "Requests not served"),
        lambda m: m.unserved_share,
        "share",
        1,
        "lower",
        "capacity",
    ),
)


def title_of(name: str) -> str:
    """Return the translated title of a measure or of what a driver explains."""
    for measure in MEASURES:
        if measure.name == name:
            return translate("scenario_measures", measure.title)
    if name.startswith("share_"):
        return translate("scenario_measures", "Share of cost or critical functions by {0}").format(
            name.removeprefix("share_").replace("_", " ")
        )
    return name.replace("_", " ").capitalize()


def columns(shown: Sequence[Measures]) -> list[Column]:
    """Return the columns: the measure, the base, and value and difference of each scenario."""
    found = [
        Column("title", translate("scenario_measures", "Measure"), width=180),
        Column(
            "v0",
            translate("scenario_measures", "Base"),
            "number",
            width=100,
            help=translate("scenario_measures", "As it is"),
        ),
    ]
    for number, measures in enumerate(shown[1:], start=1):
        found.append(
            Column(
                f"v{number}",
                _short(measures.name, _LONGEST_TITLE),
                "number",
                width=100,
                help=measures.name,
            )
        )
        found.append(
            Column(
                f"d{number}",
                translate("scenario_measures", "± base"),
                "number",
                width=120,
                tone=_tone(number),
                help=translate("scenario_measures", "Difference of {0} to the base").format(
                    measures.name
                ),
            )
        )
    return found


def rows(
    comparison: Comparison, *, only_differences: bool = False, pinned: Sequence[str] = ()
) -> list[dict[str, object]]:
    """Return one row for each measure, with values in words and differences with their sign.

    Pinned measures come first and always.
    """
    found: list[dict[str, object]] = []
    for measure in sorted(MEASURES, key=lambda measure: measure.name not in pinned):
        title = translate("scenario_measures", measure.title)
        row: dict[str, object] = {
            "title": f"\N{BLACK STAR} {title}" if measure.name in pinned else title,
            "measure": measure.name,
            "place": measure.place,
        }
        differs = False
        for number, measures in enumerate(comparison.scenarios):
            row[f"v{number}"] = written(measure, measures)
            if number:
                text, tone = difference(measure, comparison.scenarios[0], measures)
                row[f"d{number}"], row[f"t{number}"] = text, tone
                differs |= row[f"v{number}"] != row["v0"]
        if differs or not only_differences or measure.name in pinned:
            found.append(row)
    return found


def written(measure: Measure, measures: Measures) -> str:
    """Return the value of a measure in words; undecided is said, never shown as nought."""
    if measure.name == "seal":
        return level(measures)
    value = measure.value(measures)
    if value is None:
        return translate("scenario_measures", "unknown")
    return show(value, measure.kind, measure.decimals)


def level(measures: Measures) -> str:
    """Return the EU CSF level, as a range where a criterion is undecided."""
    if measures.seal is not None:
        return f"SEAL-{measures.seal}"
    if measures.seal_low is None or measures.seal_high is None:
        return translate("scenario_measures", "unknown")
    return translate("scenario_measures", "SEAL-{0} to {1}").format(
        measures.seal_low, measures.seal_high
    )


def difference(measure: Measure, base: Measures, other: Measures) -> tuple[str, str | None]:
    """Return a difference with its sign and whether it is better, and the tone of that."""
    before, after = measure.value(base), measure.value(other)
    if before is None or after is None:
        return UNKNOWN, None
    delta = float(after) - float(before)
    if abs(delta) < _SAME or written(measure, base) == written(measure, other):
        return translate("scenario_measures", "same"), None
    size = show(abs(delta), measure.kind, measure.decimals)
    if measure.kind == "share":
        size = translate("scenario_measures", "{0} pt").format(show(abs(delta) * 100, "number", 1))
    signed = f"{'+' if delta > 0 else '−'}{size}"
    if measure.good_when == "neither":
        return signed, None
    if (delta > 0) == (measure.good_when == "higher"):
        return translate("scenario_measures", "{0} better").format(signed), "good"
    return translate("scenario_measures", "{0} worse").format(signed), "bad"


def _tone(number: int) -> Callable[[object, Row], str | None]:
    def tone(_value: object, row: Row) -> str | None:
        found = row.get(f"t{number}")
        return str(found) if found else None

    return tone


def cost_bridge(comparison: Comparison, name: str) -> Waterfall:
    """Return the bridge from the cost of the base to that of a scenario."""
    base, other = _pair(comparison, name)
    steps = _steps(comparison, name, "cost_usd")
    title = translate("scenario_measures", "Cost a month: from the base to {0}").format(name)
    if base.cost_usd is None or other.cost_usd is None:
        return _nothing(title, translate("scenario_measures", "One side tells no cost in USD."))
    if not steps:
        return _nothing(
            title, translate("scenario_measures", "This scenario does not change the cost.")
        )
    return bridge(
        title,
        (translate("scenario_measures", "Base"), base.cost_usd),
        [(_short(what), delta) for what, delta in steps],
        _short(name),
        unit=translate("scenario_measures", "USD/month"),
        good_when="lower",
    )


def score_bridge(comparison: Comparison, name: str) -> Waterfall:
    """Return the bridge from the score of the base to that of a scenario, rule by rule."""
    base, other = _pair(comparison, name)
    title = translate("scenario_measures", "Score: from the base to {0}").format(name)
    if base.score is None or other.score is None:
        return _nothing(title, translate("scenario_measures", "One side has no decided rule."))
    steps = [
        (what.split(" ")[0] if what[:1].isupper() and "-" in what[:12] else what, delta)
        for what, delta in _steps(comparison, name, "score")
    ]
    rest = other.score - base.score - sum(delta for _, delta in steps)
    if abs(rest) >= 0.005:
        steps.append((translate("scenario_measures", "Rules newly or no longer decided"), rest))
    if not steps:
        return _nothing(
            title, translate("scenario_measures", "This scenario does not change the score.")
        )
    return bridge(
        title,
        (translate("scenario_measures", "Base"), base.score),
        steps,
        _short(name),
        unit=translate("scenario_measures", "points of 100"),
    )


def driver_rows(comparison: Comparison, name: str) -> list[dict[str, object]]:
    """Return what drives the differences of a scenario."""
    return [
        {
            "measure": title_of(driver.measure),
            "what": driver.what,
            "delta": _driver_delta(driver.measure, driver.delta),
        }
        for driver in comparison.drivers
        if driver.scenario == name
    ]


def side_columns() -> list[Column]:
    """Return the columns of the rules that changed sides."""
    return [
        Column("rule", translate("scenario_measures", "Rule"), width=424),
        Column("severity", translate("scenario_measures", "Severity"), width=96),
        Column("fails", translate("scenario_measures", "Fails"), width=112),
        Column("unknowns", translate("scenario_measures", "Unknown"), width=112),
    ]


def side_rows(comparison: Comparison, name: str) -> list[dict[str, object]]:
    """Return the rules that decide otherwise in a scenario, with counts before and after."""
    return [
        {
            "rule": f"{side.id} {side.title}",
            "severity": side.severity,
            "fails": f"{side.fail_before} → {side.fail_after}",
            "unknowns": f"{side.unknown_before} → {side.unknown_after}",
        }
        for side in comparison.sides.get(name, [])
    ]


def notes(comparison: Comparison, name: str) -> list[str]:
    """Return what must be said beside the figures: of the base first, then of a scenario."""
    found = [
        note
        for measures in comparison.scenarios
        if measures.name == name
        for note in measures.notes
    ]
    base = [note for note in comparison.scenarios[0].notes if note not in found]
    if name == BASE or not found:
        return base or found
    return [*found, *(translate("scenario_measures", "Base: {0}").format(note) for note in base)]


def _driver_delta(measure: str, delta: float | None) -> str:
    if delta is None:
        return translate("scenario_measures", "undecided")
    sign = "+" if delta > 0 else "−" if delta < 0 else ""
    if measure.startswith("share_"):
        return f"{sign}{show(abs(delta) * 100, 'number', 1)} pt"
    decimals = {"cost_usd": 0, "carbon_kg": 1, "score": 2}.get(measure, 0)
    return f"{sign}{show(abs(delta), 'number', decimals)}"


def _pair(comparison: Comparison, name: str) -> tuple[Measures, Measures]:
    base = comparison.scenarios[0]
    return base, next((m for m in comparison.scenarios if m.name == name), base)


def _steps(comparison: Comparison, name: str, measure: str) -> list[tuple[str, float]]:
    return [
        (driver.what, driver.delta)
        for driver in comparison.drivers
        if driver.scenario == name and driver.measure == measure and driver.delta
    ]


def _nothing(title: str, sentence: str) -> Waterfall:
    return Waterfall(title=title, steps=(), empty=sentence)


def _short(text: str, longest: int = _LONGEST_LABEL) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
