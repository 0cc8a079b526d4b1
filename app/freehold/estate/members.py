"""A document's tables as Parquet members: written from a workspace, read with suspicion."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from freehold.errors import DocumentError
from freehold.estate import dictionary
from freehold.estate.dictionary import Column, Table
from freehold.estate.migrations import Draft
from freehold.estate.rows import outside_domain_sql
from freehold.estate.sandbox import sandbox
from freehold.estate.sql import literal, one, qualified, quoted

MOST_ROWS = 20_000_000

_TABLE_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MEMBER = re.compile(r"tables/(?P<table>.+)\.parquet")

Fingerprint = tuple[int, int]
"""Rows of a table, and the sum of their hashes."""


def member_name(table: str) -> str:
    """Return the member that holds a table."""
    return f"tables/{table}.parquet"


_MOST_DIGESTED = 4 * 1024**2
_SOUND: set[bytes] = set()
"""Parts of documents found sound and clean: opened again, they need no second look."""


def table_of(member: str) -> str | None:
    """Return the table that a member holds, or None if it is something else."""
    found = _MEMBER.fullmatch(member)
    return found["table"] if found and _TABLE_NAME.fullmatch(found["table"]) else None


def write_tables(
    connection: duckdb.DuckDBPyConnection, schema: str, folder: Path
) -> dict[str, tuple[Path, Fingerprint]]:
    """Write each table that has rows to a Parquet file; rows stand in the order of their key.

    The bytes depend on the rows alone. A table's history (rows deleted, values widened) would
    otherwise show, so a sandbox writes the files from plain copies.
    """
    written = {}
    with sandbox() as private:
        for table in dictionary.tables().values():
            source = qualified(schema, table.name)
            if connection.execute(f"SELECT 1 FROM {source} LIMIT 1").fetchone() is None:
                continue
            plain, path = folder / f"{table.name}.plain", folder / f"{table.name}.parquet"
            rows = f"SELECT {_columns(table)} FROM {source}"
            _write(connection, rows, plain)
            ordered = f"SELECT * FROM {_file_sql(plain)} ORDER BY {_names(table.key)}"
            _write(private, ordered, path)
            plain.unlink()
            written[table.name] = (path, fingerprint(connection, table, f"({rows})"))
    return written


def fingerprint(connection: duckdb.DuckDBPyConnection, table: Table, source: str) -> Fingerprint:
    """Return what tells whether two copies of a table hold the same rows."""
    rows, total = one(
        connection,
        f"SELECT count(*), coalesce(sum(hash({_names(table.column_names)})), 0) FROM {source}",
    )
    return int(rows), int(total)


def member_file(folder: Path, table: str) -> Path:
    """Return where `lay_out` puts the member of a table."""
    return folder / f"member_{table}.parquet"


@dataclass(frozen=True, slots=True)
class Sound:
    """A table of a draft that was found sound, and which columns of it the dictionary knows.

    `is_clean` says that its member may be read as it is; `clean_file` gives what to read otherwise.
    """

    table: Table
    columns: list[Column]
    is_clean: bool


def lay_out(
    connection: duckdb.DuckDBPyConnection, members: dict[str, bytes], folder: Path, where: str
) -> dict[str, bytes]:
    """Make a view of each Parquet member in a sandbox; return the members that are no table.

    Raises:
        DocumentError: a member is not a Parquet file, or there are more rows than allowed.
    """
    others: dict[str, bytes] = {}
    total = 0
    for name, data in sorted(members.items()):
        table = table_of(name)
        if table is None:
            others[name] = data
            continue
        path = member_file(folder, table)
        path.write_bytes(data)
        file = literal(str(path))
        try:
            total += int(
                one(connection, f"SELECT sum(num_rows) FROM parquet_file_metadata({file})")[0]
            )
            if not 0 <= total <= MOST_ROWS:
                raise DocumentError(
                    f"The document says it has more than {MOST_ROWS:,} rows",
                    where=f"{where}, {name}",
                )
            connection.execute(f"CREATE VIEW {quoted(table)} AS SELECT * FROM {_file_sql(path)}")
        except duckdb.Error as error:
            raise _unreadable(error, name, where) from error
    return others


def check_tables(
    draft: Draft, members: Mapping[str, bytes], where: str, *, migrated: bool = False
) -> list[Sound]:
    """Check each table of a draft against the dictionary; return those known.

    What the dictionary does not know is kept as an attachment `unknown/...` and told in a notice.
    Tables that were `migrated` are not what the members hold.

    Raises:
        DocumentError: a table lacks its key or repeats one, a column has another type, or a
            value lies outside its domain.
    """
    known = []
    types = _types(draft.connection)
    for name in table_names(draft.connection):
        table = dictionary.tables().get(name)
        if table is None:
            keep_unknown(draft, member_name(name), members, f"The table {name}")
            continue
        try:
            columns = _known_columns(draft, table, types[name], where, members)
            seen = None if migrated else _digest(table, columns, members)
            is_clean = seen in _SOUND or _check_rows(draft, table, columns, where)
            if is_clean and seen is not None:
                _SOUND.add(seen)
        except duckdb.Error as error:
            raise _unreadable(error, member_name(name), where) from error
        known.append(Sound(table, columns, is_clean and not migrated))
    return known


def clean_file(
    connection: duckdb.DuckDBPyConnection, sound: Sound, folder: Path, where: str
) -> Path:
    """Return a file with a checked table of a sandbox, without blank texts and endless numbers.

    Raises:
        DocumentError: the table cannot be read, or the disk is full.
    """
    table, columns = sound.table, sound.columns
    if sound.is_clean:
        return member_file(folder, table.name)
    path = folder / f"clean_{table.name}.parquet"
    chosen = ", ".join(_clean_sql(column) for column in columns)
    try:
        _write(connection, f"SELECT {chosen} FROM {quoted(table.name)}", path)
    except duckdb.Error as error:
        raise _unreadable(error, member_name(table.name), where) from error
    return path


def keep_unknown(draft: Draft, member: str, members: Mapping[str, bytes], what: str) -> None:
    """Keep something the dictionary does not know as an attachment, and say so."""
    name = f"unknown/{member}"
    if member in members:  # a table that a migration made has no member
        draft.attachments[name] = members[member]
    draft.notices.append(
        f"{what} is not known to this version of Freehold; it is kept as the attachment {name}."
    )


def is_disk_full(error: duckdb.Error) -> bool:
    """Return whether a query ended because nothing more could be written."""
    return any(words in str(error) for words in ("No space left", "File too large", "disk is full"))


def table_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the tables of a draft, in the dictionary's order, unknown ones last."""
    found = {
        str(row[0])
        for row in connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'"
        ).fetchall()
    }
    known = [name for name in dictionary.tables() if name in found]
    return known + sorted(found - set(known))


