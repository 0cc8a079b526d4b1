"""A fixed plan in many worlds: what it costs and what it cannot serve, by draw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from freehold.planning.uncertainty.assumptions import Volatilities
from freehold.planning.uncertainty.draws import Draws, Floats
from freehold.planning.uncertainty.paths import (
    log_path,
    price_factor,
    split_lognormal,
    triangular,
)
from freehold.planning.uncertainty.plan_rows import Plan

DAYS_PER_MONTH = 365.25 / 12.0
_CELLS = 1 << 15
"""Cells of an array worked on at once, draws x rows x months: they stay in a processor's cache."""
_UNLIMITED = 1e15


@dataclass
class Outcome:
    """What the draws brought; N draws, R rows, W workloads, M months.

    Attributes:
        cost_month: USD of all rows, N x M, not discounted.
        cost_row: USD over the horizon, discounted, N x R.
        demand: of each workload over today's, summed over the months, N x W.
        unserved: of it what could not be served, N x W; NaN where the capacity is not known.
        unserved_month: share of the serving demand in each month, weighted by requests, N x M;
            NaN where nothing tells.
        broken: months in which a serving workload broke its targets, N x W; NaN as above.
        broken_any: whether any did in a month, N x M.
        own_kw: greatest power of own hardware, N; NaN without any.
        late_days: days by which the latest capacity comes later than planned, N; NaN without any.
    """

    cost_month: Floats
    cost_row: Floats
    demand: Floats
    unserved: Floats
    unserved_month: Floats
    broken: Floats
    broken_any: Floats
    own_kw: Floats
    late_days: Floats

    @property
    def cost(self) -> Floats:
        """USD over the horizon, discounted, N."""
        total: Floats = self.cost_row.sum(axis=1)
        return total


@dataclass
class _World:
    """What is shared by workloads: prices, chips, deliveries; each drawn once."""

    months: int
    volatilities: Volatilities
    draws: Draws
    kept: dict[tuple[str, str], Floats] = field(default_factory=dict)

    def once(self, kind: str, name: str, make: Callable[[], Floats]) -> Floats:
        if (kind, name) not in self.kept:
            self.kept[kind, name] = make()
        return self.kept[kind, name]

    def price(self, term: str, name: str) -> Floats:
        return self.once(
            "price",
            f"{term}/{name}",
            lambda: price_factor(term, name, self.months, self.volatilities, self.draws),
        )

    def normal(self, kind: str, name: str) -> Floats:
        return self.once(kind, name, lambda: self.draws.normals(kind, name)[:])

    def chance(self, kind: str, name: str, width: int) -> Floats:
        return self.once(kind, name, lambda: self.draws.chances(kind, name, width)[:])


