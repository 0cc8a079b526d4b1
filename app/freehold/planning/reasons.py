"""Why a plan is as it is: what each requirement costs, and the runner-up."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from freehold.planning.case import Case
from freehold.planning.conflict import conflict, worded
from freehold.planning.model import build
from freehold.planning.plan import Binding, Plan, Row, plan, solve
from freehold.planning.pricing import priced
from freehold.planning.problem import money
from freehold.planning.search import Found
from freehold.planning.solving import Control

MOST_PRICED = 5
ALL_RULES = "all rules together"
_OWN_TIME = 0.7
SOLVING = 0.6
"""Share of the time that the plan itself may take; the rest is for its reasons."""

_SEEKING = 0.1
_ROUNDS = 3
_CLEARLY = 1e-9


def explained(case: Case, control: Control, found: Found | None = None) -> tuple[Plan, Found]:
    """Return the plan of a case with binding requirements, or with a conflict if there is none.

    `found` is what `solve` has found of the case already. A runner-up that turns out to cost less,
    as it may within the gap, is taken as the plan; what is returned last is what it rests on.

    Requirements are ranked by the relaxed plan's prices; the first five are priced by planning
    again without each, so their price is exact within both gaps.
    """
    seconds = control.seconds
    first = Control(seconds * SOLVING, control.tell, control.stop)
    found = found or solve(case, first)
    made = plan(case, first, found)
    if found.answer is None:
        if found.status == "infeasible":
            said = conflict(case, Control(max(seconds * 0.4, 5.0), None, control.stop))
            made = replace(made, conflict=said)
        return made, found
    # Looked for first, as the plan that is explained is the better of the two.
    seeking = Control(max(seconds * _SEEKING, 1.0), None, control.stop)
    found, made, other = _best_two(case, found, made, seeking)
    binding = _bindings(case, found, Control(max(seconds * 0.3, 1.0), None, control.stop))
    return replace(made, binding=binding, runner_up=other), found


def estimates(case: Case, found: Found) -> dict[str, float]:
    """Return what lifting each requirement would save by the relaxed plan's prices (objective)."""
    base = found.relaxed
    if base is None:
        return {}
    said: dict[str, float] = {}
    for one in base.model.limits:
        if not one.limit.name:
            continue
        rows = slice(one.start, one.start + one.count)
        dual = base.duals[rows]
        if not (dual < -1e-9).any():
            continue
        carried = (base.model.matrix[rows] @ base.values) / base.model.scale[rows]
        room = np.maximum(np.abs(carried), abs(one.limit.at_most))
        said[one.limit.name] = float((-dual * room).sum())
    active = np.isin(np.arange(len(case.whole.pair_offer)), case.pairs[base.pairs])
    model = build(case.whole, np.flatnonzero(active), integral=False)
    gain = priced(model, base.duals).gain
    barred = np.zeros(len(gain), dtype=np.int64)
    for mask in case.masks.values():
        barred += mask
    for name, mask in case.masks.items():
        alone = mask & (barred == 1) & (gain > 0)
        if alone.any():
            best = np.zeros(len(case.whole.workloads))
            np.maximum.at(best, case.whole.pair_workload[alone], gain[alone])
            said[name] = said.get(name, 0.0) + float(best.sum())
    return said


def _bindings(case: Case, found: Found, control: Control) -> list[Binding]:
    assert found.answer is not None
    cost = money(case.problem, found.answer)["total"]
    ranked = sorted(estimates(case, found).items(), key=lambda item: (-item[1], item[0]))
    chosen = [name for name, _ in ranked[:MOST_PRICED]]
    asked: list[tuple[str, list[str]]] = [(name, [name]) for name in chosen]
    rules = [name for name in case.masks if name in case.places.titles]
    if len(rules) > 1:
        asked.append((ALL_RULES, rules))
    made: list[Binding] = []
    used = case.pairs[found.pairs]
    told = dict(ranked)
    for place, (name, without) in enumerate(asked):
        lighter = case.restricted(without=without)
        lighter = replace(lighter, options=replace(case.options, gap=min(case.options.gap, 2e-3)))
        # A first plan comes in a second, so that each has its price though one took too long.
        seconds = max(_OWN_TIME * control.left / (len(asked) - place), 2.0)
        mine = Control(seconds, None, control.stop)
        other = None if control.stop.is_set() else solve(lighter, mine, used)
        price = None
        if other is not None and other.answer is not None:
            # A plan with the requirement is one without it too, so lifting never costs.
            price = round(max(cost - money(lighter.problem, other.answer)["total"], 0.0), 2)
        if name == ALL_RULES and price is not None:
            # Lifting all saves at least what lifting any one of them does.
            price = max([price, *(one.price or 0.0 for one in made if one.constraint in rules)])
        says = f"{len(without)} rules" if name == ALL_RULES else worded(case, name)
        share = None if price is None else round(price / max(cost, 1e-9), 6)
        made.append(Binding(name, price, share, round(told.get(name, 0.0), 2), says))
    made.sort(key=lambda one: (one.constraint == ALL_RULES, -(one.price or 0.0), one.constraint))
    rest = [
        Binding(name, None, None, round(value, 2), worded(case, name))
        for name, value in ranked[MOST_PRICED:]
    ]
    return [*made, *rest]


