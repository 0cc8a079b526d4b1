"""Rows and columns of a matrix, block by block."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from freehold.planning.problem import Floats, Ints


@dataclass(frozen=True)
class Block:
    """A run of columns or rows: where it starts and its shape."""

    start: int
    shape: tuple[int, int]

    @property
    def numbers(self) -> Ints:
        """Their numbers in that shape."""
        size = self.shape[0] * self.shape[1]
        return np.arange(self.start, self.start + size, dtype=np.int64).reshape(self.shape)

    @property
    def part(self) -> slice:
        """Their numbers as a slice."""
        return slice(self.start, self.start + self.shape[0] * self.shape[1])


class Rows:
    """Collects the entries of a sparse matrix row block by row block."""

    def __init__(self) -> None:
        self.count = 0
        self._entries: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]] = []
        self._low: list[Floats] = []
        self._high: list[Floats] = []

    def add(self, shape: tuple[int, int], low: Floats | float, high: Floats | float) -> Block:
        """Add a block of rows with their bounds."""
        block = Block(self.count, shape)
        size = shape[0] * shape[1]
        self.count += size
        for bounds, value in ((self._low, low), (self._high, high)):
            bounds.append(np.broadcast_to(np.asarray(value, dtype=np.float64), shape).ravel())
        return block

    def put(self, rows: Ints, columns: Ints, values: Floats | float) -> None:
        """Put entries into rows, broadcast together."""
        shape = np.broadcast_shapes(rows.shape, columns.shape, np.shape(values))
        self._entries.append(
            (
                np.broadcast_to(rows, shape).ravel(),
                np.broadcast_to(columns, shape).ravel(),
                np.broadcast_to(np.asarray(values, dtype=np.float64), shape).ravel(),
            )
        )

    def matrix(self, width: int) -> tuple[sp.csc_matrix, Floats, Floats]:
        """Return the matrix and the lower and upper bounds of its rows."""
        rows, columns, values = (
            np.concatenate([entry[i] for entry in self._entries]) for i in range(3)
        )
        shape = (self.count, width)
        matrix = sp.coo_matrix((values, (rows, columns)), shape=shape).tocsc()
        return matrix, np.concatenate(self._low), np.concatenate(self._high)
