"""The user's own measurements: read, checked, and fitted as the last level of the factors.

They lie among the measured rows of a document's catalogue, under ids that begin with `own-`.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.calibration.bench import TRAINING_METRICS, Bench, read_bench
from freehold.capacity.calibration.factors import Calibration
from freehold.capacity.calibration.fitting import fit, predicted
from freehold.capacity.checks import Tables
from freehold.capacity.columns import numbers, texts
from freehold.capacity.facts import digest
from freehold.capacity.predictions import metrics
from freehold.costing.facts import relation
from freehold.errors import CatalogueError

TABLES: Final = ("bench_train", "bench_infer")
MARK: Final = "own-"

_MOST_TIMES_OFF: Final = 20.0
"""A measurement further from the prediction is taken as one of another unit or configuration."""

_KEPT: Final = 8
_fits: "OrderedDict[str, Calibration]" = OrderedDict()


@dataclass(frozen=True)
class Checked:
    """A table of measurements: what can be used, and why the rest cannot.

    `usable` keeps the columns given; `skipped` has line (2 = the first under the header) and
    reason.
    """

    usable: pd.DataFrame
    skipped: pd.DataFrame


def own_rows(
    connection: duckdb.DuckDBPyConnection, catalogue: str = "catalogue"
) -> dict[str, pd.DataFrame]:
    """Return the user's own measurements in the catalogue by table; tables without any are out."""
    found = {}
    for name in TABLES:
        try:
            table = relation(connection, name, catalogue)
        except CatalogueError:  # a catalogue of one's own may go without measured rows
            continue
        rows = connection.execute(
            f"FROM {table} WHERE starts_with(case_id, ?) ORDER BY case_id", [MARK]
        ).df()
        if len(rows):
            found[name] = rows
    return found


def fitted_to_own(
    tables: Tables, connection: duckdb.DuckDBPyConnection, catalogue: str = "catalogue"
) -> Tables:
    """Return the tables with the last level fitted to the user's own measurements, if any.

    The shipped factors stay as they are; without measurements the tables come back unchanged.
    """
    rows = own_rows(connection, catalogue)
    if not rows:
        return tables
    key = _digest(rows, connection, catalogue)
    if key not in _fits:
        _fits[key] = fitted(rows, connection, tables)
        while len(_fits) > _KEPT:
            _fits.popitem(last=False)
    return replace(tables, calibration=_fits[key])


def fitted(
    rows: dict[str, pd.DataFrame], connection: duckdb.DuckDBPyConnection, tables: Tables
) -> Calibration:
    """Return the present factors with a level fitted to these measurements."""
    values = dict(tables.calibration.values)
    for table in rows.values():
        bench = _each_for_itself(read_bench(table, tables.chips.spellings))
        own = fit(bench, connection, tables, upon=tables.calibration)
        values |= own.calibration().values
    return Calibration(values, own=True)


def _each_for_itself(bench: Bench) -> Bench:
    """Let every configuration count as a source: own rows are few, and all of the same house."""
    return replace(bench, family=texts(bench.spec, "config_id"))


def _digest(
    rows: dict[str, pd.DataFrame], connection: duckdb.DuckDBPyConnection, catalogue: str
) -> str:
    """Return what the fit depends on: the rows, and the facts about chips and models."""
    made = hashlib.sha256()
    for name, table in rows.items():
        made.update(name.encode() + table.to_csv(index=False).encode())
    read = ("accelerators", "models", "model_caches", "efficiency_factors")
    made.update(digest(connection, read, catalogue).encode())
    return made.hexdigest()


def check(
    table: pd.DataFrame, connection: duckdb.DuckDBPyConnection, tables: Tables
) -> dict[str, Checked]:
    """Sort measurements into those that can be used and those that cannot, with a reason each.

    Args:
        table: rows with the columns of bench_train.csv or bench_infer.csv, or some of them; both
            kinds may stand in one table.
        connection: holds the schema `catalogue`.
        tables: the catalogue's facts.

    Raises:
        InputError: measured_metric or measured_value is missing.
    """
    table = table.reset_index(drop=True)
    training = texts(table, "measured_metric").isin(list(TRAINING_METRICS)).to_numpy(dtype=bool)
    found = {}
    for name, chosen in (("bench_train", training), ("bench_infer", ~training)):
        part = table[chosen]
        if len(part) or name == "bench_infer":
            found[name] = _checked(part, connection, tables)
    return found


def _checked(table: pd.DataFrame, connection: duckdb.DuckDBPyConnection, tables: Tables) -> Checked:
    lines = table.index.to_numpy() + 2
    bench = read_bench(table, tables.chips.spellings)
    reasons = pd.Series("", index=range(len(table)), dtype="str")

    def because(wrong: object, says: "pd.Series[str] | str") -> None:
        nonlocal reasons
        where = np.asarray(wrong, dtype=np.bool_)
        reasons = reasons.mask(where & (reasons == "").to_numpy(dtype=np.bool_), says)

    known = bench.metric.isin(list(metrics()))
    because(~known, "measured_metric '" + bench.metric + "' is not one of the model's figures")
    because(
        ~(numbers(table, "measured_value") > 0),
        "measured_value '" + texts(table, "measured_value").reset_index(drop=True)
        + "' is not a positive number",
    )  # fmt: skip
    tail = bench.figure.map(lambda name: name in metrics() and metrics()[name].interval == "tail")
    because(tail, "percentiles are not fitted, only means and rates")
    if len(table):
        with np.errstate(divide="ignore", invalid="ignore"):
            middle, rows = predicted(bench, connection, tables)
            off = np.exp(np.abs(np.log(middle / bench.value)))
        refused = rows["refused_because"].reset_index(drop=True).astype("str")
        because(refused != "", "it cannot be predicted: " + refused)
        overloaded = rows["overloaded"].to_numpy(dtype=np.bool_)
        because(
            ~bench.eligible,
            "hardware or work is not stated: accelerators, for minutes and gpu_hours also tokens_b"
            " or samples",
        )
        because(
            ~np.isfinite(middle) & overloaded,
            "the load stated is more than the model thinks possible, so there is no latency",
        )
        because(~np.isfinite(middle), "the row has no such figure")
        because(
            off > _MOST_TIMES_OFF,
            pd.Series(off).map("{:.0f} times away from the prediction: check unit and row".format),
        )
    doubled = table.reset_index(drop=True).duplicated()
    because(doubled, "the same row stands above")
    bad = (reasons != "").to_numpy(dtype=bool)
    return Checked(
        usable=table[~bad].reset_index(drop=True),
        skipped=pd.DataFrame({"line": lines[bad], "reason": reasons[bad].to_numpy(dtype=object)}),
    )
