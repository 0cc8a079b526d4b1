"""One replica: steps of continuous batching, many equal ones taken at once."""

import heapq
from array import array
from dataclasses import dataclass
from math import ceil, inf, sqrt

import numpy as np

from freehold.capacity.columns import Floats
from freehold.capacity.load.ledger import Ledger
from freehold.capacity.load.prefixes import PrefixCache
from freehold.capacity.load.steps import StepTimes

NEVER = inf


@dataclass(frozen=True)
class Limits:
    """What a replica holds and processes at most.

    Attributes:
        sequences: sequences in flight.
        cache_tokens: tokens in the cache of all sequences together.
        batched_tokens: tokens in one step, prompts and decoding together (chunked prefill).
    """

    sequences: int
    cache_tokens: int
    batched_tokens: int


class Clock:
    """Step times as plain lists, made once for all replicas."""

    def __init__(self, times: StepTimes) -> None:
        self.fixed_s: list[float] = times.fixed_s.tolist()
        self.per_token_s: list[float] = times.per_token_s.tolist()
        self.prefill_s: list[float] = times.prefill_s.tolist()


def steps_until(wait_s: float, first_s: float, half_growth_s: float) -> int:
    """Return after how many steps at least `wait_s` have passed.

    Step j lasts first_s + 2 half_growth_s (j - 1), so k steps last k first_s + half_growth_s
    k (k - 1); the root of that quadratic is rounded up and set right where rounding erred. At
    least one.
    """
    if wait_s <= first_s:
        return 1
    linear = first_s - half_growth_s
    root = linear + sqrt(linear * linear + 4.0 * half_growth_s * wait_s)
    steps = max(ceil(2.0 * wait_s / root), 1)
    while steps > 1 and (steps - 1) * (first_s + half_growth_s * (steps - 2)) >= wait_s:
        steps -= 1
    while steps * (first_s + half_growth_s * (steps - 1)) < wait_s:
        steps += 1
    return steps


