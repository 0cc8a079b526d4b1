"""Saving a document with a generated estate, and opening it again."""

from itertools import count
from pathlib import Path

from freehold.estate import document
from tests.bench.estates import generated_workspace
from tests.bench.figures import Figure, counted, peak_memory, timed


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Save `size` resources to a new file each time, then load the first file each time."""
    workspace = generated_workspace(size)
    numbers = count()
    save = timed(
        "save", runs, lambda: document.save(workspace, folder / f"{next(numbers)}.freehold")
    )
    workspace.close()
    saved = folder / "0.freehold"
    # Closed at once, else each load would stand beside those before it in memory.
    load = timed("load", runs, lambda: document.close(document.load(saved, lock=False)))
    return [
        save,
        load,
        counted("file", "MiB", saved.stat().st_size / 2**20),
        peak_memory(),
    ]
