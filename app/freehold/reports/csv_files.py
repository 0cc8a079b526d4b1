"""The report's tables as CSV: UTF-8 with a byte order mark, CRLF, no cell that could be run."""

import csv
from datetime import date
from decimal import Decimal
from io import StringIO

from freehold.reports.tables import Kind, Sheet, Value

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_bytes(sheet: Sheet) -> bytes:
    """Return one table as CSV.

    Text that a spreadsheet could take for a formula carries a leading apostrophe; numbers stay
    numbers.
    """
    target = StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    kinds = [field.kind for field in sheet.fields]
    writer.writerow([field.name for field in sheet.fields])
    writer.writerows(
        [written(value, kind) for value, kind in zip(row, kinds, strict=True)]
        for row in sheet.rows()
    )
    return ("\ufeff" + target.getvalue()).encode("utf-8", errors="backslashreplace")


def written(value: Value, kind: Kind) -> str:
    """Return a value as a CSV cell."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case int() | float():
            return repr(value)
        case _:
            return harmless(value) if kind == "text" else value


def harmless(text: str) -> str:
    """Return text that no spreadsheet runs: an apostrophe before what begins like a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text
