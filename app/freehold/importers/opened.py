"""A source looked into far enough to tell what it is: column names, JSON or workbook."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import duckdb

from freehold.errors import InputError
from freehold.importers import duckfile
from freehold.importers.csvfile import header_of, literal, sniff_delimiter, unique_names
from freehold.importers.json_lines import first_of_lines
from freehold.importers.source import Source, examine
from freehold.importers.workbook import check_workbook
from freehold.importers.zipfiles import check_zip, is_package

JSON_LIMIT_BYTES = 512 * 1024**2
MAX_JSON_DEPTH = 200

Shape = Literal["csv", "parquet", "json", "ndjson", "workbook", "package", "database"]


@dataclass(frozen=True)
class Opened:
    """A source and its shape; `names` are column names, `document` is parsed JSON.

    Of a file with one JSON object a line (`ndjson`) the document is the first object. Of a
    `database` there are `tables`; picking one of them makes it a Parquet file yet to be written.
    """

    source: Source
    shape: Shape
    names: tuple[str, ...] = ()
    delimiter: str = ","
    document: Any = None
    tables: tuple[duckfile.Table, ...] = ()

    @property
    def identity(self) -> str:
        """What tells two sources apart: the file's hash and the table picked of it."""
        return "#".join([self.source.sha256, *(table.label for table in self.tables)])


def open_source(path: Path, workroom: Path, *, number: int = 0) -> Opened:
    """Look into a file; one table of a database is named after '#', as in FILE.duckdb#TABLE.

    Raises:
        InputError: the file cannot be used, in one sentence.
    """
    path, table = _table_named(path)
    source = examine(path, workroom, number=number)
    if source.content == "database":
        return Opened(source, "database", tables=duckfile.tables_of(source, table))
    if table is not None:
        raise InputError(
            "Only of a database can a table be named after '#'", where=f"{source.name}#{table}"
        )
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


def _table_named(path: Path) -> tuple[Path, str | None]:
    """Split FILE#TABLE, unless a file has that very name."""
    name, mark, table = path.name.partition("#")
    file = path.with_name(name) if name else path
    if not mark or not table or _exists(path) or not _exists(file):
        return path, None
    return file, table


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def pick(opened: Opened, fits: Callable[[Opened], bool]) -> Opened:
    """Return a database's only table, or the only one that fits; its Parquet is not written yet.

    Raises:
        InputError: several tables are to be chosen from.
    """
    entries = [
        replace(
            opened,
            source=replace(opened.source, name=f"{opened.source.name}#{table.label}"),
            shape="parquet",
            names=table.columns,
            tables=(table,),
        )
        for table in opened.tables
    ]
    fitting = entries if len(entries) == 1 else [entry for entry in entries if fits(entry)]
    if len(fitting) == 1:
        return fitting[0]
    choice = [table for entry in fitting or entries for table in entry.tables]
    raise InputError(
        f"The database holds {len(choice)} tables to choose from: {duckfile.names_of(choice)}",
        where=opened.source.name,
        mend=f"Name one after '#', as in {opened.source.path.name}#{choice[0].label}",
    )


def with_table(opened: Opened, workroom: Path, *, number: int = 0) -> Opened:
    """Write the table picked of a database as Parquet; any other source stays as it is.

    Raises:
        InputError: the table is damaged or too large.
    """
    if not opened.tables:
        return opened
    target = workroom / f"{number}-table.parquet"
    duckfile.copy_out(opened.source, opened.tables[0], target)
    return replace(opened, source=replace(opened.source, text_path=target, content="parquet"))


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
