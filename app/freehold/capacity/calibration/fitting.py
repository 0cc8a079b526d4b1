"""Fits the named factors to measurements: robust least squares on logarithms, held by priors.

The prediction is physics times factors, so the logarithm of a figure answers to the logarithm
of a factor with the share that its operation has in the figure. That share is measured by moving
each operation a little; a step of Gauss-Newton then fits all factors at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.calibration.bench import Bench
from freehold.capacity.calibration.design import Design, Name, design
from freehold.capacity.calibration.factors import BASE, OWN_CHIP, SERVING, TRAINING, Calibration
from freehold.capacity.checks import Tables
from freehold.capacity.columns import Bools, Floats
from freehold.capacity.estimate import estimate
from freehold.capacity.predictions import metrics
from freehold.capacity.serving_estimate import prepare
from freehold.capacity.training_estimate import training_figures

_NUDGE = 0.03
"""Change of a factor's logarithm by which its share in a figure is measured."""

_ROUNDS = 5
"""Steps of Gauss-Newton; the factors change by under a thousandth in the last."""

_OWN_ROUNDS = 3
"""Steps for the user's own level, which starts from fitted factors and so has less far to go."""

_NOISE = 0.15
"""Standard deviation of the logarithm of a figure about which measurements differ anyway."""

_MOST_PER_SOURCE = 3.0
"""Rows of one source and metric count for this many at most: they share their stack's habits."""

_PRIOR_WEIGHT = 6.0
"""Weight of the priors against the measurements, chosen by leaving families out."""


@dataclass(frozen=True)
class Fitted:
    """Factors fitted to a table, and what is needed to leave rows out again.

    `answered` rows have a prediction to be held against; `used` ones were fitted on.
    """

    design: Design
    values: Floats
    jacobian: Floats
    residual: Floats
    used: Bools
    answered: Bools

    def calibration(self) -> Calibration:
        """Return the factors as the model reads them."""
        return Calibration(_named(self.design, self.values))


def _named(columns: Design, values: Floats) -> Mapping[Name, float]:
    return dict(zip(columns.names, values.tolist(), strict=True))


def predicted(
    bench: Bench, connection: duckdb.DuckDBPyConnection, tables: Tables
) -> tuple[Floats, pd.DataFrame]:
    """Return the predicted figure of each row's metric, NaN if refused, and all predictions."""
    table = estimate(bench.spec, connection, tables=tables).table
    return pick(table, bench.figure, ""), table


def pick(table: pd.DataFrame, figure: "pd.Series[str]", side: str) -> Floats:
    """Return each row's own figure from a table of predictions; `side` is _low80 or _high80."""
    found = np.full(len(table), np.nan)
    asked = figure.to_numpy(dtype=object)
    for name in figure.unique():
        column = f"{name}{side}"
        if column in table:
            rows = asked == name
            found[rows] = table[column].to_numpy(dtype=np.float64)[rows]
    return found


def fit(
    bench: Bench,
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    *,
    upon: Calibration | None = None,
) -> Fitted:
    """Fit the factors of a table of training or of serving measurements.

    With `upon`, those factors stay as they are and only the user's own level is fitted.
    """
    held = Calibration() if upon is None else replace(upon, own=True)
    plain = replace(tables, calibration=held)
    if bench.is_training:
        operations = tuple(f"training_{name}" for name in TRAINING)
        levels = training_figures(bench.spec, plain).levels
    else:
        operations = SERVING
        levels = prepare(bench.spec, plain).levels
    columns = design(levels, operations, len(bench.spec), only_own=held.own)
    values = np.zeros(len(columns.names))
    residual: Floats = np.zeros(0)
    jacobian: Floats = np.zeros((0, 0))
    answered = used = np.zeros(len(bench.spec), dtype=np.bool_)
    for _ in range(_OWN_ROUNDS if held.own else _ROUNDS):
        shares, middle = _shares(bench, connection, plain, columns=columns, values=values)
        with np.errstate(divide="ignore", invalid="ignore"):
            residual = np.log(bench.value) - np.log(middle)
        jacobian = columns.columns * shares
        answered = np.isfinite(residual) & np.isfinite(jacobian).all(axis=1) & bench.eligible
        used = answered & ~_is_tail(bench)
        residual = np.where(used, residual, 0.0)
        jacobian = np.where(used[:, None], jacobian, 0.0)
        step = _step(residual, jacobian, _weights(bench, used), columns, values)
        values = values + np.clip(step, -1.0, 1.0)
    return Fitted(columns, values, jacobian, residual, used, answered)


