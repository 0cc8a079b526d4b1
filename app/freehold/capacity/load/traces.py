"""Recorded requests in the formats of the public traces."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from freehold.capacity.columns import Bools, Floats
from freehold.capacity.load.requests import Requests
from freehold.errors import InputError

MOST_ROWS: Final = 2_000_000
_LARGEST = 1e9


@dataclass(frozen=True)
class _Format:
    """One way to write a trace: its columns and how many of its time unit make a second."""

    name: str
    time: str
    prompt: str
    output: str
    per_s: float | None
    blocks: str | None = None


FORMATS: Final = (
    _Format("Azure LLM inference trace", "TIMESTAMP", "ContextTokens", "GeneratedTokens", None),
    _Format("Mooncake trace", "timestamp", "input_length", "output_length", 1e3, "hash_ids"),
    _Format("BurstGPT", "Timestamp", "Request tokens", "Response tokens", 1.0),
)
"""Azure/AzurePublicDataset (2023 and 2024; date and time), kvcache-ai/Mooncake (FAST25-release;
milliseconds, a block has 512 tokens), HPMLL/BurstGPT (seconds)."""


@dataclass(frozen=True)
class BrokenRow:
    """A row that is not taken: its line in the file and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Trace:
    """A trace as read; `broken` rows are not among the requests."""

    path: Path
    requests: Requests
    form: str
    rows: int
    broken: tuple[BrokenRow, ...]
    was_ordered: bool


