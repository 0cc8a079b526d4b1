"""The Reports page."""

from freehold.desktop.pages.view_page import ViewPage


class ReportsPage(ViewPage):
    """How complete the register is."""

    place = "reports"
    help_topic = "reports"
    view = "views.register_fields"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Reports")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("How complete the register is")