def _is_tail(bench: Bench) -> Bools:
    """Rows of a percentile: they are predicted, but tell nothing of the mean times fitted here."""
    tails = {name for name, metric in metrics().items() if metric.interval == "tail"}
    return bench.figure.isin(list(tails)).to_numpy(dtype=np.bool_)


def without(fitted: Fitted, bench: Bench, left_out: Bools) -> Calibration:
    """Return the factors as they are without some rows: one step from the whole fit."""
    kept = fitted.used & ~left_out
    weights = _weights(bench, kept)
    step = _step(fitted.residual, fitted.jacobian, weights, fitted.design, fitted.values)
    return Calibration(_named(fitted.design, fitted.values + np.clip(step, -2.0, 2.0)))


def _shares(
    bench: Bench,
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    *,
    columns: Design,
    values: Floats,
) -> tuple[Floats, Floats]:
    """Return how each row's figure answers to each factor's operation, and the figure."""
    held = tables.calibration
    named = {**held.values, **_named(columns, values)}
    at = replace(tables, calibration=Calibration(named, held.own))
    middle, _ = predicted(bench, connection, at)
    answers: dict[str, Floats] = {}
    for operation in dict.fromkeys(str(name) for name in columns.operations):
        base = (operation, BASE, BASE)
        moved = Calibration({**named, base: named.get(base, 0.0) + _NUDGE}, held.own)
        nudged, _ = predicted(bench, connection, replace(tables, calibration=moved))
        with np.errstate(divide="ignore", invalid="ignore"):
            answer = (np.log(nudged) - np.log(middle)) / _NUDGE
        answers[operation] = np.nan_to_num(answer)
    return np.stack([answers[str(name)] for name in columns.operations], axis=1), middle


def _weights(bench: Bench, used: Bools) -> Floats:
    """Return row weights under which no source of many alike rows drowns the others."""
    source = bench.family + "|" + bench.metric
    count = pd.Series(used).groupby(source.to_numpy()).transform("sum").to_numpy(dtype=np.float64)
    return np.where(used, np.minimum(1.0, _MOST_PER_SOURCE / np.maximum(count, 1.0)), 0.0)


def _step(
    residual: Floats, jacobian: Floats, weights: Floats, columns: Design, values: Floats
) -> Floats:
    """Return the change of the factors: soft-L1 loss by reweighting, priors around zero.

    Soft L1, 2 (sqrt(1 + z) - 1), as in Triggs et al. 2000, Bundle Adjustment, section 3.3.
    """
    hold = _PRIOR_WEIGHT / columns.prior_sd**2
    # Near saturation a figure answers to an operation many times over, and so to its error.
    bases = np.array(
        [
            level in (BASE, OWN_CHIP) and operation != "load_slope"
            for operation, level, _ in columns.names
        ]
    )
    noise = _NOISE * np.maximum(np.abs(jacobian[:, bases]).sum(axis=1), 1.0)
    step: Floats = np.zeros(jacobian.shape[1])
    for _ in range(8):
        left = residual - jacobian @ step
        strength = weights / noise**2 / np.sqrt(1 + (left / noise) ** 2)
        weighted = jacobian * strength[:, None]
        normal = weighted.T @ jacobian + np.diag(hold)
        solved = np.linalg.solve(normal, weighted.T @ residual - hold * values)
        step = np.asarray(solved, dtype=np.float64)
    return step
