"""The Catalogue page."""

from freehold.desktop.pages.view_page import ViewPage


class CataloguePage(ViewPage):
    """What market and law offer."""

    place = "catalogue"
    help_topic = "catalogue"
    view = "views.providers"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Catalogue")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("What market and law offer")
