"""HiGHS on a model: relaxed or whole, with a time limit, progress and cancel."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from freehold.planning.model import Model
from freehold.planning.problem import Floats

_SCALE = 1e-3
"""Objectives are given to the solver in thousands, nearer to its tolerances."""

_SAME = 1e-5


@dataclass(frozen=True)
class Solved:
    """What the solver found: `values` and `duals` are None where it has none.

    `bound` is below every solution of this model; `finished` tells that no limit stopped it.
    """

    objective: float
    bound: float
    values: Floats | None
    duals: Floats | None
    finished: bool
    basis: "Basis | None" = None


@dataclass(frozen=True)
class Basis:
    """Which columns and rows a relaxed optimum rests on, by the model's keys."""

    columns: npt.NDArray[np.int64]
    column_status: list[highspy.HighsBasisStatus]
    rows: npt.NDArray[np.int64]
    row_status: list[highspy.HighsBasisStatus]

    def on(self, model: Model) -> highspy.HighsBasis:
        """Return the basis for a model with more columns and rows."""
        low, basic = highspy.HighsBasisStatus.kLower, highspy.HighsBasisStatus.kBasic
        basis = highspy.HighsBasis()
        columns = _moved(self.columns, self.column_status, model.column_keys, low)
        rows = _moved(self.rows, self.row_status, model.row_keys, basic)
        # Machines that a relaxed model has no columns for are just as many as are needed.
        units, holds = model.columns["unit"].part, model.rows["whole"].part
        columns[units] = [basic] * (units.stop - units.start)
        rows[holds] = [highspy.HighsBasisStatus.kUpper] * (holds.stop - holds.start)
        basis.col_status, basis.row_status = columns, rows
        basis.valid = True
        basis.alien = True
        return basis


def _moved(
    old: npt.NDArray[np.int64],
    status: list[highspy.HighsBasisStatus],
    new: npt.NDArray[np.int64],
    default: highspy.HighsBasisStatus,
) -> list[highspy.HighsBasisStatus]:
    known = dict(zip(old.tolist(), status, strict=True))
    return [known.get(key, default) for key in new.tolist()]


@dataclass
class Control:
    """How long to go on, who is told, and whether to stop.

    `tell` gets (seconds, objective or None, bound); `stop` is set from another thread.
    """

    seconds: float = 60.0
    tell: Callable[[float, float | None, float], None] | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.perf_counter)

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started

    @property
    def left(self) -> float:
        """Seconds left, never negative; 0 once stopped."""
        return 0.0 if self.stop.is_set() else max(self.seconds - self.spent, 0.0)


