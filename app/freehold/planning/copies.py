"""Copies of data sets beside the workloads that read them, in models and what models lack."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from freehold.planning.problem import Bools, Floats, Ints, Problem

if TYPE_CHECKING:
    from freehold.planning.model import Model


@dataclass(frozen=True)
class Copies:
    """What a model knows of data: `held` copies (data set, place), N x 2, and who reads them.

    `reads` are (workload, data set, place), R x 3, in ascending order; `copy_of` is the copy of
    each. The entries tie pairs to the reads they need: `pair` and `read`, each as long.
    """

    held: Ints
    reads: Ints
    copy_of: Ints
    pair: Ints
    read: Ints


def copies(problem: Problem, pairs: Ints) -> Copies:
    """Return the copies that some pairs need, without those that cost nothing."""
    data = problem.data
    none = np.zeros(0, dtype=np.int64)
    if data is None or not len(pairs):
        return Copies(none.reshape(0, 2), none.reshape(0, 3), none, none, none)
    work, place = problem.pair_workload[pairs], problem.place[problem.pair_offer[pairs]]
    pair, name = np.nonzero(data.readers[work] & data.costs.T[place])
    asked = np.stack([work[pair], name, place[pair]], axis=1)
    reads, read = np.unique(asked, axis=0, return_inverse=True)
    held, copy_of = np.unique(reads[:, 1:], axis=0, return_inverse=True)
    return Copies(held, reads, copy_of.ravel(), pair, read.ravel())


def by_place(problem: Problem) -> Floats:
    """Return what the data of each workload cost at each place over the horizon, W x P, USD."""
    data = problem.data
    if data is None:
        return np.zeros((len(problem.workloads), int(problem.place.max(initial=0)) + 1))
    each = data.usd_per_month * problem.stage_months.sum() + data.fetch_usd
    found: Floats = data.readers.astype(np.float64) @ each
    return found


def free_at(problem: Problem) -> Bools:
    """Return whether a place has all that a workload reads at no cost, W x P."""
    found: Bools = by_place(problem) <= 0
    return found


def read_duals(model: "Model", duals: Floats) -> Floats:
    """Return the duals of what each workload reads at each place, W x P x S."""
    p, known = model.problem, model.copies
    assert p.data is not None
    found = np.zeros((len(p.workloads), p.data.here.shape[1], p.stages))
    lines = duals[model.rows["read"].part].reshape(-1, p.stages)
    np.add.at(found, (known.reads[:, 0], known.reads[:, 2]), lines)
    return found


def missing_store(model: "Model") -> Floats:
    """Return the cost of copies that a model has no columns for, W x P x S.

    A copy's cost is shared alike among its readers: some split of it bounds what all of them save,
    so any may be taken.
    """
    p = model.problem
    assert p.data is not None
    part = _part(model, p.data.usd_per_month)
    found: Floats = part[:, :, None] * p.stage_months
    return found


def missing_fetch(model: "Model") -> Floats:
    """Return the cost, once, of bringing copies that a model has no columns for, W x P."""
    assert model.problem.data is not None
    return _part(model, model.problem.data.fetch_usd)


def _part(model: "Model", usd: Floats) -> Floats:
    data = model.problem.data
    assert data is not None
    rest = usd.copy()
    held = model.copies.held
    rest[held[:, 0], held[:, 1]] = 0.0
    readers = data.readers.astype(np.float64)
    shared: Floats = (readers / np.maximum(readers.sum(axis=0), 1.0)) @ rest
    return shared
