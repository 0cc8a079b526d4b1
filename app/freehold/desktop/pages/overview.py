"""The Overview page."""

from freehold.desktop.pages.view_page import ViewPage


class OverviewPage(ViewPage):
    """Where data and compute sit."""

    place = "overview"
    help_topic = "overview"
    view = "views.placements"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Overview")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("Where data and compute sit")
