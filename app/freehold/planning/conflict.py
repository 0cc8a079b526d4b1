"""Why there is no plan: a smallest set of requirements that cannot be kept together, in words."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from freehold.planning.case import Case
from freehold.planning.problem import Bools, Limit
from freehold.planning.relaxing import relaxed
from freehold.planning.solving import Control

_NAMED = 4


def conflict(case: Case, control: Control) -> list[str]:
    """Return sentences that name requirements of which at least one must give way.

    A workload that every candidate is barred from is explained by its own requirements: taken
    away one by one, those stay without which a candidate would be left (deletion filter,
    Chinneck 2008, chapter 6). Otherwise the limits are filtered in the same way over the relaxed
    plan.
    """
    said = [f"{case.whole.workloads[row]}: {of_workload(case, row)}" for row in stranded(case)]
    return said or _of_limits(case, control)


def stranded(case: Case) -> list[int]:
    """Return the workloads that nothing can run from the start, or too few regions to lose one."""
    p = case.problem
    found = []
    opened = p.open_pairs[:, 0]
    for row in range(len(p.workloads)):
        mine = (p.pair_workload == row) & opened
        regions = np.unique(p.region[p.pair_offer[mine]])
        if len(regions) < (2 if p.spare[row] else 1):
            found.append(row)
    return found


def smallest(masks: dict[str, Bools], mine: Bools) -> list[str]:
    """Return a smallest set of masks that together bar all of `mine`."""
    kept = [name for name, mask in masks.items() if (mask & mine).any()]
    # The mask that bars least is dropped first, so that the telling ones stay.
    for name in sorted(kept, key=lambda one: (int((masks[one] & mine).sum()), one)):
        rest = [other for other in kept if other != name]
        barred = np.zeros(len(mine), dtype=np.bool_)
        for other in rest:
            barred |= masks[other]
        if barred[mine].all():
            kept = rest
    return kept


def of_workload(case: Case, row: int) -> str:
    """Return why a workload has no candidate, or too few, left, in words."""
    mine = case.whole.pair_workload == row
    names = smallest(case.masks, mine)
    count = int(mine.sum())
    told = "; ".join(f"{one} ({worded(case, one)})" for one in names)
    if not names and case.whole.spare[row]:
        return "fewer than two regions can run it, and it must survive the loss of one"
    if not names:
        return f"none of its {count} candidates can be used from the first month"
    return f"none of its {count} candidates keeps all of: {told}"


def worded(case: Case, name: str) -> str:
    """Return what a requirement asks, in words."""
    if name in case.places.titles:
        return case.places.titles[name]
    if name.startswith("SEAL "):
        seal = case.places.table["seal"]
        return f"{int((seal >= int(name[5:])).sum())} of {len(seal)} places have it"
    for limit in case.whole.limits:
        if limit.name == name:
            return f"at most {limit.says}"
    return {
        "latency to users": "round trip to the users of the workload",
        "no region told where residency is asked": "the price names no region",
        "size of the quota": "one machine alone is more than the limit allows",
    }.get(name, name)


def _of_limits(case: Case, control: Control) -> list[str]:
    """Return the limits that no relaxed plan keeps together; members of one rule go as one."""
    problem = case.problem
    for name in sorted({_group(limit) for limit in problem.limits}):
        kept = tuple(one for one in problem.limits if _group(one) != name)
        found = relaxed(replace(problem, limits=kept, _memo={}), control)
        if found is not None and not found.feasible:
            problem = replace(problem, limits=kept, _memo={})
    offered = np.zeros(len(problem.offers), dtype=np.bool_)
    offered[problem.pair_offer] = True
    left = [one for one in problem.limits if (one.members & offered).any()]
    if not left:
        return ["The workloads cannot all be served by the offers that are open in time"]
    told = "; ".join(_together(left))
    masks = ", ".join(name for name in case.masks if name.startswith("SEAL "))
    beside = f" beside {masks}" if masks else ""
    return [f"No plan keeps these together{beside}: {told}"]


def _together(limits: Sequence[Limit]) -> list[str]:
    """Return limits in words, those of one requirement on several members as one."""
    several: dict[tuple[str, str], list[str]] = {}
    for one in limits:
        name, _, member = one.name.partition(": ")
        members = several.setdefault((name, one.says), [])
        if member and member not in members:
            members.append(member)
    said = []
    for (name, says), members in several.items():
        more = f" and {len(members) - _NAMED} more" if len(members) > _NAMED else ""
        whose = f" with {', '.join(members[:_NAMED])}{more}" if members else ""
        said.append(f"{name} (at most {says}{whose})")
    return said


def _group(limit: Limit) -> str:
    return limit.rule_id or limit.name.split(":")[0]
