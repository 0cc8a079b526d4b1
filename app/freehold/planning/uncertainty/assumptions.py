"""How uncertain each thing is taken to be: the catalogue's `volatilities` and the user's own."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd

from freehold.costing.facts import relation
from freehold.errors import InputError

ALL = "*"


@dataclass(frozen=True)
class Volatilities:
    """Parameters by (factor, subject, parameter); `table` tells source, basis and unit of each.

    A subject is a kind of workload, the term of a price, or `*`.
    """

    values: Mapping[tuple[str, str, str], float]
    table: pd.DataFrame

    def get(self, factor: str, subject: str, parameter: str, otherwise: float) -> float:
        """Return a parameter, of all subjects if this one has none, else `otherwise`."""
        for one in (subject, ALL):
            found = self.values.get((factor, one, parameter))
            if found is not None:
                return found
        return otherwise

    def changed(self, values: Mapping[str, float]) -> "Volatilities":
        """Return the same with some values replaced, by 'factor.subject.parameter'.

        Raises:
            InputError: there is no such parameter, or the value is not a number of zero or more.
        """
        table = self.table.copy()
        names = table["factor"] + "." + table["subject"] + "." + table["parameter"]
        for name, value in values.items():
            place = names == name
            if not place.any():
                raise InputError(
                    f"There is no assumption '{name}'", mend=f"They are: {', '.join(names)}"
                )
            if not 0 <= value < float("inf"):
                raise InputError(f"The assumption {name} cannot be {value}", mend="Give 0 or more")
            table.loc[place, "value"] = value
            table.loc[place, ["basis", "source"]] = ["assumed", "set for this run"]
        return _of(table)

    def certain(self) -> "Volatilities":
        """Return the same with no spread, no events and no range: everything as planned."""
        still = {
            "sigma": 0.0, "spread": 0.0, "probability": 0.0, "jump_probability": 0.0,
            "factor80": 1.0, "low_ratio": 1.0, "high_ratio": 1.0,
            "draw_low_ratio": 1.0, "draw_high_ratio": 1.0,
        }  # fmt: skip
        return Volatilities(
            {key: still.get(key[2], value) for key, value in self.values.items()}, self.table
        )


def volatilities(
    connection: duckdb.DuckDBPyConnection, catalogue: str = "catalogue"
) -> Volatilities:
    """Return the catalogue's parameters; a scenario's own table (`catalogue`) comes first."""
    table = connection.execute(
        "SELECT factor, subject, parameter, CAST(value AS DOUBLE) AS value, unit, doc, basis, "
        f"source, verified, as_of FROM {relation(connection, 'volatilities', catalogue)} "
        "ORDER BY factor, subject, parameter"
    ).df()
    return _of(table)


def _of(table: pd.DataFrame) -> Volatilities:
    keys = zip(table["factor"], table["subject"], table["parameter"], strict=True)
    return Volatilities(dict(zip(keys, table["value"].astype(float), strict=True)), table)
