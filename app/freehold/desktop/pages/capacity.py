"""The Capacity page."""

from freehold.desktop.pages.view_page import ViewPage


class CapacityPage(ViewPage):
    """What training and inference need."""

    place = "capacity"
    help_topic = "capacity"
    view = "views.workloads"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Capacity")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("What training and inference need")
