"""Several replicas behind a router, which may fail, start cold and come and go with the load."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np

from freehold.capacity.columns import Floats, Ints
from freehold.capacity.load.autoscaling import Autoscaling, Scaler
from freehold.capacity.load.failures import Breakdowns, Failures
from freehold.capacity.load.ledger import Ledger
from freehold.capacity.load.prefixes import PrefixCache
from freehold.capacity.load.replica import Clock, Limits, Replica
from freehold.capacity.load.requests import Requests
from freehold.capacity.load.routing import BLIND, blind_choice, choice
from freehold.capacity.load.steps import StepTimes

Watch = Callable[[float], None]
_SLICES = 40


@dataclass(frozen=True)
class Fleet:
    """Replicas and what happens to them.

    Attributes:
        replicas: those that serve from the first second on.
        routing: one of `ROUTING`.
        cold_start_s: seconds until a further replica serves.
        autoscaling: how replicas come and go; None: they stay.
        failures: how replicas fail; None: never.
        patience_s: seconds after the last arrival when those not served are given up.
    """

    replicas: int = 1
    routing: str = "least_outstanding"
    cold_start_s: float = 0.0
    autoscaling: Autoscaling | None = None
    failures: Failures | None = None
    patience_s: float = float("inf")


@dataclass(frozen=True)
class Life:
    """One replica's time, from its order to its end; it serves from `ready_s` on."""

    replica: int
    ordered_s: float
    ready_s: float
    ended_s: float


@dataclass(frozen=True)
class Outcome:
    """What happened, one row per request; -1 where it did not.

    Attributes:
        requests: what was asked.
        admitted_s: a replica began with the prompt.
        first_s: the first token was there (for an output of none, the end).
        last_s: the last token was there.
        busy_s: the step that made the last token ended, without the lag to the user.
        replica: who served it.
        preempted: times its cache was given up.
        retried: times its replica failed under it.
        reused: prompt tokens found in the cache.
        steps: moves of the clock: first step's seconds, growth per step, steps, sequences gaining
            a further token, cached tokens at the start.
        lives: the replicas' times.
        down: from when to when failed replicas did not serve.
        ended_s: the last thing that happened.
    """

    requests: Requests
    admitted_s: Floats
    first_s: Floats
    last_s: Floats
    busy_s: Floats
    replica: Ints
    preempted: Ints
    retried: Ints
    reused: Ints
    steps: Floats
    lives: tuple[Life, ...]
    down: tuple[tuple[float, float], ...]
    ended_s: float


def simulate(
    requests: Requests,
    times: StepTimes,
    limits: Limits,
    fleet: Fleet,
    *,
    cached_share: float = 0.0,
    watch: Watch | None = None,
) -> Outcome:
    """Run requests through a fleet until all are served or given up.

    Args:
        requests: each must fit in a replica's cache alone (`servable`).
        times: of a replica's steps.
        limits: of a replica.
        fleet: replicas, routing, failures, autoscaling.
        cached_share: share of every prompt that need not be computed; blocks of the requests,
            where there are any, say it better.
        watch: told the share done now and then; may raise to stop.
    """
    run = _Run(requests, times, limits, fleet, watch or (lambda _share: None))
    if cached_share and not requests.blocks:
        run.ledger.reused = np.floor(requests.prompt * cached_share).astype(np.int64).tolist()
    return run.outcome()


