"""Publishing a generated estate and judging it with the shipped packs, against the floor."""

from pathlib import Path

from freehold.compliance import Judgement, judge, packs
from tests.bench.estates import AS_OF, generated_workspace
from tests.bench.figures import Figure, counted, peak_memory, side_by_side, timed
from tests.bench.floor import floor


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Publish and judge `size` resources; the first judging also parses the rules."""
    workspace = generated_workspace(size)
    connection = workspace.connection
    chosen = packs.choose(workspace.packs)
    publish = timed("publish", runs, workspace.publish)
    results: list[Judgement] = []
    first = timed("judge first time", 1, lambda: results.append(judge(connection, chosen, AS_OF)))
    # Once more before the peak is read: verdicts anew stand beside the old ones for a moment.
    judge(connection, chosen, AS_OF)
    peak = peak_memory()
    bare = floor(connection, chosen, AS_OF)
    compared = side_by_side("judge", "floor", runs, lambda: judge(connection, chosen, AS_OF), bare)
    return [
        publish,
        first,
        *compared,
        counted("rules", "rules", len(results[0].rules)),
        counted("verdicts", "verdicts", sum(results[0].verdicts.values())),
        peak,
    ]
