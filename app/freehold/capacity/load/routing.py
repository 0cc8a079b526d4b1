"""Which replica a request goes to."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final

from freehold.capacity.load.prefixes import PrefixCache
from freehold.capacity.load.replica import Replica
from freehold.capacity.load.requests import Requests

ROUTING: Final = ("round_robin", "least_outstanding", "least_cache", "session", "prefix")
"""round_robin: one after the other; least_outstanding: fewest requests not ended; least_cache:
fewest tokens cached or waiting; session: always the same for a session; prefix: the longest
beginning still cached, unless it is short or the loads differ much."""

BLIND: Final = ("round_robin", "session")
"""Policies that look at no replica, so that replicas can be simulated one after the other."""

Choice = Callable[[Sequence[Replica], int, float], Replica]

_outstanding = attrgetter("outstanding")
_SHORT_MATCH = 0.5
_UNEVEN_REQUESTS = 32
_UNEVEN_RATIO = 1.5


def blind_choice(policy: str, requests: Requests, replicas: int) -> list[int]:
    """Return the replica of each request under a policy that looks at none."""
    if policy == "session":
        return [session % replicas for session in requests.session.tolist()]
    return [request % replicas for request in range(len(requests))]


def choice(policy: str, requests: Requests, caches: dict[int, PrefixCache]) -> Choice:
    """Return the function that picks among the replicas which serve, of which there is one.

    `prefix` follows the cache-aware router of SGLang (its options cache-threshold and
    balance-abs-threshold, balance-rel-threshold): a match of half the prompt decides while the
    fullest replica has at most 32 requests, or 1.5 times, more than the emptiest.
    """
    sessions: list[int] = requests.session.tolist()
    prompts: list[int] = requests.prompt.tolist()
    turn = -1

    def round_robin(serving: Sequence[Replica], _request: int, _time_s: float) -> Replica:
        nonlocal turn
        turn += 1
        return serving[turn % len(serving)]

    def session(serving: Sequence[Replica], request: int, _time_s: float) -> Replica:
        return serving[sessions[request] % len(serving)]

    def least_outstanding(serving: Sequence[Replica], _request: int, _time_s: float) -> Replica:
        return min(serving, key=_outstanding)

    def least_cache(serving: Sequence[Replica], _request: int, time_s: float) -> Replica:
        return min(serving, key=lambda replica: replica.tokens_at(time_s))

    def prefix(serving: Sequence[Replica], request: int, _time_s: float) -> Replica:
        emptiest = min(serving, key=_outstanding)
        if not caches:
            return emptiest
        least, most = emptiest.outstanding, max(map(_outstanding, serving))
        if most > least + _UNEVEN_REQUESTS and most > least * _UNEVEN_RATIO:
            return emptiest
        best = max(serving, key=lambda replica: caches[replica.number].found(request))
        found = caches[best.number].found(request)
        return best if found >= _SHORT_MATCH * prompts[request] else emptiest

    policies: dict[str, Choice] = {
        "round_robin": round_robin,
        "session": session,
        "least_outstanding": least_outstanding,
        "least_cache": least_cache,
        "prefix": prefix,
    }
    return policies[policy]
