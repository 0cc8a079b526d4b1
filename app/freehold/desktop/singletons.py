"""Keeps None, True and False alive under PySide6 6.12 on Python 3.11.

The wheels of PySide6 6.12.0 serve Python 3.10 and later but hand out None, True and False without
taking a reference, as is right only from Python 3.12 on, where these never die (PEP 683). On 3.11
every `emit`, `parent()` or `show()` gives one reference away, and after some thousands of calls
Python stops with "deallocating None". Here they get more than any session can give away.
"""

import ctypes
import sys

_PLENTY = 1 << 40


def keep_singletons() -> None:
    """Give the singletons a trillion references where these are counted at all."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    for value in (None, True, False, NotImplemented, Ellipsis):
        # CPython 3.11 keeps the count in the first field of every object.
        count = ctypes.c_ssize_t.from_address(id(value))
        if count.value < _PLENTY:
            count.value += _PLENTY
