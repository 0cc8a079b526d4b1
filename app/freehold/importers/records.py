"""The records of a source as one DuckDB relation, whatever the file is made of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import duckdb

from freehold.errors import InputError
from freehold.importers.csvfile import literal, quoted, scan
from freehold.importers.opened import Opened

MAX_RECORD_BYTES = 16 * 1024**2
# A character no text holds, so that each line of a file is one field.
_NEVER = "\\x01"
_SPOILT = "freehold spoilt line"


@dataclass(frozen=True)
class Records:
    """`relation` is what stands after FROM: one row per record, in the order of the file.

    `names` are its columns; those in `nested` are maps, lists or structures rather than plain
    values. `from_text` says that records may be rejected, as those of CSV may; `spoilt` is the
    column that holds the text of a record that could not be read, as a line of JSON may be.
    """

    relation: str
    names: tuple[str, ...]
    nested: frozenset[str] = frozenset()
    from_text: bool = False
    spoilt: str | None = None


def records_of(opened: Opened, wanted: tuple[str, ...] = ()) -> Records:
    """Return the records of a table, or of JSON objects the keys in `wanted`.

    Raises:
        InputError: the source holds no records of its own (a workbook).
    """
    if opened.shape == "csv":
        names = opened.names
        return Records(scan(opened.source, list(names), opened.delimiter), names, from_text=True)
    path = literal(str(opened.source.text_path))
    if opened.shape == "parquet":
        return Records(f"read_parquet({path})", opened.names, _nested(opened))
    if opened.shape in ("ndjson", "json"):
        relation = _objects(opened, path, wanted)
        return Records(relation, wanted, frozenset(wanted), spoilt=_SPOILT)
    raise InputError("This kind of file holds no table", where=opened.source.name)


def _nested(opened: Opened) -> frozenset[str]:
    """Return the columns that hold more than a plain value."""
    try:
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"DESCRIBE FROM read_parquet({literal(str(opened.source.text_path))})"
            ).fetchall()
    except duckdb.Error as error:
        raise InputError(
            "The Parquet file is damaged", where=opened.source.name, mend="Export it again"
        ) from error
    return frozenset(
        name for name, kind, *_ in rows if kind.startswith(("MAP", "STRUCT")) or kind.endswith("]")
    )


def _objects(opened: Opened, path: str, wanted: tuple[str, ...]) -> str:
    """Read JSON objects, parsed once each; what is no object gives a record of NULLs."""
    lines = (
        f"read_csv({path}, auto_detect=false, header=false, delim='{_NEVER}', quote='', escape='', "
        f"columns={{'line': 'VARCHAR'}}, max_line_size={MAX_RECORD_BYTES}, compression='none')"
        if opened.shape == "ndjson"
        else f"(SELECT json::VARCHAR AS line FROM read_json_objects({path}, format='"
        f"{'array' if isinstance(opened.document, list) else 'unstructured'}', "
        f"maximum_object_size={MAX_RECORD_BYTES}, compression='uncompressed'))"
    )
    shape: dict[str, Any] = dict.fromkeys(wanted, "JSON")
    columns = ", ".join(f"record.{quoted(name)}" for name in wanted)
    return (
        f"(SELECT {columns}, CASE WHEN record IS NULL THEN line END AS {quoted(_SPOILT)} "
        "FROM (SELECT line, CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' "
        f"THEN json_transform(line, {literal(json.dumps(shape))}) END AS record FROM {lines} "
        "WHERE trim(line) <> ''))"
    )


class Fields:
    """Finds the columns of an export by path, however its writer spelt them.

    A path such as `project.id` is met by a column `project.id`, `project_id`, `Project ID` or
    `project/Id` (letters and digits count, case does not), else by the key `id` within a map,
    structure or JSON text in a column `project`.
    """

    def __init__(self, records: Records, names: dict[str, str] | None = None) -> None:
        """Take the columns of `records`; `names` gives other names for some of them."""
        self._records = records
        self._by_key: dict[str, str] = {}
        for name in records.names:
            self._by_key.setdefault(plain((names or {}).get(name, name)), name)
        self.used: set[str] = set()

    def has(self, path: str) -> bool:
        """Tell whether a column or a column that may hold the path is there."""
        return self._column(path) is not None

    def name(self, *paths: str) -> str | None:
        """Return the first column that stands for one of the paths by itself."""
        found = (self._by_key.get(plain(path)) for path in paths)
        return next((name for name in found if name), None)

    def text(self, *paths: str) -> str:
        """Return SQL for the first of the paths that has a value, as trimmed text or NULL."""
        found = [sql for sql in map(self._column, paths) if sql is not None]
        if not found:
            return "NULL::VARCHAR"
        texts = [f"nullif(nullif(trim({sql}), ''), 'NULL')" for sql in found]
        return texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"

    def json(self, path: str) -> str:
        """Return SQL for a map, list or structure as JSON text, or NULL."""
        name = self._by_key.get(plain(path))
        if name is None:
            return "NULL::VARCHAR"
        self.used.add(name)
        return f"nullif({self._as_text(name)}, '')"

    def _column(self, path: str) -> str | None:
        name = self._by_key.get(plain(path))
        if name is not None:
            self.used.add(name)
            return self._as_text(name)
        head, _, key = path.partition(".")
        name = self._by_key.get(plain(head)) if key else None
        if name is None:
            return None
        self.used.add(name)
        inside = f"TRY_CAST({self._as_text(name)} AS JSON)"
        steps = "".join('."' + step + '"' for step in key.split("."))
        return f"json_extract_string({inside}, {literal('$' + steps)})"

    def _as_text(self, name: str) -> str:
        if name not in self._records.nested:
            return f"{quoted(name)}::VARCHAR"
        whole = f"to_json({quoted(name)})"
        # A JSON value that is a plain text or number is that text, without quotation marks.
        return f"nullif(json_extract_string({whole}, '$'), 'null')"


def plain(name: str) -> str:
    """Return a name by its letters and digits in lower case."""
    return "".join(char for char in name.lower() if char.isalnum())
