"""Stated assumptions of the capacity model, kept as data beside their sources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd

from freehold.errors import CatalogueError


@dataclass(frozen=True)
class Assumption:
    """One stated value with its unit, basis (house_default, literature) and source."""

    name: str
    value: float
    unit: str
    basis: str
    source: str


class Assumptions(Mapping[str, float]):
    """Named values of the model; `entry` gives the source of each."""

    def __init__(self, entries: Mapping[str, Assumption]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> float:
        return self._entries[name].value

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, name: str) -> Assumption:
        """Return the value with its unit and source."""
        return self._entries[name]

    def changed(self, values: Mapping[str, float]) -> "Assumptions":
        """Return a copy with some values replaced by the user's own.

        Raises:
            CatalogueError: if a name is not an assumption of the model.
        """
        unknown = sorted(set(values) - set(self._entries))
        if unknown:
            raise CatalogueError(
                "This assumption does not exist",
                where=unknown[0],
                mend=f"Use one of: {', '.join(sorted(self._entries))}",
            )
        entries = dict(self._entries)
        for name, value in values.items():
            old = entries[name]
            entries[name] = Assumption(name, float(value), old.unit, "user", "set by the user")
        return Assumptions(entries)


def read_table(name: str) -> pd.DataFrame:
    """Return a data table that lies beside this module, all columns as text."""
    with files("freehold.capacity").joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


@cache
def shipped() -> Assumptions:
    """Return the assumptions the program ships with (assumptions.csv)."""
    table = read_table("assumptions.csv")
    return Assumptions(
        {
            name: Assumption(name, float(value), unit, basis, source)
            for name, value, unit, basis, source in table.itertuples(index=False)
        }
    )