class _Quiet(highspy.Highs):
    """The solver without the banner that its own start prints to standard output."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.silent()
        kinds = range(int(highspy.cb.HighsCallbackType.kCallbackMax) + 1)
        self.callbacks = [
            highspy.highs.HighsCallback(highspy.cb.HighsCallbackType(kind), self) for kind in kinds
        ]
        self.enableCallbacks()  # type: ignore[no-untyped-call]


def _passed(model: Model, *, integral: bool, seed: int) -> highspy.Highs:
    solver = _Quiet()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", seed)
    lp = highspy.HighsLp()
    lp.num_col_ = len(model.cost)
    lp.num_row_ = len(model.low)
    lp.col_cost_ = model.cost * _SCALE
    lp.col_lower_ = np.zeros(len(model.cost))
    lp.col_upper_ = model.upper
    lp.row_lower_ = model.low
    lp.row_upper_ = model.high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    matrix = sp.csc_matrix(model.matrix)
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data
    if integral:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in model.integral.tolist()]
    solver.passModel(lp)
    return solver


def relax(model: Model, control: Control, seed: int = 0, basis: Basis | None = None) -> Solved:
    """Solve the model without whole numbers, from the basis of a smaller one if given."""
    solver = _passed(model, integral=False, seed=seed)
    if basis is not None:
        solver.setBasis(basis.on(model))
    if np.isfinite(control.left):
        solver.setOptionValue("time_limit", max(control.left, 0.1))
    solver.run()
    finished = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    found = solver.getSolution()
    if not finished:
        return Solved(np.inf, -np.inf, None, None, False)
    objective = solver.getInfo().objective_function_value / _SCALE
    return Solved(
        objective,
        objective,
        np.array(found.col_value),
        np.array(found.row_dual) / _SCALE * model.scale,
        True,
        Basis(
            model.column_keys,
            list(solver.getBasis().col_status),
            model.row_keys,
            list(solver.getBasis().row_status),
        ),
    )


class Warm:
    """A model without whole numbers that is solved again at other bounds, from where it ended."""

    def __init__(
        self, model: Model, upper: Floats, basis: Basis | None = None, seed: int = 0
    ) -> None:
        self._solver = _passed(model, integral=False, seed=seed)
        columns = np.arange(len(upper))
        self.bound(columns, np.zeros(len(upper)), upper)
        if basis is not None:
            self._solver.setBasis(basis.on(model))

    def bound(self, columns: npt.NDArray[np.int64], low: Floats, high: Floats) -> None:
        """Set the bounds of some columns."""
        self._solver.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    def run(self) -> tuple[float, Floats | None]:
        """Return the objective and the values; infinite and None if nothing keeps the bounds."""
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return np.inf, None
        objective = self._solver.getInfo().objective_function_value / _SCALE
        return objective, np.array(self._solver.getSolution().col_value)


def solve(
    model: Model,
    control: Control,
    *,
    gap: float,
    seed: int = 0,
    start: Floats | None = None,
    floor: float = -np.inf,
    seconds: float | None = None,
    whole: bool = True,
) -> Solved:
    """Solve the model in whole numbers to `gap` against the better of its bound and `floor`.

    Args:
        model: the integer form.
        control: time, progress and cancel.
        gap: share of the objective that may be left.
        seed: of the solver's random choices.
        start: a solution to begin with.
        floor: a bound already known.
        seconds: a time limit of its own, within the control's.
        whole: the model has all pairs of the problem; else only `floor` bounds the problem.
    """
    solver = _passed(model, integral=True, seed=seed)
    solver.setOptionValue("mip_rel_gap", gap)
    limit = control.left if seconds is None else min(seconds, control.left)
    solver.setOptionValue("time_limit", max(limit, 0.1))
    if start is not None:
        given = highspy.HighsSolution()
        given.col_value = start.tolist()
        solver.setSolution(given)
    reached = threading.Event()

    def watch(event: highspy.HighsCallbackEvent) -> None:
        out = event.data_out
        best = out.mip_primal_bound
        known = best if abs(best) < 1e29 else None
        bound = max(out.mip_dual_bound if whole else -np.inf, floor * _SCALE)
        if control.tell is not None:
            control.tell(control.spent, None if known is None else known / _SCALE, bound / _SCALE)
        if known is not None and known - bound <= gap * abs(known):
            reached.set()
            event.interrupt()
        if control.stop.is_set():
            event.interrupt()

    latest: list[Floats] = []

    def improving(event: highspy.HighsCallbackEvent) -> None:
        latest[:] = [np.array(event.data_out.mip_solution)]

    solver.cbMipInterrupt.subscribe(watch)
    solver.cbMipImprovingSolution.subscribe(improving)
    solver.run()
    info = solver.getInfo()
    status = solver.getModelStatus()
    finished = status == highspy.HighsModelStatus.kOptimal or reached.is_set()
    has = info.primal_solution_status == 2
    if not has:
        none = highspy.HighsModelStatus.kInfeasible
        return Solved(np.inf, np.inf if status == none else floor, None, None, status == none)
    objective = info.objective_function_value / _SCALE
    values = np.array(solver.getSolution().col_value)

    def other(found: Floats) -> bool:
        return abs(float(model.cost @ found) - objective) > _SAME * abs(objective)

    # Where presolve settles a model, the solver may give back what it was given to start with.
    if other(values) and latest and len(latest[0]) == len(values):
        values = latest[0]
    if other(values) and start is not None:
        return solve(model, control, gap=gap, seed=seed, floor=floor, seconds=seconds, whole=whole)
    return Solved(objective, max(info.mip_dual_bound / _SCALE, floor), values, None, finished)
