"""Typed changes: the one mechanism behind edits, confirmed facts, scenarios and shocks."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

import duckdb
from pydantic import BaseModel, ConfigDict, JsonValue, model_validator

from freehold.errors import InputError, RuleError
from freehold.estate import dictionary, resolving
from freehold.estate.layers import Layer
from freehold.estate.rows import append_rows, outside_domain_sql
from freehold.estate.sql import one, qualified, quoted
from freehold.estate.transactions import transaction

if TYPE_CHECKING:
    from freehold.estate.workspace import Workspace

Operation = Literal["set", "multiply", "add_row", "remove_row"]

UNDO_SCHEMA = "freehold_undo"
_NUMBERS = {"int", "num", "money", "price", "share"}


class Change(BaseModel):
    """One typed change of rows of one table.

    Attributes:
        target: `estate.TABLE` or `catalogue.TABLE`; a bare name is the estate's table if it has
            one of that name, else the catalogue's.
        op: `set` or `multiply` a column, `add_row`, `remove_row`.
        key: key of the one row changed, by column.
        where: predicate choosing the rows instead, over the table's view and its own columns.
        column: the column changed.
        value: new value or factor; `$NAME` stands for a parameter.
        row: the row added, by column; values may be `$NAME`.
        parameters: value of each `$NAME`.
        reason, source, author, made_at: who says so, why, from where and when (naive UTC).
        enabled: FALSE keeps it without applying it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str
    op: Operation
    key: dict[str, JsonValue] | None = None
    where: str | None = None
    column: str | None = None
    value: JsonValue = None
    row: dict[str, JsonValue] | None = None
    parameters: dict[str, JsonValue] = {}
    reason: str | None = None
    source: str | None = None
    author: str | None = None
    made_at: datetime | None = None
    enabled: bool = True

    @model_validator(mode="after")
    def _whole(self) -> "Change":
        if self.op == "add_row":
            if self.row is None:
                raise ValueError("add_row needs a row")
        elif (self.key is None) == (self.where is None):
            raise ValueError(f"{self.op} needs either a key or a where")
        if self.op in {"set", "multiply"} and not self.column:
            raise ValueError(f"{self.op} needs a column")
        return self

    def given(self, value: JsonValue) -> JsonValue:
        """Return a value with `$NAME` replaced by its parameter; raises InputError."""
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        if value[1:] not in self.parameters:
            raise InputError(
                f"The parameter {value} has no value",
                where=f"change of {self.target}",
                mend="Give it one",
            )
        return self.parameters[value[1:]]


@dataclass(frozen=True, slots=True)
class Step:
    """What one change did: `store` holds the keys it touched and what stood there before."""

    change: Change
    target: resolving.Target
    store: str
    rows: int


@dataclass(slots=True)
class Applied:
    """Changes as they were applied; `notices` names those that matched no row."""

    steps: list[Step]
    notices: list[str] = field(default_factory=list)
    recorded: tuple[str, ...] = ()

    @property
    def row_count(self) -> int:
        """How many rows were touched, a row counted once per change."""
        return sum(step.rows for step in self.steps)

    @property
    def tables(self) -> set[str]:
        """Names of the tables touched, as in `estate.resources`."""
        return {str(step.target) for step in self.steps if step.rows}


@dataclass(frozen=True, slots=True)
class Place:
    """The schemas a list of changes works on, and the date its views are published at.

    `like` is a schema of views to share rows with (see `publishing.publish`); `touched` collects
    the rows changed in each table of the estate. Tables of the estate with one of the `layers` are
    views, written through that.
    """

    estate: str = "estate"
    catalogue: str = "catalogue"
    views: str = "views"
    as_of: date = date(1970, 1, 1)
    like: str | None = None
    touched: dict[str, list[str]] = field(default_factory=dict)
    layers: dict[str, Layer] = field(default_factory=dict)

    def touched_keys(self) -> dict[str, str]:
        """Return SQL of the keys (`changed`) that changes touched, by table of the estate."""
        found = {name: layer.changed for name, layer in self.layers.items()}
        for name, queries in self.touched.items():
            if name not in found and len(dictionary.tables()[name].key) == 1:
                found[name] = " UNION ".join(queries)
        return {name: f"({query})" for name, query in found.items()}


