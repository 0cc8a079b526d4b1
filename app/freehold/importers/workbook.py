"""XLSX workbooks, checked for size before they are opened, read row by row."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from freehold.errors import InputError
from freehold.importers.source import Source

MAX_COLUMNS = 2000


def check_workbook(source: Source, members: Sequence[str]) -> None:
    """Refuse a zip that is no XLSX workbook, by the names of its members.

    Raises:
        InputError: in one sentence.
    """
    if "xl/workbook.xml" not in members:
        raise InputError(
            "This zip file is not an XLSX workbook",
            where=source.name,
            mend="Unpack it and import the file inside",
        )


def rows_of(source: Source, sheet: str | None = None) -> Iterator[tuple[str | None, ...]]:
    """Yield the rows of a sheet (the first one unless named) as texts, empty cells None.

    Raises:
        InputError: the workbook is damaged or has no such sheet.
    """
    from openpyxl import load_workbook

    try:
        with source.path.open("rb") as stream:
            book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            for row in _sheet(book, sheet, source.name).iter_rows(
                values_only=True, max_col=MAX_COLUMNS
            ):
                yield tuple(_text(value) for value in row)
    except InputError:
        raise
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, EOFError,
            SyntaxError, zipfile.BadZipFile, zlib.error, NotImplementedError,
            RuntimeError) as error:  # fmt: skip
        raise InputError(
            "The workbook is damaged and cannot be read",
            where=source.name,
            mend="Open it in a spreadsheet and save it again",
        ) from error


def _sheet(book: Any, sheet: str | None, name: str) -> Any:
    if sheet is None:
        return book.worksheets[0]
    if sheet not in book.sheetnames:
        raise InputError(
            f"The workbook has no sheet {sheet}",
            where=name,
            mend="It has " + ", ".join(book.sheetnames[:20]),
        )
    return book[sheet]


def _text(value: Any) -> str | None:
    """Return a cell as text: whole numbers without a point, dates as ISO 8601."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        if value.time() == time(0):
            return value.date().isoformat()
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).replace("\x00", "").strip()
    return text or None
