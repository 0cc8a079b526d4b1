"""Small moves on tables: let a column take the room, find and select a row."""

from PySide6.QtWidgets import QHeaderView

from freehold.desktop.tables import ResultTable


def fit(table: ResultTable, wide: int) -> None:
    """Let one column of a table take the room that the others leave."""
    header = table.view.horizontalHeader()
    if header.count() > wide:
        header.setStretchLastSection(False)
        header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)


def select(table: ResultTable, name: str, value: object) -> bool:
    """Select the first row whose column has that value; tell whether there is one."""
    model = table.model
    for number in range(model.rowCount() if model is not None else 0):
        if model is not None and model.row(number).get(name) == value:
            select_number(table, number)
            return True
    return False


def select_first(table: ResultTable) -> None:
    """Select the first row, if there is any."""
    if table.model is not None and table.model.rowCount():
        select_number(table, 0)


def select_number(table: ResultTable, number: int) -> None:
    """Select a row by its place and bring it into view."""
    model = table.model
    if model is not None:
        table.view.selectRow(number)
        table.view.setCurrentIndex(model.index(number, 0))
        table.view.scrollTo(model.index(number, 0))