def evaluate(
    plan: Plan,
    volatilities: Volatilities,
    draws: Draws,
    *,
    discount_rate: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Let a fixed plan meet every draw.

    Demand(m) = expected(m) x growth x exp(log AR(1)); bursts add to the demand of a small part
    of a month. Capacity = planned x real over predicted throughput x what has been delivered and
    not taken back. Rows serve their share, what one cannot goes to where others have room, the
    rest is unserved. A row costs what is held, times its price path, from the day it is there, and
    what is used of it. Medians are what was planned.

    Args:
        plan: rows over months.
        volatilities: how uncertain what is.
        draws: how many and which.
        discount_rate: a year, as a share; on the cost over the horizon.
        progress: called with (workloads done, of all); may raise to stop.
    """
    n, m, w = draws.count, plan.months, len(plan.workloads)
    world = _World(m, volatilities, draws)
    out = Outcome(
        cost_month=np.zeros((n, m)),
        cost_row=np.zeros((n, len(plan.rows))),
        demand=np.zeros((n, w)),
        unserved=np.full((n, w), np.nan),
        unserved_month=np.zeros((n, m)),
        broken=np.full((n, w), np.nan),
        broken_any=np.zeros((n, m)),
        own_kw=np.zeros(n),
        late_days=np.full(n, np.nan),
    )
    totals = _Totals((1.0 + discount_rate) ** (-np.arange(m) / 12.0), np.zeros((n, m)),
                     np.zeros((n, m)))  # fmt: skip
    records = plan.rows.to_dict("records")
    for number in range(w):
        if progress is not None:
            progress(number, w)
        rows = slice(plan.first[number], plan.first[number + 1])
        one = _Workload(plan, rows, records[rows], world)
        step = max(_CELLS // (m * len(records[rows])), 1)
        for start in range(0, n, step):
            one.add_to(out, number, slice(start, min(start + step, n)), totals)
    if progress is not None:
        progress(w, w)
    weight = totals.weight
    out.unserved_month /= np.where(weight > 0, weight, np.nan)
    own = bool(np.nansum(plan.monthly["power_kw"]) > 0)
    out.own_kw = totals.power.max(axis=1) if own else np.full(n, np.nan)
    return out


def met(plan: Plan, volatilities: Volatilities, draws: Draws) -> tuple[Floats, Floats, Floats]:
    """Return what rows meet: demand N x W x M, price factors N x R x M, performance N x R.

    The same numbers as in `evaluate`; interruptions lower the performance by their mean.
    """
    world, whole = _World(plan.months, volatilities, draws), slice(0, draws.count)
    records = plan.rows.to_dict("records")
    demand, performance = [], []
    for number in range(len(plan.workloads)):
        rows = slice(plan.first[number], plan.first[number + 1])
        one = _Workload(plan, rows, records[rows], world)
        demand.append(one.demand(whole))
        left = [one.left(record, whole) for record in records[rows]]
        kept = [np.ones(draws.count) if x is None else x.mean(axis=1) for x in left]
        performance.append(one.performance(whole)[:, :, 0] * np.stack(kept, axis=1))
    price = [world.price(*priced_by(record)) for record in records]
    return np.stack(demand, axis=1), np.stack(price, axis=1), np.concatenate(performance, axis=1)


@dataclass
class _Totals:
    """Sums over workloads: discount factors M; power of own hardware and requests asked, N x M."""

    discount: Floats
    power: Floats
    weight: Floats


def priced_by(record: Mapping[Any, Any]) -> tuple[str, str]:
    """Return whose price a row follows: the term, 'general' without an accelerator, and what."""
    term, chip = str(record["term"]), record["accelerator_id"]
    if chip or term == "token_api":
        return term, str(chip or record["provider_id"])
    return "general", str(record["provider_id"])


class _Workload:
    """One workload's rows: what of them does not depend on the draw, and what its draws bring."""

    def __init__(
        self, plan: Plan, rows: slice, records: list[dict[Any, Any]], world: _World
    ) -> None:
        self.world, self.records, self.rows, self.months = world, records, rows, plan.months
        self.share, self.capacity, demand, held, used, kw = (
            plan.monthly[name][rows]
            for name in ("share", "capacity", "demand", "held_usd", "used_usd", "power_kw")
        )
        self.held, self.kw = np.nan_to_num(held), np.nan_to_num(kw)
        self.name, self.kind = str(records[0]["workload"]), str(records[0]["kind"])
        self.known = not bool(np.isnan(self.capacity).any())
        self.growth = self._number("growth_per_year", 0.0)
        self.expected = self._expected(demand)
        planned = self.share * self.expected
        self.rate = np.where(
            planned > 0, np.nan_to_num(used) / np.where(planned > 0, planned, 1), 0
        )
        self.requests = self._number("requests_per_s", 0.0) if self.kind == "serving" else 0.0
        draws = world.draws
        self.grows = draws.normals("growth", self.name)
        self.strays = draws.normals("demand", self.name, self.months)
        self.bursts = draws.chances("burst", self.name, self.months)

    def _number(self, name: str, otherwise: float) -> float:
        value = self.records[0][name]
        return otherwise if pd.isna(value) else float(value)

    def _of(self, factor: str, parameter: str, otherwise: float) -> float:
        return self.world.volatilities.get(factor, self.kind, parameter, otherwise)

    def _expected(self, stated: Floats) -> Floats:
        """Return the expected demand over today's in each month, M."""
        grown = max(1.0 + self.growth, 0.0) ** (np.arange(self.months) / 12.0)
        largest = np.fmax.reduce(stated, axis=0)
        expected: Floats = np.where(np.isfinite(largest), largest, grown)
        return expected

    def demand(self, part: slice) -> Floats:
        """Return demand over today's, n x M."""
        spread = self._number("growth_spread", self._of("growth", "spread", 0.0))
        base = max(1.0 + self.growth, 1e-9)
        drawn = np.maximum(1.0 + self.growth + spread * self.grows[part], 1e-9) / base
        path = log_path(
            self.strays[part],
            self._of("demand", "sigma", 0.0),
            self._of("demand", "persistence", 1.0),
        )
        path += np.log(drawn) * (np.arange(self.months) / 12.0)
        np.exp(path, out=path)
        path *= self.expected
        return path

    def _burst(self, part: slice) -> Floats | None:
        """Return demand in a burst over that of its month, n x M; 1 where there is none."""
        chance = self._of("burst", "probability", 0.0) if self.kind == "serving" else 0.0
        factor = self._number("burst_factor", self._of("burst", "factor", 1.0))
        if chance == 0 or factor <= 1 or "burst" not in self.world.draws.kinds:
            return None
        return np.where(self.bursts[part] < chance, factor, 1.0)

    def performance(self, part: slice) -> Floats:
        """Return real over predicted throughput of each row, n x R x 1."""
        otherwise = self._of("performance", "factor80", 1.0)
        columns = []
        for record in self.records:
            low, high = record["performance_low80"], record["performance_high80"]
            z = self.world.normal("performance", f"{self.kind}/{record['accelerator_id']}")[part]
            columns.append(
                split_lognormal(
                    z,
                    1.0 / otherwise if pd.isna(low) else float(low),
                    otherwise if pd.isna(high) else float(high),
                )
            )
        return np.stack(columns, axis=1)

    def _there(self, part: slice, late: Floats) -> Floats | None:
        """Return the share of capacity that is there, n x R x M; None = all of it."""
        shares: list[Floats | None] = []
        for record in self.records:
            there = self.left(record, part)
            if not pd.isna(record["open_month"]):
                delay = self._delay(record, part)
                opens = float(record["open_month"]) + delay[:, None] / DAYS_PER_MONTH
                arrived = np.clip(np.arange(self.months) + 1.0 - opens, 0.0, 1.0)
                there = arrived if there is None else there * arrived
                late[part] = np.fmax(late[part], delay)
            shares.append(there)
        if all(share is None for share in shares):
            return None
        ones = np.ones((part.stop - part.start, self.months))
        return np.stack([ones if share is None else share for share in shares], axis=1)

    def left(self, record: dict[Any, Any], part: slice) -> Floats | None:
        """Return what interruptions leave of a row's capacity, n x M."""
        volatilities, term = self.world.volatilities, str(record["term"])
        chance = volatilities.get("interruption", term, "probability", 0.0)
        if chance == 0:
            return None
        name = f"{record['provider_id']}/{record['accelerator_id']}/{term}"
        chances = self.world.chance("interruption", name, self.months)[part]
        lost = volatilities.get("interruption", term, "lost_share", 0.0)
        left: Floats = np.where(chances < chance, 1.0 - lost, 1.0)
        return left

    def _delay(self, record: dict[Any, Any], part: slice) -> Floats:
        """Return days by which a row's capacity comes later than planned, n."""
        draws, volatilities = self.world.draws, self.world.volatilities
        typical = record["lead_typical_days"]
        if "lead_time" not in draws.kinds or pd.isna(typical):
            return np.zeros(part.stop - part.start)
        low, high = record["lead_low_days"], record["lead_high_days"]
        low = typical * volatilities.get("lead_time", "*", "low_ratio", 1) if pd.isna(low) else low
        high = (
            typical * volatilities.get("lead_time", "*", "high_ratio", 1) if pd.isna(high) else high
        )
        name = f"{record['provider_id']}/{record['accelerator_id']}"
        chances = self.world.chance("lead_time", name, 1)[part, 0]
        days = triangular(chances, min(low, typical), typical, max(high, typical))
        # What comes early waits for its month.
        delay: Floats = np.maximum(days - typical, 0.0)
        return delay

    def add_to(self, out: Outcome, number: int, part: slice, totals: _Totals) -> None:
        """Add what some draws bring."""
        demand, burst = self.demand(part), self._burst(part)
        volume = demand
        if burst is not None:
            lasts = self._of("burst", "hours_share", 0.0)
            volume = demand * (1.0 + lasts * (burst - 1.0))
        out.demand[part, number] = volume.sum(axis=1)
        there = self._there(part, out.late_days)
        performance = self.performance(part)
        served: Floats | None = None
        if self.known:
            capacity = np.minimum(self.capacity, _UNLIMITED) * performance
            if there is not None:
                capacity *= there
            total = capacity[:, 0] if len(self.records) == 1 else capacity.sum(axis=1)
            unserved = np.maximum(demand - total, 0.0)
            if burst is not None:
                unserved *= 1.0 - lasts
                unserved += lasts * np.maximum(demand * burst - total, 0.0)
            self._count(out, number, part, unserved=unserved, volume=volume, totals=totals)
            if self.rate.any():
                served = _spread(volume, self.share, capacity)
        elif self.rate.any():
            served = self.share * volume[:, None, :]
        self._charge(out, part, totals, served=served, there=there, performance=performance)

    def _count(
        self,
        out: Outcome,
        number: int,
        part: slice,
        *,
        unserved: Floats,
        volume: Floats,
        totals: _Totals,
    ) -> None:
        out.unserved[part, number] = unserved.sum(axis=1)
        if self.kind != "serving":
            return
        broken = unserved > self._of("slo", "unserved_share", 0.0) * volume
        out.broken[part, number] = broken.sum(axis=1)
        out.broken_any[part] = np.maximum(out.broken_any[part], broken)
        if self.requests > 0:
            out.unserved_month[part] += self.requests * unserved
            totals.weight[part] += self.requests * volume

    def _charge(
        self,
        out: Outcome,
        part: slice,
        totals: _Totals,
        *,
        served: Floats | None,
        there: Floats | None,
        performance: Floats,
    ) -> None:
        for place, record in enumerate(self.records):
            held = self.held[place] if there is None else self.held[place] * there[:, place]
            if served is not None:
                work = served[:, place]
                if self.kind == "training":
                    # Slower runs hold their machines longer.
                    work = work / performance[:, place]
                held = held + self.rate[place] * work
            spent = held * self.world.price(*priced_by(record))[part]
            out.cost_month[part] += spent
            out.cost_row[part, self.rows.start + place] = (spent * totals.discount).sum(axis=1)
            if self.kw[place].any():
                kw = self.kw[place] * self._draw(str(record["accelerator_id"]), part)
                totals.power[part] += kw if there is None else kw * there[:, place]

    def _draw(self, chip: str, part: slice) -> Floats:
        """Return mean power draw over the assumed one, n x 1."""
        volatilities = self.world.volatilities
        return split_lognormal(
            self.world.normal("power", chip)[part],
            volatilities.get("power", "*", "draw_low_ratio", 1.0),
            volatilities.get("power", "*", "draw_high_ratio", 1.0),
        )


def _spread(demand: Floats, share: Floats, capacity: Floats) -> Floats:
    """Return what each row serves, n x R x M: its share, then what others leave, by room."""
    asked = share * demand[:, None, :]
    direct = np.minimum(asked, capacity)
    if capacity.shape[1] == 1:
        return direct
    room = capacity - direct
    left = np.minimum(demand - direct.sum(axis=1), room.sum(axis=1))
    whole = room.sum(axis=1)
    taken = np.where(whole > 0, np.maximum(left, 0.0) / np.where(whole > 0, whole, 1.0), 0.0)
    served: Floats = direct + room * taken[:, None, :]
    return served
