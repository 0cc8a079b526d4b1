"""Random numbers that stay the same for the same thing, whatever stands beside it.

Each uncertain thing ("demand of workload W", "price on demand of chip C") has a stream of its own:
one scrambled Sobol set, met in an order that follows from the run's seed and the thing's name. So
two scenarios with the same seed meet the same world (common random numbers), even if their plans
hold different rows. Putting small quasi-random sets together in independent random orders is Latin
supercube sampling (Owen 1998, ACM TOMACS 8(1)).
"""

import hashlib
import warnings
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]

KINDS = ("demand", "growth", "burst", "price", "performance", "lead_time", "interruption", "power")
"""What is drawn; one kind alone, the rest as planned, tells what it matters."""


@dataclass(frozen=True)
class Stream:
    """The numbers of one uncertain thing; `stream[part]` gives some draws, part x width."""

    points: Floats
    order: npt.NDArray[np.intp] | None

    def __getitem__(self, part: slice) -> Floats:
        if self.order is None:
            return self.points[part].copy()
        return self.points.take(self.order[part], axis=0)


@dataclass(frozen=True)
class Draws:
    """`count` draws of everything uncertain; the same seed gives the same numbers.

    `kinds` are those that vary; all others stay at their median, events do not happen.
    """

    count: int
    seed: int = 0
    kinds: Collection[str] = KINDS
    _kept: dict[tuple[int, bool], Floats] = field(default_factory=dict, repr=False, compare=False)

    def only(self, kind: str) -> "Draws":
        """Return the same numbers with one kind varying."""
        return Draws(self.count, self.seed, (kind,))

    def normals(self, kind: str, name: str, width: int = 1) -> Stream:
        """Return standard normal numbers, count x width; zeros if the kind does not vary."""
        if kind not in self.kinds:
            return Stream(np.broadcast_to(0.0, (self.count, width)), None)
        return Stream(self._points(width, normal=True), self._order(kind, name))

    def chances(self, kind: str, name: str, width: int = 1) -> Stream:
        """Return numbers between 0 and 1, count x width: an event of chance p is `chance < p`.

        Ones if the kind does not vary, so that nothing happens.
        """
        if kind not in self.kinds:
            return Stream(np.broadcast_to(1.0, (self.count, width)), None)
        return Stream(self._points(width, normal=False), self._order(kind, name))

    def _order(self, kind: str, name: str) -> npt.NDArray[np.intp]:
        digest = hashlib.sha256(f"{self.seed}|{kind}/{name}".encode()).digest()
        generator = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        return generator.permutation(self.count).astype(np.intp)

    def _points(self, width: int, *, normal: bool) -> Floats:
        key = (width, normal)
        if key not in self._kept:
            if normal:
                self._kept[key] = ndtri(self._points(width, normal=False))
            else:
                from scipy.stats import qmc  # a second to import

                with warnings.catch_warnings():
                    # Balance is best at powers of two; any number of a scrambled set is unbiased.
                    warnings.simplefilter("ignore", UserWarning)
                    sobol = qmc.Sobol(width, scramble=True, rng=np.random.default_rng(self.seed))
                    points = sobol.random(self.count)
                self._kept[key] = np.clip(points, 1e-12, 1 - 1e-12)
        return self._kept[key]
