"""Where a document's parts are read with suspicion: databases that reach nothing but their files.

To make such a database takes longer than most of what is done in it. One that was given back
without an error is emptied and used again, so all of a process may read below one private folder.
"""

import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from freehold.estate.sql import literal, quoted

MEMORY_LIMIT = "4GB"
MOST_MILLISECONDS_PER_QUERY = 300_000

_MOST_FREE = 4
"""Databases that wait to be used again; each keeps a megabyte or two."""


@dataclass(eq=False)
class _Room:
    """A folder that only this user can enter, and databases locked to it that nobody uses."""

    folder: Path
    free: list[duckdb.DuckDBPyConnection] = field(default_factory=list)

    def close(self) -> None:
        for connection in self.free:
            connection.close()
        self.free.clear()


_rooms: dict[str, _Room] = {}
_guard = threading.Lock()


def _room() -> _Room:
    """Return the room below the folder for temporary files as it is set now."""
    parent = tempfile.gettempdir()
    with _guard:
        room = _rooms.get(parent)
        if room is None or not room.folder.is_dir():  # cleaned away under a window open for days
            if room is not None:
                room.close()
            folder = Path(tempfile.mkdtemp(prefix="freehold-", dir=parent)).resolve()
            room = _rooms[parent] = _Room(folder)
            weakref.finalize(room, _leave, folder, room.free)
        return room


def _leave(folder: Path, free: list[duckdb.DuckDBPyConnection]) -> None:
    for connection in free:
        connection.close()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def private_folder() -> Iterator[Path]:
    """Give a temporary folder that only this user can enter."""
    with tempfile.TemporaryDirectory(dir=_room().folder, ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def sandbox() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give an empty database that reaches no file but those in private folders."""
    room = _room()
    with _guard:
        connection = room.free.pop() if room.free else None
    connection = connection or _locked(room.folder)
    try:
        yield connection
        is_clean = _emptied(connection)
    except BaseException:
        connection.close()
        raise
    with _guard:
        if is_clean and len(room.free) < _MOST_FREE:
            room.free.append(connection)
            return
    connection.close()


def _locked(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    spill = literal(str(folder / "spill"))
    settings = (
        "enable_progress_bar = false",
        f"allowed_directories = [{literal(str(folder))}]",
        f"temp_directory = {spill}",
        "max_temp_directory_size = '4GB'",
        "enable_external_access = false",
        "enable_external_file_cache = false",
        "python_enable_replacements = false",
        # Both look at statistics, by which equal rows would be written as different bytes.
        "disabled_optimizers = 'statistics_propagation,compressed_materialization'",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        f"memory_limit = '{MEMORY_LIMIT}'",
        f"max_execution_time = {MOST_MILLISECONDS_PER_QUERY}",
        "lock_configuration = true",
    )
    connection.execute("; ".join(f"SET {setting}" for setting in settings))
    return connection


def _emptied(connection: duckdb.DuckDBPyConnection) -> bool:
    """Drop what a database holds; return whether nothing is left."""
    held = (
        "SELECT 'VIEW', schema_name, view_name FROM duckdb_views() WHERE NOT internal"
        " UNION ALL SELECT 'TABLE', schema_name, table_name FROM duckdb_tables()"
    )
    try:
        for kind, schema, name in connection.execute(held).fetchall():
            connection.execute(f"DROP {kind} {quoted(schema)}.{quoted(name)}")
        return not connection.execute(held).fetchall()
    except duckdb.Error:
        return False
