"""What a shock's parameters are set to: what was given, the stated default, or the estate's own."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from freehold import catalogue as facts
from freehold.errors import InputError
from freehold.estate import dictionary, predicate
from freehold.estate.resolving import target_of
from freehold.estate.sql import quoted
from freehold.scenarios.schemas import Schemas
from freehold.scenarios.shocks.library import Parameter, Shock

MOST = 200
"""Members of a list that are taken where every member of the estate is meant."""

Value = str | int | float | list[str]


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter with its value; None where the estate has nothing to choose.

    `basis` is given, stated (the library's default) or estate (chosen from the estate).
    """

    parameter: Parameter
    value: Value | None
    basis: str

    @property
    def assumed(self) -> bool:
        """Whether the value is an assumption that nobody has confirmed."""
        return self.basis != "given" and (self.parameter.assumed or self.basis == "estate")


def settle(
    connection: duckdb.DuckDBPyConnection,
    place: Schemas,
    shocks: Sequence[Shock],
    given: Mapping[str, str] | None = None,
) -> dict[str, list[Setting]]:
    """Return the settings of each shock by its id.

    Args:
        connection: holds the published views.
        place: the estate that is shocked.
        shocks: the shocks that are combined.
        given: value by NAME, for every shock that has such a parameter, or by SHOCK.NAME.

    Raises:
        InputError: no shock has such a parameter, or a value does not fit.
    """
    given = dict(given or {})
    _known(shocks, given)
    found: dict[str, list[Setting]] = {}
    for shock in shocks:
        values: dict[str, Value | None] = {}
        settings = []
        for parameter in shock.parameters:
            text = given.get(f"{shock.id}.{parameter.name}", given.get(parameter.name))
            if text is not None:
                setting = Setting(parameter, _read(connection, place, parameter, text), "given")
            elif parameter.value:
                value = _stated(connection, place, parameter)
                setting = Setting(parameter, value, "stated")
            else:
                setting = Setting(
                    parameter, _from_estate(connection, place, parameter, values), "estate"
                )
            values[parameter.name] = setting.value
            settings.append(setting)
        found[shock.id] = settings
    return found


def candidates(
    connection: duckdb.DuckDBPyConnection,
    place: Schemas,
    parameter: Parameter,
    values: Mapping[str, Value | None],
    most: int = MOST,
) -> list[str]:
    """Return the members of the estate that a parameter may name, the heaviest first."""
    if not parameter.relation or not parameter.column:
        return []
    room, _, name = parameter.relation.rpartition(".")
    if room == "catalogue":
        columns = {column.name: column for column in target_of(parameter.relation).table.columns}
        relation = f"{quoted(place.catalogue)}.{quoted(name)}"
    else:
        columns = dictionary.views()[name].documented
        relation = f"{quoted(place.views)}.{quoted(name)}"
    condition = "TRUE"
    if parameter.where:
        used = {name: values.get(name) for name in re.findall(r"\$(\w+)", parameter.where)}
        # A parameter before it found nothing in the estate, so there is nothing here either.
        if None in used.values():
            return []
        params: dict[str, Any] = {n: value for n, value in used.items() if value is not None}
        condition = predicate.parse(
            parameter.where,
            columns,
            params,
            where=f"shock_parameters, {parameter.shock_id} {parameter.name}",
        ).sql
    weight = f"sum({quoted(parameter.weight)})" if parameter.weight else "count(*)"
    column = quoted(parameter.column)
    rows = connection.execute(
        f"SELECT CAST({column} AS VARCHAR), {weight} AS weight FROM {relation}"
        f" WHERE ({condition}) AND {column} IS NOT NULL GROUP BY 1"
        f" ORDER BY weight DESC NULLS LAST, 1 LIMIT {most}"
    ).fetchall()
    return [str(value) for value, _ in rows]


