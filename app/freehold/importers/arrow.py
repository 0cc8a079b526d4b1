"""Arrow IPC files (.arrow, .feather) and streams, rewritten as Parquet batch by batch."""

from __future__ import annotations

from pathlib import Path

from freehold.errors import InputError

FILE_MAGIC = b"ARROW1\x00\x00"
STREAM_START = b"\xff\xff\xff\xff"
ROWS_IN_MEMORY = 100_000


def to_parquet(path: Path, target: Path, name: str) -> None:
    """Write the record batches of an Arrow file or stream as Parquet; memory stays flat.

    Raises:
        InputError: the file is damaged, or holds a kind of column that Parquet has no room for.
    """
    from arro3 import io

    with path.open("rb") as stream:
        whole = stream.read(len(FILE_MAGIC)) == FILE_MAGIC
    try:
        reader = io.read_ipc(path) if whole else io.read_ipc_stream(path)
        io.write_parquet(reader, target, compression="snappy", max_row_group_size=ROWS_IN_MEMORY)
    except BaseException as error:
        # The reader's own failures are plain exceptions, except that it panics on some damage.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise InputError(
            "The Arrow file is cut off, damaged, or holds a kind of column Freehold does not read",
            where=name,
            mend="Export it again, or as Parquet or CSV",
        ) from error
