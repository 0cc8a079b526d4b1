"""The planning problem as plain arrays: what must run, what there is to run it on, what limits."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

WHOLE, METERED, COMMITTED = 0, 1, 2
"""How an offer is bought: whole machines per period, by use, or machines bound for months."""

COST, MACHINES, WORK, CARBON, TOTAL = "cost", "machines", "work", "carbon", "total"
"""What a limit adds up: money for machines and use, machines times a weight, shares of workloads,
kg CO2e, or all money (with exits, moves and promises; over the horizon only)."""

HORIZON, MONTH, STAGE, PERIOD = "horizon", "month", "stage", "period"


@dataclass(frozen=True)
class Limit:
    """At most so much, or such a share, of what some offers carry.

    Sum over the members - `share` x sum over all offers <= `at_most`, for each `per` of the
    horizon, counted for `workloads` only if given. `share` None = an absolute limit. A member's
    machines count `weight` each (devices, kW). A share is of what is used: the part of a machine
    that carries work counts, so that no idle machine can bring another's share down.
    """

    name: str
    members: Bools
    measure: str
    at_most: float = 0.0
    share: float | None = None
    weight: Floats | None = None
    per: str = HORIZON
    workloads: Bools | None = None
    rule_id: str | None = None
    says: str = ""
    whole_of_share: bool = False

    @property
    def of_use(self) -> bool:
        """Whether the part of machines that carries work counts, not the machines held."""
        return self.share is not None or self.workloads is not None or self.whole_of_share


@dataclass(frozen=True)
class Promise:
    """Money promised to a provider: what the members cost less per month is paid all the same."""

    name: str
    members: Bools
    usd_per_month: Floats


@dataclass(frozen=True)
class Data:
    """Data sets D: each is held whole in every place where a workload that reads it runs.

    Attributes:
        names: of the data sets, D.
        readers: whether a workload reads a data set, W x D.
        usd_per_month: cost of a copy at a place (storage, keeping it in step), D x P; 0 where a
            copy is held anyway.
        fetch_usd: cost of bringing a copy there, once, D x P; 0 where there is one today.
        here: whether there is a copy at a place today, D x P.
    """

    names: tuple[str, ...]
    readers: Bools
    usd_per_month: Floats
    fetch_usd: Floats
    here: Bools

    @property
    def costs(self) -> Bools:
        """Whether a copy at a place costs anything, D x P."""
        found: Bools = (self.usd_per_month > 0) | (self.fetch_usd > 0)
        return found


@dataclass(frozen=True)
class Problem:
    """Workloads W, offers J, candidate pairs C (a workload on an offer), periods T, months M.

    Machines follow demand from period to period; a workload's shares of offers are chosen anew
    only when a stage begins, since nobody migrates every month. S stages of whole months.

    Attributes:
        workloads: names, W.
        offers: names, J.
        kind: WHOLE, METERED or COMMITTED, J.
        place: number of the place (provider, region) of each offer, J.
        region: number of the failure domain of each offer, J.
        price: USD per machine in each period, J x T; 0 for metered offers.
        carbon: kg CO2e per machine in each period, J x T; 0 for metered offers.
        term_months: how long a committed machine is bound, J.
        exit_share: share of what is left of the term at the horizon's end that is paid, J.
        opens: first month in which an offer can be used, J.
        pair_workload, pair_offer: the candidate pairs, C.
        machines: machines for the whole workload in each period, C x T.
        direct_usd, direct_kg: cost and carbon of use beside whole machines, C x T.
        month: month of each period, T.
        stage: stage of each period, T.
        discount: factor of each period's money, T.
        whole: workloads that cannot be split over offers, W.
        spare: workloads that must go on when any one region is lost, W.
        move_usd: cost of moving a workload to a new place, W.
        today: place in which each workload runs now, -1 if nowhere, W.
        usd_per_kg: what a kg CO2e counts in the objective; usd_weight what a USD counts.
        data: the data sets that workloads read; None if there are none.
        shut: pairs that are not to be used in a stage, C x S, as branching asks; None = none.
    """

    workloads: tuple[str, ...]
    offers: tuple[str, ...]
    kind: Ints
    place: Ints
    region: Ints
    price: Floats
    carbon: Floats
    term_months: Ints
    exit_share: Floats
    opens: Ints
    pair_workload: Ints
    pair_offer: Ints
    machines: Floats
    direct_usd: Floats
    direct_kg: Floats
    month: Ints
    stage: Ints
    discount: Floats
    whole: Bools
    spare: Bools
    move_usd: Floats
    today: Ints
    limits: tuple[Limit, ...] = ()
    promises: tuple[Promise, ...] = ()
    usd_weight: float = 1.0
    usd_per_kg: float = 0.0
    data: Data | None = None
    shut: Bools | None = None
    _memo: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def periods(self) -> int:
        """Number of periods."""
        return len(self.month)

    @property
    def months(self) -> int:
        """Number of months."""
        return int(self.month[-1]) + 1

    @property
    def stages(self) -> int:
        """Number of stages."""
        return int(self.stage[-1]) + 1

    @property
    def stage_begins(self) -> Ints:
        """First period of each stage, S."""
        return np.searchsorted(self.stage, np.arange(self.stages))

    @property
    def open_pairs(self) -> Bools:
        """Whether a pair's offer is open when each stage begins, C x S."""
        begins = self.month[self.stage_begins]
        opens: Bools = begins[None, :] >= self.opens[self.pair_offer][:, None]
        return opens if self.shut is None else opens & ~self.shut

    @property
    def stage_months(self) -> Floats:
        """Months of each stage, discounted, S."""
        first = np.searchsorted(self.month, np.arange(self.months))
        months = np.zeros(self.stages)
        np.add.at(months, self.stage[first], self.discount[first])
        return months

    def staged(self, values: Floats) -> Floats:
        """Return sums over the periods of each stage: (n x T) -> (n x S)."""
        if not len(values):
            return np.zeros((0, self.stages))
        sums: Floats = np.add.reduceat(values, self.stage_begins, axis=1)
        return sums

    def worth(self, usd: Floats, kg: Floats) -> Floats:
        """Objective of amounts of money (discounted) and carbon in each period."""
        worth: Floats = self.usd_weight * usd * self.discount + self.usd_per_kg * kg
        return worth

    def kept(self, pairs: Bools) -> "Problem":
        """Return the problem with only these candidate pairs."""
        return replace(
            self,
            pair_workload=self.pair_workload[pairs],
            pair_offer=self.pair_offer[pairs],
            machines=self.machines[pairs],
            direct_usd=self.direct_usd[pairs],
            direct_kg=self.direct_kg[pairs],
            shut=None if self.shut is None else self.shut[pairs],
            _memo={},
        )

    def without(self, name: str) -> "Problem":
        """Return the problem without the limits of that name."""
        return replace(self, limits=tuple(one for one in self.limits if one.name != name), _memo={})


