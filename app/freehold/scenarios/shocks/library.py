"""The shock library: events with precedents, their typed changes and their parameters."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import duckdb
from pydantic import ValidationError

from freehold.errors import CatalogueError, InputError
from freehold.estate.changes import Change
from freehold.estate.sql import quoted


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a shock can be given.

    Attributes:
        type: text, number, date, list (several), first (several, of which one is the default) or
            joined (several as one text divided by semicolons).
        role: value (the changes use it), as_of (the date judged at), duration (until it is over)
            or notice (before it begins).
        unit: unit of a number, as d, h or months.
        value: the stated default; blank where it is chosen from the estate.
        reference: TABLE.COLUMN in which a value must stand.
        relation, column, where, weight: where in the estate the default is looked for: the member
            of `column` that has most rows, or the largest sum of `weight`.
        assumed: the default is an assumption, to be changed.
    """

    shock_id: str
    name: str
    title: str
    type: str
    role: str
    unit: str | None
    value: str | None
    low: float | None
    high: float | None
    reference: str | None
    relation: str | None
    column: str | None
    where: str | None
    weight: str | None
    assumed: bool
    doc: str
    source: str
    verified: bool

    @property
    def is_several(self) -> bool:
        """Whether it takes a list."""
        return self.type in {"list", "first", "joined"}


@dataclass(frozen=True, slots=True)
class Shock:
    """One event: what it says, its precedent, its typed changes and what they leave out."""

    id: str
    title: str
    category: str
    says: str
    precedent: str
    precedent_date: str | None
    likelihood: str
    horizon: str
    source: str
    verified: bool
    as_of: str
    not_modelled: str | None
    packs: tuple[str, ...]
    changes: tuple[Change, ...]
    parameters: tuple[Parameter, ...]


def library(
    connection: duckdb.DuckDBPyConnection, catalogue: str = "catalogue"
) -> dict[str, Shock]:
    """Return every shock of the catalogue by its id, in the catalogue's order of titles.

    Raises:
        CatalogueError: a shock's changes cannot be read.
    """
    parameters: dict[str, list[Parameter]] = {}
    for row in connection.execute(
        "SELECT shock_id, name, title, type, role, unit, value, low, high, reference,"
        " from_relation, from_column, from_where, from_weight, assumed, doc, source, verified"
        f" FROM {quoted(catalogue)}.shock_parameters ORDER BY shock_id, position"
    ).fetchall():
        parameters.setdefault(str(row[0]), []).append(Parameter(*row))
    found = {}
    for row in connection.execute(
        "SELECT shock_id, title, category, in_words, precedent, precedent_date, likelihood_note,"
        " horizon, source, verified, as_of, not_modelled, packs, changes"
        f" FROM {quoted(catalogue)}.shocks ORDER BY category, title"
    ).fetchall():
        shock_id, packs, changes = str(row[0]), str(row[-2] or ""), str(row[-1])
        more: tuple[Any, ...] = (
            tuple(part for part in packs.split(";") if part),
            _changes(shock_id, changes),
            tuple(parameters.get(shock_id, ())),
        )
        found[shock_id] = Shock(*row[:-2], *more)
    return found


def chosen(shocks: Mapping[str, Shock], names: Sequence[str]) -> list[Shock]:
    """Return the shocks of these ids, each once, in the order named.

    Raises:
        InputError: none is named, or there is no such shock.
    """
    if not names:
        raise InputError("No shock is named", mend="See: freehold shock FILE --list")
    for name in names:
        if name not in shocks:
            near = get_close_matches(name, shocks, n=3, cutoff=0.5)
            hint = (
                f"Did you mean {' or '.join(near)}" if near else "See: freehold shock FILE --list"
            )
            raise InputError(f"There is no shock '{name}'", mend=hint)
    return [shocks[name] for name in dict.fromkeys(names)]


def _changes(shock_id: str, text: str) -> tuple[Change, ...]:
    try:
        return tuple(Change.model_validate(change) for change in json.loads(text))
    except (ValueError, ValidationError) as error:
        raise CatalogueError(
            "The changes of a shock cannot be read",
            where=f"shocks, {shock_id}",
            mend="Mend the row of your own facts, or take it away",
        ) from error