def resolve(change: Change) -> resolving.Target:
    """Return the table a change aims at.

    Raises:
        InputError: there is no such table or column, or the key is not the table's.
    """
    target = resolving.target_of(change.target)
    for name in (change.column, *(change.key or {}), *(change.row or {})):
        if name is not None and name not in target.table.column_names:
            raise InputError(
                f"The table {target} has no column {name}",
                where=f"change of {change.target}",
                mend="Use the columns of the data dictionary",
            )
    if change.column in target.table.key:
        raise InputError(
            f"{change.column} is the key of {target}",
            mend="Remove the row and add it under its new key",
        )
    if change.key is not None and set(change.key) != set(target.table.key):
        raise InputError(
            f"The key of {target} is {', '.join(target.table.key)}",
            where=f"change of {change.target}",
            mend="Give exactly these",
        )
    if change.op == "multiply" and target.table.column(str(change.column)).type not in _NUMBERS:
        raise InputError(f"{target}.{change.column} is no number", mend="Set it instead")
    return target


def apply_changes(
    connection: duckdb.DuckDBPyConnection, changes: Iterable[Change], place: Place
) -> Applied:
    """Apply enabled changes in order, all or none; what each touched is kept for undoing.

    Raises:
        InputError: a change cannot be applied.
    """
    applied = Applied(steps=[])
    with transaction(connection):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {UNDO_SCHEMA}")
        for change in changes:
            if not change.enabled:
                continue
            target = resolve(change)
            store = _new_store(connection)
            try:
                rows = _run(connection, change, target, store, place)
            except RuleError as error:
                raise InputError(error.what, where=error.where, mend=error.mend) from error
            applied.steps.append(Step(change, target, store, rows))
            if target.room == "estate":
                key = quoted(target.key[0])
                place.touched.setdefault(target.table.name, []).append(
                    f"SELECT {key} AS changed FROM {qualified(UNDO_SCHEMA, store)}"
                )
            if not rows:
                applied.notices.append(
                    f"No row of {target} matches: {change.where or _text(change.key)}."
                )
    return applied


def undo_changes(connection: duckdb.DuckDBPyConnection, applied: Applied, place: Place) -> None:
    """Take applied changes back, last first; every row is as it was before."""
    with transaction(connection):
        for step in reversed(applied.steps):
            table = step.target.qualified(place.estate, place.catalogue)
            store = qualified(UNDO_SCHEMA, step.store)
            same = step.target.same_key("t", "u")
            if step.change.op == "add_row":
                connection.execute(f"DELETE FROM {table} AS t USING {store} AS u WHERE {same}")
            elif step.change.op == "remove_row":
                connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {store}")
            else:
                column = quoted(str(step.change.column))
                connection.execute(
                    f"UPDATE {table} AS t SET {column} = u.freehold_old FROM {store} AS u"
                    f" WHERE {same}"
                )
            connection.execute(f"DROP TABLE {store}")


def apply(workspace: "Workspace", changes: Sequence[Change]) -> Applied:
    """Apply changes to the document itself; those of the catalogue are also kept with it.

    Raises:
        InputError: a change cannot be applied; none is then.
    """
    from freehold.estate.stored_changes import record

    place = Place(as_of=workspace.as_of)
    targets = [resolving.target_of(change.target) for change in changes]
    with transaction(workspace.connection):
        workspace.own_facts(target.table.name for target in targets if target.room == "catalogue")
        applied = apply_changes(workspace.connection, changes, place)
        kept = [s.change for s in applied.steps if s.target.room == "catalogue"]
        applied.recorded = record(workspace, None, kept) if kept else ()
    return applied


def undo(workspace: "Workspace", applied: Applied) -> None:
    """Take back changes of the document that were applied last."""
    from freehold.estate.stored_changes import forget

    with transaction(workspace.connection):
        undo_changes(workspace.connection, applied, Place())
        forget(workspace, applied.recorded)