def _known(shocks: Sequence[Shock], given: Mapping[str, str]) -> None:
    names = {p.name for shock in shocks for p in shock.parameters}
    names |= {f"{shock.id}.{p.name}" for shock in shocks for p in shock.parameters}
    for name in given:
        if name not in names:
            there = ", ".join(sorted(n for n in names if "." not in n)) or "none"
            raise InputError(
                f"No shock named has a parameter '{name}'", mend=f"Parameters are: {there}"
            )


def _stated(connection: duckdb.DuckDBPyConnection, place: Schemas, parameter: Parameter) -> Value:
    if parameter.value == "$as_of":
        return place.as_of.isoformat()
    return _read(connection, place, parameter, str(parameter.value))


def _from_estate(
    connection: duckdb.DuckDBPyConnection,
    place: Schemas,
    parameter: Parameter,
    values: Mapping[str, Value | None],
) -> Value | None:
    found = candidates(connection, place, parameter, values)
    if not found:
        return None
    if parameter.type == "joined":
        return ";".join(sorted(found))
    if parameter.type == "list":
        return sorted(found)
    return found[:1] if parameter.type == "first" else found[0]


def _read(
    connection: duckdb.DuckDBPyConnection, place: Schemas, parameter: Parameter, text: str
) -> Value:
    name, text = f"{parameter.shock_id}.{parameter.name}", text.strip()
    if not text:
        raise InputError(f"The parameter {name} is empty", mend=f"Give {parameter.title.lower()}")
    if parameter.type == "number":
        return _number(parameter, name, text)
    if parameter.type == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise InputError(
                f"'{text}' is not a date for {name}", mend="Write it as 2026-11-23"
            ) from error
    if parameter.is_several:
        parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
        for part in parts:
            _stands(connection, place, parameter, name, part)
        return ";".join(parts) if parameter.type == "joined" else parts
    _stands(connection, place, parameter, name, text)
    return text


def _number(parameter: Parameter, name: str, text: str) -> int | float:
    try:
        value = float(text)
    except ValueError as error:
        raise InputError(f"'{text}' is no number for {name}", mend="Write it as 1.4") from error
    low, high = parameter.low, parameter.high
    too_low, too_high = low is not None and value < low, high is not None and value > high
    if not math.isfinite(value) or too_low or too_high:
        raise InputError(
            f"{text} is out of range for {name}",
            mend=f"Give a number from {_plain(low)} to {_plain(high)}",
        )
    return int(value) if value.is_integer() else value


def _plain(bound: float | None) -> str:
    return "any" if bound is None else f"{bound:g}"


def _stands(
    connection: duckdb.DuckDBPyConnection,
    place: Schemas,
    parameter: Parameter,
    name: str,
    value: str,
) -> None:
    """Raise unless the value stands in the column the parameter refers to, or in the estate."""
    if not parameter.reference:
        return
    table, _, column = parameter.reference.partition(".")
    shipped = table in facts.dictionary()
    schema = place.catalogue if shipped else place.estate
    found = connection.execute(
        f"SELECT 1 FROM {quoted(schema)}.{quoted(table)}"
        f" WHERE CAST({quoted(column)} AS VARCHAR) = ? LIMIT 1",
        [value],
    ).fetchone()
    if found is None and value not in _anywhere(connection, place, parameter):
        raise InputError(
            f"There is no {parameter.title.lower()} '{value}' for {name}",
            mend=f"Name one of {table.replace('_', ' ')}",
        )


def _anywhere(
    connection: duckdb.DuckDBPyConnection, place: Schemas, parameter: Parameter
) -> list[str]:
    """Return what the estate itself names in the parameter's column, whatever its predicate."""
    if not parameter.relation or not parameter.column or "." in parameter.relation:
        return []
    rows = connection.execute(
        f"SELECT DISTINCT CAST({quoted(parameter.column)} AS VARCHAR)"
        f" FROM {quoted(place.views)}.{quoted(parameter.relation)}"
    ).fetchall()
    return [str(value) for (value,) in rows if value is not None]
