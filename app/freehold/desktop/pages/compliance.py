"""The Compliance page."""

from freehold.desktop.pages.view_page import ViewPage


class CompliancePage(ViewPage):
    """What binds which data."""

    place = "compliance"
    help_topic = "compliance"
    view = "views.obligations"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Compliance")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("What binds which data")
