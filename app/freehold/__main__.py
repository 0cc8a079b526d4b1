"""Start Freehold: the window, or one command."""

import multiprocessing
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run Freehold with these command-line arguments and return the exit code."""
    multiprocessing.freeze_support()  # a frozen program would otherwise start itself again
    from freehold.cli.run import run

    return run(list(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    raise SystemExit(main())
