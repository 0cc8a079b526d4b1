"""Collects garbage in the window's thread only.

Python collects in whichever thread happens to allocate. A worker would then destroy Qt objects
that belong to the window's thread, which Qt forbids.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 2_000

_LIMITS = (700, 10, 10)
"""Python's own; a command looks more seldom, but closed dialogs hold pictures and tables."""


class Collector(QObject):
    """Takes collecting over from Python and does it between the window's events."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._timer.start(_EVERY_MS)

    def collect(self) -> None:
        """Collect the generations whose counts have passed their limits."""
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > _LIMITS[generation]:
                gc.collect(generation)
                return