def _best_two(
    case: Case, found: Found, made: Plan, control: Control
) -> tuple[Found, Plan, dict[str, object] | None]:
    """Return the better of a plan and its runner-up, and the other in words."""
    if not made.placements:
        return found, made, None
    for _ in range(_ROUNDS):
        workload = _dearest(made)
        second = _elsewhere(case, found, workload, control)
        if second.objective is None or found.objective is None:
            return found, made, _told(case, made, second, workload)
        if second.objective >= found.objective * (1 - _CLEARLY):
            return found, made, _told(case, made, second, workload)
        found, before = second, found
        made = plan(case, control, found)
        if control.left <= 0:
            return found, made, _told(case, made, before, workload)
    # The plan taken last has the workload elsewhere than the one before, which so comes second.
    return found, made, _told(case, made, before, workload)


def _dearest(made: Plan) -> str:
    cost: dict[str, float] = {}
    for row in made.placements:
        cost[row.workload] = cost.get(row.workload, 0.0) + row.cost_usd
    return max(sorted(cost), key=lambda name: cost[name])


def _elsewhere(case: Case, found: Found, workload: str, control: Control) -> Found:
    """Return the best plan of the case that has a workload nowhere where a plan has it."""
    assert found.answer is not None
    p = case.problem
    used = found.answer.shares.max(axis=1, initial=0.0) > 1e-6
    mine = p.pair_workload == p.workloads.index(workload)
    here = case.places.of_pair[case.pairs]
    kept = np.flatnonzero(~(mine & np.isin(here, here[mine & used])))
    other = replace(
        case, problem=p.kept(np.isin(np.arange(len(mine)), kept)), pairs=case.pairs[kept]
    )
    second = solve(other, control, case.pairs[found.pairs])
    if second.answer is None or second.objective is None:
        return second
    shares = np.zeros((len(p.pair_offer), p.stages))
    shares[kept] = second.answer.shares
    gap = max(second.objective - found.bound, 0.0) / max(abs(second.objective), 1e-9)
    return replace(
        found,
        status="optimal" if gap <= case.options.gap + 1e-9 else "feasible",
        answer=replace(second.answer, shares=shares),
        objective=second.objective,
        gap=gap,
        pairs=kept[second.pairs],
    )


def _told(case: Case, made: Plan, second: Found, workload: str) -> dict[str, object]:
    """Return a runner-up in words: what it does without, its cost, and what it has elsewhere."""
    without = f"{workload} where it is planned"
    if second.answer is None:
        return {"without": without, "cost_usd": None, "changes": []}
    rows = plan(case, Control(), second)
    more = None
    if rows.cost_usd is not None and made.cost_usd is not None:
        more = round(rows.cost_usd - made.cost_usd, 2)
    return {
        "without": without,
        "cost_usd": rows.cost_usd,
        "more_usd": more,
        "changes": changes(made, rows),
    }


def where(rows: Sequence[Row]) -> dict[str, str]:
    """Return where each workload of a plan runs, in words."""
    found: dict[str, list[str]] = {}
    for row in rows:
        place = f"{row.provider}/{row.region or row.country or '*'}"
        chip = row.accelerator or row.instance_type
        text = f"{place} on {chip} ({row.term.replace('_', ' ')})"
        if text not in found.setdefault(row.workload, []):
            found[row.workload].append(text)
    return {name: " and ".join(places) for name, places in found.items()}


def changes(before: Plan, after: Plan) -> list[str]:
    """Return which workloads run elsewhere in another plan, in words."""
    old, new = where(before.placements), where(after.placements)
    return [
        f"{name}: {old.get(name, 'nowhere')} -> {place}"
        for name, place in new.items()
        if old.get(name) != place
    ]
