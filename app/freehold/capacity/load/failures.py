"""When replicas fail."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Failures:
    """Failures without memory: times between them are exponential, repair takes a fixed time.

    A failed replica loses all its requests; they start anew on another one.

    Attributes:
        mtbf_s: mean seconds a replica works between two failures.
        repair_s: seconds from a failure until the replica serves again.
        seed: of the random times.
    """

    mtbf_s: float
    repair_s: float
    seed: int = 0


class Breakdowns:
    """Draws the working time of replicas, one stream for each."""

    def __init__(self, rule: Failures) -> None:
        self.rule = rule
        self._streams: dict[int, np.random.Generator] = {}

    def working_s(self, replica: int) -> float:
        """Return how long a replica works from now on."""
        stream = self._streams.get(replica)
        if stream is None:
            stream = self._streams[replica] = np.random.default_rng([self.rule.seed, replica])
        return float(stream.exponential(self.rule.mtbf_s))
