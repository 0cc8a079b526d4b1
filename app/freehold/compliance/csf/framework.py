"""The EU Cloud Sovereignty Framework as data: criteria, options, points, SEAL, weight sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property

import duckdb

from freehold.catalogue import open_catalogue
from freehold.errors import CatalogueError, InputError

FRAMEWORK_ID = "EU-CSF-CALC"
"""The framework's id in the catalogue's `frameworks` table."""

DEFAULT_WEIGHTS = "2026-06"
"""The weight set used when none is named: that of the guidance of June 2026."""

TOP_SEAL = 4
"""The highest SEAL there is."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a criterion, with its points and the SEAL that it reaches."""

    number: int
    label: str
    points: Decimal
    seal: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of the 48 criteria; options are ordered from the lowest, numbered from 1."""

    id: str
    title: str
    options: tuple[Option, ...]

    @property
    def objective(self) -> str:
        """The objective it belongs to, as in SOV-1."""
        return self.id.partition(".")[0]

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of its options."""
        return frozenset(option.number for option in self.options)

    @property
    def maximum(self) -> Decimal:
        """The most points it can give."""
        return max(option.points for option in self.options)

    def option(self, number: int) -> Option:
        """Return the option of that number; raises KeyError if there is none."""
        for option in self.options:
            if option.number == number:
                return option
        raise KeyError(number)


@dataclass(frozen=True)
class Framework:
    """All criteria by id, in their order, and the official weight sets by name."""

    criteria: Mapping[str, Criterion]
    weight_sets: Mapping[str, Mapping[str, Decimal]]

    @cached_property
    def objectives(self) -> tuple[str, ...]:
        """The objectives in their order."""
        return tuple(dict.fromkeys(criterion.objective for criterion in self.criteria.values()))

    def weights(self, chosen: str | Mapping[str, Decimal]) -> tuple[str, Mapping[str, Decimal]]:
        """Return the name and the weights of a named set, or of a buyer's own weights.

        Raises:
            InputError: there is no such set, or an objective has no weight.
        """
        if isinstance(chosen, str):
            if chosen not in self.weight_sets:
                raise InputError(
                    f"There is no weight set '{chosen}'",
                    mend=f"Use {' or '.join(sorted(self.weight_sets))}",
                )
            return chosen, self.weight_sets[chosen]
        if missing := [name for name in self.objectives if name not in chosen]:
            raise InputError(f"The weights leave out {', '.join(missing)}")
        if any(weight < 0 for weight in chosen.values()) or not sum(chosen.values()):
            raise InputError("Weights must be positive numbers")
        return "own", chosen


def load(connection: duckdb.DuckDBPyConnection, catalogue: str = "catalogue") -> Framework:
    """Read the framework from an open catalogue.

    Raises:
        CatalogueError: the catalogue does not hold the framework whole.
    """
    try:
        rows = connection.execute(
            f'SELECT control_id, title, requirement, severity_level, weight FROM "{catalogue}"'
            ".frameworks WHERE framework_id = ? ORDER BY control_id",
            [FRAMEWORK_ID],
        ).fetchall()
        weighted = connection.execute(
            f'SELECT weights, objective, weight FROM "{catalogue}".csf_weights'
            " ORDER BY weights, objective"
        ).fetchall()
    except duckdb.Error as error:
        raise CatalogueError("The catalogue holds no EU Cloud Sovereignty Framework") from error
    options: dict[str, list[Option]] = {}
    titles: dict[str, str] = {}
    for control, title, requirement, level, points in rows:
        criterion, _, number = control.partition("#")
        if number:
            seal = int(level.removeprefix("SEAL-"))
            option = Option(int(number), requirement, Decimal(str(points)), seal)
            options.setdefault(criterion, []).append(option)
        else:
            titles[criterion] = title
    if not titles or set(titles) != set(options):
        raise CatalogueError("The catalogue holds the EU Cloud Sovereignty Framework only in part")
    ordered = sorted(titles, key=lambda name: tuple(map(int, name[4:].split("."))))
    criteria = {
        name: Criterion(name, titles[name], tuple(sorted(options[name], key=lambda o: o.number)))
        for name in ordered
    }
    sets: dict[str, dict[str, Decimal]] = {}
    for name, objective, weight in weighted:
        sets.setdefault(name, {})[objective] = Decimal(str(weight))
    return Framework(criteria, sets)


@cache
def shipped() -> Framework:
    """Return the framework of the shipped catalogue."""
    with duckdb.connect() as connection:
        open_catalogue(connection, tables=("frameworks", "csf_weights"))
        return load(connection)
