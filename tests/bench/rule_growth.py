"""How judging grows with the number of rules, over the same 1,000 rows."""

from pathlib import Path

from freehold.compliance import judge
from freehold.estate.workspace import connect
from tests.bench import reference
from tests.bench.estates import AS_OF
from tests.bench.figures import Figure, peak_memory, side_by_side, timed
from tests.bench.floor import floor

ROWS = 1_000


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Judge 1,000 rows with `size` rules; rules new to the engine are parsed the first time."""
    connection = connect()
    reference.fill(connection, ROWS)
    fresh = [reference.rules(size) for _ in range(runs)]
    waiting = iter(fresh)
    first = timed(
        "judge first time", runs, lambda: judge(connection, next(waiting), AS_OF, frameworks=[])
    )
    rules = reference.rules(size)

    def judged() -> None:
        judge(connection, rules, AS_OF, frameworks=[])

    judged()
    peak = peak_memory()
    compared = side_by_side("judge", "floor", runs, judged, floor(connection, rules, AS_OF))
    return [first, *compared, peak]
