"""JSON as a list of records: one object a line, streamed, or an array within a document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from freehold.errors import InputError
from freehold.importers.source import Source

MAX_LINE_CHARS = 16 * 1024**2
NOT_JSON = "not understood: the line is not valid JSON"
TOO_LONG = "not understood: the line is longer than 16 MiB"


class BadLine(str):
    """Why a line holds no record; `raw` is its beginning."""

    raw: str = ""


def parse(line: str) -> Any:
    """Parse one JSON value; NaN and infinity become null.

    Raises:
        ValueError: it is not valid JSON, or nested too deeply.
    """
    try:
        return json.loads(line, parse_constant=lambda _: None)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def first_of_lines(source: Source) -> dict[str, Any] | None:
    """Return the first object of a file with one object a line; None for any other file."""
    lines = source.head.splitlines()
    filled = [line for line in lines if line.strip()]
    if len(filled) < 2:
        return None
    try:
        first = parse(filled[0])
    except ValueError:
        return None
    if not isinstance(first, dict) or filled[1].lstrip()[:1] != "{":
        return None
    return first


def records(source: Source) -> Iterator[Any]:
    """Yield the value of each line that is not blank, a BadLine where it is none; flat memory.

    Raises:
        InputError: the last line is not valid JSON: the file is cut off.
    """
    bad: BadLine | None = None
    number = 0
    with source.text_path.open(encoding="utf-8", newline="\n") as stream:
        while line := stream.readline(MAX_LINE_CHARS + 1):
            number += 1
            if bad is not None and line.strip():
                yield bad
                bad = None
            if len(line) > MAX_LINE_CHARS:
                while line and not line.endswith("\n"):
                    line = stream.readline(MAX_LINE_CHARS)
                yield _bad(TOO_LONG, "")
                continue
            if not line.strip():
                continue
            try:
                value = parse(line)
            except ValueError:
                bad = _bad(NOT_JSON, line[:2000])
                continue
            yield value
    if bad is not None:
        raise InputError(
            "The last line is not valid JSON: the file is cut off",
            where=f"{source.name}, line {number}",
            mend="Export or copy it again",
        )


def _bad(reason: str, raw: str) -> BadLine:
    entry = BadLine(reason)
    entry.raw = raw
    return entry
