"""Reading an answers sheet: a CSV with the columns criterion and option."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from freehold.compliance.csf.framework import Framework, shipped
from freehold.errors import InputError

_MOST_BYTES = 1_000_000
_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class SheetRecord:
    """One row of a sheet: its criterion, its option (None = undecided) and all its fields."""

    criterion: str
    option: int | None
    fields: dict[str, str]
    where: str


def read_answers(path: Path | str, framework: Framework | None = None) -> dict[str, int | None]:
    """Return criterion -> option; a blank option, or a criterion left out, is undecided.

    Raises:
        InputError: the file cannot be read, a column is missing, a criterion is unknown or stands
            twice, or an option does not exist.
    """
    frame = framework or shipped()
    answers: dict[str, int | None] = dict.fromkeys(frame.criteria)
    answers.update((record.criterion, record.option) for record in read_rows(path, frame))
    return answers


def read_rows(path: Path | str, framework: Framework | None = None) -> list[SheetRecord]:
    """Return the rows of a sheet in their order; raises InputError as `read_answers` does."""
    path = Path(path)
    frame = framework or shipped()
    found: list[SheetRecord] = []
    seen: set[str] = set()
    for line, fields in _records(path):
        where = f"{path.name}, line {line}"
        criterion = fields["criterion"]
        if criterion not in frame.criteria:
            raise InputError(
                f"There is no criterion '{criterion[:40]}'",
                where=where,
                mend="Criteria run from SOV-1.1 to SOV-8.4",
            )
        if criterion in seen:
            raise InputError(f"{criterion} stands twice", where=where, mend="Keep one row of it")
        seen.add(criterion)
        options = len(frame.criteria[criterion].options)
        option = _option(criterion, fields["option"], options, where)
        found.append(SheetRecord(criterion, option, fields, where))
    return found


def _option(criterion: str, text: str, options: int, where: str) -> int | None:
    if not text:
        return None
    number = int(text) if _NUMBER.fullmatch(text) else 0
    if not 1 <= number <= options:
        raise InputError(
            f"{criterion} has no option '{text[:40]}'",
            where=where,
            mend=f"Use a number from 1 to {options}, or leave it blank if undecided",
        )
    return number


def _records(path: Path) -> list[tuple[int, dict[str, str]]]:
    text = _text(path)
    header = text.partition("\n")[0]
    divider = ";" if ";" in header and "," not in header else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    try:
        rows = [(reader.line_num, [field.strip() for field in row]) for row in reader]
    except csv.Error as error:
        raise InputError(
            "The answers are not a well-formed CSV file",
            where=f"{path.name}, line {reader.line_num}",
            mend="Save it again as CSV",
        ) from error
    rows = [(line, row) for line, row in rows if any(row)]
    if not rows:
        raise InputError("The answers file is empty", where=path.name)
    names = [name.lower() for name in rows[0][1]]
    if missing := [name for name in ("criterion", "option") if names.count(name) != 1]:
        raise InputError(
            f"The answers need one column '{missing[0]}'",
            where=path.name,
            mend="The columns are criterion and option",
        )
    records = []
    for line, row in rows[1:]:
        if len(row) > len(names):
            raise InputError(
                f"A row has {len(row)} fields where the header has {len(names)}",
                where=f"{path.name}, line {line}",
            )
        filled = row + [""] * (len(names) - len(row))
        records.append((line, dict(zip(names, filled, strict=True))))
    return records


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise InputError(f"The answers cannot be read: {reason}", where=str(path)) from error
    if len(raw) > _MOST_BYTES:
        raise InputError("The answers file is larger than 1 MB", where=path.name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "The answers are not text in UTF-8", where=path.name, mend="Save them as UTF-8 CSV"
        ) from error
    if "\0" in text:
        raise InputError(
            "The answers are not a text file", where=path.name, mend="Save them as UTF-8 CSV"
        )
    return text
