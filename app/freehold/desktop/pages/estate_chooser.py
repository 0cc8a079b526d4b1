"""The list of the estate's tables with their row counts."""

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from freehold.desktop.numbers import show
from freehold.desktop.pages.estate_tables import DERIVED, LISTINGS, OWN, Listing

IMPORTS = "import_accounts"
NAME = int(Qt.ItemDataRole.UserRole)
TITLE, COUNT = NAME + 1, NAME + 2


class CountDelegate(QStyledItemDelegate):
    """Writes the count of an entry at its right."""

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return a row with some air; a heading stands apart."""
        is_head = index.data(COUNT) is None
        return QSize(super().sizeHint(option, index).width(), 32 if is_head else 26)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint the title, shortened if need be, and the whole count."""
        count = index.data(COUNT)
        area = option.rect.adjusted(8, 0, -8, 0)
        width = option.fontMetrics.horizontalAdvance(count) + 8 if count else 0
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = option.palette
        if is_chosen:
            painter.fillRect(option.rect, palette.highlight())
        role = QPalette.ColorRole.HighlightedText if is_chosen else QPalette.ColorRole.Text
        faint = role if is_chosen else QPalette.ColorRole.PlaceholderText
        painter.save()
        font = option.font
        font.setBold(count is None)
        painter.setFont(font)
        painter.setPen(palette.color(role if count is not None else faint))
        room = area.adjusted(0, 0, -width, 0)
        side = Qt.AlignmentFlag.AlignVCenter
        title = painter.fontMetrics().elidedText(
            str(index.data(TITLE)), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, side, title)
        if count is not None:
            painter.setPen(palette.color(faint))
            painter.drawText(area, side | Qt.AlignmentFlag.AlignRight, count)
        painter.restore()


class TableChooser(QListWidget):
    """Offers tables under headings; `chosen` tells the name of the one chosen."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Tables of the estate"))
        self.setMinimumWidth(176)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setObjectName("panel")
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(CountDelegate(self))
        self.currentItemChanged.connect(lambda item, _old: self._tell(item))

    def fill(self, counts: Mapping[str, int]) -> None:
        """Show the tables with their counts; the one chosen stays chosen."""
        chosen = self.current() or OWN[0].name
        self.blockSignals(True)
        self.clear()
        self._head(self.tr("Of the document"))
        for listing in OWN:
            self._table(listing, counts[listing.name])
        self._item(
            IMPORTS,
            self.tr("Import accounts"),
            counts[IMPORTS],
            self.tr("What each import read, took over and left out"),
        )
        self._head(self.tr("Worked out"))
        for listing in DERIVED:
            self._table(listing, counts[listing.name])
        self.setCurrentRow(self._row_of(chosen))
        self.blockSignals(False)

    def current(self) -> str:
        """Return the name of the table chosen, or ""."""
        item = self.currentItem()
        return str(item.data(NAME) or "") if item is not None else ""

    def choose(self, name: str) -> None:
        """Choose a table, and tell so even if it is chosen already."""
        row = self._row_of(name)
        if row == self.currentRow():
            self.chosen.emit(name)
        elif row >= 0:
            self.setCurrentRow(row)

    def _row_of(self, name: str) -> int:
        rows = (row for row in range(self.count()) if self.item(row).data(NAME) == name)
        return next(rows, -1)

    def _tell(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(NAME):
            self.chosen.emit(str(item.data(NAME)))

    def _head(self, text: str) -> None:
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setData(TITLE, text)
        self.addItem(item)

    def _table(self, listing: Listing, count: int) -> None:
        self._item(listing.name, listing.translated(), count, listing.listed.doc)

    def _item(self, name: str, title: str, count: int, doc: str) -> None:
        shown = show(count, "integer")
        item = QListWidgetItem(f"{title}, {shown}")
        for role, value in ((NAME, name), (TITLE, title), (COUNT, shown)):
            item.setData(role, value)
        item.setToolTip(f"{title}: {doc}" if name in LISTINGS else doc)
        self.addItem(item)
