"""The report's tables as one workbook; text stays text, and the bytes follow from the content."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from io import BytesIO
from itertools import islice
from typing import Any

import xlsxwriter

from freehold.reports.content import AuditContent
from freehold.reports.tables import Field, Kind, Sheet, Value, sheets
from freehold.reports.wording import text

_CELL_LIMIT = 32_767
_ROW_LIMIT = 1_048_576
_FORMATS: dict[Kind, str] = {
    "integer": "#,##0",
    "number": "#,##0.0##",
    "money": "#,##0.00",
    "share": "0.0%",
    "date": "yyyy-mm-dd",
}


def xlsx_bytes(content: AuditContent) -> bytes:
    """Return the workbook: a README sheet with run id and hashes, then one sheet per table."""
    target = BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "in_memory": False,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
            "remove_timezone": True,
        },
    )
    created = datetime.combine(content.cover.as_of, time(), tzinfo=UTC).replace(tzinfo=None)
    book.set_properties(
        {
            "title": text("report.title"),
            "author": "Freehold",
            "comments": content.cover.run_id,
            "created": created,
        }
    )
    styles = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
    styles["text"] = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#edf1f5", "text_wrap": True})
    _readme(book, content, head, styles["text"])
    for sheet in sheets(content):
        _write(book, sheet, head, styles)
    book.close()
    return target.getvalue()


def _readme(book: Any, content: AuditContent, head: Any, body: Any) -> None:
    cover = content.cover
    page = book.add_worksheet("README")
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 90)
    rows = [
        ("Freehold", text("files.readme")),
        (text("cover.organisation"), cover.organisation or text("not_recorded")),
        (text("cover.as_of"), cover.as_of.isoformat()),
        (text("cover.scenario"), cover.scenario),
        (text("cover.run"), cover.run_id),
        (text("cover.app"), cover.versions.app),
        (text("cover.catalogue"), cover.versions.catalogue_snapshot),
        (text("cover.hash.estate"), cover.hashes.estate),
        (text("cover.hash.catalogue"), cover.hashes.catalogue),
        (text("cover.hash.rules"), cover.hashes.rules),
        (text("cover.hash.findings"), cover.hashes.findings),
        (text("cover.command"), cover.command),
        *((text("cover.packs"), f"{p.pack_id} {p.version}") for p in cover.versions.packs),
    ]
    for number, (label, value) in enumerate(rows):
        page.write_string(number, 0, label, head)
        page.write_string(number, 1, _clipped(value), body)


def _write(book: Any, sheet: Sheet, head: Any, styles: dict[Kind, Any]) -> None:
    """Write a table, on further sheets where one cannot hold it."""
    rows = sheet.rows()
    part = 1
    batch = list(islice(rows, _ROW_LIMIT - 1))
    while True:
        name = sheet.name if part == 1 else f"{sheet.name} ({part})"
        _write_part(book, name, sheet.fields, batch, (head, styles))
        batch = list(islice(rows, _ROW_LIMIT - 1))
        if not batch:
            return
        part += 1


def _write_part(
    book: Any,
    name: str,
    fields: tuple[Field, ...],
    rows: list[tuple[Value, ...]],
    looks: tuple[Any, dict[Kind, Any]],
) -> None:
    head, styles = looks
    page = book.add_worksheet(name)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(rows), len(fields) - 1)
    for column, field in enumerate(fields):
        page.set_column(column, column, field.width)
        page.write_string(0, column, field.name, head)
    for number, row in enumerate(rows, 1):
        for column, (field, value) in enumerate(zip(fields, row, strict=True)):
            _cell(page, number, column, value, styles.get(field.kind))


def _cell(page: Any, row: int, column: int, value: Value, style: Any) -> None:
    match value:
        case None:
            return
        case bool():
            page.write_string(row, column, "yes" if value else "no", style)
        case int() | float() | Decimal():
            page.write_number(row, column, value, style)
        case date():
            page.write_datetime(row, column, datetime.combine(value, time()), style)
        case _:
            page.write_string(row, column, _clipped(value), style)


def _clipped(value: str) -> str:
    """Return text as a cell can hold it; what is longer says so and is whole in the CSV."""
    value = value.encode("utf-8", errors="backslashreplace").decode("utf-8")
    if len(value.encode("utf-16-le")) // 2 <= _CELL_LIMIT:
        return value
    mark = text("files.clipped")
    kept = value.encode("utf-16-le")[: 2 * (_CELL_LIMIT - len(mark))]
    return kept.decode("utf-16-le", errors="ignore") + mark
