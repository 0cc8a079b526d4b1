"""Start Freehold: the window, or one command."""

import gc
import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run Freehold with these command-line arguments and return the exit code."""
    multiprocessing.freeze_support()  # a frozen program would otherwise start itself again
    gc.set_threshold(50_000, 20, 20)  # rows lie in DuckDB; here are few cycles, and many objects
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--worker"]:
        from freehold.workflows import worker

        return worker.main()
    from freehold.cli.run import run

    return run(given, _window)


def _window(document: Path | None, selftest: bool) -> int:
    """Open the window, or let the program test itself."""
    if selftest:
        from freehold.desktop.selftest import selftest as test_itself

        return test_itself()
    from freehold.desktop.application import run as run_window

    return run_window(document)


if __name__ == "__main__":
    raise SystemExit(main())