class _Run:
    def __init__(
        self, requests: Requests, times: StepTimes, limits: Limits, fleet: Fleet, watch: Watch
    ) -> None:
        self.requests, self.times, self.fleet, self.watch = requests, times, fleet, watch
        self.limits, self.clock, self.ledger = limits, Clock(times), Ledger(requests)
        self.caches: dict[int, PrefixCache] = {}
        self.replicas: list[Replica] = []
        self.ordered_s: list[float] = []
        self.ready_s: list[float] = []
        self.ended_s: list[float] = []
        self.serving: list[Replica] = []
        self.starting: list[int] = []
        self.repairing: list[int] = []
        self.draining: dict[Replica, float] = {}
        self.homeless: list[int] = []
        self.down: list[tuple[float, float]] = []
        self.events: list[tuple[float, int, str, int]] = []
        self.event_numbers = count()
        for _ in range(fleet.replicas):
            self._order(0.0, 0.0)

    def outcome(self) -> Outcome:
        fleet = self.fleet
        if fleet.autoscaling or fleet.failures or fleet.routing not in BLIND:
            if fleet.replicas == 1 and not (fleet.autoscaling or fleet.failures):
                self._apart([0] * len(self.requests))
            else:
                self._together()
        else:
            self._apart(blind_choice(fleet.routing, self.requests, fleet.replicas))
        return self._collected()

    # Replicas that nobody looks at run one after the other.

    def _apart(self, chosen: list[int]) -> None:
        arrivals: list[float] = self.requests.arrival_s.tolist()
        boxes: list[list[int]] = [[] for _ in self.replicas]
        for request, place in enumerate(chosen):
            boxes[place].append(request)
        self.ledger.replica = chosen
        slices = np.linspace(0.0, self.requests.span_s, _SLICES + 1)[1:].tolist()
        for place, replica in enumerate(self.replicas):
            replica.deliver_all(boxes[place], [arrivals[request] for request in boxes[place]])
            for number, until in enumerate(slices):
                self.watch((place + number / _SLICES) / len(self.replicas))
                replica.run(until)
            replica.run(float("inf"))

    # Replicas that the router looks at live through time together.

    def _together(self) -> None:
        arrivals: list[float] = self.requests.arrival_s.tolist()
        self.choose = choice(self.fleet.routing, self.requests, self.caches)
        self.scaler = Scaler(self.fleet.autoscaling) if self.fleet.autoscaling else None
        self.breakdowns = Breakdowns(self.fleet.failures) if self.fleet.failures else None
        for replica in self.serving:
            self._expect_failure(0.0, replica.number)
        if self.scaler:
            self._expect(self.scaler.rule.interval_s, "look", 0)
        events = self.events
        every = max(len(arrivals) // _SLICES, 1)
        for request, time_s in enumerate(arrivals):
            if request % every == 0:
                self.watch(request / len(arrivals))
            while events and events[0][0] <= time_s:
                self._happen()
            self._advance(time_s)
            self._deliver(request, time_s)
        give_up_s = self.requests.span_s + self.fleet.patience_s
        while self._is_busy() and events and events[0][0] <= give_up_s:
            self._happen()
        self._advance(give_up_s)
        self._retire()

    def _advance(self, time_s: float) -> None:
        for replica in self.serving:
            if replica.due_s < time_s:
                replica.run(time_s)
        for replica in self.draining:
            if replica.due_s < time_s:
                replica.run(time_s)

    def _is_busy(self) -> bool:
        busy = any(replica.outstanding for replica in (*self.serving, *self.draining))
        return busy or bool(self.homeless)

    def _expect(self, time_s: float, what: str, replica: int) -> None:
        heapq.heappush(self.events, (time_s, next(self.event_numbers), what, replica))

    def _expect_failure(self, time_s: float, replica: int) -> None:
        if self.breakdowns:
            self._expect(time_s + self.breakdowns.working_s(replica), "fail", replica)

    def _happen(self) -> None:
        time_s, _, what, number = heapq.heappop(self.events)
        self._advance(time_s)
        self._retire()
        if what == "look":
            self._look(time_s)
        elif what == "fail":
            self._fail(time_s, number)
        elif number in self.starting or number in self.repairing:
            waiting_for = self.starting if number in self.starting else self.repairing
            waiting_for.remove(number)
            self._join(time_s, number)

    def _join(self, time_s: float, number: int) -> None:
        self.serving.append(self.replicas[number])
        self.serving.sort(key=lambda replica: replica.number)
        self._expect_failure(time_s, number)
        homeless, self.homeless = self.homeless, []
        for request in homeless:
            self._deliver(request, time_s)

    def _deliver(self, request: int, time_s: float) -> None:
        if not self.serving:
            self.homeless.append(request)
            return
        replica = self.choose(self.serving, request, time_s)
        self.ledger.replica[request] = replica.number
        replica.deliver(request, time_s)

    def _fail(self, time_s: float, number: int) -> None:
        replica = self.replicas[number]
        if replica not in self.serving and replica not in self.draining:
            return
        lost = replica.fail(time_s)
        if replica in self.draining:
            del self.draining[replica]
            self.ended_s[number] = time_s
        else:
            self.serving.remove(replica)
            self.repairing.append(number)
            if self.fleet.failures:
                back_s = time_s + self.fleet.failures.repair_s
                self.down.append((time_s, back_s))
                self._expect(back_s, "ready", number)
        for request in lost:
            self._deliver(request, time_s)

    def _look(self, time_s: float) -> None:
        if self.scaler is None:
            return
        rule = self.scaler.rule
        seen = [*self.serving, *self.draining]
        if rule.metric == "waiting":
            metric = sum(replica.waiting for replica in seen)
        else:
            metric = sum(replica.outstanding for replica in seen)
        there = len(self.serving) + len(self.starting) + len(self.repairing)
        wanted = self.scaler.wanted(time_s, float(metric + len(self.homeless)), there)
        for _ in range(wanted - there):
            self._order(time_s, time_s + self.fleet.cold_start_s)
        for _ in range(there - wanted):
            self._dismiss(time_s)
        self._expect(time_s + rule.interval_s, "look", 0)

    def _order(self, time_s: float, ready_s: float) -> None:
        number = len(self.replicas)
        cache = None
        if self.requests.blocks:
            cache = PrefixCache(self.requests, self.limits.cache_tokens)
            self.caches[number] = cache
        made = Replica(number, self.ledger, self.clock, self.limits, cache=cache, start_s=ready_s)
        self.replicas.append(made)
        self.ordered_s.append(time_s)
        self.ready_s.append(ready_s)
        self.ended_s.append(float("inf"))
        if ready_s <= time_s:
            self.serving.append(made)
        else:
            self.starting.append(number)
            self._expect(ready_s, "ready", number)

    def _dismiss(self, time_s: float) -> None:
        """Give up the newest: one that still starts at once, else one that ends its requests."""
        if self.starting:
            number = self.starting.pop()
            self.ended_s[number] = time_s
        elif len(self.serving) > 1:
            self.draining[self.serving.pop()] = time_s
            self._retire()

    def _retire(self) -> None:
        for replica in [replica for replica in self.draining if not replica.outstanding]:
            self.ended_s[replica.number] = max(self.draining.pop(replica), replica.now_s)

    def _collected(self) -> Outcome:
        ledger, requests = self.ledger, self.requests
        busy = np.array(ledger.last_s)
        served = busy >= 0
        lag = np.where(served, self.times.lag_s[requests.prompt], 0.0)
        first = np.array(ledger.first_s)
        first = np.where(served, first + lag, -1.0)
        ended = max(float(busy.max(initial=0.0)), requests.span_s)
        moves = [replica.moves() for replica in self.replicas]
        lives = tuple(
            Life(number, self.ordered_s[number], self.ready_s[number], min(end, ended))
            for number, end in enumerate(self.ended_s)
            if self.ordered_s[number] <= ended
        )
        return Outcome(
            requests=requests,
            admitted_s=np.array(ledger.admitted_s),
            first_s=first,
            last_s=np.where(served, busy + lag, -1.0),
            busy_s=busy,
            replica=np.array(ledger.replica, dtype=np.int64),
            preempted=np.array(ledger.preempted, dtype=np.int64),
            retried=np.array(ledger.retried, dtype=np.int64),
            reused=np.array(ledger.reused, dtype=np.int64),
            steps=np.concatenate(moves),
            lives=lives,
            down=tuple(self.down),
            ended_s=ended,
        )
