"""A panel that computes anew as one types, and only while it is looked at."""

import duckdb
from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

_TYPING_PAUSE_MS = 250


class RecomputedPanel(QWidget):
    """Waits for a pause in typing, or for its tab to be looked at, before it computes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.connection: duckdb.DuckDBPyConnection | None = None
        self._is_stale = False
        self._pause = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._recompute_if_seen)

    def changed(self) -> None:
        """Compute anew, now or when the panel is looked at."""
        self._is_stale = True
        self._pause.start()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Compute what was changed while another tab was looked at."""
        super().showEvent(event)
        self._recompute_if_seen()

    def recompute(self, shared: duckdb.DuckDBPyConnection) -> None:
        """Compute from the shared connection and show; each panel says how."""
        raise NotImplementedError

    def _recompute_if_seen(self) -> None:
        if self._is_stale and self.isVisible() and self.connection is not None:
            self._is_stale = False
            self.recompute(self.connection)
