"""How many examples a property test that is dear per example draws."""

import os


def examples(quick: int) -> int:
    """Return `quick` in every run, and as many times that as FREEHOLD_EXAMPLES says."""
    return quick * int(os.environ.get("FREEHOLD_EXAMPLES", "1"))
