"""A solution of a model in terms of its problem."""

import numpy as np

from freehold.planning.model import Model
from freehold.planning.problem import COMMITTED, METERED, WHOLE, Answer, Floats, bound_months


def answer_of(model: Model, values: Floats) -> tuple[Answer, Floats]:
    """Return a solution of the model in terms of its problem, and the unserved shares (W x S)."""
    p = model.problem
    found = {name: values[block.part].reshape(block.shape) for name, block in model.columns.items()}
    shares = np.zeros((len(p.pair_offer), p.stages))
    shares[model.pairs] = np.maximum(found["share"], 0.0)
    starts = np.zeros((len(p.offers), p.months))
    starts[model.committed] = found["begin"]
    units = np.zeros((len(p.offers), p.periods))
    used = shares[:, p.stage] * p.machines
    np.add.at(units, p.pair_offer, used)
    units = np.where((p.kind == METERED)[:, None], units, 0.0)
    if len(model.wholes):
        units[model.wholes] = found["unit"]
    else:
        lp = np.zeros_like(units)
        np.add.at(lp, p.pair_offer, used)
        units = np.where((p.kind == WHOLE)[:, None], lp, units)
    held = np.einsum("jm,jmn->jn", starts, bound_months(p).astype(np.float64))
    units = np.where((p.kind == COMMITTED)[:, None], held[:, p.month], units)
    moved = np.zeros(len(p.workloads))
    if len(model.visits):
        np.add.at(moved, model.visits[:, 0], found["arrive"].sum(axis=1))
    answer = Answer(
        shares, units, starts, moved, np.maximum(found["short"], 0.0), *_copies(model, found)
    )
    return answer, found["unserved"]


def _copies(model: Model, found: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Return which copies are held (D x P x S), and how often each is brought (D x P)."""
    data = model.problem.data
    if data is None:
        return np.zeros((0, 0, 0)), np.zeros((0, 0))
    held, brought = np.zeros((*data.here.shape, model.problem.stages)), np.zeros(data.here.shape)
    name, place = model.copies.held.T
    held[name, place] = found["copy"]
    brought[name, place] = found["fetch"].sum(axis=1)
    return held, brought
