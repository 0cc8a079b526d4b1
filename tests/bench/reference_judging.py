"""Judging the reference estate with 100 rules, against the floor."""

from pathlib import Path

from freehold.compliance import judge
from freehold.estate.workspace import connect
from tests.bench import reference
from tests.bench.estates import AS_OF
from tests.bench.figures import Figure, peak_memory, side_by_side, timed
from tests.bench.floor import floor

RULES = 100


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Judge `size` rows of the reference estate."""
    connection = connect()
    reference.fill(connection, size)
    rules = reference.rules(RULES)
    first = timed("judge first time", 1, lambda: judge(connection, rules, AS_OF, frameworks=[]))

    def judged() -> None:
        judge(connection, rules, AS_OF, frameworks=[])

    judged()
    peak = peak_memory()
    bare = floor(connection, rules, AS_OF)
    figures = [first, *side_by_side("judge", "floor", runs, judged, bare), peak]
    # The floor is the same for facts nobody confirmed; the engine has a second verdict to find.
    reference.fill(connection, size, unverified=True)
    return [*figures, *side_by_side("unverified", "floor again", runs, judged, bare)]
