"""Rows leave the window: as text and HTML for a spreadsheet, or as a CSV file."""

import csv
import io
from collections.abc import Iterable
from html import escape
from pathlib import Path

from PySide6.QtCore import QMimeData

from freehold.desktop.numbers import plain
from freehold.desktop.tables.columns import Column
from freehold.desktop.tables.model import TableModel

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def cell_text(value: object, column: Column) -> str:
    """Return a cell for a spreadsheet; text that would run as a formula is disarmed."""
    if isinstance(value, str):
        text = column.words.get(value, value)
        return "'" + text if text.startswith(_FORMULA_SIGNS) else text
    return plain(value, column.kind)


def rows_for_copy(model: TableModel, rows: Iterable[int]) -> list[list[str]]:
    """Return headings and cells as texts."""
    table = [[column.title for column in model.columns]]
    for row in rows:
        values = model.row(row)
        table.append([cell_text(values.get(c.name), c) for c in model.columns])
    return table


def mime_data(table: list[list[str]]) -> QMimeData:
    """Return a table as tab-separated text and as HTML in one clipboard object."""
    lines = ["\t".join(_one_line(cell) for cell in row) for row in table]
    head, *body = table
    html = ["<table><tr>", *(f"<th>{escape(cell)}</th>" for cell in head), "</tr>"]
    for row in body:
        html += ["<tr>", *(f"<td>{escape(cell)}</td>" for cell in row), "</tr>"]
    html.append("</table>")
    data = QMimeData()
    data.setText("\n".join(lines))
    data.setHtml("".join(html))
    return data


def csv_text(model: TableModel) -> str:
    """Return all rows left by the filter as CSV: decimal point, ISO dates, no grouping."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in model.columns])
    for row in range(model.rowCount()):
        values = model.row(row)
        writer.writerow([_csv_cell(values.get(column.name)) for column in model.columns])
    return out.getvalue()


def write_csv(model: TableModel, path: Path) -> None:
    """Write all rows left by the filter to a CSV file that Excel reads as UTF-8.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_text(csv_text(model), encoding="utf-8-sig", newline="")


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    if isinstance(value, str) and text.startswith(_FORMULA_SIGNS):
        return "'" + text
    return text


def _one_line(cell: str) -> str:
    return " ".join(cell.split())