def _digest(table: Table, columns: Sequence[Column], members: Mapping[str, bytes]) -> bytes | None:
    """Return what tells a part of a document, to be checked once only; None for a large one."""
    data = members.get(member_name(table.name))
    if data is None or len(data) > _MOST_DIGESTED:
        return None
    names = ",".join(column.name for column in columns)
    return hashlib.sha256(f"{table.name}:{names}:".encode() + data).digest()


def _types(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Return the type of each column of a draft's tables, in their order."""
    types: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'main' ORDER BY table_name, ordinal_position"
    ).fetchall():
        types.setdefault(str(table), {})[str(column)] = str(kind)
    return types


def _known_columns(
    draft: Draft,
    table: Table,
    types: Mapping[str, str],
    where: str,
    members: Mapping[str, bytes],
) -> list[Column]:
    if missing := [name for name in table.key if name not in types]:
        raise DocumentError(
            f"The document's table {table.name} has no column {missing[0]}", where=where
        )
    unknown = [name for name in types if name not in table.column_names]
    if unknown:
        what = f"Of the table {table.name}, the column {', '.join(unknown)}"
        keep_unknown(draft, member_name(table.name), members, what)
    columns = [column for column in table.columns if column.name in types]
    for column in columns:
        if types[column.name] != column.sql_type:
            raise DocumentError(
                f"The column {column.name} of the document's table {table.name} has the type"
                f" {types[column.name]}, not {column.sql_type}",
                where=where,
            )
    return columns


