"""Build only those views whose inputs changed since they were built last.

Each view is remembered by what it was built from: its query and the contents of the tables and
views that it reads. An edit that leaves a view's inputs as they were leaves the view, and a
scenario takes such a view from the base. Of the large views it builds only the rows that its
changes reach (see `view_moves`). Of a document that was open before, it copies the views that were
kept then, as far as their inputs are the same (see `kept`).
"""

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import duckdb

from freehold.estate import dictionary
from freehold.estate.content import row_hashes
from freehold.estate.sql import literal, one, qualified, quoted
from freehold.estate.view_moves import (
    Moved,
    Near,
    Only,
    both,
    changed_keys,
    collect,
    compared_keys,
    forget_hashes,
    is_same,
    note_hashes,
    place_of,
    reach,
    settle,
)

_BUILT = "built"
"""What is added to the name of a schema of views for the one that remembers how they were built."""

_MARKS = "marks"
"""The table there, a row for each view."""

LIKE = ""
"""The name under which a schema's marks say which other schema it shares with."""

_KEPT_MARKS = "marks of views, and how their rows lie"

# Hash tables of a large view's joins are built from the small tables that stand on the right: where
# one of those is empty, DuckDB expects no rows at all and builds the further ones from the million
# rows on the left.
_SIDES = "build_side_probe_side"

# Few rows of a large table are read several times faster than all of them are laid down once.
_SHARED = "common_subplan"

_READ = re.compile(r"\{([ecv])\}\.\"?(\w+)|\{near:(\w+)")


@dataclass(frozen=True)
class Mark:
    """What a view was built from, and what it then held, as hashes; and how its rows lie."""

    inputs: str
    content: str
    is_moved: bool = False
    """Whether it is a view over another schema's rows and those that changes reached."""


