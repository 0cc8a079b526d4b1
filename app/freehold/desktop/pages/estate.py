"""The Estate page."""

from freehold.desktop.pages.view_page import ViewPage


class EstatePage(ViewPage):
    """Everything the organisation runs."""

    place = "estate"
    help_topic = "estate"
    view = "views.resources"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Estate")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("Everything the organisation runs")
