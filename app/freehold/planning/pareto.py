"""The price of sovereignty: the least cost at each target SEAL, and at each score."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from freehold.planning.case import Case
from freehold.planning.conflict import conflict
from freehold.planning.plan import Plan, plan, solve
from freehold.planning.problem import Ints
from freehold.planning.reasons import changes
from freehold.planning.solving import Control

SEALS = (0, 1, 2, 3, 4)
SCORES = (25.0, 50.0, 60.0, 70.0)


@dataclass(frozen=True)
class Step:
    """The least-cost plan in which every offer used has the SEAL; `plan` None where none is.

    `changes` tells what differs from the step before, `capped_by` what holds the next step up,
    `rests_on_assumed` that the SEAL counts answers which are only assumed.
    """

    seal: int
    plan: Plan | None
    conflict: list[str]
    changes: list[str]
    capped_by: list[str]
    rests_on_assumed: bool
    per_workload: dict[str, float]


@dataclass(frozen=True)
class ScoreStep:
    """The least-cost plan in which every offer used has at least a CSF score."""

    score: float
    plan: Plan | None


def curve(
    case: Case,
    control: Control,
    *,
    seals: tuple[int, ...] = SEALS,
    arrived: Callable[[Step], None] | None = None,
) -> list[Step]:
    """Return the least cost of each target SEAL, lowest first.

    The highest is planned first: a plan for N + 1 is one for N too, so the cost never falls along
    the curve. `arrived` gets each step as it is found, before what compares it with its neighbour.
    """
    found: dict[int, Step] = {}
    above: Plan | None = None
    pairs: Ints | None = None
    order = sorted(seals, reverse=True)
    for place, seal in enumerate(order):
        mine = case.restricted(seal=seal)
        limit = Control(control.left / (len(order) - place), control.tell, control.stop)
        answer = solve(mine, limit, pairs)
        made = plan(mine, limit, answer)
        if answer.answer is None or (
            above is not None and _objective(case, above) <= _objective(case, made)
        ):
            made_or_none = above
        else:
            made_or_none = made
            pairs = mine.pairs[answer.pairs]
        said: list[str] = []
        if made_or_none is None:
            said = conflict(mine, Control(20.0, None, control.stop))
        step = Step(
            seal=seal,
            plan=made_or_none,
            conflict=said,
            changes=[],
            capped_by=[],
            rests_on_assumed=made_or_none is not None and (made_or_none.seal_proven or 0) < seal,
            per_workload=_per_workload(made_or_none),
        )
        above = made_or_none
        found[seal] = step
        if arrived is not None:
            arrived(step)
    return _joined(case, [found[seal] for seal in sorted(seals)])


def _objective(case: Case, made: Plan) -> float:
    options = case.options
    cost, carbon = made.cost_usd or 0.0, made.carbon_kg or 0.0
    if options.minimise == "carbon":
        return carbon
    return cost + (options["carbon_usd_per_kg"] * carbon if options.minimise == "both" else 0.0)


def _no_dearer(case: Case, one: Plan | None, other: Plan) -> bool:
    return one is not None and _objective(case, one) <= _objective(case, other)


def _per_workload(made: Plan | None) -> dict[str, float]:
    cost: dict[str, float] = {}
    for row in made.placements if made else ():
        cost[row.workload] = round(cost.get(row.workload, 0.0) + row.cost_usd, 2)
    return cost


def _joined(case: Case, steps: list[Step]) -> list[Step]:
    made: list[Step] = []
    for place, step in enumerate(steps):
        before = steps[place - 1].plan if place else None
        differs = changes(before, step.plan) if before and step.plan else []
        after = steps[place + 1] if place + 1 < len(steps) else None
        caps = after.conflict if after is not None and after.plan is None else []
        if caps and step.plan is not None:
            caps = [*caps, *_criteria(case, step.seal + 1)]
        made.append(replace(step, changes=differs, capped_by=caps))
    return made


def _criteria(case: Case, seal: int) -> list[str]:
    """Return, for workloads without a place of that SEAL, what caps the best they have."""
    p = case.whole
    table = case.places.table
    counted = table["seal"].to_numpy()
    said = []
    for row, name in enumerate(p.workloads):
        mine = np.unique(case.places.of_pair[p.pair_workload == row])
        if (counted[mine] >= seal).any():
            continue
        best = mine[np.argmax(counted[mine])]
        spot = table.iloc[best]
        region = spot["region_id"] or spot["country_iso2"] or "*"
        said.append(
            f"{name}: the best place that sells what it needs is {spot['provider_id']}/{region} "
            f"with SEAL {int(spot['seal'])}, capped by {spot['capped_by'] or 'no answer'}"
        )
    return said


def score_front(
    case: Case, control: Control, scores: tuple[float, ...] = SCORES
) -> list[ScoreStep]:
    """Return the least cost at each least CSF score of the offers used, lowest score first."""
    table = case.places.table["score"].to_numpy(dtype=np.float64)
    found: list[ScoreStep] = []
    above: Plan | None = None
    for place, score in enumerate(sorted(scores, reverse=True)):
        low = (table < score)[case.places.of_pair]
        masks = {name: mask for name, mask in case.masks.items() if not name.startswith("SEAL ")}
        kept = ~low
        for mask in masks.values():
            kept &= ~mask
        mine = replace(
            case,
            problem=case.whole.kept(kept),
            pairs=np.flatnonzero(kept),
            masks={**masks, f"score {score:g}": low},
        )
        limit = Control(control.left / (len(scores) - place), None, control.stop)
        answer = solve(mine, limit)
        made = plan(mine, limit, answer) if answer.answer is not None else None
        if above is not None and (
            made is None or _objective(case, above) <= _objective(case, made)
        ):
            made = above
        above = made
        found.append(ScoreStep(score, made))
    return found[::-1]