class Replica:
    """Schedules as the common serving stacks do (Kwon et al. 2023, arXiv 2309.06180).

    A step gives every sequence in decoding one token and fills what is left of the token budget
    with prompts, the one begun before first, then those waiting by priority and arrival (chunked
    prefill: Agrawal et al. 2024, Sarathi-Serve, arXiv 2403.02310). A request is taken in if the
    cache has room for its whole prompt. If the cache cannot take a step's new tokens, the last
    in that order gives its cache up, waits, and computes prompt and answer so far again.

    Between two events a step's time grows by the same amount each step, so all steps up to the
    next end of a sequence, full cache or arrival are one move of the clock.
    """

    def __init__(
        self,
        number: int,
        ledger: Ledger,
        clock: Clock,
        limits: Limits,
        *,
        cache: PrefixCache | None,
        start_s: float = 0.0,
    ) -> None:
        self.number = number
        self.due_s = NEVER
        self.outstanding = 0
        self._log = array("d")
        self._ledger, self._clock, self._limits, self._cache = ledger, clock, limits, cache
        self._now_s, self._step = start_s, 0
        self._batch, self._cached, self._reserved = 0, 0, 0
        self._ends: list[int] = []
        self._waiting: list[int] = []
        self._leaving: list[int] = []
        self._partial, self._partial_done, self._partial_total = -1, 0, 0
        self._inbox: list[int] = []
        self._inbox_s: list[float] = []
        self._taken = 0
        # The steps under way: how many, their end, the first one's time without prompts, half the
        # growth from one to the next, and the time of the prompts, all in the first.
        self._planned, self._end_s, self._first_s, self._half_s = 0, NEVER, 0.0, 0.0
        self._extra_s = 0.0
        self._fresh = 0

    @property
    def now_s(self) -> float:
        """The last step boundary lived through."""
        return self._now_s

    @property
    def waiting(self) -> int:
        """Requests delivered of which no prompt token was processed."""
        return len(self._waiting) + len(self._inbox) - self._taken

    def moves(self) -> Floats:
        """Return the steps lived through, one row per run of steps that differ by as much each.

        Columns: seconds of the first, growth from one to the next, how many, sequences that get a
        token, tokens held at the first.
        """
        first, half, count, batch, held, extra, fresh = np.frombuffer(self._log).reshape(-1, 7).T
        # The step with prompts, then those alike, one step later.
        mixed = (extra > 0.0) | (fresh > 0.0)
        alone = np.where(mixed, 1.0, count)
        begun = [first + extra, np.where(mixed, 0.0, 2.0 * half), alone, batch - fresh, held]
        later = [first + 2.0 * half, 2.0 * half, count - 1.0, batch, held + batch]
        made = np.stack([np.stack(begun, axis=1), np.stack(later, axis=1)], axis=1)
        kept = np.stack([np.ones_like(mixed), mixed & (count > 1.0)], axis=1)
        found: Floats = made[kept]
        return found

    def tokens_at(self, time_s: float) -> int:
        """Return the tokens in the cache or waiting to be, all steps ended before `time_s` done."""
        done = 0
        if self._planned > 1:
            done = self._steps_by(time_s) - 1
        prompt, ledger = self._ledger.prompt, self._ledger
        queued = sum(ledger.context(key % ledger.rows) for key in self._waiting)
        queued += sum(prompt[i] for i in self._inbox[self._taken :])
        return self._cached + done * self._batch + self._reserved + queued

    def deliver(self, request: int, time_s: float) -> None:
        """Hand a request over; times must not fall."""
        self._inbox.append(request)
        self._inbox_s.append(time_s)
        self.outstanding += 1
        if self._planned == 0:
            self.due_s = min(self.due_s, max(time_s, self._now_s))
        elif self._planned > 1 and self._may_admit(request):
            self._cut(time_s)

    def deliver_all(self, requests: list[int], times_s: list[float]) -> None:
        """Hand over all requests a replica will ever get, before it runs."""
        self._inbox, self._inbox_s = requests, times_s
        self.outstanding = len(requests)
        self.due_s = times_s[0] if times_s else NEVER

    def fail(self, time_s: float) -> list[int]:
        """Lose everything in flight and waiting at `time_s`, and return it."""
        rows = self._ledger.rows
        lost = [key % rows for key in self._ends] + self._leaving
        lost += [key % rows for key in self._waiting] + self._inbox[self._taken :]
        if self._partial >= 0:
            lost.append(self._partial)
        self._now_s, self._planned, self._end_s, self.due_s = time_s, 0, NEVER, NEVER
        self._batch = self._cached = self._reserved = 0
        self._ends, self._waiting, self._leaving = [], [], []
        self._partial, self._taken, self.outstanding = -1, len(self._inbox), 0
        if self._cache is not None:
            self._cache.clear()
        for request in lost:
            self._ledger.forget(request)
        return sorted(lost)

    def _may_admit(self, request: int) -> bool:
        # Behind one that finds no room only those wait on that do not go before it.
        if self._batch >= self._limits.sequences:
            return False
        return not self._waiting or self._ledger.rank[request] < self._waiting[0]

    def _cut(self, time_s: float) -> None:
        """End the steps under way at the first boundary at or after `time_s`."""
        if self._end_s <= time_s:
            return
        steps = self._steps_by(time_s)
        if steps < self._planned:
            self._planned = steps
            lasting = steps * (self._first_s + self._half_s * (steps - 1))
            self._end_s = self.due_s = self._now_s + self._extra_s + lasting

    def _steps_by(self, time_s: float) -> int:
        wait_s = time_s - self._now_s - self._extra_s
        return steps_until(wait_s, self._first_s, self._half_s)

    def run(self, until_s: float) -> None:  # noqa: PLR0915 - a call per part costs more than it
        """Live through every step boundary before `until_s`."""
        ledger, cache = self._ledger, self._cache
        rows, context_base = ledger.rows, ledger.context_base
        generated, prompt, output = ledger.generated, ledger.prompt, ledger.output
        first_token_s, last_token_s = ledger.first_s, ledger.last_s
        admitted_s, rank, reused = ledger.admitted_s, ledger.rank, ledger.reused
        fixed_s, per_token_s = self._clock.fixed_s, self._clock.per_token_s
        prefill_s = self._clock.prefill_s
        most, capacity = self._limits.sequences, self._limits.cache_tokens
        budget_tokens, passing = self._limits.batched_tokens, ledger.has_priorities
        ends, waiting, leaving = self._ends, self._waiting, self._leaving
        inbox, inbox_s, taken = self._inbox, self._inbox_s, self._taken
        arrivals = len(inbox)
        now, step, batch = self._now_s, self._step, self._batch
        cached, reserved = self._cached, self._reserved
        partial, partial_done, partial_total = (
            self._partial,
            self._partial_done,
            self._partial_total,
        )
        planned, end, first, half = self._planned, self._end_s, self._first_s, self._half_s
        fresh, extra, ended = self._fresh, self._extra_s, 0
        record, push, pop = self._log.extend, heapq.heappush, heapq.heappop
        nobody: list[int] = []

        while True:
            # To the next boundary.
            if planned:
                if end >= until_s:
                    break
                record((first, half, planned, batch, cached + reserved, extra, fresh))
                step += planned
                cached += planned * batch
                now, planned = end, 0
            else:
                if taken == arrivals or inbox_s[taken] >= until_s:
                    break
                now = max(now, inbox_s[taken])

            # Who has ended, who has come.
            if leaving:
                for request in leaving:
                    last_token_s[request] = now
                    reserved -= prompt[request] + 1
                ended += len(leaving)
                leaving.clear()
            over = (step + 1) * rows
            while ends and ends[0] < over:
                request = pop(ends) % rows
                batch -= 1
                cached -= context_base[request] + step
                last_token_s[request] = now
                ended += 1
            while taken < arrivals and inbox_s[taken] <= now:
                push(waiting, rank[inbox[taken]])
                taken += 1

            # Room for a token of each.
            crowded = False
            while cached + reserved + batch > capacity:
                crowded = True
                victim = max(rank[key % rows] for key in ends)
                if partial >= 0 and rank[partial] > victim:
                    reserved -= partial_total + 1
                    victim, partial = rank[partial], -1
                else:
                    request = victim % rows
                    context = context_base[request] + step
                    ends[:] = [key for key in ends if key % rows != request]
                    heapq.heapify(ends)
                    batch -= 1
                    cached -= context
                    generated[request] = context - prompt[request]
                push(waiting, victim)
                ledger.preempted[victim % rows] += 1

            # Prompts for what is left of the budget.
            work, budget, fresh, finished = 0.0, budget_tokens - batch, 0, nobody
            if waiting or partial >= 0:
                finished = []
            if partial >= 0 and budget > 0:
                take = min(partial_total - partial_done, budget)
                work += prefill_s[partial_done + take] - prefill_s[partial_done]
                partial_done += take
                budget -= take
                if partial_done == partial_total:
                    finished.append(partial)
                    partial = -1
            while waiting and partial < 0 and budget > 0 and not crowded:
                # Prompts finished in this step decode in it too, so they count as well.
                if batch + len(finished) >= most:
                    break
                request = waiting[0] % rows
                total = prompt[request] + generated[request]
                if cached + reserved + batch + total + 1 > capacity:
                    break
                pop(waiting)
                if admitted_s[request] < 0.0:
                    admitted_s[request] = now
                start = reused[request]
                if cache is not None:
                    start = reused[request] = min(cache.found(request), total - 1)
                take = total - start
                take = min(take, budget)
                work += prefill_s[start + take] - prefill_s[start]
                budget -= take
                reserved += total + 1
                if start + take == total:
                    finished.append(request)
                else:
                    partial, partial_done, partial_total = request, start + take, total
            for request in finished:
                if cache is not None:
                    cache.keep(request)
                total = prompt[request] + generated[request]
                left = output[request] - generated[request]
                if left > 0:
                    reserved -= total + 1
                    cached += total
                    batch += 1
                    fresh += 1
                    context_base[request] = total - step
                    push(ends, (step + left) * rows + request)
                else:
                    leaving.append(request)

            # How long that lasts, and how many steps go on the same way.
            first, half, extra = fixed_s[batch] + per_token_s[batch] * cached, 0.0, work
            for request in finished:
                if generated[request] == 0:
                    first_token_s[request] = now + first + extra
            if not batch:
                planned = 1 if work > 0.0 or leaving or partial >= 0 else 0
                end = now + extra
                continue
            if partial >= 0 or leaving or crowded or (waiting and budget <= 0 and work > 0.0):
                planned, end = 1, now + first + extra
                continue
            planned = ends[0] // rows - step
            if cached + reserved + planned * batch > capacity:
                planned = (capacity - cached - reserved) // batch
            half = per_token_s[batch] * batch * 0.5
            end = now + extra + planned * (first + half * (planned - 1))
            if (
                taken < arrivals
                and inbox_s[taken] < end
                and planned > 1
                and batch < most
                and (passing or not waiting)
            ):
                steps = steps_until(inbox_s[taken] - now - extra, first, half)
                if steps < planned:
                    planned = steps
                    end = now + extra + planned * (first + half * (planned - 1))

        self._now_s, self._step, self._batch = now, step, batch
        self._cached, self._reserved, self._taken = cached, reserved, taken
        self._partial, self._partial_done = partial, partial_done
        self._partial_total = partial_total
        self._planned, self._end_s, self._first_s, self._half_s = planned, end, first, half
        self._fresh, self._extra_s = fresh, extra
        self.outstanding -= ended
        self.due_s = end if planned else inbox_s[taken] if taken < arrivals else NEVER
