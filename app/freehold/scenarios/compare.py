"""Scenarios beside the base: every measure, and what drives the differences."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from freehold.estate.sql import quoted
from freehold.scenarios.measures import Measures
from freehold.scenarios.moves import moves
from freehold.scenarios.run import Run
from freehold.scenarios.sides import RuleSide, rule_sides
from freehold.scenarios.sites import Placed, placed

MOST_DRIVERS = 8
"""How many drivers of one measure are named; the rest is added up."""


@dataclass(frozen=True)
class Driver:
    """One thing that explains part of a difference to the base.

    `measure` is cost_usd (per month), score (points of 100), seal, fails, carbon_kg, or the name
    of a share; `delta` is scenario minus base, None where one side is undecided.
    """

    scenario: str
    measure: str
    what: str
    delta: float | None


@dataclass(frozen=True)
class Comparison:
    """The base first, then scenarios, with what drives each difference.

    `sides` are the rules that decide otherwise, by the scenario's name; `placed` tells where the
    placements of the base and of each scenario lie.
    """

    scenarios: list[Measures]
    drivers: list[Driver]
    sides: dict[str, list[RuleSide]] = field(default_factory=dict)
    placed: dict[str, Placed] = field(default_factory=dict)


def compare(runs: Sequence[Run]) -> Comparison:
    """Compare runs with the first one, the base."""
    base, others = runs[0], runs[1:]
    drivers = [driver for run in others for driver in _drivers(base, run)]
    sides = {run.name: rule_sides(base, run, with_functions=False) for run in others}
    where = {run.name: placed(run.connection, run.schemas.views) for run in runs}
    return Comparison([run.measures for run in runs], drivers, sides, where)


def _drivers(base: Run, run: Run) -> list[Driver]:
    return [
        *_cost(base, run),
        *_rules(base, run),
        *_level(base, run),
        *_workload_carbon(base, run),
        *_shares(base, run),
    ]


def _cost(base: Run, run: Run) -> list[Driver]:
    found: list[tuple[str, float | None]] = []
    explained = 0.0
    for move in moves(run.connection, base.schemas, run.schemas):
        source = f"{move['from_provider']} {move['from_region'] or 'unknown region'}"
        target = f"{move['to_provider']} {move['to_region'] or 'unknown region'}"
        what = f"{move['resources']} resources move from {source} to {target}"
        if move["ratio"] is None:
            found.append((f"{what} (no price in both places: cost kept)", 0.0))
            continue
        delta = float(str(move["before_usd"])) * (float(str(move["ratio"])) - 1.0)
        found.append((f"{what} (list prices x {float(str(move['ratio'])):.2f})", delta))
        explained += delta
    workloads = run.cost.workloads_usd - base.cost.workloads_usd
    if abs(workloads) >= 0.005:
        found.append(("Workloads at their new size and price", workloads))
        explained += workloads
    before, after = base.cost.total, run.cost.total
    if before is not None and after is not None and abs(after - before - explained) >= 0.005:
        found.append(("Resources added, removed or priced anew", after - before - explained))
    return _largest(run.name, "cost_usd", found)


def _rules(base: Run, run: Run) -> list[Driver]:
    before = {rule.id: rule for rule in base.judgement.rules}
    total = sum(rule.weight for rule in run.judgement.rules if rule.score is not None)
    points: list[tuple[str, float | None]] = []
    fails: list[tuple[str, float | None]] = []
    for rule in run.judgement.rules:
        old = before.get(rule.id)
        if old is None:
            points.append((f"{rule.id} {rule.title} (only in the scenario)", None))
            continue
        label = f"{rule.id} {rule.title}"
        if rule.fail != old.fail:
            fails.append((label, float(rule.fail - old.fail)))
        if rule.score == old.score:
            continue
        if rule.score is None or old.score is None:
            points.append(
                (f"{label} ({'no longer' if rule.score is None else 'now'} decided)", None)
            )
        else:
            points.append((label, rule.weight * (rule.score - old.score) / total))
    return [*_largest(run.name, "score", points), *_largest(run.name, "fails", fails)]


def _level(base: Run, run: Run) -> list[Driver]:
    before, after = base.level, run.level
    if (before.seal, before.seal_low, before.seal_high) == (
        after.seal,
        after.seal_low,
        after.seal_high,
    ):
        return []
    known = before.seal is not None and after.seal is not None
    delta = float((after.seal or 0) - (before.seal or 0)) if known else None
    caps = ", ".join(after.capped_by[:3]) or "nothing"
    return [Driver(run.name, "seal", f"Now held down by {caps}", delta)]


def _workload_carbon(base: Run, run: Run) -> list[Driver]:
    column = "kg_co2e_per_month"
    if column not in base.workloads or column not in run.workloads:
        return []
    joined = (
        base.workloads[["workload_id", column]]
        .merge(
            run.workloads[["workload_id", "name", column]],
            on="workload_id",
            how="outer",
            suffixes=("_before", ""),
        )
        .astype({column: "float64", f"{column}_before": "float64"})
    )
    delta = joined[column].fillna(0) - joined[f"{column}_before"].fillna(0)
    changed = joined[delta.abs() >= 0.005]
    labels = changed["name"].fillna(changed["workload_id"])
    found = list(zip(labels.astype(str), delta[changed.index].astype(float), strict=True))
    return _largest(run.name, "carbon_kg", [(name, value) for name, value in found])


_SHARED = {
    "cost": "monthly cost",
    "critical_functions": "critical functions",
    "provider_group": "parent company",
    "jurisdiction": "country of the placement",
}
"""Bases and dimensions of `shares` in the words of a driver."""


def _shares(base: Run, run: Run) -> list[Driver]:
    rows = run.connection.execute(
        f"""
        SELECT coalesce(a.dimension, b.dimension), coalesce(a.member, b.member),
               coalesce(a.base, b.base),
               CAST(coalesce(a.share, 0) - coalesce(b.share, 0) AS DOUBLE) AS delta
        FROM {quoted(run.schemas.views)}.shares AS a
        FULL JOIN {quoted(base.schemas.views)}.shares AS b USING (share_key)
        WHERE coalesce(a.base, b.base) IN ('cost', 'critical_functions')
          AND coalesce(a.dimension, b.dimension) IN ('provider_group', 'jurisdiction')
          AND abs(coalesce(a.share, 0) - coalesce(b.share, 0)) >= 0.005
        ORDER BY abs(delta) DESC, 1, 2, 3 LIMIT {MOST_DRIVERS}
        """
    ).fetchall()
    return [
        Driver(
            run.name,
            f"share_{dimension}",
            f"{member}: part of {_SHARED[base]}, by {_SHARED[dimension]}",
            float(delta),
        )
        for dimension, member, base, delta in rows
    ]


def _largest(
    scenario: str, measure: str, found: Sequence[tuple[str, float | None]]
) -> list[Driver]:
    """Name the largest drivers and add the rest up, so that the deltas still sum to the whole."""
    ordered = sorted(found, key=lambda item: (-abs(item[1] or 0.0), item[0]))
    named = [Driver(scenario, measure, what, delta) for what, delta in ordered[:MOST_DRIVERS]]
    rest = ordered[MOST_DRIVERS:]
    if rest:
        total = sum(delta or 0.0 for _, delta in rest)
        named.append(Driver(scenario, measure, f"{len(rest)} more", total))
    return named
