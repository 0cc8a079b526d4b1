"""Measured rows as specifications: what they state, what they measured, which ones count."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from freehold.capacity.assumptions import read_table
from freehold.capacity.columns import Bools, Floats, numbers, texts
from freehold.errors import InputError

MEASURED = ("measured_metric", "measured_value")

TRAINING_METRICS = frozenset(
    {"tokens_per_s_per_gpu", "tokens_per_s_total", "tflops_per_gpu", "mfu", "minutes", "gpu_hours"}
)

_WORK = frozenset({"minutes", "gpu_hours"})


@dataclass(frozen=True)
class Bench:
    """A table of measurements; `spec` is what a prediction may read, nothing measured in it.

    `metric` is what a row says it measured, `figure` the predicted figure that compares with it.
    `given` rows state the answer: a throughput beside the arrival rate that it follows from.
    """

    spec: pd.DataFrame
    case_id: "pd.Series[str]"
    family: "pd.Series[str]"
    metric: "pd.Series[str]"
    figure: "pd.Series[str]"
    value: Floats
    eligible: Bools
    given: Bools

    @property
    def is_training(self) -> bool:
        """Whether the rows are training runs."""
        return bool(self.metric.isin(list(TRAINING_METRICS)).all())

    def rows(self, where: Bools) -> "Bench":
        """Return only the chosen rows."""
        return Bench(
            self.spec[where].reset_index(drop=True),
            self.case_id[where].reset_index(drop=True),
            self.family[where].reset_index(drop=True),
            self.metric[where].reset_index(drop=True),
            self.figure[where].reset_index(drop=True),
            self.value[where],
            self.eligible[where],
            self.given[where],
        )


def without_rate(bench: Bench) -> Bench:
    """Return the rows that state their answer, without it: the rate becomes a prediction."""
    asked = bench.rows(bench.given)
    nothing = np.zeros(len(asked.value), dtype=np.bool_)
    return replace(asked, spec=asked.spec.assign(qps=""), given=nothing)


def read_bench(table: pd.DataFrame, chips: frozenset[str]) -> Bench:
    """Return the measurements of a table with the columns of bench_train or bench_infer.

    `chips` are the spellings of accelerators that the catalogue knows.

    Raises:
        InputError: if measured_metric or measured_value is missing.
    """
    for column in MEASURED:
        if column not in table:
            raise InputError(
                f"The table has no column {column}",
                where=", ".join(map(str, table.columns[:8])),
                mend="Give the columns of bench_train.csv or bench_infer.csv",
            )
    table = table.reset_index(drop=True)
    metric = texts(table, "measured_metric")
    value = numbers(table, "measured_value")
    family = texts(table, "family")
    spec = _as_meant(table.drop(columns=list(MEASURED)), family)
    return Bench(
        spec=spec,
        case_id=texts(table, "case_id"),
        family=family,
        metric=metric,
        figure=_figures(metric, family),
        value=np.where(value > 0, value, np.nan),
        eligible=_eligible(table, metric, chips) & (value > 0),
        given=_given(spec, metric),
    )


def _given(spec: pd.DataFrame, metric: "pd.Series[str]") -> Bools:
    offline = texts(spec, "scenario").str.lower().str.contains("offline")
    rate = metric.isin(["output_tokens_per_s_total", "samples_per_s_total"]) & ~offline
    return np.asarray(rate & np.isfinite(numbers(spec, "qps")), dtype=np.bool_)


def _conventions() -> pd.DataFrame:
    """What sources mean by their columns: a factor on lengths, or another metric's name."""
    return read_table("calibration/conventions.csv")[["family_prefix", "column", "meaning"]]


def _as_meant(spec: pd.DataFrame, family: "pd.Series[str]") -> pd.DataFrame:
    """Apply what a source means by its columns, such as nominal lengths."""
    spec = spec.copy()
    for prefix, column, factor in _conventions().itertuples(index=False):
        named = family.str.startswith(prefix)
        if column == "attention_dp":
            spec = _attention_apart(spec, named)
        elif column == "notes":
            spec = _two_pools(spec, texts(spec, column).where(named, "").str.extract(factor))
        if column not in spec or column == "notes":
            continue
        value = numbers(spec, column)
        meant = named.to_numpy(dtype=np.bool_) & np.isfinite(value)
        if meant.any():
            scaled = pd.Series(value * float(factor), index=spec.index).astype("str")
            spec[column] = spec[column].astype("str").where(~meant, scaled)
    return spec


def _attention_apart(spec: pd.DataFrame, where: "pd.Series[bool]") -> pd.DataFrame:
    """Read ways stated as tensor parallel as ranks of attention that share the experts."""
    spec = spec.copy()
    ways = texts(spec, "tp")
    for column, value in (("dp", ways), ("ep", ways), ("tp", "1")):
        spec[column] = texts(spec, column).mask(where, value)
    return spec


def _two_pools(spec: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Take over what notes tell of the devices that prefill and of the cut of those that decode."""
    spec = spec.copy()
    told = told.apply(pd.to_numeric)
    told["prefill_accelerators"] = told["pools"] * told["devices"]
    # Ranks of attention in one pool share the experts, whether or not each expert is held whole.
    told["ep"] = told["ep"].where(told["ep"] > 1, told["dp"].where(told["dp"] > 1))
    for column in ("prefill_accelerators", "tp", "dp", "ep"):
        cells = told[column].map("{:.0f}".format)
        spec[column] = texts(spec, column).mask(told[column].notna(), cells)
    return spec


def _figures(metric: "pd.Series[str]", family: "pd.Series[str]") -> "pd.Series[str]":
    figure = metric.copy()
    for prefix, column, name in _conventions().itertuples(index=False):
        if column == "measured_metric":
            figure = figure.where(~family.str.startswith(prefix), name)
    return figure


def _eligible(table: pd.DataFrame, metric: "pd.Series[str]", chips: frozenset[str]) -> Bools:
    """Rows that state hardware and amount of work.

    Hardware: an accelerator of the catalogue and how many; GPU-hours do not need the number.
    Work: tokens or samples where the measured figure is the time of the whole run.
    """
    known = texts(table, "accelerator_id").isin(list(chips)).to_numpy(dtype=np.bool_)
    counted = np.isfinite(numbers(table, "accelerators"))
    counted |= (metric == "gpu_hours").to_numpy(dtype=np.bool_)
    work = np.isfinite(numbers(table, "tokens_b")) | np.isfinite(numbers(table, "samples"))
    whole_run = metric.isin(list(_WORK)).to_numpy(dtype=np.bool_)
    return np.asarray(known & counted & (work | ~whole_run), dtype=np.bool_)
