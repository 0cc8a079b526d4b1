"""Build only those views whose inputs changed since they were built last.

Each view is remembered by what it was built from: its query and the contents of the tables and
views that it reads. An edit that leaves a view's inputs as they were leaves the view, and a
scenario takes such a view from the base.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import duckdb

from freehold.estate.sql import literal, qualified, quoted

MARKS = "built"
"""The schema that remembers what each view was built from, a table for each schema of views."""

_READ = re.compile(r"\{([ecv])\}\.\"?(\w+)")


@dataclass(frozen=True)
class Mark:
    """What a view was built from, and what it then held; both as hashes."""

    inputs: str
    content: str


@dataclass
class Building:
    """One publication: `text` gives a view's template, `query` its statement filled with `words`.

    `like` is another schema of views to take equal ones from.
    """

    connection: duckdb.DuckDBPyConnection
    schema: str
    words: Mapping[str, str]
    text: Callable[[str], str]
    query: Callable[[str, Mapping[str, str]], str]
    like: str | None = None
    built: list[str] = field(default_factory=list)
    _content: dict[str, str] = field(default_factory=dict)
    _helpers: list[str] = field(default_factory=list)

    def build(self, names: Iterable[str]) -> None:
        """Bring the views `names` up to date, in that order; helpers (`_`) do not stay."""
        wanted = list(names)
        known = self._marks(self.schema)
        others = self._marks(self.like) if self.like else {}
        kinds = self._kinds(self.schema)
        read = {name: _reads(self.text(name)) for name in wanted}
        used = {item for items in read.values() for item in items}
        self._hash_tables(sorted(item for item in used if item[0] != "v"))
        marks = dict(known)
        for name in wanted:
            inputs = self._inputs(name, read[name])
            mark, other = known.get(name), others.get(name)
            kind = kinds.get(name)
            if mark and mark.inputs == inputs and (_is_helper(name) or kind == "BASE TABLE"):
                content = mark.content
            elif other and other.inputs == inputs:
                content = other.content
                if not _is_helper(name):
                    self._take(name, kind)
            else:
                self._make(name, kind)
                content = self._hash([(self.schema, name)])[0] if ("v", name) in used else inputs
            marks[name] = Mark(inputs, content)
            self._content[f"v.{name}"] = content
        for name in reversed(self._helpers):
            self.connection.execute(f"DROP TABLE {qualified(self.schema, name)}")
        self._remember(marks)

    def _make(self, name: str, kind: str | None) -> None:
        for room, other in _reads(self.text(name)):
            if room == "v" and _is_helper(other) and other not in self._helpers:
                self._make(other, None)
        if kind == "VIEW":
            self.connection.execute(f"DROP VIEW {qualified(self.schema, name)}")
        if name not in self._helpers:
            place = qualified(self.schema, name)
            self.connection.execute(
                f"CREATE OR REPLACE TABLE {place} AS {self.query(name, self.words)}"
            )
            self.built.append(name)
        if _is_helper(name):
            self._helpers.append(name)

    def _take(self, name: str, kind: str | None) -> None:
        if kind == "BASE TABLE":
            self.connection.execute(f"DROP TABLE {qualified(self.schema, name)}")
        self.connection.execute(
            f"CREATE OR REPLACE VIEW {qualified(self.schema, name)} AS"
            f" FROM {qualified(self.like or '', name)}"
        )

    def _inputs(self, name: str, read: Iterable[tuple[str, str]]) -> str:
        neutral = {**self.words, "e": "e", "c": "c", "v": "v"}
        parts = [self.query(name, neutral)]
        parts += [self._content[f"{room}.{other}"] for room, other in read]
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()

    def _hash_tables(self, tables: list[tuple[str, str]]) -> None:
        schemas = {room: self.words[room] for room in ("e", "c")}
        found = self._hash([(schemas[room], name) for room, name in tables], ready=True)
        for (room, name), content in zip(tables, found, strict=True):
            self._content[f"{room}.{name}"] = content

    def _hash(self, tables: list[tuple[str, str]], *, ready: bool = False) -> list[str]:
        """Return a hash of each table's rows, in whatever order they lie."""
        if not tables:
            return []
        parts = [
            f"SELECT {place} AS place, count(*), sum(hash(t))"
            f" FROM {schema if ready else quoted(schema)}.{quoted(name)} AS t"
            for place, (schema, name) in enumerate(tables)
        ]
        rows = self.connection.execute(" UNION ALL ".join(parts)).fetchall()
        return [f"{count}:{total}" for _, count, total in sorted(rows)]

    def _marks(self, schema: str) -> dict[str, Mark]:
        if schema not in self._kinds(MARKS):
            return {}
        rows = self.connection.execute(f"FROM {qualified(MARKS, schema)}").fetchall()
        return {str(name): Mark(inputs, content) for name, inputs, content in rows}

    def _kinds(self, schema: str) -> dict[str, str]:
        rows = self.connection.execute(
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = ?",
            [schema],
        ).fetchall()
        return {str(name): str(kind) for name, kind in rows}

    def _remember(self, marks: Mapping[str, Mark]) -> None:
        rows = ", ".join(
            f"({literal(name)}, {literal(mark.inputs)}, {literal(mark.content)})"
            for name, mark in marks.items()
        )
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(MARKS)}")
        self.connection.execute(
            f"CREATE OR REPLACE TABLE {qualified(MARKS, self.schema)} AS"
            f" FROM (VALUES {rows}) AS marks(name, inputs, content)"
        )


def _is_helper(name: str) -> bool:
    return name.startswith("_")


def _reads(text: str) -> list[tuple[str, str]]:
    """Return (e, c or v; name) of each table and view that a template reads, each once."""
    return sorted({(room, name) for room, name in _READ.findall(text)})
