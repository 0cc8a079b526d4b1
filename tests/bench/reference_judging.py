"""Judging the reference estate with 100 rules, against the floor."""

from pathlib import Path

from freehold.compliance import judge
from freehold.estate.workspace import connect
from tests.bench import reference
from tests.bench.estates import AS_OF
from tests.bench.figures import Figure, peak_memory, ratio, timed
from tests.bench.floor import floor

RULES = 100


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Judge `size` rows of the reference estate."""
    connection = connect()
    reference.fill(connection, size)
    rules = reference.rules(RULES)
    first = timed("judge first time", 1, lambda: judge(connection, rules, AS_OF, frameworks=[]))
    judged = timed("judge", runs, lambda: judge(connection, rules, AS_OF, frameworks=[]))
    peak = peak_memory()
    bare = timed("floor", runs, floor(connection, rules, AS_OF))
    figures = [first, judged, bare, ratio("judge / floor", judged, bare), peak]
    # The floor is the same for facts nobody confirmed; the engine has a second verdict to find.
    reference.fill(connection, size, unverified=True)
    masked = timed("judge unverified", runs, lambda: judge(connection, rules, AS_OF, frameworks=[]))
    return [*figures, masked, ratio("unverified / floor", masked, bare)]