@dataclass(frozen=True)
class Answer:
    """Shares of workloads and machines held, whatever found them.

    Attributes:
        shares: share of each pair's workload, C x S.
        units: machines held of each offer, J x T; of metered offers those in use.
        starts: committed machines begun in each month, J x M.
        moved: share of each workload that arrives at a new place, over the horizon, W.
        shortfall: USD paid for promises not used up, promises x M.
        copies: whether a copy of a data set is paid for at a place, D x P x S.
        fetched: how often a copy is brought to a place, D x P.
    """

    shares: Floats
    units: Floats
    starts: Floats
    moved: Floats
    shortfall: Floats
    copies: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)))
    fetched: Floats = field(default_factory=lambda: np.zeros((0, 0)))


def bound_months(problem: Problem) -> Bools:
    """Return whether a machine begun in month m' is held in month m, J x M' x M."""
    months = np.arange(problem.months)
    ahead = months[None, None, :] - months[None, :, None]
    held: Bools = (ahead >= 0) & (ahead < problem.term_months[:, None, None])
    return held


def start_usd(problem: Problem) -> Floats:
    """Return the undiscounted cost beyond the horizon of a machine begun in each month, J x M."""
    months = np.arange(problem.months)
    left = problem.term_months[:, None] - (problem.months - months[None, :])
    monthly = problem.price.reshape(len(problem.offers), problem.months, -1).sum(axis=2)
    beyond: Floats = np.maximum(left, 0) * monthly[:, -1:] * problem.exit_share[:, None]
    return beyond


def money(problem: Problem, answer: Answer) -> dict[str, float]:
    """Return the cost of an answer by part (USD, discounted) and its carbon (kg).

    Parts: machines, use, exit (what is left of terms at the end), moves, promises, data (copies
    held and brought).
    """
    held = np.where((problem.kind != METERED)[:, None], answer.units, 0.0)
    last = problem.discount.reshape(problem.months, -1)[:, 0]
    shares = answer.shares[:, problem.stage]
    parts = {
        "machines": float((held * problem.price * problem.discount).sum()),
        "use": float((shares * problem.direct_usd * problem.discount).sum()),
        "exit": float((answer.starts * start_usd(problem)).sum() * last[-1]),
        "moves": float((answer.moved * problem.move_usd).sum()),
        "promises": float((answer.shortfall * last).sum()),
        "data": 0.0,
    }
    if problem.data is not None:
        held_usd = (answer.copies @ problem.stage_months) * problem.data.usd_per_month
        parts["data"] = float((held_usd + answer.fetched * problem.data.fetch_usd).sum())
    kg = float((held * problem.carbon).sum() + (shares * problem.direct_kg).sum())
    return {**parts, "total": sum(parts.values()), "carbon_kg": kg}
