"""Which class makes which place; imported when the place is first shown."""

from collections.abc import Callable

from freehold.desktop.pages.page import Page
from freehold.desktop.project import Project
from freehold.desktop.work import Worker

PageMaker = Callable[[Project, Worker], Page]


def _overview() -> PageMaker:
    from freehold.desktop.pages.overview import OverviewPage

    return OverviewPage


def _estate() -> PageMaker:
    from freehold.desktop.pages.estate import EstatePage

    return EstatePage


def _compliance() -> PageMaker:
    from freehold.desktop.pages.compliance import CompliancePage

    return CompliancePage


def _dependencies() -> PageMaker:
    from freehold.desktop.pages.dependencies import DependenciesPage

    return DependenciesPage


def _capacity() -> PageMaker:
    from freehold.desktop.pages.capacity import CapacityPage

    return CapacityPage


def _scenarios() -> PageMaker:
    from freehold.desktop.pages.scenarios import ScenariosPage

    return ScenariosPage


def _reports() -> PageMaker:
    from freehold.desktop.pages.reports import ReportsPage

    return ReportsPage


def _catalogue() -> PageMaker:
    from freehold.desktop.pages.catalogue import CataloguePage

    return CataloguePage


PAGES: dict[str, Callable[[], PageMaker]] = {
    "overview": _overview,
    "estate": _estate,
    "compliance": _compliance,
    "dependencies": _dependencies,
    "capacity": _capacity,
    "scenarios": _scenarios,
    "reports": _reports,
    "catalogue": _catalogue,
}


def make_page(place: str, project: Project, worker: Worker) -> Page:
    """Return a new page for a place of the rail.

    Raises:
        KeyError: there is no such place.
    """
    return PAGES[place]()(project, worker)
