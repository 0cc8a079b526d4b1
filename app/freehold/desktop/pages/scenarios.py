"""The Scenarios page."""

from freehold.desktop.pages.view_page import ViewPage


class ScenariosPage(ViewPage):
    """What binds a move."""

    place = "scenarios"
    help_topic = "scenarios"
    view = "views.commitments"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Scenarios")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("What binds a move")
