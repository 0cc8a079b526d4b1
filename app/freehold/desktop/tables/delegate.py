"""Paints verdicts and severities in tables as a shape with its word."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from freehold.desktop import theme
from freehold.desktop.native.signs import paint_sign, word_of
from freehold.desktop.tables.model import KIND_ROLE, RAW_ROLE

Index = QModelIndex | QPersistentModelIndex
_SIDE = 11.0


class CellDelegate(QStyledItemDelegate):
    """Gives cells some air and draws signs."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        """Leave room for the shape before its word."""
        super().initStyleOption(option, index)
        if index.data(KIND_ROLE) == "sign":
            option.text = "      " + word_of(index.data(RAW_ROLE))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the cell, and the shape where it is a sign."""
        option.rect.adjust(4, 0, -4, 0)
        super().paint(painter, option, index)
        if index.data(KIND_ROLE) != "sign":
            return
        rect = option.rect
        area = QRectF(rect.x() + 3, rect.center().y() - _SIDE / 2 + 1, _SIDE, _SIDE)
        colours = theme.active().colours
        if option.state & QStyle.StateFlag.State_Selected:
            painter.save()
            painter.fillRect(area.adjusted(-2, -2, 2, 2), option.palette.base())
            painter.restore()
        paint_sign(painter, area, index.data(RAW_ROLE), colours)