def _check_rows(draft: Draft, table: Table, columns: list[Column], where: str) -> bool:
    """Return whether the rows can stay as they are; raises if they cannot be taken at all."""
    checks = [
        (f"count(*) FILTER (WHERE {quoted(name)} IS NULL)", f"its key {name} is blank")
        for name in table.key
    ]
    for column in columns:
        outside = outside_domain_sql(column, quoted(column.name))
        if outside is not None:
            says = f"{column.name} lies outside {column.domain}"
            checks.append((f"count(*) FILTER (WHERE {outside})", says))
    numbers = [column.name for column in columns if column.type == "num"]
    texts = [column.name for column in columns if column.type == "text"]
    keys = _names(table.key)
    # One statement: to read a table again costs more than all there is to count in it.
    counts = [
        *(sql for sql, _ in checks),
        *(f"count(*) FILTER (WHERE NOT isfinite(raw.{quoted(name)}))" for name in numbers),
        " + ".join(["0", *(f"count(*) FILTER (WHERE raw.{quoted(n)} = '')" for n in texts)]),
        f"count(*) - count(DISTINCT {_tuple(table.key)})",
    ]
    clean = ", ".join(_clean_sql(column) for column in columns)
    raw = ", ".join(f"{literal(name)}: {quoted(name)}" for name in numbers + texts)
    found = one(
        draft.connection,
        f"SELECT {', '.join(counts)} FROM"
        f" (SELECT {clean}{f', {{{raw}}} AS raw' if raw else ''} FROM {quoted(table.name)})",
    )
    for (_, says), count in zip(checks, found[: len(checks)], strict=True):
        if count:
            raise DocumentError(
                f"In {count} rows of the document's table {table.name}, {says}", where=where
            )
    draft.notices += [
        f"{count} values of {table.name}.{name} were not finite numbers and are now unknown."
        for name, count in zip(numbers, found[len(checks) : -2], strict=True)
        if count
    ]
    if found[-1]:
        twice = one(
            draft.connection,
            f"SELECT {keys} FROM {quoted(table.name)} GROUP BY {keys} HAVING count(*) > 1"
            f" ORDER BY {keys} LIMIT 1",
        )
        raise DocumentError(
            f"The document's table {table.name} has the key"
            f" {', '.join(str(part) for part in twice)} twice",
            where=where,
        )
    return not any(found[len(checks) :])


def _tuple(names: tuple[str, ...]) -> str:
    return quoted(names[0]) if len(names) == 1 else f"({_names(names)})"


def _clean_sql(column: Column) -> str:
    """Return SQL for a column as the document holds it: no blank texts, no endless numbers."""
    name = quoted(column.name)
    if column.type == "text":
        return f"nullif({name}, '') AS {name}"
    if column.type == "num":
        return f"CASE WHEN isfinite({name}) THEN {name} END AS {name}"
    return name


def _columns(table: Table) -> str:
    return ", ".join(_clean_sql(column) for column in table.columns)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(quoted(name) for name in names)


def _file_sql(path: Path) -> str:
    return f"read_parquet({literal(str(path))}, hive_partitioning = false)"


def _write(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> None:
    connection.execute(
        f"COPY ({sql}) TO {literal(str(path))}"
        " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    )


def _unreadable(error: duckdb.Error, member: str, where: str) -> DocumentError:
    if is_disk_full(error):
        return DocumentError("The disk is full, so the document cannot be unpacked", where=where)
    return DocumentError(
        f"The document's part {member} cannot be read",
        where=where,
        mend="Open one of its backups (.bak1 to .bak3) or another copy",
    )
