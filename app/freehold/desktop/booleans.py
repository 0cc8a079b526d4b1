"""Keeps True and False alive under PySide6 6.12 on Python 3.11.

`Signal.emit` of PySide6 6.12.0 returns True or False without taking a reference, so that each
emission gives one away; after some hundreds Python stops with "deallocating True or False". From
Python 3.12 on both are immortal and nothing is lost. Here they get more references than any
session can give away.
"""

import ctypes
import sys

_PLENTY = 1 << 40


def keep_booleans() -> None:
    """Give True and False a trillion references where they are counted at all."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    for value in (True, False):
        # CPython 3.11 keeps the count in the first field of every object.
        count = ctypes.c_ssize_t.from_address(id(value))
        if count.value < _PLENTY:
            count.value += _PLENTY