@dataclass
class Building:
    """One publication: `text` gives a view's template, `query` its statement filled with `words`.

    `given` has the hashes of the rows of tables of the catalogue, as far as they are known. `like`
    is another schema of views to take equal views and rows from; `touched` has, by table,
    SQL of the keys in which a table differs from that behind `like`. `kept` is an attached
    database that has views, and the marks of them, as they were built another time.
    """

    connection: duckdb.DuckDBPyConnection
    schema: str
    words: Mapping[str, object]
    text: Callable[[str], str]
    query: Callable[[str, Mapping[str, object]], str]
    given: Mapping[str, str] = field(default_factory=dict)
    like: str | None = None
    touched: Mapping[str, str] = field(default_factory=dict)
    kept: str | None = None
    built: list[str] = field(default_factory=list)
    _content: dict[str, str] = field(default_factory=dict)
    _others: Mapping[str, Mark] = field(default_factory=dict)
    _moved: dict[str, Moved] = field(default_factory=dict)

    def build(self, names: Iterable[str]) -> None:
        """Bring the views `names` up to date, in that order."""
        wanted = list(names)
        known = _marks(self.connection, self.schema)
        others = self._others = _marks(self.connection, self.like) if self.like else {}
        copies = _read(self.connection, qualified(self.kept, _KEPT_MARKS)) if self.kept else {}
        kinds = _kinds(self.connection, self.schema) if known else {}
        read = {name: _reads(self.text(name)) for name in wanted}
        used = {item for items in read.values() for item in items}
        self._hash_tables(sorted(item for item in used if item[0] != "v"))
        marks = known | {
            f"{room}.{name}": Mark("", self._content[f"{room}.{name}"])
            for room, name in used
            if room != "v"
        }
        marks[LIKE] = Mark(self.like or "", "")
        for name in wanted:
            inputs = self._inputs(name, read[name], self._content)
            mark, other, copy = known.get(name), others.get(name), copies.get(name)
            kind = kinds.get(name)
            if mark and mark.inputs == inputs and kind == "TABLE":
                content = mark.content
            elif copy and copy.inputs == inputs:
                content = copy.content
                self._create(name, kind, f"FROM {qualified(self.kept or '', name)}")
            elif other and other.inputs == inputs:
                content = other.content
                self._take(name, kind)
            elif other and (added := self._move(name, kind, read[name], other)) is not None:
                content = _plus(other.content, added) if ("v", name) in used else inputs
                if added == (0, 0) and is_same(self.connection, self._moved[name]):
                    content = other.content
            else:
                with _without(self.connection, *([_SIDES] if name in reach() else [])):
                    self._create(name, kind, self.query(name, self.words))
                self.built.append(name)
                content = self._held(name) if ("v", name) in used else inputs
            marks[name] = Mark(inputs, content, name in self._moved)
            self._content[f"v.{name}"] = content
        self._remember(marks)

    def _create(self, name: str, kind: str | None, query: str) -> None:
        if kind == "VIEW":
            self.connection.execute(f"DROP VIEW {self._place(name)}")
        self.connection.execute(f"CREATE OR REPLACE TABLE {self._place(name)} AS {query}")
        if name in reach():
            forget_hashes(self.connection, self.schema, name)

    def _held(self, name: str) -> str:
        """Return the hash of what a view built whole holds."""
        if name in reach() and self.like is None:
            return note_hashes(self.connection, self.schema, name)
        return row_hashes(self.connection, {name: self._place(name)})[name]

    def _place(self, name: str) -> str:
        return qualified(self.schema, name)

    def _move(
        self, name: str, kind: str | None, read: Iterable[tuple[str, str]], other: Mark
    ) -> tuple[int, int] | None:
        """Build only the rows that changes reach; None if the view has to be built whole.

        Returns how many rows and what hash that adds to the other schema's view.
        """
        known = reach().get(name)
        before = {key: mark.content for key, mark in self._others.items() if "." in key}
        before |= {f"v.{key}": mark.content for key, mark in self._others.items()}
        inputs = [f"{room}.{reads}" for room, reads in read]
        if known is None or self.like is None or any(item not in before for item in inputs):
            return None
        if self._inputs(name, read, before) != other.inputs:
            return None  # asked otherwise: another date, other data classes
        selects = []
        for item in inputs:
            if self._content[item] != before[item]:
                keys = self._changed_keys(item) if item in known else None
                if keys is None:
                    return None
                words = {"e": self.words["e"], "v": self.words["v"], "b": quoted(self.like)}
                selects.append(known[item].format(k=f"{keys} AS keys", **words))
        key = key_of(name)
        moved = place_of(self.schema, self.like, name)
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(self.schema + '_moved')}")
        keys = collect(self.connection, moved, selects, known[""], key)
        if keys is None:
            return None
        near = self._near(moved, known, keys)
        query = self.query(name, {**self.words, "only": Only(keys), "near": near})
        with _without(self.connection, _SHARED):
            self.connection.execute(f"CREATE OR REPLACE TABLE {moved.rows} AS {query}")
        added = settle(self.connection, moved, key)
        if kind == "TABLE":
            self.connection.execute(f"DROP TABLE {qualified(self.schema, name)}")
        self.connection.execute(
            f"CREATE OR REPLACE VIEW {qualified(self.schema, name)} AS {both(moved)}"
        )
        self._moved[name] = moved
        return added

    def _near(self, moved: Moved, known: Mapping[str, str], keys: str) -> Near:
        """Note which rows of large tables the rows to build are joined to."""
        estate = str(self.words["e"])
        if "near" not in known:
            return Near(estate)
        ids = qualified(f"{self.schema}_moved", f"{moved.view}_near")
        text = known["near"].format(k=f"{keys} AS keys", e=estate)
        self.connection.execute(f"CREATE OR REPLACE TABLE {ids} AS {text}")
        return Near(estate, ids)

    def _changed_keys(self, item: str) -> str | None:
        """Return SQL of the keys in which an input differs from the other schema's."""
        room, _, name = item.partition(".")
        if room != "v":
            return self.touched.get(name) if room == "e" else None
        if name in self._moved:
            return changed_keys(self._moved[name], key_of(name))
        if name in reach():
            return None  # large, and built whole
        own, base = qualified(self.schema, name), qualified(self.like or "", name)
        return compared_keys(own, base, key_of(name))

    def _take(self, name: str, kind: str | None) -> None:
        if kind == "TABLE":
            self.connection.execute(f"DROP TABLE {qualified(self.schema, name)}")
        self.connection.execute(
            f"CREATE OR REPLACE VIEW {qualified(self.schema, name)} AS"
            f" FROM {qualified(self.like or '', name)}"
        )

    def _inputs(
        self, name: str, read: Iterable[tuple[str, str]], contents: Mapping[str, str]
    ) -> str:
        neutral = {**self.words, "e": "e", "c": "c", "v": "v", "near": Near("e")}
        parts = [self.query(name, neutral)]
        parts += [contents[f"{room}.{other}"] for room, other in read]
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()

    def _hash_tables(self, tables: list[tuple[str, str]]) -> None:
        known = {f"c.{name}": content for name, content in self.given.items()}
        anew = {
            f"{room}.{name}": f"{self.words[room]}.{quoted(name)}"
            for room, name in tables
            if f"{room}.{name}" not in known
        }
        self._content |= known | row_hashes(self.connection, anew)

    def _remember(self, marks: Mapping[str, Mark]) -> None:
        rows = ", ".join(
            f"({literal(name)}, {literal(mark.inputs)}, {literal(mark.content)}, {mark.is_moved})"
            for name, mark in marks.items()
        )
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(_room(self.schema))}")
        self.connection.execute(
            f"CREATE OR REPLACE TABLE {qualified(_room(self.schema), _MARKS)} AS"
            f" FROM (VALUES {rows}) AS marks(name, inputs, content, is_moved)"
        )


