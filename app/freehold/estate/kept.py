"""Databases that cost more to make than to copy, kept in the user's cache folder between runs.

Losing one, or being unable to write it, costs time only. Who reads one checks that it was made
from what there is now. They hold what a document holds, so they lie in a folder that only its user
can enter; with FREEHOLD_KEEP=no none is read or written.
"""

import contextlib
import hashlib
import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

import freehold
from freehold.estate.sql import literal, quoted
from freehold.resources import user_cache_folder

_MOST = 24
"""Databases kept of a kind; those used least recently go first."""

_numbers = itertools.count()


def name_of(parts: Iterable[str]) -> str:
    """Return the name for a database that depends on these parts."""
    told = (freehold.__version__, duckdb.__version__, *parts)
    return hashlib.sha256("\x00".join(told).encode()).hexdigest()[:40]


def attach(connection: duckdb.DuckDBPyConnection, kind: str, name: str) -> str | None:
    """Attach a kept database to read from; return its SQL name, or None if there is none."""
    path = _file(kind, name)
    database = f"kept_{next(_numbers)}"
    try:
        if not _is_wanted():
            return None
        os.utime(path)
        connection.execute(f"ATTACH {literal(str(path))} AS {database} (READ_ONLY)")
    except (duckdb.Error, OSError):
        return None
    return database


def file_of(kind: str, name: str) -> tuple[int, int, int] | None:
    """Return what tells the file of a kept database from one that takes its place."""
    with contextlib.suppress(OSError):
        told = _file(kind, name).stat()
        return told.st_dev, told.st_ino, told.st_size
    return None


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, kind: str, name: str) -> Iterator[str | None]:
    """Attach a kept database for a while; gives its SQL name, or None if there is none."""
    database = attach(connection, kind, name)
    try:
        yield database
    finally:
        if database is not None:
            detach(connection, database)


def detach(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Let go of an attached database, if it still is one."""
    with contextlib.suppress(duckdb.Error):
        connection.execute(f"DETACH {database}")


def keep(
    connection: duckdb.DuckDBPyConnection, kind: str, name: str, tables: Mapping[str, str]
) -> None:
    """Keep copies of tables and views under these names; what stands for each is its SQL name."""
    path = _file(kind, name)
    if not _is_wanted():
        return
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    database = f"kept_{next(_numbers)}"
    with contextlib.suppress(duckdb.Error, OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        cursor = connection.cursor()  # an error must not end a transaction of the workspace
        try:
            # Small blocks: most of these tables have few rows.
            cursor.execute(f"ATTACH {literal(str(beside))} AS {database} (BLOCK_SIZE 16384)")
            cursor.execute("BEGIN TRANSACTION")
            for table, source in tables.items():
                cursor.execute(f"CREATE TABLE {database}.{quoted(table)} AS FROM {source}")
            cursor.execute("COMMIT")
        finally:
            cursor.close()
            detach(connection, database)
        beside.replace(path)
        for old in _by_use(path.parent)[_MOST:]:
            old.unlink(missing_ok=True)
    for left in (beside, beside.with_name(f"{beside.name}.wal")):  # of a write that failed
        with contextlib.suppress(OSError):
            left.unlink(missing_ok=True)


def _is_wanted() -> bool:
    return os.environ.get("FREEHOLD_KEEP", "").lower() != "no"


def _file(kind: str, name: str) -> Path:
    return user_cache_folder() / kind / f"{name}.duckdb"


def _by_use(folder: Path) -> list[Path]:
    """Return the databases of a folder, those used last first."""
    used = []
    with contextlib.suppress(OSError):
        for path in folder.glob("*.duckdb"):
            with contextlib.suppress(OSError):
                used.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(used, reverse=True)]
