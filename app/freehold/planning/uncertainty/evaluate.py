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
_CELLS = 1 << 18
"""Cells of an array worked on at once: draws x rows x months that stay in a processor's cache."""
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
        return self.once(kind, name, lambda: self.draws.normals(kind, name))


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
    discount = (1.0 + discount_rate) ** (-np.arange(m) / 12.0)
    power = np.zeros((n, m))
    weight = np.zeros((n, m))
    records = plan.rows.to_dict("records")
    for number in range(w):
        if progress is not None:
            progress(number, w)
        rows = slice(plan.first[number], plan.first[number + 1])
        one = _Workload(plan, rows, records[rows], world)
        one.add_to(out, number, rows, discount=discount, power=power, weight=weight)
    if progress is not None:
        progress(w, w)
    with np.errstate(invalid="ignore", divide="ignore"):
        out.unserved_month /= np.where(weight > 0, weight, np.nan)
    own = np.isfinite(plan.monthly["power_kw"]).any() and bool(
        np.nansum(plan.monthly["power_kw"]) > 0
    )
    out.own_kw = power.max(axis=1) if own else np.full(n, np.nan)
    return out


def priced_by(record: Mapping[Any, Any]) -> tuple[str, str]:
    """Return whose price a row follows: the term, 'general' without an accelerator, and what."""
    term, chip = str(record["term"]), record["accelerator_id"]
    if chip or term == "token_api":
        return term, str(chip or record["provider_id"])
    return "general", str(record["provider_id"])


