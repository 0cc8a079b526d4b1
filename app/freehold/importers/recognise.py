"""Tell the kind of a file by its content; its name never matters."""

from __future__ import annotations

import tempfile
from pathlib import Path

from freehold.importers.opened import open_source
from freehold.importers.registry import settle


def recognise(path: Path | str) -> str:
    """Return the kind of a file, as `read` would choose it.

    Raises:
        InputError: the file cannot be used, or is of no kind Freehold reads.
    """
    with tempfile.TemporaryDirectory(prefix="freehold-") as workroom:
        opened = open_source(Path(path), Path(workroom))
        return settle(opened, None, None)[1].kind