def read_trace(path: Path) -> Trace:
    """Read a trace, CSV or one JSON object per line.

    A broken row is left out and told; requests are put in order of time.

    Raises:
        InputError: it cannot be read, has no known columns, no usable row, or over 2,000,000 rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.read(4096).lstrip()
            file.seek(0)
            rows = list(_json_rows(file) if first.startswith("{") else _csv_rows(file))
    except FileNotFoundError as error:
        raise InputError("There is no such trace", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("The trace is not a text in UTF-8", where=str(path)) from error
    except (csv.Error, OSError) as error:
        raise InputError(f"The trace cannot be read: {error}", where=str(path)) from error
    if not rows:
        raise InputError("The trace has no rows", where=str(path), mend=_advice())
    if len(rows) > MOST_ROWS:
        raise InputError(f"The trace has over {MOST_ROWS:,} rows", where=str(path), mend="Cut it")
    return _Reading(rows, path).trace()


def _advice() -> str:
    known = "; ".join(f"{f.time},{f.prompt},{f.output} ({f.name})" for f in FORMATS)
    return f"Give a CSV or one JSON object per line with the columns {known}"


Row = tuple[int, dict[str, Any], str]
"""Line, cells, and why the line cannot be read at all (or nothing)."""


def _csv_rows(file: Any) -> Iterator[Row]:
    reader = csv.reader(file)
    header: list[str] = []
    for cells in reader:
        if not cells or not any(cells):
            continue
        if not header:
            header = [cell.strip() for cell in cells]
            continue
        wrong = "" if len(cells) == len(header) else f"{len(cells)} cells, not {len(header)}"
        yield reader.line_num, dict(zip(header, cells, strict=False)), wrong


def _json_rows(file: Any) -> Iterator[Row]:
    for line, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            yield line, found, ""
        else:
            yield line, {}, "not a JSON object"


class _Reading:
    def __init__(self, rows: list[Row], path: Path) -> None:
        self.rows, self.path = rows, path
        self.reasons = [wrong for _, _, wrong in rows]
        columns = set().union(*(cells.keys() for _, cells, _ in rows[:100]))
        known = [f for f in FORMATS if {f.time, f.prompt, f.output} <= columns]
        if not known:
            there = ", ".join(sorted(columns)[:8]) or "none"
            raise InputError(
                f"The trace has none of the known sets of columns; there are {there}",
                where=str(path),
                mend=_advice(),
            )
        self.form = known[0]

    def trace(self) -> Trace:
        form = self.form
        seconds = self._seconds()
        prompt = self._whole(form.prompt, least=1)
        output = self._whole(form.output, least=0)
        blocks = self._blocks() if form.blocks else None
        good: Bools = np.array([not reason for reason in self.reasons], dtype=np.bool_)
        broken = tuple(
            BrokenRow(line, reason)
            for (line, _, _), reason in zip(self.rows, self.reasons, strict=True)
            if reason
        )
        if not good.any():
            raise InputError(
                f"The trace has no usable row; line {broken[0].line}: {broken[0].reason}",
                where=str(self.path),
            )
        kept = np.flatnonzero(good)
        order = kept[np.argsort(seconds[kept], kind="stable")]
        made = Requests.of(
            seconds[order] - seconds[order[0]],
            prompt[order].astype(np.int64),
            output[order].astype(np.int64),
        )
        if blocks is not None and any(blocks):
            chosen = tuple(blocks[i] for i in order)
            made = Requests(
                made.arrival_s,
                made.prompt,
                made.output,
                made.priority,
                _sessions(chosen),
                chosen,
            )
        ordered = bool((order == kept).all())
        return Trace(self.path, made, form.name, len(self.rows), broken, ordered)

    def _texts(self, column: str) -> list[str]:
        return [str(cells.get(column, "")).strip() for _, cells, _ in self.rows]

    def _blame(self, where: Bools, say: Any) -> None:
        for row in np.flatnonzero(where):
            if not self.reasons[row]:
                self.reasons[row] = say(row)

    def _numbers(self, column: str, texts: list[str]) -> Floats:
        read = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
        values = np.asarray(read, dtype=np.float64)
        self._blame(
            ~np.isfinite(values),
            lambda row: (
                f"{column} is not a number: '{texts[row][:40]}'"
                if texts[row]
                else f"{column} is missing"
            ),
        )
        return values

    def _whole(self, column: str, least: int) -> Floats:
        texts = self._texts(column)
        values = self._numbers(column, texts)
        with np.errstate(invalid="ignore"):
            wrong = (values < least) | (values > _LARGEST) | (values != np.floor(values))
        self._blame(
            wrong, lambda row: f"{column} cannot be {texts[row][:40]}: a count of tokens is needed"
        )
        return values

    def _seconds(self) -> Floats:
        column, texts = self.form.time, self._texts(self.form.time)
        if self.form.per_s is not None:
            values = self._numbers(column, texts) / self.form.per_s
            self._blame(np.abs(values) > 1e12, lambda row: f"{column} cannot be {texts[row][:40]}")
            return values
        moments = pd.to_datetime(
            pd.Series(texts, dtype=object), format="ISO8601", utc=True, errors="coerce"
        )
        self._blame(
            moments.isna().to_numpy(),
            lambda row: (
                f"{column} is not a date and time: '{texts[row][:40]}'"
                if texts[row]
                else f"{column} is missing"
            ),
        )
        since = (moments - moments.min()).dt.total_seconds()
        return np.asarray(since, dtype=np.float64)

    def _blocks(self) -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        column = self.form.blocks or ""
        for row, (_, cells, _) in enumerate(self.rows):
            value = cells.get(column)
            if isinstance(value, str):
                value = re.findall(r"[^\s,;\[\]]+", value)
            try:
                found.append(tuple(int(part) for part in value or ()))
            except (TypeError, ValueError):
                found.append(())
                if not self.reasons[row]:
                    self.reasons[row] = f"{column} is not a list of numbers"
        return found


def _sessions(blocks: tuple[tuple[int, ...], ...]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the second block as the session: the first is often a prompt that all share."""
    firsts = [ids[min(1, len(ids) - 1)] if ids else -1 for ids in blocks]
    _, session = np.unique(np.array(firsts, dtype=np.int64), return_inverse=True)
    return np.asarray(session, dtype=np.int64)
