"""The Dependencies page."""

from freehold.desktop.pages.view_page import ViewPage


class DependenciesPage(ViewPage):
    """On whom the estate rests."""

    place = "dependencies"
    help_topic = "dependencies"
    view = "views.shares"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Dependencies")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("On whom the estate rests")
