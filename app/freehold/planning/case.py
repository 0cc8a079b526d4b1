"""A planning problem with all that explains it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from freehold.planning.candidates import Candidates
from freehold.planning.demand import Calendar
from freehold.planning.options import PlanOptions
from freehold.planning.places import Places
from freehold.planning.problem import Bools, Problem


@dataclass(frozen=True)
class Case:
    """A planning problem with all that explains it.

    Attributes:
        problem: over the pairs that every requirement allows.
        whole: over all candidate pairs.
        masks: by name of a requirement (a rule's id, latency, ...), the pairs it excludes, C.
        candidates, places, attributes: the tables behind the arrays.
        workloads: the planned workloads, by row.
        when: the periods.
        unmodelled: rules in force that the plan cannot keep to, with the reason.
        left_aside: rules of medium or low severity without which a workload has no place at all.
        notes: sentences on assumptions made.
        pairs: numbers of the pairs of `problem` among those of `whole`.
        estate: schema of the estate that is planned.
    """

    options: PlanOptions
    problem: Problem
    whole: Problem
    masks: dict[str, Bools]
    candidates: Candidates
    places: Places
    attributes: pd.DataFrame
    workloads: pd.DataFrame
    when: Calendar
    unmodelled: dict[str, str]
    left_aside: dict[str, list[str]]
    notes: list[str]
    pairs: np.ndarray
    estate: str = "estate"

    def restricted(self, *, without: Sequence[str] = (), seal: int | None = None) -> "Case":
        """Return the case with some requirements lifted, or at another SEAL."""
        masks = {name: mask for name, mask in self.masks.items() if name not in without}
        options = self.options
        if seal is not None:
            options = replace(options, min_seal=seal)
            masks = {name: mask for name, mask in masks.items() if not name.startswith("SEAL ")}
            if seal > 0:
                masks[f"SEAL {seal}"] = below(self.places, seal)
        whole = self.whole
        for name in without:
            whole = whole.without(name)
        kept = allowed(masks, len(whole.pair_offer))
        return replace(
            self,
            options=options,
            masks=masks,
            whole=whole,
            problem=whole.kept(kept),
            pairs=np.flatnonzero(kept),
        )


def below(places: Places, seal: int) -> Bools:
    """Return the pairs at places under a SEAL."""
    found: Bools = (places.table["seal"].to_numpy() < seal)[places.of_pair]
    return found


def allowed(masks: dict[str, Bools], count: int) -> Bools:
    """Return which of `count` pairs no mask bars."""
    kept = np.ones(count, dtype=np.bool_)
    for mask in masks.values():
        kept &= ~mask
    return kept
