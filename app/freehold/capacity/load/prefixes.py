"""Beginnings of prompts that a replica still has in its cache."""

from collections import OrderedDict

from freehold.capacity.load.requests import Requests


class PrefixCache:
    """Blocks of prompts, the least recently used going first.

    Blocks are found only as an unbroken beginning, since a block's keys and values depend on all
    tokens before it (Kwon et al. 2023, arXiv 2309.06180, section 4.4). As many blocks are kept as
    the cache holds; that running sequences share this room is not modelled.
    """

    def __init__(self, requests: Requests, cache_tokens: int) -> None:
        self._blocks, self._size = requests.blocks, requests.block_tokens
        self._most = max(cache_tokens // requests.block_tokens, 1)
        self._kept: OrderedDict[int, None] = OrderedDict()

    def found(self, request: int) -> int:
        """Return how many prompt tokens of a request need not be computed."""
        kept, count = self._kept, 0
        for block in self._blocks[request]:
            if block not in kept:
                break
            count += 1
        return count * self._size

    def keep(self, request: int) -> None:
        """Keep a prompt's blocks."""
        kept = self._kept
        for block in self._blocks[request]:
            kept[block] = None
            kept.move_to_end(block)
        while len(kept) > self._most:
            kept.popitem(last=False)

    def clear(self) -> None:
        """Lose all blocks."""
        self._kept.clear()
