"""How long the catalogue takes to open in a new database."""

from pathlib import Path

from freehold.catalogue import info, open_catalogue
from freehold.estate.workspace import connect
from tests.bench.figures import Figure, counted, peak_memory, timed


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Open the whole catalogue in a new database each time; `size` and `folder` mean nothing."""
    connection = connect()
    first = timed("first load", 1, lambda: open_catalogue(connection))
    warm = timed("load", runs, lambda: open_catalogue(connect()))
    rows = info(connection).rows
    return [first, warm, counted("rows", "rows", rows), peak_memory()]
