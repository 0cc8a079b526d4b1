"""Paints a line of the command palette: what at the left, where and which keys at the right."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from freehold.charts.palette import mix
from freehold.desktop import theme

DETAIL_ROLE = int(Qt.ItemDataRole.UserRole)
Index = QModelIndex | QPersistentModelIndex


class EntryDelegate(QStyledItemDelegate):
    """One command a line."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802
        """Return the size of a line."""
        return QSize(200, 36)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint ground, title and detail."""
        colours = theme.active().colours
        is_enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_soft))
            painter.drawRoundedRect(QRectF(option.rect).adjusted(0, 1, 0, -1), 6, 6)
        area = option.rect.adjusted(12, 0, -12, 0)
        faded = mix(colours.panel, colours.muted, 0.7)
        painter.setPen(QColor(colours.text if is_enabled else faded))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, str(index.data()))
        painter.setPen(QColor(colours.muted if is_enabled else faded))
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(area, side, str(index.data(DETAIL_ROLE)))
        painter.restore()
