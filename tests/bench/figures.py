"""What a measure yields: figures with the median of their runs, and how they grow with size."""

import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

if sys.platform != "win32":
    import resource


@dataclass(frozen=True)
class Figure:
    """One measured quantity: the value of each run in `unit`."""

    name: str
    unit: str
    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median of the runs."""
        return statistics.median(self.runs)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, median included."""
        return {**asdict(self), "runs": list(self.runs), "median": self.median}


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long one call takes, by the wall clock."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def timed(name: str, runs: int, work: Callable[[], object]) -> Figure:
    """Call `work` that many times and return the seconds of each call."""
    return Figure(name, "s", tuple(seconds_of(work) for _ in range(runs)))


def cpu_timed(name: str, runs: int, work: Callable[[], object]) -> Figure:
    """Call `work` that many times and return the processor seconds of each call."""
    taken = []
    for _ in range(runs):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return Figure(name, "s", tuple(taken))


def side_by_side(
    name: str, floor_name: str, runs: int, work: Callable[[], object], bare: Callable[[], object]
) -> list[Figure]:
    """Time `work` and its floor in turns and return both, with how many times the floor it is.

    In turns, so that whatever else keeps the machine busy slows both alike; the ratio is taken
    pair by pair.
    """
    pairs = [(seconds_of(work), seconds_of(bare)) for _ in range(runs)]
    return [
        Figure(name, "s", tuple(own for own, _ in pairs)),
        Figure(floor_name, "s", tuple(other for _, other in pairs)),
        Figure(f"{name} / {floor_name}", "x", tuple(own / other for own, other in pairs)),
    ]


def counted(name: str, unit: str, value: float) -> Figure:
    """Return something counted once."""
    return Figure(name, unit, (float(value),))


def peak_memory(name: str = "peak memory") -> Figure:
    """Return the most memory this process has held so far, in MiB.

    It never falls, so a measure asks before it runs the floor.
    """
    if sys.platform == "win32":
        raise RuntimeError("Peak memory is not told on Windows")
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux tells KiB, macOS bytes.
    return counted(name, "MiB", held / (1024 * 1024 if sys.platform == "darwin" else 1024))


def growth(sizes: Sequence[float], values: Iterable[float]) -> float | None:
    """Return the exponent k of value ~ size^k by least squares; None under two sizes.

    1 is linear; below 1, fixed costs still weigh.
    """
    points = [(math.log(n), math.log(v)) for n, v in zip(sizes, values, strict=True) if v > 0]
    if len({x for x, _ in points}) < 2:
        return None
    fit = statistics.linear_regression([x for x, _ in points], [y for _, y in points])
    return fit.slope
