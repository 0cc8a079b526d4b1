"""A case without some of its workloads, so that the others can be planned all the same."""

from dataclasses import replace

import numpy as np

from freehold.planning.case import Case
from freehold.planning.conflict import of_workload, stranded
from freehold.planning.problem import Bools, Ints, Problem


def servable(case: Case) -> tuple[Case | None, dict[str, str]]:
    """Return the case of the workloads that some candidate may serve, and why others have none.

    None where no workload has a candidate.
    """
    lost = stranded(case)
    reasons = {case.whole.workloads[row]: of_workload(case, row) for row in lost}
    if not lost:
        return case, {}
    rows = np.setdiff1d(np.arange(len(case.whole.workloads)), lost)
    return (_only(case, rows) if len(rows) else None), reasons


def _only(case: Case, rows: Ints) -> Case:
    """Return the case of some workloads, by their rows in ascending order."""
    pairs: Bools = np.isin(case.whole.pair_workload, rows)
    kept = pairs[case.pairs]
    number = np.cumsum(pairs) - 1
    places, found = case.places, case.candidates
    return replace(
        case,
        problem=_of_workloads(case.problem.kept(kept), rows),
        whole=_of_workloads(case.whole.kept(pairs), rows),
        masks={name: mask[pairs] for name, mask in case.masks.items()},
        candidates=replace(
            found,
            work=np.searchsorted(rows, found.work[pairs]),
            offer=found.offer[pairs],
            machines=found.machines[pairs],
            use_usd=found.use_usd[pairs],
            use_kg=found.use_kg[pairs],
            whole=found.whole[rows],
        ),
        places=replace(
            places,
            of_pair=places.of_pair[pairs],
            fails={rule: mask[pairs] for rule, mask in places.fails.items()},
            unknown={rule: mask[pairs] for rule, mask in places.unknown.items()},
        ),
        workloads=case.workloads.iloc[rows].reset_index(drop=True),
        pairs=number[case.pairs[kept]],
    )


def _of_workloads(problem: Problem, rows: Ints) -> Problem:
    """Return a problem whose pairs all belong to some workloads, of those alone."""
    return replace(
        problem,
        workloads=tuple(problem.workloads[row] for row in rows),
        pair_workload=np.searchsorted(rows, problem.pair_workload),
        whole=problem.whole[rows],
        spare=problem.spare[rows],
        move_usd=problem.move_usd[rows],
        today=problem.today[rows],
        data=None
        if problem.data is None
        else replace(problem.data, readers=problem.data.readers[rows]),
        limits=tuple(
            one if one.workloads is None else replace(one, workloads=one.workloads[rows])
            for one in problem.limits
        ),
        _memo={},
    )
