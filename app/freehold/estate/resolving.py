"""Find the table a change aims at, and the rows it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal, Protocol

import duckdb

from freehold import catalogue
from freehold.errors import InputError
from freehold.estate import dictionary, predicate, publishing
from freehold.estate.domains import reference_domains
from freehold.estate.sql import qualified, quoted

VIEW_KEYS: Mapping[str, str] = {
    name: view.key[0]
    for name, view in dictionary.views().items()
    if name in dictionary.tables() and len(dictionary.tables()[name].key) == 1
}
"""Tables of the estate with a view of the same name, and that view's key."""


class Schemas(Protocol):
    """Where tables and views lie, and the date of the views."""

    @property
    def estate(self) -> str:
        """Schema of the document's tables."""

    @property
    def catalogue(self) -> str:
        """Schema of the catalogue."""

    @property
    def views(self) -> str:
        """Schema of the published views."""

    @property
    def as_of(self) -> date:
        """Date at which views are published."""

    @property
    def like(self) -> str | None:
        """Schema of views to share rows with."""

    def touched_keys(self) -> Mapping[str, str]:
        """Return SQL of the keys that were changed, by table of the estate."""


VIEW_NAMES: Mapping[str, str] = {
    "provider": "provider_id",
    "region": "region_id",
    "country": "country_iso2",
    "accelerator": "accelerator_id",
}
"""What published views call columns that the catalogue's tables call otherwise."""


@dataclass(frozen=True, slots=True)
class Target:
    """A table of the estate or of the catalogue."""

    room: Literal["estate", "catalogue"]
    table: dictionary.Table

    def __str__(self) -> str:
        return f"{self.room}.{self.table.name}"

    @property
    def key(self) -> tuple[str, ...]:
        """Its key columns."""
        return self.table.key

    def qualified(self, estate: str, catalogue_schema: str) -> str:
        """Return its name in SQL."""
        schema = estate if self.room == "estate" else catalogue_schema
        return qualified(schema, self.table.name)

    def same_key(self, left: str, right: str) -> str:
        """Return SQL that two rows have the same key; blank equals blank."""
        return " AND ".join(
            f"{left}.{quoted(name)} IS NOT DISTINCT FROM {right}.{quoted(name)}"
            for name in self.key
        )

    def by_key(self) -> str:
        """Return SQL that a row `t` has the key given as parameters, in order."""
        return " AND ".join(
            f"t.{quoted(name)} IS NOT DISTINCT FROM CAST(? AS {self.table.column(name).sql_type})"
            for name in self.key
        )


@cache
def target_of(name: str) -> Target:
    """Return the table named `estate.T`, `catalogue.T` or `T`; raises InputError."""
    room, _, bare = name.rpartition(".")
    if room in {"", "estate"} and bare in dictionary.tables():
        return Target("estate", dictionary.tables()[bare])
    shipped = catalogue.shipped_tables()
    if room in {"", "catalogue"} and bare in shipped:
        return Target("catalogue", _adapted(shipped[bare]))
    raise InputError(
        f"There is no table {name}", mend="Name a table as estate.TABLE or catalogue.TABLE"
    )


def matching(
    connection: duckdb.DuckDBPyConnection,
    target: Target,
    where: str,
    params: Mapping[str, Any],
    place: Schemas,
) -> str:
    """Return SQL of the target's rows, as `t`, that a predicate matches.

    If the predicate names a column that only the view has, the view's query answers it, as far as
    it needs to be asked.

    Raises:
        RuleError: the predicate does not follow the grammar or the dictionary.
    """
    columns, own = _columns(target)
    found = understood(connection, target, where, params, place=place)
    table = target.qualified(place.estate, place.catalogue)
    if set(found.columns) <= own:
        return f"SELECT t.* FROM {table} AS t WHERE {found.sql}"
    keys = ", ".join(f"t.{quoted(name)}" for name in target.key)
    if target.room == "catalogue":
        view = qualified(place.catalogue, catalogue.change_view(target.table.name))
        renamed = "".join(
            f", {quoted(VIEW_NAMES[name])} AS {quoted(name)}"
            for name in found.columns
            if name in VIEW_NAMES and columns[name].name != name
        )
        rows = f"SELECT {keys} FROM (SELECT *{renamed} FROM {view}) AS t WHERE {found.sql}"
    else:
        view = publishing.part_of(
            connection,
            target.table.name,
            {VIEW_KEYS[target.table.name], *found.columns},
            estate=place.estate,
            catalogue=place.catalogue,
            schema=place.views,
            as_of=place.as_of,
            like=place.like,
            touched=place.touched_keys(),
        )
        only = [name for name in target.table.column_names if name not in _view_columns(target)]
        others = "".join(f", t.{quoted(name)}" for name in only if name not in target.key)
        names = ", ".join(
            f"t.{quoted(name)} AS {quoted('freehold_' + name)}" for name in target.key
        )
        plain = "".join(f", t.{quoted(n)}" for n in target.key if n not in _view_columns(target))
        inner = (
            f"SELECT {names}{plain}{others}, v.* FROM {table} AS t JOIN ({view}) AS v"
            f" ON v.{quoted(VIEW_KEYS[target.table.name])} = t.{quoted(target.key[0])}"
        )
        renamed = ", ".join(
            f"{quoted('freehold_' + name)} AS {quoted(name)}" for name in target.key
        )
        rows = f"SELECT {renamed} FROM ({inner}) WHERE {found.sql}"
    return f"SELECT t.* FROM {table} AS t SEMI JOIN ({rows}) AS u ON {target.same_key('t', 'u')}"


def understood(
    connection: duckdb.DuckDBPyConnection,
    target: Target,
    where: str,
    params: Mapping[str, Any],
    *,
    place: Schemas,
) -> predicate.Predicate:
    """Return a predicate over a target's rows, parsed and checked.

    Raises:
        RuleError: the predicate does not follow the grammar or the dictionary.
    """
    return predicate.parse(
        where,
        _columns(target)[0],
        {**params, "as_of": place.as_of},
        domains=reference_domains(connection, estate=place.estate, catalogue=place.catalogue),
        where=f"change of {target}",
    )


def _columns(target: Target) -> tuple[dict[str, dictionary.Column], set[str]]:
    """Return every column a predicate may name, and those the table itself answers."""
    own = {column.name: column for column in target.table.columns}
    if target.room == "catalogue":
        view = catalogue.dictionary()[catalogue.change_view(target.table.name)]
        every = own | {column.name: column for column in _adapted(view).columns}
        every |= {
            name: every[other]
            for name, other in VIEW_NAMES.items()
            if other in every and name not in every
        }
        if view.name == target.table.name:
            return every, set(own)
        # Only the view's columns can be asked together, and it repeats the table's that matter.
        shown = {column.name for column in view.columns}
        return {
            n: c for n, c in every.items() if n in own or n in shown or c.name in shown | set(own)
        }, set(own)
    if target.table.name not in VIEW_KEYS:
        return own, set(own)
    view_columns = _view_columns(target)
    # A column that table and view share may be filled up by the view, so the view answers it.
    return own | view_columns, set(own) - set(view_columns) if view_columns else set(own)


def _view_columns(target: Target) -> dict[str, dictionary.Column]:
    return dictionary.views()[target.table.name].documented


def _adapted(table: "catalogue.Table") -> dictionary.Table:
    return dictionary.Table(
        name=table.name,
        key=table.key,
        doc=table.doc,
        columns=tuple(
            dictionary.Column(
                name=column.name,
                type=column.type,
                domain=column.domain,
                references=column.references,
                doc=column.doc,
            )
            for column in table.columns
        ),
    )
