"""A source looked into far enough to tell what it is: column names, JSON or workbook."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb

from freehold.errors import InputError
from freehold.importers.csvfile import header_of, literal, sniff_delimiter, unique_names
from freehold.importers.json_lines import first_of_lines
from freehold.importers.source import Source, examine
from freehold.importers.workbook import check_workbook
from freehold.importers.zipfiles import check_zip, is_package

JSON_LIMIT_BYTES = 512 * 1024**2
MAX_JSON_DEPTH = 200

Shape = Literal["csv", "parquet", "json", "ndjson", "workbook", "package"]


@dataclass(frozen=True)
class Opened:
    """A source and its shape; `names` are column names, `document` is parsed JSON.

    Of a file with one JSON object a line (`ndjson`) the document is the first object.
    """

    source: Source
    shape: Shape
    names: tuple[str, ...] = ()
    delimiter: str = ","
    document: Any = None


def open_source(path: Path, workroom: Path, *, number: int = 0) -> Opened:
    """Look into a file.

    Raises:
        InputError: the file cannot be used, in one sentence.
    """
    source = examine(path, workroom, number=number)
    if source.content == "parquet":
        return Opened(source, "parquet", _parquet_names(source))
    if source.content == "zip":
        members = check_zip(source)
        if is_package(members):
            return Opened(source, "package", tuple(members))
        check_workbook(source, members)
        return Opened(source, "workbook")
    if source.head.lstrip()[:1] in ("{", "["):
        first = first_of_lines(source)
        if first is not None:
            return Opened(source, "ndjson", document=first)
        return Opened(source, "json", document=_parse_json(source))
    delimiter = sniff_delimiter(source.head)
    names = header_of(source, delimiter)
    return Opened(source, "csv", tuple(unique_names(names)), delimiter)


def _parquet_names(source: Source) -> tuple[str, ...]:
    try:
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"DESCRIBE FROM read_parquet({literal(str(source.text_path))})"
            ).fetchall()
    except duckdb.Error as error:
        raise InputError(
            "The Parquet file is damaged", where=source.name, mend="Export it again"
        ) from error
    return tuple(row[0] for row in rows)


def _parse_json(source: Source) -> Any:
    size = source.text_path.stat().st_size
    if size > JSON_LIMIT_BYTES:
        raise InputError("The JSON file is larger than 512 MiB", where=source.name, mend="Split it")
    text = source.text_path.read_text("utf-8")
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated"):
            raise InputError(
                "The JSON file ends too early: it is cut off",
                where=f"{source.name}, line {error.lineno}",
                mend="Export or copy it again",
            ) from error
        raise InputError(
            f"The file starts like JSON but is not valid: {error.msg}",
            where=f"{source.name}, line {error.lineno}",
        ) from error
    except RecursionError as error:
        raise InputError("The JSON is nested too deeply", where=source.name) from error
    except ValueError as error:  # a whole number of thousands of digits
        raise InputError("The JSON holds a number too long to read", where=source.name) from error