@contextlib.contextmanager
def _without(connection: duckdb.DuckDBPyConnection, *optimizers: str) -> Iterator[None]:
    """Switch optimisers of the database off for a while."""
    held = str(one(connection, "SELECT current_setting('disabled_optimizers')")[0])
    names = ",".join(sorted({name for name in held.split(",") if name}.union(optimizers)))
    connection.execute(f"SET disabled_optimizers = {literal(names)}")
    try:
        yield
    finally:
        connection.execute(f"SET disabled_optimizers = {literal(held)}")


def contents(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, str]:
    """Return what each view of a schema holds, as a hash; nothing if it was not published here."""
    return {name: mark.content for name, mark in _marks(connection, schema).items()}


def differences(
    connection: duckdb.DuckDBPyConnection, schema: str, like: str, held: Mapping[str, str]
) -> dict[str, Moved | None]:
    """Return how the views of `schema` differ from what those of `like` held, by `contents`.

    None stands for the same rows. Views that were built whole and hold something else are left
    out.
    """
    own, base = _marks(connection, schema), contents(connection, like)
    found: dict[str, Moved | None] = {}
    for name in own.keys() & held.keys():
        if own[name].content == held[name]:
            found[name] = None
        # Rows are shared with what the other view holds now, which must be what was judged.
        elif own[LIKE].inputs == like and base.get(name) == held[name] and own[name].is_moved:
            found[name] = place_of(schema, like, name)
    return found


def key_of(name: str) -> str:
    """Return the key column of a view, or the one by which a helper's rows are told apart."""
    return "data_set" if name.startswith("_") else dictionary.views()[name].key[0]


def _plus(content: str, added: tuple[int, int]) -> str:
    count, _, total = content.partition(":")
    held = (int(count), int(total) if total != "None" else 0)
    rows, hashes = held[0] + added[0], held[1] + added[1]
    return f"{rows}:{hashes if rows else None}"


def _reads(text: str) -> list[tuple[str, str]]:
    """Return (e, c or v; name) of each table and view that a template reads, each once."""
    return sorted({(room or "e", name or near) for room, name, near in _READ.findall(text)})


def to_keep(schema: str, views: Iterable[str]) -> dict[str, str]:
    """Return what `Building.kept` has to hold of these views, as `kept.keep` asks for it."""
    places = {view: qualified(schema, view) for view in views}
    return places | {_KEPT_MARKS: qualified(_room(schema), _MARKS)}


def _room(schema: str) -> str:
    return f"{schema}_{_BUILT}"


def _marks(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, Mark]:
    if not _exists(connection, _room(schema)):
        return {}
    return _read(connection, qualified(_room(schema), _MARKS))


def _read(connection: duckdb.DuckDBPyConnection, place: str) -> dict[str, Mark]:
    rows = connection.execute(f"FROM {place}").fetchall()
    return {str(name): Mark(inputs, content, moved) for name, inputs, content, moved in rows}


def _exists(connection: duckdb.DuckDBPyConnection, schema: str) -> bool:
    """Return whether a schema is there; DuckDB looks through a thousand tables for one of them."""
    found = "SELECT 1 FROM duckdb_schemas() WHERE schema_name = ?"
    return bool(connection.execute(found, [schema]).fetchall())


def _kinds(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, str]:
    """Return what is there of a schema of views, and whether it is a TABLE or a VIEW."""
    rows = connection.execute(
        "SELECT table_name, 'TABLE' FROM duckdb_tables() WHERE schema_name = $1"
        " UNION ALL SELECT view_name, 'VIEW' FROM duckdb_views() WHERE schema_name = $1",
        [schema],
    ).fetchall()
    return {str(name): str(kind) for name, kind in rows}