def _run(
    connection: duckdb.DuckDBPyConnection,
    change: Change,
    target: resolving.Target,
    store: str,
    place: Place,
) -> int:
    table = target.qualified(place.estate, place.catalogue)
    layer = place.layers.get(target.table.name) if target.room == "estate" else None
    kept = qualified(UNDO_SCHEMA, store)
    if change.op == "add_row":
        return _add_row(connection, change, target, kept, place)
    if change.key is not None:
        rows, values = target.by_key(), [change.given(change.key[name]) for name in target.key]
        source = f"SELECT t.* FROM {table} AS t WHERE {rows}"
    else:
        params = {name: value for name, value in change.parameters.items() if name != "as_of"}
        source, values = (
            resolving.matching(connection, target, str(change.where), params, place),
            [],
        )
    if change.op == "remove_row":
        connection.execute(f"CREATE TABLE {kept} AS {source}", values)
        same = target.same_key("t", "u")
        written = layer.brought(connection, kept) if layer else table
        connection.execute(f"DELETE FROM {written} AS t USING {kept} AS u WHERE {same}")
    else:
        column = target.table.column(str(change.column))
        names = ", ".join(f"t.{quoted(name)}" for name in target.key)
        new, given = _new_value(change, column.sql_type)
        connection.execute(
            f"CREATE TABLE {kept} AS SELECT {names}, t.{quoted(column.name)} AS freehold_old,"
            f" {new} AS freehold_new FROM ({source}) AS t",
            [*given, *values],
        )
        _check_new(connection, change, target, kept)
        written = layer.brought(connection, kept) if layer else table
        connection.execute(
            f"UPDATE {written} AS t SET {quoted(column.name)} = u.freehold_new FROM {kept} AS u"
            f" WHERE {target.same_key('t', 'u')}"
        )
        connection.execute(f"ALTER TABLE {kept} DROP COLUMN freehold_new")
    count = int(one(connection, f"SELECT count(*) FROM {kept}")[0])
    if change.key is not None and count == 0:
        raise InputError(f"There is no row {_text(change.key)} in {target}")
    return count


def _new_value(change: Change, sql_type: str) -> tuple[str, list[Any]]:
    value = change.given(change.value)
    if isinstance(value, dict | list):
        raise InputError(
            f"{change.target}.{change.column} cannot hold a list", mend="Give one value"
        )
    if change.op == "set":
        # A NULL and a value go the same way: cast where it fits, else NULL, which is then refused.
        text = str(value).lower() if isinstance(value, bool) else value
        return f"TRY_CAST(CAST(? AS VARCHAR) AS {sql_type})", [text]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"The factor for {change.target}.{change.column} is no number")
    column = f"t.{quoted(str(change.column))}"
    if sql_type.startswith("DECIMAL"):
        # Wide, for DuckDB multiplies two DECIMAL(18) in 64 bits.
        scale = sql_type.rstrip(")").rpartition(",")[2]
        wide = f"CAST({column} AS DECIMAL(38, {scale}))"
        return f"TRY(CAST({wide} * CAST(? AS DECIMAL(18, 8)) AS {sql_type}))", [value]
    return f"TRY(CAST({column} * CAST(? AS DOUBLE) AS {sql_type}))", [value]


def _check_new(
    connection: duckdb.DuckDBPyConnection, change: Change, target: resolving.Target, kept: str
) -> None:
    column = target.table.column(str(change.column))
    value = change.given(change.value)
    bad = "freehold_new IS NULL AND freehold_old IS NOT NULL"
    if change.op == "set" and value is None:
        bad = "FALSE"
    elif change.op == "set":
        bad = "freehold_new IS NULL"
        if column.type == "int" and isinstance(value, float) and value % 1:
            bad = "TRUE"
    outside = outside_domain_sql(column, "freehold_new")
    condition = f"({bad}) OR coalesce({outside or 'FALSE'}, FALSE)"
    if one(connection, f"SELECT count(*) FROM {kept} WHERE {condition}")[0]:
        hint = column.domain or column.type
        said = f"'{value}' does not fit" if change.op == "set" else "The product does not fit"
        raise InputError(f"{said} {target}.{column.name} ({hint})", mend="Give another value")


def _add_row(
    connection: duckdb.DuckDBPyConnection,
    change: Change,
    target: resolving.Target,
    kept: str,
    place: Place,
) -> int:
    import pandas as pd  # dear to import, and a child process that judges adds no row

    values = {name: change.given(value) for name, value in (change.row or {}).items()}
    frame = pd.DataFrame({name: [value] for name, value in values.items()}, dtype=object)
    schema = place.estate if target.room == "estate" else place.catalogue
    append_rows(connection, schema, target.table, frame, blank_keys=target.room == "catalogue")
    keys = ", ".join(
        f"CAST(? AS {target.table.column(name).sql_type}) AS {quoted(name)}" for name in target.key
    )
    connection.execute(
        f"CREATE TABLE {kept} AS SELECT {keys}", [values.get(name) for name in target.key]
    )
    return 1


def _new_store(connection: duckdb.DuckDBPyConnection) -> str:
    connection.execute(f"CREATE SEQUENCE IF NOT EXISTS {UNDO_SCHEMA}.numbers")
    number = one(connection, f"SELECT nextval('{UNDO_SCHEMA}.numbers')")[0]
    return f"step_{number}"


def _text(key: dict[str, JsonValue] | None) -> str:
    return json.dumps(key, ensure_ascii=False, sort_keys=True)
