"""Runs kept with the document: their verdicts, what they were made from, and their differences."""

from freehold.compliance.history.comparing import Cause, Changed, Comparison, compare
from freehold.compliance.history.keeping import KeptRun, keep, kept_runs, prune, remove
from freehold.compliance.history.seen import Seen, seen

__all__ = [
    "Cause",
    "Changed",
    "Comparison",
    "KeptRun",
    "Seen",
    "compare",
    "keep",
    "kept_runs",
    "prune",
    "remove",
    "seen",
]
