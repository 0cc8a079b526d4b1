"""The two drawings of the Overview page: where placements lie, and who is paid."""

from collections.abc import Sequence
from datetime import date
from math import cos, radians

from PySide6.QtCore import QObject

from freehold.charts import BarChart, Group, Place, PointMap, Series
from freehold.desktop.numbers import show
from freehold.desktop.pages.exposure import EXPOSURES, exposure_word
from freehold.desktop.pages.overview_data import OverviewData, Spend
from freehold.scenarios.sites import Placed, Site

MOST_PARENTS = 7
NO_PARENT = "?"
OTHERS = "*"
_APART_DEGREES = {"europe": 0.9, "world": 3.0}


class OverviewFigures(QObject):
    """Makes figures; remembers which rows each mark stands for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sites: dict[str, tuple[Site, ...]] = {}

    def map(self, data: Placed, as_of: date, *, world: bool, title: str = "") -> PointMap:
        """Return the placements as circles by city and exposure, sized by their number."""
        scope = "world" if world else "europe"
        cities: dict[tuple[str, str], list[Site]] = {}
        for site in data.sites:
            cities.setdefault((site.city or site.region, site.country or ""), []).append(site)
        places: list[Place] = []
        outside: list[str] = []
        self.sites = {}
        for (city, country), there in cities.items():
            if not world and not _in_europe(there[0]):
                number = sum(site.placements for site in there)
                outside.append(
                    self.tr("{0} in {1} ({2})").format(show(number, "integer"), city, country)
                )
            codes = [code for code in EXPOSURES if any(s.exposure == code for s in there)]
            for number, code in enumerate(codes):
                own = tuple(site for site in there if site.exposure == code)
                key = f"{city}|{country}|{code}"
                self.sites[key] = own
                shift = (number - (len(codes) - 1) / 2) * 2 * _APART_DEGREES[scope]
                places.append(
                    Place(
                        latitude=own[0].latitude,
                        longitude=own[0].longitude
                        + shift / max(cos(radians(own[0].latitude)), 0.2),
                        label=f"{city}, {country}" if country else city,
                        group=exposure_word(code),
                        size=float(sum(site.placements for site in own)),
                        detail="; ".join(
                            f"{site.provider}, {site.region}: {site.placements}" for site in own
                        ),
                        key=key,
                    )
                )
        said = [self.tr("{0} placements").format(show(data.placements, "integer"))]
        if data.unplaced:
            said.append(self.tr("{0} tell no region").format(show(data.unplaced, "integer")))
        if data.uncharted:
            said.append(
                self.tr("{0} in regions without a known position").format(
                    show(data.uncharted, "integer")
                )
            )
        if outside:
            said.append(self.tr("outside this picture: {0}").format(", ".join(outside)))
        return PointMap(
            title=title or self.tr("Where data and compute sit, by who can compel access"),
            subtitle=", ".join(said),
            unit=self.tr("placements"),
            decimals=0,
            source=self.tr("Estate and catalogue"),
            as_of=as_of,
            places=tuple(places),
            groups=tuple(
                Group(name=exposure_word(code), colour=colour)
                for code, (_, colour) in EXPOSURES.items()
            ),
            scope="world" if world else "europe",
            empty=self.tr("No placement tells a region. Import a bill or edit the estate."),
        )

    def spend(self, data: OverviewData, as_of: date) -> BarChart:
        """Return the cost per month by ultimate parent, the dearest first."""
        ranked = [spend for spend in data.spend if spend.parent is not None]
        shown, rest = ranked[:MOST_PARENTS], ranked[MOST_PARENTS:]
        bars: list[tuple[str, float, str, str]] = [
            (_short(spend), spend.usd, spend.exposure, spend.parent or "") for spend in shown
        ]
        if rest:
            bars.append(
                (
                    self.tr("{0} others").format(len(rest)),
                    sum(spend.usd for spend in rest),
                    _common(rest),
                    OTHERS,
                )
            )
        nobody = [spend for spend in data.spend if spend.parent is None]
        if nobody:
            bars.append(
                (
                    self.tr("Parent unknown"),
                    sum(spend.usd for spend in nobody),
                    "unknown",
                    NO_PARENT,
                )
            )
        said = self.tr("USD per month as billed, coloured as the map")
        if data.unpriced:
            said = self.tr("{0}; {1} resources tell no cost").format(
                said, show(data.unpriced, "integer")
            )
        return BarChart(
            title=self.tr("Spend by ultimate parent"),
            subtitle=said,
            unit="USD",
            decimals=0,
            source=self.tr("Estate; parents from the catalogue"),
            as_of=as_of,
            categories=tuple(name for name, *_ in bars),
            series=(
                Series(
                    name=self.tr("USD per month"),
                    values=tuple(usd for _, usd, *_ in bars),
                    colours=tuple(EXPOSURES[code][1] for _, _, code, _ in bars),
                    keys=tuple(key for *_, key in bars),
                ),
            )
            if bars
            else (),
            horizontal=True,
            empty=self.tr("No resource tells a cost. Import a bill to see who is paid."),
        )


def mostly_in_europe(sites: Sequence[Site]) -> bool:
    """Tell whether nine of ten placements with a position lie in Europe."""
    total = sum(site.placements for site in sites)
    inside = sum(site.placements for site in sites if _in_europe(site))
    return total > 0 and inside >= 0.9 * total


def _in_europe(site: Site) -> bool:
    return 35 <= site.latitude <= 66 and -13 <= site.longitude <= 36


def _short(spend: Spend) -> str:
    """Return a parent's name without the remark in brackets."""
    name = (spend.parent or "").partition(" (")[0]
    name = name if len(name) <= 28 else name[:27].rstrip() + "…"
    return name if spend.verified else f"{name} †"


def _common(spends: Sequence[Spend]) -> str:
    codes = {spend.exposure for spend in spends}
    return codes.pop() if len(codes) == 1 else "unknown"
