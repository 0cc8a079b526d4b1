"""What one reader is given: its database, the import's id and the source's number in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from freehold.importers.account import IMPORTER_VERSION


@dataclass(frozen=True)
class Job:
    """The surroundings of one source within an import.

    `connection` is private to the import and holds the lookup tables; `workroom` is a folder that
    disappears afterwards; `profile` is a column mapping, for the formats that take one.
    """

    connection: duckdb.DuckDBPyConnection
    workroom: Path
    import_id: str
    number: int = 0
    profile: Any = None
    version: str = field(default=IMPORTER_VERSION)
