"""The list of the catalogue's tables with rows and verified rows."""

from collections.abc import Mapping

from PySide6.QtWidgets import QListWidgetItem, QWidget

from freehold.catalogue import shipped_tables
from freehold.desktop.numbers import show
from freehold.desktop.pages.estate_chooser import COUNT, NAME, TITLE, TableChooser
from freehold.desktop.pages.estate_tables import title_of

FIRST = (
    "providers",
    "regions",
    "extraterritorial_laws",
    "residency_laws",
    "adequacy",
    "certifications",
    "provider_owners",
    "provider_links",
    "services",
    "skus",
    "prices",
    "token_prices",
    "accelerators",
    "models",
    "egress",
    "grid",
    "frameworks",
    "countries",
)
"""Tables most asked for; the others follow by name."""


class FactChooser(TableChooser):
    """Offers the tables of facts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Tables of the catalogue"))

    def fill(self, counts: Mapping[str, tuple[int, int]]) -> None:  # type: ignore[override]
        """Show the tables with their rows; the tool tip tells how many are verified."""
        chosen = self.current() or FIRST[0]
        self.blockSignals(True)
        self.clear()
        self._head(self.tr("Verified, of all facts"))
        rest = sorted(name for name in shipped_tables() if name not in FIRST)
        for name in (*FIRST, *rest):
            rows, verified = counts.get(name, (0, 0))
            shown = f"{show(verified, 'integer')}/{show(rows, 'integer')}"
            title = title_of(name)
            item = QListWidgetItem(
                self.tr("{0}, {1} of {2} verified").format(title, verified, rows)
            )
            for role, value in ((NAME, name), (TITLE, title), (COUNT, shown)):
                item.setData(role, value)
            item.setToolTip(
                self.tr("{0}: {1}\n{2} of {3} rows verified").format(
                    title, shipped_tables()[name].doc, verified, rows
                )
            )
            self.addItem(item)
        self.setCurrentRow(self._row_of(chosen))
        self.blockSignals(False)