class _Workload:
    """One workload's rows in every draw."""

    def __init__(
        self, plan: Plan, rows: slice, records: list[dict[Any, Any]], world: _World
    ) -> None:
        self.world = world
        self.records = records
        self.months = plan.months
        self.grid = {name: values[rows] for name, values in plan.monthly.items()}
        self.kind = str(records[0]["kind"])
        self.name = str(records[0]["workload"])
        self.known = bool(np.isfinite(self.grid["capacity"]).any()) and not bool(
            np.isnan(self.grid["capacity"]).any()
        )
        self.expected = self._expected()
        self.demand = self._demand()
        self.burst, self.burst_share = self._burst()
        self.performance = self._performance()
        self.there, self.late = self._there()

    def _number(self, name: str, otherwise: float) -> float:
        value = self.records[0][name]
        return otherwise if pd.isna(value) else float(value)

    def _expected(self) -> Floats:
        """Return the expected demand over today's in each month, M."""
        stated = self.grid["demand"]
        growth = self._number("growth_per_year", 0.0)
        grown = max(1.0 + growth, 0.0) ** (np.arange(self.months) / 12.0)
        told = np.isfinite(stated).any(axis=0)
        with np.errstate(invalid="ignore"):
            largest = np.fmax.reduce(stated, axis=0)
        expected: Floats = np.where(told, largest, grown)
        return expected

    def _demand(self) -> Floats:
        """Return demand over today's, N x M."""
        volatilities, draws = self.world.volatilities, self.world.draws
        growth = self._number("growth_per_year", 0.0)
        spread = self._number("growth_spread", -1.0)
        if spread < 0:
            spread = volatilities.get("growth", self.kind, "spread", 0.0)
        base = max(1.0 + growth, 1e-9)
        drawn = np.maximum(1.0 + growth + spread * draws.normals("growth", self.name), 1e-9) / base
        path = log_path(
            draws.normals("demand", self.name, self.months),
            volatilities.get("demand", self.kind, "sigma", 0.0),
            volatilities.get("demand", self.kind, "persistence", 1.0),
        )
        path += np.log(drawn) * (np.arange(self.months) / 12.0)
        demand: Floats = self.expected * np.exp(path)
        return demand

    def _burst(self) -> tuple[Floats | None, float]:
        """Return demand in a burst over that of its month (N x M), and for what share it lasts."""
        if self.kind != "serving":
            return None, 0.0
        volatilities = self.world.volatilities
        chance = volatilities.get("burst", self.kind, "probability", 0.0)
        factor = self._number("burst_factor", 0.0) or volatilities.get(
            "burst", self.kind, "factor", 1.0
        )
        if chance == 0 or factor <= 1:
            return None, 0.0
        bursts = self.world.draws.chances("burst", self.name, self.months) < chance
        share = volatilities.get("burst", self.kind, "hours_share", 0.0)
        return np.where(bursts, factor, 1.0), share

    def _performance(self) -> Floats:
        """Return real over predicted throughput of each row, N x R."""
        otherwise = self.world.volatilities.get("performance", self.kind, "factor80", 1.0)
        columns = []
        for record in self.records:
            low, high = record["performance_low80"], record["performance_high80"]
            low = 1.0 / otherwise if pd.isna(low) else low
            high = otherwise if pd.isna(high) else high
            z = self.world.normal("performance", f"{self.kind}/{record['accelerator_id']}")
            columns.append(split_lognormal(z[:, 0], float(low), float(high)))
        return np.stack(columns, axis=1)

    def _there(self) -> tuple[Floats | None, Floats | None]:
        """Return the share of capacity that is there (N x R x M) and days late (N); None = all."""
        shares: list[Floats | None] = []
        late: Floats | None = None
        for record in self.records:
            there = self._kept_back(record)
            if not pd.isna(record["open_month"]):
                delay = self._delay(record)
                opens = float(record["open_month"]) + delay / DAYS_PER_MONTH
                arrived = np.clip(np.arange(self.months) + 1.0 - opens[:, None], 0.0, 1.0)
                there = arrived if there is None else there * arrived
                late = delay if late is None else np.maximum(late, delay)
            shares.append(there)
        if all(share is None for share in shares):
            return None, late
        ones = np.ones((self.world.draws.count, self.months))
        return np.stack([ones if share is None else share for share in shares], axis=1), late

    def _kept_back(self, record: dict[Any, Any]) -> Floats | None:
        """Return what interruptions leave of a row's capacity, N x M."""
        volatilities, term = self.world.volatilities, str(record["term"])
        chance = volatilities.get("interruption", term, "probability", 0.0)
        if chance == 0:
            return None
        name = f"{record['provider_id']}/{record['accelerator_id']}/{term}"
        chances = self.world.once(
            "interruption",
            name,
            lambda: self.world.draws.chances("interruption", name, self.months),
        )
        lost = volatilities.get("interruption", term, "lost_share", 0.0)
        left: Floats = np.where(chances < chance, 1.0 - lost, 1.0)
        return left

    def _delay(self, record: dict[Any, Any]) -> Floats:
        """Return days by which a row's capacity comes later than planned, N."""
        draws, volatilities = self.world.draws, self.world.volatilities
        typical = record["lead_typical_days"]
        if "lead_time" not in draws.kinds or pd.isna(typical):
            return np.zeros(draws.count)
        mode = float(typical)
        low, high = record["lead_low_days"], record["lead_high_days"]
        shortest = mode * volatilities.get("lead_time", "*", "low_ratio", 1.0)
        longest = mode * volatilities.get("lead_time", "*", "high_ratio", 1.0)
        ends = [
            min(shortest if pd.isna(low) else float(low), mode),
            max(longest if pd.isna(high) else float(high), mode),
        ]
        name = f"{record['provider_id']}/{record['accelerator_id']}"
        chances = self.world.once("lead_time", name, lambda: draws.chances("lead_time", name))
        days = triangular(chances[:, 0], np.array(ends[0]), np.array(mode), np.array(ends[1]))
        # What comes early waits for its month.
        delay: Floats = np.maximum(days - mode, 0.0)
        return delay

    def add_to(
        self,
        out: Outcome,
        number: int,
        rows: slice,
        *,
        discount: Floats,
        power: Floats,
        weight: Floats,
    ) -> None:
        """Add this workload's outcome, some draws at a time."""
        n, per = self.world.draws.count, len(self.records) * self.months
        step = max(_CELLS // per, 1)
        if self.known:
            out.unserved[:, number] = 0.0
            if self.kind == "serving":
                out.broken[:, number] = 0.0
        if self.late is not None:
            out.late_days[:] = np.fmax(out.late_days, self.late)
        for start in range(0, n, step):
            part = slice(start, min(start + step, n))
            served = self._serve(out, number, part, weight)
            self._charge(out, rows, part, served=served, discount=discount, power=power)

    def _serve(self, out: Outcome, number: int, part: slice, weight: Floats) -> Floats | None:
        """Add what is asked and unserved; return what each row serves, n x R x M, if it matters."""
        demand = self.demand[part]
        burst = None if self.burst is None else self.burst[part]
        volume = demand
        if burst is not None:
            volume = demand * (1.0 + self.burst_share * (burst - 1.0))
        out.demand[part, number] = volume.sum(axis=1)
        used = bool(np.nansum(self.grid["used_usd"]) > 0)
        own = bool(np.nansum(self.grid["power_kw"]) > 0)
        requests = self._number("requests_per_s", 0.0)
        counted = self.kind == "serving" and self.known and requests > 0
        if not self.known:
            if not (used or own):
                return None
            return self.grid["share"] * demand[:, None, :]
        capacity = np.minimum(self.grid["capacity"], _UNLIMITED) * self.performance[part, :, None]
        if self.there is not None:
            capacity = capacity * self.there[part]
        total = capacity.sum(axis=1)
        unserved = np.maximum(demand - total, 0.0)
        if burst is not None:
            peak = np.maximum(demand * burst - total, 0.0)
            unserved = (1.0 - self.burst_share) * unserved + self.burst_share * peak
        out.unserved[part, number] = unserved.sum(axis=1)
        if self.kind == "serving":
            accepted = self.world.volatilities.get("slo", self.kind, "unserved_share", 0.0)
            broken = unserved > accepted * volume
            out.broken[part, number] = broken.sum(axis=1)
            out.broken_any[part] = np.maximum(out.broken_any[part], broken)
        if counted:
            out.unserved_month[part] += requests * unserved
            weight[part] += requests * volume
        if not (used or own):
            return None
        return _spread(volume, self.grid["share"], capacity)

    def _charge(
        self,
        out: Outcome,
        rows: slice,
        part: slice,
        *,
        served: Floats | None,
        discount: Floats,
        power: Floats,
    ) -> None:
        held, used = (np.nan_to_num(self.grid[name]) for name in ("held_usd", "used_usd"))
        watts = np.nan_to_num(self.grid["power_kw"])
        planned = self.grid["share"] * self.expected
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = np.where(planned > 0, used / planned, 0.0)
        for place, record in enumerate(self.records):
            price = self.world.price(*priced_by(record))[part]
            spent = held[place] * price
            if self.there is not None and held[place].any():
                spent = spent * self.there[part, place]
            if served is not None and rate[place].any():
                work = served[:, place]
                if self.kind == "training":
                    # Slower runs hold their machines longer.
                    work = work / self.performance[part, place, None]
                spent = spent + rate[place] * work * price
            out.cost_month[part] += spent
            out.cost_row[part, rows.start + place] = spent @ discount
            if watts[place].any():
                power[part] += self._power(place, part, watts[place], str(record["accelerator_id"]))

    def _power(self, place: int, part: slice, watts: Floats, chip: str) -> Floats:
        volatilities = self.world.volatilities
        draw = split_lognormal(
            self.world.normal("power", chip)[part],
            volatilities.get("power", "*", "draw_low_ratio", 1.0),
            volatilities.get("power", "*", "draw_high_ratio", 1.0),
        )
        kw: Floats = watts * draw
        return kw if self.there is None else kw * self.there[part, place]


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
