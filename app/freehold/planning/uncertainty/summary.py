"""What the draws come to: percentiles, probabilities and what matters."""

from dataclasses import dataclass

import numpy as np

from freehold.planning.uncertainty.assumptions import Volatilities
from freehold.planning.uncertainty.draws import KINDS, Draws, Floats
from freehold.planning.uncertainty.evaluate import Outcome, evaluate, priced_by
from freehold.planning.uncertainty.plan_rows import Plan

POINTS = (10.0, 50.0, 90.0)
TORNADO_DRAWS = 1024
LATE_DAYS = 30.0


@dataclass(frozen=True)
class Band:
    """10 %, 50 % and 90 % points and the mean; None = not known."""

    p10: float | None
    p50: float | None
    p90: float | None
    mean: float | None


@dataclass(frozen=True)
class Swing:
    """One thing alone uncertain, all others as planned: 10 % and 90 % points of the outcome.

    `what` is a kind of uncertainty; `which` the workload, price or chip, None for all of them.
    """

    what: str
    which: str | None
    cost_p10: float
    cost_p90: float
    unserved_p10: float | None
    unserved_p90: float | None

    @property
    def width(self) -> float:
        """USD between the two points."""
        return self.cost_p90 - self.cost_p10


def band(values: Floats) -> Band:
    """Return the band of a figure over its draws; unknown if any draw is."""
    if np.isnan(values).any():
        return Band(None, None, None, None)
    low, middle, high = (float(point) for point in np.percentile(values, POINTS))
    return Band(low, middle, high, float(values.mean()))


def unserved_share(plan: Plan, outcome: Outcome) -> Floats:
    """Return the unserved share of the serving demand over the horizon, N.

    Workloads count by their requests of today; NaN where nothing tells.
    """
    first = list(plan.first[:-1])
    weight = plan.rows["requests_per_s"].to_numpy(dtype=np.float64)[first]
    serving = (plan.rows["kind"] == "serving").to_numpy()[first]
    known = serving & (weight > 0) & ~np.isnan(outcome.unserved).any(axis=0)
    if not known.any():
        return np.full(len(outcome.cost_month), np.nan)
    asked = outcome.demand[:, known] @ weight[known]
    lost = outcome.unserved[:, known] @ weight[known]
    share: Floats = np.where(asked > 0, lost / np.where(asked > 0, asked, 1.0), 0.0)
    return share


def probability_above(values: Floats, limit: float | None) -> float | None:
    """Return the share of draws above a limit; None without a limit or a figure."""
    if limit is None or np.isnan(values).any():
        return None
    return float((values > limit).mean())


def value_at_risk_tail(values: Floats, level: float = 0.95) -> float:
    """Return the mean of the dearest draws beyond `level` (CVaR; Rockafellar and Uryasev 2000)."""
    ordered = np.sort(values)
    beyond = len(ordered) * (1.0 - level)
    whole = int(np.floor(beyond + 1e-9))
    tail = ordered[len(ordered) - whole :].sum()
    if beyond - whole > 1e-9:
        tail += (beyond - whole) * ordered[len(ordered) - whole - 1]
    return float(tail / beyond) if beyond > 0 else float(ordered[-1])


def tornado(
    plan: Plan,
    volatilities: Volatilities,
    draws: Draws,
    *,
    discount_rate: float = 0.0,
    most: int = 12,
) -> list[Swing]:
    """Return what alone swings the cost most, the widest first.

    Each kind of uncertainty varies alone over the first draws; costs of rows add up, so the same
    run tells the swing by workload (demand, growth) and by price.
    """
    found: list[Swing] = []
    for kind in KINDS:
        if kind == "power":
            continue
        alone = Draws(min(draws.count, TORNADO_DRAWS), draws.seed, (kind,))
        outcome = evaluate(plan, volatilities, alone, discount_rate=discount_rate)
        unserved = unserved_share(plan, outcome)
        whole = _swing(kind, None, outcome.cost, unserved)
        if whole.width <= 0 and whole.unserved_p90 == whole.unserved_p10:
            continue
        found.append(whole)
        found += _parts(kind, plan, outcome)
    found = [swing for swing in found if swing.which is None or swing.width > 0]
    ordered = sorted(
        found, key=lambda s: (-s.width, -(s.unserved_p90 or 0.0), s.what, s.which or "")
    )
    return ordered[:most]


def _parts(kind: str, plan: Plan, outcome: Outcome) -> list[Swing]:
    """Return the swings of the single workloads or prices within a kind."""
    rest = outcome.cost
    if kind == "price":
        names = np.array([" ".join(priced_by(record)) for record in plan.rows.to_dict("records")])
    else:
        names = plan.rows["workload"].to_numpy(dtype=str)
    distinct = np.unique(names)
    if len(distinct) < 2:
        return []
    middle = float(np.median(rest))
    parts = []
    for name in distinct:
        own = outcome.cost_row[:, names == name].sum(axis=1)
        around = middle - float(np.median(own))
        parts.append(_swing(kind, str(name), own + around, np.full(1, np.nan)))
    return parts


def _swing(kind: str, which: str | None, cost: Floats, unserved: Floats) -> Swing:
    low, high = (float(point) for point in np.percentile(cost, (10, 90)))
    lost = band(unserved)
    return Swing(kind, which, low, high, lost.p10, lost.p90)
