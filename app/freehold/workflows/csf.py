"""Evaluate a sheet of answers to the EU Cloud Sovereignty Framework."""

from pathlib import Path

from freehold.compliance import csf


def evaluate(path: Path, weights: str | None = None) -> csf.CsfResult:
    """Return SEAL, points and score of the answers in a CSV (columns criterion, option).

    Raises:
        InputError: the file or one of its answers cannot be used.
    """
    return csf.evaluate(csf.read_answers(path), weights or csf.DEFAULT_WEIGHTS)
