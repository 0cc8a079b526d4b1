"""Requests in order of arrival."""

from dataclasses import dataclass, replace

import numpy as np

from freehold.capacity.columns import Bools, Floats, Ints


@dataclass(frozen=True)
class Requests:
    """One row per request, in order of arrival.

    Attributes:
        arrival_s: seconds since the start, never falling.
        prompt: prompt tokens.
        output: tokens to be generated; 0 for an embedding.
        priority: 0 is served first; requests of one priority in order of arrival.
        session: requests with one number belong together, for routing by affinity.
        blocks: per request the ids of its prompt's blocks, equal ids meaning equal beginnings;
            empty where nothing is known.
        block_tokens: prompt tokens per block.
    """

    arrival_s: Floats
    prompt: Ints
    output: Ints
    priority: Ints
    session: Ints
    blocks: tuple[tuple[int, ...], ...] = ()
    block_tokens: int = 512

    @classmethod
    def of(cls, arrival_s: Floats, prompt: Ints, output: Ints) -> "Requests":
        """Return requests of one priority, each a session of its own."""
        rows = len(arrival_s)
        zeros = np.zeros(rows, dtype=np.int64)
        return cls(arrival_s, prompt, output, zeros, np.arange(rows, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.arrival_s)

    @property
    def span_s(self) -> float:
        """Seconds from the start to the last arrival."""
        return float(self.arrival_s[-1]) if len(self) else 0.0

    def where(self, chosen: Bools) -> "Requests":
        """Return some of the requests."""
        blocks = self.blocks
        if blocks:
            blocks = tuple(blocks[i] for i in np.flatnonzero(chosen))
        return replace(
            self,
            arrival_s=self.arrival_s[chosen],
            prompt=self.prompt[chosen],
            output=self.output[chosen],
            priority=self.priority[chosen],
            session=self.session[chosen],
            blocks=blocks,
        )
